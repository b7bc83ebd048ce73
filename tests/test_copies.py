"""Copies of data sets in the cache."""

import hashlib
import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from conftest import Mlp
from formats import write_folder, write_pickle

from mlpcli.datasets import SOURCES, Dataset, Split, find, open_dataset
from mlpcli.datasets.catalogue import FILES
from mlpcli.datasets.copies import Content, Origin, read_through
from mlpcli.datasets.dataset import fingerprint

ROOT = Path("unused")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder."""
    monkeypatch.setenv("MLP_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "datasets"


class Reader:
    """Reads a data set from a file of grey levels, and counts how often."""

    def __init__(self, path: Path, levels: bytes = bytes(range(6))) -> None:
        self.path, self.times = path, 0
        self.origin = Origin("test", [path])
        path.write_bytes(levels)

    def __call__(self) -> tuple[Split, Split]:
        """Read the file."""
        self.times += 1
        images = np.frombuffer(self.path.read_bytes(), dtype=np.uint8).reshape(-1, 1, 2)
        split = Split(images, np.arange(len(images)))
        return split, split[:1]

    def open(self, *, anew: bool = False) -> Content:
        """Read the file, or its copy."""
        return read_through(self.origin, self, anew=anew)


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    """A reader whose file has three images."""
    return Reader(tmp_path / "levels")


def same(first: Content, second: Content) -> bool:
    """Whether two contents agree."""
    sums = {fingerprint(content.train, content.test) for content in (first, second)}
    return {first.fingerprint, second.fingerprint} == sums and len(sums) == 1


@pytest.mark.usefixtures("cache")
def test_second_time(reader: Reader) -> None:
    """The files are read once; afterwards the images are mapped from their copy."""
    first, second = reader.open(), reader.open()
    assert reader.times == 1
    assert same(first, second)
    assert isinstance(second.train.images.base, np.memmap)
    assert not second.train.images.flags.writeable


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
    assert [str(tmp_path)] == json.loads(record.read_text())["files"]
    reader.path = reader.path.rename(tmp_path / "renamed")
    for recipe in ("", "second"):
        reader.origin = Origin("test", [reader.path], folder=tmp_path, recipe=recipe)
        reader.open()
        reader.open()
    assert reader.times == 3
    assert 1 == len(list(cache.iterdir()))


@pytest.mark.parametrize(
    "damage",
    ["cut", "long", "empty", "other shape", "other type", "gone", "no record", "bad record"],
)
def test_broken_copy(cache: Path, reader: Reader, damage: str) -> None:
    """A copy that is broken is made again."""
    first = reader.open()
    (folder,) = cache.iterdir()
    images, record = folder / "train-images.npy", folder / "record.json"
    whole = images.read_bytes()
    (record if "record" in damage else images).unlink()  # it may still be mapped
    match damage:
        case "cut":
            images.write_bytes(whole[:-1])
        case "long":
            images.write_bytes(whole + b"x")
        case "empty":
            images.write_bytes(b"")
        case "other shape":
            np.save(images, first.train.images[:2])
        case "other type":
            np.save(images, first.train.images.astype(np.int8))
        case "bad record":
            record.write_text(json.dumps([1, 2]))
    assert same(first, reader.open())
    assert same(first, reader.open())
    assert reader.times == 2


def test_anew(cache: Path, reader: Reader) -> None:
    """Asked to, the files are read again and the copy is replaced."""
    first = reader.open()
    (images,) = cache.rglob("train-images.npy")
    images.unlink()  # it is still mapped
    np.save(images, first.train.images + 1)
    assert same(first, reader.open(anew=True))
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
    for name, age in ((".old.tmp", 2), (".new.tmp", 0.5)):
        (cache / name).mkdir(parents=True)
        stamp = (cache / name).stat().st_mtime - age * 24 * 3600
        os.utime(cache / name, (stamp, stamp))
    reader.open()
    assert [".new.tmp"] == [path.name for path in cache.iterdir() if path.name.startswith(".")]


def test_every_format(
    cache: Path, tmp_path: Path, glyphs: Dataset, glyph_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder of IDX files, an archive and a pickle are each read once."""
    folder = write_folder(tmp_path / "idx", glyphs, compress=True)
    for source in (folder, glyph_file, write_pickle(tmp_path / "g.pkl.gz", glyphs, protocol=4)):
        first = open_dataset(source, root=ROOT, validation=100)
        monkeypatch.setattr("mlpcli.datasets.catalogue.read_idx", None)
        monkeypatch.setattr("mlpcli.datasets.opening.read_npz", None)
        monkeypatch.setattr("mlpcli.datasets.opening.read_pickle", None)
        second = open_dataset(source, root=ROOT, validation=100)
        monkeypatch.undo()
        monkeypatch.setenv("MLP_CACHE", str(cache.parent))
        assert first.fingerprint == second.fingerprint
        np.testing.assert_array_equal(first.train.images, second.train.images)


@pytest.mark.usefixtures("cache")
def test_fortran_order(reader: Reader) -> None:
    """Images that lie column by column in a file lie row by row in the copy."""
    train, test = reader()
    columns = Split(np.asfortranarray(train.images), train.labels)
    copy = read_through(reader.origin, lambda: (columns, test))
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


def test_verify_reads_the_files(
    cache: Path, published: Path, mlp: Mlp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`mlp data verify` finds a file that was damaged, even where it looks unchanged."""
    find("mnist", published)
    monkeypatch.setattr("mlpcli.datasets.copies.Origin.key", next(cache.iterdir()).name)
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
    images.unlink()  # it is still mapped
    np.save(images, np.zeros_like(first.test.images))
    assert not open_dataset("mnist", root=published, validation=0).test.images.any()
    assert mlp("data", "verify", "mnist").exit_code == 0
    again = open_dataset("mnist", root=published, validation=0)
    np.testing.assert_array_equal(first.test.images, again.test.images)


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
    images.unlink()  # it is still mapped
    np.save(images, np.zeros_like(first.test.images))
    assert mlp("data", "verify", "mnist").exit_code == 0
    again = open_dataset("mnist", root=root, validation=0)
    np.testing.assert_array_equal(first.train.images, again.train.images)
    assert again.test.images.any()
