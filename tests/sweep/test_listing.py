"""Runs in folders: which are found, and how they are called."""

import os
from pathlib import Path

import pytest

from mlpcli.errors import RunError
from mlpcli.runs.columns import Entry, sort_entries, varying_keys
from mlpcli.sweep.listing import list_runs
from mlpcli.utils.locking import locked
from tests.support.listed import begun, ended


def states(entries: list[Entry]) -> dict[str, str | None]:
    """Return the state of each run, None if it is broken."""
    return {entry.name: entry.summary.state if entry.summary else None for entry in entries}


def test_states(tmp_path: Path) -> None:
    """A run has ended in some way, has done all epochs, is running or is interrupted."""
    for state in ("done", "pruned", "failed"):
        ended(tmp_path / state, state=state)
    begun(tmp_path / "all", epochs=4)
    begun(tmp_path / "some", epochs=3)
    begun(tmp_path / "new")
    stopping = "training.early_stopping={patience: 2}"
    begun(tmp_path / "stopped", [stopping, "data.validation=1000"], epochs=3)
    running = begun(tmp_path / "running", epochs=1)
    (tmp_path / "no-run").mkdir()
    (tmp_path / "notes.txt").touch()
    with locked(running / ".lock"):
        entries = list_runs(tmp_path)
    found = {name: state for name, state in states(entries).items() if name != state}
    assert found == {"all": "done", "new": "interrupted", "some": "interrupted", "stopped": "done"}
    (busy,) = (entry for entry in entries if entry.name == "running")
    assert busy.summary
    assert busy.summary.process == f"process {os.getpid()} on {os.uname().nodename}"
    assert (1, 4, 1.5) == (
        busy.summary.result.epochs,
        busy.summary.planned,
        busy.summary.result.seconds,
    )


def test_sweeps(tmp_path: Path) -> None:
    """The trials of a sweep are listed with its name before theirs; a sweep's own without."""
    ended(tmp_path / "fast")
    for n in (0, 1, 10):
        ended(tmp_path / f"s/trial-{n:04}", [f"seed={n}", "output=x", "training.epochs=4"])
    (tmp_path / "s" / "sweep.yaml").touch()
    trials = ["trial-0000", "trial-0001", "trial-0010"]
    assert ["fast", *(f"s/{name}" for name in trials)] == [*states(list_runs(tmp_path))]
    assert trials == [*states(list_runs(tmp_path / "s"))]
    assert ["trial-0010"] == [*states(list_runs(tmp_path / "s" / "trial-0010"))]
    assert ["seed"] == varying_keys(list_runs(tmp_path / "s"))
    assert ["seed", "output"] == varying_keys(list_runs(tmp_path))


def test_sweep_under_way(tmp_path: Path) -> None:
    """While a sweep is running, so are its trials that have not ended, wherever that is done."""
    begun(tmp_path / "s/trial-0000", epochs=1)
    ended(tmp_path / "s/trial-0001")
    (tmp_path / "s" / "sweep.yaml").touch()
    with locked(tmp_path / "s" / ".lock"):
        first, second = list_runs(tmp_path)
    assert first.summary
    assert ("running", f"process {os.getpid()} on {os.uname().nodename}") == (
        first.summary.state,
        first.summary.process,
    )
    assert second.summary
    assert "done" == second.summary.state
    assert ["interrupted", "done"] == [*states(list_runs(tmp_path)).values()]


def test_order(tmp_path: Path) -> None:
    """Runs are sorted by any value, numbers in names as such, and what has none comes last."""
    for name, seed, accuracy in (("a-10", 1, 0.5), ("a-9", 1, None), ("b", 0, 0.7), ("c", 2, 0.5)):
        ended(
            tmp_path / name, [f"seed={seed}", f"threads={seed or 'auto'}"], test_accuracy=accuracy
        )
    (begun(tmp_path / "a-2") / "config.yaml").write_text("seed: x")
    entries = list_runs(tmp_path)

    def order(column: str, *, descending: bool = False) -> str:
        return " ".join(
            entry.name for entry in sort_entries(entries, column, descending=descending)
        )

    assert order("name") == "a-2 a-9 a-10 b c"
    assert order("name", descending=True) == "c b a-10 a-9 a-2"
    assert order("test_accuracy") == "a-10 c b a-2 a-9"
    assert order("test_accuracy", descending=True) == "b a-10 c a-2 a-9"
    assert order("seed") == "b a-9 a-10 c a-2"
    assert order("threads") == "a-9 a-10 c b a-2"
    assert order("model.layers") == order("when") == "a-9 a-10 b c a-2"


def test_strangers(tmp_path: Path) -> None:
    """No link is followed, neither to a run nor within one."""
    run = ended(tmp_path / "elsewhere" / "run")
    folder = tmp_path / "runs"
    (ended(folder / "one") / "result.json").unlink()
    (folder / "one" / "result.json").symlink_to(run / "result.json")
    (begun(folder / "two", epochs=4) / "log.jsonl").unlink()
    (folder / "two" / "log.jsonl").symlink_to(run / "log.jsonl")
    (folder / "three").symlink_to(run)
    (begun(folder / "four") / "config.yaml").unlink()
    os.mkfifo(folder / "four" / "config.yaml")
    entries = list_runs(folder)
    assert {"four": None, "one": None, "two": None} == states(entries)
    assert ["got a pipe", "got a link", "got a link"] == [
        f"got a {str(entry.problem).partition('got a ')[2][:4]}" for entry in entries
    ]


def test_no_folder(tmp_path: Path) -> None:
    """A folder that does not exist, or is none, gives one line."""
    (tmp_path / "file").touch()
    for name, message in (
        ("nowhere", "no such folder; runs are where output or --out put them"),
        ("file", "must be a folder of runs, got a file"),
    ):
        with pytest.raises(RunError) as caught:
            list_runs(tmp_path / name)
        assert f"{tmp_path / name}: {message}" == str(caught.value)
