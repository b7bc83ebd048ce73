"""One YAML file → one validated, frozen `Config`; every problem found in one pass."""

from mlpcli.config.loading import (
    data_root,
    find_config,
    load_config,
    load_extended,
    plain,
    run_name,
    shipped_configs,
    shipped_sweeps,
    to_yaml,
    with_absolute_paths,
)
from mlpcli.config.schema import Config
from mlpcli.config.starter import schema_text, starter_text

__all__ = [
    "Config",
    "data_root",
    "find_config",
    "load_config",
    "load_extended",
    "plain",
    "run_name",
    "schema_text",
    "shipped_configs",
    "shipped_sweeps",
    "starter_text",
    "to_yaml",
    "with_absolute_paths",
]
