"""`mlp export`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlpcli.cli.common import WeightsPath, data_option, say, weights_option
from mlpcli.cli.suggestions import Choice
from mlpcli.export.formats import FORMATS, INPUTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlpcli.export.formats import FormatName, InputName, Options
    from mlpcli.images.normalization import Pixels
    from mlpcli.inference.classifier import Classifier

STDOUT = Path("-")


@click.command("export")
@click.argument("places", nargs=-1, required=True, type=WeightsPath(), metavar="[RUN_OR_FILE] OUT")
@weights_option
@click.option(
    "--format",
    "name",
    type=Choice(FORMATS),
    help="The format; by default, the ending of OUT.",
)
@click.option(
    "--input",
    "inputs",
    type=Choice(INPUTS),
    help="For .onnx: images of grey levels, uint8 (N, 28, 28), which is the default, or rows of "
    "numbers from 0 to 1, float32 (N, 784).",
)
@click.option(
    "--quantize",
    type=Choice(["int8"]),
    help="For .h: weights and activations of 8 bits for microcontrollers, fitted to training "
    "images.",
)
@data_option
@click.option("--force", is_flag=True, help="Replace OUT if it exists.")
def command(  # noqa: PLR0913, PLR0917  # an argument for each option
    places: tuple[Path, ...],
    weights: tuple[Path, ...],
    name: FormatName | None,
    inputs: InputName | None,
    quantize: str | None,
    data: str | None,
    *,
    force: bool,
) -> None:
    """Write a network for other programs, devices and the browser.

    \b
    OUT.onnx         for ONNX Runtime and all else that reads ONNX
    OUT.safetensors  arrays and metadata; --weights and --from read it, too
    OUT.h            a C99 header without dependencies or allocation
    OUT.html         a page to draw digits on, which needs no server
    OUT.json         plain arrays, for everything else

    The first two need mlpcli's extra 'export'. OUT may be - for standard output, with --format.

    Each file holds the class names and the steps from a picture to an input. Networks given by
    RUN_OR_FILE and --weights are averaged; with neither, the newest run that is better than
    guessing is written. --data names the images that --quantize is fitted to, or the examples on
    the page.

    Example: mlp export runs/mnist digits.onnx
    """  # noqa: D301  # click reads the \b
    from mlpcli.export.exported import Exported
    from mlpcli.export.formats import file_content
    from mlpcli.inference.loading import open_weights
    from mlpcli.utils.outputs import check_output

    *given, out = places
    if len(given) > 1:
        raise click.UsageError(
            f"takes one RUN_OR_FILE and OUT, got {len(places)} names; more networks by --weights"
        )
    name = _format(out, name, {"--input": inputs, "--quantize": quantize, "--data": data})
    if out != STDOUT:
        check_output(out, None, force=force)
    classifier, checkpoints = open_weights([*given, *weights], say)
    exported = Exported.of(classifier, checkpoints)
    options = _options(classifier, data, inputs, quantized=quantize is not None)
    content = file_content(name, exported, checkpoints, options)
    _write(out, content, [checkpoint.path for checkpoint in checkpoints], force=force)


def _write(out: Path, content: bytes, inputs: Sequence[Path], *, force: bool) -> None:
    """Write the file, unless it would replace the weights that it was made of."""
    from mlpcli.errors import OutputError
    from mlpcli.utils.outputs import write_output

    if out == STDOUT:
        click.echo(content, nl=False)
        return
    if out.is_file() and any(out.samefile(path) for path in inputs):
        raise OutputError(f"{out}: holds the weights that are exported; choose another name")
    write_output(out, content, None, force=force)
    say(f"exported: {out}")


def _format(out: Path, name: FormatName | None, options: dict[str, str | None]) -> FormatName:
    """Return the format, after checking that the options fit it and what it needs is installed."""
    from mlpcli.cli.reporting import require_packages
    from mlpcli.export.formats import NEEDS, format_of
    from mlpcli.utils.names import guess

    name = name or format_of(out)
    if name is None:
        endings = ", ".join(f".{each}" for each in FORMATS)
        advice = guess(out.suffix.removeprefix("."), FORMATS) or "; or give --format"
        raise click.UsageError(f"OUT must end with one of {endings}, got {out}{advice}")
    fitting = {"--input": ["onnx"], "--quantize": ["h"], "--data": ["html", "h"]}
    for option, given in options.items():
        if given and name not in fitting[option]:
            formats = " and ".join(f".{each}" for each in fitting[option])
            raise click.UsageError(f"{option} is for {formats} only, got .{name}")
    if options["--data"] and name == "h" and not options["--quantize"]:
        raise click.UsageError("--data is for --quantize and .html only, got .h without --quantize")
    require_packages(f".{name}", "export", NEEDS.get(name, ()))
    return name


def _options(
    classifier: Classifier, data: str | None, inputs: InputName | None, *, quantized: bool
) -> Options:
    from mlpcli.export.formats import Options
    from mlpcli.export.page.examples import find_examples

    return Options(
        inputs=inputs or "uint8",
        calibration=partial(_training_images, classifier, data) if quantized else None,
        examples=partial(find_examples, classifier, data, say),
    )


def _training_images(classifier: Classifier, data: str | None) -> Pixels:
    from mlpcli.cli.progress import data_bars
    from mlpcli.export.calibration import training_images

    with data_bars() as progress:
        return training_images(classifier, data, say, progress)
