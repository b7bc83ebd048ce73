"""The formats that a network is exported to, and the one place that chooses among them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, assert_never, get_args

if TYPE_CHECKING:  # the command line asks for the names alone
    from mlpcli.export.exported import Exported
    from mlpcli.export.page.examples import Example
    from mlpcli.images.normalization import Pixels
    from mlpcli.runs.checkpoint import Checkpoint

FormatName = Literal["onnx", "safetensors", "h", "html", "json"]
InputName = Literal["uint8", "float32"]

FORMATS, INPUTS = get_args(FormatName), get_args(InputName)
NEEDS: dict[FormatName, tuple[str, ...]] = {"onnx": ("onnx",), "safetensors": ("safetensors",)}
"""The packages of the extra `export` that a format needs."""


@dataclass(frozen=True)
class Options:
    """What some of the formats ask for.

    Attributes:
        inputs: of ONNX, the type of the input.
        calibration: of C, returns training images, (count, height, width) uint8, from which the
            range of each layer is told, for weights and activations of 8 bits; None for float32.
        examples: of the page, returns images to start from.
    """

    inputs: InputName = "uint8"
    calibration: Callable[[], Pixels] | None = None
    examples: Callable[[], Sequence[Example]] = list


def format_of(file: Path) -> FormatName | None:
    """Return the format that the name of a file ends with, or None for another ending."""
    ending = file.suffix.lower().removeprefix(".")
    ending = "html" if ending == "htm" else ending
    return next((name for name in FORMATS if name == ending), None)


def file_content(
    name: FormatName, exported: Exported, checkpoints: Sequence[Checkpoint], options: Options
) -> bytes:
    """Return the content of a file.

    Args:
        name: the format.
        exported: the networks.
        checkpoints: that they were built of.
        options: of the formats.

    Raises:
        CheckpointError: the networks do not fit into the format.
        MlpError: images that the format needs cannot be read.
    """
    match name:
        case "onnx":
            from mlpcli.export.onnx_file import onnx_bytes  # noqa: PLC0415  # an extra

            return onnx_bytes(exported, options.inputs)
        case "safetensors":
            from mlpcli.export.safetensors_file import safetensors_bytes  # noqa: PLC0415  # an extra

            return safetensors_bytes(exported, checkpoints)
        case "h":
            from mlpcli.export.c_header import header_text  # noqa: PLC0415  # only what is needed

            images = options.calibration() if options.calibration else None
            return header_text(exported, images).encode()
        case "html":
            from mlpcli.export.page.writing import page_html  # noqa: PLC0415  # only what is needed

            return page_html(exported, checkpoints, options.examples()).encode()
        case "json":
            from mlpcli.export.json_file import json_text  # noqa: PLC0415  # only what is needed

            return json_text(exported).encode()
        case _:
            assert_never(name)
