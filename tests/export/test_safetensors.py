"""Networks as .safetensors: what others read in them, and what is read back."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from safetensors import safe_open

import mlpcli
from mlpcli.config.schema import ActivationName
from mlpcli.errors import CheckpointError
from mlpcli.export.exported import Exported
from mlpcli.export.safetensors_file import safetensors_bytes
from mlpcli.images.view import View
from mlpcli.inference.bundled import BUNDLED
from mlpcli.inference.classifier import Classifier
from mlpcli.runs.checkpoint import load_checkpoint, load_checkpoints
from mlpcli.runs.finding import load_weights
from mlpcli.utils.arrays import Array, blank
from tests.conftest import Mlp
from tests.support.checkpoints import metadata_of, read, rewrite
from tests.support.networks import cooled, spotted, write_network
from tests.support.viewing import boxed_digits

SIZES = (784, 9, 6, 10)
IMAGES = spotted(30)


def content_of(*paths: Path) -> bytes:
    """Return the file of some weights."""
    checkpoints = [each for path in paths for each in load_checkpoints(path)]
    return safetensors_bytes(Exported.of(Classifier.of(checkpoints), checkpoints), checkpoints)


def exported(*paths: Path) -> Path:
    """Write the file of some weights beside the first of them."""
    file = paths[0].with_suffix(".safetensors")
    file.write_bytes(content_of(*paths))
    return file


def opened(file: Path) -> tuple[dict[str, str], dict[str, Array]]:
    """Return what the package finds in a file, as any program may."""
    with safe_open(file, framework="numpy") as found:
        return found.metadata(), {name: found.get_tensor(name) for name in found.keys()}  # noqa: SIM118  # it is no dictionary


@pytest.fixture
def three(tmp_path: Path) -> list[Path]:
    """Networks of different kinds, one with batch normalisation, two with temperatures."""
    return [
        write_network(tmp_path / "a.npz", (784, 10), temperature=2.0),
        write_network(tmp_path / "b.npz", SIZES, "gelu", batch_norm=True, seed=1),
        write_network(tmp_path / "c.npz", SIZES, "sigmoid", seed=2, temperature=0.5),
    ]


@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("activation", get_args(ActivationName))
def test_read_back(tmp_path: Path, activation: str, *, batch_norm: bool) -> None:
    """What is read back has the same probabilities, with batch normalisation and temperature."""
    path = write_network(
        tmp_path / "w.npz", SIZES, activation, batch_norm=batch_norm, temperature=1.5
    )
    expected = Classifier.load([path]).predict_proba(IMAGES)
    actual = Classifier.load([exported(path)]).predict_proba(IMAGES)
    np.testing.assert_allclose(expected, actual, rtol=0, atol=1e-5)


def test_committee(three: list[Path]) -> None:
    """All networks of a file are averaged."""
    expected = Classifier.load(three).predict_proba(IMAGES)
    file = exported(*three)
    assert 3 == len(load_checkpoints(file))
    np.testing.assert_allclose(expected, mlpcli.load(file).predict_proba(IMAGES), atol=1e-5)
    single = Classifier.load([three[0], exported(*three[1:])])
    np.testing.assert_allclose(expected, single.predict_proba(IMAGES), atol=1e-5)


def test_temperature_of_the_mean(tmp_path: Path) -> None:
    """A file of several networks keeps the temperature of their mean, unless others are added."""
    folder, file = cooled(tmp_path / "many", 0.6), tmp_path / "many.safetensors"
    expected = mlpcli.load(folder)
    checkpoints = load_weights(folder)
    file.write_bytes(safetensors_bytes(Exported.of(expected, checkpoints), checkpoints))
    found = mlpcli.load(file)
    assert 0.6 == found.temperature
    np.testing.assert_allclose(
        expected.predict_proba(IMAGES), found.predict_proba(IMAGES), atol=1e-5
    )
    assert 1 == mlpcli.load(file, folder / "member-0.npz").temperature
    assert "mean_temperature" in opened(file)[0]["formula"]


def test_views(tmp_path: Path) -> None:
    """Each network that is read back sees images as it did, and the file says how."""
    views = [View(width=9), View(), View(deslant=True)]
    paths = [
        write_network(tmp_path / f"{n}.npz", (784, 7, 10), view=view, seed=n)
        for n, view in enumerate(views)
    ]
    file = exported(*paths)
    assert views == [*Classifier.load([file]).views]
    images = boxed_digits(20)
    expected = Classifier.load(paths).predict_proba(images)
    np.testing.assert_allclose(expected, mlpcli.load(file).predict_proba(images), atol=1e-5)
    assert "deslant: s is" in opened(file)[0]["formula"]
    assert "images seen 9 pixels wide" in opened(file)[0]["description"]
    assert "deslant" not in opened(exported(paths[1]))[0]["formula"]


def test_arrays(three: list[Path]) -> None:
    """A stranger finds weights and biases, and by the formula in the file the logits."""
    metadata, arrays = opened(exported(three[1]))
    names = [f"layers.{n}.{kind}" for n in range(3) for kind in ("bias", "weight")]
    assert names == sorted(arrays)
    assert [(784, 9), (9, 6), (6, 10)] == [arrays[f"layers.{n}.weight"].shape for n in range(3)]
    assert "x · weight + bias" in metadata["formula"]
    assert "784-9-6-10 gelu" in metadata["description"]
    assert "mlpcli" == metadata["format"]
    assert [*"0123456789"] == json.loads(metadata["classes"])
    _, several = opened(exported(*three))
    assert "networks.0.layers.0.weight" in several
    assert 2 + 6 + 6 == len(several)


def test_temperature(three: list[Path]) -> None:
    """The last layer is divided by the temperature, which then is 1."""
    before, (after,) = load_checkpoint(three[0]), load_checkpoints(exported(three[0]))
    assert (2.0, 1.0) == (before.metadata.temperature, after.metadata.temperature)
    np.testing.assert_array_equal(
        before.arrays["layers.0.weight"] / np.float32(2), after.arrays["layers.0.weight"]
    )


def test_outliers(tmp_path: Path) -> None:
    """A network that knows outliers keeps its logits and temperature, and so its scores."""
    path = write_network(tmp_path / "w.npz", SIZES, temperature=2.0, outlier_threshold=0.3)
    file = exported(path)
    (checkpoint,) = load_checkpoints(file)
    assert (2.0, 0.3) == (checkpoint.metadata.temperature, checkpoint.metadata.outlier_threshold)
    assert "1 / (1 + Σ exp z)" in opened(file)[0]["formula"]
    one, other = (Classifier.load([each]).judge(IMAGES) for each in (path, file))
    assert [each.not_a_digit for each in one] == [each.not_a_digit for each in other]
    np.testing.assert_array_equal(
        [each.probabilities for each in one], [each.probabilities for each in other]
    )


def test_again(three: list[Path]) -> None:
    """The same networks make the same file, and so does what was read from it."""
    file = exported(*three)
    assert content_of(*three) == file.read_bytes()
    assert content_of(file) == file.read_bytes()


def test_metadata(three: list[Path]) -> None:
    """The metadata is that of the checkpoint, but for what has changed and for folders."""
    config = metadata_of(three[1])["config"]
    config["data"] = {"mix": {"/home/a/x.npz": 1, "/home/b/x.npz": 2, "mnist": 3}, "root": "/home"}
    rewrite(
        three[1],
        {},
        config=config | {"output": "/home/a/runs"},
        data={"name": "mnist + /home/a/x.npz", "fingerprint": "f"},
        **{"from": {"weights": "/home/a/best.npz", "weights_sha256": "a"}},
    )
    before, (after,) = metadata_of(three[1]), load_checkpoints(exported(three[1]))
    values = after.metadata.to_json()
    assert not after.metadata.config.model.batch_norm
    assert {"x.npz": 1, "x.npz-2": 2, "mnist": 3} == values["config"]["data"]["mix"]
    assert "mnist + x.npz" == values["data"]["name"]
    assert "best.npz" == values["from"]["weights"]
    assert before["weights_sha256"] != values["weights_sha256"]
    for key in ("history", "epoch", "classes", "versions"):
        assert before[key] == values[key]
    assert b"/home" not in content_of(three[1])
    assert "runs" == after.config.output


@pytest.mark.parametrize("value", ["[" * 400 + "]" * 400, '{"a":' * 400 + "1" + "}" * 400])
def test_deep_config(three: list[Path], value: str) -> None:
    """A stranger's configuration that is nested too deeply to be written is refused in one line."""
    arrays, values = read(three[0])
    values["config"]["x"] = "@"
    text = json.dumps(values).replace('"@"', value)
    np.savez(three[0], metadata=np.array(text), **arrays)  # type: ignore[arg-type]
    with pytest.raises(CheckpointError, match=r"a\.npz: the metadata's config is not valid$"):
        content_of(three[0])


@pytest.mark.parametrize("name", ["\x1b[2J", "\ud800", "a" * 5000, "/", ""])
def test_name_of_a_stranger(three: list[Path], name: str) -> None:
    """The names of a stranger's data and files may hold anything, and the file is read back."""
    config = metadata_of(three[0])["config"] | {"data": {"path": name, "root": name}, "x": name}
    origin = {"weights": name, "weights_sha256": name}
    data = {"name": name, "fingerprint": name}
    rewrite(three[0], {}, config=config, data=data, **{"from": origin})
    assert 1 == len(load_checkpoints(exported(three[0])))


def test_infinite_config(three: list[Path]) -> None:
    """A number in it that JSON cannot say becomes null, so that the file is read back."""
    arrays, values = read(three[0])
    values["config"]["x"] = "@"
    text = json.dumps(values).replace('"@"', "1e999")
    np.savez(three[0], metadata=np.array(text), **arrays)  # type: ignore[arg-type]
    assert load_checkpoint(exported(three[0])).metadata.to_json()["config"]["x"] is None


def test_too_many(three: list[Path]) -> None:
    """More networks than are read back are refused."""
    with pytest.raises(CheckpointError, match=r"^\.safetensors: must hold at most 20 networks"):
        content_of(*three[:1] * 21)


def test_too_large(three: list[Path]) -> None:
    """Weights that would not be read back are refused before anything is written."""
    checkpoints = load_checkpoints(three[0])
    networks = Exported.of(Classifier.of(checkpoints), checkpoints)
    large = replace(networks.networks[0], weights=(blank((23171, 23171), np.float32),))
    with pytest.raises(
        CheckpointError, match=r"^\.safetensors: must hold less than 2 GiB, got 2\.0"
    ):
        safetensors_bytes(replace(networks, networks=(large,)), checkpoints)


def test_long_metadata(three: list[Path]) -> None:
    """Metadata of more than 4 MiB, which would not be read back, is refused."""
    rewrite(three[0], {}, config=metadata_of(three[0])["config"] | {"x": '"' * 1_500_000})
    with pytest.raises(
        CheckpointError, match=r"^\.safetensors: must have at most 4194304 bytes of "
    ):
        content_of(three[0])


def test_commands(mlp: Mlp, trained: Path, glyph_file: Path) -> None:
    """Every command takes an exported file for weights, and `evaluate` names it once."""
    weights, data = ("--weights", "net.safetensors"), ("--data", glyph_file)
    assert 0 == mlp("export", trained, "net.safetensors").exit_code
    assert 0 == mlp("inspect", "net.safetensors", *data).exit_code
    assert 0 == mlp("compare", trained, "net.safetensors", *data).exit_code
    assert 0 == mlp("export", *weights, "net.json").exit_code
    last = ("--weights", trained / "last.npz")
    assert 0 == mlp("export", trained, *last, "net.safetensors", "--force").exit_code
    evaluated = [
        json.loads(mlp("evaluate", *options, *data, "--json").stdout)
        for options in (weights, ("--weights", trained, *last))
    ]
    assert ["net.safetensors"] == evaluated[0]["weights"]
    assert evaluated[1]["accuracy"] == evaluated[0]["accuracy"]
    assert pytest.approx(evaluated[1]["loss"], abs=1e-5) == evaluated[0]["loss"]


@pytest.mark.parametrize(
    "command", [["inspect"], ["compare", "bundled"], ["train", "--config", "mnist", "--from"]]
)
def test_one_is_wanted(mlp: Mlp, three: list[Path], command: list[str]) -> None:
    """Where one network is wanted, a file of several is refused in one line."""
    file = exported(*three)
    result = mlp(*command, file)
    assert 1 == result.exit_code
    assert result.stderr.startswith(f"{file}: must hold one network here, got 3; ")
    assert 1 == len(result.stderr.splitlines())


def test_report(mlp: Mlp, trained: Path, glyph_file: Path) -> None:
    """A page about a file of several networks tells them apart."""
    last = trained / "last.npz"
    assert 0 == mlp("export", trained, "--weights", last, "net.safetensors").exit_code
    options = ("--weights", "net.safetensors", "--data", glyph_file, "--report", "page.html")
    result = mlp("evaluate", *options)
    assert 0 == result.exit_code, result.output
    assert "<h3>net.safetensors: networks.1</h3>" in Path("page.html").read_text()


def test_begin_with(mlp: Mlp, trained: Path, config_file: Path) -> None:
    """A training begins with an exported network, of which the run remembers the file."""
    assert 0 == mlp("export", trained, "net.safetensors").exit_code
    result = mlp("train", "--config", config_file, "--from", "net.safetensors", "--out", "more")
    assert 0 == result.exit_code, result.output
    origin = metadata_of(Path("more/best.npz"))["from"]
    assert str(Path("net.safetensors").absolute()) == origin["weights"]
    assert (
        load_checkpoint(Path("net.safetensors")).metadata.weights_sha256
        == (origin["weights_sha256"])
    )


def test_begin_with_folded(mlp: Mlp, config_file: Path) -> None:
    """A network whose batch normalisation is folded does not go on with it; the line says what does."""
    options = ("train", "--config", config_file, "--set", "model.batch_norm=true")
    assert 0 == mlp(*options, "--out", "first").exit_code
    assert 0 == mlp("export", "first", "net.safetensors").exit_code
    begin = ("--from", "net.safetensors", "--out", "second")
    result = mlp(*options, *begin)
    assert 1 == result.exit_code
    assert (
        "net.safetensors: model.batch_norm must be as in the configuration, true, got false; mlp "
        "export folds it into the weights: begin with the run itself, or --set "
        "model.batch_norm=false\n"
    ) == result.stderr
    assert 0 == mlp(*options, *begin, "--set", "model.batch_norm=false").exit_code


def test_given_as_something_else(mlp: Mlp, three: list[Path]) -> None:
    """Given as a picture or as data, an exported file is called weights."""
    file = exported(*three)
    for command in (["predict", file], ["evaluate", "--weights", "bundled", "--data", file]):
        assert "got the weights of a network; give them with --weights" in mlp(*command).stderr


@pytest.mark.slow
def test_bundled_on_mnist(mlp: Mlp, mnist: Any) -> None:
    """On 10,000 test images the bundled weights have the same labels, and probabilities by 1e-5."""
    assert 0 == mlp("export", "bundled", "net.safetensors").exit_code
    images = np.asarray(mnist.test.images)
    expected, actual = (
        Classifier.load([path]).predict_proba(images) for path in (BUNDLED, Path("net.safetensors"))
    )
    np.testing.assert_allclose(expected, actual, rtol=0, atol=1e-5)
    np.testing.assert_array_equal(expected.argmax(axis=1), actual.argmax(axis=1))
