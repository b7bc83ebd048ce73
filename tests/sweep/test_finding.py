"""The directory of a sweep, made and found again."""

from dataclasses import replace
from pathlib import Path

import pytest

from mlpcli.errors import RunError
from mlpcli.sweep.definition import Sweep
from mlpcli.sweep.finding import find_directory, save_definition, saved_sweep
from mlpcli.sweep.grid import sweep_from

pytestmark = pytest.mark.usefixtures("no_data_root")


def sweep(tmp_path: Path, *settings: str) -> Sweep:
    """Return a sweep whose runs go to a folder of the test."""
    return sweep_from("mnist", [*settings, f"output={tmp_path}/runs"])


def test_found_again(tmp_path: Path) -> None:
    """The same command finds its directory, another one gets the next number."""
    one, two = sweep(tmp_path, "seed=0..1"), sweep(tmp_path, "training.epochs=1,2")
    found = [find_directory(each, "mnist") for each in (one, two, one, two)]
    names = ["mnist-sweep", "mnist-sweep-2"]
    assert [*names, *names] == [directory.path.name for directory, _ in found]
    assert [False, False, True, True] == [begun for _, begun in found]
    assert two == saved_sweep(found[1][0])


def test_found_with_more_seeds(tmp_path: Path) -> None:
    """More seeds go on with the sweep, and are in its file once that is saved."""
    directory, _ = find_directory(sweep(tmp_path, "seed=0..1"), "m")
    more = sweep(tmp_path, "seed=0..4")
    assert (directory.path, True) == ((again := find_directory(more, "m"))[0].path, again[1])
    save_definition(directory, more)
    assert more == saved_sweep(directory)


def test_name_of_a_sweep(tmp_path: Path) -> None:
    """A file that is called a sweep gives its name to the directory."""
    directory, _ = find_directory(sweep(tmp_path, "seed=0..1"), "rate-sweep")
    assert directory.path.name == "rate-sweep"


def test_fewer_seeds(tmp_path: Path) -> None:
    """Fewer seeds make another sweep."""
    find_directory(sweep(tmp_path, "seed=0..4"), "m")
    directory, begun = find_directory(sweep(tmp_path, "seed=0..1"), "m")
    assert ("m-sweep-2", False) == (directory.path.name, begun)


def test_saved_once(tmp_path: Path) -> None:
    """A file that says the same is left alone."""
    one = sweep(tmp_path, "seed=0..1")
    directory, _ = find_directory(one, "m")
    before = directory.definition.stat().st_ino
    save_definition(directory, one)
    assert before == directory.definition.stat().st_ino


def test_left_by_a_killed_process(tmp_path: Path) -> None:
    """A directory that is still empty is used; one that holds something else is not."""
    (tmp_path / "runs/m-sweep").mkdir(parents=True)
    (tmp_path / "runs/m-sweep/note").touch()
    (tmp_path / "runs/m-sweep-2").mkdir()
    (tmp_path / "runs/m-sweep-2/.sweep.yaml.01234567.tmp").touch()
    directory, begun = find_directory(sweep(tmp_path, "seed=0..1"), "m")
    assert ("m-sweep-2", False) == (directory.path.name, begun)


def test_damaged(tmp_path: Path) -> None:
    """A directory whose file cannot be read is passed over, and refused where it is asked for."""
    one = sweep(tmp_path, "seed=0..1")
    directory, _ = find_directory(one, "m")
    directory.definition.write_text("config: [")
    assert find_directory(one, "m")[0].path.name == "m-sweep-2"
    with pytest.raises(RunError, match=r"not valid YAML.*; put sweep\.yaml back$"):
        find_directory(one, "m", directory.path)


def test_out(tmp_path: Path) -> None:
    """--out names the directory, which is found again."""
    one, out = sweep(tmp_path, "seed=0..1"), tmp_path / "a/b"
    assert [False, True] == [find_directory(one, "m", out)[1] for _ in range(2)]
    assert not (tmp_path / "runs").exists()


def test_out_of_another_sweep(tmp_path: Path) -> None:
    """A directory of another sweep is refused, with what differs."""
    out = tmp_path / "out"
    find_directory(sweep(tmp_path, "seed=0..1"), "m", out)
    other = sweep(tmp_path, "seed=0..1", "training.epochs=3")
    with pytest.raises(RunError) as caught:
        find_directory(other, "m", out)
    assert (
        f"{out}: holds another sweep, whose training.epochs was 12 and is 3 now; "
        "choose another --out"
    ) == str(caught.value)


def test_out_of_something_else(tmp_path: Path) -> None:
    """A directory that holds something else is refused, and stays as it is."""
    (tmp_path / "note").touch()
    with pytest.raises(RunError, match=r": the directory is not empty; choose another --out$"):
        find_directory(sweep(tmp_path, "seed=0..1"), "m", tmp_path)
    assert [tmp_path / "note"] == [*tmp_path.iterdir()]


def test_cannot_be_made(tmp_path: Path) -> None:
    """A file in the place of the folder of runs is an error of one line."""
    (tmp_path / "runs").touch()
    with pytest.raises(RunError, match=r"/runs: cannot be created, File exists$"):
        find_directory(sweep(tmp_path, "seed=0..1"), "m")


def test_more_trials(tmp_path: Path) -> None:
    """The number of trials and the timeout do not make another sweep."""
    one = sweep(tmp_path, "training.epochs=1,2")
    find_directory(one, "m")
    assert find_directory(replace(one, trials=2, timeout=1.5), "m")[1]


def test_linked_definition(tmp_path: Path) -> None:
    """A link in the place of sweep.yaml is not followed."""
    one = sweep(tmp_path, "seed=0..1")
    directory, _ = find_directory(one, "m")
    directory.definition.rename(tmp_path / "elsewhere.yaml")
    directory.definition.symlink_to(tmp_path / "elsewhere.yaml")
    with pytest.raises(RunError, match="must be in the run's directory itself, got a link"):
        find_directory(one, "m", directory.path)
