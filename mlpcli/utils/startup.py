"""Settings made before libraries are loaded, so that commands start fast."""

import gc
import os

THREAD_VARIABLES = (
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
"""Environment variables that give each BLAS library its number of threads."""
VARIABLES = (*THREAD_VARIABLES, "GOTO_NUM_THREADS", "OMP_NUM_THREADS")
"""Environment variables by which a user limits the threads of a BLAS library."""

_blas_is_limited: list[bool] = []

_LAUNCHERS = (  # variables of MPI launchers with a process's rank and the number of ranks
    ("PMI_RANK", "PMI_SIZE"),  # MPICH and what descends from it; srun --mpi=pmi2
    ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"),  # Open MPI
    ("PMIX_RANK", "SLURM_STEP_NUM_TASKS"),  # srun --mpi=pmix
)


def launched() -> tuple[int, int]:
    """Return rank and number of ranks as an MPI launcher has set them; (0, 1) without one."""
    for names in _LAUNCHERS:
        rank, size = (os.environ.get(name, "") for name in names)
        if rank.isdecimal() and size.isdecimal():
            return int(rank), int(size)
    return 0, 1


def prepare_libraries() -> None:
    """Make NumPy and pydantic load faster; call it before they are imported.

    The program shares work among its own threads, see `mlpcli.utils.threads`. OpenBLAS would start
    a thread for each processor, and these spin for a while without work, which takes a quarter of
    the time of reading a picture. Pydantic would search all installed packages for plugins, which
    must not change what is checked here. Python would look for cyclic garbage a hundred times while
    modules are loaded, which leave none.
    """
    gc.set_threshold(200_000)
    if not any(os.environ.get(name) for name in VARIABLES):
        os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))
        _blas_is_limited.append(True)
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"


def processors() -> int | None:
    """Return how many processors may be used, or None.

    It is None if the user has limited the BLAS threads or `prepare_libraries` was not called.
    """
    if not _blas_is_limited:
        return None
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
