"""Files that were once found to break a reader, or nearly: each has a clean answer now."""

import time
from pathlib import Path

import pytest

from tests.fuzz import targets
from tests.fuzz.trial import LIMIT_SECONDS

CASES = sorted(Path(__file__).parent.glob("found/*/*.bin"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.stem}")
def test_found(case: Path, tmp_path: Path) -> None:
    """A found file is read, or refused with one line, in no more time than any file may take."""
    path = targets.prepare_folder(case.parent.name, tmp_path)
    path.write_bytes(case.read_bytes())
    start = time.process_time()
    targets.answer(case.parent.name, path)
    assert LIMIT_SECONDS > time.process_time() - start


def test_every_format_is_known() -> None:
    """Found files lie in folders that are named after formats."""
    assert set() == {case.parent.name for case in CASES} - set(targets.FORMATS)
