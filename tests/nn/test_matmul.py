"""Matrix products that several threads share."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import threadpoolctl

from mlpcli.nn.matmul import matmul
from mlpcli.utils.threads import WORTHWHILE, available_threads, use_suitable_threads, use_threads
from tests.support.products import factors, product


def blas_threads() -> set[int]:
    """What NumPy's BLAS library says itself; SciPy comes with another, which nothing here uses."""
    return {
        pool["num_threads"]
        for pool in threadpoolctl.threadpool_info()
        if pool["user_api"] == "blas" and "scipy.libs" not in pool["filepath"]
    }


@pytest.mark.parametrize("count", [1, 2, 3, 7])
@pytest.mark.parametrize("shape", [(250, 1000, 700), (700, 1000, 250), (1, 4000, 2001), (3, 5, 7)])
def test_product(count: int, shape: tuple[int, int, int]) -> None:
    """With any number of threads every element of a product is computed."""
    a, b = factors(*shape)
    with use_threads(count):
        np.testing.assert_allclose(a @ b, product(a, b), rtol=1e-4, atol=1e-3)


def test_views() -> None:
    """The factors and the place of the product may be views, as in a backward pass."""
    a, b = factors(400, 300, 500)
    d, whole = product(a, b), np.zeros((300, 2000), dtype=np.float32)
    with use_threads(4):
        matmul(a.T, d, out=whole[:, 1000:1500])
    np.testing.assert_allclose(a.T @ d, whole[:, 1000:1500], rtol=1e-4, atol=1e-2)
    assert not whole[:, :1000].any()
    assert not whole[:, 1500:].any()


ON_CORES = """
import hashlib, os, sys
sys.path.insert(0, sys.argv[1])
from mlpcli.utils.threads import use_threads
from tests.support.products import factors, product
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: int(sys.argv[2])])
a, b = factors(200, 784, 512)
with use_threads(2):
    print(*{hashlib.sha256(product(a, b)).hexdigest() for _ in range(50)})
"""


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="binds no process to a core")
def test_whoever_computes() -> None:
    """The product is the same to the last bit on one core and on two."""
    hashes = [
        subprocess.run(
            [sys.executable, "-c", ON_CORES, str(Path(__file__).parents[2]), cores],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.split()
        for cores in ("1", "2")
    ]
    assert 1 == len(hashes[0])
    assert hashes[0] == hashes[1]


@pytest.mark.parametrize("count", [1, 2])
def test_library_has_one_thread(count: int) -> None:
    """Within the block the library uses one thread, afterwards as many as before."""
    before = blas_threads()
    with use_threads(count):
        assert {1} == blas_threads()
    assert before == blas_threads()


def helpers() -> set[threading.Thread]:
    """Threads that share products."""
    return {thread for thread in threading.enumerate() if thread.name == "helper"}


def test_small_products_alone() -> None:
    """No helper is woken, let alone made, for a product that is done before it comes."""
    a, b = factors(10, 100, WORTHWHILE // 1000)
    before = helpers()
    with use_threads(1000):
        product(a, b)
    assert before == helpers()


@pytest.mark.parametrize("count", [1, 2, 4])
def test_overflow(count: int) -> None:
    """An overflow does in every thread what NumPy was told to do about it."""
    a, b = factors(100, 1000, 200)
    a[-1, :], b[:, -1] = 3e38, 3e38
    for where in (slice(None), slice(None, None, -1)):  # in the first block and in the last
        with use_threads(count):
            with np.errstate(over="ignore", invalid="ignore"):
                product(a[where], b[:, where])
            with np.errstate(all="raise"), pytest.raises(FloatingPointError):
                product(a[where], b[:, where])


def test_number_that_is_set() -> None:
    """A number that is set already stays, whatever would suit the network."""
    a, b = factors(1000, 784, 4096)
    before = helpers()
    with use_threads(1), use_suitable_threads((784, 4096), 1000):
        product(a, b)
    assert before == helpers()
    assert 1 not in blas_threads() or available_threads() == 1


def test_number_that_suits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where none is set, a large product is shared by as many threads as the library may use."""
    monkeypatch.setattr("mlpcli.utils.threads.available_threads", lambda: 9)
    a, b = factors(1000, 784, 4096)
    with use_suitable_threads((784, 4096), 1000):
        assert {1} == blas_threads()
        product(a, b)
    assert len(helpers()) >= 8
