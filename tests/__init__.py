"""Tests of mlpcli; `support` holds what several of them need."""

import os

if "PYTEST_XDIST_WORKER" in os.environ:  # threads of BLAS that find no free processor are slow
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
