"""The harness itself: it notices what it is there to notice."""

import json
import os
import socket
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from mlpcli.errors import ImageError
from tests.fuzz import targets
from tests.fuzz.grow import PARTS, SIZES, grown, perhaps_grown
from tests.fuzz.inside_png import join_chunks, split_chunks
from tests.fuzz.mutate import mutate
from tests.fuzz.seeds import seeds
from tests.fuzz.trial import Trial


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Undo what a trial sets for its whole process."""
    before = sys.unraisablehook
    with warnings.catch_warnings():
        yield
    sys.unraisablehook = before


def tried(monkeypatch: pytest.MonkeyPatch, folder: Path, read: Callable[[Path], object]) -> Trial:
    """Return a trial of one file, read by a function of one's own."""
    monkeypatch.setitem(targets.FORMATS, "own", targets.Target("case", read))
    (folder / "work").mkdir()
    trial = Trial("own", folder / "work", folder / "found")
    trial.read(b"content")
    return trial


def _refuse(path: Path, reason: str) -> None:
    raise ImageError(f"{path}: {reason}")


def _start(_path: Path) -> None:
    subprocess.run([sys.executable, "-c", ""], check=True)


def _connect(_path: Path) -> None:
    with suppress(OSError), socket.socket() as own:
        own.connect(("127.0.0.1", 9))


@pytest.mark.usefixtures("capfd")  # with it standard error is a file
@pytest.mark.parametrize(
    ("read", "kind"),
    [
        (lambda _path: json.loads("{"), "JSONDecodeError-nowhere-0"),
        (lambda path: _refuse(path, "has\ntwo lines"), "UnclearError-nowhere-0"),
        (lambda path: _refuse(path, "\x1b[2J"), "UnclearError-nowhere-0"),
        (lambda path: _refuse(path, "x" * 5000), "UnclearError-nowhere-0"),
        (lambda _path: _refuse(Path("other"), "is named"), "UnclearError-nowhere-0"),
        (lambda _path: warnings.warn("look", stacklevel=1), "UserWarning-nowhere-0"),
        (_start, "act-subprocess.Popen"),
        (_connect, "act-socket.connect"),
        (lambda path: (path.parent.parent / "x").write_text("x"), "act-open"),
        (lambda path: (path.parent.parent / "x").mkdir(), "act-os.mkdir"),
        (lambda _path: os.write(2, b"x"), "act-print"),
        (lambda _path: eval("1"), "act-compile"),  # noqa: S307  # that is the point
    ],
)
def test_findings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, read: Callable[[Path], object], kind: str
) -> None:
    """Whatever must not happen is counted, and the file is kept."""
    trial = tried(monkeypatch, tmp_path, read)
    assert kind in trial.tally.findings
    assert b"content" == (tmp_path / "found" / f"{kind}.bin").read_bytes()
    assert ("Popen" in kind) == bool(trial.tally.processes)


def test_clean_answers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A clear refusal, and a temporary file where such files go, are no findings."""

    def read(path: Path) -> None:
        path.with_name("temporary").write_text("x")
        _refuse(path, "is no picture")

    tally = tried(monkeypatch, tmp_path, read).tally
    assert (1, 1, {}) == (tally.files, tally.refused, tally.findings)


@pytest.mark.skipif(os.name == "nt", reason="needs a timer that interrupts")
def test_hang(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A file that takes too long is left, counted and kept."""

    def read(_path: Path) -> None:
        with suppress(Exception):
            while time.perf_counter():
                pass

    monkeypatch.setattr("tests.fuzz.trial.LIMIT_SECONDS", 0.1)
    tally = tried(monkeypatch, tmp_path, read).tally
    assert (1, 0) == (tally.hangs, tally.tracebacks)
    assert "slow" in tally.findings


@pytest.mark.parametrize("name", targets.FORMATS)
def test_mutations(name: str) -> None:
    """Mutations differ from the file, from each other, and are the same for the same seed."""
    data = next(iter(seeds(name).values()))
    several = [mutate(name, data, Random(number)) for number in range(20)]
    assert several == [mutate(name, data, Random(number)) for number in range(20)]
    assert 15 < len({*several} - {data})


@pytest.mark.slow
@pytest.mark.parametrize("part", PARTS)
def test_grown_pictures(tmp_path: Path, part: int) -> None:
    """A picture grows in a way that its format allows: it is read, or has too many parts."""
    for word, data in (seeds("png") | seeds("picture")).items():
        longer = grown(data, SIZES[0], part)
        assert abs(len(longer) - len(data) - SIZES[0]) < 2 * max(PARTS)
        path = targets.prepare_folder("picture", tmp_path)
        path.write_bytes(longer)
        refusal = targets.answer("picture", path)
        assert not refusal or "before its pixels" in refusal, (word, refusal)
        assert not refusal or part < max(PARTS) or data.startswith(b"P")


@pytest.mark.slow
def test_few_pictures_grow() -> None:
    """Some pictures grow, which ones hangs on their bytes alone, and other files never do."""
    data = next(iter(seeds("png").values()))
    several = [mutate("png", data, Random(number)) for number in range(200)]
    lengths = [len(perhaps_grown("png", one)) for one in several]
    assert 2 < sum(length > SIZES[0] // 2 for length in lengths) < 30
    assert lengths == [len(perhaps_grown("png", one)) for one in several]
    assert several == [perhaps_grown("yaml", one) for one in several]


def test_png_is_mended() -> None:
    """A picture taken apart and put together is the same, checksums included."""
    for data in seeds("png").values():
        assert data == join_chunks(split_chunks(data))


@pytest.mark.slow
def test_script(tmp_path: Path) -> None:
    """The script reads as many files as it is told to, and says so in one line."""
    options = ["idx-labels", "--plain", "--runs", "60", "--found", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.run", *options],
        cwd=Path(__file__).parents[2],
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.startswith("idx-labels: 60 files")
    assert not done.stderr
