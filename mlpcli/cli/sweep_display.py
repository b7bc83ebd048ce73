"""What a sweep shows while it runs: a bar over its trials with the best so far."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from tqdm import tqdm

from mlpcli.cli.common import say
from mlpcli.cli.progress import LOOK, Bar, on_terminal
from mlpcli.report.recipes import short_names, value_text
from mlpcli.report.text import loss_text, percent
from mlpcli.sweep.results import value_at
from mlpcli.sweep.values import value_of

if TYPE_CHECKING:
    from mlpcli.runs.result import Result
    from mlpcli.sweep.definition import Sweep


class Display:
    """A bar on a terminal, else a line for each trial; trials that fail have a line anyway.

    Args:
        sweep: whose trials they are.
        counts: how many trials have ended, and how many there will be.
        quiet: whether to show only trials that fail.
    """

    def __init__(self, sweep: Sweep, counts: tuple[int, int], *, quiet: bool) -> None:
        self._sweep, self._counts, self._quiet = sweep, counts, quiet
        self._names = short_names([dimension.key for dimension in sweep.space])
        self._best: tuple[float, int] | None = None

    def __enter__(self) -> Self:
        done, trials = self._counts
        disable = self._quiet or not on_terminal()
        self._bar: Bar = tqdm(
            desc="trials", initial=done, total=trials, unit=" trials", disable=disable, **LOOK
        )
        return self

    def __exit__(self, *_error: object) -> None:
        self._bar.close()

    def ended(self, number: int, result: Result) -> None:
        """Show that a trial has ended, and how."""
        line = self._line(number, result)
        if result.state == "failed" or (self._bar.disable and not self._quiet):
            with tqdm.external_write_mode():
                say(line)
        if self._best:
            value, best = self._best
            self._bar.set_postfix_str(f"best {self._text(value)} in trial {best}", refresh=False)
        self._bar.update()

    def _line(self, number: int, result: Result) -> str:
        """Return a line about a trial, after noting whether it is the best."""
        place = f"trial {number}{self._values(result)}"
        if result.state != "done":
            return f"{place}: {result.state}, {result.reason}"
        name = self._sweep.metric.replace("_", " ")
        if result.validation_accuracy is None:
            name = name.replace("validation", "test")
        value = value_of(result, self._sweep.metric)
        sign = 1 if self._sweep.maximize else -1
        if self._best is None or sign * value > sign * self._best[0]:
            self._best = value, number
        return f"{place}: {name} {self._text(value)}"

    def _values(self, result: Result) -> str:
        """Return what is tried, (learning_rate 0.1, seed 2)."""
        parts = [
            f"{name} {value_text(value_at(result.config, key))}"
            for key, name in self._names.items()
        ]
        if len(self._sweep.seeds) > 1:
            parts.append(f"seed {result.config['seed']}")
        return f" ({', '.join(parts)})" if parts else ""

    def _text(self, value: float) -> str:
        return percent(value) if self._sweep.maximize else loss_text(value)
