"""Cut digits apart that touch, where the networks are surer of the pieces than of the whole.

`images.touching` proposes cuts. Of all ways to use them or not, the one is taken whose pieces are
most probably all digits: the product of their probabilities is largest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from math import log

import numpy as np

from mlpcli.images import Preprocessed
from mlpcli.images.cutouts import Cutout
from mlpcli.images.normalization import Pixels
from mlpcli.images.preprocessing import finish
from mlpcli.images.recipe import Recipe
from mlpcli.inference.committee import Judgement

Judge = Callable[[Pixels], Sequence[Judgement]]


@dataclass(frozen=True)
class DivisionSettings:
    """What tunes `divide`. Lengths are multiples of the median height of a line's digits.

    Attributes:
        sure: probability of a digit from which on no cuts are looked for.
        narrow: width up to which none are looked for either.
        wide: width of a piece at most.
        low: height of a piece at least; an end of a stroke is no digit.
        most: number of digits that are not sure, above which the picture is noise rather than a
            page, and nothing is cut.
        loose: what the logarithm of the probability loses for the share of a piece's ink that is
            not connected to the rest, as an end of the neighbour's stroke is not.
    """

    sure: float = 0.998
    narrow: float = 0.72
    wide: float = 1.6
    low: float = 0.65
    most: int = 200
    loose: float = 1.0


DIVISION = DivisionSettings()


def divide(
    page: Preprocessed, recipe: Recipe, judge: Judge, settings: DivisionSettings = DIVISION
) -> Preprocessed:
    """Return a page on which digits that touch are apart.

    Args:
        page: with `lines`.
        recipe: which makes images of the pieces.
        judge: tells how probable it is that an image shows a digit.
        settings: where cuts are looked for.
    """
    if not page.lines:
        return page
    chances = log_chances(judge(page.images))
    if sum(chance < log(settings.sure) for chance in chances) > settings.most:
        return page
    wholes, images = iter(chances), iter(page.images)
    divider = _Divider(recipe, judge, settings)
    lines: list[tuple[Cutout, ...]] = []
    kept: list[Pixels] = []
    for line in page.lines:
        height = float(np.median([digit.height for digit in line]))
        pieces: list[Cutout] = []
        for digit in line:
            parts, image = divider.best(digit, next(wholes), height), next(images)
            pieces += parts
            kept.append(image[None] if len(parts) == 1 else finish(parts, recipe))
        lines.append(tuple(pieces))
    count = sum(map(len, lines))
    return replace(page, images=np.concatenate(kept), digits=count, lines=tuple(lines))


@dataclass(frozen=True)
class _Divider:
    """Cuts digits apart, with the arguments of `divide`."""

    recipe: Recipe
    judge: Judge
    settings: DivisionSettings

    def best(self, digit: Cutout, whole: float, height: float) -> list[Cutout]:
        """Return the pieces of the best way to cut, or what is not better cut.

        Args:
            digit: one, or several that touch.
            whole: the logarithm of the probability that it is one.
            height: of the digits in its line.
        """
        from mlpcli.images.touching import between, find_cuts, loose_ink  # noqa: PLC0415  # scipy is slow to load

        settings = self.settings
        if whole >= log(settings.sure) or digit.ink.shape[1] - 2 < settings.narrow * height:
            return [digit]
        cuts = find_cuts(digit.ink)
        ends = [None, *cuts, None]
        last = len(ends) - 1
        found = {
            (start, end): piece
            for start, end in combinations(range(len(ends)), 2)
            if end - start < last
            for piece in [between(digit, ends[start], ends[end])]
            if piece.height >= settings.low * height
            and piece.ink.shape[1] <= settings.wide * height
        }
        if not found:
            return [digit]
        chances = log_chances(self.judge(finish(list(found.values()), self.recipe)))
        scores = dict(zip(found, chances, strict=True)) | {(0, last): whole}
        pieces = found | {(0, last): digit}
        for way, piece in pieces.items():
            scores[way] -= settings.loose * loose_ink(piece.ink)
        return [pieces[way] for way in pairwise(_likeliest(scores, last))]


def log_chances(judgements: Sequence[Judgement]) -> list[float]:
    """Return the logarithm of the probability that each is a digit, and the likeliest one."""
    return [log(max(one.sureness, 1e-9)) for one in judgements]


def _likeliest(scores: dict[tuple[int, int], float], last: int) -> list[int]:
    """Return the stops of the way from 0 to `last` with the largest sum of scores (Viterbi)."""
    best = {0: (0.0, [0])}
    for end in range(1, last + 1):
        ways = [
            (best[start][0] + scores[start, end], [*best[start][1], end])
            for start in range(end)
            if start in best and (start, end) in scores
        ]
        if ways:
            best[end] = max(ways)
    return best[last][1]
