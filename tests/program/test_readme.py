"""What the README shows is what there is."""

import re
import subprocess
import sys
from pathlib import Path

from mlpcli.config import shipped_configs
from mlpcli.config.schema import Config
from mlpcli.config.section import Section
from mlpcli.runs.epochs import EpochResult
from mlpcli.runs.result import Result

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def keys(section: Section) -> list[str]:
    """Return the dotted names that the README's table lists."""
    names = []
    for name, value in section:
        if type(section) is Config and isinstance(value, Section):
            names += [f"{name}.{inner}" for inner in keys(value)]
        else:
            names.append(name)
    return names


def test_every_key_is_listed() -> None:
    """The table of keys has each key of the schema, and no other, in its order."""
    table = README[README.index("| key | default") : README.index("Every mistake in a file")]
    assert keys(Config()) == re.findall(r"^\| `([\w.]+)` \|", table, flags=re.MULTILINE)


def test_fields_of_the_log_are_listed() -> None:
    """The README's table of the log has each field of a line, and no other."""
    table = README[README.index("| field of `log.jsonl`") :].partition("\n\n")[0]
    documented = re.findall(r"^\| `(\w+)` \|", table, flags=re.MULTILINE)
    assert [*EpochResult.model_fields] == documented


def test_every_configuration_is_listed() -> None:
    """Each shipped configuration has a row whose accuracy is that of the file's header."""
    for name, path in shipped_configs().items():
        header = re.search(r"test accuracy +(\S+ %( ± \S+)?)", path.read_text())
        assert header is not None
        assert re.search(rf"^\| `{name}` \|.*\| {re.escape(header[1])} \|", README, re.MULTILINE)


def test_the_ladder_is_what_was_measured() -> None:
    """The tables of accuracies are those that benchmarks.ladder prints from its kept results."""
    command = [sys.executable, "-m", "benchmarks.ladder", "--table"]
    for option, text in ([], (ROOT / "docs" / "accuracy.md").read_text()), (["--short"], README):
        printed = subprocess.run(
            [*command, *option], capture_output=True, text=True, check=True, cwd=ROOT
        ).stdout
        assert printed.count("\n") > 2
        assert printed in text


def test_what_was_tried_is_what_was_measured() -> None:
    """The table of what was tried is what benchmarks.tried_results prints."""
    command = [sys.executable, "-m", "benchmarks.tried_results"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert printed.count("\n") > 2
    assert printed in (ROOT / "docs" / "accuracy.md").read_text()


def test_the_default_configuration_is_shown() -> None:
    """The YAML in the README is configs/mnist.yaml without its header."""
    body = (ROOT / "configs" / "mnist.yaml").read_text().partition("\n\n")[2]
    assert f"```yaml\n{body}```" in README


def test_every_file_of_the_tree_exists() -> None:
    """The annotated tree names modules and folders that are there, and all of them."""
    tree = README[README.index("```text\nmlpcli/") : README.index("To see how learning works")]
    named = set(re.findall(r"^ {4}(\w+)(?:\.py|/) ", tree, flags=re.MULTILINE))
    entries = {path.stem for path in (ROOT / "mlpcli").iterdir() if not path.name.startswith("__")}
    assert entries - {"py"} == named


def test_relative_links() -> None:
    """Files and headings that the README links to are there."""
    headings = re.findall(r"^#+ (.+)$", README, flags=re.MULTILINE)
    anchors = {"#" + re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in headings}
    for target in re.findall(r"\]\((?!http)([^)]+)\)", README):
        assert target in anchors if target.startswith("#") else (ROOT / target).exists()


def test_fields_of_the_result_are_listed() -> None:
    """The README's table of `result.json` has each field, and no other."""
    table = README[README.index("| field of `result.json`") :].partition("\n\n")[0]
    rows = re.findall(r"^\| (`[^|]+`) \|", table, flags=re.MULTILINE)
    assert [*Result.model_fields] == [name for row in rows for name in re.findall(r"`(\w+)`", row)]
