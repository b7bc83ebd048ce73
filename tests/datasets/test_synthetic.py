"""Synthetic digits: from the alphabet to a data set."""

import hashlib
import os
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest

from mlpcli.config import Config, load_config, plain
from mlpcli.datasets import Dataset, Drawing, Split, open_dataset
from mlpcli.datasets.formats.idx import content_sha256
from mlpcli.datasets.synthetic.alphabet import (
    SAMPLES,
    lay_out,
    parse_alphabet,
    read_alphabet,
    spline,
)
from mlpcli.datasets.synthetic.drawing import (
    BLOCK,
    GENERATOR_VERSION,
    draw,
    draw_block,
    open_synthetic,
)
from mlpcli.datasets.synthetic.handwriting import write
from mlpcli.datasets.synthetic.rendering import fit_box, render, stroke_depth
from mlpcli.errors import ConfigError, DataError
from mlpcli.images.normalization import BOX, are_normalized
from mlpcli.utils.randomness import Purpose, stream
from tests.datasets.test_disk_cache import forge

ANY = stream(0, Purpose.SYNTHETIC_DIGITS)
ONE_OF_EACH = "".join(
    f"- {{digit: {d}, style: bar, exemplars: ['50,0 50,100']}}\n" for d in range(10)
)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder."""
    monkeypatch.setenv("MLP_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def digest(images: np.ndarray) -> str:
    """Name an array by its content."""
    return hashlib.sha256(images.tobytes()).hexdigest()


# the data set


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
    """Digits are boxed and centred as MNIST's, so that predict leaves them as they are."""
    images = draw(0, "test", 2048).images
    assert (2048, 28, 28) == images.shape
    assert are_normalized(images).all()
    assert images.max(axis=(1, 2)).min() > 200  # ink is ink in every one


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


# the cache


def test_cache_is_used(cache: Path) -> None:
    """What was drawn is read again, and a large set serves for a small one."""
    first = open_synthetic(Drawing(600, 50), 0)
    (path,) = cache.rglob("train-images.npy")
    before = path.stat().st_mtime_ns
    events: list[tuple[str, int, int, str]] = []
    again = open_synthetic(Drawing(500, 50), 0, lambda *event: events.append(event))
    assert not events
    assert before == path.stat().st_mtime_ns
    np.testing.assert_array_equal(first.train.images[:500], again.train.images)


def test_two_processes() -> None:
    """Of two programs that draw at once, each has the digits it asked for."""

    def meanwhile(_name: str, done: int, _expected: int, _unit: str) -> None:
        if done == 256:
            open_synthetic(Drawing(700, 10), 0)

    images = open_synthetic(Drawing(300, 10), 0, meanwhile).train.images
    np.testing.assert_array_equal(draw(0, "train", 300).images, images)
    again = open_synthetic(Drawing(700, 10), 0).train.images
    np.testing.assert_array_equal(draw(0, "train", 700).images, again)


def test_emptied_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """Should the cache lose what was just drawn, the digits are drawn once more."""
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
    """The digits look as when GENERATOR_VERSION was last raised; else raise it, and change this."""
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
    """What another version of the program drew is deleted, nothing else in the cache."""
    with monkeypatch.context() as other:
        other.setattr("mlpcli.datasets.synthetic.drawing._generator", lambda: "other")
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
    """A file in the cache that is broken or gone is made again."""
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
    full = open_synthetic(Drawing(600, 300), 0, in_full=True)
    assert first.fingerprint == again.fingerprint == full.fingerprint
    np.testing.assert_array_equal(first.train.images, full.train.images)


def test_no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing can be kept the digits are drawn all the same."""
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("MLP_CACHE", str(tmp_path / "file"))
    assert 300 == len(open_synthetic(Drawing(300, 10), 0).train)


# the alphabet


def test_alphabet() -> None:
    """The alphabet has several styles of every digit and shares that make up a whole."""
    alphabet = read_alphabet()
    assert np.bincount(alphabet.digits).min() >= 4
    np.testing.assert_allclose(np.bincount(alphabet.digits, alphabet.shares), 0.1)
    assert (alphabet.counts >= 2).all()
    np.testing.assert_allclose(alphabet.curves.sum(axis=2), 1, atol=1e-4)
    np.testing.assert_allclose(alphabet.along, alphabet.along.clip(0, 1), atol=1e-6)


def test_points_lie_close() -> None:
    """On a digit 20 pixels high, neighbouring samples of a stroke are about a pixel apart."""
    alphabet = read_alphabet()
    curves = alphabet.curves @ alphabet.exemplars[:, 0] * (BOX / 100)
    apart = np.linalg.norm(np.diff(curves, axis=1), axis=2)
    same_stroke = np.diff(alphabet.along, axis=1) >= 0
    assert apart[same_stroke].max() < 1.7
    assert np.median(apart) < 1


@pytest.mark.parametrize("points", [2, 3, 7])
def test_spline(points: int) -> None:
    """A spline begins and ends at its end points, passes the others, and is even."""
    place = np.random.default_rng(points).uniform(0, 100, (points, 2))
    curve = spline(place, 500) @ place
    np.testing.assert_allclose(curve[[0, -1]], place[[0, -1]], atol=1e-6)
    gaps = np.linalg.norm(curve[:, None] - place, axis=2).min(axis=0)
    assert gaps.max() < 1
    steps = np.linalg.norm(np.diff(curve, axis=0), axis=1)
    assert steps.max() < 1.3 * steps.mean()


def test_straight_line() -> None:
    """Points in a row make a straight stroke."""
    place = np.array([[0.0, 0.0], [10.0, 10.0], [70.0, 70.0], [100.0, 100.0]])
    curve = spline(place, 50) @ place
    np.testing.assert_allclose(curve[:, 0], np.linspace(0, 100, 50), atol=0.6)
    np.testing.assert_allclose(curve[:, 0], curve[:, 1], atol=1e-9)


def test_corner() -> None:
    """At a point marked ! the curve has a corner; elsewhere it is smooth."""

    def sharpest_turn(mark: str) -> float:
        text = ONE_OF_EACH + f"- {{digit: 7, style: x, exemplars: ['0,0 90,0{mark} 40,100']}}\n"
        alphabet = lay_out(parse_alphabet(text))
        curve = alphabet.curves[-1] @ alphabet.exemplars[-1, 0]
        angles = np.unwrap(np.arctan2(*np.diff(curve, axis=0).T))
        return float(np.abs(np.diff(angles)).max())

    assert sharpest_turn("!") > 1
    assert sharpest_turn("") < 0.5


BAD = {
    "- [": "alphabet.yaml: not YAML, ",
    "digit: 7": "alphabet.yaml: must be a list of styles, got dict",
    "- {digit: 12, style: x, exemplars: ['0,0 1,1']}": "alphabet.yaml: style 1: digit: ",
    "- {digit: 7, style: x, exemplars: []}": "alphabet.yaml: style 1: exemplars: ",
    "- {digit: 7, style: x, colour: red, exemplars: ['0,0 1,1']}": "style 1: colour: ",
    "- 7": "alphabet.yaml: style 1: it: ",
    "- {digit: 7, style: x, exemplars: ['0,0 1,1', '0,0 5,5 1,1']}": (
        "alphabet.yaml: 7, x: all exemplars must have the strokes, points and corners of the "
        "first, which has 2 points, got 3 points in '0,0 5,5 1,1'"
    ),
    "- {digit: 7, style: x, exemplars: ['0,0 5,5! 1,1', '0,0 5,5 1,1']}": "corners of the first",
    "- {digit: 7, style: x, exemplars: ['0,0 1,1 / 5,5']}": (
        "alphabet.yaml: 7, x: a stroke must have two or more points, with corners only between "
        "its ends, got '5,5'"
    ),
    "- {digit: 7, style: x, exemplars: ['0,0 1,a']}": (
        "alphabet.yaml: 7, x: a point must be x,y or, at a corner, x,y! with numbers from -100 to "
        "200, got '1,a'"
    ),
    "- {digit: 7, style: x, exemplars: ['0,0 9,9 /']}": "only between its ends, got ''",
    "- {digit: 7, style: x, exemplars: ['']}": "only between its ends, got ''",
    "- {digit: 7, style: x, exemplars: ['0,0 nan,9']}": "got 'nan,9'",
    "- {digit: 7, style: x, exemplars: ['0,0 5000,4']}": "got '5000,4'",
    "- {digit: 7, style: x, exemplars: ['0,0 9,9!! 4,4']}": "got '9,9!!'",
    "- {digit: 7, style: x, weight: .inf, exemplars: ['0,0 9,9']}": "style 1: weight: ",
    ONE_OF_EACH + "- {digit: 7, style: x, exemplars: ['5,5 5,5']}": (
        "alphabet.yaml: 7, x: every stretch between ends and corners must be long enough to be "
        "drawn, got one of length 0.0 in the mean of the exemplars"
    ),
    ONE_OF_EACH
    + "- {digit: 7, style: x, exemplars: ['0,0 99,9 / 20,50 20,50.1']}": "of length 0.1",
    "- {digit: 7, style: x, exemplars: ['0,0 1']}": "got '1'",
    "- {digit: 7, style: x, exemplars: ['0,0! 1,1']}": "got '0,0! 1,1'",
    "- {digit: 7, style: x, exemplars: ['0,0 1,1']}": "every digit must have a style, got none of 0",
}


@pytest.mark.parametrize(("text", "message"), BAD.items())
def test_bad_alphabet(text: str, message: str) -> None:
    """Who adds a style and mistypes it is told which, what it must be and what was found."""
    with pytest.raises(DataError) as caught:
        lay_out(parse_alphabet(text))
    assert message in str(caught.value)


def test_weights() -> None:
    """A style of three times the weight is written three times as often."""
    text = ONE_OF_EACH + "- {digit: 1, style: thrice, weight: 3, exemplars: ['50,0 50,100']}\n"
    shares = lay_out(parse_alphabet(text)).shares
    assert 3 * shares[1] == pytest.approx(shares[-1])
    assert shares[1] + shares[-1] == pytest.approx(0.1)


# strokes and rendering


def test_every_digit_is_another() -> None:
    """Strokes differ from digit to digit in shape and in the pen's radius."""
    strokes = write(read_alphabet(), 200, stream(1, Purpose.SYNTHETIC_DIGITS))
    assert (200, SAMPLES, 2) == strokes.curves.shape
    assert 200 == len({curve.tobytes() for curve in strokes.curves})
    assert strokes.radii.std(axis=0).min() > 0.1  # between digits
    assert np.median(strokes.radii.std(axis=1)) > 0.05  # along a stroke


def test_depth() -> None:
    """Depth is the radius less the distance to the stroke, near its edge."""
    x = np.linspace(4, 16, SAMPLES, dtype=np.float32)
    curves = np.stack([x, np.full_like(x, 10)], axis=1)[None]
    depth = stroke_depth(curves, np.full((1, SAMPLES), 2, dtype=np.float32)).reshape(BOX, BOX)
    # pixel centres at 8.5, 11.5 and 12.5 are 1.5, 1.5 and 2.5 from the line
    np.testing.assert_allclose(depth[[8, 11, 12], 10], [0.5, 0.5, -0.5], atol=0.05)
    assert depth[10, 2] == pytest.approx(2 - np.hypot(1.5, 0.5), abs=0.05)


@pytest.mark.parametrize("turn", [0.0, 0.7, np.pi / 2])
def test_box(turn: float) -> None:
    """The longer side of the ink fills the box, whatever the direction and size of a stroke."""
    line = np.linspace(-300, 300, SAMPLES)[:, None] * [np.cos(turn), np.sin(turn)]
    radii = np.full((1, SAMPLES), 1.3, dtype=np.float32)
    curves, pen = fit_box(line[None].astype(np.float32), radii, np.float32(0.4) * radii)
    low = (curves - 1.4 * pen[..., None]).min(axis=1)
    high = (curves + 1.4 * pen[..., None]).max(axis=1)
    assert pytest.approx(BOX, abs=0.01) == (high - low).max()
    np.testing.assert_allclose(low, low.round(), atol=0.01)
    np.testing.assert_allclose(pen, 1.3, rtol=0.01)


def test_nothing_leaves_the_box() -> None:
    """No digit's ink is cut off at the border of the box."""
    strokes = write(read_alphabet(), 4000, stream(2, Purpose.SYNTHETIC_DIGITS))
    fringe = np.full((4000, 1), 0.1, dtype=np.float32)
    curves, radii = fit_box(strokes.curves, strokes.radii, fringe)
    assert (curves - radii[..., None]).min() > -0.01
    assert (curves + radii[..., None]).max() < BOX + 0.01


def test_thick_pen_has_more_ink() -> None:
    """A thicker pen leaves more ink, in proportion to its width."""
    line = np.linspace(0, 100, SAMPLES)[:, None] * [1.0, 0.3]
    curves = np.stack([line, line]).astype(np.float32)
    radii = np.array([[1.0], [2.0]], dtype=np.float32).repeat(SAMPLES, axis=1)
    thin, thick = render(curves, radii, ANY).sum(axis=(1, 2), dtype=float)
    assert thick / thin == pytest.approx(2, rel=0.25)


# the configuration


def configure(tmp_path: Path, text: str, *overrides: str) -> Config:
    """Load a configuration from its text."""
    (tmp_path / "c.yaml").write_text(text)
    return load_config(str(tmp_path / "c.yaml"), overrides)


def test_counts(tmp_path: Path) -> None:
    """data.train and data.test say how many are drawn, and are kept with the run."""
    config = configure(tmp_path, "data: {name: synthetic, train: 500, test: 7, validation: 0}")
    assert (500, 7) == (config.data.train, config.data.test)
    assert {"train": 500, "test": 7}.items() <= plain(config)["data"].items()


def test_counts_elsewhere(tmp_path: Path) -> None:
    """Counts beside other data are a mistake, each reported in its place."""
    with pytest.raises(ConfigError) as caught:
        configure(tmp_path, "data:\n  name: mnist\n  test: 5\n  train: 7\n")
    rule = "must stand beside data.name synthetic only; remove it"
    lines = str(caught.value).splitlines()
    assert [
        f"{tmp_path}/c.yaml:3:3: data.test {rule}",
        f"{tmp_path}/c.yaml:4:3: data.train {rule}",
    ] == lines
    assert "train" not in plain(Config())["data"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("{nmae: synthetic, train: 500}", "is not a known key; did you mean data.name?"),
        ("{name: synthetic, path: x.npz, train: 500}", "must not stand beside data.name"),
        (
            "{name: synthetic, train: 3000}",
            "c.yaml:1:7: data.validation must be less than data.train, 3000, got 10000",
        ),
        ("{name: synthetic, train: 0}", "data.train must be an integer >= 1 and <= 2000000, got 0"),
    ],
)
def test_counts_beside_mistakes(tmp_path: Path, data: str, message: str) -> None:
    """Where another key of the data is wrong, its message stands alone."""
    with pytest.raises(ConfigError) as caught:
        configure(tmp_path, f"data: {data}")
    (line,) = str(caught.value).splitlines()
    assert message in line


@pytest.mark.parametrize("change", ["data.name=mnist", "data.path=x.npz"])
def test_counts_go_with_the_name(tmp_path: Path, change: str) -> None:
    """--set of other data drops the counts, and --set of counts then is a mistake."""
    text = "data: {name: synthetic, train: 500, validation: 0}"
    assert 60000 == configure(tmp_path, text, change).data.train
    assert 500 == configure(tmp_path, text, "data.name=synthetic").data.train
    with pytest.raises(ConfigError, match="synthetic only"):
        configure(tmp_path, text, change, "data.train=5")
