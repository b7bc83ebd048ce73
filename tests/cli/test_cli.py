"""The commands as a user meets them."""

import dataclasses
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np
import pytest
from PIL import Image

from mlpcli.cli.data import _indices
from mlpcli.cli.main import _COMMANDS, cli
from mlpcli.config import Config
from mlpcli.config.schema import DataConfig
from mlpcli.datasets import SOURCES, Dataset, selection
from mlpcli.errors import DataError, MlpError
from mlpcli.images import preprocess
from mlpcli.report.pictures import contact_sheet
from tests.conftest import Mlp
from tests.support.checkpoints import altered
from tests.support.glyphs import draw_digit


def start(*arguments: str | Path, cwd: Path, prefix: Sequence[str] = ()) -> subprocess.Popen[str]:
    """Start the program as a process of its own, below another one where `prefix` says so."""
    command = [*prefix, sys.executable, "-m", "mlpcli", *map(str, arguments)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=cwd, stdout=pipe, stderr=pipe, text=True)


def test_train(mlp: Mlp, config_file: Path, tmp_path: Path) -> None:
    """Training prints a table on stdout, a line an epoch, and where the run is on stderr."""
    result = mlp("train", "--config", config_file, "--out", tmp_path / "run")
    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert ["epoch", "1/3", "2/3", "3/3", "test"] == [line.split()[0] for line in lines]
    assert max(map(len, lines[:-1])) <= 80
    assert f"run directory: {tmp_path}/run\n" == result.stderr


def test_default_directory(mlp: Mlp, config_file: Path) -> None:
    """By default a run's directory is below runs, and it is named as it was configured."""
    result = mlp("train", "--config", config_file)
    assert "run directory: runs/small\n" == result.stderr
    assert result.stdout.endswith("runs/small/best.npz\n")


def test_quiet(mlp: Mlp, config_file: Path) -> None:
    """--quiet leaves the final line."""
    result = mlp("train", "--config", config_file, "--quiet")
    assert 1 == len(result.stdout.splitlines())
    assert result.stdout.startswith("test accuracy ")
    assert result.stderr == ""


def test_final_line_is_what_evaluate_says(
    mlp: Mlp, config_file: Path, glyph_file: Path, tmp_path: Path
) -> None:
    """evaluate gives the number that training ended with."""
    line = mlp("train", "--config", config_file, "--out", tmp_path / "r").stdout.splitlines()[-1]
    weights = tmp_path / "r" / "best.npz"
    result = mlp("evaluate", "--weights", weights, "--data", glyph_file, "--json")
    record = json.loads(result.stdout)
    assert line.startswith(f"test accuracy {100 * record['accuracy']:.2f} % (")
    assert f"({round(record['accuracy'] * record['count'])} of {record['count']})" in line


def test_dry_run(mlp: Mlp, config_file: Path, tmp_path: Path) -> None:
    """A dry run shows layers, parameters and the expected time, and writes nothing."""
    before = sorted(tmp_path.rglob("*"))
    result = mlp("train", "--config", config_file, "--dry-run")
    assert result.exit_code == 0
    words = result.stdout.split()
    assert "23,550" in words  # 784 · 30 + 30
    assert "23,860" in words
    assert "500 images" in result.stdout
    assert before == sorted(tmp_path.rglob("*"))


def test_set(mlp: Mlp, config_file: Path) -> None:
    """--set changes a run."""
    result = mlp("train", "--config", config_file, "--set", "training.epochs=1")
    assert "1/1" in result.stdout


@pytest.mark.parametrize("name", ["my.yaml", "my file.yaml", "it's.yaml", "$HOME.yaml", "a;b"])
def test_a_command_to_copy(mlp: Mlp, tmp_path: Path, name: str) -> None:
    """The command that config init prints is one for a shell, whatever the file is called."""
    command = mlp("config", "init", name).stderr.split("`")[1]
    assert ["mlp", "train", "--config", name] == shlex.split(command)
    folder = tmp_path / "config.yaml" / name
    folder.mkdir(parents=True)
    (folder / "config.yaml").touch()
    hint = mlp("config", "show", folder).stderr.partition("; give ")[2]
    assert [str(folder / "config.yaml")] == shlex.split(hint)
    hint = mlp("inspect", folder / "config.yaml").stderr.partition("; give ")[2]
    assert [str(folder)] == shlex.split(hint)


def test_five_mistakes(mlp: Mlp, tmp_path: Path) -> None:
    """Five mistakes give five lines with line and column, and exit code 2."""
    path = tmp_path / "bad.yaml"
    path.write_text(
        "seed: x\nmodel: {layer: 3}\ntraining:\n  epochs: 0\n  epochs: 1\n  schedule: {name: z}\n"
    )
    result = mlp("train", "--config", path)
    assert result.exit_code == 2
    places = [line.partition(": ")[0] for line in result.stderr.splitlines()]
    assert [f"{path}:1:7", f"{path}:2:9", f"{path}:4:11", f"{path}:5:3", f"{path}:6:20"] == places
    assert result.stdout == ""


def test_divergence_keeps_the_best(
    mlp: Mlp, config_file: Path, glyph_file: Path, tmp_path: Path
) -> None:
    """When the loss blows up, the best weights so far stay and are named."""
    # decay of 2.1 / rate makes each weight −1.1 times what it was, step after step
    optimizer = "{learning_rate: 0.1, momentum: 0, nesterov: false, weight_decay: 21}"
    overrides = ["--set", f"training.optimizer={optimizer}", "--set", "training.epochs=60"]
    result = mlp("train", "--config", config_file, "--out", tmp_path / "run", *overrides)
    assert result.exit_code == 1
    kept, error = result.stderr.splitlines()[-2:]
    assert error.startswith("epoch ")
    assert "learning_rate" in error
    assert f"weights kept: {tmp_path}/run/best.npz" in kept
    assert 0 == mlp("evaluate", "--weights", "run", "--data", glyph_file).exit_code


def test_evaluate_text(mlp: Mlp, trained: Path, glyph_file: Path) -> None:
    """evaluate prints accuracy with its interval, a table per class and the confusion matrix."""
    result = mlp("evaluate", "--weights", trained / "best.npz", "--data", glyph_file)
    lines = result.stdout.splitlines()
    assert "95 % interval" in result.stdout
    assert "precision" in lines[4]
    assert 10 == sum(line.endswith(" 10") for line in lines[5:15])  # ten images of each digit
    assert max(map(len, lines[1:])) <= 80


def test_evaluate_json(mlp: Mlp, trained: Path, glyph_file: Path) -> None:
    """The JSON object has the promised fields, and they agree with each other."""
    weights = trained / "best.npz"
    record = json.loads(
        mlp("evaluate", "--weights", weights, "--data", glyph_file, "--json").stdout
    )
    assert [str(trained / "best.npz")] == record["weights"]
    assert (str(glyph_file), "test", 100) == (record["data"], record["split"], record["count"])
    confusion = np.array(record["confusion"])
    assert np.trace(confusion) / 100 == record["accuracy"]
    low, high = record["accuracy_interval"]
    assert low < record["accuracy"] <= high
    seven = record["per_class"][7]
    assert {"class", "precision", "recall", "f1", "support"} == set(seven)
    assert confusion[7, 7] / confusion[7].sum() == seven["recall"]


@pytest.mark.parametrize(
    ("split", "count"), [("train", 500), ("validation", 100), ("test", 100), ("all", 700)]
)
def test_evaluate_splits(mlp: Mlp, trained: Path, glyph_file: Path, split: str, count: int) -> None:
    """Each split is the one of the training."""
    weights = trained / "best.npz"
    options = ("--data", glyph_file, "--split", split, "--json")
    record = json.loads(mlp("evaluate", "--weights", weights, *options).stdout)
    assert (split, count) == (record["split"], record["count"])


def test_evaluate_other_data(mlp: Mlp, trained: Path, glyph_file: Path, tmp_path: Path) -> None:
    """--data takes a path, however few training images it has and whichever classes it lacks."""
    other = tmp_path / "other.npz"
    with np.load(glyph_file) as file:
        arrays = {name: file[name][file["y" + name[1:]] < 7][:50] for name in file.files}
    np.savez(other, **arrays)
    weights = trained / "best.npz"
    record = json.loads(mlp("evaluate", "--weights", weights, "--data", other, "--json").stdout)
    assert (str(other), 50) == (record["data"], record["count"])


def test_evaluate_other_classes(mlp: Mlp, trained: Path) -> None:
    """Data with other class names are refused, before they are downloaded."""
    result = mlp("evaluate", "--weights", trained / "best.npz", "--data", "kmnist")
    assert result.exit_code == 1
    assert result.stderr.startswith("kmnist: the classes must be those the network was trained on")


def test_newest_weights(mlp: Mlp, config_file: Path, glyph_file: Path, tmp_path: Path) -> None:
    """Without --weights the newest run is used, and stderr says which."""
    mlp("train", "--config", config_file, "--quiet")
    draw_digit(3).save(tmp_path / "three.png")
    for arguments in (["evaluate", "--data", glyph_file], ["predict", "three.png"]):
        result = mlp(*arguments)
        assert result.exit_code == 0
        assert result.stderr == "weights: runs/small/best.npz\n"


def test_bundled_weights(mlp: Mlp) -> None:
    """Without a run, the weights that come with the program are used, and stderr says so."""
    mlp("data", "export", "synthetic", "digits", "--count", "50")
    result = mlp("predict", "digits", "--json")
    assert "weights: those that come with mlp, trained on synthetic digits\n" == result.stderr
    records = [json.loads(line) for line in result.stdout.splitlines()]
    right = [record["class"] == Path(record["image"]).stem[-1] for record in records]
    assert len(right) == 50
    assert np.mean(right) > 0.85


def test_predict(mlp: Mlp, trained: Path, tmp_path: Path) -> None:
    """predict reads files, folders and standard input, and prints the likeliest classes."""
    (tmp_path / "folder").mkdir()
    for digit in (3, 8):
        draw_digit(digit).save(tmp_path / "folder" / f"{digit}.png")
    (tmp_path / "folder" / "notes.txt").write_text("not a picture")
    weights = ["--weights", trained / "best.npz"]
    stdin = (tmp_path / "folder" / "8.png").read_bytes()
    result = mlp("predict", "folder/3.png", "folder", "-", *weights, "--top", "2", stdin=stdin)
    assert result.exit_code == 0
    names = [line.partition(":")[0] for line in result.stdout.splitlines()]
    assert ["folder/3.png", "folder/3.png", "folder/8.png", "-"] == names
    assert all(line.count(" %") == 2 for line in result.stdout.splitlines())


def test_predict_json(mlp: Mlp, trained: Path, tmp_path: Path, glyphs: Dataset) -> None:
    """Each image is one JSON object on a line, with the promised fields."""
    draw_digit(3).save(tmp_path / "a.png")
    result = mlp("predict", "a.png", "a.png", "--weights", trained / "best.npz", "--json")
    records = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(records) == 2
    record = records[0]
    assert ["image", "label", "class", "probability", "probabilities", "warnings"] == list(record)
    assert ("a.png", glyphs.classes[record["label"]], []) == (
        record["image"],
        record["class"],
        record["warnings"],
    )
    assert max(record["probabilities"]) == record["probability"]
    assert sum(record["probabilities"]) == pytest.approx(1, abs=1e-5)


def test_one_bad_picture(mlp: Mlp, trained: Path, tmp_path: Path) -> None:
    """A bad picture is reported, the others are answered, and the exit code is 1."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty").mkdir()
    for name in ("a.png", "c.png"):
        draw_digit(3).save(tmp_path / "folder" / name)
    (tmp_path / "folder" / "b.png").write_text("text")
    result = mlp("predict", "empty", "folder", "--weights", trained / "best.npz")
    assert result.exit_code == 1
    assert [
        "empty: no pictures in this folder",
        "folder/b.png: not a picture that can be read",
    ] == result.stderr.splitlines()
    answered = [line.partition(":")[0] for line in result.stdout.splitlines()]
    assert ["folder/a.png", "folder/c.png"] == answered


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["train", "--config", "text.txt"], 2, "text.txt:1:1: the file must be a mapping"),
        (["train", "--config", "absent"], 2, "absent: no such file, nor a shipped configuration"),
        (
            ["evaluate", "--weights", "text.txt"],
            1,
            "text.txt: cannot be read as weights of mlp, File is not",
        ),
        (
            ["predict", "x.png", "--weights", "absent.npz"],
            1,
            "absent.npz: cannot be read as weights of mlp, No such file",
        ),
        (["config", "init", "text.txt"], 1, "text.txt: already exists; choose another name"),
        (["config", "show", "text.txt"], 2, "text.txt:1:1: the file must be a mapping"),
        (["data", "export", "text.txt", "out"], 1, "text.txt: must be a folder of IDX files,"),
        (["data", "show", "text.txt"], 1, "text.txt: must be a folder of IDX files,"),
        (["evaluate", "--weights", "."], 1, ".: must be weights or the directory of a run, but"),
        (["predict", "x.png", "--weights", "y" * 300], 1, "yyy"),
        (["train", "--config", "z" * 300], 1, "zzz"),
        (["train", "--config", "mnist", "--set", "data.path=text.txt"], 1, "text.txt: must be"),
        (["data", "verify", "fashion-mnist"], 1, "fashion-mnist: not in the data root data ("),
    ],
)
def test_one_line(
    mlp: Mlp, tmp_path: Path, arguments: list[str], code: int, message: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """What is not what it should be gives one clear line and its exit code."""
    monkeypatch.delenv("MLP_DATA", raising=False)
    (tmp_path / "text.txt").write_text("hello\n")
    result = mlp(*arguments)
    assert code == result.exit_code
    assert result.stderr.startswith(message)
    assert 1 == len(result.stderr.splitlines())


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX permissions")
def test_forbidden_folder(trained: Path, tmp_path: Path) -> None:
    """A folder that may not be searched gives one line, and the other pictures are answered."""
    if os.geteuid() == 0 and not shutil.which("setpriv"):
        pytest.skip("root may search every folder, and setpriv is not here")
    (tmp_path / "locked").mkdir()
    draw_digit(3).save(tmp_path / "locked" / "a.png")
    draw_digit(3).save(tmp_path / "b.png")
    (tmp_path / "locked").chmod(0)
    capabilities = "-dac_override,-dac_read_search"
    drop = ["setpriv", f"--bounding-set={capabilities}", f"--inh-caps={capabilities}"]
    prefix = drop if os.geteuid() == 0 else []
    weights = ["--weights", str(trained / "best.npz")]
    predict = start(
        "predict", "locked", "locked/a.png", "b.png", *weights, cwd=tmp_path, prefix=prefix
    )
    output, errors = predict.communicate(timeout=60)
    listing = start("train", "--config", "locked/c.yaml", cwd=tmp_path, prefix=prefix)
    _, train_errors = listing.communicate(timeout=60)
    (tmp_path / "locked").chmod(0o700)
    assert (1, 1) == (predict.returncode, listing.returncode)
    assert output.startswith("b.png: ")
    assert 2 == len(errors.splitlines())
    assert train_errors == "locked/c.yaml: Permission denied\n"


def test_too_large_for_memory(config_file: Path) -> None:
    """A network that does not fit into memory gives one line."""
    layers = "model.layers=[784, 20000, 20000, 10]"  # 1.7 GB
    command = [sys.executable, "-m", "mlpcli", "train", "--config", str(config_file)]
    result = subprocess.run(
        ["/bin/sh", "-c", 'ulimit -v 1500000 && "$@"', "sh", *command, "--set", layers],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert result.stderr.startswith("not enough memory: ")
    assert 1 == len(result.stderr.splitlines())


def test_too_large_for_a_file(mlp: Mlp, config_file: Path) -> None:
    """A network that no file of weights could be read with is refused before it is trained."""
    layers = "model.layers=[784, 24000, 23000, 10]"
    result = mlp("train", "--config", config_file, "--set", layers)
    assert result.exit_code == 2
    assert result.stderr.endswith(
        "model.layers: must come to at most 500,000,000 weights, got 571,046,000\n"
    )


def test_folder_that_is_not_utf8(mlp: Mlp, config_file: Path, tmp_path: Path) -> None:
    """A run that its own configuration could not say where to find is refused at the start."""
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("the file system has names in UTF-8 only")
    os.chdir(folder)
    root = ["--set", f"data.root={tmp_path}"]
    result = mlp("train", "--config", config_file, "--out", "run", *root)
    assert result.exit_code == 2
    assert result.stderr.startswith("output: must be in a folder whose name is UTF-8, got ")
    assert r"caf\udce9/runs; rename it, or name another with --set output=" in result.stderr
    assert not (folder / "run").exists()
    arguments = ["--out", "run", "--set", "output=/tmp", *root]
    assert mlp("train", "--config", config_file, *arguments).exit_code == 0
    assert mlp("train", "--resume", "run").exit_code == 0


def test_narrow_encoding(config_file: Path, tmp_path: Path) -> None:
    """A terminal that knows no dashes and arrows gets question marks, not an error."""
    environment = os.environ | {"PYTHONIOENCODING": "latin-1"}
    command = [sys.executable, "-m", "mlpcli", "train", "--config", str(config_file)]
    options = ["--set", "data.validation=0", "--out", str(tmp_path / "run")]
    for arguments in (["--dry-run"], options):
        subprocess.run([*command, *arguments], env=environment, check=True, capture_output=True)


def test_early_stopping_is_said(mlp: Mlp, config_file: Path) -> None:
    """A run that stops early says so."""
    patience = ["--set", "training.epochs=200", "--set", "training.early_stopping.patience=2"]
    result = mlp("train", "--config", config_file, *patience)
    assert "stopped early: no improvement since epoch " in result.stderr


def test_usage(mlp: Mlp) -> None:
    """An unknown command, option or data set is a usage error, exit code 2."""
    for arguments in (["trian"], ["train"], ["evaluate", "--jsno"], ["data", "fetch", "mnits"]):
        result = mlp(*arguments)
        assert result.exit_code == 2
        assert "Usage: " in result.stderr
    assert "'mnits' is not one of mnist, fashion-mnist, kmnist" in result.stderr


def test_config_commands(mlp: Mlp, tmp_path: Path) -> None:
    """init writes a file that show reads; schema is JSON."""
    assert mlp("config", "init", "my.yaml").exit_code == 0
    result = mlp("config", "show", "my.yaml", "--set", "training.epochs=7")
    assert "epochs: 7" in result.stdout
    (tmp_path / "again.yaml").write_text(result.stdout)
    assert result.stdout == mlp("config", "show", "again.yaml").stdout
    assert set(Config.model_fields) == set(json.loads(mlp("config", "schema").stdout)["properties"])


def test_export(mlp: Mlp, glyph_file: Path, glyphs: Dataset, tmp_path: Path) -> None:
    """Exported pictures are the images, named by split, index and label."""
    result = mlp("data", "export", glyph_file, "out", "--split", "test", "--count", "3")
    assert result.exit_code == 0
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert ["test-00000-0.png", "test-00001-1.png", "test-00002-2.png"] == names
    with Image.open(tmp_path / "out" / names[2]) as picture:
        np.testing.assert_array_equal(glyphs.test.images[2], np.asarray(picture))


@pytest.mark.parametrize(
    ("split", "code"), [("train", 0), ("test", 0), ("all", 0), ("validation", 1)]
)
def test_export_of_few(mlp: Mlp, glyph_file: Path, split: str, code: int) -> None:
    """A small data set can be exported, but for validation images that it does not have."""
    result = mlp("data", "export", glyph_file, "out", "--split", split)
    assert code == result.exit_code


def test_show(glyph_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """show prints images below their class and index, in no more than 80 columns in a pipe."""
    monkeypatch.delenv("COLUMNS", raising=False)
    process = start("data", "show", glyph_file, "--count", "11", cwd=tmp_path)
    output, errors = process.communicate(timeout=60)
    assert (0, "") == (process.returncode, errors)
    captions = re.findall(r"\d \(#\d+\)", output)
    assert [f"{index % 10} (#{index})" for index in range(11)] == captions
    assert max(map(len, output.splitlines())) <= 80


def test_show_default(mlp: Mlp, glyph_file: Path) -> None:
    """Without --count a dozen images are printed, of the test images."""
    assert 12 == mlp("data", "show", glyph_file).stdout.count("(#")


def test_show_class(mlp: Mlp, glyph_file: Path) -> None:
    """--class leaves the images of one class, with their indices in the split."""
    result = mlp("data", "show", glyph_file, "--class", "7", "--split", "train", "--count", "3")
    assert ["7 (#7)", "7 (#17)", "7 (#27)"] == re.findall(r"\d \(#\d+\)", result.stdout)


@pytest.mark.parametrize(
    ("options", "count"), [([], 100), (["--class", "3"], 10), (["--count", "5"], 5)]
)
def test_show_png(
    mlp: Mlp, glyph_file: Path, glyphs: Dataset, tmp_path: Path, options: list[str], count: int
) -> None:
    """--png writes the sheet of a hundred images, or of those asked for, and says so on stderr."""
    result = mlp("data", "show", glyph_file, "--png", "sheet.png", *options)
    assert ("", f"{count} images written to sheet.png\n") == (result.stdout, result.stderr)
    chosen = glyphs.test.labels == 3 if "--class" in options else slice(count)
    with Image.open(tmp_path / "sheet.png") as picture:
        assert (picture.format, picture.mode) == ("PNG", "L")
        np.testing.assert_array_equal(
            contact_sheet(glyphs.test.images[chosen]), np.asarray(picture)
        )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["show", "--png", "absent/sheet.png"],
            "absent/sheet.png: cannot be written, No such file",
        ),
        (["export", "text.txt/digits"], "text.txt/digits: cannot be written, Not a directory"),
    ],
)
def test_unwritable(
    mlp: Mlp, glyph_file: Path, tmp_path: Path, arguments: list[str], message: str
) -> None:
    """Where images cannot be written, one line says so."""
    (tmp_path / "text.txt").write_text("hello\n")
    command, *rest = arguments
    result = mlp("data", command, glyph_file, *rest)
    assert result.exit_code == 1
    assert result.stderr.startswith(message)
    assert 1 == len(result.stderr.splitlines())


def test_show_class_names(mlp: Mlp, glyph_file: Path, tmp_path: Path) -> None:
    """An unknown class is wrong usage, one that the split lacks an error of a line."""
    with np.load(glyph_file) as file:
        arrays = {name: file[name] for name in file.files}
    few = arrays["y_test"] < 7
    arrays |= {"x_test": arrays["x_test"][few], "y_test": arrays["y_test"][few]}
    np.savez(tmp_path / "few.npz", **arrays)
    unknown, absent = (mlp("data", "show", "few.npz", "--class", name) for name in ("ten", "8"))
    assert (2, 1) == (unknown.exit_code, absent.exit_code)
    assert "'ten' is not one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9" in unknown.stderr
    assert "few.npz: the test split has no image of class 8\n" == absent.stderr


@pytest.mark.parametrize("class_name", ["Ankle boot", "ankle BOOT"])
def test_class_in_any_case(glyphs: Dataset, class_name: str) -> None:
    """A class is found by its name in upper or lower case."""
    clothes = dataclasses.replace(glyphs, classes=SOURCES["fashion-mnist"].classes)
    assert list(range(9, 100, 10)) == list(_indices(clothes, "test", class_name))


TINY = ("data.train=300", "data.test=40", "data.validation=60", "training.epochs=1")
LEARNS = ("training.batch_size=8",)  # where two steps would come to no more than guesses


def test_synthetic(mlp: Mlp) -> None:
    """A network is trained on synthetic digits, and evaluated on the digits of its own seed."""
    changes = [word for change in (*TINY, *LEARNS) for word in ("--set", change)]
    for seed in (0, 1):
        run = f"runs/{seed}"
        words = ["--config", "quickstart", *changes, "--set", f"seed={seed}", "--out", run]
        trained = mlp("train", *words, "--quiet")
        assert (0, "") == (trained.exit_code, trained.stderr)
        result = mlp("evaluate", "--weights", f"{run}/best.npz", "--json")
        record = json.loads(result.stdout)
        assert ("synthetic", 40) == (record["data"], record["count"])
        right = round(40 * record["accuracy"])
        assert f"({right} of 40)" in trained.stdout
    confusions = [
        json.loads(mlp("evaluate", "--weights", f"runs/{seed}/best.npz", "--json").stdout)[
            "per_class"
        ]
        for seed in (0, 1)
    ]
    supports = [[row["support"] for row in rows] for rows in confusions]
    assert supports[0] != supports[1]


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_no_other_digits_are_drawn(
    mlp: Mlp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, split: str
) -> None:
    """To evaluate on one split of synthetic digits, the others are not drawn."""
    counts = ["data.train=600", "data.validation=300", "data.test=300"]
    changes = [word for change in [*TINY, *counts] for word in ("--set", change)]
    mlp("train", "--config", "quickstart", *changes, "--out", "run", "--quiet")
    monkeypatch.setenv("MLP_CACHE", str(tmp_path / "cache"))
    result = mlp("evaluate", "--weights", "run/best.npz", "--split", split, "--json")
    drawn = (tmp_path / "cache").rglob("*-labels.npy")
    kept = {path.stem.partition("-")[0]: len(np.load(path)) for path in drawn}
    assert kept.pop(split) == json.loads(result.stdout)["count"] == 300
    assert kept == ({"validation": 300} if split == "train" else {})


def test_all_digits_of_a_run(mlp: Mlp) -> None:
    """All synthetic digits are those of the run: trained on, kept for validation and tested with."""
    changes = [word for change in TINY for word in ("--set", change)]
    mlp("train", "--config", "quickstart", *changes, "--out", "run", "--quiet")
    each, together = (
        [json.loads(mlp("evaluate", "--split", split, "--json", "--weights", "run/best.npz").stdout)
         for split in splits]
        for splits in (("train", "validation", "test"), ("all",))
    )  # fmt: skip
    assert [240, 60, 40] == [record["count"] for record in each]
    assert 340 == together[0]["count"]
    confusion = np.sum([record["confusion"] for record in each], axis=0)
    assert confusion.tolist() == together[0]["confusion"]


def test_evaluate_elsewhere(mlp: Mlp, glyph_file: Path) -> None:
    """A network of synthetic digits is measured on other data, and refused where classes differ."""
    changes = [word for change in TINY for word in ("--set", change)]
    mlp("train", "--config", "quickstart", *changes, "--out", "run", "--quiet")
    weights = ["--weights", "run/best.npz"]
    record = json.loads(mlp("evaluate", *weights, "--data", glyph_file, "--json").stdout)
    assert (str(glyph_file), 100) == (record["data"], record["count"])
    assert "kmnist: the classes must be" in mlp("evaluate", *weights, "--data", "kmnist").stderr


@pytest.mark.parametrize(
    ("split", "count"),
    [pytest.param("train", "30", marks=pytest.mark.slow), ("validation", "5"), ("test", "7")],
)
def test_show_synthetic(mlp: Mlp, split: str, count: str) -> None:
    """Synthetic digits are shown as those of any data set."""
    result = mlp("data", "show", "synthetic", "--split", split, "--count", count, "--class", "7")
    assert (0, int(count)) == (result.exit_code, result.stdout.count("7 (#"))


def asked_for(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int, int]]:
    """Return what will hold how many digits are asked for, instead of drawing them."""
    asked = []

    def watch(data: DataConfig, _seed: int, **_: object) -> Dataset:
        asked.append((data.train, data.validation, data.test))
        raise DataError("as far as this test goes")

    monkeypatch.setattr(selection, "open_configured", watch)
    return asked


@pytest.mark.parametrize(
    ("options", "drawn", "note"),
    [
        ((), (1, 0, 10_000), "of 2000000 test images"),
        (("--data", "synthetic"), (1, 0, 2_000_000), ""),
        (("--split", "validation"), (10_001, 10_000, 1), "of 90000 validation images"),
        (("--split", "train"), (70_000, 10_000, 1), "of 1909999 train images"),
        (("--split", "all"), (70_000, 10_000, 10_000), "of 2000000 test images"),
    ],
)
def test_digits_without_number(
    mlp: Mlp,
    trained: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: Sequence[str],
    drawn: tuple[int, int, int],
    note: str,
) -> None:
    """However many synthetic digits weights name, no more than usual are drawn unasked."""
    data = {"name": "synthetic", "train": 1_999_999, "validation": 90_000, "test": 2_000_000}
    altered(trained / "best.npz", trained / "best.npz", data)
    asked = asked_for(monkeypatch)
    result = mlp("evaluate", "--weights", trained, *options)
    assert [drawn] == asked
    assert (note in result.stderr) if note else ("note" not in result.stderr)


@pytest.mark.parametrize("split", ["test", "validation", "train", "all"])
def test_digits_of_other_weights(
    mlp: Mlp, trained: Path, monkeypatch: pytest.MonkeyPatch, split: str
) -> None:
    """What weights of other data say of digits does not decide how many are drawn for them."""
    data = {"name": "mnist", "train": 2_000_000, "validation": 10**15, "test": 2_000_000}
    altered(trained / "best.npz", trained / "best.npz", data)
    asked = asked_for(monkeypatch)
    mlp("evaluate", "--weights", trained, "--data", "synthetic", "--split", split)
    ((train, validation, test),) = asked
    assert (60_000, 10_000, 10_000) >= (train, validation, test)
    assert max(validation, test) <= 10_000


@pytest.mark.parametrize("command", ["fetch", "verify"])
def test_nothing_to_fetch(mlp: Mlp, command: str) -> None:
    """Synthetic digits are neither downloaded nor compared with published ones."""
    result = mlp("data", command, "synthetic")
    assert result.exit_code == 2
    assert "'synthetic' is drawn when needed, so there is nothing to do" in result.stderr


def test_data_list(mlp: Mlp, mnist_root: Path) -> None:
    """list says which data sets are here and where."""
    lines = mlp("data", "list").stdout.splitlines()
    assert lines[0].endswith(str(mnist_root / "mnist"))
    assert lines[1].endswith("not here")


def test_data_fetch_and_verify(mlp: Mlp, mnist_root: Path) -> None:
    """What is here is not fetched again, and verify compares it with what was published."""
    folder = str(mnist_root / "mnist")
    assert mlp("data", "fetch", "mnist").stdout == f"{folder}\n"
    expected = f"{folder}: 60000 train and 10000 test images, as published\n"
    assert expected == mlp("data", "verify", "mnist").stdout


def test_evaluate_empty_split(mlp: Mlp, config_file: Path, glyph_file: Path) -> None:
    """A validation split without images is one clear line."""
    mlp("train", "--config", config_file, "--set", "data.validation=0", "--quiet")
    result = mlp("evaluate", "--data", glyph_file, "--split", "validation")
    assert result.exit_code == 1
    hint = "the validation split is empty; give --split train, test or all\n"
    assert result.stderr.endswith(f"{glyph_file}: {hint}")


@pytest.mark.usefixtures("trained")
@pytest.mark.parametrize(
    "command",
    [
        "data show small.npz --split validation",
        "data export small.npz out --split validation",
        "evaluate --weights trained --data small.npz --split validation",
        "evaluate --weights trained --data small.npz --split train",
    ],
)
def test_too_few_to_hold_any_out(mlp: Mlp, glyph_file: Path, command: str) -> None:
    """With fewer images than are to be held out, the advice is one that the command accepts."""
    with np.load(glyph_file) as file:
        np.savez("small.npz", **{name: file[name][:60] for name in file.files})
    result = mlp(*command.split())
    kept = 100 if "evaluate" in command else 10000
    expected = (
        f"small.npz: must have more than {kept} training images, because that many are held "
        "out for validation, got 60; --split all takes every image\n"
    )
    assert (1, "", expected) == (result.exit_code, result.stdout, result.stderr)
    assert 0 == mlp(*command.split(), "--split", "all").exit_code


def test_several_weights(mlp: Mlp, trained: Path, glyph_file: Path) -> None:
    """Several weights are averaged and all named in the JSON."""
    weights = [str(trained / "best.npz"), str(trained / "last.npz")]
    both = ("--weights", weights[0], "--weights", weights[1])
    result = mlp("evaluate", *both, "--data", glyph_file, "--json")
    assert weights == json.loads(result.stdout)["weights"]


def commands(group: click.Group, path: str = "mlp") -> dict[str, click.Command]:
    """Return every command below a group by its full name."""
    found = {}
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        found[f"{path} {name}"] = command
        if isinstance(command, click.Group):
            found |= commands(command, f"{path} {name}")
    return found


@pytest.mark.parametrize("name", commands(cli))
def test_help(name: str) -> None:
    """Every command has help and an example of itself."""
    command = commands(cli)[name]
    assert f"Example: {name}" in (command.help or "")
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help


@pytest.mark.parametrize("name", commands(cli))
def test_readme_names_every_command(name: str) -> None:
    """The README shows every command."""
    assert name in (Path(__file__).parents[2] / "README.md").read_text()


def test_summaries() -> None:
    """The overview says of each command what its own help begins with."""
    context = click.Context(cli)
    for name, summary in _COMMANDS.items():
        command = cli.get_command(context, name)
        assert command is not None
        assert summary == (command.help or "").splitlines()[0]


def imported(folder: Path, arguments: Sequence[str], heavy: set[str]) -> set[str]:
    """Return which of some modules a command that goes well has imported."""
    code = (
        "import sys, click.testing, mlpcli.cli.main\n"
        f"result = click.testing.CliRunner().invoke(mlpcli.cli.main.cli, {list(arguments)!r})\n"
        f"print(result.exit_code, *{heavy!r} & set(sys.modules))\n"
    )
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    exit_code, *found = result.stdout.split()
    assert "0" == exit_code
    return set(found)


def test_help_imports_little(tmp_path: Path) -> None:
    """`mlp --help` imports neither numpy nor pydantic nor any command."""
    heavy = {"numpy", "pydantic", "yaml", "PIL", "requests", "tqdm", "mlpcli.cli.train"}
    assert not imported(tmp_path, ["--help"], heavy)


def test_predict_imports_little(trained: Path, tmp_path: Path) -> None:
    """Predicting loads neither the training nor what only configurations and downloads need."""
    draw_digit(3).save(tmp_path / "three.png")
    heavy = {"yaml", "requests", "tqdm", "mlpcli.training", "mlpcli.config", "mlpcli.datasets"}
    arguments = ["predict", "three.png", "--weights", str(trained / "best.npz")]
    assert not imported(tmp_path, arguments, heavy)


def test_an_image_as_trained_on_needs_no_scipy(tmp_path: Path) -> None:
    """An image like those of the training set is read, seven views and all, without SciPy."""
    drawing = draw_digit(3)
    drawing.save(tmp_path / "drawing.png")
    Image.fromarray(preprocess(np.asarray(drawing)).images[0]).save(tmp_path / "digit.png")
    bundled = ["--weights", "bundled"]
    assert not imported(tmp_path, ["predict", "digit.png", *bundled], {"scipy"})
    assert {"scipy"} == imported(tmp_path, ["predict", "drawing.png", *bundled], {"scipy"})


def test_errors_have_exit_codes() -> None:
    """Every error of ours is an MlpError with exit code 1 or 2."""
    for error in MlpError.__subclasses__():
        assert error.exit_code in (1, 2)


def test_closed_pipe(tmp_path: Path) -> None:
    """A reader that leaves early, as head does, brings no traceback."""
    process = start("config", "schema", cwd=tmp_path)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    process.wait()


def test_closed_stderr(config_file: Path, tmp_path: Path) -> None:
    """A training without anywhere to show progress and messages is a training all the same."""
    command = [sys.executable, "-m", "mlpcli", "train", "--config", str(config_file)]
    result = subprocess.run(  # the shell's 2>&- closes it
        ["/bin/sh", "-c", '"$@" 2>&-', "sh", *command],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert result.stdout.splitlines()[-1].startswith("test accuracy ")


@pytest.mark.usefixtures("signals_heard")
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_signals(config_file: Path, tmp_path: Path, number: int, code: int) -> None:
    """Ctrl-C, SIGTERM and SIGHUP end a training with their exit codes, weights kept and no litter."""
    run = tmp_path / "run"
    long = ["--set", "training.epochs=10000"]
    process = start("train", "--config", config_file, "--out", run, *long, cwd=tmp_path)
    deadline = time.monotonic() + 120
    while not (run / "best.npz").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(number)
    _, errors = process.communicate(timeout=120)
    assert code == process.returncode
    assert "Traceback" not in errors
    assert f"weights kept: {run}/best.npz" in errors
    assert f"to go on: mlp train --resume {run}" in errors
    assert not list(run.glob(".*"))


@pytest.mark.slow
def test_progress_bar_needs_a_terminal(config_file: Path, tmp_path: Path) -> None:
    """In a pipe stderr has no bar; on a terminal it has one."""
    long = ["--set", "training.epochs=8", "--set", "model.layers=[784, 400, 10]"]
    piped = start("train", "--config", config_file, *long, cwd=tmp_path)
    assert "%|" not in piped.communicate(timeout=60)[1]
    leader, follower = os.openpty()
    termios.tcsetwinsize(follower, (24, 80))
    command = [sys.executable, "-m", "mlpcli", "train", "--config", str(config_file), *long]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=follower
    ) as process:
        process.wait(timeout=60)
        os.close(follower)
        shown = b""
        while True:
            try:
                shown += os.read(leader, 65536)
            except OSError:  # a closed terminal
                break
        os.close(leader)
    assert b"epoch 1/8" in shown
    assert b"images/s" in shown
