"""Writes the numbers of `log.jsonl` for TensorBoard."""

import re
import time
from collections.abc import Sequence
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

from mlpcli.runs.epochs import EpochResult
from mlpcli.utils.files import is_file

PREFIX = "events.out.tfevents."  # by which TensorBoard recognises its files
_OWN = re.compile(re.escape(PREFIX) + r"\d{19}")  # other programs write seconds and further parts


class ScalarWriter:
    """Writes each epoch's numbers under their names in the log.

    Files that the run wrote before it was interrupted are replaced by one with its history, so that
    TensorBoard and the log agree. Files of other programs stay.

    Args:
        directory: for the file of this run.
        history: the finished epochs.

    Raises:
        OSError: the directory cannot be written.
    """

    def __init__(self, directory: Path, history: Sequence[EpochResult]) -> None:
        directory.mkdir(exist_ok=True)
        for old in directory.iterdir():
            if _OWN.fullmatch(old.name) and is_file(old):
                old.unlink()
        path = directory / f"{PREFIX}{time.time_ns()}"
        self._file = path.open("xb", buffering=0)  # so that TensorBoard sees each epoch at once
        self._records = RecordWriter(self._file)
        self._add(Event(wall_time=time.time(), file_version="brain.Event:2"))
        for result in history:
            self.write(result)

    def write(self, result: EpochResult) -> None:
        """Write one epoch.

        Raises:
            OSError: the file cannot be written.
        """
        values = {name: value for name, value in result.model_dump().items() if value is not None}
        step = values.pop("epoch")
        scalars = [Summary.Value(tag=name, simple_value=value) for name, value in values.items()]
        self._add(Event(step=step, wall_time=time.time(), summary=Summary(value=scalars)))

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _add(self, event: Event) -> None:
        self._records.write(event.SerializeToString())
