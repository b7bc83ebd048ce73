"""Workers on Dask: those of this machine, or those of a scheduler that runs already."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from multiprocessing import resource_tracker
from socket import socket

import dask
from distributed import CancelledError, Client, LocalCluster
from distributed.comm import CommClosedError
from distributed.security import Security

from mlpcli.errors import MlpError
from mlpcli.utils.files import reason_of
from mlpcli.utils.startup import THREAD_VARIABLES

PACKAGE = "mlpcli"
PATIENCE = 10  # seconds to wait for a scheduler
HERE = "127.0.0.1"
DASHBOARD = 8787  # port, as usual with Dask
_GRACE = 0.2  # seconds for a worker to end by itself after Ctrl-C; its trial has been saved before


@dataclass(frozen=True)
class Cluster:
    """Workers that run segments.

    Attributes:
        client: submits tasks to them.
        shares_files: whether they see the directories of this process.
        dashboard: the address of Dask's dashboard; None if it has none.
    """

    client: Client
    shares_files: bool
    dashboard: str | None

    def slots(self) -> int:
        """Return how many tasks run at once; at least one, which waits for a first worker."""
        threads: dict[str, int] = self.client.nthreads()
        return max(1, sum(threads.values()))

    def check_versions(self) -> None:
        """Check that the scheduler and all workers have this version of the program.

        Raises:
            MlpError: one has another or none.
        """
        expected = version(PACKAGE)
        found = {"the scheduler": self._version_of_scheduler()}
        found |= self.client.run(version, PACKAGE, on_error="return")
        for process, other in found.items():
            if other != expected:
                got = "none" if isinstance(other, Exception) else other
                raise MlpError(
                    f"{process}: must have {PACKAGE} {expected}, got {got}; install it where "
                    f"{process} runs, and start that again"
                )

    def _version_of_scheduler(self) -> str | Exception:
        try:
            return str(self.client.run_on_scheduler(version, PACKAGE))
        except ImportError as error:
            return error


@contextmanager
def local_cluster(workers: int) -> Iterator[Cluster]:
    """Start workers of one thread each on this machine.

    Their connections are encrypted and need a key that only this process and they have, because
    whoever reaches a scheduler of Dask can run any code.
    """
    with _quiet(), _environment(), _deaf_to_interrupts() as listen:
        cluster = LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            host=HERE,
            dashboard_address=f"{HERE}:{_dashboard_port()}",
            memory_limit=0,
            protocol="tls://",
            security=Security.temporary(),
            silence_logs=logging.CRITICAL,
        )
        with cluster, Client(cluster) as client:
            listen()
            try:
                yield Cluster(client, shares_files=True, dashboard=client.dashboard_link)
            except BaseException:
                cluster.sync(_end_workers, cluster)
                raise


def _environment() -> AbstractContextManager[object]:
    """Set what Dask gives the processes of workers in their environment.

    By default it has them give back freed memory at once, so that each step of a training asks the
    system for it anew, which takes a sixth of the time.
    """
    variables = dict.fromkeys((*THREAD_VARIABLES, "OMP_NUM_THREADS"), 1)
    kept: AbstractContextManager[object] = dask.config.set(
        {
            "distributed.nanny.pre-spawn-environ": variables,
            "distributed.worker.profile.enabled": False,
        }
    )
    return kept


async def _end_workers(cluster: LocalCluster) -> None:
    """End workers within their segments, which Dask would wait for, but not for long enough."""
    await asyncio.gather(*(each.close(timeout=_GRACE) for each in cluster.workers.values()))


@contextmanager
def remote_cluster(address: str) -> Iterator[Cluster]:
    """Use the workers of a scheduler; certificates for tls:// are those of Dask's configuration.

    Raises:
        MlpError: it cannot be reached or is lost, or it or a worker has another version of the
            program.
    """
    with _quiet(), _connect(address) as client:
        services = client.scheduler_info()["services"]
        dashboard = client.dashboard_link if "dashboard" in services else None
        cluster = Cluster(client, shares_files=False, dashboard=dashboard)
        try:
            cluster.check_versions()
            yield cluster
        except (CancelledError, CommClosedError) as error:
            raise MlpError(
                f"{address}: the scheduler is gone; start it again, and the same command goes on"
            ) from error


def _connect(address: str) -> Client:
    """Return a client of a scheduler.

    Raises:
        MlpError: it cannot be reached.
    """
    try:
        return Client(address, timeout=PATIENCE, security=Security())
    except ValueError as error:
        raise MlpError(
            f"{address}: must be the address of a scheduler of Dask, such as tcp://HOST:8786, got "
            f"{reason_of(error).splitlines()[0]}"
        ) from error
    except TypeError as error:  # Dask's configuration names no certificates
        raise MlpError(
            f"{address}: needs certificates, got none; name them in "
            "DASK_DISTRIBUTED__COMM__TLS__CA_FILE, __CLIENT__CERT and __CLIENT__KEY"
        ) from error
    except OSError as error:
        reason = reason_of(error).splitlines()[0].rpartition(">: ")[2]  # without both addresses
        raise MlpError(
            f"{address}: no scheduler of Dask answers, got {reason}; "
            "start one with dask scheduler, and use tls:// if it has certificates"
        ) from error


def _dashboard_port() -> int:
    """Return the usual port if it is free, else 0 for any."""
    with socket() as trial:
        try:
            trial.bind((HERE, DASHBOARD))
        except OSError:
            return 0
    return DASHBOARD


@contextmanager
def _deaf_to_interrupts() -> Iterator[Callable[[], object]]:
    """Block Ctrl-C for threads and processes begun in the block; yield what ends that for others.

    A terminal sends it to all processes. Only this one shall act on it, and end its workers.
    """
    if not hasattr(signal, "pthread_sigmask"):  # on Windows workers have a console of their own
        yield lambda: None
        return
    resource_tracker.ensure_running()  # else the first process would start it, and unblock
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    listen = partial(signal.pthread_sigmask, signal.SIG_SETMASK, before)
    try:
        yield listen
    finally:
        listen()


@contextmanager
def _quiet() -> Iterator[None]:
    """Let Dask say nothing about workers that come and go, which a sweep survives."""
    os.environ.setdefault("DASK_LOGGING__DISTRIBUTED", "critical")
    names = ("distributed", "bokeh", "tornado", "asyncio")
    known = [name for name in logging.root.manager.loggerDict if name.split(".")[0] in names]
    loggers = [logging.getLogger(name) for name in known]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Sending large graph")  # data, and weights
            warnings.filterwarnings("ignore", message="Port .* is already in use")  # just now
            yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
