"""`.safetensors` files of strangers: read, or refused with one line that names the file."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy

from mlpcli.errors import CheckpointError
from mlpcli.export.exported import Exported
from mlpcli.export.safetensors_file import safetensors_bytes
from mlpcli.inference.classifier import Classifier
from mlpcli.runs.checkpoint import load_checkpoints, weights_sha256
from mlpcli.runs.safetensors import MAX_HEADER, is_safetensors
from tests.support.networks import write_network
from tests.support.safetensors_files import join_file, split_file

Header = dict[str, Any]
BY_THE_PACKAGE = ""  # its messages differ between its versions
WEIGHT, BIAS = "layers.0.weight", "layers.0.bias"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A valid file of one network, 4–3–2."""
    npz = write_network(tmp_path / "w.npz", (4, 3, 2), shape=(2, 2), kind="scale")
    checkpoints = load_checkpoints(npz)
    exported = Exported.of(Classifier.of(checkpoints), checkpoints)
    file = tmp_path / "net.safetensors"
    file.write_bytes(safetensors_bytes(exported, checkpoints))
    return file


def refusal(path: Path) -> str:
    """Return what is said of a file that is refused, without its name."""
    with pytest.raises(CheckpointError) as caught:
        Classifier.load([path])
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert message.isprintable()
    return message.removeprefix(f"{path}: ").removeprefix("cannot be read as mlp weights, ")


def change(path: Path, edit: Callable[[Header], object]) -> None:
    """Change the header of a file."""
    header, body = split_file(path.read_bytes())
    edit(header)
    path.write_bytes(join_file(header, body))


def change_metadata(path: Path, **values: object) -> None:
    """Change the metadata of a network."""

    def edit(header: Header) -> None:
        metadata = json.loads(header["__metadata__"]["metadata"]) | values
        header["__metadata__"]["metadata"] = json.dumps(metadata)

    change(path, edit)


def rewrite_arrays(path: Path, **arrays: Any) -> None:
    """Put other arrays into a file, with the right sum of all."""
    header, _ = split_file(path.read_bytes())
    own = safetensors.numpy.load(path.read_bytes()) | arrays
    path.write_bytes(safetensors.numpy.save(own, header["__metadata__"]))
    change_metadata(path, weights_sha256=weights_sha256(own))


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda header: header[WEIGHT].update(dtype="F16"), BY_THE_PACKAGE),
        (lambda header: header[WEIGHT].update(shape=[4, 4]), BY_THE_PACKAGE),
        (lambda header: header[WEIGHT].update(shape=[-4, -3]), BY_THE_PACKAGE),
        (lambda header: header[WEIGHT].update(shape=[2**63, 2]), BY_THE_PACKAGE),
        (lambda header: header[WEIGHT].update(data_offsets=[0, 48]), BY_THE_PACKAGE),
        (lambda header: header[WEIGHT].update(data_offsets=[0, 2**60]), BY_THE_PACKAGE),
        (lambda header: header[WEIGHT].pop("shape"), BY_THE_PACKAGE),
        (lambda header: header.pop(BIAS), BY_THE_PACKAGE),
        (lambda header: header.pop("__metadata__"), "it is a .safetensors that mlp export has not"),
        (lambda header: header["__metadata__"].pop("metadata"), "it is a .safetensors that mlp"),
        (
            lambda header: header["__metadata__"].update(metadata="{"),
            "not an mlp weights file, its",
        ),
        (lambda header: header["__metadata__"].update(metadata="NaN"), "not an mlp weights file"),
        (lambda header: header["__metadata__"].update(metadata="[" * 99999), "not an mlp weights"),
        (lambda header: header["__metadata__"].update(metadata="[1]"), "the format must be 1 or 2"),
        (lambda header: header["__metadata__"].update(metadata=1), BY_THE_PACKAGE),
        (
            lambda header: header["__metadata__"].update(mean_temperature="nan"),
            "the mean_temperature must be in [0.05, 20], got 'nan'",
        ),
        (
            lambda header: header["__metadata__"].update(mean_temperature="hot"),
            "the mean_temperature must be in [0.05, 20], got 'hot'",
        ),
        (
            lambda header: header["__metadata__"].update({"networks.1.metadata": "{}"}),
            "it must hold one network, or networks.0. and so on, got , networks.1.",
        ),
        (
            lambda header: header.update({"\x1b[2J": header.pop(BIAS)}),
            r"it holds '\x1b[2J', which is no array of a network",
        ),
        (
            lambda header: header.update({"resume.x": header.pop(BIAS)}),
            "it holds 'resume.x', which",
        ),
        (
            lambda header: header.update({"networks.7.layers.0.bias": header.pop(BIAS)}),
            "the array networks.7.layers.0.bias is not expected",
        ),
        (lambda header: header.update(metadata=header.pop(BIAS)), "the array metadata is not exp"),
        (
            lambda header: header.update({"layers.0.x": header.pop(BIAS)}),
            "damaged, the weights are",
        ),
    ],
)
def test_headers(path: Path, edit: Callable[[Header], object], message: str) -> None:
    """Whatever is wrong with names, types, shapes, places or metadata is said."""
    change(path, edit)
    assert refusal(path).startswith(message)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({BIAS: np.zeros(3)}, "the array layers.0.bias must be float32, got F64"),
        ({BIAS: np.zeros(4, np.float32)}, "the array layers.0.bias must be float32 [3], got float"),
        ({BIAS: np.zeros((1, 3), np.float32)}, "the array layers.0.bias must be float32 [3], got"),
        ({BIAS: np.full(3, np.nan, np.float32)}, "the array layers.0.bias must be finite, got nan"),
        ({BIAS: np.full(3, np.inf, np.float32)}, "the array layers.0.bias must be finite, got nan"),
        ({"layers.2.bias": np.zeros(3, np.float32)}, "the array layers.2.bias is not expected"),
    ],
)
def test_arrays(path: Path, arrays: Any, message: str) -> None:
    """Every name, type, shape and value is checked."""
    rewrite_arrays(path, **arrays)
    assert refusal(path).startswith(message)


@pytest.mark.parametrize(
    ("text", "twice"),
    [
        (b'"layers.0.bias":', "'layers.0.bias'"),
        (b'"__metadata__":', "'__metadata__'"),
        (b'"dtype":', "'dtype'"),
        (b'"metadata":', "'metadata'"),
    ],
)
def test_names_that_come_twice(path: Path, text: bytes, twice: str) -> None:
    """A file in which a name comes twice is refused, for readers would not agree on it."""
    header, body = split_file(path.read_bytes())
    own = json.dumps(header, separators=(",", ":")).encode()
    start = own.index(text)
    value = json.JSONDecoder().raw_decode(own[start + len(text) :].decode())[1]
    pair = own[start : start + len(text) + value]
    path.write_bytes(join_file(own.replace(pair, pair + b"," + pair, 1), body))
    ours = f"it holds {twice} twice"
    assert refusal(path).startswith((ours, "invalid JSON in header: duplicate", "InvalidHeader"))


def test_damaged(path: Path) -> None:
    """A file cut anywhere, or with another byte among the weights, is refused."""
    content = path.read_bytes()
    for end in (0, 4, 8, 9, 100, len(content) - 1):
        path.write_bytes(content[:end])
        assert refusal(path)
    path.write_bytes(content + b"\0")
    assert refusal(path)
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert refusal(path) == "damaged, the weights are not the ones that were saved"


def test_large_header(path: Path) -> None:
    """A header of megabytes, or one that claims to be, is not parsed."""
    start = (MAX_HEADER + 1).to_bytes(8, "little")
    path.write_bytes(start + b"{" + b" " * MAX_HEADER)
    assert refusal(path).startswith(
        f"it must have at most {MAX_HEADER} bytes of names and metadata"
    )
    path.write_bytes(b"\xff" * 7 + b"\x7f{}")
    assert refusal(path) == "cut short, or not of the format safetensors"


def test_large_file(path: Path) -> None:
    """A file of terabytes, of which nothing is on the disk, is not read."""
    os.truncate(path, 1 << 40)
    assert refusal(path).startswith(
        f"it must have at most {MAX_HEADER} bytes of names and metadata"
    )


def test_other_files(path: Path, glyph_file: Path, tmp_path: Path) -> None:
    """By content and then by name: weights under any name, and other files called .safetensors."""
    npz = tmp_path / "w.npz"
    for source, name in ((path, "x.npz"), (path, "x"), (npz, "y.safetensors")):
        (tmp_path / name).write_bytes(source.read_bytes())
        assert 1 == len(load_checkpoints(tmp_path / name))
    path.write_text("just some text, longer than nine bytes")
    assert refusal(path) == "cut short, or not of the format safetensors"
    path.write_bytes(safetensors.numpy.save({"x": np.zeros(3)}, {"format": "pt"}))
    assert refusal(path) == "it is a .safetensors that mlp export has not written"
    assert not is_safetensors(glyph_file)
    path.unlink()
    assert refusal(path) == "No such file or directory"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_pipe(tmp_path: Path) -> None:
    """A pipe is not waited for."""
    os.mkfifo(tmp_path / "net.safetensors")
    assert refusal(tmp_path / "net.safetensors") == "must be a file, got a pipe"


def test_metadata(path: Path) -> None:
    """The metadata of a network is checked as a checkpoint's is."""
    for key, value, message in (
        ("temperature", 1e9, "the temperature must be in [0.05, 20], got 1e+09"),
        ("format", 99, "the format must be 1 or 2, got 99; use the version of mlp that wrote it"),
        ("classes", ["\x1b[2J", "b"], "the class names must be distinct and printable"),
        ("preparation", {"kind": "scale", "height": 9, "width": 9}, "the layers must lead from 81"),
    ):
        content = path.read_bytes()
        change_metadata(path, **{key: value})
        assert refusal(path).startswith(message)
        path.write_bytes(content)


def test_which_of_several(path: Path, tmp_path: Path) -> None:
    """In a file of several networks the message says which is wrong."""
    checkpoints = load_checkpoints(tmp_path / "w.npz") * 2
    exported = Exported.of(Classifier.of(checkpoints), checkpoints)
    path.write_bytes(safetensors_bytes(exported, checkpoints))
    header, body = split_file(path.read_bytes())
    metadata = json.loads(header["__metadata__"]["networks.1.metadata"])
    metadata["config"]["model"]["activation"] = "swish"
    header["__metadata__"]["networks.1.metadata"] = json.dumps(metadata)
    path.write_bytes(join_file(header, body))
    assert refusal(path) == "networks.1: the activation is not known, got 'swish'"


def test_without_the_package(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without safetensors installed, the message names the extra."""
    monkeypatch.setitem(sys.modules, "safetensors", None)
    assert refusal(path) == (
        'safetensors is not installed; in mlpcli\'s folder: pip install ".[export]"'
    )
