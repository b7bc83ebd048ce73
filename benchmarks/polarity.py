"""Fit the weights that tell dark ink on light paper from light ink on dark paper.

    python -m benchmarks.polarity

Hard pictures of known polarity, drawn by `tests.pictures`, and their negatives are reduced to the
features of `mlpcli.images.polarity`. Two logistic regressions are fitted to them, one for even and
one for uneven light: a picture counts in each as much as its regression counts in the decision.
The weights are printed beside those in use, and with both the share of pictures, drawn with other
seeds, whose polarity `is_dark_on_light` tells right. Nothing is written.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import click
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from mlpcli.images import read_picture
from mlpcli.images.polarity import POLARITY, PolaritySettings, find_features, is_dark_on_light

Floats = NDArray[np.float64]

NAMES = ("border", "whole", "corners", *(f"window {s}" for s in POLARITY.windows), "thinness")

LIGHT_INK = {  # kind of picture → (every how many turns, which of them) its ink is the lighter
    "28x28 light on dark": (1, 0),
    "28x28 pixel pen": (3, 0),
    "12x12 to 20x20": (2, 1),
    "canvas white on black": (1, 0),
    "tiny in a corner": (3, 0),
    "thin pen": (3, 0),
    "thick marker": (3, 0),
    "tight crop": (2, 1),
    "gradient": (2, 0),
    "frame": (3, 0),
    "roof apart": (3, 0),
    "noise": (3, 0),
    "transparent white ink": (1, 0),
    "grey in 16 bits": (2, 0),
    "blackboard": (1, 0),
}
"""In all other kinds ink is darker than paper."""
UNKNOWN = {"coloured", "palette"}  # ink may be as light as paper


@dataclass(frozen=True)
class Example:
    """A picture of known polarity.

    Attributes:
        kind: of picture.
        light: (height, width) in [0, 1].
        dark: whether its ink is darker than its paper.
    """

    kind: str
    light: Floats
    dark: bool


@click.command()
@click.option("--fit", default=4, show_default=True, help="Fit to the pictures of so many seeds.")
@click.option("--judge", default=2, show_default=True, help="Judge on those of so many others.")
@click.option("--first", default=1000, show_default=True, help="Of the seeds.")
@click.option("--penalty", default=1.0, show_default=True, help="Of the squared weights (L2).")
@click.option("--wrong", is_flag=True, help="Count the pictures told wrong, kind by kind.")
def main(fit: int, judge: int, first: int, penalty: float, *, wrong: bool) -> None:
    """Fit, and judge on pictures drawn with other seeds."""
    fitted = fit_settings(range(first, first + fit), penalty)
    for light in ("even", "uneven"):
        click.echo(f"\n{light + ' light':<14}{'fitted':>8}{'in use':>8}")
        both = (getattr(settings, f"{light}_weights") for settings in (fitted, POLARITY))
        for name, *weights in zip(NAMES, *both, strict=True):
            click.echo(f"{name:<14}" + "".join(f"{weight:>8.2f}" for weight in weights))
    judge_settings(range(first + fit, first + fit + judge), (fitted, POLARITY), wrong=wrong)


def fit_settings(seeds: Sequence[int], penalty: float) -> PolaritySettings:
    """Return the settings in use with weights fitted to the pictures of these seeds."""
    rows, labels, unevenness = [], [], []
    for example in examples(seeds):
        found = find_features(example.light)
        if found is not None:
            rows.append(found.of_areas() + found.of_surroundings())
            labels.append(example.dark)
            unevenness.append(found.unevenness)
    uneven = np.array(unevenness)
    click.echo(f"fitted to {len(rows)} pictures, {np.mean(uneven == 0):.0%} in wholly even light")
    even_weights, uneven_weights = (
        fit_logistic(np.array(rows), np.array(labels, dtype=np.float64), counts, penalty)
        for counts in (1 - uneven, uneven)
    )
    return replace(
        POLARITY,
        even_weights=tuple(even_weights.tolist()),
        uneven_weights=tuple(uneven_weights.tolist()),
    )


def fit_logistic(features: Floats, labels: Floats, counts: Floats, penalty: float) -> Floats:
    """Fit a logistic regression by Newton's method (iteratively reweighted least squares).

    There is no intercept: every picture has its negative, so that neither polarity is likelier.

    Args:
        features: (pictures, features).
        labels: (pictures,) 0 or 1.
        counts: (pictures,) in [0, 1], how much each picture counts.
        penalty: half of it times the sum of squared weights is added to the sum of losses.

    Returns:
        (features,) weights.
    """
    weights = np.zeros(features.shape[1])
    for _ in range(100):
        probabilities = 1 / (1 + np.exp(-np.clip(features @ weights, -500, 500)))
        gradient = features.T @ (counts * (probabilities - labels)) + penalty * weights
        curvature = counts * probabilities * (1 - probabilities)
        hessian = (features.T * curvature) @ features + penalty * np.eye(len(weights))
        step = np.linalg.solve(hessian, gradient)
        weights -= step
        if np.abs(step).max() < 1e-9:
            return weights
    raise ArithmeticError("Newton's method did not converge in 100 steps")


def judge_settings(
    seeds: Sequence[int], choices: Sequence[PolaritySettings], *, wrong: bool
) -> None:
    """Print the share of pictures of these seeds that each choice of settings tells right."""
    kinds, results = [], []
    for example in examples(seeds):
        kinds.append(example.kind)
        results.append([is_dark_on_light(example.light, s) == example.dark for s in choices])
    right = np.array(results)
    click.echo(f"\ntold right of {len(right)} others")
    for name, share in zip(("fitted", "in use"), right.mean(axis=0), strict=True):
        click.echo(f"{name:<14}{100 * share:>8.2f} %")
    for kind in dict.fromkeys(kinds) if wrong else ():
        missed = (~right[[k == kind for k in kinds]]).sum(axis=0)
        if missed.any():
            click.echo(f"{kind:<24}" + "".join(f"{count:>6}" for count in missed) + " wrong")


def examples(seeds: Sequence[int]) -> Iterator[Example]:
    """Draw each picture and make its negative."""
    from tests.pictures import KINDS, draw_picture

    for seed in seeds:
        for kind in tqdm(KINDS, desc=f"seed {seed}", leave=False):
            if kind in UNKNOWN:
                continue
            every, which = LIGHT_INK.get(kind, (1, 1))
            for index in range(KINDS[kind].count):
                picture = draw_picture(kind, index, seed)
                light = read_picture(io.BytesIO(picture.content), picture.name) / 255
                dark = (index + index // 10) % every != which
                yield Example(kind, light, dark)
                yield Example(kind, 1 - light, not dark)


if __name__ == "__main__":
    main()
