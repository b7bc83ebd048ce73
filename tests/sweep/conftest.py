"""What the tests of sweeps share."""

import pytest


@pytest.fixture
def no_data_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read data.root from the configuration alone."""
    monkeypatch.delenv("MLP_DATA", raising=False)
