"""Small files that unpack to a great deal take neither all memory nor all patience."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.bombs import BOMBS
from tests.fuzz.trial import LIMIT_MEGABYTES, LIMIT_SECONDS

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.parametrize("name", BOMBS)
def test_bombs(name: str, tmp_path: Path) -> None:
    """A file that holds very much is read or refused within the limits of time and memory."""
    kind, make = BOMBS[name]
    path = tmp_path / "bomb"
    path.write_bytes(make())
    command = [sys.executable, "-m", "tests.fuzz.once", kind, str(path), "--json"]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    tally = json.loads(done.stdout)
    assert LIMIT_MEGABYTES >= tally["megabytes"]
    assert 2 * LIMIT_SECONDS >= tally["seconds"]  # other programs slow the processor
    assert not {*tally["findings"]} - {"slow"}
