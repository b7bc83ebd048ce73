"""Pages and tables of results, and the packages that pages and TensorBoard need."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlpcli.cli.common import say

if TYPE_CHECKING:
    from mlpcli.inference.evaluation import Evaluation
    from mlpcli.runs.checkpoint import Checkpoint

EXTRAS = {"report": ("matplotlib", "jinja2"), "tensorboard": ("tensorboard",)}


def require_extra(extra: str) -> None:
    """Check that the packages of an extra are installed, before much time is spent.

    Raises:
        MlpError: one is missing.
    """
    require_packages(f"--{extra}", extra, EXTRAS[extra])


def require_packages(place: str, extra: str, packages: Sequence[str]) -> None:
    """Check that packages of an extra are installed.

    Args:
        place: what needs them, as the message calls it.
        extra: which brings them.
        packages: the names by which they are imported.

    Raises:
        MlpError: one is missing.
    """
    from importlib.util import find_spec

    from mlpcli.errors import MlpError

    missing = [package for package in packages if find_spec(package) is None]
    if missing:
        *first, last = missing
        names = f"{', '.join(first)} and {last}" if first else last
        raise MlpError(f'{place}: needs {names}; in mlpcli\'s folder: pip install ".[{extra}]"')


def page_file(_context: click.Context, _option: click.Parameter, file: Path | None) -> Path | None:
    """Refuse a name that is not a page's, so that no page overwrites weights or a device."""
    if file is not None and file.suffix.lower() not in (".html", ".htm"):
        raise click.BadParameter(f"must end with .html, got {file}")
    return file


def write_report(
    file: Path, evaluation: Evaluation, checkpoints: Sequence[Checkpoint], *, force: bool = False
) -> None:
    """Write a page about an evaluation, and say so.

    Raises:
        OutputError: the file must not or cannot be written.
    """
    import logging

    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # else it reports on its cache
    from mlpcli.inference.inspection import Inspection
    from mlpcli.report.page import report_html
    from mlpcli.utils.outputs import PAGE, write_output

    html = report_html(evaluation, [Inspection.of(checkpoint) for checkpoint in checkpoints])
    write_output(file, html.encode(), PAGE, force=force)
    say(f"report: {file}")


def check_table(file: str | None, *, force: bool) -> bool:
    """Check that a table may be written, before much time is spent.

    Args:
        file: its name, - for standard output, or None for no table.
        force: replace any file.

    Returns:
        Whether the table takes standard output.

    Raises:
        OutputError: the file must not be written.
    """
    if file is None or file == "-":
        return file == "-"
    from mlpcli.utils.outputs import check_output

    check_output(Path(file), None, force=force)
    return False


def write_table(file: str, table: str, *, force: bool, content: str = "table") -> None:
    """Write a table, and say so unless it goes to standard output.

    Args:
        file: its name, or - for standard output; one that ends in .gz is compressed.
        table: as text.
        force: replace any file.
        content: what the message calls it.

    Raises:
        OutputError: the file must not or cannot be written.
    """
    import gzip

    from mlpcli.utils.outputs import write_output

    if file == "-":
        click.echo(table, nl=False)
        return
    text = table.encode()
    packed = gzip.compress(text, mtime=0) if file.lower().endswith(".gz") else text
    write_output(Path(file), packed, None, force=force)
    say(f"{content}: {file}")
