"""Sizes that a configuration leaves to its data."""

from pathlib import Path

import pytest

from mlpcli.config import Config, plain, shipped_configs
from mlpcli.config.data import DataConfig
from mlpcli.config.fitting import fitted
from mlpcli.config.schema import ModelConfig
from mlpcli.datasets import KNOWN
from tests.support.configs import load, problems


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("{layers: [input, 128, classes]}", (784, 128, 10)),
        ("{layers: [input, 128, 10]}", (784, 128, 10)),
        ("{layers: [784, classes]}", (784, 10)),
        ("{hidden: [128, 64]}", (784, 128, 64, 10)),
        ("{hidden: []}", (784, 10)),
        ("{hidden: null}", (784, 100, 10)),
        ("{layers: [784, 20, 10], hidden: null}", (784, 20, 10)),
        ("{}", (784, 100, 10)),
    ],
)
def test_named_data(tmp_path: Path, model: str, expected: tuple[int, ...]) -> None:
    """With data known by name, a configuration has its numbers as soon as it is read."""
    config = load(tmp_path, f"model: {model}")
    assert (expected, None) == (config.model.layers, config.model.hidden)
    assert "hidden" not in plain(config)["model"]


@pytest.mark.parametrize("name", sorted(KNOWN.keys() - {"synthetic-outliers"}))
def test_sizes_of_named_data(tmp_path: Path, name: str) -> None:
    """The numbers are those of the data set that is named."""
    config = load(tmp_path, f"data: {{name: {name}}}\nmodel: {{hidden: [5]}}")
    assert (784, 5, len(KNOWN[name])) == config.model.layers
    assert 10_000 == config.data.validation


def test_own_data(tmp_path: Path) -> None:
    """With data of one's own they stay open until the data are."""
    for text, layers in (
        ("", ("input", 100, "classes")),
        ("model: {layers: [input, 20, classes]}", ("input", 20, "classes")),
    ):
        config = load(tmp_path, f"{text}\ndata: {{path: pets}}")
        assert (layers, "auto") == (config.model.layers, config.data.validation)
    kept = load(tmp_path, "data: {path: pets}\nmodel: {hidden: [20]}")
    assert [20] == plain(kept)["model"]["hidden"]
    assert "layers" not in plain(kept)["model"]
    ready = fitted(kept, pixels=400, classes=3, validation=7)
    assert ((400, 20, 3), None, 7) == (
        ready.model.layers,
        ready.model.hidden,
        ready.data.validation,
    )
    assert [400, 20, 3] == plain(ready)["model"]["layers"]
    assert ready == fitted(ready, pixels=1, classes=1, validation=1)


@pytest.mark.parametrize(
    ("images", "expected"),
    [(1, 0), (5, 0), (6, 1), (59_999, 9_999), (60_000, 10_000), (410_000, 10_000)],
)
def test_a_sixth(images: int, expected: int) -> None:
    """A sixth of the images for training is for validation, at most 10,000; or the number given."""
    assert expected == DataConfig().held_out(images)
    assert 7 == DataConfig(validation=7).held_out(images)


def test_drawn_digits(tmp_path: Path) -> None:
    """Of few drawn digits, a sixth is for validation, too."""
    assert 500 == load(tmp_path, "data: {name: synthetic, train: 3000}").data.validation
    assert 10_000 == load(tmp_path, "data: {name: synthetic, train: 110000}").data.validation


@pytest.mark.parametrize("name", sorted(shipped_configs().keys() - {"notebook"}))
def test_shipped_ones_take_other_data(tmp_path: Path, name: str) -> None:
    """Shipped configurations but the notebook's leave the sizes to data that --set names."""
    config = load(tmp_path, shipped_configs()[name].read_text(), "data.path=pets")
    layers = config.model.layers
    assert ("input", "classes") == (layers[0], layers[-1])
    assert config.data.validation in ("auto", 0)


def test_set_drops_the_rival(tmp_path: Path) -> None:
    """Setting model.hidden drops the file's model.layers, and the other way round."""
    text = "model: {layers: [784, 20, 10]}"
    assert (784, 5, 10) == load(tmp_path, text, "model.hidden=[5]").model.layers
    assert (784, 20, 10) == load(tmp_path, text, "model.hidden=null").model.layers
    text = "model: {hidden: [20]}"
    assert (784, 5, 10) == load(tmp_path, text, "model.layers=[784, 5, 10]").model.layers
    (line,) = problems(tmp_path, "", "model={hidden: [5], layers: [784, 10]}")
    assert "--set model.hidden: cannot be combined with model.layers; keep one of the two" == line


def test_rates_for_open_sizes() -> None:
    """A dropout for all hidden layers is one for each, however they are written."""
    assert (0.1, 0.1) == ModelConfig(hidden=(5, 5), dropout=0.1).dropout_rates
    assert (0.1,) == ModelConfig(dropout=0.1).dropout_rates


def test_places_do_not_make_a_difference(tmp_path: Path) -> None:
    """Two configurations with the same values are equal, wherever they were written."""
    one, other = load(tmp_path, "seed: 3\n"), load(tmp_path, "\n\nseed: 3\n")
    assert one == other
    assert "c.yaml:3:7: seed is odd" in other.written.problem(("seed",), "is odd")
    assert "seed is odd" == Config(seed=3).written.problem(("seed",), "is odd")
