"""The constants of preprocessing and of warnings, for the page's JavaScript to read.

The page does what `mlpcli.images` and `mlpcli.inference` do. No constant is written down twice: all
that tunes a step travels from the dataclass here into the page's JSON.
"""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from typing import Any

from mlpcli.images.cleaning import RULED_LINES, THRESHOLD
from mlpcli.images.colours import COLOURS, LUMA
from mlpcli.images.decoding import BAND_PIXELS, DECODING
from mlpcli.images.lighting import FLATTEN, LEAST_RANGE
from mlpcli.images.normalization import BOX, CENTRE, INKED, ROUNDING, SIDE
from mlpcli.images.parts import PARTS
from mlpcli.images.polarity import POLARITY
from mlpcli.images.shadows import SHADOWS
from mlpcli.images.shaping import BOXES, STROKES
from mlpcli.images.view import LEVEL, STEEPEST, UNITS, View
from mlpcli.inference.picture_warnings import BLOT, LOW, MARGIN, SCATTERED, SMALL
from mlpcli.inference.second_look import CLEAR, DOUBTFUL
from mlpcli.inference.tta import ANGLES, SHIFTS


def settings() -> dict[str, dict[str, Any]]:
    """Return what tunes each step of the preprocessing, as values of a JSON object.

    Fields are those of the dataclasses, in camelCase.
    """
    steps = {
        "flatten": FLATTEN,
        "threshold": THRESHOLD,
        "ruledLines": RULED_LINES,
        "parts": PARTS,
        "strokes": STROKES,
        "boxes": BOXES,
        "shadows": SHADOWS,
        "polarity": POLARITY,
        "colours": COLOURS,
        "decoding": DECODING,
    }
    found = {name: _described(each) for name, each in steps.items()}
    found["lighting"] = {"leastRange": LEAST_RANGE}
    found["colours"]["luma"] = list(LUMA)
    found["decoding"]["bandPixels"] = BAND_PIXELS
    found["normalization"] = {
        "side": SIDE,
        "box": BOX,
        "centre": CENTRE,
        "inked": INKED,
        "rounding": ROUNDING,
    }
    return found


def reading_settings() -> dict[str, dict[str, Any]]:
    """Return what warnings, the second look and the views of an image depend on."""
    return {
        "warnings": {
            "small": SMALL,
            "scattered": SCATTERED,
            "blot": BLOT,
            "low": LOW,
            "margin": MARGIN,
        },
        "secondLook": {"doubtful": DOUBTFUL, "clear": CLEAR},
        "views": {"angles": list(ANGLES), "shifts": [list(shift) for shift in SHIFTS]},
    }


def view_settings(view: View) -> dict[str, Any]:
    """Return how a network sees images, in words as well, and what that depends on."""
    tuning = {"side": SIDE, "units": UNITS, "level": LEVEL, "steepest": STEEPEST}
    return {**vars(view), "text": str(view), **tuning}


def camel_case(name: str) -> str:
    """Return a Python name as JavaScript writes it: `least_points` becomes `leastPoints`."""
    return re.sub(r"_(.)", lambda found: found[1].upper(), name)


def _described(tuning: Any) -> dict[str, Any]:
    """Return the fields of a dataclass, but not those that are settings of another step."""
    values = {each.name: getattr(tuning, each.name) for each in fields(tuning)}
    return {
        camel_case(name): list(value) if isinstance(value, tuple) else value
        for name, value in values.items()
        if not is_dataclass(value)
    }
