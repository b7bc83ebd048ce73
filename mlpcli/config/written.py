"""Remembers where a configuration was written, for what only its data can show to be wrong."""

from dataclasses import dataclass, field
from typing import Self

from pydantic import BaseModel, PrivateAttr

from mlpcli.config.document import Document, Key, Problem, key_text


@dataclass(frozen=True)
class Written:
    """The document of a configuration; whatever it is, two of these are equal.

    Attributes:
        document: None if the configuration was built in Python.
    """

    document: Document | None = field(default=None, compare=False)

    def problem(self, key: Key, message: str, *, item: int | None = None) -> str:
        """Return a line about a value, which begins with the place of the value or of an item."""
        if self.document is None:
            return f"{key_text(key)} {message}"
        place = self.document.place(key if item is None else (*key, item))
        return str(Problem(place, key, message))


NOWHERE = Written()


class WithPlaces(BaseModel):
    """A model that knows where its values were written."""

    _written: Written = PrivateAttr(default=NOWHERE)

    @property
    def written(self) -> Written:
        """Where the values were written."""
        return self._written

    def written_as(self, written: Written) -> Self:
        """Return a copy that says its values were written there."""
        copy = self.model_copy()
        copy._written = written
        return copy
