"""The weights of several runs that are used together: `committee.json` in the folder of these runs.

It holds a JSON list of files, `["trial-0003/best.npz", …]`, relative to its own folder, or an
object with this list and the temperature of their mean: `{"weights": […], "temperature": 0.9}`.
Because the folder may come from a stranger, none of the files may lead out of it, nor be a link.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

from mlpcli.errors import RunError
from mlpcli.nn.temperature import HIGHEST, LOWEST
from mlpcli.runs.directory import BEST, Run, check_kind
from mlpcli.runs.result import read_result
from mlpcli.utils.files import atomic_write, open_regular, reason_of

COMMITTEE = "committee.json"
SWEEP = "sweep.yaml"  # the definition of a sweep, in the folder of its runs
MAX_BYTES = 1 << 16
MOST = 1000  # members
_NAME = re.compile(r"(?!\.\.?(/|\Z))[\w.-]+", re.ASCII)  # of a file or a folder


@dataclass(frozen=True)
class Listed:
    """Weights that are used together.

    Attributes:
        files: of them, at least one.
        temperature: of the mean of their predictions; 1 leaves it as it is.
    """

    files: tuple[Path, ...]
    temperature: float = 1.0


def write_list(folder: Path, members: Sequence[Path], temperature: float = 1.0) -> None:
    """Write which weights are used together.

    Args:
        folder: of the runs.
        members: files below it.
        temperature: of the mean of their predictions.

    Raises:
        RunError: a name is not one that is read back, or the list cannot be written.
    """
    names = [member.relative_to(folder).as_posix() for member in members]
    for member, name in zip(members, names, strict=True):
        if not all(map(_NAME.fullmatch, name.split("/"))):
            raise RunError(
                f"{member}: must have a name of letters, digits, '.', '_' and '-' to be listed in "
                f"{COMMITTEE}; rename it"
            )
    values = {"weights": names, "temperature": temperature} if temperature != 1 else names
    try:
        with atomic_write(folder / COMMITTEE) as file:
            file.write(json.dumps(values, indent=1).encode() + b"\n")
    except OSError as error:
        raise RunError(f"{folder}: cannot be written, {reason_of(error)}") from error


def read_list(folder: Path) -> Listed | None:
    """Return the weights that are used together; None if the folder lists none.

    Raises:
        RunError: the list cannot be read, or names what is not a file in the folder.
    """
    path = folder / COMMITTEE
    check_kind(path)
    try:
        with open_regular(path) as file:
            text = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise RunError(f"{path}: cannot be read, {reason_of(error)}") from error
    try:
        values = json.loads(text) if len(text) <= MAX_BYTES else None
    except (ValueError, RecursionError):
        values = None
    names, temperature = values, 1.0
    if isinstance(values, dict) and values.keys() == {"weights", "temperature"}:
        names, temperature = values["weights"], _temperature(path, values["temperature"])
    if not isinstance(names, list) or not 1 <= len(names) <= MOST:
        raise RunError(f"{path}: must hold a list of 1 to {MOST:,} files; remove it")
    members = tuple(_member(folder, name) for name in names)
    if len(set(members)) < len(members):
        raise RunError(f"{path}: must name each file once; remove it")
    return Listed(members, temperature)


def _temperature(path: Path, value: object) -> float:
    """Return the temperature that a list gives, after checking it."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not LOWEST <= value <= HIGHEST:  # type: ignore[operator]  # it is a number
        raise RunError(
            f"{path}: the temperature must be a number in [{LOWEST:g}, {HIGHEST:g}], "
            f"got {value!r:.40}; remove it"
        )
    return float(value)  # type: ignore[arg-type]


def _member(folder: Path, name: object) -> Path:
    """Return a file that a list names, after checking that it is one in the folder."""
    parts = name.split("/") if isinstance(name, str) else []
    if not parts or not all(map(_NAME.fullmatch, parts)):
        raise RunError(
            f"{folder / COMMITTEE}: must name files in its own folder, such as "
            f"trial-0003/{BEST}, got {str(name)[:60]!r}; remove it"
        )
    path = folder
    for part in parts:
        path /= part
        if path.is_symlink():
            raise RunError(f"{path}: must be in the folder itself, got a link; remove it")
    if not path.exists():
        raise RunError(
            f"{path}: is named in {COMMITTEE}, but does not exist; put it back, or remove "
            f"{COMMITTEE}"
        )
    check_kind(path)
    return path


def advice(folder: Path) -> str:
    """Say how the runs of a sweep become a committee, and which is the best of them."""
    command = f"mlp sweep {quote(str(folder))} --committee K"
    best = _best(folder)
    one = f"; or use the best of its runs, {quote(str(best))}" if best else ""
    return f"average the K best with {command}{one}"


def _best(folder: Path) -> Path | None:
    """Return the run that has done best on validation images; None if none has ended."""
    found: list[tuple[float, Path]] = []
    for directory in sorted(folder.iterdir()):
        with suppress(RunError, OSError):
            result = None if directory.is_symlink() else read_result(Run(directory))
            if result and result.state == "done" and (directory / BEST).is_file():
                found.append((result.validation_accuracy or 0.0, directory))
    return max(found, key=lambda pair: pair[0])[1] if found else None
