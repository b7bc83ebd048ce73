"""How exactly exported networks agree with the program, on the 10,000 test images of MNIST.

    MLP_DATA=DIR python -m benchmarks.exports --runs runs/exports

DIR holds mnist/. Six classifiers are exported to each format by `mlp export`: the configurations
`mnist`, `accurate` (batch normalisation) and `notebook` (sigmoid), the mean of `mnist`, `fast` and
`notebook`, the mean of `mnist` and two networks like it that see digits deslanted and of one width,
and a network of 62 classes, which learns printed letters and digits. Runs that are not in the
folder are trained first, `accurate` in about ten minutes.

Then every format reads the images: ONNX through ONNX Runtime, safetensors read back, the C header
compiled by `cc`, and the page's own JavaScript in Chromium. Of the header made with
`--quantize int8` the accuracy is compared; there the 62 classes are those of printed characters.
"""

from __future__ import annotations

import base64
import re
import string
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from mlpcli.config import data_root
from mlpcli.datasets import Split, open_dataset
from mlpcli.images import preprocess
from mlpcli.images.normalization import Pixels
from mlpcli.inference.classifier import Classifier
from mlpcli.utils.arrays import Array
from tests.support import c_programs
from tests.support.browser import EMPTY, Watched, chromium

CHARACTERS = string.digits + string.ascii_uppercase + string.ascii_lowercase
MANY = "many.npz"
SEEING = {
    "narrow": ["--set", "data.view.width=12"],
    "upright": ["--set", "data.view.deslant=true", "--set", "data.view.width=16"],
}
"""Runs of `mnist` with a view, and their options."""
NETWORKS = {
    "mnist": ["mnist"],
    "accurate": ["accurate"],
    "committee": ["mnist", "fast", "notebook"],
    "sigmoid": ["notebook"],
    "views": ["mnist", *SEEING],
    "62 classes": ["many"],
}
BOUNDS = {"onnx": 1e-5, "safetensors": 1e-5, "h": 1e-5, "html": 1e-4}
IN_PAGE = """
const { loadModel } = await load("weights.js");
const { committeeLogits, averageProbabilities } = await load("network.js");
const model = await loadModel(document);
const bytes = Uint8Array.from(atob(argument), (character) => character.charCodeAt(0));
const found = [];
for (let start = 0; start < bytes.length; start += 784) {
  const logits = committeeLogits(model, bytes.subarray(start, start + 784));
  found.push(...averageProbabilities(model, logits));
}
return found;
"""

Predictor = Callable[[Path, Pixels], tuple[NDArray[np.int64], Array]]
"""Labels and probabilities that an exported file gives for (count, 28, 28) images."""


@dataclass(frozen=True)
class Agreement:
    """How a format agrees with the program.

    Attributes:
        same: number of images with the same label.
        count: of all images.
        difference: the largest of a probability.
        size: of the file, in bytes.
    """

    same: int
    count: int
    difference: float
    size: int


@click.command()
@click.option(
    "--runs",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder to keep runs in, and to take them from.",
)
@click.option("--only", multiple=True, type=click.Choice([*NETWORKS]), help="Of the networks.")
def main(runs: Path | None, only: tuple[str, ...]) -> None:
    """Train what is missing, export it, and compare."""
    mnist = open_dataset("mnist", root=Path(data_root()), validation=10_000).test
    with TemporaryDirectory() as temporary:
        folder = (runs or Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        for name in only or NETWORKS:
            weights = [train(each, folder) for each in NETWORKS[name]]
            for file_format, found in compare(weights, mnist.images):
                bound = BOUNDS[file_format]
                ok = found.same == found.count and found.difference <= bound
                click.echo(
                    f"{name:<12}{file_format:<12}same label {found.same:,} of {found.count:,}, "
                    f"probabilities within {found.difference:.1e} (bound {bound:.0e}), "
                    f"{found.size:,} bytes{'' if ok else '  FALLS SHORT'}"
                )
            own = mnist if name != "62 classes" else open_dataset(folder / MANY).test
            before, after, size = quantized(weights, own, folder)
            click.echo(
                f"{name:<12}{'int8':<12}accuracy {after:.2%} against {before:.2%} of float32 on "
                f"{len(own):,} images, {size:,} bytes"
                f"{'' if after >= before - 0.0005 else '  FALLS SHORT'}"
            )


def train(name: str, folder: Path) -> Path:
    """Return the run of a configuration, trained now unless it is in the folder."""
    run = folder / name
    if not (run / "best.npz").exists():
        options = ["--config", "mnist" if name in SEEING else name, "--out", str(run)]
        options += SEEING.get(name, [])
        if name == "many":
            draw_characters(folder / MANY)
            options = ["--config", "mnist", "--data", str(folder / MANY), "--out", str(run)]
        mlp("train", *options, "--quiet")
    return run


def mlp(*arguments: str, cwd: Path | None = None) -> None:
    """Run the program."""
    subprocess.run([sys.executable, "-m", "mlpcli", *arguments], check=True, cwd=cwd)


def draw_characters(file: Path) -> None:
    """Draw 6,200 printed letters and digits to learn from, and as many to test with."""
    generator = np.random.default_rng(0)
    arrays: dict[str, NDArray[Any]] = {"class_names": np.array(list(CHARACTERS))}
    for part in ("train", "test"):
        labels = np.arange(6_200) % len(CHARACTERS)
        arrays[f"x_{part}"] = np.stack([draw(CHARACTERS[n], generator) for n in labels])
        arrays[f"y_{part}"] = labels
    np.savez(file, **arrays)  # type: ignore[arg-type]  # for allow_pickle, say the stubs


def draw(character: str, generator: np.random.Generator) -> Pixels:
    """Draw a character, turned and scaled at random, as MNIST's makers would have kept it."""
    picture = Image.new("L", (96, 96))
    font = ImageFont.load_default(size=generator.uniform(40, 64))
    ImageDraw.Draw(picture).text((48, 48), character, fill=255, font=font, anchor="mm")
    turned = picture.rotate(generator.uniform(-12, 12), resample=Image.Resampling.BILINEAR)
    image: Pixels = preprocess(np.asarray(turned)).images[0]
    return image


def compare(weights: list[Path], images: Pixels) -> Iterator[tuple[str, Agreement]]:
    """Yield how each format agrees with the program."""
    expected = Classifier.load([run / "best.npz" for run in weights]).predict_proba(images)
    predictors: dict[str, Predictor] = {
        "onnx": by_onnx,
        "safetensors": by_safetensors,
        "h": by_c,
        "html": by_page,
    }
    for file_format, predict in predictors.items():
        with TemporaryDirectory() as temporary:
            file = Path(temporary) / f"net.{file_format}"
            export(weights, file)
            labels, probabilities = predict(file, images)
            same = int((labels == expected.argmax(axis=1)).sum())
            difference = float(np.abs(probabilities - expected).max())
            yield file_format, Agreement(same, len(images), difference, file.stat().st_size)


def export(weights: list[Path], file: Path, *options: str) -> None:
    """Export runs into one file."""
    given = [part for run in weights for part in ("--weights", str(run))]
    mlp("export", str(file), *given, *options, cwd=file.parent)


def by_onnx(file: Path, images: Pixels) -> tuple[NDArray[np.int64], Array]:
    """Predict with ONNX Runtime."""
    from onnxruntime import InferenceSession

    session = InferenceSession(file, providers=["CPUExecutionProvider"])
    labels, probabilities = session.run(["label", "probabilities"], {"images": images})
    return labels, probabilities


def by_safetensors(file: Path, images: Pixels) -> tuple[NDArray[np.int64], Array]:
    """Predict with the program, from the exported file."""
    probabilities = Classifier.load([file]).predict_proba(images)
    return probabilities.argmax(axis=1), probabilities


def by_c(file: Path, images: Pixels) -> tuple[NDArray[np.int64], Array]:
    """Predict with a C program that includes the file, compiled with warnings as errors."""
    header = file.read_text(encoding="ascii")
    classes = int(re.findall(r"^#define MLP_CLASSES (\d+)$", header, re.MULTILINE)[0])
    return c_programs.by_c(file.parent, header, images, classes)


def by_page(file: Path, images: Pixels) -> tuple[NDArray[np.int64], Array]:
    """Predict with the modules of the page, which get the data of the exported page."""
    blocks = re.findall(
        r'<script [^>]*id="(?:network|weights)"[^>]*>.*?</script>', file.read_text()
    )
    with chromium() as browser:
        page = Watched(browser, EMPTY.replace("<body>", "<body>" + "".join(blocks)))
        found: list[float] = []
        for start in range(0, len(images), 500):
            part = base64.b64encode(images[start : start + 500].tobytes()).decode()
            found += page.run(IN_PAGE, part)
    probabilities = np.array(found, dtype=np.float32).reshape(len(images), -1)
    return probabilities.argmax(axis=1), probabilities


def quantized(weights: list[Path], own: Split, folder: Path) -> tuple[float, float, int]:
    """Return the accuracy of the program and of the header in 8 bits, and the header's size."""
    expected = Classifier.load([run / "best.npz" for run in weights]).predict_proba(own.images)
    data = ["--data", str(folder / MANY)] if weights[0].name == "many" else []
    with TemporaryDirectory() as temporary:
        file = Path(temporary) / "net.h"
        export(weights, file, "--quantize", "int8", *data)
        labels, _ = by_c(file, own.images)
        size = file.stat().st_size
    before, after = (float((each == own.labels).mean()) for each in (expected.argmax(1), labels))
    return before, after, size


if __name__ == "__main__":
    main()
