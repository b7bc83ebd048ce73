"""Whether a network fits its data."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mlpcli.config import Config
from mlpcli.datasets import Dataset, Split, open_dataset
from mlpcli.errors import ConfigError, DataError
from mlpcli.runs.checkpoint import load_checkpoint
from mlpcli.training.checks import fit_to_data, schedule_notes, split_notes
from mlpcli.training.trainer import Trainer
from tests.conftest import Mlp
from tests.support.configs import load
from tests.support.formats import write_pictures

PETS = ("cat", "dog", "horse")


def pets(train: str, validation: str = "", side: int = 4) -> Dataset:
    """Return black images of pets, whose labels are the digits of each text."""
    train_split, validation_split, test = (
        Split(np.zeros((len(text), side, side), np.uint8), np.array([*map(int, text)], np.int64))
        for text in (train, validation, "012")
    )
    return Dataset("pets", train_split, validation_split, test, PETS, "scale", "")


def misfits(config: Config, dataset: Dataset) -> list[str]:
    """Return what does not fit."""
    with pytest.raises(ConfigError) as caught:
        fit_to_data(config, dataset)
    return list(caught.value.lines)


def test_open_sizes_become_those_of_the_data() -> None:
    """A configuration built in Python has integers for all sizes once the data are there."""
    config = fit_to_data(Config(), pets("0120120", "01"))
    assert ((16, 100, 3), 2) == (config.model.layers, config.data.validation)
    assert config == Trainer(Config(), pets("0120120", "01")).config


def test_misfits_with_their_places(tmp_path: Path) -> None:
    """The first and last of the layers are named with file, line and what to write instead."""
    begin = (
        "must begin with 16, because the images are 4×4 = 16 pixels, got 784; write input in its"
    )
    end = (
        "must end with 3, because the classes are cat, dog, horse (3), got 10; write classes in its"
    )
    text = "data: {path: pets}\nmodel:\n  layers: [784, 100, 10]\n"
    assert [
        f"{tmp_path}/c.yaml:3:12: model.layers {begin} place",
        f"{tmp_path}/c.yaml:3:22: model.layers {end} place",
    ] == misfits(load(tmp_path, text), pets("012"))
    given = load(tmp_path, text, "model.layers=[784, 100, 10]")
    assert [
        f"--set model.layers: {begin} place",
        f"--set model.layers: {end} place",
    ] == misfits(given, pets("012"))
    built = Config.model_validate({"model": {"layers": (784, 100, 10)}})
    assert [
        f"model.layers {begin} place",
        f"model.layers {end} place",
    ] == misfits(built, pets("012"))


def test_early_stopping_without_validation(tmp_path: Path) -> None:
    """Early stopping is refused where a sixth of the images is none."""
    text = "data: {path: pets}\ntraining:\n  early_stopping: {patience: 5}\n"
    assert [
        f"{tmp_path}/c.yaml:3:19: training.early_stopping must be null where no images are held "
        "out for validation, got {patience: 5}; set data.validation"
    ] == misfits(load(tmp_path, text), pets("01201"))


def test_class_weights_of_open_classes(tmp_path: Path) -> None:
    """A list of class weights is counted once the classes are known."""
    config = load(tmp_path, "data: {path: pets}\ntraining:\n  class_weights: [1, 2]\n")
    assert [
        f"{tmp_path}/c.yaml:3:18: training.class_weights must be balanced or a list of 3, one for "
        "each class, got [1.0, 2.0]"
    ] == misfits(config, pets("012"))
    assert fit_to_data(
        load(tmp_path, "data: {path: pets}\ntraining: {class_weights: [1, 2, 3]}"), pets("012")
    )


def test_too_many_weights_for_large_images(tmp_path: Path) -> None:
    """The weights are counted again with the sizes of the data."""
    config = load(tmp_path, "data: {path: pets}\nmodel: {hidden: [65536]}")
    assert [
        f"{tmp_path}/c.yaml:2:8: model.layers must give at most 500,000,000 weights, "
        "got 655,556,608"
    ] == misfits(config, pets("012", side=100))


def test_images_that_are_too_large() -> None:
    """Images with more pixels than a layer may have are refused."""
    message = "^pets: images must have at most 65,536 pixels, got 300×300 = 90000$"
    with pytest.raises(DataError, match=message):
        fit_to_data(Config(), pets("012", side=300))


def test_classes_missing_in_a_split() -> None:
    """A note names the classes that only training or only validation images have."""
    held_out = "the last 2 training images are held out"
    assert [] == list(split_notes(pets("012", "102")))
    assert [] == list(split_notes(pets("0", "")))
    assert [f"note: no image of cat, dog is for validation: {held_out}"] == list(
        split_notes(pets("00112", "22"))
    )
    assert [
        f"note: no image of horse is to train on: {held_out}",
        f"note: no image of cat, dog is for validation: {held_out}",
    ] == list(split_notes(pets("0011", "22")))


def test_mostly_white_images() -> None:
    """Images of dark ink on white paper are noted, because networks learn them badly."""
    white = pets("012", "102")
    paper = replace(white, train=replace(white.train, images=255 - white.train.images // 9))
    (note,) = split_notes(paper)
    assert note.startswith("note: the images are mostly white, ")


def test_early_stopping_and_schedule() -> None:
    """Early stopping beside a schedule that depends on the length of the run is noted."""
    stopping = {"early_stopping": {"patience": 3}}
    for schedule, notes in (("one-cycle", 1), ("cosine", 1), ("constant", 0), ("step", 0)):
        training = {"schedule": {"name": schedule}}
        for more, count in (({}, 0), (stopping, notes)):
            config = Config.model_validate({"training": training | more})
            assert count == len(list(schedule_notes(config)))


def test_a_folder_of_pets(mlp: Mlp, tmp_path: Path) -> None:
    """A folder of cats and dogs trains without arithmetic, and its run holds plain numbers."""
    write_pictures(tmp_path / "pets", "cat dog", count=12)
    few = ["--set", "training.epochs=1", "--quiet"]
    train = ["train", "--config", "mnist", "--set", "data.path=pets", *few]
    assert 0 == mlp(*train, "--out", "run").exit_code
    written = load(tmp_path, Path("run/config.yaml").read_text())
    assert ((784, 256, 128, 2), 3) == (written.model.layers, written.data.validation)
    saved = load_checkpoint(Path("run/best.npz"))
    assert [784, 256, 128, 2] == saved.metadata.config.model.layers
    assert written.model == saved.config.model
    resumed = mlp("train", "--resume", "run")
    assert (0, True) == (resumed.exit_code, "test accuracy" in resumed.stdout)
    begun = mlp(*train, "--out", "other", "--from", "run", "--set", "model.hidden=[256, 128]")
    assert 0 == begun.exit_code
    compared = json.loads(mlp("compare", "run", "other", "--data", "pets", "--json").stdout)
    assert not [change for change in compared["config"] if "model" in str(change)]
    assert 0 == mlp("train", "--config", "mnist", "--set", "data.path=pets", "--dry-run").exit_code


def test_validation_images_of_files(mlp: Mlp, tmp_path: Path) -> None:
    """Validation images that files hold are the ones that are held out, unless a number is given."""
    x, y = np.zeros((12, 4, 4), np.uint8), np.arange(12) % 2
    np.savez(tmp_path / "v.npz", x_train=x, y_train=y, x_val=x[:5], y_val=y[:5], x_test=x, y_test=y)
    train = ["train", "--config", "mnist", "--quiet", "--set", "data.path=v.npz"]
    for options, expected in (([], 5), (["--set", "data.validation=3"], 3)):
        run = f"run-{expected}"
        assert 0 == mlp(*train, *options, "--out", run).exit_code
        assert expected == load_checkpoint(Path(run, "best.npz")).config.data.validation
        split = ("--data", "v.npz", "--split", "validation")
        assert f" of {expected}), " in mlp("evaluate", "--weights", run, *split).stdout
    assert 5 == len(open_dataset("v.npz", validation="auto").validation)
    assert 0 == len(open_dataset("v.npz").validation)


def test_gradcheck_of_open_sizes(mlp: Mlp, tmp_path: Path) -> None:
    """The gradients of a network are checked with the sizes of its data."""
    write_pictures(tmp_path / "pets", "cat dog")
    (tmp_path / "my.yaml").write_text("data: {path: pets}\nmodel: {hidden: [9]}\n")
    result = mlp("gradcheck", "--config", "my.yaml")
    assert 0 == result.exit_code
    assert "9 × 2 " in result.stdout


def test_notes_of_sorted_arrays(mlp: Mlp, tmp_path: Path) -> None:
    """Arrays that are sorted by class are mixed, and a note on stderr says so."""
    images, labels = np.arange(12 * 16, dtype=np.uint8).reshape(12, 4, 4), np.arange(12) // 6
    np.savez(tmp_path / "s.npz", x_train=images, y_train=labels, x_test=images, y_test=labels)
    result = mlp("train", "--config", "mnist", "--set", "data.path=s.npz", "--dry-run")
    note = "note: s.npz: the training images are sorted by class, read in another order\n"
    assert result.stderr.startswith(note)
    dataset = open_dataset("s.npz", validation=6)
    assert {0, 1} == {*dataset.validation.labels.tolist()}
    whole = dataset.split("all")
    np.testing.assert_array_equal(whole.images[:, 0, 0] >= 96, whole.labels == 1)
