"""Learning curves in block characters."""

import re

from mlpcli.report.curves import curve_text
from mlpcli.runs.epochs import EpochResult
from tests.support.checkpoints import epoch_result


def result(epoch: int, train: float, validation: float | None) -> EpochResult:
    """Return an epoch of which only the curves are of interest."""
    accuracy = None if validation is None else max(0.0, min(1.0, 1 - validation / 10))
    return epoch_result(epoch, train, validation, accuracy, 0.1, 1.0, 1.0)


def test_curves() -> None:
    """Both losses share a scale, and the error has its own."""
    history = [result(1, 0.4, 0.8), result(2, 0.2, 0.4)]
    lines = re.sub(r"\x1b\[\d+m", "", curve_text(history)).splitlines()
    assert "train loss                  validation loss             validation error" == lines[0]
    assert "0.4 → 0.2                   0.8 → 0.4                   8.00 % → 4.00 %" == lines[1]
    full, half = "█" * 6, "█" * 12
    assert f"{'':28}{full:28}{full}" == lines[2]
    assert f"{full:28}{half:28}{half}" == lines[5]
    assert f"{half:28}{half:28}{half}" == lines[7]
    assert f"{'epoch 1    2':28}{'epoch 1    2':28}epoch 1    2" == lines[8]


def test_curve_without_validation() -> None:
    """Without validation images there is one chart, as wide as the text."""
    lines = curve_text([result(n, 1.0, None) for n in range(1, 41)]).splitlines()
    assert "train loss" == lines[0]
    assert 80 == lines[-2].count("█")


def test_absurd_curve() -> None:
    """Numbers that no training comes to draw a chart all the same."""
    history = [result(n, value, value) for n, value in enumerate([1e30, -5.0, 0.0] * 99, 1)]
    assert 9 == len(curve_text(history).splitlines())
