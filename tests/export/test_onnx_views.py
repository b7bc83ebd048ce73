"""Networks in ONNX that see digits deslanted, or of one width."""

from pathlib import Path
from typing import Any, cast

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

from mlpcli.datasets import Dataset
from mlpcli.export.onnx_file import IR_VERSION, OPSET, onnx_bytes
from mlpcli.export.onnx_graph import Graph
from mlpcli.export.onnx_view import add_view
from mlpcli.images.normalization import Pixels
from mlpcli.images.view import View
from mlpcli.inference.classifier import Classifier
from tests.export.test_exported import exported
from tests.export.test_onnx import as_rows, run
from tests.support.networks import write_network
from tests.support.viewing import VIEWS, boxed_digits, odd_images

onnxruntime = pytest.importorskip("onnxruntime")
VARIED = [View(deslant=True), View(), View(width=9), View(deslant=True, width=18), View(width=9)]


def seeing(view: View) -> bytes:
    """Return a model that makes of float32 images what is seen of them."""
    graph = Graph()
    seen = add_view(graph, view, "images", "")
    shape: list[str | int | None] = ["N", 28, 28]
    images = helper.make_tensor_value_info("images", TensorProto.FLOAT, shape)
    result = helper.make_tensor_value_info(seen, TensorProto.FLOAT, shape)
    constants = [*graph.constants.values()]
    model = helper.make_model(
        helper.make_graph(graph.nodes, "view", [images], [result], constants),
        ir_version=IR_VERSION,
        opset_imports=[helper.make_opsetid("", OPSET)],
    )
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString())


def seen_by(content: bytes, images: Pixels) -> Any:
    """Return what ONNX Runtime makes of images."""
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    (seen,) = session.run(None, {"images": images.astype(np.float32)})
    return seen


def noise() -> Pixels:
    """Return images of random pixels, some of them without ink."""
    levels = np.random.default_rng(0).integers(-600, 256, (200, 28, 28))
    return levels.clip(0).astype(np.uint8)


@pytest.mark.parametrize("view", [*VIEWS, View(width=20)], ids=str)
def test_same_images(view: View) -> None:
    """Each view of an image is that of Python to the bit, of no images too."""
    images = np.concatenate([boxed_digits(60), odd_images(), noise()])
    content = seeing(view)
    np.testing.assert_array_equal(view.apply(images), seen_by(content, images))
    assert (0, 28, 28) == seen_by(content, images[:0]).shape
    model = onnx.load_model_from_string(content)
    (seen,) = cast("Any", ReferenceEvaluator(model).run(None, {"images": images.astype("f4")}))
    np.testing.assert_array_equal(view.apply(images), seen)


@pytest.mark.slow
@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_same_images_of_mnist(mnist: Dataset, view: View) -> None:
    """So it is with real digits."""
    images = mnist.test.images[:2000]
    np.testing.assert_array_equal(view.apply(images), seen_by(seeing(view), images))


@pytest.mark.parametrize("views", [VARIED, VARIED[3:4]], ids=["five", "one"])
def test_probabilities(tmp_path: Path, views: list[View]) -> None:
    """Networks with views, and one without, are averaged; they take images, and rows of shares."""
    paths = [
        write_network(tmp_path / f"{n}.npz", (784, 8, 10), seed=n, view=view)
        for n, view in enumerate(views)
    ]
    images = np.concatenate([boxed_digits(50), odd_images()])
    expected = Classifier.load(paths).predict_proba(images)
    for content, given in (
        (onnx_bytes(exported(*paths), "uint8"), images),
        (onnx_bytes(exported(*paths), "float32"), as_rows(images)),
    ):
        probabilities, labels = run(content, given)
        np.testing.assert_allclose(expected, probabilities, rtol=0, atol=1e-5)
        np.testing.assert_array_equal(probabilities.argmax(axis=1), labels)


def test_rows_between_levels(tmp_path: Path) -> None:
    """Rows of numbers between grey levels, or beyond them, stand for the nearest ones."""
    path = write_network(tmp_path / "w.npz", (784, 8, 10), view=View(width=12))
    content = onnx_bytes(exported(path), "float32")
    images = boxed_digits(20)
    off = np.random.default_rng(0).uniform(-0.4, 0.4, (20, 784)).astype(np.float32) / 255
    expected = Classifier.load([path]).predict_proba(images)
    np.testing.assert_allclose(expected, run(content, as_rows(images) + off)[0], atol=1e-5)
    white = np.where(as_rows(images) == 1, 2, as_rows(images)).astype(np.float32)
    np.testing.assert_allclose(expected, run(content, white)[0], atol=1e-5)


def test_described(tmp_path: Path) -> None:
    """The model says how each network sees images, if not as they are."""
    paths = [
        write_network(tmp_path / f"{n}.npz", (784, 8, 10), view=view)
        for n, view in enumerate([View(deslant=True), View()])
    ]
    model = onnx.load_model_from_string(onnx_bytes(exported(*paths), "float32"))
    assert "deslant: s is" in model.doc_string
    assert "nearest grey levels" in model.graph.input[0].doc_string
    (networks,) = (each.value for each in model.metadata_props if each.key == "networks")
    assert 1 == networks.count('"view": [{"name": "deslant"}]')
    plain = onnx.load_model_from_string(onnx_bytes(exported(paths[1]), "float32"))
    assert ["Gemm", "Relu", "Gemm"] == [node.op_type for node in plain.graph.node][:3]
    assert "deslant" not in plain.doc_string
