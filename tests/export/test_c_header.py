"""A network as a C header: what it computes, and where it compiles."""

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mlpcli.errors import CheckpointError
from mlpcli.export.c_header import MOST_PARAMETERS, header_text
from mlpcli.export.exported import Exported, PlainNetwork
from mlpcli.images.view import View
from mlpcli.inference.classifier import Classifier
from mlpcli.runs.finding import load_weights
from tests.conftest import Mlp
from tests.export.test_exported import exported
from tests.support.c_programs import (
    READER,
    STRICT,
    build,
    by_c,
    compiler,
    outputs,
    sanitizing,
)
from tests.support.networks import cooled, spotted, write_network

ACTIVATIONS = ("sigmoid", "tanh", "relu", "leaky-relu", "gelu")


def check_same(folder: Path, *paths: Path, shape: tuple[int, int] = (28, 28)) -> None:
    """Check that a header gives the labels and probabilities of the program."""
    images = np.concatenate([spotted(60, *shape), np.zeros((1, *shape), dtype=np.uint8)])
    expected = Classifier.load(paths).predict_proba(images)
    header = header_text(exported(*paths), None)
    labels, probabilities = by_c(folder, header, images, expected.shape[1])
    np.testing.assert_array_equal(expected.argmax(axis=1), labels)
    np.testing.assert_allclose(probabilities, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_same_as_the_program(tmp_path: Path, activation: str, *, batch_norm: bool) -> None:
    """Each activation, with batch normalisation and a temperature, comes to the same in C."""
    sizes = (784, 30, 17, 23, 10)
    path = write_network(
        tmp_path / "net.npz", sizes, activation, batch_norm=batch_norm, temperature=1.7
    )
    check_same(tmp_path, path)


def test_committee(tmp_path: Path) -> None:
    """Networks of different depths and activations are averaged, one without hidden layers too."""
    paths = [
        write_network(tmp_path / "0.npz", (784, 30, 10), "sigmoid", temperature=0.8),
        write_network(tmp_path / "1.npz", (784, 10), "tanh", seed=1),
        write_network(tmp_path / "2.npz", (784, 9, 40, 10), "gelu", batch_norm=True, seed=2),
        write_network(tmp_path / "3.npz", (784, 20, 10), "sigmoid", seed=3),
    ]
    check_same(tmp_path, *paths)


def test_temperature_of_the_mean(tmp_path: Path) -> None:
    """The mean of several networks has the temperature that the program gives it, and says so."""
    checkpoints, images = load_weights(cooled(tmp_path, 0.6)), spotted(60)
    classifier = Classifier.of(checkpoints)
    networks = Exported.of(classifier, checkpoints)
    _, probabilities = by_c(tmp_path, header_text(networks, None), images)
    np.testing.assert_allclose(classifier.predict_proba(images), probabilities, atol=1e-5)
    _, roughly = by_c(tmp_path, header_text(networks, images), images)
    assert np.abs(classifier.predict_proba(images) - roughly).max() < 0.05
    assert "averaged, taken to the power of 1 / 0.6, and scaled" in header_text(networks, None)
    assert "mlp_temper" not in header_text(replace(networks, temperature=1.0), None)


@pytest.mark.parametrize("sizes", [(16, 10), (16, 1), (16, 5, 1), (16, 1, 3)])
def test_other_sizes(tmp_path: Path, sizes: tuple[int, ...]) -> None:
    """Images of 4×4 pixels, a layer of one unit, a single class and no hidden layer will do."""
    path = write_network(tmp_path / "net.npz", sizes, shape=(4, 4), kind="scale")
    check_same(tmp_path, path, shape=(4, 4))


def test_the_first_of_equals(tmp_path: Path) -> None:
    """Of classes with the same probability, the first is the label."""
    networks = exported(write_network(tmp_path / "net.npz", (784, 5, 10)))
    (network,) = networks.networks
    silent = replace(
        network,
        weights=tuple(np.zeros_like(each) for each in network.weights),
        biases=(network.biases[0], np.array([0, 0, 0, 7, 7, 0, 7, 0, 0, 0], dtype=np.float32)),
    )
    labels, _ = by_c(tmp_path, header_text(replace(networks, networks=(silent,)), None), spotted(1))
    assert [3] == labels.tolist()


@pytest.mark.parametrize("bits", [32, 8])
def test_sure_predictions(tmp_path: Path, bits: int) -> None:
    """Logits of a size that exp cannot take give probabilities of 1 and 0."""
    networks = exported(write_network(tmp_path / "net.npz", (784, 5, 10)))
    (network,) = networks.networks
    sure = replace(network, weights=tuple(1e6 * each for each in network.weights))
    header = header_text(replace(networks, networks=(sure,)), spotted(20) if bits == 8 else None)
    _, probabilities = by_c(tmp_path, header, spotted(20))
    assert {0.0, 1.0} == {*probabilities.ravel().tolist()}


@pytest.mark.slow
@pytest.mark.parametrize("bits", [32, 8])
def test_included_everywhere(tmp_path: Path, bits: int) -> None:
    """It may be included twice, in two files, and where nothing of it is used; in C and in C++."""
    view = View(deslant=True, width=12)
    paths = [
        write_network(tmp_path / f"{name}.npz", (784, 5, 6, 10), name, view=view)
        for name in ACTIVATIONS
    ]
    header = header_text(exported(*paths), spotted(9) if bits == 8 else None)
    (tmp_path / "net.h").write_text(header, encoding="ascii")
    (tmp_path / "main.c").write_text('#include "net.h"\n' + READER)
    (tmp_path / "idle.c").write_text('#include "net.h"\ntypedef int nothing_else;\n')
    for language, standards in (("c", ("c99", "c17")), ("c++", ("c++98", "c++17"))):
        for standard in standards:
            flags = [*STRICT[1:], "-Wdouble-promotion", f"-std={standard}", "-Os"]
            sources = ["-x", language, "main.c", "idle.c", "-o", "main", "-lm"]
            done = subprocess.run(
                [compiler(language), *flags, *sources],
                cwd=tmp_path,
                check=False,
                capture_output=True,
                text=True,
            )
            assert (0, "") == (done.returncode, done.stderr)
            outputs(tmp_path / "main", spotted(3), 10)


@pytest.mark.parametrize("bits", [32, 8])
def test_two_networks_in_one_file(tmp_path: Path, bits: int) -> None:
    """A second network that is included in the same file is refused, not passed over."""
    guards = set()
    for seed in range(2):
        path = write_network(tmp_path / f"{seed}.npz", (784, 5, 10), seed=seed)
        header = header_text(exported(path), spotted(9) if bits == 8 else None)
        guards |= {*re.findall(r"^#ifndef (\w+)$", header, re.MULTILINE)}
    assert 2 == len(guards)


@pytest.mark.slow
@pytest.mark.parametrize("bits", [32, 8])
def test_sanitized(tmp_path: Path, bits: int) -> None:
    """Nothing is read or written out of bounds, and nothing undefined is done."""
    paths = [
        write_network(tmp_path / f"{n}.npz", (784, *hidden, 10), activation)
        for n, (hidden, activation) in enumerate(
            [((), "tanh"), ((7,), "gelu"), ((40, 3, 30, 9), "sigmoid"), ((3, 40), "leaky-relu")]
        )
    ]
    flags = sanitizing(tmp_path)
    header = header_text(exported(*paths), spotted(30)[:5] if bits == 8 else None)
    white = np.full((1, 28, 28), 255, dtype=np.uint8)
    images = np.concatenate([spotted(200), white])
    expected = Classifier.load(paths).predict_proba(images)
    _, probabilities = outputs(build(tmp_path, header, READER, *flags), images, 10)
    np.testing.assert_allclose(probabilities, expected, atol=1e-5 if bits == 32 else 0.2)


def test_same_text_again(tmp_path: Path) -> None:
    """The same network gives the same text, in ASCII and with short lines."""
    path = write_network(tmp_path / "net.npz", (784, 30, 20, 10), "gelu")
    for calibration in (None, spotted(50)):
        text = header_text(exported(path), calibration)
        assert text == header_text(exported(path), calibration)
        assert text.isascii()
        assert 100 >= max(map(len, text.splitlines()))


def test_too_large(tmp_path: Path) -> None:
    """More weights than compilers have memory for are refused in one line."""
    networks = exported(write_network(tmp_path / "net.npz", (784, 10)))
    weights = np.broadcast_to(np.float32(0), (784, MOST_PARAMETERS // 784 + 1))
    huge = PlainNetwork((weights,), (weights[0],), "relu", 1.0, False, {}, View())
    with pytest.raises(CheckpointError, match=r"^\.h: compilers take at most 20,000,000") as error:
        header_text(replace(networks, networks=(huge,)), None)
    assert 1 == len(error.value.lines)


def test_an_activation_without_formula(tmp_path: Path) -> None:
    """An activation that was added to the program, but not to C, is refused in one line."""
    networks = exported(write_network(tmp_path / "net.npz", (784, 5, 10)))
    added = replace(networks.networks[0], activation="swish")  # type: ignore[arg-type]
    with pytest.raises(
        CheckpointError, match=r"^\.h: has no such activation, got 'swish'"
    ) as error:
        header_text(Exported((added,), networks.inputs, None), None)
    assert 1 == len(error.value.lines)


@pytest.mark.parametrize("options", [(), ("--quantize", "int8")])
def test_by_the_command(
    mlp: Mlp, trained: Path, glyph_file: Path, tmp_path: Path, options: tuple[str, ...]
) -> None:
    """`mlp export` writes a header, in 8 bits with the ranges of the training images."""
    data = ("--data", glyph_file) if options else ()
    result = mlp("export", trained, "out.h", *options, *data)
    assert (0, "exported: out.h\n") == (result.exit_code, result.stderr)
    images = np.load(glyph_file)["x_test"]
    expected = Classifier.load([trained / "best.npz"]).predict_proba(images)
    labels, probabilities = by_c(tmp_path, Path("out.h").read_text(), images)
    np.testing.assert_allclose(probabilities, expected, atol=0.05 if options else 1e-5)
    assert (labels == expected.argmax(axis=1)).mean() >= 0.99
