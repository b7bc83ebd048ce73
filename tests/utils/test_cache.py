"""The program's own folder in the user's cache."""

from pathlib import Path

import pytest

from mlpcli.errors import ConfigError
from mlpcli.utils.cache import FOLDER, TAG, cache_folder
from tests.conftest import Mlp


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that MLP_CACHE names."""
    monkeypatch.setenv("MLP_CACHE", str(tmp_path))
    return tmp_path


def test_mark(place: Path) -> None:
    """The folder is made with the tag that marks a cache, and found again."""
    first = cache_folder("datasets")
    assert place / FOLDER / "datasets" == first
    assert (place / FOLDER / TAG).read_text().startswith("Signature: 8a477f597d28d172789f06886806")
    assert cache_folder("datasets") == first


def test_empty_folder(place: Path) -> None:
    """An empty folder of that name, such as a process left that was killed, is taken."""
    (place / FOLDER).mkdir()
    (place / FOLDER / f".{TAG}.0123abcd.tmp").touch()
    assert cache_folder("datasets").is_dir()


@pytest.mark.parametrize(
    "tag", [None, "", "Signature: 8a477f597d28d172789f06886806bc55\n# Other\n"]
)
def test_folder_of_others(place: Path, tag: str | None) -> None:
    """A folder of that name without the program's own tag is left alone."""
    (place / FOLDER / "datasets").mkdir(parents=True)
    if tag is not None:
        (place / FOLDER / TAG).write_text(tag)
    with pytest.raises(OSError, match=f"must hold mlpcli's {TAG}, or nothing"):
        cache_folder("datasets")


@pytest.mark.parametrize("level", ["whole", "kind"])
def test_links(place: Path, tmp_path: Path, level: str) -> None:
    """A link in place of a folder is not followed."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    link = place / FOLDER
    if level == "kind":
        cache_folder("synthetic")
        link = place / FOLDER / "datasets"
    link.symlink_to(elsewhere)
    with pytest.raises(OSError, match="must be a folder, not a link"):
        cache_folder("datasets")
    assert not list(elsewhere.iterdir())


def test_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without MLP_CACHE it is in the user's own cache folder."""
    monkeypatch.delenv("MLP_CACHE")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert cache_folder("datasets").is_relative_to(tmp_path)


def test_home_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A ~ that begins MLP_CACHE is the user's home directory; one of nobody's is an error."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("MLP_CACHE", "~/cache")
    assert cache_folder("datasets").is_relative_to(tmp_path / "cache")
    monkeypatch.setenv("MLP_CACHE", "~no-such-user/cache")
    message = "^MLP_CACHE: must begin with an existing home directory, got '~no-such-user'"
    with pytest.raises(ConfigError, match=message):
        cache_folder("datasets")


@pytest.mark.slow
def test_no_home(
    monkeypatch: pytest.MonkeyPatch, mlp: Mlp, config_file: Path, tmp_path: Path
) -> None:
    """Where the user has no home directory, every command goes on without a cache."""

    def unknown(_user: int) -> None:
        raise KeyError

    for name in ("MLP_CACHE", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", unknown)
    with pytest.raises(OSError, match="the user has no home directory"):
        cache_folder("datasets")
    drawn = ["--set", "data.name=synthetic", "--set", "data.train=400", "--set", "data.test=300"]
    commands: list[list[str | Path]] = [
        ["train", "--config", config_file, "--out", "run", *drawn],
        ["evaluate", "--weights", "run"],
        ["inspect", "run"],
        ["compare", "run", "run"],
        ["data", "list"],
        ["data", "show", "synthetic", "--count", "1"],
    ]
    for command in commands:
        result = mlp(*command)
        assert (0, None) == (result.exit_code, result.exception), result.output
    assert not list(tmp_path.rglob(FOLDER))
