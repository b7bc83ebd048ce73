"""Objects that run something when they are unpickled."""

from collections.abc import Callable
from typing import Any


class Hostile:
    """Runs a command when it is unpickled by anyone careless."""

    def __init__(self, call: Callable[..., Any], *arguments: Any) -> None:
        self.call, self.arguments = call, arguments

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self.call, self.arguments
