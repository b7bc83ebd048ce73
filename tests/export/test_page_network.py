"""The page's own JavaScript in Chromium against `Classifier`."""

from base64 import b64decode
from collections.abc import Sequence
from pathlib import Path
from string import ascii_letters, digits
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser

import mlpcli
from mlpcli.datasets import Dataset
from mlpcli.export.page.payload import packed_weights
from mlpcli.images.normalization import Pixels
from mlpcli.inference.classifier import Classifier
from mlpcli.inference.committee import Judgement
from mlpcli.inference.tta import copies
from mlpcli.nn.network import Network
from mlpcli.runs.checkpoint import load_checkpoint
from mlpcli.utils.arrays import Array
from tests.conftest import Mlp
from tests.support.browser import Watched
from tests.support.networks import cooled, spotted, write_network
from tests.support.panels import open_network, packed_images

pytestmark = pytest.mark.slow
ACTIVATIONS = ["sigmoid", "tanh", "relu", "leaky-relu", "gelu"]
CLOSE = 1e-5  # to a probability; the page may be 1e-4 away

READ = """
    const { averageProbabilities, committeeLogits, outlierScore } = await load("network.js");
    const { bytesOfBase64 } = await load("weights.js");
    const [bytes, views] = [bytesOfBase64(argument.images), argument.views];
    const { model } = window;
    const size = model.networks[0].sizes[0];
    const image = (n) => bytes.subarray(n * size, (n + 1) * size);
    const found = [];
    for (let n = 0; n < bytes.length / size; n += views) {
        const logits = Array.from({ length: views }, (_, view) =>
            committeeLogits(model, image(n + view))).flat();
        found.push([outlierScore(logits), ...averageProbabilities(model, logits)]);
    }
    return found;
"""


def read(watched: Watched, images: Pixels, *, each: int = 1) -> tuple[Array, Array]:
    """Return scores of outliers (count,), and probabilities (count, classes).

    Args:
        watched: a page with networks.
        images: (count · each, height, width) uint8, the views of one image after the other.
        each: how many views there are of an image.
    """
    found = np.array(watched.run(READ, {"images": packed_images(images), "views": each}))
    return found[:, 0], found[:, 1:]


def scores_of(judgements: Sequence[Judgement]) -> Array:
    """Return the scores of outliers, (count,)."""
    return np.array([each.not_a_digit for each in judgements], dtype=float)


@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_probabilities(
    browser: Browser, tmp_path: Path, activation: str, *, batch_norm: bool
) -> None:
    """One network and three come to the probabilities, and scores of outliers, of `Classifier`."""
    paths = [
        write_network(
            tmp_path / f"{seed}.npz",
            (784, 30, 20, 10),
            activation,
            batch_norm=batch_norm,
            seed=seed,
            temperature=0.7 + seed,
            outlier_threshold=0.3,
        )
        for seed in range(3)
    ]
    images = spotted(40)
    for chosen in (paths[:1], paths):
        classifier = Classifier.load(chosen)
        expected = classifier.predict_proba(images)
        judged = classifier.judge(images)
        assert np.ptp(expected, axis=0).max() > 0.01
        watched = open_network(browser, chosen)
        scores, found = read(watched, images)
        np.testing.assert_allclose(found, expected, atol=CLOSE)
        np.testing.assert_array_equal(found.argmax(axis=1), expected.argmax(axis=1))
        np.testing.assert_allclose(scores, scores_of(judged), atol=CLOSE)
        assert [] == watched.messages
        watched.close()


def test_temperature_of_the_mean(browser: Browser, tmp_path: Path) -> None:
    """The mean of several networks has the temperature that the program gives it."""
    folder, images = cooled(tmp_path, 0.6), spotted(20)
    watched = open_network(browser, [folder])
    expected = mlpcli.load(folder).predict_proba(images)
    np.testing.assert_allclose(read(watched, images)[1], expected, atol=CLOSE)
    watched.close()


def test_views(browser: Browser, tmp_path: Path) -> None:
    """Probabilities and scores are the means over networks and views."""
    paths = [
        write_network(tmp_path / f"{n}.npz", (784, 20, 10), seed=n, outlier_threshold=0.3)
        for n in range(2)
    ]
    images = spotted(10)
    seen = np.stack([*copies(images)], axis=1)
    watched = open_network(browser, paths)
    scores, found = read(watched, seen.reshape(-1, 28, 28), each=seen.shape[1])
    judged = Classifier.load(paths).judge(images, tta=True)
    np.testing.assert_allclose(found, [each.probabilities for each in judged], atol=CLOSE)
    np.testing.assert_allclose(scores, scores_of(judged), atol=CLOSE)
    watched.close()


@pytest.mark.parametrize(
    ("sizes", "shape"), [((784, 62), (28, 28)), ((63, 5, 62), (7, 9)), ((63, 5, 4, 3, 1), (7, 9))]
)
def test_other_sizes(
    browser: Browser, tmp_path: Path, sizes: tuple[int, ...], shape: tuple[int, int]
) -> None:
    """Networks without hidden layers, with many classes or one, and of other images work as well."""
    names = (digits + ascii_letters)[: sizes[-1]]
    path = write_network(tmp_path / "a.npz", sizes, classes=names, shape=shape, kind="scale")
    images = spotted(20, *shape)
    watched = open_network(browser, [path])
    expected = Classifier.load([path]).predict_proba(images)
    np.testing.assert_allclose(read(watched, images)[1], expected, atol=CLOSE)
    watched.close()


def test_weights_bit_for_bit(browser: Browser, tmp_path: Path) -> None:
    """The page unpacks every bit of the weights, those of the smallest numbers included."""
    path = write_network(tmp_path / "a.npz", (784, 30, 10), batch_norm=True, largest=-1e-42)
    checkpoint = load_checkpoint(path)
    watched = open_network(browser, [path])
    code = """
        const { unpackNumbers } = await load("weights.js");
        const numbers = await unpackNumbers(document.getElementById("weights").textContent);
        return btoa(Array.from(new Uint8Array(numbers.buffer), (b) => String.fromCharCode(b)).join(""));
    """
    names = [f"layers.0.{name}" for name in ("bias", "norm.scale", "norm.mean", "norm.variance")]
    expected = b"".join(
        np.ascontiguousarray(checkpoint.arrays[name].T).tobytes()
        for name in ("layers.0.weight", *names, "layers.1.weight", "layers.1.bias")
    )
    assert expected == b64decode(watched.run(code))
    assert packed_weights([checkpoint]) == watched.page.locator("#weights").text_content()
    watched.close()


def gradient(path: Path, image: Pixels, label: int) -> Array:
    """Return by how much a logit grows with each input, (inputs,) float64, as training does."""
    checkpoint = load_checkpoint(path)
    model: Any = checkpoint.metadata.config.model
    network = Network.mlp(checkpoint.metadata.sizes, model.activation, dtype=np.float64)
    network.load_folded(checkpoint.arrays)
    dy = np.zeros_like(network.forward(image.reshape(1, -1) / 255))
    dy[0, label] = 1
    for layer in reversed(network.layers):
        dy = layer.backward(dy)
    return np.array(dy[0])


@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gradient(browser: Browser, tmp_path: Path, activation: str, *, batch_norm: bool) -> None:
    """The gradient of a logit is that of training, and without inputs of 0 it is 0 there."""
    sizes = (784, 30, 20, 10)
    path = write_network(tmp_path / "a.npz", sizes, activation, batch_norm=batch_norm)
    image = spotted(3)[1]
    watched = open_network(browser, [path])
    code = """
        const { forward, inputGradient, inputsOf } = await load("network.js");
        const { bytesOfBase64 } = await load("weights.js");
        const [network] = window.model.networks;
        const trace = forward(network, inputsOf(bytesOfBase64(argument)));
        const found = (label, options) => [...inputGradient(network, trace, label, options)];
        return [found(0), found(7), found(7, { skipZeros: true })];
    """
    first, seventh, inked = np.array(watched.run(code, packed_images(image)))
    expected = gradient(path, image, 7)
    np.testing.assert_allclose(first, gradient(path, image, 0), atol=1e-5)
    np.testing.assert_allclose(seventh, expected, atol=1e-5)
    np.testing.assert_allclose(inked, np.where(image.ravel() > 0, expected, 0), atol=1e-5)
    watched.close()


def test_images_of_mnist(browser: Browser, mlp: Mlp, mnist: Dataset) -> None:
    """Of a network that was trained on MNIST, all 10,000 test images are read in the same way."""
    layers = "model.layers=[784, 30, 10]"
    options = ["--set", layers, "--set", "training.epochs=1"]
    result = mlp("train", "--config", "mnist", *options, "--out", "run")
    assert 0 == result.exit_code, result.output
    path = Path("run/best.npz")
    expected = Classifier.load([path]).predict_proba(mnist.test.images)
    watched = open_network(browser, [path])
    _, found = read(watched, mnist.test.images)
    np.testing.assert_allclose(found, expected, atol=CLOSE)
    np.testing.assert_array_equal(found.argmax(axis=1), expected.argmax(axis=1))
    watched.close()
