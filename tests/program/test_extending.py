"""What CONTRIBUTING says of adding to the program is all there is to do."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SWISH = '''

class Swish(Activation):
    """y = x σ(x) (Ramachandran et al., arXiv:1710.05941)."""

    name = "swish"

    def forward(self, x: Array) -> Array:
        """Return y."""
        self._x, self._s = x, 1 / (1 + np.exp(-x))
        return x * self._s

    def backward(self, dy: Array) -> Array:
        """Return dx = dy (s + x s (1 − s))."""
        return dy * (self._s + self._x * self._s * (1 - self._s))


def make_activation('''


def edit(file: Path, old: str, new: str) -> None:
    """Replace a text that is there once."""
    text = file.read_text()
    assert 1 == text.count(old)
    file.write_text(text.replace(old, new))


@pytest.mark.slow
def test_an_activation(tmp_path: Path, config_file: Path) -> None:
    """An activation is added by two edits: its name, and its class with its case."""
    shutil.copytree(ROOT / "mlpcli", tmp_path / "mlpcli")
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    schema = tmp_path / "mlpcli" / "config" / "schema.py"
    edit(schema, '"leaky-relu", "gelu"]', '"leaky-relu", "gelu", "swish"]')
    layers = tmp_path / "mlpcli" / "nn" / "layers" / "activations.py"
    edit(layers, "\n\ndef make_activation(", SWISH)
    edit(
        layers,
        "        case _:\n",
        '        case "swish":\n            return Swish()\n        case _:\n',
    )
    swish = ["--config", str(config_file), "--set", "model.activation=swish"]
    for command in (["gradcheck", *swish], ["train", *swish, "--out", "run"], ["inspect", "run"]):
        done = subprocess.run(
            [sys.executable, "-m", "mlpcli", *command],
            cwd=tmp_path,
            check=True,
            capture_output=True,
            text=True,
        )
    assert "swish" in done.stdout
    types = [sys.executable, "-m", "mypy", "mlpcli/nn/layers/activations.py"]
    subprocess.run(types, cwd=tmp_path, check=True, capture_output=True)
