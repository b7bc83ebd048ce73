"""What is decided before libraries are loaded, so that a command begins at once."""

import os

LIBRARIES = (
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
VARIABLES = (*LIBRARIES, "GOTO_NUM_THREADS", "OMP_NUM_THREADS")
"""With these a user says how many threads a BLAS library may have."""

_alone: list[bool] = []


def prepare_libraries() -> None:
    """Let NumPy's and pydantic's loading do only what is needed; to be called before it.

    The program shares work among threads of its own, see `mlpcli.utils.threads`. OpenBLAS would
    start as many as there are processors, which spin for a while though nobody gives them work: a
    quarter of the time of reading a picture. Pydantic would look through all installed packages for
    plugins, which must not change what is checked here.
    """
    if not any(os.environ.get(name) for name in VARIABLES):
        os.environ.update(dict.fromkeys(LIBRARIES, "1"))
        _alone.append(True)
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"


def processors() -> int | None:
    """Return how many processors there are to use; None where the library's own number counts."""
    if not _alone:
        return None
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
