"""Threads that share work, and how many there are."""

import os
import subprocess
import sys
import threading
import time
from functools import partial
from importlib import import_module

import pytest
import threadpoolctl

from mlpcli.config import Config
from mlpcli.datasets import Dataset
from mlpcli.runs.metadata import Threads
from mlpcli.training.trainer import Trainer
from mlpcli.utils.threads import (
    _available_threads,
    alone_as_if,
    blas_library,
    choose_threads,
    share,
    threads_in_use,
)
from tests.support.callbacks import EachStep


@pytest.mark.parametrize(
    ("sizes", "batch", "expected"),
    [
        ((784, 100, 10), 10, 1),
        ((784, 100, 10), 153, 1),
        ((784, 100, 10), 154, 2),  # 154 × 784 × 100 is above twelve million
        ((2, 1000, 1000, 2), 18, 3),  # the largest product need not be the first
        ((784, 512, 512, 10), 512, 4),  # no more than there are
    ],
)
def test_auto(
    monkeypatch: pytest.MonkeyPatch, sizes: tuple[int, ...], batch: int, expected: int
) -> None:
    """Automatically each thread gets six million multiplications of the largest product or more."""
    monkeypatch.setattr("mlpcli.utils.threads.available_threads", lambda: 4)
    assert expected == choose_threads("auto", sizes, batch)


def test_given() -> None:
    """A number is taken as it is."""
    assert 3 == choose_threads(3, (2, 2), 1)


def test_library_that_cannot_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the library takes no number, auto is one thread, and a number is taken as it is."""
    monkeypatch.setattr("mlpcli.utils.threads._controller", NoPools)
    _available_threads.cache_clear()
    assert choose_threads("auto", (784, 512, 10), 512) == 1
    assert choose_threads(2, (2, 2), 1) == 2
    _available_threads.cache_clear()


def test_alone() -> None:
    """Alone, a thread does all the parts of other processors' threads, and starts no helper."""
    done: list[str] = []
    with alone_as_if(processors=4):
        assert 4 == choose_threads("auto", (784, 512, 512, 10), 512)
        share([lambda: done.append(threading.current_thread().name)] * 4)
    assert [threading.current_thread().name] * 4 == done


class NoPools(threadpoolctl.ThreadpoolController):  # type: ignore[misc]  # it has no types
    """What threadpoolctl finds where NumPy uses a library that it does not know."""

    def __init__(self) -> None:
        self.lib_controllers: list[object] = []


@pytest.mark.parametrize("count", [1, 2])
def test_training_is_limited(glyphs: Dataset, count: int) -> None:
    """Every step of a training shares its work as is given, and recorded."""
    model = {"layers": (784, 10)}
    config = Config.model_validate({"threads": count, "model": model, "training": {"epochs": 1}})
    trainer = Trainer(config, glyphs)
    seen = []
    for _ in trainer.epochs([EachStep(lambda *_: seen.append(threads_in_use()))]):
        pass
    assert [count] * len(trainer.batches) == seen
    assert Threads(training=count, evaluation=count) == trainer.metadata().threads


def test_library() -> None:
    """NumPy's BLAS library is named with its kernels, be SciPy's loaded or not."""
    before = blas_library()
    numpys = [
        pool["architecture"]
        for pool in threadpoolctl.threadpool_info()
        if pool["user_api"] == "blas" and "scipy.libs" not in pool["filepath"]
    ]
    assert all(str(name) in before for name in numpys)
    assert numpys == [] or before != "unknown"
    import_module("scipy.linalg")
    assert before == blas_library()


def test_errors_of_helpers() -> None:
    """An error of any task is raised where the work was shared, and nothing is done afterwards."""
    done, begun = [], threading.Event()

    def fail() -> None:
        begun.set()
        raise ValueError("of a task")

    def wait() -> None:
        begun.wait(60)
        done.append(True)

    for tasks in ([fail, wait], [wait, fail]):
        begun.clear()
        with pytest.raises(ValueError, match="of a task"):
            share(tasks)
        before = list(done)
        time.sleep(0.05)  # a task left over would be done now
        assert before == done


def test_no_more_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system allows no more threads, those that are there do all the work."""

    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("mlpcli.utils.threads.Thread.start", refuse)
    done: list[int] = []
    share([partial(done.append, number) for number in range(100)])
    assert list(range(100)) == sorted(done)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system forks no processes")
def test_forked() -> None:
    """A process that was forked has helpers of its own."""
    command = [sys.executable, "-W", "ignore", "-c", FORKED]  # newer Pythons warn of forks
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    assert ("2 2\n", "") == (result.stdout, result.stderr)


FORKED = """
import os, sys, threading
from mlpcli.utils.threads import share
both = threading.Barrier(2, timeout=60)  # two threads must be there at once
share([both.wait, both.wait])
print(threading.active_count(), end=" ", flush=True)
if os.fork() == 0:
    both = threading.Barrier(2, timeout=60)
    share([both.wait, both.wait])
    print(threading.active_count(), flush=True)
    os._exit(0)
os.wait()
"""
