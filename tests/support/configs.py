"""Configurations from text, and what is wrong with them."""

from pathlib import Path

import pytest

from mlpcli.config import (
    Config,
    load_config,
)
from mlpcli.errors import ConfigError


def load(tmp_path: Path, text: str, *overrides: str) -> Config:
    """Load a configuration from text."""
    path = tmp_path / "c.yaml"
    path.write_text(text)
    return load_config(str(path), overrides)


def problems(tmp_path: Path, text: str, *overrides: str) -> list[str]:
    """Return the problems of a configuration, without the folder in front."""
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text, *overrides)
    assert caught.value.exit_code == 2
    return [line.replace(f"{tmp_path}/", "") for line in caught.value.lines]
