"""Configurations from files, shipped ones and overrides."""

import os
from pathlib import Path

import pytest

from mlpcli.config import (
    Config,
    load_config,
    plain,
    shipped_configs,
    to_yaml,
    with_absolute_paths,
)
from mlpcli.config.loading import checked
from mlpcli.config.schema import AdamConfig, SgdConfig
from mlpcli.errors import ConfigError
from tests.support.configs import load, problems


def test_override(tmp_path: Path) -> None:
    """--set wins over the file, a later one over an earlier one, and values are read as YAML."""
    config = load(
        tmp_path,
        "training: {epochs: 3, optimizer: {momentum: 0.5}}",
        "training.epochs=4",
        "training.epochs=5",
        "model.layers=[784, 10]",
        "training.optimizer.learning_rate=1e-2",
        "training.early_stopping.patience=2",
    )
    assert config.training.epochs == 5
    assert (784, 10) == config.model.layers
    assert (0.5, 0.01) == (
        getattr(config.training.optimizer, "momentum", None),
        config.training.optimizer.learning_rate,
    )
    assert config.training.early_stopping is not None


def test_overrides_and_file_in_one_pass(tmp_path: Path) -> None:
    """Mistakes in several --set and in the file are all reported together."""
    overrides = ["data={validation: 1, validation: 2}", "training.epochs=!!int 5", "seed=x"]
    lines = problems(tmp_path, "output: 3", *overrides)
    assert [
        "--set data.validation:",
        "--set seed:",
        "--set training.epochs:",
        "c.yaml:1:9: output",
    ] == [" ".join(line.split(" ")[:2]) for line in lines]


def test_override_of_a_mapping(tmp_path: Path) -> None:
    """A mapping as value replaces the whole section."""
    config = load(
        tmp_path,
        "training: {optimizer: {momentum: 0.5}}",
        "training.optimizer={name: adam, betas: [0.8, 0.9]}",
    )
    assert AdamConfig(name="adam", betas=(0.8, 0.9)) == config.training.optimizer


def test_override_of_a_mistake(tmp_path: Path) -> None:
    """A later --set also replaces what was wrong with an earlier one or with the file."""
    assert load(tmp_path, "model: {layers: !x 5}", "model.layers=[784, 10]")
    assert load(tmp_path, "", "model.layers=[!x 5]", "model.layers=[784, 10]")
    lines = problems(tmp_path, "", "model.layers=[!x 5]", "model.layers={a: !x 5}")
    assert "--set model.layers.a: must be a plain value, got the tag !x" == lines[1]


def test_override_of_a_rival(tmp_path: Path) -> None:
    """Setting data.path drops the file's data.name, and the other way round."""
    assert load(tmp_path, "data: {name: kmnist}", "data.path=x.npz").data.path == "x.npz"
    assert load(tmp_path, "data: {path: x.npz}", "data.name=kmnist").data.path is None
    for given in ("name: kmnist", "path: x.npz"):
        mixed = load(tmp_path, f"data: {{{given}}}", "data.mix={mnist: 1}", "data.mix.kmnist=2")
        assert mixed.data.mix == {"mnist": 1, "kmnist": 2}
    named = load(tmp_path, "data: {mix: {mnist: 1}}", "data.name=kmnist")
    assert (named.data.name, named.data.mix) == ("kmnist", None)


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("training.epohcs=5", "--set training.epohcs: not a known key; did you mean training.epochs?"),
        ("training.epochs=x", "--set training.epochs: must be an integer >= 1 and <= 10000, got 'x'"),
        ("training.optimizer={lr: 1}", "--set training.optimizer.lr: not a known key; did you mean training.optimizer.learning_rate?"),
        ("training", "--set training: must be KEY=VALUE, e.g. training.epochs=5"),
        ("training.epochs=[1", "--set training.epochs:1:3: not valid YAML, expected ',' or ']', but got '<stream end>'"),
        ("training.epochs=!!int 5", "--set training.epochs: must be a plain value, got the tag tag:yaml.org,2002:int"),
        ("epochs=5", "--set epochs: not a known key; did you mean training.epochs?"),
        ("lr=1", "--set lr: not a known key; did you mean training.optimizer.learning_rate?"),
        ("training.lr=1", "--set training.lr: not a known key; did you mean training.optimizer.learning_rate?"),
        ("model.init=He", "--set model.init: must be one of xavier, he, normal, got 'He'; did you mean he?"),
        ("data={validation: 1, validation: 2}", "--set data.validation: given twice; keep one"),
    ],
)  # fmt: skip
def test_override_message(tmp_path: Path, override: str, expected: str) -> None:
    """A mistake in --set is named by its key."""
    assert [expected] == problems(tmp_path, "", override)


def test_override_of_a_choice(tmp_path: Path) -> None:
    """Another optimizer by name drops the keys of the old one, the same name keeps them."""
    text = "training: {optimizer: {momentum: 0.5, learning_rate: 3}}"
    other = load(tmp_path, text, "training.optimizer.name=adam", "training.optimizer.epsilon=1e-6")
    assert AdamConfig(name="adam", epsilon=1e-6) == other.training.optimizer
    same = load(tmp_path, text, "training.optimizer.name=sgd")
    assert SgdConfig(momentum=0.5, learning_rate=3) == same.training.optimizer


@pytest.mark.parametrize("folder", ["1e5", "true", "null", "007", "a: b", "ä", "x #y", "no"])
def test_shown_text_stays_text(tmp_path: Path, folder: str) -> None:
    """What `config show` prints reads back the same, whatever the folders are called."""
    config = checked(Config(output=folder))
    assert config == load(tmp_path, to_yaml(config))


def test_data_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """MLP_DATA overrides data.root."""
    assert "here" == load(tmp_path, "data: {root: here}").data.root
    monkeypatch.setenv("MLP_DATA", "there")
    assert "there" == load(tmp_path, "data: {root: here}").data.root


@pytest.mark.parametrize("path", ["~", "~/one/two"])
def test_home_directories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    """A ~ that begins a path of a file, of --set or of MLP_DATA is the user's home directory."""
    monkeypatch.setenv("HOME", str(tmp_path))
    home = os.path.expanduser(path)  # noqa: PTH111  # what a shell makes of it
    assert home.startswith(str(tmp_path))
    text = f"data: {{root: '{path}', path: '{path}'}}\noutput: '{path}'"
    config = load(tmp_path, text)
    assert (home, home, home) == (config.data.root, config.data.path, config.output)
    assert home == load(tmp_path, "", f"output='{path}'").output
    monkeypatch.setenv("MLP_DATA", path)
    assert home == load(tmp_path, "").data.root
    saved = with_absolute_paths(config)
    assert "~" not in to_yaml(saved)
    monkeypatch.setenv("HOME", "/elsewhere")
    assert (home, home) == (saved.data.path, load(tmp_path, to_yaml(saved)).output)


@pytest.mark.parametrize("path", ["./~/runs", "a/~", "a~"])
def test_names_with_a_tilde(tmp_path: Path, path: str) -> None:
    """A ~ anywhere but at the beginning is part of a name."""
    assert path == load(tmp_path, f"output: {path}").output


def test_saved_copy(tmp_path: Path) -> None:
    """The YAML of a resolved configuration reads back as the same, with absolute paths."""
    text = "data: {path: x.npz}\ntraining: {optimizer: {name: adam}, schedule: {name: one-cycle}}"
    config = with_absolute_paths(load(tmp_path, text))
    assert str(Path("x.npz").absolute()) == config.data.path
    assert config == load(tmp_path, to_yaml(config))
    mixed = with_absolute_paths(load(tmp_path, "data: {mix: {mnist: 1, x.npz: 2}}"))
    assert {"mnist": 1, str(Path("x.npz").absolute()): 2} == mixed.data.mix
    assert mixed == load(tmp_path, to_yaml(mixed))
    assert "name" not in plain(config)["data"]


@pytest.mark.parametrize("name", shipped_configs())
def test_shipped(name: str) -> None:
    """Every shipped configuration is valid, and its header says what it reaches."""
    load_config(name)
    header = shipped_configs()[name].read_text().split("\n\n")[0]
    assert header.startswith("# ")
    assert "test accuracy" in header


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("minst", "mnist"),
        ("MNIST", "mnist"),
        ("mnist.yaml", "mnist"),
        ("configs/fast.yml", "fast"),
        ("my.yml", "my.yaml"),
        ("sub/mine.yaml", "sub/mime.yaml"),
    ],
)
def test_nearest_configuration(
    tmp_path: Path, name: str, meant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name of no configuration points to the one most like it, shipped or a file."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    (tmp_path / "my.yaml").touch()
    (tmp_path / "sub" / "mime.yaml").touch()
    with pytest.raises(ConfigError) as caught:
        load_config(name)
    message = f"{name}: no such file, nor a shipped configuration; did you mean {meant}?"
    assert message == str(caught.value)
