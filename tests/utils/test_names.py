"""What was meant by a name that is not known."""

import pytest

from mlpcli.utils.names import guess, nearest

KNOWN = ["train", "test", "relu", "leaky-relu", "report", "fashion-mnist", "mnist", "batch_size"]


@pytest.mark.parametrize(
    ("meant", "expected"),
    [
        ("trian", "train"),
        ("rtain", "train"),
        ("tset", "test"),
        ("TEST", "test"),
        ("Relu", "relu"),
        ("leaky_relu", "leaky-relu"),
        ("LeakyReLU", "leaky-relu"),
        ("batch-size", "batch_size"),
        ("minst", "mnist"),
        ("fashion", "fashion-mnist"),
        ("rep", "report"),
        ("size", "batch_size"),
    ],
)
def test_typing_errors(meant: str, expected: str) -> None:
    """Wrong letters, capitals, other dashes and beginnings of a name point to it."""
    assert expected == nearest(meant, KNOWN)
    assert f"; did you mean {expected}?" == guess(meant, KNOWN)


@pytest.mark.parametrize("meant", ["", "-", "x", "export", "port", "te", "softplus", "t" * 9999])
def test_no_guess(meant: str) -> None:
    """A name that is not similar to any, or too short to tell, points to none."""
    assert nearest(meant, KNOWN) is None
    assert "" == guess(meant, KNOWN)


def test_several_beginnings() -> None:
    """A part of two names points to neither."""
    assert nearest("weight", ["weight_decay", "weight_average"]) is None
