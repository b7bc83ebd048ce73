"""YAML text and the values in it."""

import os
from pathlib import Path

import pytest

from mlpcli.config import (
    Config,
    load_config,
)
from mlpcli.config.loading import checked
from mlpcli.errors import ConfigError
from tests.conftest import Mlp
from tests.support.configs import load, problems


@pytest.mark.parametrize(("keys", "last"), [(101, "1 more problem"), (150, "50 more problems")])
def test_very_many_problems(tmp_path: Path, keys: int, last: str) -> None:
    """At most a hundred problems are shown, and the others are counted."""
    lines = problems(tmp_path, "\n".join(f"key{number}: 1" for number in range(keys)))
    assert 101 == len(lines)
    assert f"c.yaml: {last}" == lines[-1]


def test_empty_file(tmp_path: Path) -> None:
    """An empty file means the defaults."""
    assert checked(Config()) == load(tmp_path, "")


@pytest.mark.parametrize("text", ["1e-3", "1E-3", "0.001", ".001", "1.0e-3", "+1e-03"])
def test_numbers(tmp_path: Path, text: str) -> None:
    """A number may be written in every usual way."""
    config = load(tmp_path, f"training: {{optimizer: {{learning_rate: {text}}}}}")
    assert config.training.optimizer.learning_rate == 0.001


def test_words_are_not_booleans(tmp_path: Path) -> None:
    """`no` and `on` are words, and `010` is ten."""
    assert "no" == load(tmp_path, "output: no").output
    assert load(tmp_path, "seed: 010").seed == 10


def test_aliases_do_not_explode(tmp_path: Path) -> None:
    """A small file of nested aliases is refused at once."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert "too many values" in problems(tmp_path, "\n".join(lines))[0]


@pytest.mark.parametrize("text", ["a: &a [*a]", "[" * 2000, "{a: " * 2000])
def test_deep_nesting(tmp_path: Path, text: str) -> None:
    """Deep or endless nesting gives one clear line."""
    assert 1 == len(problems(tmp_path, text))


def test_unreadable(tmp_path: Path) -> None:
    """A file that is not text, or not a file, gives one clear line."""
    for encoding in "utf-8", "utf-8-sig":
        (tmp_path / "c.yaml").write_bytes("# ä\nseed: ä".encode(encoding) + b"\xff")
        with pytest.raises(ConfigError, match=r"c.yaml:2:8: not UTF-8 text, got the byte 0xff"):
            load_config(str(tmp_path / "c.yaml"))
    with pytest.raises(ConfigError, match=r"nor a shipped configuration; shipped ones: .*mnist"):
        load_config("absent")
    with pytest.raises(ConfigError, match="a configuration is a file, got a folder"):
        load_config(str(tmp_path))


def test_empty_section(tmp_path: Path) -> None:
    """A section whose keys are all deleted means its defaults."""
    assert checked(Config()) == load(tmp_path, "data:\nmodel:\ntraining:\n  # epochs: 3\n")


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="the system does not name descriptors")
@pytest.mark.parametrize("command", ["train", "config show", "gradcheck"])
def test_piped(mlp: Mlp, config_file: Path, tmp_path: Path, command: str) -> None:
    """A process substitution, <(command), is read, and its run is named config."""
    reading, writing = os.pipe()
    with open(writing, "wb") as pipe:  # noqa: PTH123  # a descriptor
        pipe.write(config_file.read_bytes())
    option = [] if command == "config show" else ["--config"]
    result = mlp(*command.split(), *option, f"/dev/fd/{reading}")
    os.close(reading)
    assert 0 == result.exit_code, result.output
    assert (["config"] if command == "train" else []) == [
        path.name for path in (tmp_path / "runs").glob("*")
    ]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_named_pipe(mlp: Mlp, tmp_path: Path) -> None:
    """A named pipe is refused as a pipe, without waiting for it."""
    os.mkfifo(tmp_path / "my.yaml")
    (tmp_path / "link.yaml").symlink_to("my.yaml")
    for name in ("my.yaml", "link.yaml"):
        result = mlp("config", "show", name)
        assert 2 == result.exit_code
        message = f"{name}: a configuration is a file, got a pipe; shipped ones: "
        assert result.stderr.startswith(message)
