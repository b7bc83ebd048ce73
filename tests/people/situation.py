"""What a situation is, and how it is tried."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

LEARN = """\
model: {layers: [input, 40, classes], activation: relu, init: he}
training: {epochs: 6, batch_size: 20}
"""
"""A configuration for any data, which is learnt within a second."""

TRAIN = "train --config learn.yaml --out run --quiet --set data.path="


@dataclass(frozen=True)
class Situation:
    """Something that people have done, and what they must be told.

    Attributes:
        title: in a few words.
        make: writes the input into the working directory.
        commands: what is typed after `mlp`, one after another; in the last one lies the point.
        says: patterns that stdout and stderr of the last command must match, in any order.
        never: patterns that they must not match.
        code: the exit code of the last command; those before must succeed.
        accuracy: the least test accuracy that it must print, in per cent; 0 for none.
        stdin: what the last command reads.
    """

    title: str
    make: Callable[[], object]
    commands: tuple[str, ...]
    says: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    code: int = 0
    accuracy: float = 0
    stdin: bytes = b""


def try_out(situation: Situation, folder: Path) -> str:
    """Make the input in a new folder and run the commands; return what was wrong, if anything."""
    folder.mkdir()
    here = Path.cwd()
    os.chdir(folder)
    try:
        (folder / "learn.yaml").write_text(LEARN)
        situation.make()
        *before, last = situation.commands
        for command in before:
            code, printed = run(command)
            if code:
                return f"`mlp {command}` must succeed, got exit code {code}:\n{printed}"
        code, printed = run(last, situation.stdin)
    finally:
        os.chdir(here)
    wrong = [f"no match for {one}" for one in situation.says if not _found(one, printed)]
    never = ("Traceback", *situation.never)
    wrong += [f"a match for {one}" for one in never if _found(one, printed)]
    if code != situation.code:
        wrong.append(f"exit code {code} instead of {situation.code}")
    if situation.accuracy:
        accuracy = re.search(r"(?:test )?accuracy ([\d.]+) %", printed)
        if accuracy is None or float(accuracy[1]) < situation.accuracy:
            wrong.append(f"an accuracy below {situation.accuracy} %")
    return "" if not wrong else f"`mlp {last}`: {'; '.join(wrong)}:\n{printed}"


def run(command: str, stdin: bytes = b"") -> tuple[int, str]:
    """Run `mlp` in the working directory, offline; return the exit code, stdout and stderr."""
    result = subprocess.run(
        [sys.executable, "-m", "mlpcli", *command.split()],
        env=os.environ | _environment(),
        input=stdin,
        capture_output=True,
        check=False,
    )
    return result.returncode, (result.stdout + b"\n" + result.stderr).decode()


def _environment() -> dict[str, str]:
    """Return the variables of a new user whose network is down."""
    nowhere = dict.fromkeys(("http_proxy", "https_proxy"), "http://127.0.0.1:9")
    root, cache = str(Path(__file__).parents[2]), str(Path.cwd().parent / "cache")
    usual = {"PYTHONPATH": root, "MLP_CACHE": cache, "MLP_DATA": "", "NO_COLOR": "1"}
    return usual | nowhere


def _found(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.MULTILINE) is not None
