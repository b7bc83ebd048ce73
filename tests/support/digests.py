"""What pictures become, in short, for another process to compare."""

import hashlib
from pathlib import Path

from mlpcli.images import preprocess, read_picture


def digests(folder: Path) -> list[str]:
    """Return, for each picture, one of all steps and one of the images."""
    found = []
    for path in sorted(folder.iterdir()):
        prepared = preprocess(read_picture(path, path.name), many=True)
        steps = b"".join(picture.tobytes() for _, picture in prepared.trace)
        found += [hashlib.sha256(each).hexdigest() for each in (steps, prepared.images.tobytes())]
    return found
