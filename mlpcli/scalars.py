"""The numbers of `log.jsonl` as TensorBoard reads them."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from mlpcli.history import EpochResult


@contextmanager
def scalar_writer(
    directory: Path, history: Sequence[EpochResult]
) -> Iterator[Callable[[EpochResult], None]]:
    """Give a callable that writes an epoch's numbers, each under its name in the log.

    What an earlier part of the run wrote is replaced by its history, so that the file says what the
    log says however the run was interrupted.

    Args:
        directory: for the files of this run.
        history: the epochs that are over.

    Raises:
        OSError: nothing can be written there.
    """
    directory.mkdir(exist_ok=True)
    for old in directory.glob("events.out.tfevents.*"):
        old.unlink()
    writer = EventFileWriter(str(directory))

    def write(result: EpochResult) -> None:
        writer.add_event(_event(result))
        writer.flush()

    try:
        for result in history:
            write(result)
        yield write
    finally:
        writer.close()


def _event(result: EpochResult) -> Event:
    values = {name: value for name, value in asdict(result).items() if value is not None}
    step = values.pop("epoch")
    scalars = [Summary.Value(tag=name, simple_value=value) for name, value in values.items()]
    return Event(step=step, wall_time=time.time(), summary=Summary(value=scalars))
