"""What several tests of the page need."""

from pathlib import Path

import pytest

from mlpcli.inference.bundled import BUNDLED
from tests.support.drawing import write_page


@pytest.fixture(scope="session")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page for the weights that come with the program."""
    return write_page(tmp_path_factory.mktemp("page") / "page.html", BUNDLED)
