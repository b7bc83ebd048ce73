"""`.safetensors` files taken apart and put together, right or wrong."""

import json
from typing import Any

LENGTH = 8  # bytes that hold the length of the header


def split_file(content: bytes) -> tuple[dict[str, Any], bytes]:
    """Return the header of a file and what follows it."""
    end = LENGTH + int.from_bytes(content[:LENGTH], "little")
    return json.loads(content[LENGTH:end]), content[end:]


def join_file(header: dict[str, Any] | bytes, body: bytes) -> bytes:
    """Return a file of a header, or of what stands in its place."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(LENGTH, "little") + text + body
