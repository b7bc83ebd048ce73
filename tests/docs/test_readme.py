"""The README and the tables of figures show what there is."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from mlpcli.config import shipped_configs

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def table_of(module: str, *options: str) -> str:
    """Return what a module of benchmarks/ prints from the results that it has kept."""
    command = [sys.executable, "-m", f"benchmarks.{module}", *options]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert printed.count("\n") > 2
    return printed


def page(name: str) -> str:
    """Return the text of a page of the documentation."""
    return (ROOT / "docs" / name).read_text("utf-8")


def test_its_size() -> None:
    """The README has at most 10 kB."""
    assert (ROOT / "README.md").stat().st_size <= 10_000


def test_the_ladder_is_what_was_measured() -> None:
    """The tables of accuracies are those that benchmarks.ladder prints from its kept results."""
    assert table_of("ladder", "--table", "--short") in README
    assert table_of("ladder", "--table") in page("figures/accuracy.md")


def test_what_was_tried_is_what_was_measured() -> None:
    """The table of what was tried is what benchmarks.tried_results prints."""
    assert table_of("tried_results") in page("figures/accuracy.md")


def test_every_configuration_is_listed() -> None:
    """Each shipped configuration has a row whose accuracy is that of the file's header."""
    tables = README + page("guide/recipes.md")
    for name, path in shipped_configs().items():
        header = re.search(r"test accuracy +(\S+ %( ± \S+)?)", path.read_text())
        assert header is not None
        assert re.search(rf"^\| `{name}` \|.*\| {re.escape(header[1])} \|", tables, re.MULTILINE)


def test_the_default_configuration_is_shown() -> None:
    """The YAML in the guide is configs/mnist.yaml without its header."""
    body = (ROOT / "configs" / "mnist.yaml").read_text().partition("\n\n")[2]
    assert f"```yaml\n{body}```" in page("guide/recipes.md")


def test_every_file_of_the_tree_exists() -> None:
    """The annotated tree names modules and folders that are there, and all of them."""
    text = page("contributing.md")
    tree = text[text.index("```text\nmlpcli/") :].partition("\n```\n")[0]
    named = set(re.findall(r"^ {4}(\w+)(?:\.py|/) ", tree, flags=re.MULTILINE))
    entries = {path.stem for path in (ROOT / "mlpcli").iterdir() if not path.name.startswith("__")}
    assert entries - {"py"} == named


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "SECURITY.md"])
def test_relative_links(name: str) -> None:
    """Files that the texts beside the README link to are there."""
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", (ROOT / name).read_text("utf-8")):
        assert (ROOT / target).exists(), target


def test_pictures_are_small() -> None:
    """The pictures of the documentation have at most 1 MB in all."""
    assert sum(file.stat().st_size for file in (ROOT / "docs" / "pictures").iterdir()) <= 1_000_000
