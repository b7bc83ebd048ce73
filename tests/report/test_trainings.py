"""The table of epochs, and what a training is expected to take."""

import pytest

from mlpcli.report.trainings import EPOCH_HEADER, epoch_line, expectation_line
from mlpcli.runs.epochs import EpochResult
from mlpcli.training.rehearsal import Expectation

WIDTH = 60


@pytest.mark.parametrize("loss", [0.0, 0.00123, 2.30259, 12.3456, 1234.56, 9999.9999, 1e9, 1e30])
@pytest.mark.parametrize("rate", [1.0, 0.0279, 0.00302, 1.23e-4, 4.98e-9])
@pytest.mark.parametrize("accuracy", [0.0, 0.9841, 1.0])
def test_table_of_epochs(loss: float, rate: float, accuracy: float) -> None:
    """Each row is as wide as the header, and fits 60 columns."""
    result = EpochResult(
        epoch=300,
        train_loss=loss,
        validation_loss=loss,
        validation_accuracy=accuracy,
        learning_rate=rate,
        images_per_second=987654.3,
        seconds=12345.6,
    )
    assert WIDTH >= len(EPOCH_HEADER) == len(epoch_line(result, 300))


def test_row_without_validation() -> None:
    """Without validation images there are dashes; numbers stand below their names."""
    result = EpochResult(
        epoch=2,
        train_loss=0.25,
        validation_loss=None,
        validation_accuracy=None,
        learning_rate=0.1,
        images_per_second=100000,
        seconds=0.6,
    )
    assert "  epoch    loss  val loss  accuracy    rate images/s seconds" == EPOCH_HEADER
    expected = "   2/12  0.2500         –         –     0.1  100,000     0.6"
    assert expected == epoch_line(result, 12)


@pytest.mark.parametrize(
    ("seconds", "memory", "epochs", "expected"),
    [
        (6.54, 133_400_000, 12, "12 epochs: about 6.5 s, about 133 MB of memory"),
        (62.3, None, 1, "1 epoch: about 62 s"),
        (500.0, 2_100_000_000, 70, "70 epochs: about 8 min, about 2,100 MB of memory"),
        (13_000.0, None, 240, "240 epochs: about 3.6 h"),
    ],
)
def test_expectation(seconds: float, memory: int | None, epochs: int, expected: str) -> None:
    """Time is in the unit that fits it; memory is left out where the system does not tell it."""
    assert expected == expectation_line(Expectation(0.5, seconds, memory), epochs)
