"""Notes on classes that one split alone has, often because they are spelled differently there."""

import re
from collections.abc import Collection, Iterator, Mapping
from itertools import groupby
from unicodedata import normalize

from mlpcli.datasets.dataset import SplitName
from mlpcli.datasets.interpretation.labels import natural

_BETWEEN_WORDS = re.compile(r"(?<=\w)[\s_-]+(?=\w)")


def missing_classes(present: Mapping[SplitName, Collection[str]]) -> Iterator[str]:
    """Yield notes on classes that the images to train on do not have.

    Args:
        present: the classes of which a split has images, by the split; without images to train on
            there is nothing to say.
    """
    known = {_folded(name): name for name in present.get("train", ())}
    for split in ("validation", "test") if known else ():
        alone = set(present.get(split, ())) - {*present["train"]}
        for name in sorted((one for one in alone if _folded(one) in known), key=natural):
            yield (
                f"only the {split} images have the class {name!r}, and those to train on "
                f"{known[_folded(name)]!r}; if they are the same, give them the same name"
            )
        others = sorted((one for one in alone if _folded(one) not in known), key=natural)
        if others:
            more = f", and {len(others) - 1} more" if len(others) > 1 else ""
            yield f"only the {split} images have the class {others[0]}{more}"


def like_spellings(names: Collection[str]) -> Iterator[str]:
    """Yield a note on the classes whose names differ in case, spaces and the like alone."""
    groups = groupby(sorted(names, key=lambda name: (_folded(name), name)), key=_folded)
    alike = [group for _, found in groups if len(group := [*found]) > 1]
    if alike:
        more = f"; {len(alike) - 1} more are like these" if len(alike) > 1 else ""
        yield f"{' and '.join(map(repr, alike[0]))} are different classes{more}"


def _folded(name: str) -> str:
    """Return the same text for names that people may mean to be the same: Cat, cat and cats."""
    text = _BETWEEN_WORDS.sub("", normalize("NFKC", name).casefold().strip())
    return text.removesuffix("s") if len(text) > 3 else text
