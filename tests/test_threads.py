"""How many threads a matrix product gets."""

import pytest
import threadpoolctl

from mlpcli.threads import available_threads, choose_threads, limit_threads


def blas_threads() -> set[int]:
    """What the BLAS library says itself."""
    return {
        pool["num_threads"]
        for pool in threadpoolctl.threadpool_info()
        if pool["user_api"] == "blas"
    }


@pytest.mark.parametrize(
    ("sizes", "batch", "expected"),
    [
        ((784, 100, 10), 10, 1),
        ((784, 100, 10), 25, 1),
        ((784, 100, 10), 26, 2),  # 26 × 784 × 100 is above two million
        ((2, 1000, 1000, 2), 3, 3),  # the largest product need not be the first
        ((784, 512, 512, 10), 512, 4),  # no more than there are
    ],
)
def test_auto(
    monkeypatch: pytest.MonkeyPatch, sizes: tuple[int, ...], batch: int, expected: int
) -> None:
    """Automatically each thread gets a million multiplications of the largest product or more."""
    monkeypatch.setattr("mlpcli.threads.available_threads", lambda: 4)
    assert expected == choose_threads("auto", sizes, batch)


def test_given() -> None:
    """A number is taken as it is."""
    assert choose_threads(3, (2, 2), 1) == 3


def test_limit() -> None:
    """Within the block the library uses that many threads, and afterwards as many as before."""
    before = blas_threads()
    with limit_threads(1):
        assert blas_threads() <= {1}
        assert max(before, default=1) == available_threads()
    assert before == blas_threads()
