"""The directory of a sweep."""

import os
from pathlib import Path

import pytest

from mlpcli.errors import RunError
from mlpcli.sweep.directory import DEFINITION, STUDY, SweepDirectory, is_sweep


def test_trials(tmp_path: Path) -> None:
    """Trials that have begun are found in the order of their numbers, and nothing else is."""
    for name in "trial-10000", "trial-0002", "trial-0000", "trial-1", "trial-0003x", "other":
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.yaml").touch()
    (tmp_path / "trial-0001").mkdir()
    directory = SweepDirectory(tmp_path)
    assert [0, 2, 10000] == [*directory.trials()]
    assert tmp_path / "trial-0002" == directory.trial(2).directory


def test_is_sweep(tmp_path: Path) -> None:
    """A directory with a definition is that of a sweep."""
    assert not is_sweep(tmp_path)
    (tmp_path / DEFINITION).touch()
    assert is_sweep(tmp_path)


def test_locked_twice(tmp_path: Path) -> None:
    """Only one process can run a sweep."""
    with SweepDirectory(tmp_path).locked(), pytest.raises(RunError, match="is in use by process"):
        SweepDirectory(tmp_path).locked().__enter__()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no links without privileges")
def test_link(tmp_path: Path) -> None:
    """A sweep whose study is a link is refused, because it may lead to another database."""
    (tmp_path / STUDY).symlink_to(tmp_path / "other.db")
    with pytest.raises(RunError, match=r"study\.db: must be in .* got a link"):
        SweepDirectory(tmp_path).locked().__enter__()
