"""The wheel, installed where no source tree is beside it."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from mlpcli.config import shipped_configs, shipped_sweeps

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_wheel(tmp_path: Path) -> None:
    """The wheel holds the typed package, and finds its configurations, weights and templates."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", str(ROOT)]
    subprocess.run([*command, "--wheel-dir", str(tmp_path)], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    page = ("export/page/index.html", "export/page/style.css", "export/page/script/main.js")
    for name in (
        "py.typed",
        "report/page.html.j2",
        "report/page.css",
        "export/c/functions.c",
        *page,
    ):
        assert (tmp_path / "site" / "mlpcli" / name).exists()
    code = f"import sys; sys.path.insert(0, {str(tmp_path / 'site')!r}); " + (
        "import mlpcli; from mlpcli.inference.bundled import BUNDLED; "
        "from mlpcli.inference.classifier import Classifier; "
        "from mlpcli.config import shipped_configs, shipped_sweeps; "
        "from mlpcli.datasets.synthetic.drawing import draw; "
        "Classifier.load([BUNDLED]).log_probabilities(draw(0, 'test', 1).images); "
        "print(mlpcli.__file__, *shipped_configs().values(), *shipped_sweeps().values())"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True, text=True
    ).stdout.split()
    assert all(path.startswith(str(tmp_path / "site")) for path in found)
    assert 1 + len(shipped_configs()) + len(shipped_sweeps()) == len(found)
