"""Synthetic digits as a data set, and kept in the cache."""

import hashlib
import os
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest

from mlpcli.config.data import DrawnName
from mlpcli.datasets import Dataset, Drawing, Split, open_dataset
from mlpcli.datasets.dataset import NO_CLASS
from mlpcli.datasets.formats.idx import content_sha256
from mlpcli.datasets.synthetic.drawing import (
    BLOCK,
    DRAWN,
    GENERATOR_VERSION,
    GENERATOR_VERSIONS,
    NATIONAL,
    OUTLIERS,
    draw,
    draw_block,
    open_synthetic,
)
from mlpcli.errors import DataError
from mlpcli.images.normalization import are_normalized
from tests.support.cached_copies import forge


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder."""
    monkeypatch.setenv("MLP_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def digest(images: np.ndarray) -> str:
    """Name an array by its content."""
    return hashlib.sha256(images.tobytes()).hexdigest()


def test_same_in_any_number() -> None:
    """Image i is the same in a small set and in a large one."""
    few, many = draw(3, "train", 300), draw(3, "train", 1000)
    np.testing.assert_array_equal(few.images, many.images[:300])
    np.testing.assert_array_equal(few.labels, many.labels[:300])


def test_same_in_another_process() -> None:
    """Another process draws the same images."""
    code = (
        "import hashlib; from mlpcli.datasets.synthetic.drawing import draw_block; "
        "print(hashlib.sha256(draw_block(0, 'test', 5).images.tobytes()).hexdigest())"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert digest(draw_block(0, "test", 5).images) == answer.stdout.strip()


def test_no_stream_serves_twice() -> None:
    """Splits, seeds and blocks have digits of their own."""
    blocks = [
        draw_block(seed, split, block)
        for seed in (0, 1)
        for split in ("train", "validation", "test")
        for block in (0, 1)
    ]
    pictures = {image.tobytes() for block in blocks for image in block.images}
    assert len(blocks) * BLOCK == len(pictures)


def test_classes_are_even() -> None:
    """All digits are about as frequent, and mixed."""
    labels = draw(0, "train", 10240).labels
    counts = np.bincount(labels, minlength=10)
    assert abs(counts - 1024).max() < 5 * np.sqrt(1024)
    assert len(set(labels[:50].tolist())) >= 8


def test_like_mnist() -> None:
    """Digits are boxed and centred like MNIST's, so that preprocessing leaves them unchanged."""
    images = draw(0, "test", 2048).images
    assert (2048, 28, 28) == images.shape
    assert are_normalized(images).all()
    assert images.max(axis=(1, 2)).min() > 200  # ink is ink in every one


@pytest.mark.slow
def test_like_mnists_statistics(mnist: Dataset) -> None:
    """Each digit has about as much ink as in MNIST, and as much spread of it."""
    drawn, real = draw(0, "train", 20480), mnist.train
    for digit in range(10):
        ink, real_ink = (
            split.images[split.labels == digit].mean(axis=(1, 2)) for split in (drawn, real)
        )
        assert ink.mean() == pytest.approx(real_ink.mean(), rel=0.1)
        assert ink.std() == pytest.approx(real_ink.std(), rel=0.3)


def test_dataset() -> None:
    """Validation images come out of the images for training, whose others stay the same."""
    with_validation = open_synthetic(Drawing(600, 50), 200)
    without = open_synthetic(Drawing(600, 50), 0)
    assert [400, 200, 50] == [
        len(with_validation.split(s)) for s in ("train", "validation", "test")
    ]
    assert [600, 0] == [len(without.train), len(without.validation)]
    np.testing.assert_array_equal(with_validation.train.images, without.train.images[:400])
    assert ("synthetic", tuple("0123456789"), "digit") == (
        without.name,
        without.classes,
        without.preprocessing,
    )
    assert with_validation.fingerprint != without.fingerprint


def test_none_left() -> None:
    """Validation may not take all images."""
    with pytest.raises(DataError, match=r"synthetic: data.validation must leave .*, got 10 of 10"):
        open_dataset("synthetic", root=Path("none"), validation=10, drawing=Drawing(10, 10))


def test_cache_is_used(cache: Path) -> None:
    """Drawn digits are read from the cache, and a large set serves for a small one."""
    first = open_synthetic(Drawing(600, 50), 0)
    (path,) = cache.rglob("train-images.npy")
    before = path.stat().st_mtime_ns
    events: list[tuple[str, int, int, str]] = []
    again = open_synthetic(Drawing(500, 50), 0, lambda *event: events.append(event))
    assert not events
    assert before == path.stat().st_mtime_ns
    np.testing.assert_array_equal(first.train.images[:500], again.train.images)


def test_two_processes() -> None:
    """Two programs that draw at once each get the digits they asked for."""

    def meanwhile(_name: str, done: int, _expected: int, _unit: str) -> None:
        if done == 256:
            open_synthetic(Drawing(700, 10), 0)

    images = open_synthetic(Drawing(300, 10), 0, meanwhile).train.images
    np.testing.assert_array_equal(draw(0, "train", 300).images, images)
    again = open_synthetic(Drawing(700, 10), 0).train.images
    np.testing.assert_array_equal(draw(0, "train", 700).images, again)


def test_emptied_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the cache loses what was just drawn, the digits are drawn once more."""
    nothing = Split(np.empty((0, 28, 28), np.uint8), np.empty(0, np.int64))
    monkeypatch.setattr("mlpcli.datasets.synthetic.drawing._open", lambda *_, **__: nothing)
    assert 300 == len(open_synthetic(Drawing(300, 10), 0).train)


def test_litter(cache: Path) -> None:
    """What a dead process left half-drawn is deleted after a day, not before."""
    open_synthetic(Drawing(300, 10), 0)
    folder = cache / "mlpcli-cache" / "synthetic"
    key = next(folder.iterdir()).name
    names = [f".{key}.{number:08x}.tmp" for number in range(2)]
    for name, age in zip(names, (0.5, 2), strict=True):
        (folder / name).mkdir()
        (folder / name / "train-images.npy").touch()
        stamp = (folder / name).stat().st_mtime - age * 24 * 3600
        os.utime(folder / name, (stamp, stamp))
    open_synthetic(Drawing(301, 10), 0)
    assert names[:1] == [path.name for path in folder.iterdir() if path.name.startswith(".")]


def test_version() -> None:
    """The digits are those of GENERATOR_VERSION; if they change, raise it and update this test."""
    ink = draw_block(0, "train", 0).images.reshape(BLOCK, 4, 7, 4, 7).mean(axis=(0, 2, 4))
    expected = [
        [0.305, 13.681, 25.468, 2.472],
        [4.964, 87.133, 114.999, 14.745],
        [9.665, 90.279, 110.434, 10.113],
        [2.989, 40.659, 30.136, 0.686],
    ]
    assert 1 == GENERATOR_VERSION
    np.testing.assert_allclose(ink, expected, atol=0.005)  # processors round differently


def test_old_versions_go(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Digits drawn by another version are deleted, and nothing else in the cache."""
    with monkeypatch.context() as other:
        other.setattr("mlpcli.datasets.synthetic.drawing._generator", lambda _: "other")
        open_synthetic(Drawing(300, 10), 0)
    folder = cache / "mlpcli-cache" / "synthetic"
    (old,) = folder.iterdir()
    for name in ("cat", "0123456789abcdef"):
        (folder / name).mkdir()
        (folder / name / "train-images.npy").touch()
    open_synthetic(Drawing(300, 10), 0)
    left = {path.name for path in folder.iterdir()}
    assert {"cat", "0123456789abcdef"} < left
    assert 3 == len(left)
    assert old.name not in left


@pytest.mark.usefixtures("cache")
def test_other_styles_are_drawn_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the ways of writing have changed, digits in the cache are not taken for theirs."""
    open_synthetic(Drawing(300, 10), 0)
    monkeypatch.setattr("mlpcli.datasets.synthetic.styles.styles_digest", lambda: "another")
    events: list[tuple[str, int, int, str]] = []
    open_synthetic(Drawing(300, 10), 0, lambda *event: events.append(event))
    assert events


def test_more_than_is_cached(cache: Path) -> None:
    """A larger set is drawn anew, with progress, and replaces the smaller one."""
    open_synthetic(Drawing(300, 10), 0)
    events: list[tuple[str, int, int, str]] = []
    open_synthetic(Drawing(600, 10), 0, lambda *event: events.append(event))
    expected = [("drawing train digits", done, 600, " images") for done in (256, 512, 600)]
    assert expected == events
    events.clear()
    assert 600 == len(
        open_synthetic(Drawing(600, 10), 0, lambda *event: events.append(event)).train
    )
    assert not events
    assert 2 == len(list(cache.rglob("*.npy")))  # images and labels; so few for test are not kept


@pytest.mark.parametrize(
    "damage",
    ["cut", "long", "empty", "text", "shape", "type", "range", "below", "count", "archive", "gone"],
)
def test_broken_cache(cache: Path, damage: str) -> None:
    """A damaged or missing file in the cache is made again."""
    first = open_synthetic(Drawing(300, 10), 0)
    (path,) = cache.rglob("train-images.npy")
    (labels_path,) = cache.rglob("train-labels.npy")
    whole, labels = path.read_bytes(), first.train.labels.copy()
    match damage:
        case "gone":
            labels_path.unlink()
        case "cut":
            path.write_bytes(whole[:1000])
        case "long":
            path.write_bytes(whole + b"x")
        case "empty":
            path.write_bytes(b"")
        case "text":
            path.write_text("hello")
        case "shape":
            np.save(path, np.zeros((400, 5), dtype=np.uint8))
        case "type":
            np.save(labels_path, np.array(["text"] * 300))
        case "range":
            np.save(labels_path, labels + 1)
        case "below":
            np.save(labels_path, labels - 1)
        case "archive":
            with path.open("wb") as file:
                np.savez(file, images=labels)
        case "count":
            np.save(labels_path, labels[:299])
    again = open_synthetic(Drawing(300, 10), 0)
    assert first.fingerprint == again.fingerprint
    assert first.fingerprint == open_synthetic(Drawing(300, 10), 0).fingerprint


def test_fingerprint_from_the_record(cache: Path) -> None:
    """The fingerprint of kept digits is that of their images; in full they are checked by it."""
    first = open_synthetic(Drawing(600, 300), 0)
    again = open_synthetic(Drawing(600, 300), 0)
    assert again.train.images_sha256 == content_sha256(first.train.images)
    assert open_synthetic(Drawing(500, 300), 0).train.images_sha256 is None
    (path,) = cache.rglob("train-images.npy")
    images = 255 - first.train.images
    np.save(path, images)
    forge(path.parent, images=zlib.crc32(images.data))
    assert (
        255 - first.train.images[0, 0, 0]
        == open_synthetic(Drawing(600, 300), 0).train.images[0, 0, 0]
    )
    full = open_synthetic(Drawing(600, 300), 0, verify=True)
    assert first.fingerprint == again.fingerprint == full.fingerprint
    np.testing.assert_array_equal(first.train.images, full.train.images)


def test_no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the cache cannot be written, the digits are drawn all the same."""
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("MLP_CACHE", str(tmp_path / "file"))
    assert 300 == len(open_synthetic(Drawing(300, 10), 0).train)


def test_data_sets_by_name() -> None:
    """Each of the drawn data sets is opened by its name, from a stream of its own."""
    opened = {name: open_dataset(name, drawing=Drawing(40, 20)) for name in DRAWN}
    assert [*DRAWN] == [dataset.name for dataset in opened.values()]
    assert {tuple("0123456789")} == {dataset.classes for dataset in opened.values()}
    assert 3 == len({dataset.fingerprint for dataset in opened.values()})
    assert set(range(10)) == {*opened[NATIONAL].split("all").labels.tolist()}
    assert {NO_CLASS} == {*opened[OUTLIERS].split("all").labels.tolist()}


@pytest.mark.parametrize("name", [NATIONAL, OUTLIERS])
def test_others_like_mnist(name: DrawnName) -> None:
    """National digits and outliers are boxed and centred like MNIST's digits."""
    images = draw(0, "test", 2048, None, name).images
    assert are_normalized(images).mean() > 0.98  # a ragged edge may leave a row of the box empty
    assert images.max(axis=(1, 2)).min() > 100


INK: dict[DrawnName, list[list[float]]] = {
    NATIONAL: [
        [0.28, 13.186, 29.57, 2.147],
        [3.574, 82.581, 112.826, 8.157],
        [6.702, 79.447, 105.824, 4.902],
        [2.506, 39.361, 37.904, 0.642],
    ],
    OUTLIERS: [
        [0.337, 11.983, 17.242, 1.943],
        [12.993, 105.112, 114.954, 28.212],
        [17.681, 116.812, 115.877, 26.634],
        [2.586, 27.734, 24.456, 2.779],
    ],
}


@pytest.mark.parametrize("name", INK)
def test_other_versions(name: DrawnName) -> None:
    """The images are those of their version; if they change, raise it and update this test."""
    ink = draw_block(0, "train", 0, name).images.reshape(BLOCK, 4, 7, 4, 7).mean(axis=(0, 2, 4))
    assert {NATIONAL: 2, OUTLIERS: 2}[name] == GENERATOR_VERSIONS[name]
    np.testing.assert_allclose(ink, INK[name], atol=0.1)  # processors round differently


@pytest.mark.parametrize("name", [NATIONAL, OUTLIERS])
def test_others_are_cached(cache: Path, name: DrawnName) -> None:
    """They are kept in the cache beside the usual digits, with their labels."""
    drawn = open_synthetic(Drawing(300, 10), 0, data_set=name)
    events: list[tuple[str, int, int, str]] = []
    again = open_synthetic(Drawing(300, 10), 0, lambda *event: events.append(event), data_set=name)
    assert not events
    assert drawn.fingerprint == again.fingerprint
    assert [name] == [path.name for path in (cache / "mlpcli-cache").iterdir() if path.is_dir()]


def test_outliers_have_no_class_in_the_cache(cache: Path) -> None:
    """A copy of outliers in which one has a class is made again."""
    first = open_synthetic(Drawing(300, 10), 0, data_set=OUTLIERS)
    (path,) = cache.rglob("train-labels.npy")
    labels = np.full(300, NO_CLASS)
    labels[7] = 3
    np.save(path, labels)
    forge(path.parent, labels=zlib.crc32(labels.data))
    again = open_synthetic(Drawing(300, 10), 0, data_set=OUTLIERS)
    assert first.fingerprint == again.fingerprint


def test_digits_have_classes_in_the_cache(cache: Path) -> None:
    """A copy of digits in which one has no class is made again."""
    first = open_synthetic(Drawing(300, 10), 0)
    (path,) = cache.rglob("train-labels.npy")
    labels = first.train.labels.copy()
    labels[7] = NO_CLASS
    np.save(path, labels)
    forge(path.parent, labels=zlib.crc32(labels.data))
    assert first.fingerprint == open_synthetic(Drawing(300, 10), 0).fingerprint
