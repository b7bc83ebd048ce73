"""`mlp predict --csv`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlpcli.cli.common import say
from mlpcli.cli.sources import Source

if TYPE_CHECKING:
    from mlpcli.inference.reading import Reading
    from mlpcli.report.predictions import PredictionTable

STANDARD_OUTPUT = Path("-")


class CsvOutput:
    """Writes predictions to a file, once there are all of them, or to standard output.

    Args:
        file: its path, or a dash.
        force: replace an existing file.

    Raises:
        OutputError: the file exists already, or cannot be written.
    """

    def __init__(self, file: Path, *, force: bool) -> None:
        from mlpcli.utils.outputs import check_output

        self._file, self._force = file, force
        self._table: PredictionTable | None = None
        if file != STANDARD_OUTPUT:
            check_output(file, None, force=force)

    def begin(
        self, sources: Sequence[Source], classes: Sequence[str], *, probabilities: bool
    ) -> Callable[[Reading], None]:
        """Return the function that takes a reading of one of the sources."""
        from mlpcli.inference.rows import is_in_rows
        from mlpcli.report.predictions import PredictionTable

        numbered = len(sources) == 1 and is_in_rows(sources[0])
        self._table = PredictionTable(classes, numbered=numbered, probabilities=probabilities)
        return self._table.add

    def finish(self) -> None:
        """Write the predictions, unless there is none.

        Raises:
            OutputError: the file cannot be written.
        """
        from mlpcli.utils.outputs import write_output

        if not self._table or not self._table.count:
            return
        if self._file == STANDARD_OUTPUT:
            click.echo(self._table.text, nl=False)
            return
        write_output(self._file, self._table.text.encode(), None, force=self._force)
        say(f"{self._table.count} predictions: {self._file}")
