"""The words by which people name the parts of a data set, in folders, files and arrays."""

import re
from collections.abc import Collection
from typing import Literal

from mlpcli.datasets.dataset import SplitName

Role = Literal["images", "labels", "classes"]

_DIVISIONS: dict[str, SplitName] = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "validate", "dev"), "validation"),
    **dict.fromkeys(("test", "testing", "t10k"), "test"),
}
_ROLES: dict[str, Role] = {
    **dict.fromkeys(("x", "images", "image", "imgs", "data", "pixels", "inputs"), "images"),
    **dict.fromkeys(("y", "labels", "label", "targets", "target"), "labels"),
    "classes": "classes",
}
_WORD = re.compile(r"t10k|[A-Z]?[a-z]+|[A-Z]+")


def division_of(name: str) -> SplitName | None:
    """Return the split that a name as a whole stands for, such as `Train` or `VAL`, if any."""
    return _DIVISIONS.get(name.lower())


def part_of(name: str) -> tuple[SplitName | None, Role | None]:
    """Return the split and the role that the words of a name stand for, such as `x_train`.

    `kmnist-test-imgs` is the images of the test split, `trainY` the labels of the train split.
    """
    words = [part for word in _WORD.findall(name) for part in _parted(word.lower())]
    splits = [_DIVISIONS[word] for word in words if word in _DIVISIONS]
    roles = [_ROLES[word] for word in words if word in _ROLES]
    role = "classes" if "classes" in roles else next(iter(roles), None)
    if "names" in words:  # of classes, or of something else, such as feature_names
        named = len(words) == 1 or words[0] == "class" or role == "labels"
        role = "classes" if named else None
    return next(iter(splits), None), role


def _parted(word: str) -> list[str]:
    """Return a word or, of one like `xtest`, its two words."""
    return [word[0], word[1:]] if word[0] in "xy" and word[1:] in _DIVISIONS else [word]


def lone_split(name: str) -> SplitName:
    """Return the split of a file that is read alone: test if its name says so, otherwise train."""
    return "test" if part_of(name)[0] == "test" else "train"


def parts_of(names: Collection[str]) -> dict[tuple[SplitName | None, Role], str]:
    """Return the first name for each split and role; names that stand for no role are left out."""
    parts: dict[tuple[SplitName | None, Role], str] = {}
    for name in names:
        split, role = part_of(name)
        if role:
            parts.setdefault((None if role == "classes" else split, role), name)
    return parts
