"""The client's side of Dask."""

import os
import time
from typing import Any

import pytest

from mlpcli.sweep.cluster import local_cluster
from mlpcli.sweep.running import _outcome
from mlpcli.sweep.segment import Progress, WrongVersionError


def _missing() -> Progress:
    raise WrongVersionError


def _tasks(dask_scheduler: Any) -> list[str]:
    """Return the keys of the tasks that a scheduler knows."""
    return list(dask_scheduler.tasks)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # sockets of Dask
def test_outcome_is_forgotten() -> None:
    """Dask forgets a segment whose outcome is known, so that it does not do it again."""
    with local_cluster(1) as cluster:
        futures = [cluster.client.submit(task, pure=False) for task in (_nothing_done, _missing)]
        done, failed = map(_outcome, futures)
        assert Progress([], None) == done
        assert isinstance(failed, WrongVersionError)
        deadline = time.monotonic() + 30
        while left := cluster.client.run_on_scheduler(_tasks):
            assert time.monotonic() < deadline, left
            time.sleep(0.01)
    assert all(future.key for future in futures)  # they are still referred to


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # sockets of Dask
def test_memory_is_kept() -> None:
    """A worker keeps freed memory for the next step, and has one thread for products."""
    with local_cluster(1) as cluster:
        [environment] = cluster.client.run(_environment).values()
    assert "MALLOC_TRIM_THRESHOLD_" not in environment
    assert "1" == environment["OPENBLAS_NUM_THREADS"]


def _environment() -> dict[str, str]:
    return dict(os.environ)


def _nothing_done() -> Progress:
    return Progress([], None)
