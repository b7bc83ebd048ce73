"""What came of a sweep as one HTML file that needs no other file, as `report/page.py` writes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mlpcli.errors import RunError
from mlpcli.report.recipes import (
    MEASURES,
    number_text,
    recipe_text,
    short_names,
    shown_measures,
    spread_text,
    states_text,
    value_text,
)
from mlpcli.report.sweep_drawings import Drawing, Drawings, epoch_ticks
from mlpcli.report.sweeps import NO_VALIDATION, reason_lines, states_line
from mlpcli.report.templates import render
from mlpcli.sweep.results import Results
from mlpcli.utils.escaping import printable
from mlpcli.utils.files import open_regular, reason_of

LONGEST = 1 << 16  # bytes of the definition that are shown
_HIGH, _ABOVE, _BELOW = 380, 34, 24  # units of a drawing's height, and of its margins
_LEFT, _RIGHT = 76, 76
_FEWEST = 104  # units between two axes


def sweep_html(results: Results, importance: Mapping[str, float] | str) -> str:
    """Return a page about a sweep.

    Args:
        results: what came of it.
        importance: the share of each key in [0, 1], or why there is none, as part of a sentence.

    Raises:
        RunError: its definition cannot be read.
    """
    drawings, names = Drawings(results), short_names(results.keys)
    curves, epochs = drawings.curves()
    ranked = results.ranked()
    functions: dict[str, Callable[..., Any]] = {
        "number": number_text,
        "recipe_text": recipe_text,
        "spread": lambda *spread: spread_text(*spread).replace(" ", "\N{NO-BREAK SPACE}"),
        "states": states_text,
        "value": value_text,
    }
    return render(
        "sweep.html.j2",
        ["page.css", "sweep.css"],
        functions,
        results=results,
        name=results.directory.path.resolve().name,
        names=names,
        measure=results.measure,
        measures=MEASURES,
        shown=shown_measures(results),
        best=results.recipes[0] if ranked else None,
        best_trial=ranked[0] if ranked else None,
        note=None if results.validated else NO_VALIDATION,
        states_line=states_line(results),
        reasons=reason_lines(results),
        seconds=sum(trial.summary.result.seconds for trial in results.trials),
        epochs_done=sum(trial.summary.result.epochs for trial in results.trials),
        coordinates=drawings.coordinates(),
        curves=curves,
        curve_title=drawings.curve_title,
        epochs=epoch_ticks(epochs),
        frame=_frame,
        importance=_sorted(importance),
        definition=_definition(results),
    )


def _frame(width: int, drawing: Drawing | None = None) -> dict[str, float]:
    """Return the sizes of a drawing, and where its axes begin.

    Args:
        width: of all, unless its axes need more.
        drawing: whose axes are side by side.
    """
    gaps = max(len(drawing.axes) - 1, 1) if drawing else 1
    inner = max(width - _LEFT - _RIGHT, _FEWEST * gaps if drawing else 0)
    return {
        "width": inner + _LEFT + _RIGHT,
        "height": _HIGH,
        "left": _LEFT,
        "right": _RIGHT,
        "inner": inner,
        "gap": inner / gaps,
        "bottom": _HIGH - _BELOW,
        "top": _ABOVE,
        "tall": _HIGH - _BELOW - _ABOVE,
    }


def _sorted(importance: Mapping[str, float] | str) -> list[tuple[str, float]] | str:
    if isinstance(importance, str):
        return importance
    return sorted(importance.items(), key=lambda pair: -pair[1])


def _definition(results: Results) -> str:
    path = results.directory.definition
    try:
        with open_regular(path) as file:
            lines = file.read(LONGEST).decode(errors="replace").split("\n")
    except OSError as error:
        raise RunError(f"{path}: cannot be read, {reason_of(error)}") from error
    return "\n".join(map(printable, lines))
