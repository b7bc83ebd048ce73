"""The front door for Python, used as by somebody who only knows what it names."""

import io
import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import mlpcli
from tests.conftest import Mlp
from tests.support.pens import write


@pytest.fixture(scope="module")
def classifier() -> mlpcli.Classifier:
    """The weights that come with the program."""
    return mlpcli.load("bundled")


@pytest.fixture(scope="module")
def paper() -> NDArray[np.uint8]:
    """A seven in dark ink on light paper, (120, 100) uint8."""
    return np.asarray(250 - 230 * write(7, (120, 100)), dtype=np.uint8)


@pytest.fixture(scope="module")
def images() -> NDArray[np.uint8]:
    """Digits as the bundled network was trained on, (40, 28, 28) uint8."""
    return mlpcli.open_dataset("synthetic", drawing=mlpcli.Drawing(train=1, test=40)).test.images


def test_picture_in_any_form(
    classifier: mlpcli.Classifier, paper: NDArray[np.uint8], tmp_path: Path
) -> None:
    """A path, an open file, a PIL image and an array of the same picture are read alike."""
    path = tmp_path / "seven.png"
    Image.fromarray(paper).save(path)
    by_path = classifier.predict(str(path))
    assert (7, "7", ()) == (by_path.label, by_path.name, by_path.warnings)
    assert 0.9 < by_path.probability == by_path.probabilities.max()
    assert (28, 28) == by_path.image.shape
    assert str(by_path).startswith(f"{path}: 7  (7 ")
    with path.open("rb") as file, Image.open(path) as picture:
        others = classifier.predict([path, file, io.BytesIO(path.read_bytes()), picture, paper])
    for other in others:
        np.testing.assert_array_equal(by_path.image, other.image)
        np.testing.assert_allclose(other.probabilities, by_path.probabilities, atol=1e-6)
    assert [str(path), "picture 2", "picture 3", "picture 4", "picture 5"] == [
        other.place for other in others
    ]


MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "LAB", "HSV", "I", "F")


@pytest.mark.parametrize("mode", MODES)
def test_picture_of_any_mode(
    classifier: mlpcli.Classifier, paper: NDArray[np.uint8], mode: str
) -> None:
    """A PIL image may have any mode."""
    assert 7 == classifier.predict(Image.fromarray(paper).convert(mode)).label


@pytest.mark.parametrize("suffix", ["png", "tif"])
@pytest.mark.parametrize(
    ("kind", "white"), [(np.float32, 1), (np.float32, 65535), (np.uint16, 65535), (np.int32, 65535)]
)
def test_picture_of_many_levels(
    classifier: mlpcli.Classifier,
    paper: NDArray[np.uint8],
    tmp_path: Path,
    kind: type[np.generic],
    white: int,
    suffix: str,
) -> None:
    """A PIL image of 16 or 32 bits is read as its file is, whatever its white is."""
    picture = Image.fromarray((paper / 255 * white).astype(kind))
    assert 7 == classifier.predict(picture).label
    if suffix == "png" and picture.mode != "I;16":
        return  # there are no such files
    picture.save(tmp_path / f"seven.{suffix}")
    with Image.open(tmp_path / f"seven.{suffix}") as opened:
        by_file, by_image = classifier.predict([tmp_path / f"seven.{suffix}", opened])
    np.testing.assert_array_equal(by_file.image, by_image.image)


def test_photo_that_was_turned(
    classifier: mlpcli.Classifier, paper: NDArray[np.uint8], tmp_path: Path
) -> None:
    """A PIL image is turned upright as its file is, by what the camera noted."""
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: the camera was held upright
    Image.fromarray(np.rot90(paper)).save(tmp_path / "seven.jpg", exif=exif, quality=95)
    with Image.open(tmp_path / "seven.jpg") as photo:
        by_file, by_image = classifier.predict([tmp_path / "seven.jpg", photo])
    assert (7, 7) == (by_file.label, by_image.label)
    np.testing.assert_array_equal(by_file.image, by_image.image)


@pytest.mark.parametrize("kind", [np.uint8, np.int64, np.float32, np.float64, np.float16])
def test_levels_up_to_255(
    classifier: mlpcli.Classifier, paper: NDArray[np.uint8], kind: type[np.generic]
) -> None:
    """Whole grey levels may have any type, as those that scikit-learn fetches are floats."""
    np.testing.assert_array_equal(
        classifier.predict(paper).image, classifier.predict(paper.astype(kind)).image
    )


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_levels_up_to_1(
    classifier: mlpcli.Classifier, images: NDArray[np.uint8], kind: type[np.generic]
) -> None:
    """Floats in [0, 1] mean the same as levels in [0, 255], be they exact multiples or not."""
    expected = classifier.predict_proba(images)
    scaled = (images / 255).astype(kind)
    np.testing.assert_allclose(classifier.predict_proba(scaled), expected, atol=1e-6)
    between = np.clip(images / 255 + 0.001, 0, 1).astype(kind)
    np.testing.assert_allclose(classifier.predict_proba(between), expected, atol=1e-6)
    np.testing.assert_array_equal(  # as in the file of the notebook
        classifier.predict_proba(np.minimum(images, 255) / 256), expected
    )


def test_black_and_white(classifier: mlpcli.Classifier, paper: NDArray[np.uint8]) -> None:
    """An array of booleans is a picture as well, true being white."""
    assert 7 == classifier.predict(paper > 128).label


def test_large_array(classifier: mlpcli.Classifier, paper: NDArray[np.uint8]) -> None:
    """An array is averaged down as a file is, and one that no file may be is refused."""
    large = np.asarray(Image.fromarray(paper).resize((2000, 2400)))
    by_array, by_image = classifier.predict([large, Image.fromarray(large)])
    np.testing.assert_array_equal(by_array.image, by_image.image)
    with pytest.raises(
        mlpcli.MlpError, match=r"picture: a picture must have at most 65535 pixels on a"
    ):
        classifier.predict(np.zeros((1, 70000), np.uint8))


def test_labels_of_arrays(classifier: mlpcli.Classifier, images: NDArray[np.uint8]) -> None:
    """Images in one array give labels and probabilities, in whichever of the two shapes."""
    probabilities = classifier.predict_proba(images)
    assert ((40, 10), np.dtype(np.float32)) == (probabilities.shape, probabilities.dtype)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    flat = images.reshape(40, 784)
    np.testing.assert_array_equal(classifier.predict_proba(flat), probabilities)
    np.testing.assert_array_equal(classifier.predict_proba(flat.tolist()), probabilities)
    for labels in classifier.predict(images), classifier.predict(flat):
        assert np.int64 == labels.dtype
        np.testing.assert_array_equal(labels, probabilities.argmax(axis=1))
    assert (0,) == classifier.predict(images[:0]).shape
    assert (0, 10) == classifier.predict_proba(flat[:0]).shape


def test_several_digits(classifier: mlpcli.Classifier) -> None:
    """With `many` each digit of a picture has a prediction, from left to right."""
    paper = 250 - 230 * np.hstack([write(4, (120, 100)), write(7, (120, 100))])
    (several,) = classifier.predict([paper.astype(np.uint8)], many=True)
    assert ("47", 2) == (several.text, len(several.predictions))
    assert ["several-digits"] == [
        warning.code for warning in classifier.predict(paper.astype(np.uint8)).warnings
    ]


def test_readings_are_shown_briefly(
    classifier: mlpcli.Classifier, paper: NDArray[np.uint8]
) -> None:
    """A list of readings prints what they say, no arrays, and readings can be in a set."""
    readings = classifier.predict([paper, np.zeros((30, 30), np.uint8)])
    shown = "[<Reading picture 1: 7  (7 100.00 %)>, <Reading picture 2: –; warning: no ink found>]"
    assert shown == str(readings)
    assert 2 == len(set(readings))
    assert readings[0] != readings[1]


HEIGHT_AND_WIDTH = r"an array must be a picture, \(height, width\), or images, \(count, 28, 28\)"


@pytest.mark.parametrize(
    ("picture", "message"),
    [
        ("no.png", "no.png: cannot be read, No such file or directory"),
        (np.zeros((9, 9, 3), np.uint8), HEIGHT_AND_WIDTH),
        (np.zeros(784), HEIGHT_AND_WIDTH),
        (np.zeros((0, 9)), HEIGHT_AND_WIDTH),
        (
            np.full((9, 9), 256),
            r"must be grey levels, integers in \[0, 255\] or floats .*, got 256",
        ),
        (np.full((9, 9), -1), "must be grey levels, .*, got -1"),
        (np.linspace(0, 1.02, 81).reshape(9, 9), r"must be grey levels, .*, got 1\.02"),
        (np.full((9, 9), np.nan), "must be grey levels, .*, got nan"),
        (np.full((9, 9), 1j), "must be grey levels, .*, got complex128"),
        (np.full((3, 28, 28), 300), "images: must be grey levels, .*, got 300"),
        (Image.new("L", (0, 9)), "picture: cannot be read, "),
        (io.BytesIO(b"nothing"), "picture: not a picture that can be read"),
    ],
)
def test_pictures_that_cannot_be_read(
    classifier: mlpcli.Classifier, picture: object, message: str
) -> None:
    """What is no picture gives one line with what it must be and what it is."""
    with pytest.raises(mlpcli.MlpError, match=message):
        classifier.predict(picture)  # type: ignore[call-overload]  # the table holds several types


def test_picture_cut_short(
    classifier: mlpcli.Classifier, paper: NDArray[np.uint8], tmp_path: Path
) -> None:
    """A PIL image whose file turns out to be broken, or is closed, gives one line."""
    Image.fromarray(paper).save(tmp_path / "cut.bmp")
    content = (tmp_path / "cut.bmp").read_bytes()
    with (
        Image.open(io.BytesIO(content[: len(content) // 2])) as cut,
        pytest.raises(mlpcli.MlpError, match=r"^picture: cannot be read, "),
    ):
        classifier.predict(cut)
    with pytest.raises(mlpcli.MlpError, match=r"^picture: cannot be read, "):
        classifier.predict(cut)


def test_what_is_no_picture_at_all(classifier: mlpcli.Classifier, tmp_path: Path) -> None:
    """What no picture can be is a TypeError that says what can be."""
    (tmp_path / "text").write_text("7")
    with (tmp_path / "text").open() as text:
        for wrong in (None, 7, b"7", text, [[7]]):
            with pytest.raises(TypeError, match=r"must be a path, a file opened with 'rb', a PIL"):
                classifier.predict(wrong)  # type: ignore[arg-type]  # as mypy says, too


@pytest.mark.parametrize("shape", [(2, 27, 28), (28, 28), (2, 783), (784,), (2, 28, 28, 1)])
def test_images_of_another_size(classifier: mlpcli.Classifier, shape: tuple[int, ...]) -> None:
    """`predict_proba` says which two shapes images may have."""
    with pytest.raises(mlpcli.MlpError) as raised:
        classifier.predict_proba(np.zeros(shape, np.uint8))
    assert (f"images: must be (count, 28, 28) or (count, 784), got {list(shape)}") == str(
        raised.value
    )


class Listener(mlpcli.Callback):
    """Counts images, and notes epochs."""

    def __init__(self) -> None:
        self.images = 0
        self.results: list[mlpcli.EpochResult] = []

    def on_step(self, images: int, loss: float, seconds: float) -> None:
        """Count the images of a step."""
        self.images += images

    def on_epoch(self, result: mlpcli.EpochResult) -> None:
        """Note an epoch."""
        self.results.append(result)


@pytest.fixture
def config(config_file: Path, tmp_path: Path) -> mlpcli.Config:
    """Three epochs on 500 printed digits, and runs in a folder of this test."""
    return mlpcli.load_config(str(config_file), [f"output={tmp_path / 'runs'}"])


def test_load_config(config_file: Path) -> None:
    """A configuration is loaded by path or name; overrides win, and errors name them."""
    assert (784, 30, 10) == mlpcli.load_config(str(config_file)).model.layers
    config = mlpcli.load_config("mnist", ["seed=3", "training.epochs=5", "model.init=he"])
    assert (3, 5, "he") == (config.seed, config.training.epochs, config.model.init)
    with pytest.raises(mlpcli.MlpError, match=r"^--set: training\.epoch|^--set training\.epoch"):
        mlpcli.load_config("mnist", ["training.epoch=5"])
    with pytest.raises(mlpcli.MlpError, match=r"^nope: no such file, nor a shipped config"):
        mlpcli.load_config("nope")


def test_config_built_in_python() -> None:
    """A configuration may be built from plain values, and is closed to unknown keys."""
    config = mlpcli.Config.model_validate({"seed": 1, "model": {"layers": (784, 20, 10)}})
    assert (1, (784, 20, 10), 32) == (config.seed, config.model.layers, config.training.batch_size)
    with pytest.raises(ValueError, match="Extra inputs are not permitted"):
        mlpcli.Config.model_validate({"sed": 1})


def test_open_dataset(glyph_file: Path) -> None:
    """A data set is opened by path, or drawn by name; a missing one is named."""
    glyphs: mlpcli.Dataset = mlpcli.open_dataset(glyph_file, validation=100)
    assert (500, 100, 100) == (len(glyphs.train), len(glyphs.validation), len(glyphs.test))
    assert (784, tuple("0123456789")) == (glyphs.pixels, glyphs.classes)
    np.testing.assert_array_equal(
        mlpcli.open_dataset(str(glyph_file)).test.images, glyphs.test.images
    )
    drawn = mlpcli.open_dataset("synthetic", drawing=mlpcli.Drawing(train=20, test=10, seed=4))
    assert ((20, 28, 28), (10,)) == (drawn.train.images.shape, drawn.test.labels.shape)
    with pytest.raises(mlpcli.MlpError, match=r"^nope: cannot be read, .*known by name: mnist, "):
        mlpcli.open_dataset("nope")


@pytest.mark.usefixtures("glyphs")
def test_train(config: mlpcli.Config, tmp_path: Path, mlp: Mlp) -> None:
    """`train` makes a run that the command line evaluates, and tells callbacks all of it."""
    listener = Listener()
    run = mlpcli.train(config, callbacks=[listener])
    assert isinstance(run, mlpcli.Run)
    assert tmp_path / "runs" / "run" == run.directory
    assert 3 * 500 == listener.images
    assert [1, 2, 3] == [result.epoch for result in listener.results]
    log = [json.loads(line) for line in run.log.read_text().splitlines()]
    assert [result.model_dump() for result in listener.results] == log
    result = mlp("evaluate", "--weights", run.directory, "--data", config.data.path, "--json")
    assert 0 == result.exit_code, result.output
    evaluation = mlpcli.evaluate(run, str(config.data.path))
    assert evaluation.metrics.accuracy == json.loads(result.stdout)["accuracy"] > 0.9
    assert tmp_path / "runs" / "run-2" == mlpcli.train(config).directory


def test_train_on_a_data_set(config: mlpcli.Config, glyphs: mlpcli.Dataset, tmp_path: Path) -> None:
    """`train` takes a data set that is already open, and a directory."""
    nowhere = config.model_copy(
        update={"data": config.data.model_copy(update={"path": str(tmp_path / "no.npz")})}
    )
    run = mlpcli.train(nowhere, dataset=glyphs, out=tmp_path / "here")
    assert tmp_path / "here" == run.directory
    assert mlpcli.evaluate(run, glyphs).metrics.accuracy > 0.9
    with pytest.raises(mlpcli.MlpError, match=f"give --data {glyphs.name}"):
        mlpcli.evaluate(run)  # and not on any other data
    with pytest.raises(mlpcli.MlpError, match=r"here: the directory is not empty"):
        mlpcli.train(nowhere, dataset=glyphs, out=str(tmp_path / "here"))


def test_run_of_a_data_set_resumes(
    config: mlpcli.Config, glyphs: mlpcli.Dataset, mlp: Mlp, tmp_path: Path
) -> None:
    """The run of a data set that was given open names it, and so can go on."""
    elsewhere = config.model_copy(update={"data": mlpcli.load_config("quickstart").data})
    run = mlpcli.train(elsewhere, dataset=glyphs, out=tmp_path / "run")
    result = mlp("train", "--resume", run.directory, "--set", "training.epochs=4")
    assert 0 == result.exit_code, result.output
    drawn = mlpcli.open_dataset("synthetic", validation=30, drawing=mlpcli.Drawing(300, 60))
    run = mlpcli.train(config, dataset=drawn, out=tmp_path / "drawn")
    assert 60 == mlpcli.evaluate(run).metrics.count
    assert (300, 60, 30) == tuple(
        getattr(mlpcli.load_config(str(run.config)).data, key)
        for key in ("train", "test", "validation")
    )


def test_path_like_a_name(
    config: mlpcli.Config, glyph_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path that has the name of a known data set stays a path in its run."""
    monkeypatch.chdir(tmp_path)
    own = Path("mnist")
    own.write_bytes(glyph_file.read_bytes())
    glyphs = mlpcli.open_dataset(own, validation=100)
    run = mlpcli.train(config, dataset=glyphs, out="run")
    assert str(own.absolute()) == mlpcli.load_config(run.config).data.path
    evaluation = mlpcli.evaluate(run, own)
    assert (100, "./mnist") == (evaluation.metrics.count, evaluation.data)


@pytest.mark.parametrize(
    ("section", "values", "message"),
    [
        ("model", {"batch_norm": True, "layers": (784, 10)}, "model.batch_norm: must be false"),
        ("model", {"dropout": (0.1, 0.2)}, "model.dropout: must be a number or a list of 1"),
        ("model", {"layers": (784, 65536, 65536, 10)}, "model.layers: must give at most 500,0"),
        ("data", {"validation": 500}, "data.validation: must be less than data.train, 300"),
    ],
)
def test_train_checks_what_was_built_in_python(
    section: str, values: dict[str, object], message: str, tmp_path: Path
) -> None:
    """Keys that do not go together are refused, as in a file, and no run is made."""
    plain: dict[str, dict[str, object]] = {"data": {"name": "synthetic", "train": 300}}
    plain["data"]["validation"] = 100
    plain[section] = plain.get(section, {}) | values
    config = mlpcli.Config.model_validate({**plain, "output": str(tmp_path / "runs")})
    with pytest.raises(mlpcli.MlpError, match=f"^config {message}"):
        mlpcli.train(config)
    assert not (tmp_path / "runs").exists()


def test_train_needs_a_config() -> None:
    """The name of a configuration is to be loaded first."""
    with pytest.raises(
        TypeError, match=r"^train: config must be a Config, as load_config returns, got str$"
    ):
        mlpcli.train("quickstart")  # type: ignore[arg-type]  # as mypy says, too


def test_trainer(config: mlpcli.Config, glyphs: mlpcli.Dataset) -> None:
    """A trainer is walked through epoch by epoch, learns, and makes no file."""
    trainer, listener = mlpcli.Trainer(config, glyphs), Listener()
    losses = [result.train_loss for result in trainer.epochs([listener])]
    assert losses == [result.train_loss for result in listener.results]
    assert losses[2] < losses[0] / 2
    assert trainer.finished
    assert not Path(config.output).exists()


def test_a_callback_ends_a_training(config: mlpcli.Config, glyphs: mlpcli.Dataset) -> None:
    """What a callback raises comes out where the epochs are walked through."""

    class Impatient(mlpcli.Callback):
        def on_step(self, images: int, loss: float, seconds: float) -> None:
            if trainer.step == 7:
                raise LookupError("enough")

    trainer = mlpcli.Trainer(config, glyphs)
    with pytest.raises(LookupError, match="enough"):
        list(trainer.epochs([Impatient()]))
    assert 7 == trainer.step


def test_load(config: mlpcli.Config, glyphs: mlpcli.Dataset) -> None:
    """Weights are loaded from a run, its directory or a file, and several are averaged."""
    runs = [
        mlpcli.train(config.model_copy(update={"seed": seed}), dataset=glyphs) for seed in (1, 2)
    ]
    images = glyphs.test.images
    places = (runs[0], runs[0].directory, str(runs[0].directory), runs[0].best)
    first, *others = [mlpcli.load(place).predict_proba(images) for place in places]
    for other in others:
        np.testing.assert_array_equal(first, other)
    second = mlpcli.load(runs[1]).predict_proba(images)
    together = mlpcli.load(*runs).predict_proba(images)
    np.testing.assert_allclose(together, (first + second) / 2, atol=1e-6)
    with pytest.raises(mlpcli.MlpError, match=r"the classes and the preprocessing must be the"):
        mlpcli.load(runs[0], "bundled")


def test_load_what_is_not_there(tmp_path: Path) -> None:
    """Without weights `load` says what is missing."""
    with pytest.raises(
        TypeError, match=r"^load: must be given a run's directory, .*, got nothing$"
    ):
        mlpcli.load()
    with pytest.raises(mlpcli.MlpError, match=r"nowhere: cannot be read as mlp weights"):
        mlpcli.load(tmp_path / "nowhere")
    with pytest.raises(mlpcli.MlpError, match=r"must be weights, the directory of a run or a"):
        mlpcli.load(mlpcli.Run(tmp_path))


def test_evaluate(trained: Path, glyph_file: Path, glyphs: mlpcli.Dataset) -> None:
    """A classifier, a run or a file is evaluated on a data set, a path or a named one."""
    classifier = mlpcli.load(trained)
    evaluation: mlpcli.Evaluation = mlpcli.evaluate(classifier, glyphs)
    right = classifier.predict(glyphs.test.images) == glyphs.test.labels
    assert right.mean() == evaluation.metrics.accuracy
    np.testing.assert_array_equal(np.flatnonzero(~right), np.sort(evaluation.mistakes()))
    for weights in (trained, mlpcli.Run(trained), str(trained / "best.npz")):
        again = mlpcli.evaluate(weights, glyph_file)
        np.testing.assert_array_equal(again.confidence, evaluation.confidence)
    assert 100 == len(mlpcli.evaluate(trained, glyphs, "validation").split)
    assert 700 == len(mlpcli.evaluate(trained, glyph_file, "all").split)
    assert len(repr(evaluation)) < 200


@pytest.mark.slow  # 10,000 digits are drawn
def test_evaluate_on_a_named_data_set(trained: Path) -> None:
    """The name of a data set will do."""
    assert 0.1 < mlpcli.evaluate(trained, "synthetic").metrics.accuracy < 1


def test_evaluate_what_cannot_be(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another split, missing data, and weights that only name a path are refused."""
    with pytest.raises(ValueError, match=r"^evaluate: split must be one of train, .*, got 'tset'$"):
        mlpcli.evaluate(trained, split="tset")  # type: ignore[arg-type]  # as mypy says, too
    with pytest.raises(mlpcli.MlpError, match=r"^nope: cannot be read"):
        mlpcli.evaluate("bundled", "nope")
    with pytest.raises(
        mlpcli.MlpError, match=r"a path that only a weights file names is not opened"
    ):
        mlpcli.evaluate(trained)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(mlpcli.MlpError, match=r"mnist: cannot be read, No such file or directory"):
        mlpcli.evaluate("bundled", Path("mnist"))  # a folder, not the data set of that name


def test_version() -> None:
    """The version is the distribution's."""
    assert version("mlpcli") == mlpcli.__version__


def python(code: str, folder: Path) -> str:
    """Return what a program of its own prints, in which warnings are errors."""
    command = [sys.executable, "-W", "error", "-c", code]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def test_the_door_costs_nothing(tmp_path: Path) -> None:
    """`import mlpcli` alone loads neither NumPy nor pydantic nor click."""
    code = "import mlpcli, sys; print({'numpy', 'pydantic', 'click', 'PIL'} & {*sys.modules})"
    assert "set()\n" == python(code, tmp_path)


def test_training_on_arrays_needs_no_pillow(tmp_path: Path) -> None:
    """What trains on a data set of arrays loads no Pillow, which only pictures need."""
    code = "import mlpcli.training.session, sys; print('PIL' in sys.modules)"
    assert "False\n" == python(code, tmp_path)


def test_every_name_is_offered(tmp_path: Path) -> None:
    """`dir` lists every name before it is loaded, and a star imports them all."""
    code = (
        "import mlpcli; before = dir(mlpcli); from mlpcli import *; "
        "print([n for n in mlpcli.__all__ if n not in before or n not in globals()])"
    )
    assert "[]\n" == python(code, tmp_path)
    for name in mlpcli.__all__:
        assert getattr(mlpcli, name) is getattr(mlpcli, name)


def test_unknown_name() -> None:
    """A name that is not offered is an AttributeError, as of any module."""
    with pytest.raises(AttributeError, match=r"^module 'mlpcli' has no attribute 'lod'$"):
        mlpcli.lod  # type: ignore[attr-defined]  # noqa: B018  # as mypy says, too


SCRIPT = """
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import mlpcli
from mlpcli.nn import CrossEntropy, Linear, Network, Sgd, Sigmoid, Softmax


class Printer(mlpcli.Callback):
    def on_epoch(self, result: mlpcli.EpochResult) -> None:
        print(result.epoch, result.validation_accuracy)


def use(pixels: NDArray[np.uint8], images: NDArray[np.float32]) -> float:
    classifier: mlpcli.Classifier = mlpcli.load("bundled", Path("runs/mnist"))
    reading: mlpcli.Reading = classifier.predict("seven.png", many=True)
    others = [classifier.predict(Path("a.png")), classifier.predict(BytesIO())]
    others += classifier.predict([pixels, Image.fromarray(pixels), "a.png"], tta=False)
    label: int = reading.label
    name: str = others[0].name
    probability: float = reading.probability
    texts: list[str] = [warning.text for warning in reading.warnings]
    labels: NDArray[np.int64] = classifier.predict(images)
    right = (classifier.predict(images) == labels).sum()
    rows: NDArray[np.float32] = classifier.predict_proba(images)
    print(label, name, probability, texts, right, rows.sum(axis=1), reading.image.shape)

    config: mlpcli.Config = mlpcli.load_config("quickstart", ["seed=1"])
    drawing = mlpcli.Drawing(train=100, test=10)
    dataset: mlpcli.Dataset = mlpcli.open_dataset("synthetic", drawing=drawing)
    for result in mlpcli.Trainer(config, dataset).epochs([Printer()]):
        loss: float = result.train_loss
        print(loss)
    run: mlpcli.Run = mlpcli.train(config, dataset=dataset, out="run", callbacks=[Printer()])
    try:
        evaluation: mlpcli.Evaluation = mlpcli.evaluate(run, dataset, "test")
    except mlpcli.MlpError as error:
        print(mlpcli.__version__, error)
        return 0.0
    mlpcli.evaluate(classifier, Path("digits.npz"))
    return evaluation.metrics.accuracy


def walk(inputs: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    layers = [Linear(784, 100), Sigmoid(), Linear(100, 10), Softmax()]
    network, loss = Network(layers[:-1]), CrossEntropy()
    value: float = loss.forward(network.forward(inputs), labels)
    network.backward(loss.backward())
    Sgd(network.parameters, network.weight_count).step(network.gradients, learning_rate=0.1)
    return value
"""


@pytest.mark.slow  # mypy reads the whole program
def test_types(tmp_path: Path) -> None:
    """A script that uses every name passes `mypy --strict`, without any of our settings."""
    assert all(f"mlpcli.{name}" in SCRIPT for name in mlpcli.__all__)
    (tmp_path / "script.py").write_text(SCRIPT)
    command = [sys.executable, "-m", "mypy", "--strict", "script.py"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert 0 == result.returncode, result.stdout + result.stderr
