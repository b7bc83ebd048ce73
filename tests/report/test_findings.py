"""What is said of a training that has failed, and what to try."""

import pytest

from mlpcli.config import load_config
from mlpcli.report.findings import advice, finding_lines
from mlpcli.training.diagnosis import InactiveLayer
from tests.support.findings import findings


def test_lines() -> None:
    """There is a line for each kind of finding, in which the first few classes are named."""
    names = [f"c{number}" for number in range(10)]
    assert not findings()
    assert [] == [*finding_lines(findings(), names)]
    some = findings(guessing=True, zero_recall=frozenset(range(1, 8)))
    assert [
        "an accuracy of 10.00 % is no better than guessing: always predicting c2 gives 12.00 %",
        "7 of 10 classes have recall 0, none of their images is recognised: c1, c2, c3, c4, c5, …",
    ] == [*finding_lines(some, names)]
    one = findings(zero_recall=frozenset([3]))
    assert ["1 of 10 classes has recall 0, none of its images is recognised: c3"] == [
        *finding_lines(one, names)
    ]


@pytest.mark.parametrize(
    ("changes", "kinds", "expected"),
    [
        (["learning_rate=50"], "inactive", "a training.optimizer.learning_rate below 50, such as 0.1, or training.gradient_clip=1"),
        (["learning_rate=0.1"], "inactive", "a training.optimizer.learning_rate below 0.1, such as 0.01, or training.gradient_clip=1"),
        (["name=adam", "learning_rate=1"], "guessing", "a training.optimizer.learning_rate below 1, such as 0.001, or more training.epochs than 12"),
        (["learning_rate=1e-6"], "guessing", "a training.optimizer.learning_rate above 1e-06, such as 0.01, or more training.epochs than 12"),
        (["learning_rate=0.1"], "guessing", "a training.optimizer.learning_rate below 0.1, such as 0.01, or above 0.1, such as 1, or more training.epochs than 12"),
        ([], "zero_recall", "more training.epochs than 12, or more or larger model.layers, or more images of these classes"),
    ],
)  # fmt: skip
def test_advice(changes: list[str], kinds: str, expected: str) -> None:
    """What to try is said by what was found, and by the configuration's own values."""
    config = load_config("mnist", [f"training.optimizer.{change}" for change in changes])
    some = {
        "inactive": findings(
            inactive=(InactiveLayer(1, 10, 9, 100, saturated=False),), guessing=True
        ),
        "guessing": findings(guessing=True),
        "zero_recall": findings(zero_recall=frozenset([1])),
    }
    assert f"to try: {expected}" == advice(some[kinds], config)


@pytest.mark.parametrize(
    ("activation", "init"),
    [("relu", "he"), ("gelu", "he"), ("sigmoid", "xavier"), ("tanh", "xavier")],
)
@pytest.mark.parametrize("inactive", [(), (InactiveLayer(1, 10, 9, 100, saturated=False),)])
def test_advice_on_initial_weights(
    activation: str, init: str, inactive: tuple[InactiveLayer, ...]
) -> None:
    """Guesses after weights of variance 1 are put down to these first, and only once."""
    changes = ["model.init=normal", f"model.activation={activation}"]
    text = advice(findings(guessing=True, inactive=inactive), load_config("mnist", changes))
    assert text.startswith(f"to try: model.init={init}, or a training.optimizer.learning_rate ")
    assert 1 == text.count("model.init")
