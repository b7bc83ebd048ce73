"""The points of a sweep, and the configurations of its trials."""

from typing import Any

import pytest

from mlpcli.config import load_config, with_absolute_paths
from mlpcli.config.loading import overridden, unfitted
from mlpcli.errors import ConfigError
from mlpcli.sweep.definition import Choice, Dimension, Range, Sweep

pytestmark = pytest.mark.usefixtures("no_data_root")


def sweep(*space: Dimension, name: str = "mnist", **kinds: Any) -> Sweep:
    """Return a sweep of one seed."""
    return Sweep(unfitted(overridden(name)), space, (0,), **kinds)


@pytest.mark.parametrize(
    ("point", "overrides"),
    [
        ({}, []),
        ({"training.batch_size": 7}, ["training.batch_size=7"]),
        (
            {"training.optimizer.betas": [0.8, 0.9], "training.optimizer.name": "adam"},
            ["training.optimizer.name=adam", "training.optimizer.betas=[0.8, 0.9]"],
        ),
        ({"model.layers[1]": 30}, ["model.layers=[input, 30, 128, classes]"]),
        (
            {"data.name": "emnist-letters", "model.layers[1]": 30},
            [
                "model.layers=[784, 30, 128, 26]",
                "data.name=emnist-letters",
                "data.validation=10000",
            ],
        ),
        (
            {"model.layers[2]": 9, "model.layers": [784, 20, 30, 10]},
            ["model.layers=[784, 20, 9, 10]"],
        ),
        ({"model.hidden": [5]}, ["model.hidden=[5]"]),
        ({"augmentation.rotation": 10}, ["augmentation.rotation=10"]),
        ({"augmentation": {"shift": 1.5}}, ["augmentation={shift: 1.5}"]),
        ({"data.name": "synthetic"}, ["data.name=synthetic"]),
        ({"data.path": "somewhere"}, ["data.path=somewhere"]),
        ({"data.mix": {"mnist": 1}}, ["data.mix={mnist: 1}"]),
    ],
)
def test_as_with_set(point: dict[str, Any], overrides: list[str]) -> None:
    """A trial has the configuration that --set gives, whatever the order of its keys."""
    expected = with_absolute_paths(load_config("mnist", [*overrides, "seed=3"]))
    assert expected == sweep().config_at(point, 3)


@pytest.mark.parametrize(
    ("point", "message"),
    [
        ({"training.batch_size": 0}, "training.batch_size: must be an integer >= 1, got 0"),
        (
            {"training.batchsize": 3},
            "training.batchsize: not a known key; did you mean training.batch_size?",
        ),
        (
            {"augmentation": {"elastic": {"alpah": 3}}},
            "augmentation.elastic.alpah: not a known key; did you mean augmentation.elastic.alpha?",
        ),
        (
            {"model.layers[9]": 3},
            "model.layers[9]: must be one of model.layers[0] to model.layers[3], got [9]",
        ),
        (
            {"model.hidden[0]": 3},
            "model.hidden[0]: must be an item of a list, but model.hidden is null",
        ),
    ],
)
def test_refused(point: dict[str, Any], message: str) -> None:
    """A value that the configuration refuses is refused with the key's rule."""
    with pytest.raises(ConfigError) as caught:
        sweep().config_at(point, 0)
    assert (f"sweep {message}",) == caught.value.lines


def test_not_a_key() -> None:
    """A text that is no key is refused."""
    with pytest.raises(ConfigError, match=r"^a\.\.b: must be a key such as training\.batch_size"):
        sweep().config_at({"a..b": 3}, 0)


def test_grid() -> None:
    """The last key varies fastest, and steps of a range are as one writes them."""
    grid = sweep(Choice("a", ("x", [1])), Range("b", 0.1, 0.4, step=0.1)).grid()
    values = [list(point.values()) for point in grid]
    assert [[a, b] for a in ("x", [1]) for b in (0.1, 0.2, 0.3, 0.4)] == values


def test_grid_of_seeds_alone() -> None:
    """Without keys that vary there is one point."""
    assert [{}] == list(sweep().grid())


@pytest.mark.parametrize(
    ("dimension", "values"),
    [
        (Range("k", 32, 50, step=4), (32, 36, 40, 44, 48)),
        (Range("k", 1, 3, log=True), (1, 2, 3)),
        (Range("k", 0, 1, step=0.5), (0.0, 0.5, 1.0)),
        (Range("k", 0.1, 1), None),
    ],
)
def test_values_of_a_range(dimension: Range, values: object) -> None:
    """A range of integers, or with a step, has so many values."""
    assert values == dimension.values


def test_grid_of_a_continuous_range() -> None:
    """A range without a step has no grid."""
    with pytest.raises(ValueError, match=r"^k: has no step$"):
        list(sweep(Range("k", 0.1, 0.2)).grid())
