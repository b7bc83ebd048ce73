"""The pages on how a network learns."""

import re
from pathlib import Path

import pytest

HOW = Path(__file__).parents[2] / "docs" / "how"
PAGES = [page for page in sorted(HOW.glob("*.md")) if page.name != "terms.md"]  # which has tables


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_code_and_exercises(page: Path) -> None:
    """Each page shows code from the source, and ends with two exercises and the next page."""
    text = page.read_text("utf-8")
    assert re.search(r"^\{\{ source mlpcli/", text, re.MULTILINE)
    exercises = text.partition("\n## Exercises\n")[2]
    assert ["1", "2"] == re.findall(r"^\*\*(\d+)\. ", exercises, re.MULTILINE)
    assert 2 == exercises.count('??? success "Answer"')
    *_, last = exercises.strip().splitlines()
    found = re.fullmatch(r"Next: \[[^]]+\]\((.+)\)", last)
    assert found is not None
    assert "../notebook.md" == found[1] or (HOW / found[1]).exists()


def test_order() -> None:
    """Each page leads to the one that follows it in the navigation."""
    config = (HOW.parents[1] / "mkdocs.yml").read_text("utf-8")
    order = re.findall(r": how/(\w[\w-]*\.md)$", config, re.MULTILINE)
    order.remove("terms.md")
    for page, following in zip(order, [*order[1:], "../notebook.md"], strict=True):
        assert f"]({following})" in (HOW / page).read_text("utf-8").rstrip().splitlines()[-1]
