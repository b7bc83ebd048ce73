"""Whether a training has become slower than it was."""

import re
from functools import partial
from itertools import accumulate, chain, repeat
from pathlib import Path

import pytest

from mlpcli.report.text import slow_line
from mlpcli.training.pace import Pace
from tests.conftest import Mlp


def said(*seconds: float) -> list[int]:
    """The steps, of 100 images each, after which something is said."""
    pace = Pace()
    return [number for number, duration in enumerate(seconds) if pace.step(100, duration)]


def test_fall() -> None:
    """Half the pace for three seconds is said, once."""
    falls = [*[0.125] * 16, 1.05, 1.05, 1.05, 1.05, 1.05]
    assert [18] == said(*falls, *falls)


def test_no_fall() -> None:
    """Neither a steady pace nor one that rises is worth a word."""
    assert [] == said(*[0.1] * 100)
    assert [] == said(*[1.0] * 10, *[0.1] * 100)


def test_less_than_half() -> None:
    """A pace a little above half of the best is not."""
    assert [] == said(*[0.1] * 20, *[0.19] * 100)
    assert [] != said(*[0.1] * 20, *[0.21] * 100)


def test_hiccup() -> None:
    """Slow steps between quick ones are not."""
    assert [] == said(*([0.1] * 20 + [1.2, 1.2]) * 5)


def test_line() -> None:
    """What is said fits a terminal, and names what helps where that is not in use already."""
    assert (
        "note: 1,234 images/s after 43,210, perhaps because other programs are busy; a new run "
        "with --set threads=1 leaves them a core"
    ) == slow_line(1234, 43210, 2)
    assert slow_line(1234, 43210, 1).endswith("are busy")


@pytest.mark.parametrize(
    ("threads", "advice"), [(2, "; a new run with --set threads=1 leaves them a core"), (1, "")]
)
def test_training_that_becomes_slow(
    mlp: Mlp, config_file: Path, monkeypatch: pytest.MonkeyPatch, threads: int, advice: str
) -> None:
    """A training says once that its pace has fallen, on stderr, and goes on."""
    durations = chain([0.1] * 60, repeat(0.3))  # of its steps and between, by a clock that lies
    monkeypatch.setattr("time.perf_counter", partial(next, accumulate(durations)))
    options = ["--config", config_file, "--set", f"threads={threads}"]
    result = mlp("train", *options, "--set", "training.epochs=10")
    assert 0 == result.exit_code
    notes = [line for line in result.stderr.splitlines() if line.startswith("note")]
    assert 1 == len(notes)
    assert re.fullmatch(
        rf"note: [\d,]+ images/s after [\d,]+, perhaps because other programs are busy{advice}",
        notes[0],
    )
