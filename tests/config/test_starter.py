"""The starter file and the JSON Schema."""

import json
from pathlib import Path

import yaml

from mlpcli.config import (
    Config,
    schema_text,
    starter_text,
)
from mlpcli.config.loading import checked
from tests.support.configs import load


def test_starter_means_the_defaults(tmp_path: Path) -> None:
    """The starter file holds every key, commented, and means the defaults."""
    text = starter_text()
    assert checked(Config()) == load(tmp_path, text)
    uncommented = yaml.safe_load(text)
    for section in ("data", "model", "training"):
        keys = type(getattr(Config(), section)).model_fields.keys()
        assert (
            keys - {"path", "mix", "train", "test", "value_range", "transpose", "hidden"}
            == uncommented[section].keys()
        )


def test_schema_is_json() -> None:
    """The JSON Schema names every section and closes them to unknown keys."""
    schema = json.loads(schema_text())
    assert set(Config.model_fields) == set(schema["properties"])
    assert all(part["additionalProperties"] is False for part in schema["$defs"].values())
