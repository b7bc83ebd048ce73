"""Values read from an archive, in memory or mapped from a file."""

import io

import pytest

from mlpcli.utils.archives import read_values


@pytest.mark.parametrize("in_memory", [0, 1 << 26])
@pytest.mark.parametrize("size", [0, 1, 99, 100, 101])
def test_read_values(monkeypatch: pytest.MonkeyPatch, size: int, in_memory: int) -> None:
    """Bytes come back as they were, as far as there are any, in memory or mapped from a file."""
    monkeypatch.setattr("mlpcli.utils.archives.IN_MEMORY", in_memory)
    monkeypatch.setattr("mlpcli.utils.archives._CHUNK", 7)
    values = read_values(io.BytesIO(bytes(range(100))), size)
    assert bytes(range(min(size, 100))) == values.tobytes()
