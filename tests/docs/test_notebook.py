"""The notebook of the documentation, run from top to bottom."""

import ast
import io
import json
import re
from base64 import b64decode
from pathlib import Path

import pytest
from nbformat import NotebookNode
from PIL import Image

import mlpcli
import mlpcli.nn
from docs.hooks.run_notebook import (
    DRAWN,
    METADATA,
    NOTEBOOK,
    executed,
    final_accuracy,
    printed,
    read,
)

NUMBER = re.compile(r"(?P<number>-?\d+(?:\.(?P<digits>\d+))?)(?P<unit> ?%| s$)?", re.MULTILINE)


@pytest.fixture(scope="module")
def kept() -> NotebookNode:
    """The notebook with the outputs that are kept in it."""
    return read()


@pytest.fixture(scope="module")
def again(kept: NotebookNode) -> NotebookNode:
    """The notebook with the outputs of a new run on drawn digits."""
    return executed(kept)


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """Return the cells with code."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def kinds(notebook: NotebookNode) -> list[tuple[str, list[tuple[str, ...]]]]:
    """Return the name of each cell with code, and of what kinds its outputs are."""
    return [
        (cell.id, [(each.output_type, *sorted(each.get("data", {}))) for each in cell.outputs])
        for cell in code_cells(notebook)
    ]


def pictures(notebook: NotebookNode) -> list[bytes]:
    """Return the pictures among the outputs, each the content of a PNG file."""
    outputs = [output for cell in code_cells(notebook) for output in cell.outputs]
    return [b64decode(each.data["image/png"]) for each in outputs if "data" in each]


def check_alike(first: str, second: str) -> None:
    """Check that two texts are equal but for what other processors make of their numbers."""
    words, other_words = (" ".join(NUMBER.sub("#", text).split()) for text in (first, second))
    assert words == other_words
    for one, other in zip(NUMBER.finditer(first), NUMBER.finditer(second), strict=True):
        unit = (one["unit"] or "").strip()
        if unit == "s":
            continue
        digits = len(one["digits"] or "")
        share = 0.05 if digits else 0.01  # of a number with decimals, or of a whole one
        allowed = 1 if unit == "%" else max(1.01 * 10**-digits, share * abs(float(one["number"])))
        difference = abs(float(one["number"]) - float(other["number"]))
        assert difference <= allowed, f"{one[0]} and {other[0]} in\n{second}"


def test_what_is_alike() -> None:
    """Times do not count and numbers may differ a little, but words may not."""
    check_alike("loss 0.0758  accuracy 98.27%\n14 s\n", "loss 0.0763 accuracy 98.09%\n73 s\n")
    for one, other in [
        ("loss 0.0758", "loss 0.0858"),
        ("accuracy 98.27%", "accuracy 97.01%"),
        ("(784, 100)", "(800, 100)"),
        ("equal: True", "equal: False"),
    ]:
        with pytest.raises(AssertionError):
            check_alike(one, other)


@pytest.mark.slow
def test_runs_on_drawn_digits(again: NotebookNode) -> None:
    """From top to bottom on drawn digits, no cell fails or warns, and 97 % are read in the end."""
    assert 97 <= final_accuracy(again)
    assert {"stdout"} == {
        each.name
        for cell in code_cells(again)
        for each in cell.outputs
        if each.output_type == "stream"
    }


@pytest.mark.slow
def test_kept_outputs(kept: NotebookNode, again: NotebookNode) -> None:
    """What is kept is what comes out today; `python -m docs.hooks.run_notebook` renews it."""
    assert kinds(again) == kinds(kept)
    for old, new in zip(code_cells(kept), code_cells(again), strict=True):
        for one, other in zip(old.outputs, new.outputs, strict=True):
            if one.output_type == "stream":
                check_alike(one.text, other.text)
    sizes = [[Image.open(io.BytesIO(each)).size for each in pictures(n)] for n in (kept, again)]
    assert sizes[0] == sizes[1]


@pytest.mark.slow
def test_runs_on_mnist(kept: NotebookNode, mnist_root: Path) -> None:
    """On MNIST itself, 98 % are read in the end, and the same cells have outputs."""
    assert (mnist_root / "mnist").is_dir()
    notebook = executed(kept, "mnist")
    assert "mnist\n" == printed(notebook)[:6]
    assert 98 <= final_accuracy(notebook)
    assert kinds(kept) == kinds(notebook)


def test_outputs_are_there(kept: NotebookNode) -> None:
    """All cells after the imports have outputs, of a run from top to bottom on drawn digits."""
    cells = code_cells(kept)
    assert [*range(1, len(cells) + 1)] == [cell.execution_count for cell in cells]
    assert ["setup"] == [cell.id for cell in cells if not cell.outputs]
    assert printed(kept).startswith(f"{DRAWN}\n")
    assert 4 == len(pictures(kept))
    assert 97 <= final_accuracy(kept)


def test_nothing_else_is_kept(kept: NotebookNode) -> None:
    """The file is small, and says neither when, where nor with what it was run."""
    assert 300_000 > NOTEBOOK.stat().st_size
    assert METADATA == kept.metadata
    assert {"alt"} >= {name for cell in kept.cells for name in cell.metadata}
    for picture in pictures(kept):
        assert {} == Image.open(io.BytesIO(picture)).info
    assert not re.search(r"/(home|root|tmp|usr|work)/|\d\d:\d\d", printed(kept))


def test_pictures_have_a_description(kept: NotebookNode) -> None:
    """Each cell that draws a picture says in words what one sees."""
    for cell in code_cells(kept):
        draws = any("data" in output for output in cell.outputs)
        assert draws == ("alt" in cell.metadata), cell.id


def test_public_interface(kept: NotebookNode) -> None:
    """The cells use no name of the program but the public ones."""
    tree = ast.parse("\n".join(cell.source for cell in code_cells(kept)))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("mlpcli"):
            assert "mlpcli.nn" == node.module
            assert {alias.name for alias in node.names} <= {*mlpcli.nn.__all__}
        elif isinstance(node, ast.Attribute) and ast.unparse(node.value) == "mlpcli":
            assert node.attr in mlpcli.__all__


def test_as_it_was_written(kept: NotebookNode) -> None:
    """The file is written as Jupyter writes it, so that saving it there changes little."""
    text = NOTEBOOK.read_text("utf-8")
    assert json.dumps(json.loads(text), indent=1, ensure_ascii=False) + "\n" == text
    assert (4, 5) <= (kept.nbformat, kept.nbformat_minor)
