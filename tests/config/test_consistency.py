"""Values that are valid by themselves and wrong together."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mlpcli.config import (
    Config,
    load_config,
    plain,
)
from mlpcli.errors import ConfigError
from tests.support.configs import load, problems


def configure(tmp_path: Path, text: str, *overrides: str) -> Config:
    """Load a configuration from its text."""
    (tmp_path / "c.yaml").write_text(text)
    return load_config(str(tmp_path / "c.yaml"), overrides)


def test_counts(tmp_path: Path) -> None:
    """data.train and data.test say how many are drawn, and are kept with the run."""
    config = configure(tmp_path, "data: {name: synthetic, train: 500, test: 7, validation: 0}")
    assert (500, 7) == (config.data.train, config.data.test)
    assert {"train": 500, "test": 7}.items() <= plain(config)["data"].items()


def test_nothing_to_learn(tmp_path: Path) -> None:
    """What is no digit cannot be trained on alone, as it has no classes."""
    expected = (
        "c.yaml:1:14: data.name must have classes to learn, got synthetic-outliers; add it to others "
        "in data.mix"
    )
    with pytest.raises(ConfigError) as caught:
        configure(tmp_path, "data: {name: synthetic-outliers}")
    assert str(caught.value).endswith(expected)


def test_counts_elsewhere(tmp_path: Path) -> None:
    """Counts beside other data are mistakes, each reported with its place."""
    with pytest.raises(ConfigError) as caught:
        configure(tmp_path, "data:\n  name: mnist\n  test: 5\n  train: 7\n")
    rule = "is only for data.name synthetic; remove it"
    lines = str(caught.value).splitlines()
    assert [
        f"{tmp_path}/c.yaml:3:3: data.test {rule}",
        f"{tmp_path}/c.yaml:4:3: data.train {rule}",
    ] == lines
    assert "train" not in plain(Config())["data"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("{nmae: synthetic, train: 500}", "is not a known key; did you mean data.name?"),
        ("{name: synthetic, path: x.npz, train: 500}", "cannot be combined with data.name"),
        (
            "{name: synthetic, train: 3000, validation: 10000}",
            "c.yaml:1:50: data.validation must be less than data.train, 3000, got 10000",
        ),
        ("{name: synthetic, train: 0}", "data.train must be an integer >= 1 and <= 2000000, got 0"),
    ],
)
def test_counts_beside_mistakes(tmp_path: Path, data: str, message: str) -> None:
    """If another key of the data is wrong, only that is reported."""
    with pytest.raises(ConfigError) as caught:
        configure(tmp_path, f"data: {data}")
    (line,) = str(caught.value).splitlines()
    assert message in line


@pytest.mark.parametrize("change", ["data.name=mnist", "data.path=x.npz"])
def test_counts_go_with_the_name(tmp_path: Path, change: str) -> None:
    """--set of other data drops the counts, and setting counts then is a mistake."""
    text = "data: {name: synthetic, train: 500, validation: 0}"
    assert 60000 == configure(tmp_path, text, change).data.train
    assert 500 == configure(tmp_path, text, "data.name=synthetic").data.train
    with pytest.raises(ConfigError, match=r"only for data\.name synthetic"):
        configure(tmp_path, text, change, "data.train=5")


def test_home_directory_of_another_user(tmp_path: Path) -> None:
    """~user is the home directory of that user."""
    users = pytest.importorskip("pwd", reason="the system has no list of users")
    root = users.getpwuid(0)
    assert root.pw_dir + "/runs" == load(tmp_path, f"output: ~{root.pw_name}/runs").output


NOBODY = (
    "must begin with an existing home directory, got '~no-such-user'; for a folder of that "
    "name put ./ before it"
)


def test_home_directory_of_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown user is reported with the place of the path, and what to do."""
    text = "output: ~no-such-user/runs\ndata: {root: ~no-such-user, path: ~no-such-user/x}"
    expected = [
        f"c.yaml:1:9: output {NOBODY}",
        f"c.yaml:2:14: data.root {NOBODY}",
        f"c.yaml:2:35: data.path {NOBODY}",
    ]
    assert expected == problems(tmp_path, text)
    assert [f"--set output: {NOBODY}"] == problems(tmp_path, "", "output=~no-such-user")
    monkeypatch.setenv("MLP_DATA", "~no-such-user")
    assert [f"MLP_DATA: {NOBODY}"] == problems(tmp_path, "")


ASCII = {
    "LC_ALL": "C",
    "PYTHONUTF8": "0",
    "PYTHONCOERCECLOCALE": "0",
    "PYTHONIOENCODING": "utf-8",  # of messages, not of names
}


def test_text_that_the_system_cannot_encode(tmp_path: Path) -> None:
    """A path that this system cannot encode is refused with its place."""
    (tmp_path / "c.yaml").write_text("data: {path: 'ä'}\noutput: 'ä'", "utf-8")
    result = subprocess.run(
        [sys.executable, "-m", "mlpcli", "train", "--config", "c.yaml"],
        cwd=tmp_path,
        env=os.environ | ASCII,
        check=False,
        capture_output=True,
        encoding="utf-8",
    )
    message = "must be a path in this system's encoding, ascii, got 'ä'"
    expected = [f"c.yaml:1:14: data.path {message}", f"c.yaml:2:9: output {message}"]
    assert (2, expected) == (result.returncode, result.stderr.splitlines())
