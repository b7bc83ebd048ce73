"""Files and commands as people really have them are understood, or the answer says what to do."""

from pathlib import Path

import pytest

from tests.people.situation import Situation, try_out
from tests.people.situations import SITUATIONS


@pytest.mark.slow
@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.title)
def test_people(tmp_path: Path, situation: Situation) -> None:
    """The program prints what the person needs, and ends as it should."""
    wrong = try_out(situation, tmp_path / "work")
    assert not wrong, wrong


def test_titles() -> None:
    """There are at least forty situations, each with a title of its own."""
    titles = [situation.title for situation in SITUATIONS]
    assert len(titles) >= 40
    assert len({*titles}) == len(titles)
