"""The scripts in examples/, each run as its first lines say, in an empty folder."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.support.pens import write

pytestmark = pytest.mark.slow

EXAMPLES = Path(__file__).parents[2] / "examples"


def run(folder: Path, name: str, *arguments: str, code: int = 0) -> str:
    """Return what an example prints, in which warnings are errors."""
    environment = os.environ | {"PYTHONWARNINGS": "error", "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, str(EXAMPLES / name), *arguments]
    result = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False
    )
    assert code == result.returncode, result.stderr
    if code == 0:
        assert not result.stderr
    return result.stdout + result.stderr


def numbers(pattern: str, text: str) -> list[float]:
    """Return the number in each match of a pattern with one group."""
    return [float(found) for found in re.findall(pattern, text, flags=re.MULTILINE)]


def test_each_says_how_to_run_it() -> None:
    """Every script's first lines say what it does and how to run it."""
    scripts = sorted(EXAMPLES.glob("*.py"))
    assert [
        "custom_activation.py",
        "draw_pets.py",
        "notebook_walk.py",
        "predict.py",
        "train.py",
    ] == [script.name for script in scripts]
    for script in scripts:
        text = script.read_text(encoding="utf-8")
        assert f"\n    python examples/{script.name}" in text.split('"""')[1]
        assert 'if __name__ == "__main__":' in text


def test_draw_pets(tmp_path: Path) -> None:
    """The pictures of cats and dogs are a folder that trains without arithmetic."""
    run(tmp_path, "draw_pets.py", "pets")
    assert 300 == len(list((tmp_path / "pets" / "cat").glob("*.png")))
    command = [sys.executable, "-m", "mlpcli", "train", "--config", "mnist", "--quiet"]
    trained = subprocess.run(
        [*command, "--set", "data.path=pets"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert numbers(r"^test accuracy ([\d.]+) %", trained.stdout)[0] > 90


def test_notebook_walk(tmp_path: Path) -> None:
    """The walk shows the shapes, rows that sum to 1, one loss computed twice, and learning."""
    printed = run(tmp_path, "notebook_walk.py")
    shapes = re.findall(r"^(\w+) +\((\d+), (\d+)\)$", printed, flags=re.MULTILINE)
    assert [
        ("images", "10", "784"),
        ("Linear", "10", "100"),
        ("Sigmoid", "10", "100"),
        ("Linear", "10", "10"),
        ("Softmax", "10", "10"),
    ] == shapes
    (sums,) = re.findall(r"^sums of the rows: \[(.*)\]$", printed, flags=re.MULTILINE)
    np.testing.assert_allclose(np.array(sums.split(), dtype=float), np.ones(10), atol=1e-5)
    (by_hand,) = numbers(r"by hand (\S+),", printed)
    assert pytest.approx(by_hand, abs=2e-6) == numbers(r"by CrossEntropy (\S+)$", printed)[0]
    losses = numbers(r"^step +\d+  loss (\S+)$", printed)
    assert pytest.approx(by_hand, abs=1e-4) == losses[0]
    assert losses == sorted(losses, reverse=True)
    assert 10 == len(losses)
    assert "correct afterwards: 10 of 10" in printed


def test_train(tmp_path: Path) -> None:
    """Training from Python learns, and leaves a run that `mlp predict` reads with."""
    printed = run(tmp_path, "train.py")
    losses = numbers(r"^epoch \d  loss (\S+) ", printed)
    assert 5 == len(losses)
    assert losses == sorted(losses, reverse=True)
    assert numbers(r"^test accuracy (\S+)%", printed)[0] > 70
    assert 3 == len(re.findall(r"^test image \d+: \d, read as \d \(\d+%\)$", printed, re.MULTILINE))
    (place,) = re.findall(r"^run in (.+)$", printed, flags=re.MULTILINE)
    assert {"best.npz", "config.yaml", "last.npz", "log.jsonl", "result.json"} <= {
        path.name for path in (tmp_path / place).iterdir()
    }
    Image.fromarray(np.uint8(255 * write(1))).save(tmp_path / "one.png")
    assert "shape of the probabilities (200, 10)" in run(tmp_path, "predict.py", "one.png", place)


def test_predict(tmp_path: Path) -> None:
    """A seven is read as such, be it the example's own or one that is given, and arrays are."""
    Image.fromarray(np.uint8(255 * (1 - write(7)))).save(tmp_path / "seven.png")
    for arguments in ([], ["seven.png"], ["seven.png", "bundled"]):
        printed = run(tmp_path, "predict.py", *arguments)
        assert printed.startswith("label 7, probability ")
        assert "warnings: none" in printed
        shares = numbers(r"^  \d  (\S+)$", printed)
        assert 10 == len(shares)
        assert pytest.approx(1, abs=1e-3) == sum(shares)
        assert numbers(r"^correct: (\d+) of 200 drawn digits$", printed)[0] > 180


def test_predict_without_a_picture(tmp_path: Path) -> None:
    """A picture that is not there gives one line."""
    message = "no.png: cannot be read, No such file or directory\n"
    assert message == run(tmp_path, "predict.py", "no.png", code=1)


def test_custom_activation(tmp_path: Path) -> None:
    """The example's own activation has the derivative it says, and a network learns with it."""
    printed = run(tmp_path, "custom_activation.py")
    assert numbers(r"^largest error of the derivative (\S+)$", printed)[0] < 1e-8
    losses = numbers(r"^epoch \d  loss (\S+) ", printed)
    assert losses == sorted(losses, reverse=True)
    assert numbers(r"test accuracy (\S+)%$", printed)[-1] > 60
