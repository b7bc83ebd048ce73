"""Skips tests of the compiled loops where Numba is not installed."""

from importlib.util import find_spec

import pytest

HAS_NUMBA = find_spec("numba") is not None
needs_numba = pytest.mark.skipif(
    not HAS_NUMBA, reason="Numba is not installed; pip install '.[fast]'"
)
