"""Copies of data sets in the cache that somebody has changed."""

import hashlib
import json
from pathlib import Path


def forge(folder: Path, **changes: object) -> None:
    """Change what a record says of a copy, so that its sum is right."""
    record = json.loads((folder / "record.json").read_text())
    del record["sum"]
    record["splits"]["train"] |= changes
    text = json.dumps(record, sort_keys=True)
    record["sum"] = hashlib.sha256(text.encode()).hexdigest()
    (folder / "record.json").write_text(json.dumps(record))
