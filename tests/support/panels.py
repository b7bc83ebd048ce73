"""The page's network and its panels in Chromium, without drawing and preprocessing."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlpcli.export.exported import Exported
from mlpcli.export.page.payload import packed_weights, payload
from mlpcli.images.normalization import Pixels
from mlpcli.inference.classifier import Classifier
from mlpcli.runs.finding import load_weights
from tests.support.browser import DESK, Scheme, Watched

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SECTIONS = {
    "activations": "activations",
    "first-weights": "firstWeights",
    "contributions": "contributions",
    "mathematics": "mathematics",
}


def open_network(
    browser: Browser,
    paths: Sequence[Path],
    size: tuple[int, int] = DESK,
    scheme: Scheme = "light",
) -> Watched:
    """Open a page that has the networks of some files in it, and the sections of the panels.

    After `window.model`, which is what `loadModel` returned, `window.panels` has a panel by the id
    of each section.
    """
    checkpoints = [each for path in paths for each in load_weights(path)]
    exported = Exported.of(Classifier.of(checkpoints), checkpoints)
    block = json.dumps(payload(exported, checkpoints, [])).replace("<", r"\u003c")
    sections = "".join(f'<section id="{name}"></section>' for name in SECTIONS)
    watched = Watched(
        browser,
        '<!doctype html><html lang="en"><head><title>panels</title>'
        '<link rel="icon" href="data:,"><link rel="stylesheet" href="/style.css">'
        '<link rel="stylesheet" href="/style-panels.css"></head>'
        f"<body><main><h1>Panels</h1>{sections}</main>"
        f'<script type="application/json" id="network">{block}</script>'
        f'<script type="text/plain" id="weights">{escape(packed_weights(checkpoints))}</script>'
        "</body></html>",
        size,
        scheme,
    )
    watched.run(
        """
        const { loadModel } = await load("weights.js");
        window.model = await loadModel(document);
        window.panels = {};
        for (const [id, file] of Object.entries(argument)) {
          const module = await load(`panels/${file}.js`);
          const name = `create${file[0].toUpperCase()}${file.slice(1)}Panel`;
          window.panels[id] = module[name](document.getElementById(id), window.model);
        }
        """,
        SECTIONS,
    )
    return watched


def packed_images(images: Pixels) -> str:
    """Return images as text that `bytesOfBase64` of `weights.js` turns into bytes again."""
    return b64encode(images.tobytes()).decode()


def show(watched: Watched, image: Pixels) -> dict[str, Any]:
    """Show an image in all panels; return what the page thinks of it alone.

    Args:
        watched: what `open_network` returned.
        image: (height, width) uint8.
    """
    reading: dict[str, Any] = watched.run(
        """
        const { averageProbabilities, committeeLogits } = await load("network.js");
        const { bytesOfBase64 } = await load("weights.js");
        const { viewsOf } = await load("views.js");
        const { model, panels } = window;
        const { height, width } = model.preprocessing;
        const image = bytesOfBase64(argument);
        const probabilities = averageProbabilities(model, committeeLogits(model, image));
        const label = probabilities.indexOf(Math.max(...probabilities));
        const views = viewsOf(image, height, width, model.views);
        const logits = views.flatMap((view) => committeeLogits(model, view));
        window.reading = { image, logits, probabilities, label, blank: false };
        Object.values(panels).forEach((panel) => panel.show(window.reading));
        return { label, probabilities: [...probabilities] };
        """,
        packed_images(image),
    )
    return reading
