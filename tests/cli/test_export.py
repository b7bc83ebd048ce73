"""`mlp export`."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from mlpcli.datasets import SOURCES
from tests.conftest import Mlp
from tests.support.networks import write_network


def test_format_by_ending(mlp: Mlp, trained: Path) -> None:
    """The ending of OUT gives the format, in any case, and --format wins over it."""
    result = mlp("export", trained, "net.JSON")
    assert (0, "", "exported: net.JSON\n") == (result.exit_code, result.stdout, result.stderr)
    assert [784, 30, 10] == json.loads(Path("net.JSON").read_text())["networks"][0]["layers"]
    assert 0 == mlp("export", trained, "net.txt", "--format", "json").exit_code
    assert Path("net.JSON").read_text() == Path("net.txt").read_text()


def test_a_committee(mlp: Mlp, trained: Path, weak: Path) -> None:
    """RUN_OR_FILE and every --weights are exported together."""
    mlp("export", trained, "both.json", "--weights", weak)
    mlp("export", "same.json", "--weights", trained, "--weights", weak)
    assert 2 == len(json.loads(Path("both.json").read_text())["networks"])
    assert Path("both.json").read_text() == Path("same.json").read_text()


def test_newest_run(mlp: Mlp, config_file: Path) -> None:
    """Without weights, the newest run that is worth using is exported."""
    mlp("train", "--config", config_file)
    result = mlp("export", "net.json")
    assert "weights: runs/small/best.npz\nexported: net.json\n" == result.stderr


def test_an_existing_file(mlp: Mlp, trained: Path) -> None:
    """An existing file is kept, even one that the program wrote, unless --force is given."""
    Path("net.json").write_text("mine")
    result = mlp("export", trained, "net.json")
    assert 1 == result.exit_code
    expected = "net.json: already exists; choose another name, or give --force\n"
    assert expected == result.stderr
    assert "mine" == Path("net.json").read_text()
    assert 0 == mlp("export", trained, "net.json", "--force").exit_code
    assert 1 == mlp("export", trained, "net.json").exit_code


def test_nothing_is_left_of_a_failure(mlp: Mlp, tmp_path: Path) -> None:
    """Weights that cannot be exported leave no file, and one line of error."""
    write_network(tmp_path / "huge.npz", (784, 5, 10), largest=1e30)
    for name in ("net.json", "net.h", "net.html", "net.onnx", "net.safetensors"):
        result = mlp("export", "huge.npz", name)
        assert 1 == result.exit_code, name
        expected = "huge.npz: the weights are too large, predictions may overflow\n"
        assert expected == result.stderr
    assert ["huge.npz"] == [path.name for path in tmp_path.iterdir()]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("net.txt",), "OUT must end with one of .onnx, .safetensors, .h, .html, .json, got net"),
        (("net.json", "--quantize", "int8"), "--quantize is for .h only, got .json"),
        (("net.h", "--input", "uint8"), "--input is for .onnx only, got .h"),
        (("a", "b", "net.h"), "takes one RUN_OR_FILE and OUT, got 3 names; more networks by"),
        (("net.onnx", "--quantize", "int4"), "'int4' is not 'int8'"),
        (("net.onxx",), "got net.onxx; did you mean onnx?"),
        (("net.json", "--data", "mnist"), "--data is for .html and .h only, got .json"),
        (("net.h", "--data", "mnist"), "--data is for --quantize and .html only, got .h"),
        (("-",), "OUT must end with one of"),
        ((), "Missing argument '[RUN_OR_FILE] OUT"),
    ],
)
def test_usage(mlp: Mlp, arguments: tuple[str, ...], message: str) -> None:
    """Options that do not go together, and other endings, are refused as wrong usage."""
    result = mlp("export", *arguments)
    assert 2 == result.exit_code
    assert message in result.stderr


def test_without_the_extra(tmp_path: Path) -> None:
    """Where onnx or safetensors is not installed, one line names the extra that brings it."""
    code = (
        "import sys, importlib.util\n"
        "find = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, *rest: (\n"
        "    None if name in ('onnx', 'safetensors') else find(name, *rest))\n"
        "from mlpcli.cli.main import main\n"
        "sys.argv = ['mlp', 'export', 'bundled', sys.argv[1]]\n"
        "main()\n"
    )
    for name in ("onnx", "safetensors"):
        done = subprocess.run(
            [sys.executable, "-c", code, f"net.{name}"],
            cwd=tmp_path,
            check=False,
            capture_output=True,
            text=True,
        )
        expected = f'.{name}: needs {name}; in mlpcli\'s folder: pip install ".[export]"\n'
        assert (1, expected) == (done.returncode, done.stderr)


def test_its_own_weights(mlp: Mlp, trained: Path) -> None:
    """The weights that are exported are never replaced by what is made of them."""
    before = (trained / "best.npz").read_bytes()
    for place in (trained, trained / "best.npz"):
        result = mlp("export", place, trained / "best.npz", "--format", "json", "--force")
        assert 1 == result.exit_code
        assert "best.npz: holds the weights that are exported; choose another" in result.stderr
    assert before == (trained / "best.npz").read_bytes()


def test_ranges_without_data(mlp: Mlp, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where the images for --quantize are not at hand, drawn digits are offered instead."""
    monkeypatch.setenv("MLP_DATA", str(tmp_path))
    nowhere = replace(SOURCES["mnist"], mirrors=("http://127.0.0.1:9/",))
    monkeypatch.setitem(SOURCES, "mnist", nowhere)
    monkeypatch.setattr("mlpcli.datasets.download.PAUSES", ())
    result = mlp("export", "bundled", "net.h", "--quantize", "int8")
    assert 1 == result.exit_code
    last = result.stderr.splitlines()[-1]
    assert "or fit the ranges to drawn digits: --data synthetic" == last


def test_what_cannot_be_read_back(mlp: Mlp, trained: Path) -> None:
    """An exported file given as weights is told from a damaged one."""
    mlp("export", trained, "net.json")
    result = mlp("evaluate", "--weights", "net.json")
    assert 1 == result.exit_code
    assert "of the files that mlp export writes, only .safetensors can be read" in result.stderr


def test_a_folder_that_is_missing(mlp: Mlp, trained: Path, glyph_file: Path) -> None:
    """A file in a folder that is not there is refused before anything is computed."""
    expected = "absent/net.json: cannot be written, No such file or directory\n"
    assert expected == mlp("export", trained, "absent/net.json").stderr
    options = ("--weights", trained, "--data", glyph_file, "--predictions", "absent/p.csv")
    result = mlp("evaluate", *options)
    assert ("", 1) == (result.stdout, result.exit_code)


def test_standard_output(mlp: Mlp, trained: Path) -> None:
    """- is standard output, which gets the file and nothing else."""
    mlp("export", trained, "net.json")
    result = mlp("export", trained, "-", "--format", "json")
    assert (Path("net.json").read_text(), "") == (result.stdout, result.stderr)
    assert not Path("-").exists()


def test_a_pipe(mlp: Mlp, trained: Path) -> None:
    """OUT may be standard output of the shell, with --format."""
    mlp("export", trained, "net.json")
    done = subprocess.run(
        [sys.executable, "-m", "mlpcli", "export", "trained", "/dev/stdout", "--format", "json"],
        check=True,
        capture_output=True,
    )
    assert Path("net.json").read_bytes() == done.stdout
    assert b"exported: /dev/stdout\n" == done.stderr
