"""Names that a package offers, each loaded when it is first asked for (PEP 562).

So `import mlpcli` costs nothing, and whoever predicts does not wait for what only training needs.
"""

import sys
from collections.abc import Callable, Mapping
from importlib import import_module


def lazy_names(package: str, modules: Mapping[str, str]) -> Callable[[str], object]:
    """Return a package's `__getattr__`.

    Args:
        package: its name.
        modules: for each name that it offers, the module in which it is.
    """

    def load(name: str) -> object:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value: object = getattr(import_module(modules[name]), name)
        setattr(sys.modules[package], name, value)  # next time it is simply there
        return value

    return load
