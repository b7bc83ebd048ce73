"""MPI as the ranks of a training use it: found, joined, and left together.

`mpi4py` loads the MPI library when it is imported, so this happens only in a process that an MPI
launcher has started together with others.

MPI libraries wait without sleeping. Where another program, or another rank, has the processor that
the awaited one needs, each step then takes many times as long. So nothing here blocks: requests are
looked at, and after a while with some sleep in between.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn, TypeVar

from mlpcli.errors import MlpError
from mlpcli.utils.arrays import Array
from mlpcli.utils.startup import launched

if TYPE_CHECKING:
    from mpi4py import MPI

T = TypeVar("T")
_SOON = (
    0.05  # seconds in which a request is looked at all the time, if no other process wants to run
)
_SLEEP = 0.002  # seconds between two looks afterwards
_PASSED_ON = 0.5  # seconds in which the launcher reads what a rank has said; then it may not
_UNTIL_ENDED = 10.0  # seconds after which a rank ends that the launcher has not ended
_FOREVER = float("inf")


class MpiRanks:
    """All processes that a launcher has started.

    Raises:
        MlpError: mpi4py or an MPI library is missing, or it is not the launcher's.
    """

    def __init__(self) -> None:
        try:
            import mpi4py  # noqa: PLC0415  # an extra

            mpi4py.rc(finalize=False, thread_level="funneled")  # the ranks leave together
            from mpi4py import MPI  # noqa: PLC0415  # loads the MPI library
        except (ImportError, RuntimeError) as error:
            if isinstance(error, ModuleNotFoundError) and error.name == "mpi4py":
                raise MlpError(
                    'mpiexec: needs mpi4py; in mlpcli\'s folder: pip install ".[mpi]"'
                ) from error
            raise MlpError(
                f"mpiexec: needs an MPI library, got {str(error)!r:.100}; pip install mpich, or "
                "install Open MPI"
            ) from error
        self._mpi, self._all = MPI, MPI.COMM_WORLD
        self._leaving = self._all.Dup()
        self.rank, self.size = self._all.rank, self._all.size
        if self.size != launched()[1]:
            library = MPI.Get_library_version().split("\n")[0].strip("\0 ")
            raise MlpError(
                f"mpiexec: must belong to the MPI library of mpi4py, {library:.60}, got another "
                f"one, whose {launched()[1]} processes mpi4py cannot join; call the right mpiexec "
                "by its full path"
            )

    def add(self, array: Array) -> None:
        """Replace a contiguous array by the sum of those of all ranks, to the same bits on each."""
        _wait(self._all.Iallreduce(self._mpi.IN_PLACE, array))

    def join(self, vector: Array, ends: Sequence[int]) -> None:
        """Fill a contiguous vector with the part of each rank; see `Ranks`."""
        starts = [0, *ends[:-1]]
        counts = [end - start for start, end in zip(starts, ends, strict=True)]
        parts = [vector, counts, starts, self._mpi.FLOAT]
        _wait(self._all.Iallgatherv(self._mpi.IN_PLACE, parts))

    def share(self, value: T) -> list[T]:
        """Return what all ranks have given, in their order.

        One that has to wait for long does so without using a processor.
        """
        _wait(self._all.Ibarrier())
        return self._all.allgather(value)

    def leave(self, patience: float = _FOREVER) -> bool:
        """Wait until all ranks are leaving, and part from them.

        Args:
            patience: seconds after which a rank that leaves alone stops waiting.

        Returns:
            Whether all have left; if not, this one can only `abort`.
        """
        if not _wait(self._leaving.Ibarrier(), patience):
            return False
        self._mpi.Finalize()
        return True

    def abort(self, code: int) -> NoReturn:
        """End all ranks, with an exit code; why should have been said before."""
        time.sleep(_PASSED_ON)
        with suppress(OSError):  # what the library says about it is of no use
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        try:
            self._all.Abort(code)
        finally:  # MPICH returns, and lets the launcher end the processes
            time.sleep(_UNTIL_ENDED)
            os._exit(code)


def _let_others_run() -> None:
    """Give the processor to another process that waits for it, as a rank may."""
    if sys.platform == "win32":
        time.sleep(0)
    else:
        os.sched_yield()


def _wait(request: MPI.Request, patience: float = _FOREVER) -> bool:
    """Wait until a request is done; return False once that has taken longer than `patience`."""
    began = time.monotonic()
    while not request.Test():  # which also does its part of the work
        waited = time.monotonic() - began
        if waited > patience:
            return False
        if waited < _SOON:
            _let_others_run()
        else:
            time.sleep(_SLEEP)
    return True
