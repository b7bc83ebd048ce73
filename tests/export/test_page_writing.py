"""The page as a file: what is in it, and what a stranger's weights cannot bring into it."""

import json
import re
from base64 import b64encode
from collections import Counter
from hashlib import sha256
from pathlib import Path

import pytest

from mlpcli.export.exported import Exported
from mlpcli.export.page.examples import find_examples
from mlpcli.export.page.writing import FOLDER, data_text, modules, page_html, script
from mlpcli.inference.bundled import BUNDLED
from mlpcli.inference.loading import open_weights
from tests.support.checkpoints import altered

MB = 1_000_000
HOSTILE = "</script><script>alert(1)</script><!-- &amp; {{title}}"


def page_of(*files: Path) -> str:
    """Return the page for some weights."""
    classifier, checkpoints = open_weights(files, print)
    examples = find_examples(classifier, None, print)
    return page_html(Exported.of(classifier, checkpoints), checkpoints, examples)


@pytest.fixture(scope="module")
def page() -> str:
    """The page for the weights that come with the program."""
    return page_of(BUNDLED)


def test_size(page: str) -> None:
    """The page for the weights that come along is no larger than 1.5 MB, whatever is added to it."""
    assert len(page.encode()) <= 1.5 * MB


def test_policy_allows_the_styles_and_the_script_alone(page: str) -> None:
    """The policy forbids everything, and then allows what has the sums of these elements."""
    (policy,) = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', page)
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    sums = {
        kind: {
            f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
            for text in re.findall(f"<{kind}>(.*?)</{kind.split()[0]}>", page, re.DOTALL)
        }
        for kind in ("style", 'script type="module"')
    }
    assert {
        "default-src": "'none'",
        "script-src": rules["script-src"],
        "style-src": rules["style-src"],
        "img-src": "data: blob:",
        "base-uri": "'none'",
        "form-action": "'none'",
    } == rules
    assert sums['script type="module"'] == {*rules["script-src"].split()}
    assert sums["style"] == {*rules["style-src"].split()}
    assert page.index("Content-Security-Policy") < page.index("<link")


def test_nothing_is_named_that_would_be_requested(page: str) -> None:
    """No attribute, style or statement of the page names another file or host."""
    text = re.sub(r"(?s)<script type=\"(application/json|text/plain)\".*?</script>", "", page)
    assert [] == re.findall(r"\bsrc=|@import|url\(|\bimport\b[ (]|\bfetch\(|XMLHttpRequest", text)
    assert ['href="data:,"'] == re.findall(r"\bhref=\S*\"", text)


def test_no_inline_styles_or_handlers() -> None:
    """The document has no attributes that the policy would block."""
    text = (FOLDER / "index.html").read_text("utf-8")
    assert [] == re.findall(r"\sstyle=|\son\w+=|javascript:", text)


def test_every_module_is_in_the_page() -> None:
    """Each file of JavaScript is reached from the first one, once, and after those it needs."""
    paths = [path for path, _ in modules()]
    files = [str(file.relative_to(FOLDER)) for file in (FOLDER / "script").rglob("*.js")]
    assert sorted(files) == sorted(paths)
    assert "script/main.js" == paths[-1]


def test_imports_and_exports_are_of_the_kind_that_can_be_removed() -> None:
    """After inlining, no import and no export is left, which would be an error or a request."""
    assert [] == re.findall(r"^\s*(?:import|export)\b.*", script(), re.MULTILINE)


def test_names_are_unique() -> None:
    """No two modules declare a function, class or value of the same name at their top level."""
    declared = re.compile(
        r"^(?:export )?(?:async )?(?:function\*?|class|const|let|var) (\w+|[{[].*)", re.MULTILINE
    )
    names = [
        name
        for _, text in modules()
        for found in declared.findall(text)
        for name in re.findall(r"\w+", found)
    ]
    assert [] == [name for name, count in Counter(names).items() if count > 1]


@pytest.mark.parametrize("path", [path for path, _ in modules()])
def test_modules_are_short_and_say_why_they_exist(path: str) -> None:
    """A module begins with a comment, and has no more than 300 lines."""
    lines = (FOLDER / path).read_text("utf-8").splitlines()
    assert lines[0].startswith(("// ", "/*"))
    assert len(lines) <= 300


def test_names_of_classes_are_data(tmp_path: Path) -> None:
    """Names of classes from a weights file, whatever they are, end no element and begin none."""
    names = [f"{HOSTILE}{number}" for number in range(10)]
    page = page_of(altered(BUNDLED, tmp_path / "weights.npz", classes=names))
    assert 0 == page.count("alert(1)</script>")
    assert 3 == page.count("</script>")
    (block,) = re.findall(r'<script type="application/json" id="network">(.*?)</script>', page)
    assert names == json.loads(block)["classes"]


def test_name_of_the_data_is_text(tmp_path: Path) -> None:
    """The name of the data in a weights file is escaped, cut, and says nothing of other folders."""
    config = {"path": f"private/{'x' * 300}<img src=x onerror=alert(1)>"}
    page = page_of(altered(BUNDLED, tmp_path / "weights.npz", config))
    assert "<img" not in page
    assert "private" not in page


def test_title_and_headings_say_what_is_read(tmp_path: Path, page: str) -> None:
    """The page for digits is about digits, another one about its classes."""
    pets = altered(BUNDLED, tmp_path / "w.npz", classes=[f"pet {n}" for n in range(10)])
    assert "<title>Draw a digit</title>" in page
    assert "A network of 784 → 640 → 384 → 10 units" in page
    other = page_of(pets)
    assert "<h1>Draw one of 10 classes</h1>" in other
    assert "Its classes: \u2068pet 0\u2069, \u2068pet 1\u2069, " in other


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["synthetic", "fashion-mnist"], "digits that the program draws and fashion-mnist"),
        (["mnist", "synthetic", "synthetic-outliers"], "MNIST and digits that the program draws"),
        (["pets.npz"], "pets.npz"),
        (["mnist", "a", "b"], "MNIST, a and b"),
    ],
)
def test_data_as_people_would_say_it(names: list[str], expected: str) -> None:
    """What the program draws is named once, in words; data of others is named as it is."""
    assert expected == data_text([" + ".join(names)])
    assert expected == data_text(names)


def test_committee_is_named() -> None:
    """The page of several networks says how many there are."""
    assert "2 networks of 784 → 640 → 384 → 10 units" in page_of(BUNDLED, BUNDLED)
