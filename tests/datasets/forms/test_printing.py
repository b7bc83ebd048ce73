"""Forms as files for the printer."""

import re
import shutil
import subprocess
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mlpcli.datasets.forms.layout import PAPERS, PaperName, make_layout
from mlpcli.datasets.forms.printing import draw_form, form_pdf, form_png

POINTS = {"a4": (595, 842), "letter": (612, 792)}  # an inch has 72
LARGEST = 200_000


@pytest.mark.parametrize("rows", [10, 16])
@pytest.mark.parametrize("paper", PAPERS)
def test_pdf(paper: PaperName, rows: int) -> None:
    """A PDF has one page of the size of the paper, is small, and the same every time."""
    layout = make_layout(tuple(range(10)), rows, paper)
    content = form_pdf(layout)
    assert content.startswith(b"%PDF-")
    assert b"%%EOF" in content[-1024:]
    assert LARGEST >= len(content)
    (box,) = re.findall(rb"/MediaBox \[ ([\d. ]+) \]", content)
    assert [0, 0, *POINTS[paper]] == [round(float(number)) for number in box.split()]
    assert content == form_pdf(layout)


@pytest.mark.parametrize("paper", PAPERS)
def test_png(paper: PaperName) -> None:
    """A PNG shows the same page, and knows that it has 300 dots per inch."""
    layout = make_layout((1, 7), 12, paper)
    content = form_png(layout)
    assert LARGEST >= len(content)
    with Image.open(BytesIO(content)) as picture:
        assert (300, 300) == tuple(round(dots) for dots in picture.info["dpi"])
        assert POINTS[paper] == tuple(round(side * 72 / 300) for side in picture.size)
        np.testing.assert_array_equal(draw_form(layout), picture)


@pytest.mark.skipif(not shutil.which("pdftoppm"), reason="needs pdftoppm")
def test_another_program_shows_the_pdf(tmp_path: Path) -> None:
    """pdftoppm draws the page as it was drawn."""
    layout = make_layout((1, 7), 12, "letter")
    (tmp_path / "form.pdf").write_bytes(form_pdf(layout))
    command = ["pdftoppm", "-r", "300", "-gray", "-singlefile", "form.pdf", "form"]
    subprocess.run(command, cwd=tmp_path, check=True)
    with Image.open(tmp_path / "form.pgm") as picture:
        drawn = np.asarray(draw_form(layout).convert("L"), dtype=float)
        assert 2 > np.abs(np.asarray(picture, dtype=float) - drawn).mean()
