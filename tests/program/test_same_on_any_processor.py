"""The result of preprocessing depends neither on the processor nor on the number of threads."""

import os
import platform
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.pictures import draw_picture
from tests.support.digests import digests

COMMAND = """
import sys
sys.path[:0] = sys.argv[2].split(":")
from pathlib import Path
from tests.support.digests import digests
print(*digests(Path(sys.argv[1])), sep="\\n")
"""


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of pictures, one with colours that are spread equally far in two directions."""
    folder = tmp_path_factory.mktemp("pictures")
    for index, kind in enumerate(("poor JPEG", "poor JPEG", "palette", "noise"), start=2):
        picture = draw_picture(kind, index)
        (folder / picture.name).write_bytes(picture.content)
    three = np.diag([255, 255, 255]).astype(np.uint8).repeat(10, axis=0)
    Image.fromarray(np.repeat(three[None], 30, axis=0)).save(folder / "three.png")
    return folder


@pytest.fixture(scope="module")
def here(pictures: Path) -> list[str]:
    """What this process finds."""
    return digests(pictures)


def elsewhere(folder: Path, **variables: str) -> list[str]:
    """Return what another process finds, in which NumPy computes in other ways."""
    command = [sys.executable, "-c", COMMAND, str(folder), ":".join(sys.path)]
    environment = {name: value for name, value in os.environ.items() if "OPENBLAS" not in name}
    return subprocess.run(
        command, check=True, capture_output=True, text=True, env=environment | variables
    ).stdout.split()


@pytest.mark.slow
@pytest.mark.skipif(platform.machine() != "x86_64", reason="kernels have other names here")
@pytest.mark.parametrize("variables", [{"OPENBLAS_CORETYPE": "Nehalem"}, {}], ids=["oldest", "own"])
def test_matrix_products(pictures: Path, here: list[str], variables: dict[str, str]) -> None:
    """Each preprocessing step gives the same bits with any BLAS kernels."""
    assert here == elsewhere(pictures, OPENBLAS_NUM_THREADS="1", **variables)


@pytest.mark.slow
def test_functions(pictures: Path, here: list[str]) -> None:
    """The images are the same with any instructions for exponentials."""
    features = import_module("numpy._core._multiarray_umath").__cpu_dispatch__
    plain = elsewhere(pictures, NPY_DISABLE_CPU_FEATURES=" ".join(features))
    assert here[1::2] == plain[1::2]
