"""Copies of data sets in the cache."""

import hashlib
import json
import os
import shutil
import sys
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from subprocess import PIPE, Popen

import numpy as np
import pytest

from mlpcli.datasets import SOURCES, CachePolicy, Dataset, Split, SplitName, find, open_dataset
from mlpcli.datasets.catalogue import FILES
from mlpcli.datasets.dataset import Content, fingerprint
from mlpcli.datasets.disk_cache import USUAL_POLICY, Origin, read_through
from tests.conftest import Mlp
from tests.support.cached_copies import forge
from tests.support.formats import write_folder, write_pickle

ROOT = Path("unused")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder."""
    monkeypatch.setenv("MLP_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "mlpcli-cache" / "datasets"


class Reader:
    """Reads a data set from a file of grey levels, and counts how often."""

    def __init__(self, path: Path, levels: bytes = bytes(range(6))) -> None:
        self.path, self.times = path, 0
        self.origin = Origin("test", [path])
        path.write_bytes(levels)

    def __call__(self) -> Content:
        """Read the file."""
        self.times += 1
        images = np.frombuffer(self.path.read_bytes(), dtype=np.uint8).reshape(-1, 1, 2)
        names = [f"{index}.png" for index in range(len(images))]
        split = Split(images, np.arange(len(images)), names=names)
        return Content(split, split[:1], tuple(map(str, range(len(images)))))

    def open(self, policy: CachePolicy = USUAL_POLICY) -> Content:
        """Read the file, or its copy."""
        return read_through(self.origin, self, policy)


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    """A reader whose file has three images."""
    return Reader(tmp_path / "levels")


def same(first: Content, second: Content) -> bool:
    """Whether two contents agree, in the names of the pictures as well."""
    for one, other in ((first.train, second.train), (first.test, second.test)):
        assert list(one.names or ()) == list(other.names or ())
    sums = {
        fingerprint(
            *(replace(split, images_sha256=None) for split in (content.train, content.test))
        )
        for content in (first, second)
    }
    return {first.fingerprint, second.fingerprint} == sums and len(sums) == 1


@pytest.mark.usefixtures("cache")
def test_second_time(reader: Reader) -> None:
    """The files are read once; afterwards the images are those of their copy."""
    first, second = reader.open(), reader.open()
    assert reader.times == 1
    assert same(first, second)
    assert not second.train.images.flags.writeable


@pytest.mark.parametrize("wanted", [("train",), ("test",), ("train", "test")])
def test_empty_split(reader: Reader, wanted: tuple[SplitName, ...]) -> None:
    """A data set without test images, such as a folder with train/ only, is copied too."""

    def train_only() -> Content:
        content = reader()
        return replace(content, test=content.train[:0])

    for _ in range(2):
        content = read_through(reader.origin, train_only, CachePolicy(wanted))
        assert (3, 0) == (len(content.train), len(content.test))
        assert (0, 1, 2) == content.test.images.shape
    assert 1 == reader.times


def test_changed_file(cache: Path, reader: Reader) -> None:
    """Another size or time stamp makes the file be read again, and replaces the copy."""
    first = reader.open()
    stat = reader.path.stat()
    reader.path.write_bytes(bytes(range(1, 7)))
    os.utime(reader.path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))
    second = reader.open()
    assert [[[0, 1]], [[1, 2]]] == [content.train.images[0].tolist() for content in (first, second)]
    reader.path.write_bytes(bytes(range(8)))
    assert len(reader.open().train) == 4
    assert reader.times == 3
    assert 1 == len(list(cache.iterdir()))


def test_gone_files(cache: Path, reader: Reader, tmp_path: Path) -> None:
    """The copy of a file that is gone is deleted when another one is made; others stay."""
    reader.open()
    Reader(tmp_path / "second").open()
    assert 2 == len(list(cache.iterdir()))
    reader.path.unlink()
    Reader(tmp_path / "third").open()
    assert 2 == len(list(cache.iterdir()))


def test_folder(cache: Path, reader: Reader, tmp_path: Path) -> None:
    """A folder stands for its files in the record; a change of one or of the recipe is seen."""
    reader.origin = Origin("test", [reader.path], folder=tmp_path)
    reader.open()
    (record,) = cache.glob("*/record.json")
    assert [str(tmp_path)] == json.loads(record.read_text())["about"]["files"]
    reader.path = reader.path.rename(tmp_path / "renamed")
    for recipe in ("", "second"):
        reader.origin = Origin("test", [reader.path], folder=tmp_path, recipe=recipe)
        reader.open()
        reader.open()
    assert reader.times == 3
    assert 1 == len(list(cache.iterdir()))


def _cut(file: Path) -> None:
    os.truncate(file, file.stat().st_size - 1)


def _invert(file: Path) -> None:
    whole = file.read_bytes()
    file.write_bytes(whole[:-6] + bytes(255 - value for value in whole[-6:]))


def _roll(file: Path) -> None:
    np.save(file, np.roll(np.load(file), 1))


def _make_pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


DAMAGES: dict[str, tuple[str, Callable[[Path], object]]] = {
    "cut": ("train-images.npy", _cut),
    "long": ("train-images.npy", lambda file: file.write_bytes(file.read_bytes() + b"x")),
    "empty": ("train-images.npy", lambda file: file.write_bytes(b"")),
    "gone": ("train-images.npy", Path.unlink),
    "pipe": ("train-images.npy", _make_pipe),
    "other shape": ("train-images.npy", lambda file: np.save(file, np.load(file)[:2])),
    "other type": ("train-images.npy", lambda file: np.save(file, np.load(file).astype(np.int8))),
    "other images": ("train-images.npy", _invert),
    "other labels": ("train-labels.npy", _roll),
    "other names": ("train-names.npy", _invert),
    "cut names": ("train-names.npy", _cut),
    "no names": ("train-names.npy", Path.unlink),
    "names through a pipe": ("train-names.npy", _make_pipe),
    "no record": ("record.json", Path.unlink),
    "other JSON": ("record.json", lambda file: file.write_text("[1, 2]")),
    "deep record": ("record.json", lambda file: file.write_text("[" * 100_000)),
    "long record": (
        "record.json",
        lambda file: file.write_text(" " * (1 << 20) + file.read_text()),
    ),
    "another sum": (
        "record.json",
        lambda file: file.write_text(file.read_text().replace('"sum": "', '"sum": "0')),
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_broken_copy(cache: Path, reader: Reader, damage: str) -> None:
    """A copy that is not what was written is made again."""
    first = reader.open()
    (folder,) = cache.iterdir()
    name, change = DAMAGES[damage]
    change(folder / name)
    assert same(first, reader.open())
    assert same(first, reader.open())
    assert reader.times == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"shape": [3, 1]},
        {"shape": [3, 1, 2.0]},
        {"shape": [True, 3, 2]},
        {"shape": [0, 1, 2]},
        {"shape": [10**30, 1, 2]},
        {"shape": [10**6, 10**3, 10**3]},
        {"shape": None},
        {"images": "none"},
        {"names": None},
        {"names": "none"},
        {"bytes": -1},
        {"bytes": 10**12},
        {"bytes": 2.0},
        {"bytes": None},
    ],
    ids=str,
)
def test_forged_record(cache: Path, reader: Reader, changes: dict[str, object]) -> None:
    """A record that describes no splits is refused, though its sum is right."""
    first = reader.open()
    forge(next(cache.iterdir()), **changes)
    assert same(first, reader.open())
    assert reader.times == 2


@pytest.mark.parametrize("label", [-1, 10, 1 << 40])
def test_forged_labels(cache: Path, reader: Reader, label: int) -> None:
    """Labels that are no class are not believed, though all sums are right."""
    reader.origin = replace(reader.origin, classes=10)
    first = reader.open()
    folder = next(cache.iterdir())
    labels = np.array([0, label, 2])
    np.save(folder / "train-labels.npy", labels)
    forge(folder, labels=zlib.crc32(labels.data))
    assert same(first, reader.open())
    assert reader.times == 2


@pytest.mark.parametrize("names", [b"0.png\0", b"0\0" * 4, b"\xff\0" * 3, b"", b"0\0" * 2 + b"000"])
def test_forged_names(cache: Path, reader: Reader, names: bytes) -> None:
    """Names that are no text, or not one for each image, are not believed though all sums fit."""
    first = reader.open()
    folder = next(cache.iterdir())
    np.save(folder / "train-names.npy", np.frombuffer(names, dtype=np.uint8))
    forge(folder, names=zlib.crc32(names), bytes=len(names))
    assert same(first, reader.open())
    assert reader.times == 2


def test_without_names(reader: Reader, cache: Path) -> None:
    """Images that have no names have none in their copy."""

    def nameless() -> Content:
        content = reader()
        split = replace(content.train, names=None)
        return replace(content, train=split, test=split)

    for _ in range(2):
        content = read_through(reader.origin, nameless)
        assert (None, None) == (content.train.names, content.test.names)
    assert [] == list(cache.rglob("*names*"))
    assert 1 == reader.times


def test_verified(cache: Path, reader: Reader) -> None:
    """Where it matters the fingerprint is checked, which no forged checksum gets past."""
    first = reader.open()
    folder = next(cache.iterdir())
    images = first.train.images + np.uint8(1)
    np.save(folder / "train-images.npy", images)
    forge(folder, images=zlib.crc32(images.data))
    assert [[1, 2]] == reader.open().train.images[0].tolist()
    assert same(first, reader.open(CachePolicy(verify=True)))
    assert reader.times == 2


def test_mapped_only(
    cache: Path, glyph_file: Path, glyphs: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a file with test images to be looked at, no other image is touched."""
    first = open_dataset(glyph_file, root=ROOT, validation=0)
    seen = []

    def look(split: Split) -> str:
        seen.append(len(split))
        return first.preprocessing

    monkeypatch.setattr("mlpcli.datasets.own._guess_preprocessing", look)
    open_dataset(glyph_file, root=ROOT, validation=0, policy=CachePolicy(splits=("test",)))
    open_dataset(glyph_file, root=ROOT, validation=0)
    assert [len(glyphs.test), len(first.train)] == seen
    assert cache.exists()


def test_unwanted(cache: Path, reader: Reader) -> None:
    """Images that nobody will look at are not read, but their labels are there."""
    first = reader.open()
    _invert(next(cache.iterdir()) / "train-images.npy")
    second = reader.open(CachePolicy(splits=["test"]))
    assert reader.times == 1
    np.testing.assert_array_equal(first.test.images, second.test.images)
    np.testing.assert_array_equal(first.train.labels, second.train.labels)


@pytest.mark.parametrize("limit", [0, 1 << 26], ids=["large", "small"])
def test_cut_while_open(
    cache: Path, reader: Reader, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy that is cut short while it is open, which ends who has mapped it, harms nobody."""
    for module in ("utils.archives", "datasets.array_store"):
        monkeypatch.setattr(f"mlpcli.{module}.IN_MEMORY", limit)
    first, content = reader.open(), reader.open()
    for file in cache.glob("*/*.npy"):
        os.truncate(file, 0)
    assert same(first, content)
    assert reader.times == 1


def test_anew(cache: Path, reader: Reader) -> None:
    """Asked to, the files are read again and the copy is replaced."""
    first = reader.open()
    (images,) = cache.rglob("train-images.npy")
    np.save(images, first.train.images + 1)
    assert same(first, reader.open(CachePolicy(refresh=True)))
    assert same(first, reader.open())
    assert reader.times == 2


def test_no_cache(tmp_path: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no copy can be made the files are read each time."""
    monkeypatch.setenv("MLP_CACHE", str(reader.path))  # a file where a folder should be
    assert same(reader.open(), reader.open())
    assert reader.times == 2
    assert [reader.path] == list(tmp_path.iterdir())


def test_litter(cache: Path, reader: Reader) -> None:
    """What a dead process left half-made is deleted after a day, not before."""
    reader.open()
    key = next(cache.iterdir()).name
    left = {f".{key}.{number:08x}.tmp": age for number, age in enumerate((0.5, 2, 2))}
    left[".git"] = 2
    for name, age in left.items():
        (cache / name).mkdir()
        (cache / name / "record.json").touch()
        stamp = (cache / name).stat().st_mtime - age * 24 * 3600
        os.utime(cache / name, (stamp, stamp))
    (cache / f".{key}.00000002.tmp" / "notes.txt").write_text("mine")
    os.utime(cache / f".{key}.00000002.tmp", (stamp, stamp))
    reader.path.write_bytes(bytes(range(8)))
    reader.open()
    hidden = {path.name for path in cache.iterdir() if path.name.startswith(".")}
    assert {f".{key}.00000000.tmp", f".{key}.00000002.tmp", ".git"} == hidden
    assert (cache / ".git" / "record.json").exists()
    assert (cache / f".{key}.00000002.tmp" / "notes.txt").exists()


def test_every_format(
    cache: Path, tmp_path: Path, glyphs: Dataset, glyph_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder of IDX files, an archive and a pickle are each read once."""
    folder = write_folder(tmp_path / "idx", glyphs, compress=True)
    for source in (folder, glyph_file, write_pickle(tmp_path / "g.pkl.gz", glyphs, protocol=4)):
        first = open_dataset(source, root=ROOT, validation=100)
        monkeypatch.setattr("mlpcli.datasets.catalogue.read_idx", None)
        monkeypatch.setattr("mlpcli.datasets.own.read_npz", None)
        monkeypatch.setattr("mlpcli.datasets.own.read_pickle", None)
        second = open_dataset(source, root=ROOT, validation=100)
        monkeypatch.undo()
        monkeypatch.setenv("MLP_CACHE", str(cache.parents[1]))
        assert first.fingerprint == second.fingerprint
        np.testing.assert_array_equal(first.train.images, second.train.images)


@pytest.mark.usefixtures("cache")
def test_fortran_order(reader: Reader) -> None:
    """Images that lie column by column in a file lie row by row in the copy."""
    content = reader()
    train = content.train
    columns = Split(np.asfortranarray(train.images), train.labels)
    copy = read_through(reader.origin, lambda: replace(content, train=columns))
    assert copy.train.images.flags.c_contiguous
    np.testing.assert_array_equal(train.images, copy.train.images)


@pytest.mark.usefixtures("cache")
def test_time_stamp_put_back(reader: Reader) -> None:
    """A file that is replaced by another of its size and time stamp is read again all the same."""
    first = reader.open()
    stat = reader.path.stat()
    reader.path.write_bytes(bytes(range(1, 7)))
    os.utime(reader.path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert not same(first, reader.open())


@pytest.fixture
def published(tmp_path: Path, glyphs: Dataset, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data root in which printed digits are what was published as MNIST."""
    folder = write_folder(tmp_path / "root" / "mnist", glyphs, compress=False)
    sums = tuple(hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES)
    monkeypatch.setitem(SOURCES, "mnist", replace(SOURCES["mnist"], sha256=sums))
    monkeypatch.setenv("MLP_DATA", str(tmp_path / "root"))
    return tmp_path / "root"


COMMANDS = {
    "train": "train --config small.yaml --out again --quiet",
    "evaluate": "evaluate --weights trained --data glyphs.npz",
    "compare": "compare trained trained --data glyphs.npz",
    "inspect": "inspect trained --data glyphs.npz",
    "show": "data show glyphs.npz --count 3 --split all",
    "export": "data export glyphs.npz out --count 3 --split test --force",
}


@pytest.mark.parametrize("part", ["images", "labels"])
@pytest.mark.parametrize("command", COMMANDS)
def test_flipped_bytes(
    cache: Path, mlp: Mlp, trained: Path, glyph_file: Path, command: str, part: str
) -> None:
    """Where bits of a copy have changed, but neither size nor time, a command says the same."""
    assert trained.is_dir()
    (glyphs_beside := Path("glyphs.npz")).write_bytes(glyph_file.read_bytes())
    arguments = COMMANDS[command].split()
    first = mlp(*arguments)
    assert 0 == first.exit_code, first.output
    damaged = list(cache.rglob(f"*-{part}.npy"))
    assert damaged
    for file in damaged:
        stat, content = file.stat(), bytearray(file.read_bytes())
        for at in range(0, len(content), 97):
            content[at] ^= 0x55
        file.chmod(0o600)
        file.write_bytes(content)
        os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    again = mlp(*(word if word != "again" else "anew" for word in arguments))
    assert glyphs_beside.is_file()
    assert (0, None) == (again.exit_code, again.exception), again.output
    assert first.stdout.replace("again", "anew") == again.stdout


def test_verify_reads_the_files(
    cache: Path, published: Path, mlp: Mlp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`mlp data verify` finds a file that was damaged, even where it looks unchanged."""
    find("mnist", published)
    monkeypatch.setattr("mlpcli.datasets.disk_cache.Origin.key", next(cache.iterdir()).name)
    test_images = published / "mnist" / FILES[2]
    test_images.write_bytes(test_images.read_bytes()[:-1] + b"x")
    assert mlp("data", "list").stdout.splitlines()[0].endswith("mnist")  # goes by the copy
    result = mlp("data", "verify", "mnist")
    assert result.exit_code == 1
    assert "SHA-256 of its content" in result.stderr


def test_verify_replaces_the_copy(cache: Path, published: Path, mlp: Mlp) -> None:
    """`mlp data verify` mends a copy that was damaged."""
    first = open_dataset("mnist", root=published, validation=0)
    (images,) = cache.rglob("test-images.npy")
    np.save(images, np.zeros_like(first.test.images))
    assert mlp("data", "verify", "mnist").exit_code == 0
    np.testing.assert_array_equal(first.test.images, np.load(images))


@pytest.mark.slow
def test_verify_real_mnist(
    cache: Path, mnist_root: Path, tmp_path: Path, mlp: Mlp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`mlp data verify` checks the files of the real MNIST, and mends the copy."""
    root = tmp_path / "root"
    shutil.copytree(mnist_root / "mnist", root / "mnist")
    monkeypatch.setenv("MLP_DATA", str(root))
    first = open_dataset("mnist", root=root, validation=0)
    (images,) = cache.rglob("test-images.npy")
    np.save(images, np.zeros_like(first.test.images))
    assert mlp("data", "verify", "mnist").exit_code == 0
    again = open_dataset("mnist", root=root, validation=0)
    np.testing.assert_array_equal(first.train.images, again.train.images)
    assert again.test.images.any()


@pytest.mark.slow
@pytest.mark.usefixtures("cache")
def test_verify_at_once(mnist_root: Path) -> None:
    """Many processes may check the same files and replace the same copy."""
    find("mnist", mnist_root)
    program = "from mlpcli.cli.entry import main; main()"
    command = [sys.executable, "-c", program, "data", "verify", "mnist"]
    processes = [Popen(command, stdout=PIPE, stderr=PIPE, text=True) for _ in range(4)]
    answers = [(*process.communicate(), process.returncode) for process in processes]
    folder = mnist_root / "mnist"
    expected = (f"{folder}: 60000 train and 10000 test images, as published\n", "", 0)
    assert [expected] * 4 == answers
