"""Pictures read by the page's JavaScript in Chromium, beside what Python makes of the same pixels."""

import html
import io
import json
from collections.abc import Iterator
from math import ceil
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageOps
from playwright.sync_api import Browser

from mlpcli.export.exported import Exported
from mlpcli.export.page.payload import packed_weights, payload
from mlpcli.images import Recipe, preprocess
from mlpcli.images.decoding import read_picture
from mlpcli.images.recipe import default_recipe, earlier_recipe
from mlpcli.inference.bundled import BUNDLED
from mlpcli.inference.classifier import Classifier
from mlpcli.inference.picture_warnings import warn_of_prediction
from mlpcli.inference.reading import Reading
from mlpcli.inference.tta import copies
from mlpcli.runs.checkpoint import load_checkpoint
from tests.pictures import KINDS, NON_DIGITS, draw_non_digit, draw_picture
from tests.pictures.paint import ink
from tests.pictures.strokes import place, write_digit
from tests.support.browser import Watched
from tests.support.page_arrays import pack, run, unpack
from tests.support.pens import DIGITS, write

SIDE = 280  # pixels of the page's canvas
MOST = 2000  # pixels on the longer side that are sent to the page
Levels = NDArray[np.uint8]
pytestmark = pytest.mark.slow

READ = """
    const { readPicture } = await load("reading.js");
    const { greyOfPixels } = await load("images/decoding.js");
    const pixels = unpack(argument.pixels);
    const { preprocessing, settings } = window.model;
    const grey = greyOfPixels(pixels, preprocessing, settings);
    const reading = readPicture(window.model, grey, { drawn: argument.drawn });
    const { height, width } = reading.steps.at(-1).picture;
    return {
      ...reading,
      logits: reading.logits.length,
      image: pack({ height, width, data: reading.image }),
      probabilities: [...reading.probabilities],
      steps: reading.steps.map(({ name, picture }) => (
        { name, picture: argument.steps && pack(picture) }
      )),
    };
"""


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    """The networks that come along."""
    return Classifier.load([BUNDLED])


@pytest.fixture(scope="module")
def page(browser: Browser, classifier: Classifier) -> Iterator[Watched]:
    """A page with the same networks."""
    checkpoints = [load_checkpoint(BUNDLED)]
    network = json.dumps(payload(Exported.of(classifier, checkpoints), checkpoints, []))
    blocks = f"<pre id=network>{html.escape(network)}</pre>"
    blocks += f"<pre id=weights>{packed_weights(checkpoints)}</pre>"
    watched = Watched(browser, f"<!doctype html><title>test</title>{blocks}")
    watched.run(
        'const { loadModel } = await load("weights.js"); model = await loadModel(document);'
    )
    yield watched
    assert [] == watched.messages
    watched.close()


def read(
    page: Watched, image: Image.Image, *, drawn: bool = False, steps: bool = False
) -> dict[str, Any]:
    """Return what the page reads, with arrays; the pictures of steps only where asked for."""
    pixels = pack(np.asarray(image.convert("RGBA")))
    found: dict[str, Any] = run(page, READ, {"pixels": pixels, "drawn": drawn, "steps": steps})
    found["image"] = unpack(found["image"])
    found["steps"] = [
        (step["name"], unpack(step["picture"]) if steps else None) for step in found["steps"]
    ]
    return found


def warnings_of(reading: Reading) -> list[dict[str, str]]:
    """Return warnings as the page has them."""
    return [{"code": each.code, "text": each.text} for each in reading.warnings]


def assert_same(expected: Reading, found: dict[str, Any]) -> None:
    """Check that a picture was read in the same way, but for the rounding of a grey level."""
    assert expected.label == found["label"]
    assert warnings_of(expected) == found["warnings"]
    (prediction,) = expected.predictions
    assert prediction.blank == found["blank"]
    apart = np.abs(prediction.image.astype(int) - found["image"])
    assert apart.max() <= 1
    assert np.count_nonzero(apart) <= 3
    tolerance = 1e-3 if apart.any() else 1e-5
    np.testing.assert_allclose(prediction.probabilities, found["probabilities"], atol=tolerance)
    if prediction.not_a_digit is None:
        assert found["notADigit"] is None
    else:
        assert pytest.approx(prediction.not_a_digit, abs=tolerance) == found["notADigit"]


def drawing(index: int) -> Image.Image:
    """Return a digit drawn with a round pen, dark on a white canvas, as on the page."""
    generator = np.random.default_rng([28, index])
    height, width = generator.uniform(60, 240), generator.uniform(2, 34)
    free = (SIDE - height) / 2
    middle = SIDE / 2 + generator.uniform(-free, free, 2) * 0.9
    strokes = place(
        write_digit(index % 10, generator),
        max(height - width, 20),
        (float(middle[0]), float(middle[1])),
    )
    return Image.fromarray(np.rint(255 * (1 - ink((SIDE, SIDE), strokes, width))).astype(np.uint8))


def as_browsers_decode(content: bytes) -> Image.Image:
    """Return the pixels of a file, upright, with 8 bits for each of four channels.

    Very large ones are made smaller: all pixels are sent to the page as text.
    """
    image = Image.open(io.BytesIO(content))
    image.load()
    upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith("I;16"):
        levels = np.asarray(upright, dtype=np.float64) / 257
        upright = Image.fromarray(np.rint(levels).astype(np.uint8))
    if max(upright.size) > MOST:
        upright = upright.reduce(ceil(max(upright.size) / MOST))
    return upright.convert("RGBA")


@pytest.mark.parametrize("digit", DIGITS)
@pytest.mark.parametrize(("size", "width"), [(120, 8), (280, 3), (280, 22), (300, 45), (22, 2)])
def test_steps(page: Watched, classifier: Classifier, digit: int, size: int, width: float) -> None:
    """Each step leaves of a drawing what it does in Python."""
    picture = Image.fromarray(
        np.rint(255 * (1 - write(digit, (size, size), width=width))).astype(np.uint8)
    )
    expected = classifier.predict(picture)
    for drawn in (False, True):
        found = read(page, picture, drawn=drawn, steps=True)
        assert [name for name, _ in expected.steps] == [name for name, _ in found["steps"]]
        for (name, correct), (_, step) in zip(expected.steps, found["steps"], strict=True):
            np.testing.assert_allclose(step, correct, rtol=0, atol=1e-12, err_msg=name)
        assert_same(expected, found)


@pytest.mark.parametrize("start", range(0, 300, 50))
def test_drawings(page: Watched, classifier: Classifier, start: int) -> None:
    """Drawings on the canvas are read as files of them are, thick or thin, large or small."""
    for index in range(start, start + 50):
        picture = drawing(index)
        expected = classifier.predict(picture)
        assert_same(expected, read(page, picture, drawn=True))
        if not index % 5:
            assert_same(expected, read(page, picture))


@pytest.mark.parametrize("kind", KINDS)
def test_hard_pictures(page: Watched, classifier: Classifier, kind: str) -> None:
    """Hard pictures are read in the same way, photos, scans, colours and all."""
    for index in range(2):
        picture = as_browsers_decode(draw_picture(kind, index).content)
        found = read(page, picture)
        assert_same(classifier.predict(picture), found)


@pytest.mark.parametrize("kind", NON_DIGITS)
def test_no_digits(page: Watched, classifier: Classifier, kind: str) -> None:
    """What is no digit gets the same warnings."""
    for index in range(2):
        picture = as_browsers_decode(draw_non_digit(kind, index).content)
        assert_same(classifier.predict(picture), read(page, picture))


def special_pictures() -> dict[str, NDArray[np.float64]]:
    """Return ink in [0, 1] that is special in some way, by what it is called."""
    two = np.zeros((SIDE, SIDE))
    two[:, :140], two[:, 140:] = write(2, (SIDE, 140), height=90), write(4, (SIDE, 140), height=70)
    blot = np.zeros((SIDE, SIDE))
    blot[60:220, 70:210] = 1
    dots = np.zeros((SIDE, SIDE))
    dots[::24, ::24] = 1
    dots[1::24, ::24] = 1
    low = np.zeros((60, 60))
    low[28:33, 20:40] = 1
    halves = np.zeros((SIDE, SIDE))
    halves[:, 140:] = 1
    return {
        "blank": np.zeros((SIDE, SIDE)),
        "all ink": np.ones((SIDE, SIDE)),
        "faint": 0.05 * write(3 + 2, (SIDE, SIDE), width=20),
        "pale": 0.3 * write(2, (SIDE, SIDE), width=20),
        "one pixel": np.ones((1, 1)),
        "a row": np.tile([0.0, 1.0, 1.0, 0.0], (1, 10)),
        "a column": np.tile([0.0, 1.0, 1.0, 0.0], (1, 10)).T,
        "two digits": two,
        "a blot": blot,
        "dots": dots,
        "too low": low,
        "halves": halves,
        "at the border": write(7, (SIDE, SIDE), height=270, width=30),
        "tiny": write(5, (12, 9), width=1.5),
    }


@pytest.mark.parametrize("name", special_pictures())
def test_special_pictures(page: Watched, classifier: Classifier, name: str) -> None:
    """Empty, tiny, crowded and odd pictures are read, and warned of, in the same way."""
    strength = special_pictures()[name]
    for light in (1 - strength, strength):
        picture = Image.fromarray(np.rint(255 * light).astype(np.uint8))
        assert_same(classifier.predict(picture), read(page, picture))


def test_normalized(page: Watched, classifier: Classifier) -> None:
    """An image that is like MNIST's stays as it is, and its negative is inverted."""
    image = classifier.predict(drawing(3)).image
    for picture in (Image.fromarray(image), Image.fromarray(255 - image)):
        found = read(page, picture)
        np.testing.assert_array_equal(image, found["image"])
        assert ["picture"] == [name for name, _ in found["steps"]]
        assert_same(classifier.predict(picture), found)


def random_colours(size: tuple[int, int], few: int, opacity: str) -> Image.Image:
    """Return a picture of random patches in a few colours, opaque or not."""
    generator = np.random.default_rng([few, *size])
    colours = generator.integers(0, 256, (few, 4)).astype(np.uint8)
    coarse = generator.integers(0, few, [max(1, side // 9) for side in size])
    patches = np.asarray(
        Image.fromarray(coarse.astype(np.uint8)).resize(size[::-1], Image.Resampling.NEAREST)
    )
    picture = colours[patches]
    if opacity == "opaque":
        picture[..., 3] = 255
    elif opacity == "cut out":
        picture[..., 3] = np.where(patches > 0, 255, 0)
    return Image.fromarray(picture)


@pytest.mark.parametrize(
    "size", [(28, 28), (1, 700), (300, 200), (641, 500), (900, 1333), (1500, 2000)]
)
@pytest.mark.parametrize("few", [1, 3])
@pytest.mark.parametrize("opacity", ["opaque", "cut out", "any"])
def test_grey_levels(page: Watched, size: tuple[int, int], few: int, opacity: str) -> None:
    """Colours, transparency and large pictures become the same grey levels, to the last one."""
    picture = random_colours(size, few, opacity)
    content = io.BytesIO()
    picture.save(content, "PNG", compress_level=1)
    expected = read_picture(content, "picture", (28, 28))
    code = """
        const { greyOfPixels } = await load("images/decoding.js");
        const { preprocessing, settings } = window.model;
        return pack(greyOfPixels(unpack(argument), preprocessing, settings));
    """
    found = unpack(run(page, code, pack(np.asarray(picture))))
    np.testing.assert_array_equal(expected / 255, found)


@pytest.mark.parametrize(
    "recipe", [default_recipe("scale", 20, 24), earlier_recipe(20, 24)], ids=["now", "earlier"]
)
@pytest.mark.parametrize("size", [(20, 24), (61, 45), (9, 80)])
def test_other_pictures(page: Watched, recipe: Recipe, size: tuple[int, int]) -> None:
    """Pictures of other things than digits are only resized."""
    grey = np.random.default_rng(size).integers(0, 256, size).astype(np.uint8)
    code = """
        const { preprocess } = await load("images/preprocessing.js");
        const recipe = { steps: argument.steps, settings: window.model.settings };
        const { image, searched } = preprocess(unpack(argument.grey), recipe);
        return [pack(image), searched];
    """
    steps = [step.describe() for step in recipe]
    image, searched = run(page, code, {"grey": pack(grey / 255), "steps": steps})
    expected = preprocess(grey, recipe)
    np.testing.assert_array_equal(expected.images[0], unpack(image))
    assert expected.searched == searched


@pytest.mark.parametrize("size", [(28, 28), (5, 8)])
def test_views(page: Watched, size: tuple[int, int]) -> None:
    """The seven views of an image are those of Python."""
    image = np.random.default_rng(7).integers(0, 256, size).astype(np.uint8)
    code = """
        const { viewsOf } = await load("views.js");
        const { height, width, data } = unpack(argument);
        return viewsOf(data, height, width, window.model.views).map((view) =>
          pack({ height, width, data: view }),
        );
    """
    found = [unpack(view) for view in run(page, code, pack(image))]
    expected = [view[0] for view in copies(image[None])]
    np.testing.assert_array_equal(expected, found)


def test_image(page: Watched, classifier: Classifier) -> None:
    """An image of the network's size is read as it is, without a search for a digit."""
    image = np.zeros((28, 28), dtype=np.uint8)
    image[2:12, 20:24] = 200
    code = """
        const { readImage } = await load("reading.js");
        const reading = readImage(window.model, unpack(argument).data);
        const { logits, probabilities, steps } = reading;
        return { ...reading, image: pack(unpack(argument)), logits: logits.length,
                 probabilities: [...probabilities], steps: steps.length };
    """
    found = run(page, code, pack(image))
    (judgement,) = classifier.judge(image[None], tta=True)
    np.testing.assert_allclose(judgement.probabilities, found["probabilities"], atol=1e-5)
    assert pytest.approx(judgement.not_a_digit, abs=1e-5) == found["notADigit"]
    assert judgement.outlier == found["outlier"]
    assert (1, False, 1) == (found["digits"], found["blank"], found["steps"])


@pytest.mark.parametrize(
    ("shares", "outlier"),
    [
        ([0.9, 0.05, 0.05], False),
        ([0.9, 0.05, 0.05], True),
        ([0.25, 0.375, 0.375], False),
        ([0.125, 0.455, 0.42], False),
        ([0.6, 0.35, 0.05], False),
        ([0.5, 0.5, 0.0], False),
        ([1.0], False),
        ([0.3, 0.7] + [0.0] * 8, True),
    ],
)
def test_warnings_of_predictions(
    page: Watched, shares: list[float], outlier: bool
) -> None:  # a case of the table
    """Doubtful predictions are warned of in the same words."""
    classes = [str(label) for label in range(10)] if len(shares) == 10 else ["a", "b & c", "d"]
    classes = classes[: len(shares)]
    code = """
        const { warningsOfPrediction } = await load("reading.js");
        const { shares, classes, outlier } = argument;
        return warningsOfPrediction(shares, classes, outlier, window.model.warnings);
    """
    argument = {"shares": shares, "classes": classes, "outlier": outlier}
    expected = warn_of_prediction(np.array(shares, dtype=np.float32), classes, outlier=outlier)
    assert [(each.code, each.text) for each in expected] == [
        (each["code"], each["text"]) for each in run(page, code, argument)
    ]
