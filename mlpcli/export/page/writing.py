"""The page as one file: HTML, styles, script, network and weights, and nothing from elsewhere.

While it is developed, `index.html` names the other files as any page does. Here they are put in
their places. A Content-Security-Policy names the sums of styles and script, so that nothing else
runs and nothing is requested, whatever a stranger's weights file holds.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from html import escape
from pathlib import Path
from posixpath import join, normpath
from typing import TYPE_CHECKING, Any

from mlpcli.config.data import DRAWN
from mlpcli.datasets.dataset import DIGITS
from mlpcli.export.page.payload import packed_weights, payload
from mlpcli.utils.escaping import printable

if TYPE_CHECKING:
    from mlpcli.export.exported import Exported
    from mlpcli.export.page.examples import Example
    from mlpcli.images.view import View
    from mlpcli.runs.checkpoint import Checkpoint

FOLDER = Path(__file__).parent
STYLES = ("style.css", "style-panels.css")
FIRST = "script/main.js"
_IMPORT = re.compile(r'import \{[^}]*\} from "(\.[^"]*)";\n')
_EXPORT = re.compile(r"^export (?=(?:async )?function|class|const)", re.MULTILINE)
_IN_SCRIPT = str.maketrans({"<": r"\u003c", ">": r"\u003e", "&": r"\u0026"})
_DATA = {"mnist": "MNIST", **dict.fromkeys(DRAWN, "digits that the program draws")}
"""Names of data as people would say them."""
_SEEING = "script/seeing.js"
_AS_THEY_ARE = """\
const seenBy = (network, image) => image;
const [stepsOfViews, sentencesOn, notesOn] = Array(3).fill(() => []);
"""
"""What stands instead of `_SEEING` where every network sees images as they are."""
MOST_NAMES = 20  # classes that the page names before anything is drawn
_WHAT_IF = {
    True: "The network knows each pixel only by its place, so a drawing is boxed and centred "
    "first. The sliders change the image after that.",
    False: "The network knows each pixel only by its place. The sliders change the image just "
    "before it is read.",
}
_PREPROCESSING = {
    True: "As MNIST’s makers did, a drawing is made {} pixels: the digit is found, cut out, boxed, "
    "and centred by its mass.",
    False: "Drawings and pictures are only resized, to {} pixels. The network has learnt from "
    "images as they came, so what is drawn smaller or elsewhere may be misread.",
}
"""What the page says, by whether pictures are boxed and centred."""


def page_html(
    exported: Exported, checkpoints: Sequence[Checkpoint], examples: Sequence[Example]
) -> str:
    """Return a page that reads what is drawn on it.

    Args:
        exported: the networks.
        checkpoints: that they were built of, in the same order.
        examples: images to start from.

    Raises:
        CheckpointError: the networks are too large for a page.
    """
    styles = [(FOLDER / name).read_text(encoding="utf-8") for name in STYLES]
    code = script(views=exported.has_views)
    replaced = {
        'content="">': f'content="{_policy(styles, code)}">',
        '<script type="module" src="script/main.js">': f'<script type="module">{code}',
        'id="network">': f'id="network">{_json(payload(exported, checkpoints, examples))}',
        'id="weights">': f'id="weights">{packed_weights(checkpoints)}',
    }
    for name, style in zip(STYLES, styles, strict=True):
        replaced[f'<link rel="stylesheet" href="{name}">'] = f"<style>{style}</style>"
    for name, text in _texts(exported).items():
        replaced[f"{{{{{name}}}}}"] = escape(text)
    page = (FOLDER / "index.html").read_text(encoding="utf-8")
    # in one go, so that no text that is put in is taken for a place
    places = re.compile("|".join(map(re.escape, replaced)))
    return places.sub(lambda place: replaced[place[0]], page)


def script(*, views: bool = True) -> str:
    """Return the modules as one, each after those that it imports from.

    Args:
        views: whether a network sees something else than images as they are.
    """
    texts = (text if views or path != _SEEING else _AS_THEY_ARE for path, text in modules())
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", text)).strip() + "\n" for text in texts)


def modules() -> Iterator[tuple[str, str]]:
    """Yield the path and the text of each module, each after those that it imports from."""
    seen: set[str] = set()

    def visit(path: str) -> Iterator[tuple[str, str]]:
        if path in seen:
            return
        seen.add(path)
        text = (FOLDER / path).read_text(encoding="utf-8")
        for name in _IMPORT.findall(text):
            yield from visit(normpath(join(path, "..", name)))
        yield path, text

    return visit(FIRST)


def _policy(styles: Sequence[str], code: str) -> str:
    """Return a Content-Security-Policy that allows these styles and this script alone."""
    rules = {
        "default-src": "'none'",
        "script-src": _sum(code),
        "style-src": " ".join(map(_sum, styles)),
        "img-src": "data: blob:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _sum(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _json(values: dict[str, Any]) -> str:
    """Return JSON that ends no script element, wherever it stands in a page."""
    return json.dumps(values, separators=(",", ":")).translate(_IN_SCRIPT)


def _texts(exported: Exported) -> dict[str, str]:
    """Return what the page says of its network, not yet escaped."""
    inputs, count = exported.inputs, len(exported.networks)
    digits, boxed = inputs.classes == DIGITS, inputs.preprocessing == "digit"
    data = _shortened(data_text(each.origin["data"] for each in exported.networks))
    layers = [" → ".join(map(str, each.sizes)) for each in exported.networks]
    seer, seen = _seeing([each.view for each in exported.networks])
    names = ", ".join(f"\u2068{_shortened(name, 40)}\u2069" for name in inputs.classes[:MOST_NAMES])
    names += " …" if len(inputs.classes) > MOST_NAMES else ""
    units = _shortened(" and ".join(dict.fromkeys(layers)))
    one = f"A network of {units} units, trained on {data}, reads it while you draw."
    more = (
        f"{count} networks of {units} units, trained on {data}, read it while you draw; their "
        "answers are averaged."
    )
    return {
        "title": "Draw a digit" if digits else f"Draw for a network that knows {data}",
        "heading": "Draw a digit" if digits else f"Draw one of {len(inputs.classes)} classes",
        "hint": "Draw a digit here" if digits else "Draw here",
        "summary": (more if count > 1 else one) + ("" if digits else f" Its classes: {names}."),
        "seer": seer,
        "whatIf": _WHAT_IF[boxed] + (" What a network sees is made of it then." if seen else ""),
        "preprocessing": _PREPROCESSING[boxed].format(f"{inputs.height}×{inputs.width}") + seen,
        "origin": f"Made by {exported.describe()['made_by']}.",
    }


def _seeing(views: Sequence[View]) -> tuple[str, str]:
    """Return whose view of an image is shown, and what is said of views, if anything."""
    if len({*views}) > 1:
        return "the first network", " Each network then sees it in its own way."
    return "the network", f" It is seen {views[0]}." if views[0].changes else ""


def data_text(origins: Iterable[str]) -> str:
    """Return what networks were trained on: "MNIST and digits that the program draws"."""
    parts = (part for origin in origins for part in origin.split(" + "))
    *others, last = dict.fromkeys(_DATA.get(part, part) for part in parts)
    return f"{', '.join(others)} and {last}" if others else last


def _shortened(text: str, most: int = 120) -> str:
    text = printable(text)
    return text if len(text) <= most else f"{text[: most - 1]}…"
