"""Files that a user names to be written."""

import os
import resource
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mlpcli.errors import OutputError
from mlpcli.utils.outputs import PAGE, PICTURE, Kind, check_output, png, write_output
from tests.conftest import Mlp

PIXELS = np.arange(12, dtype=np.uint8).reshape(3, 4)
OURS = {PICTURE: png(PIXELS), PAGE: b"<!doctype html>\n</html>\n"}
PNG = b"\x89PNG"
IDS = ["picture", "page"]


@pytest.fixture
def weights(weak: Path) -> Path:
    """Weights of a network that has learnt for an epoch, in a folder of their own."""
    return weak.parent.rename("w") / weak.name


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder, which is not writable to others."""
    (tmp_path / "folder").mkdir()
    return tmp_path / "folder"


@pytest.mark.parametrize("kind", OURS, ids=IDS)
def test_own_file(folder: Path, kind: Kind) -> None:
    """What the program made is replaced by another of its kind."""
    for content in (OURS[kind], b"less" + kind.end):
        write_output(folder / "file", content, kind, force=False)
        assert kind.sealed(content) == (folder / "file").read_bytes()
    assert ["file"] == [path.name for path in folder.iterdir()]


def test_plain_picture(folder: Path) -> None:
    """The seal changes no pixel, and a picture that others made does not have it."""
    write_output(folder / "own.png", png(PIXELS), PICTURE, force=False)
    with Image.open(folder / "own.png") as picture:
        assert picture.mode == "L"
        np.testing.assert_array_equal(PIXELS, np.asarray(picture))
        picture.save(folder / "copy.png")
    assert [True, False] == [
        PICTURE.is_unchanged(folder / f"{name}.png") for name in ("own", "copy")
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"text",
        png(PIXELS),
        PICTURE.sealed(png(PIXELS)).replace(b"mlpcli", b"pencil"),
        PICTURE.sealed(png(PIXELS)).replace(b"IDAT", b"IDAt"),
        PAGE.sealed(OURS[PAGE]).replace(b"</html>", b"<p>My own notes</html>"),
        PAGE.sealed(OURS[PAGE]) + b"My own notes",
        bytes(100) + PICTURE.end,
    ],
    ids=range(8),
)
@pytest.mark.parametrize("kind", OURS, ids=IDS)
def test_others(folder: Path, kind: Kind, content: bytes) -> None:
    """Any other file stays as it is, unless the user insists."""
    file = folder / "file"
    file.write_bytes(content)
    message = "already exists and is not as mlp wrote it; choose another name, or give --force"
    with pytest.raises(OutputError, match=f"^{file}: {message}$"):
        write_output(file, OURS[kind], kind, force=False)
    assert content == file.read_bytes()
    write_output(file, OURS[kind], kind, force=True)
    assert kind.sealed(OURS[kind]) == file.read_bytes()


def test_other_kind(folder: Path) -> None:
    """A page does not take the place of a picture, even the program's own."""
    (folder / "file").write_bytes(PICTURE.sealed(OURS[PICTURE]))
    with pytest.raises(OutputError, match="is not as mlp wrote it"):
        write_output(folder / "file", OURS[PAGE], PAGE, force=False)


def test_no_kind(folder: Path) -> None:
    """What a user may have changed is never replaced by itself."""
    write_output(folder / "file", b"first", None, force=False)
    with pytest.raises(OutputError, match="file: already exists; choose another name, or give --f"):
        write_output(folder / "file", b"second", None, force=False)
    assert b"first" == (folder / "file").read_bytes()


def test_link(folder: Path) -> None:
    """A link stands for what it leads to, there already or not, and stays."""
    (folder / "link").symlink_to("target")
    write_output(folder / "link", OURS[PAGE], PAGE, force=False)
    assert PAGE.sealed(OURS[PAGE]) == (folder / "target").read_bytes()
    (folder / "target").write_bytes(b"mine")
    with pytest.raises(OutputError, match="link: already exists and is not as mlp wrote it"):
        write_output(folder / "link", OURS[PAGE], PAGE, force=False)
    assert (folder / "link").is_symlink()


@pytest.mark.parametrize("force", [True, False])
def test_pipe(folder: Path, *, force: bool) -> None:
    """A pipe is written to, and is still there."""
    pipe, heard = folder / "pipe", bytearray()
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: heard.extend(pipe.read_bytes()))
    reader.start()
    write_output(pipe, OURS[PICTURE], PICTURE, force=force)
    reader.join()
    assert PICTURE.sealed(OURS[PICTURE]) == heard
    assert stat.S_ISFIFO(pipe.lstat().st_mode)


@pytest.mark.parametrize("force", [True, False])
@pytest.mark.parametrize("what", ["folder", "socket"])
def test_neither(folder: Path, what: str, monkeypatch: pytest.MonkeyPatch, *, force: bool) -> None:
    """A folder or a socket is neither written to nor replaced."""
    monkeypatch.chdir(folder)  # the name of a socket must be short
    if what == "folder":
        Path("there").mkdir()
    else:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("there")
    before = Path("there").lstat()
    with pytest.raises(OutputError, match=f"^there: must be a file, got a {what}$"):
        check_output(Path("there"), PAGE, force=force)
    assert before == Path("there").lstat()


def _show(*options: str) -> list[str]:
    return ["data", "show", "synthetic", "--count", "2", "--png", "there", *options]


def test_show(mlp: Mlp, weights: Path) -> None:
    """`data show --png` replaces its own picture, and weights only if the user insists."""
    before = weights.read_bytes()
    weights.rename("there")
    result = mlp(*_show())
    assert result.exit_code == 1
    assert result.stderr.startswith("there: already exists and is not as mlp wrote it; choose ")
    assert before == Path("there").read_bytes()
    for options in (["--force"], []):
        assert mlp(*_show(*options)).exit_code == 0
    assert PICTURE.is_unchanged(Path("there"))


def test_show_pipe(mlp: Mlp) -> None:
    """`data show --png` writes into a pipe."""
    os.mkfifo("there")
    heard = bytearray()
    reader = threading.Thread(target=lambda: heard.extend(Path("there").read_bytes()))
    reader.start()
    assert mlp(*_show()).exit_code == 0
    reader.join()
    assert heard.startswith(PNG)
    assert Path("there").is_fifo()


@pytest.mark.skipif(sys.platform != "linux", reason="the name of an open file is Linux's")
def test_show_standard_output(glyph_file: Path, tmp_path: Path) -> None:
    """A picture goes to standard output by its name, into a file or a pipe."""
    show = ["data", "show", str(glyph_file), "--png", "/proc/self/fd/1"]
    command = [sys.executable, "-m", "mlpcli", *show]
    piped = subprocess.run(command, capture_output=True, check=True).stdout
    with (tmp_path / "file").open("wb") as file:
        subprocess.run(command, stdout=file, check=True)
    assert piped.startswith(PNG)
    assert piped == (tmp_path / "file").read_bytes()


@pytest.mark.skipif(sys.platform != "linux", reason="the name of an open file is Linux's")
def test_open_files(tmp_path: Path) -> None:
    """What is open already is added to, and not written to where it is open to be read only."""
    command = [sys.executable, "-m", "mlpcli", "config", "init"]
    notes = tmp_path / "notes.txt"
    notes.write_text("dear diary\n")
    with notes.open("ab") as file:
        subprocess.run([*command, "/proc/self/fd/1"], stdout=file, check=True)
    text = notes.read_text()
    assert text.startswith("dear diary\n# A run of mlp")
    with notes.open("rb") as file:
        result = subprocess.run(
            [*command, "/proc/self/fd/0"], stdin=file, capture_output=True, text=True, check=False
        )
    message = "/proc/self/fd/0: cannot be written, Bad file descriptor\n"
    assert (1, message) == (result.returncode, result.stderr)
    assert text == notes.read_text()


def test_export(mlp: Mlp, tmp_path: Path) -> None:
    """`data export` replaces its own pictures; where one is another's, none is written."""
    command = ["data", "export", "synthetic", "out", "--count", "3"]
    assert mlp(*command).exit_code == 0
    assert mlp(*command).exit_code == 0
    files = sorted((tmp_path / "out").iterdir())
    files[0].unlink()
    files[2].write_text("mine")
    result = mlp(*command)
    assert result.exit_code == 1
    name = files[2].relative_to(tmp_path)
    assert result.stderr.startswith(f"{name}: already exists and is not as mlp wrote it; choose")
    assert ("mine", False) == (files[2].read_text(), files[0].exists())
    assert mlp(*command, "--force").exit_code == 0
    assert all(PICTURE.is_unchanged(file) for file in files)


def test_export_on_a_full_disk(mlp: Mlp, tmp_path: Path) -> None:
    """An export that finds no room leaves whole pictures only."""
    code = (
        "import resource; from mlpcli.cli.entry import main; import mlpcli.utils.outputs, signal;"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)); main()"
    )
    assert resource.RLIM_INFINITY == resource.getrlimit(resource.RLIMIT_FSIZE)[0]
    command = [
        sys.executable,
        "-B",
        "-c",
        code,
        "data",
        "export",
        "synthetic",
        "out",
        "--count",
        "3",
    ]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr.endswith(".png: cannot be written, File too large\n")
    assert not list((tmp_path / "out").iterdir())
    assert mlp("data", "export", "synthetic", "out", "--count", "3").exit_code == 0


def test_report(mlp: Mlp, weights: Path, glyph_file: Path) -> None:
    """`evaluate --report` says before it works that the page must not be written."""
    Path("page.html").write_text("mine")
    command: list[str | Path] = ["evaluate", "--weights", weights, "--data", glyph_file]
    command += ["--report", "page.html"]
    result = mlp(*command)
    assert (1, "") == (result.exit_code, result.stdout)
    assert result.stderr.startswith("page.html: already exists and is not as mlp wrote it; choose")
    assert "mine" == Path("page.html").read_text()
    for options in (["--force"], []):
        assert mlp(*command, *options).exit_code == 0
    assert PAGE.is_unchanged(Path("page.html"))


def test_init(mlp: Mlp) -> None:
    """`config init` replaces no file, its own included, for that may have been filled in."""
    assert mlp("config", "init", "my.yaml").exit_code == 0
    Path("my.yaml").write_text("seed: 1\n")
    result = mlp("config", "init", "my.yaml")
    assert "my.yaml: already exists; choose another name, or give --force\n" == result.stderr
    assert (1, "seed: 1\n") == (result.exit_code, Path("my.yaml").read_text())
    assert mlp("config", "init", "my.yaml", "--force").exit_code == 0
    assert "seed: 0\n" in Path("my.yaml").read_text()


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("report.html", ["--report"]),
        ("tensorboard", ["--tensorboard"]),
        ("best.npz", []),
        ("last.npz", []),
        ("log.jsonl", []),
        ("result.json", []),
        ("config.yaml", []),
    ],
)
def test_links_in_a_run(mlp: Mlp, weights: Path, name: str, options: list[str]) -> None:
    """No link in a run's directory is followed, whatever it leads to."""
    run, elsewhere = weights.parent, Path("elsewhere")
    if (run / name).exists():
        (run / name).rename(elsewhere)
    elif name == "tensorboard":
        elsewhere.mkdir()
        (elsewhere / "events.out.tfevents.1700000000000000000").write_text("mine")
    else:
        elsewhere.write_bytes(PAGE.sealed(b"<!doctype html>"))
    before = _contents(elsewhere)
    (run / name).symlink_to(elsewhere.absolute())
    result = mlp("train", "--resume", run, "--set", "training.epochs=2", *options)
    assert result.exit_code == 1
    message = "must be in the run's directory itself, got a link; replace it with what it points to"
    assert f"{run / name}: {message}\n" == result.stderr
    assert before == _contents(elsewhere)
    assert (run / name).is_symlink()


@pytest.mark.parametrize("name", ["report.html", "best.npz", "result.json", "tensorboard"])
def test_pipes_in_a_run(mlp: Mlp, weights: Path, name: str) -> None:
    """A pipe in a run's directory, which may never answer, is refused."""
    place = weights.parent / name
    place.unlink(missing_ok=True)
    os.mkfifo(place)
    options = ["--set", "training.epochs=2", "--report", "--tensorboard"]
    result = mlp("train", "--resume", weights.parent, *options)
    kind = "a folder" if name == "tensorboard" else "a file"
    assert (1, f"{place}: must be {kind}, got a pipe; move it away\n") == (
        result.exit_code,
        result.stderr,
    )


def _contents(place: Path) -> dict[str, bytes]:
    files = [place] if place.is_file() else [*place.iterdir()]
    return {file.name: file.read_bytes() for file in files}


def test_links_to_weights(mlp: Mlp, weights: Path) -> None:
    """A directory of which the weights are a link names no weights; a link given by name does."""
    weights.rename("elsewhere.npz")
    weights.symlink_to(Path("elsewhere.npz").absolute())
    assert "got a link" in mlp("inspect", "w").stderr
    assert mlp("inspect", weights).exit_code == 0


def test_newest_weights(mlp: Mlp, weights: Path) -> None:
    """Of runs whose weights are a link, be it broken, none is taken as the newest."""
    Path("runs/a").mkdir(parents=True)
    Path("runs/a/best.npz").symlink_to("nowhere")
    Path("runs/b").mkdir()
    Path("runs/b/best.npz").symlink_to(weights.absolute())
    assert "those that come with mlp" in mlp("inspect").stderr


def test_report_of_others_in_a_run(mlp: Mlp, weights: Path) -> None:
    """A report.html that mlp did not make stays, and the training does not begin."""
    page = weights.parent / "report.html"
    page.write_text("mine")
    options = ["--set", "training.epochs=2", "--report"]
    config = (weights.parent / "config.yaml").read_text()
    result = mlp("train", "--resume", weights.parent, *options)
    assert (1, "") == (result.exit_code, result.stdout)
    assert f"{page}: already exists and is not as mlp wrote it; move it away\n" == result.stderr
    assert ("mine", config) == (page.read_text(), (weights.parent / "config.yaml").read_text())


def test_events_of_others(mlp: Mlp, weights: Path) -> None:
    """TensorBoard's files of other programs, and links, stay in a run's folder for them."""
    folder = weights.parent / "tensorboard"
    folder.mkdir()
    Path("mine").write_text("mine")
    others = ["events.out.tfevents.1700000000.host.1.0", "notes.txt"]
    for name in others:
        (folder / name).write_text("mine")
    link = folder / "events.out.tfevents.1700000000000000000"
    link.symlink_to(Path("mine").absolute())
    for epochs in (2, 3):
        options = ["--set", f"training.epochs={epochs}", "--tensorboard"]
        assert mlp("train", "--resume", weights.parent, *options).exit_code == 0
    assert 4 == len(list(folder.iterdir()))
    assert ["mine"] * 3 == [(folder / name).read_text() for name in (*others, link.name)]
