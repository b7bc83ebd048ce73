"""A folder full of the user's own files, under the names that the program uses itself."""

import hashlib
import os
from dataclasses import replace
from pathlib import Path

import click
import pytest
from PIL import Image, ImageDraw

from mlpcli.cli.main import cli
from mlpcli.datasets import SOURCES
from mlpcli.datasets.forms.layout import make_layout
from mlpcli.datasets.forms.printing import DPI, draw_form
from tests.conftest import Mlp
from tests.support.glyphs import draw_digit

TRAIN = ("train", "--config", "small.yaml", "--set", "training.epochs=1")
SYNTHETIC = ("--set", "data.name=synthetic", "--set", "data.train=600", "--set", "data.test=300")
EXTRAS = ("--report", "--tensorboard")

FOLDERS = (
    *("synthetic/cat", "datasets/.git", "datasets/0123456789abcdef", "datasets/.old.tmp"),
    *("runs/mine", "runs/mine/tensorboard", "tensorboard", "mlpcli-cache/datasets", "mnist"),
    *(".git", ".hidden/deep", "small", "digits", "steps", "empty", "configs", "weights", "cache"),
)
FILES = (
    *("report.html", "best.npz", "last.npz", "log.jsonl", "config.yaml", ".lock", "record.json"),
    *("result.json", ".result.json.0123abcd.tmp"),
    *(".best.npz.0123abcd.tmp", "seven.png", "sheet.png", "my.yaml", "notes.txt", "a.html"),
    *("CACHEDIR.TAG", "events.out.tfevents.1700000000000000000", "train-images.npy"),
    *("test-00000-2.png", "seven-00-picture.png", "t10k-labels-idx1-ubyte.gz"),
)
LINKS = (("link.html", "report.html"), ("link.png", "notes.txt"), ("runs/latest", "mine"))

COMMANDS = [
    # MLP_CACHE and output point into the folder
    *[("data", "show", "synthetic", "--count", count) for count in ("1", "300")],
    ("data", "list"),
    ("data", "fetch", "kmnist"),
    ("data", "verify", "mnist"),
    TRAIN,
    (*TRAIN, *EXTRAS),
    (*TRAIN, *SYNTHETIC, "--out", "new"),
    (*TRAIN, *SYNTHETIC, "--out", "empty/new", *EXTRAS),
    (*TRAIN, "--from", "new/best.npz", *SYNTHETIC),
    ("evaluate",),
    ("evaluate", "--weights", "new", "--json"),
    ("inspect", "new"),
    ("inspect", "best.npz"),
    ("sweep", "small.yaml", "--set", "seed=0,1", *SYNTHETIC, "--workers", "1"),
    ("runs",),
    ("runs", ".", "--json"),
    ("compare", "new", "new"),
    ("compare", "runs/mine", "runs/latest"),
    ("predict", "seven.png", "."),
    ("predict", "**/*.png", "--weights", "new"),
    ("gradcheck", "--config", "small.yaml"),
    ("draw", "new"),
    ("config", "show", "config.yaml"),
    ("config", "schema"),
    # what is written where the user says
    *[(*TRAIN, "--out", folder) for folder in (".", *FOLDERS, *FILES[:6], "runs/latest")],
    *[("train", "--resume", folder, *EXTRAS) for folder in (".", "runs/mine", "runs/latest")],
    ("train", "--resume", "new", "--set", "training.epochs=2", *EXTRAS),
    *[
        ("data", "show", "synthetic", "--png", file)
        for file in (*FILES, "link.html", "link.png", "runs/latest", "cache")
    ],
    *[("data", "export", "synthetic", folder, "--count", "9") for folder in (".", *FOLDERS)],
    *[
        ("evaluate", "--weights", "new", "--report", f)
        for f in (*FILES, "link.html", "runs/latest")
    ],
    *[
        ("predict", "two.png", "seven.png", "--weights", "new", "--show-steps", folder)
        for folder in (".", "steps", "runs/mine")
    ],
    *[
        ("predict", "two.png", "--weights", "new", "--csv", file)
        for file in (*FILES, "link.html", "runs/latest", "new.csv", "-")
    ],
    *[
        ("evaluate", "--weights", "new", "--predictions", file)
        for file in (*FILES, "link.html", "runs/latest", "new.csv", "-")
    ],
    *[
        ("export", "new", file, "--format", name)
        for name in ("json", "html")
        for file in (*FILES[:3], "link.html", "runs/latest", f"new.{name}")
    ],
    *[("config", "init", file) for file in (*FILES, "link.png", "cache")],
    *[("data", "form", file) for file in (*FILES, "link.png", "runs/latest", "new.pdf")],
    *[("data", "collect", "page.png", place) for place in (".", *FOLDERS, *FILES[:6])],
    *[("data", "collect", "page.png", place, "--add") for place in (".", *FOLDERS, "runs/latest")],
]


def fill(folder: Path) -> dict[str, object]:
    """Make a folder's files, links and folders; return what they are."""
    for name in FOLDERS:
        (folder / name).mkdir(parents=True, exist_ok=True)
        if name != "empty":
            (folder / name / "mine.txt").write_text(name)
    places = (".", "runs/mine", "datasets/0123456789abcdef", "mnist")
    for place in places:
        for name in FILES:
            (folder / place / name).write_text(f"{place}/{name} is mine")
    draw_digit(2).save(folder / "two.png")
    draw_page().save(folder / "page.png")
    for name, target in LINKS:
        (folder / name).symlink_to(target)
    for name in ("datasets/.git", "datasets/.old.tmp", "synthetic/cat", ".best.npz.0123abcd.tmp"):
        os.utime(folder / name, (1, 1))  # old enough to be swept up
    return state(folder)


def draw_page() -> Image.Image:
    """Return a scanned form with something written in each box."""
    layout = make_layout((1, 7), 2, "a4")
    page = draw_form(layout).convert("L").reduce(3)
    draw, per_mm = ImageDraw.Draw(page), DPI / 25.4 / 3
    for place in layout.places:
        box = layout.box_at(*place)
        x, top, bottom = (
            round(each * per_mm) for each in (box.x + box.width / 2, box.y + 2, box.y + 12)
        )
        draw.line((x, top, x, bottom), fill=0, width=4)
    return page


def state(folder: Path) -> dict[str, object]:
    """Return what is in a folder: links, folders, and files with their identity and content."""
    found: dict[str, object] = {}
    for path in folder.rglob("*"):
        name, stat = str(path.relative_to(folder)), path.lstat()
        if path.is_symlink():
            found[name] = str(path.readlink())
        elif path.is_dir():
            found[name] = stat.st_ino
        else:
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            found[name] = (stat.st_ino, stat.st_mtime_ns, stat.st_mode, content)
    return found


def test_every_command_is_tried() -> None:
    """No command is forgotten here."""
    tried = {words[: 2 if words[0] in ("data", "config") else 1] for words in COMMANDS}
    assert tried == {tuple(path) for path in _paths(cli, [])}


def _paths(group: click.Group, above: list[str]) -> list[list[str]]:
    context = click.Context(group)
    paths = []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        here = [*above, name]
        paths += _paths(command, here) if isinstance(command, click.Group) else [here]
    return paths


@pytest.mark.slow
def test_nothing_of_the_user_changes(
    mlp: Mlp, tmp_path: Path, config_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever command is given where, all that the user has stays what and where it was."""
    text = config_file.read_text()
    config_file.write_text(f"{text}output: .\n")
    before = fill(tmp_path)
    for source in SOURCES.values():
        monkeypatch.setitem(SOURCES, "kmnist", replace(source, mirrors=("http://127.0.0.1:9/",)))
    monkeypatch.setenv("MLP_DATA", ".")
    monkeypatch.setenv("BROWSER", "true")  # a program that opens nothing
    monkeypatch.setattr("mlpcli.datasets.download.PAUSES", ())
    done = 0
    for cache in (".", "runs", "runs/mine", "datasets", "cache", ".git", "runs/latest"):
        monkeypatch.setenv("MLP_CACHE", cache)
        for words in COMMANDS if cache == "." else COMMANDS[:23]:
            result = mlp(*words)
            assert result.exception is None or isinstance(result.exception, SystemExit), words
            after = state(tmp_path)
            changed = {name for name, what in before.items() if after.get(name) != what}
            assert not changed, f"{words} with MLP_CACHE={cache}: {result.output}"
            done += result.exit_code == 0
    assert done > 60  # else little was tried
