"""Runs the notebook and keeps its outputs in it, after a change of its cells or of the program.

    python -m docs.hooks.run_notebook

It runs on drawn digits, because no picture of MNIST may be kept. With NOTEBOOK_DATA=mnist in front,
it says what comes out and leaves the file as it is.
"""

from __future__ import annotations

import io
import os
import re
import sys
import tempfile
from base64 import b64decode, b64encode
from pathlib import Path
from time import perf_counter

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode
from PIL import Image

NOTEBOOK = Path(__file__).parents[1] / "notebook.ipynb"
DRAWN = "synthetic-national"
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
ALLOWED = 600  # seconds for one cell, on a busy machine


def read(path: Path = NOTEBOOK) -> NotebookNode:
    """Return the notebook as it is kept."""
    return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call,no-any-return]


def executed(notebook: NotebookNode, data: str = DRAWN) -> NotebookNode:
    """Return a copy with the outputs of a new run, which leaves no files.

    Args:
        notebook: whose outputs do not matter.
        data: name of the data set.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell fails.
    """
    copy = nbformat.from_dict(notebook)  # type: ignore[no-untyped-call]
    with tempfile.TemporaryDirectory() as folder:
        environment = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
        environment |= {"NOTEBOOK_DATA": data, "IPYTHONDIR": folder}
        client = NotebookClient(
            copy,
            timeout=ALLOWED,
            kernel_name="python3",
            record_timing=False,
            coalesce_streams=True,
            extra_arguments=["--log-level=ERROR"],
            resources={"metadata": {"path": folder}},
        )
        client.execute(cwd=folder, env=environment)
    return cleaned(copy)


def cleaned(notebook: NotebookNode) -> NotebookNode:
    """Remove from a notebook, and from its pictures, what says where and with what it was run."""
    notebook.metadata = nbformat.from_dict(METADATA)  # type: ignore[no-untyped-call]
    for cell in notebook.cells:
        cell.metadata = {name: text for name, text in cell.metadata.items() if name == "alt"}
        for output in cell.get("outputs", []):
            output.pop("metadata", None)
            if output.output_type in ("display_data", "execute_result"):
                output.metadata = {}
                if "image/png" in output.data:
                    output.data["image/png"] = _without_metadata(output.data["image/png"])
    return notebook


def printed(notebook: NotebookNode) -> str:
    """Return all that the cells print."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return "".join(output.text for output in outputs if output.output_type == "stream")


def final_accuracy(notebook: NotebookNode) -> float:
    """Return the accuracy that the notebook ends with, in per cent."""
    (found,) = re.findall(r"^test accuracy ([\d.]+)%", printed(notebook), flags=re.MULTILINE)
    return float(found)


def _without_metadata(png: str) -> str:
    """Return a PNG, in base64, with nothing but its pixels."""
    written = io.BytesIO()
    with Image.open(io.BytesIO(b64decode(png))) as picture:
        picture.save(written, "PNG", optimize=True)  # Pillow leaves the texts out
    return b64encode(written.getvalue()).decode()


def main() -> None:
    """Run the notebook; on drawn digits, write it back."""
    data, began = os.environ.get("NOTEBOOK_DATA", DRAWN), perf_counter()
    notebook = executed(read(), data)
    seconds = perf_counter() - began
    sys.stdout.write(f"{data}: test accuracy {final_accuracy(notebook):.2f} %, {seconds:.0f} s\n")
    if data == DRAWN:
        nbformat.write(notebook, NOTEBOOK)  # type: ignore[no-untyped-call]
        sys.stdout.write(f"written: {NOTEBOOK}\n")


if __name__ == "__main__":
    main()
