"""Runs that go on after an interruption, and runs that begin with trained weights."""

import math
import re
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from mlpcli.cli.main import cli
from mlpcli.config import load_config, to_yaml
from mlpcli.datasets import Dataset
from mlpcli.runs.checkpoint import load_checkpoint, save_checkpoint
from mlpcli.runs.directory import Run
from mlpcli.training.trainer import Trainer
from tests.conftest import Mlp
from tests.support.cached_copies import forge
from tests.support.checkpoints import metadata_of, rewrite
from tests.support.checkpoints import write as write_checkpoint
from tests.support.compiled import needs_numba
from tests.support.runs import ADAMW, EVERYTHING, MOMENTUM, PLAIN, interrupted, log, write_config

COMPILED = "compiled: true\nthreads: 2\n"
RECIPES: dict[str, object] = {
    "everything": EVERYTHING,
    "momentum": MOMENTUM,
    "adamw": ADAMW,
    "plain": PLAIN,
    "compiled everything": pytest.param(EVERYTHING + COMPILED, marks=needs_numba),
    "compiled momentum": pytest.param(MOMENTUM + COMPILED, marks=needs_numba),
}


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory: pytest.TempPathFactory, glyph_file: Path) -> Callable[[str], Path]:
    """Return, for each configuration, a run that was not interrupted, trained once."""

    @cache
    def trained(text: str) -> Path:
        folder = tmp_path_factory.mktemp("whole")
        words = ["train", "--config", str(write_config(folder, glyph_file, text))]
        result = CliRunner().invoke(cli, [*words, "--out", str(folder / "run")])
        assert 0 == result.exit_code, result.output
        return folder / "run"

    return trained


@pytest.mark.parametrize(
    ("epochs", "steps", "where"),
    [
        (0, 0, ""),
        (1, 0, " after epoch 1"),
        (3, 0, " after epoch 3"),
        (0, 1, " in epoch 1, after step 1 of "),
        (2, 7, " in epoch 3, after step 7 of "),
        (3, -1, " in epoch 4, after step "),
    ],
)
@pytest.mark.parametrize("text", RECIPES.values(), ids=RECIPES)
def test_same_run(
    mlp: Mlp,
    tmp_path: Path,
    glyph_file: Path,
    whole_run: Callable[[str], Path],
    text: str,
    epochs: int,
    steps: int,
    where: str,
) -> None:
    """A run that was stopped and resumed has the weights and log of one that was not."""
    config_file, whole = write_config(tmp_path, glyph_file, text), whole_run(text)
    steps_per_epoch = math.ceil(500 / load_config(str(config_file)).training.batch_size)
    steps %= steps_per_epoch + 1  # -1: all are done, but the validation is not
    halted = interrupted(config_file, tmp_path / "halted", epochs, steps)
    result = mlp("train", "--resume", halted)
    assert result.exit_code == 0, result.output
    assert result.stderr.startswith(f"run directory: {halted}, resumed{where}")
    assert log(whole) == log(halted)
    for name in ("best.npz", "last.npz"):
        first, second = (load_checkpoint(run / name) for run in (whole, halted))
        assert set(first.arrays) == set(second.arrays)
        for key, array in first.arrays.items():
            assert array.tobytes() == second.arrays[key].tobytes(), key


def test_finished_run(mlp: Mlp, trained: Path) -> None:
    """A finished run that is resumed prints its result again."""
    before = (trained / "last.npz").read_bytes()
    result = mlp("train", "--resume", trained, "--quiet")
    assert result.exit_code == 0
    assert result.stdout.startswith("test accuracy ")
    assert before == (trained / "last.npz").read_bytes()


def test_longer_run(mlp: Mlp, tmp_path: Path, glyph_file: Path) -> None:
    """A run can be made longer if its schedule does not depend on the number of epochs."""
    config_file = write_config(tmp_path, glyph_file)
    long = interrupted(write_config(tmp_path, glyph_file), tmp_path / "long", 4)
    result = mlp("train", "--resume", long, "--set", "training.epochs=6")
    assert result.exit_code == 0, result.output
    mlp("train", "--config", config_file, "--set", "training.epochs=6", "--out", "whole")
    assert log(tmp_path / "whole") == log(long)
    assert 6 == load_config(str(long / "config.yaml")).training.epochs


def test_longer_run_that_fades(mlp: Mlp, tmp_path: Path, glyph_file: Path) -> None:
    """A run whose warps fade towards its end cannot be made longer."""
    text = f"{PLAIN}augmentation: {{shift: 1, fade: 0.5}}\n"
    begun = interrupted(write_config(tmp_path, glyph_file, text), tmp_path / "begun", 1)
    result = mlp("train", "--resume", begun, "--epochs", "9")
    assert 2 == result.exit_code
    assert "training.epochs must stay 4, because augmentation.fade depends on it" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (
            ["--set", "training.epochs=9"],
            2,
            "training.epochs must stay 4, because the one-cycle schedule",
        ),
        (["--set", "training.batch_size=9"], 2, "--set: only training.epochs may change in a run"),
        (
            ["--out", "x"],
            2,
            "--resume takes only --epochs N, --data, --quiet, --report, --tensorboard and --json",
        ),
        (["--config", "mnist"], 2, "give FILE_OR_NAME, such as mnist, or --resume DIR"),
    ],
)
def test_another_run(
    mlp: Mlp, tmp_path: Path, glyph_file: Path, arguments: list[str], code: int, message: str
) -> None:
    """A change that would make it another run is refused, and the run stays unchanged."""
    run = interrupted(write_config(tmp_path, glyph_file, EVERYTHING), tmp_path / "run", 1)
    before = {path.name: path.read_bytes() for path in run.iterdir()}
    result = mlp("train", "--resume", run, *arguments)
    assert code == result.exit_code
    assert message in result.stderr
    assert before == {path.name: path.read_bytes() for path in run.iterdir()}


def test_divergence_leaves_the_best(mlp: Mlp, tmp_path: Path, glyph_file: Path) -> None:
    """A run whose loss overflows ends with epoch, step and advice, and keeps what it had saved."""
    run = interrupted(write_config(tmp_path, glyph_file), tmp_path / "run", 2)
    velocity = load_checkpoint(run / "last.npz").arrays["resume.velocity"]
    rewrite(run / "last.npz", {"resume.velocity": 1e30 * velocity})
    before = {path.name: path.read_bytes() for path in run.glob("*.npz")}
    result = mlp("train", "--resume", run)
    assert result.exit_code == 1
    assert f"weights kept: {run}/best.npz, {run}/last.npz\n" in result.stderr
    (*_, last) = result.stderr.splitlines()
    assert re.fullmatch(
        r"epoch 3, step \d+: the loss must stay finite, got (nan|inf) at learning rate 0.1; lower "
        r"training.optimizer.learning_rate or set training.gradient_clip",
        last,
    )
    assert before == {path.name: path.read_bytes() for path in run.glob("*.npz")}


def test_no_run(mlp: Mlp, tmp_path: Path) -> None:
    """A folder without a run gives one line."""
    result = mlp("train", "--resume", tmp_path)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"{tmp_path}: must be the directory of a run, but holds no con")


def test_other_data(mlp: Mlp, tmp_path: Path, glyph_file: Path) -> None:
    """A run does not go on with other data than it began with."""
    data = tmp_path / "data.npz"
    data.write_bytes(glyph_file.read_bytes())
    run = interrupted(write_config(tmp_path, data), tmp_path / "run", 1)
    with np.load(glyph_file) as file:
        np.savez(data, **{name: file[name][::-1] for name in file.files})
    result = mlp("train", "--resume", run)
    assert result.exit_code == 1
    assert f"{run}/last.npz: the data must be the same as when the run began" in result.stderr


def test_forged_copy(
    mlp: Mlp, tmp_path: Path, glyph_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run goes on with the data it began with, whatever a copy in the cache has become."""
    monkeypatch.setenv("MLP_CACHE", str(tmp_path))
    run = interrupted(write_config(tmp_path, glyph_file), tmp_path / "run", 1)
    (copy,) = (tmp_path / "mlpcli-cache" / "datasets").iterdir()
    images = np.load(copy / "train-images.npy")
    inverted = np.concatenate([255 - images[:300], images[300:]])
    np.save(copy / "train-images.npy", inverted)
    forge(copy, images=zlib.crc32(inverted.data))
    assert mlp("train", "--resume", run).exit_code == 0
    np.testing.assert_array_equal(images, np.load(copy / "train-images.npy"))
    plain = Run(tmp_path / "plain")
    assert mlp("train", "--config", tmp_path / "c.yaml", "--out", plain.directory).exit_code == 0
    expected, found = (load_checkpoint(each / "last.npz") for each in (plain.directory, run))
    assert metadata_of(expected.path)["weights_sha256"] == metadata_of(found.path)["weights_sha256"]


def test_weights_without_slots(mlp: Mlp, tmp_path: Path, glyph_file: Path) -> None:
    """A last.npz that lacks what resuming needs is refused with the name of what is missing."""
    run = interrupted(write_config(tmp_path, glyph_file), tmp_path / "run", 1)
    checkpoint = load_checkpoint(run / "last.npz")
    arrays = {name: array for name, array in checkpoint.arrays.items() if "resume" not in name}
    write_checkpoint(run / "last.npz", arrays, metadata_of(checkpoint.path))
    result = mlp("train", "--resume", run)
    assert result.exit_code == 1
    assert f"{run}/last.npz: the array resume.velocity is missing\n" == result.stderr


def test_fewer_epochs_than_done(mlp: Mlp, tmp_path: Path, glyph_file: Path) -> None:
    """A run cannot be made shorter than it is, and stays as it is."""
    run = interrupted(write_config(tmp_path, glyph_file), tmp_path / "run", 3)
    result = mlp("train", "--resume", run, "--set", "training.epochs=2")
    assert result.exit_code == 2
    message = "training.epochs must be at least 3, because that many have begun, got 2\n"
    assert message == result.stderr
    assert 4 == load_config(str(run / "config.yaml")).training.epochs


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("relu", "gelu"), "model.activation must be relu, as when the run began, got gelu from"),
        (("batch_size: 20", "batch_size: 30"), "training.batch_size must be 20, as when the run"),
    ],
)
def test_changed_configuration(
    mlp: Mlp, tmp_path: Path, glyph_file: Path, change: tuple[str, str], message: str
) -> None:
    """A run whose config.yaml was changed meanwhile does not go on as another one."""
    run = interrupted(write_config(tmp_path, glyph_file), tmp_path / "run", 1)
    text = (run / "config.yaml").read_text()
    assert change[0] in text
    (run / "config.yaml").write_text(text.replace(*change))
    result = mlp("train", "--resume", run)
    assert result.exit_code == 1
    assert f"{run}/last.npz: {message}" in result.stderr


OPTIONAL = {
    "augmentation": "{rotation: 90.0, shift: 10.0}",
    "class_weights": "balanced",
    "early_stopping": "{patience: 1}",
    "gradient_clip": "0.5",
    "weight_average": "0.9",
}


@pytest.mark.parametrize("later", [True, False], ids=["added", "removed"])
@pytest.mark.parametrize("key", OPTIONAL)
def test_optional_sections(
    mlp: Mlp, tmp_path: Path, glyph_file: Path, key: str, *, later: bool
) -> None:
    """A run does not resume with optional settings added or removed."""
    name = key if key == "augmentation" else f"training.{key}"
    setting = f"{name}={OPTIONAL[key]}"
    config = tmp_path / "run.yaml"
    config.write_text(to_yaml(load_config(str(write_config(tmp_path, glyph_file)))))
    changed = tmp_path / "changed.yaml"
    changed.write_text(to_yaml(load_config(str(config), [setting])))
    began, now = (config, changed) if later else (changed, config)
    run = interrupted(began, tmp_path / "run", 1)
    (run / "config.yaml").write_text(now.read_text())
    before = {path.name: path.read_bytes() for path in run.iterdir()}
    result = mlp("train", "--resume", run)
    assert result.exit_code == 1
    then, got = ("null", "") if later else ("", "null")
    assert f"{run}/last.npz: {name} must be {then}" in result.stderr
    assert f", as when the run began, got {got}" in result.stderr
    assert before == {path.name: path.read_bytes() for path in run.iterdir()}


@pytest.mark.parametrize("text", ["class_weights: balanced", f"class_weights: {[2, *[0.5] * 9]}"])
def test_class_weights_survive(mlp: Mlp, tmp_path: Path, glyph_file: Path, text: str) -> None:
    """A run with class weights, and one that stops by the loss, resumes to the same weights."""
    stopping = "early_stopping: {patience: 9, metric: loss, min_delta: 0.05}"
    text = PLAIN.replace("epochs: 4", f"epochs: 3, {text}, {stopping}")
    config_file = write_config(tmp_path, glyph_file, text)
    run = interrupted(config_file, tmp_path / "run", 1, 5)
    assert f"  {stopping}\n" in (run / "config.yaml").read_text()
    assert 0 == mlp("train", "--resume", run).exit_code
    assert 0 == mlp("train", "--config", config_file, "--out", "whole").exit_code
    assert log(Path("whole")) == log(run)
    for name in ("best.npz", "last.npz"):
        whole, resumed = metadata_of(Path("whole") / name), metadata_of(run / name)
        assert whole["weights_sha256"] == resumed["weights_sha256"]
        assert whole["epoch"] == resumed["epoch"]


def test_another_choice(mlp: Mlp, tmp_path: Path, glyph_file: Path) -> None:
    """Another optimizer is refused, and so is a key that only one within a section has."""
    run = interrupted(write_config(tmp_path, glyph_file, EVERYTHING), tmp_path / "run", 1)
    text = (run / "config.yaml").read_text()
    for old, new, message in (
        ("elastic: {alpha: 20.0, sigma: 4.0}", "elastic: null", "augmentation.elastic must be {al"),
        (
            "{name: one-cycle, warmup: 0.25}",
            "{name: cosine}",
            "training.schedule.name must be one-",
        ),
        ("warmup: 0.25", "warmup: 0.5", "training.schedule.warmup must be 0.25, as when the run"),
    ):
        assert old in text
        (run / "config.yaml").write_text(text.replace(old, new))
        assert f"{run}/last.npz: {message}" in mlp("train", "--resume", run).stderr


def test_changed_length(mlp: Mlp, tmp_path: Path, glyph_file: Path) -> None:
    """Nor can the epochs be changed in config.yaml where the schedule depends on them."""
    run = interrupted(write_config(tmp_path, glyph_file, EVERYTHING), tmp_path / "run", 1)
    text = (run / "config.yaml").read_text()
    (run / "config.yaml").write_text(text.replace("epochs: 4", "epochs: 5"))
    result = mlp("train", "--resume", run)
    assert result.exit_code == 2
    assert "training.epochs must stay 4, because the one-cycle schedule" in result.stderr


def test_another_place(
    mlp: Mlp, tmp_path: Path, glyph_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run goes on after it was moved, and whatever MLP_DATA says; a stale log is put right."""
    run = interrupted(write_config(tmp_path, glyph_file), tmp_path / "run", 1)
    with (run / "log.jsonl").open("a") as file:
        file.write('{"epoch": 2}\n')
    moved = run.rename(tmp_path / "moved")
    monkeypatch.setenv("MLP_DATA", str(tmp_path / "elsewhere"))
    assert mlp("train", "--resume", moved).exit_code == 0
    assert [1, 2, 3, 4] == [line["epoch"] for line in log(moved)]


def test_how_often_it_is_saved(mlp: Mlp, tmp_path: Path, glyph_file: Path) -> None:
    """How often a run is saved within an epoch may change in config.yaml, for it changes no result."""
    run = interrupted(write_config(tmp_path, glyph_file), tmp_path / "run", 1)
    text = (run / "config.yaml").read_text()
    assert "checkpoint_every: 300.0" in text
    (run / "config.yaml").write_text(text.replace("300.0", "0.001"))
    assert mlp("train", "--resume", run).exit_code == 0


def test_newer_keys(mlp: Mlp, tmp_path: Path, glyph_file: Path) -> None:
    """A run that began before there was some key goes on with the key's default."""
    run = interrupted(write_config(tmp_path, glyph_file), tmp_path / "run", 1)
    config = metadata_of(run / "last.npz")["config"]
    del config["training"]["weight_average"]
    rewrite(run / "last.npz", {}, config=config)
    assert mlp("train", "--resume", run).exit_code == 0


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({"history": None}, "the metadata must hold history, a list, got None"),
        ({"history": [3]}, "epoch 1 of the metadata's history must hold the numbers epoch, "),
        ({"history": [{"epoch": 1}]}, "epoch 1 of the metadata's history must hold the numbers"),
        ({"threads": {}}, "the metadata must hold threads.training, an int, got None"),
        (
            {"under_way": {"steps": 3, "loss_sum": 1.0, "seconds": 0.0}},
            "the metadata's under_way must hold the steps, loss sum and seconds of an unfinished epoch, got steps=3 loss_sum=1.0 seconds=0.0",
        ),
        ({"from": 3}, "the metadata must hold from, a dict, got 3"),
        ({"data": {"fingerprint": "a"}}, "the metadata must hold data.name, a str, got None"),
        (
            {"data": {"name": "x", "fingerprint": "a\nb"}},
            "the data must be the same as when the run began",
        ),
        ({"config": {"data": 3}}, "the metadata must hold config.model, a dict, got None"),
    ],
)
def test_odd_metadata(
    mlp: Mlp, tmp_path: Path, glyph_file: Path, metadata: dict[str, object], message: str
) -> None:
    """Metadata that make no sense give one line, and the run stays as it is."""
    run = interrupted(write_config(tmp_path, glyph_file), tmp_path / "run", 1)
    rewrite(run / "last.npz", {}, **metadata)
    before = {path.name: path.read_bytes() for path in run.iterdir()}
    result = mlp("train", "--resume", run)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"{run}/last.npz: {message}")
    assert 1 == result.stderr.count("\n")
    assert before == {path.name: path.read_bytes() for path in run.iterdir()}


def test_threads_are_those_it_began_with(tmp_path: Path, glyphs: Dataset) -> None:
    """The number of threads that was chosen when a run began is kept when it goes on."""
    config = load_config(str(write_config(tmp_path, Path("x"))))
    trainer = Trainer(config, glyphs)
    save_checkpoint(tmp_path / "w.npz", *trainer.state_dict())
    rewrite(tmp_path / "w.npz", {}, threads={"training": 7, "evaluation": 5})
    other = Trainer(config, glyphs)
    other.load_state_dict(load_checkpoint(tmp_path / "w.npz"))
    assert (7, 5) == (other.threads, other.evaluation_threads)


@pytest.mark.parametrize("text", [EVERYTHING, PLAIN], ids=["everything", "plain"])
def test_from_and_resume(mlp: Mlp, tmp_path: Path, glyph_file: Path, text: str) -> None:
    """A run that began with trained weights and stopped in its first epoch still begins with them."""
    config_file = write_config(tmp_path, glyph_file, text)
    assert mlp("train", "--config", config_file, "--out", "first").exit_code == 0
    options = ["--config", config_file, "--from", "first/best.npz"]
    assert mlp("train", *options, "--out", "whole").exit_code == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mlpcli.training.trainer.Trainer.run_epoch", interrupt)
        assert mlp("train", *options, "--out", "halted").exit_code == 130
    assert mlp("train", "--resume", "halted").exit_code == 0
    whole, halted = (load_checkpoint(Path(name) / "last.npz") for name in ("whole", "halted"))
    assert metadata_of(whole.path)["weights_sha256"] == metadata_of(halted.path)["weights_sha256"]
    assert metadata_of(whole.path)["from"] is not None
    assert metadata_of(whole.path)["from"] == metadata_of(halted.path)["from"]


def interrupt(*_: object) -> None:
    """Do what Ctrl-C does."""
    raise KeyboardInterrupt


def test_from(mlp: Mlp, tmp_path: Path, glyph_file: Path) -> None:
    """--from begins with trained weights: the first epoch is as good as their last, and recorded."""
    config_file = write_config(tmp_path, glyph_file, EVERYTHING)
    many = ["--set", "training.epochs=20", "--out", tmp_path / "first"]
    assert mlp("train", "--config", config_file, *many).exit_code == 0
    weights = tmp_path / "first" / "best.npz"
    few = ["--set", "training.epochs=1", "--set", "training.optimizer.learning_rate=1e-9"]
    result = mlp("train", "--config", config_file, *few, "--from", weights, "--out", "second")
    assert result.exit_code == 0, result.output
    (line,) = log(tmp_path / "second")
    best = max(line["validation_accuracy"] for line in log(tmp_path / "first"))
    assert best - 0.05 <= line["validation_accuracy"]
    origin = metadata_of(tmp_path / "second" / "best.npz")["from"]
    checkpoint = load_checkpoint(weights)
    assert {
        "weights": str(weights),
        "weights_sha256": metadata_of(checkpoint.path)["weights_sha256"],
    } == origin


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            "model.layers=[784, 31, 10]",
            "model.layers must be as in the configuration, [784, 31, 10], got [784, 30, 10]",
        ),
        (
            "model.layers=[784, 30, 20, 10]",
            "model.layers must be as in the configuration, [784, 30, 20, 10], got [784, 30, 10]",
        ),
        (
            "model.batch_norm=true",
            "model.batch_norm must be as in the configuration, true, got false",
        ),
        (
            "model.activation=gelu",
            'model.activation must be as in the configuration, "gelu", got',
        ),
    ],
)
def test_from_another_network(
    mlp: Mlp, trained: Path, config_file: Path, change: str, message: str
) -> None:
    """Weights of another network are refused, and the message says what differs."""
    weights = trained / "best.npz"
    result = mlp("train", "--config", config_file, "--from", weights, "--set", change, "--out", "x")
    assert result.exit_code == 1
    assert result.stderr.startswith(f"{weights}: {message}")
    assert not Path("x").exists()


def test_from_a_run(mlp: Mlp, trained: Path, config_file: Path) -> None:
    """The directory of a run stands for its best weights."""
    for number, origin in enumerate([trained, trained / "best.npz"]):
        options = ["--from", origin, "--set", "training.epochs=1", "--out", f"run-{number}"]
        assert mlp("train", "--config", config_file, *options).exit_code == 0
    first, second = (load_checkpoint(Path(f"run-{number}/last.npz")) for number in range(2))
    assert metadata_of(first.path)["weights_sha256"] == metadata_of(second.path)["weights_sha256"]
    assert metadata_of(first.path)["from"] == metadata_of(second.path)["from"]


def test_from_nonsense(mlp: Mlp, trained: Path, config_file: Path) -> None:
    """A file that says nonsense of its layers gives one line."""
    weights = trained / "best.npz"
    config = metadata_of(weights)["config"]
    rewrite(weights, {}, config=config | {"model": config["model"] | {"layers": 5}})
    result = mlp("train", "--config", config_file, "--from", weights, "--out", "x")
    assert result.exit_code == 1
    assert (
        f"{weights}: the metadata must hold config.model.layers, a list, got 5\n" == result.stderr
    )
