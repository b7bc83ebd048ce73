"""Check a model of a sweep's time against Dask's scheduler, with trials that only sleep.

    python -m benchmarks.sweep_scaling

A few numbers of the model are taken from trials of no length: what a trial costs the client, how
much more for each trial that is under way, and what a megabyte costs that comes back. All else is
predicted, and measured: trials of several lengths on 1 to 64 workers. These are threads of Dask's
worker processes on this machine that see no files of the client, and send back as much as a run
directory holds.
"""

from __future__ import annotations

import logging
import math
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click
import numpy as np
from distributed import Client, LocalCluster

from mlpcli.config import load_config
from mlpcli.config.loading import plain
from mlpcli.datasets import Dataset
from mlpcli.runs.directory import BEST, RESULT
from mlpcli.runs.result import Result, now
from mlpcli.sweep.cluster import Cluster
from mlpcli.sweep.definition import Choice, Sweep
from mlpcli.sweep.directory import SweepDirectory
from mlpcli.sweep.running import Runner
from mlpcli.sweep.segment import Progress, Segment
from mlpcli.sweep.study import Study

USUAL_BYTES = 700_000  # best.npz and last.npz of 784-100-10
LARGE_BYTES = 8_000_000
TRIALS = 200
LONGEST = 40.0  # seconds of a measurement, without which one worker would need 1,000
MOST = 64  # workers
REPEATS = 3  # of measurements of the client alone
PROCESSES = 4  # which they share, as threads


@dataclass(frozen=True)
class Model:
    """What a cluster costs.

    Attributes:
        trial: seconds of the client for each trial, one after the other.
        other: seconds of it for each other trial that is under way then.
        megabyte: seconds of it for each megabyte that comes back.
    """

    trial: float
    other: float
    megabyte: float

    def cost(self, workers: int, size: int) -> float:
        """Return the seconds of the client for a trial of so many bytes."""
        return self.trial + self.other * workers + self.megabyte * size / 1e6

    def seconds(self, trials: int, length: float, workers: int, size: int) -> float:
        """Return how long a sweep takes: what the workers need, or what the client needs.

        The workers begin one after the other, and those that have finished together wait for the
        client one after the other.
        """
        cost = self.cost(workers, size)
        rounds = math.ceil(trials / workers)
        return max(rounds * length + min(trials, workers) * cost, trials * cost + length)


class Silent:
    """Shows nothing of a sweep."""

    def ended(self, number: int, result: Result) -> None:
        """Be told that a trial has ended."""


def sleep(
    _files: Mapping[str, bytes],
    segment: Segment,
    _dataset: Dataset | None,
    *,
    seconds: float,
    size: int,
) -> Progress:
    """Sleep instead of training, and return as many bytes as a training would."""
    time.sleep(seconds)
    result = Result(
        state="done",
        ended=now(),
        data="digits",
        layers=[784, 100, 10],
        epochs=1,
        epoch=1,
        seconds=seconds,
        validation_accuracy=0.9,
        config=plain(segment.config),
    )
    files = {BEST: bytes(size), RESULT: result.model_dump_json(indent=1).encode()}
    return Progress([], result, files)


@contextmanager
def threads(workers: int) -> Iterator[Cluster]:
    """Start a cluster whose workers are threads of a few processes."""
    processes = min(workers, PROCESSES)
    cluster = LocalCluster(
        n_workers=processes,
        threads_per_worker=workers // processes,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        memory_limit=0,
        silence_logs=logging.CRITICAL,
    )
    with cluster, Client(cluster) as client:
        started = Cluster(client, shares_files=False, dashboard=None)
        measure(started, workers, 0, 0)  # the first trials import what is needed
        yield started


def sweep_of(trials: int, data: Path) -> Sweep:
    """Return a grid of so many points."""
    base = load_config("fast", [f"data.path={data}", "data.validation=10"])
    rates = tuple(0.001 * (1 + number) for number in range(trials))
    return Sweep(base, (Choice("training.optimizer.learning_rate", rates),), (0,))


def measure(cluster: Cluster, trials: int, length: float, size: int) -> float:
    """Return the seconds of a sweep of sleeping trials."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder, "digits.npz")
        images, labels = np.zeros((20, 28, 28), np.uint8), np.arange(20, dtype=np.uint8) % 10
        images[:, 4:24, 12:16] = 255
        np.savez(data, x_train=images, y_train=labels, x_test=images, y_test=labels)
        sweep, directory = sweep_of(trials, data), SweepDirectory(Path(folder, "sweep"))
        directory.path.mkdir()
        study = Study.of(sweep, directory)
        start = time.perf_counter()
        Runner(
            sweep,
            directory,
            study=study,
            cluster=cluster,
            watcher=Silent(),
            train=partial(sleep, seconds=length, size=size),
        ).run()
        return time.perf_counter() - start


def calibrate(trials: int) -> Model:
    """Return the model of this machine from trials of no length, on few workers and on many."""
    few = max(1, trials // 10)
    costs = {}
    for workers in (2, MOST):
        with threads(workers) as cluster:
            costs[workers] = best(partial(measure, cluster, trials, 0, 0)) / trials
            large, small = (
                best(partial(measure, cluster, few, 0, size)) for size in (LARGE_BYTES, 0)
            )
    other = max(0.0, costs[MOST] - costs[2]) / (MOST - 2)
    megabyte = max(0.0, large - small) / few / (LARGE_BYTES / 1e6)
    return Model(costs[2] - 2 * other, other, megabyte)


def best(measured: Callable[[], float]) -> float:
    """Return the least of several measurements, which other programs have disturbed least."""
    return min(measured() for _ in range(REPEATS))


@click.command()
@click.option("--trials", default=TRIALS, show_default=True, help="At most so many.")
@click.option("--longest", default=LONGEST, show_default=True, help="Seconds; else fewer trials.")
def main(trials: int, longest: float) -> None:
    """Print what the model predicts, and what is measured."""
    model = calibrate(trials)
    click.echo(
        f"a trial costs the client {1000 * model.trial:.1f} ms, {1000 * model.other:.2f} ms for "
        f"each other one under way, {1000 * model.megabyte:.1f} ms for each megabyte"
    )
    click.echo("workers  trial, s  trials  predicted, s  measured, s  ratio  speed-up  at most")
    for workers in (1, 2, 8, MOST):
        with threads(workers) as cluster:
            for length in (0.1, 1.0, 5.0):
                count = min(trials, workers * max(1, int(longest / length)))
                seconds = measure(cluster, count, length, USUAL_BYTES)
                predicted = model.seconds(count, length, workers, USUAL_BYTES)
                most = min(workers, length / model.cost(workers, USUAL_BYTES))
                click.echo(
                    f"{workers:7} {length:9.1f} {count:7} {predicted:13.1f} {seconds:12.1f} "
                    f"{seconds / predicted:6.2f} {count * length / seconds:9.1f} {most:8.1f}"
                )


if __name__ == "__main__":
    main()
