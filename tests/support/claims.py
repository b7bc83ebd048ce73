"""The examples of the README and the documentation: found, run, and compared with their outputs.

A page shows three kinds of blocks. Lines of `console` that begin with `$ ` are commands for a shell,
the others what they print. `python` is run in one namespace a page, and a `text` block right after
it is what it prints. A `diff` changes the program itself, for the commands up to the next exercise
or heading. A line `…` stands for lines that are left out.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["console", "python", "diff", "restore"]

_FENCE = re.compile(
    r"^(?P<indent> *)```(?P<info>[^\n`]*)\n(?P<body>.*?)^(?P=indent)``` *$",
    re.MULTILINE | re.DOTALL,
)
_BOUNDARY = re.compile(r"^(#+ |\*\*\d+\.)", re.MULTILINE)
_NEEDS = re.compile(r"\A<!-- needs:([^>]*)-->")


@dataclass(frozen=True)
class Step:
    """Something to do, and what is printed then.

    Attributes:
        kind: of the block; `restore` undoes the changes of the program.
        line: of the page.
        action: the command, the code, or the lines of the diff.
        output: the lines that are shown.
        file: that a diff changes.
    """

    kind: Kind
    line: int
    action: str
    output: tuple[str, ...] = ()
    file: str = ""


def needs(text: str) -> list[str]:
    """Return what a page says that it needs: names of runs, and MNIST."""
    found = _NEEDS.match(text)
    return found[1].split() if found else []


def steps(text: str) -> Iterator[Step]:
    """Yield the steps of a page in their order."""
    blocks = list(_FENCE.finditer(text))
    marks = [(match.start(), None) for match in _BOUNDARY.finditer(text)]
    inside = [(block.start(), block.end()) for block in blocks]
    outside = [mark for mark in marks if not any(a < mark[0] < b for a, b in inside)]
    ordered: list[tuple[int, int | None]] = sorted(
        [*outside, *((block.start(), index) for index, block in enumerate(blocks))]
    )
    changed = False
    for start, index in ordered:
        line = text.count("\n", 0, start) + 1
        if index is None:
            if changed:
                yield Step("restore", line, "")
            changed = False
            continue
        block = blocks[index]
        body = textwrap.dedent(block["body"])
        kind, _, rest = block["info"].strip().partition(" ")
        if kind == "console":
            yield from _commands(body, line + 1)
        elif kind == "python":
            yield Step("python", line + 1, body, _printed(text, blocks, index))
        elif kind == "diff":
            changed = True
            named = re.search(r'title="([^"]+)"', rest)
            yield Step("diff", line, body, file=named[1] if named else "")


def _commands(body: str, line: int) -> Iterator[Step]:
    """Yield the commands of a console, which a backslash at the end of a line continues."""
    command, output, first = "", list[str](), line
    for number, text in enumerate(body.splitlines(), line):
        if command.endswith("\\"):
            command += "\n" + text
        elif text.startswith("$ "):
            if command:
                yield Step("console", first, command, tuple(output))
            command, output, first = text[2:], [], number
        else:
            output.append(text)
    if command:
        yield Step("console", first, command, tuple(output))


def _printed(text: str, blocks: Sequence[re.Match[str]], index: int) -> tuple[str, ...]:
    """Return the lines of the `text` block that follows a block at once."""
    if index + 1 == len(blocks) or blocks[index + 1]["info"].strip() != "text":
        return ()
    if text[blocks[index].end() : blocks[index + 1].start()].strip():
        return ()
    return tuple(textwrap.dedent(blocks[index + 1]["body"]).splitlines())


_NUMBER = r"[-−+]?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?"
_TOKEN = re.compile(rf"(?P<hash>\b[0-9a-f]{{8,}}\b)|(?P<number>{_NUMBER})(?P<percent> ?%)?")
_DRAWN = re.compile("[▀-▟]+")


def differences(shown: Sequence[str], printed: Sequence[str], *, numbers: bool) -> str | None:
    """Say where what is printed differs from what is shown; None if it does not.

    Spacing and bars do not count. Percentages may differ by what the rounding of another processor,
    or another number of threads, makes of them: accuracies by a point or a little more, what one
    image gets by three. Other numbers may differ by one per cent, or at will.

    Args:
        shown: lines of the page, `…` for any lines.
        printed: lines of the run.
        numbers: whether numbers that are no percentages count.
    """
    parts: list[list[str]] = [[]]
    for line in shown:
        if line.strip() == "…":
            parts.append([])
        else:
            parts[-1].append(line)
    at = 0
    for index, part in enumerate(parts):
        last = index + 1 == len(parts)
        choices = [at] if index == 0 else range(at, len(printed) - len(part) + 1)
        if last and index > 0:
            choices = [len(printed) - len(part)]
        for start in choices:
            if start >= at and _all_alike(
                part, printed[start : start + len(part)], numbers=numbers
            ):
                at = start + len(part)
                break
        else:
            return _report(part, printed[at:])
    if at < len(printed):
        return _report([], printed[at:])
    return None


def _report(shown: Sequence[str], printed: Sequence[str]) -> str:
    return "\n".join(["shown:", *shown, "printed:", *printed])


def _all_alike(shown: Sequence[str], printed: Sequence[str], *, numbers: bool) -> bool:
    return len(shown) == len(printed) and all(
        _alike(a, b, numbers=numbers) for a, b in zip(shown, printed, strict=True)
    )


def _alike(shown: str, printed: str, *, numbers: bool) -> bool:
    """Whether two lines say the same."""
    first, second = (_DRAWN.sub("", line).replace("·", "0") for line in (shown, printed))
    if _words(first) != _words(second) or _answer(first) != _answer(second):
        return False
    for a, b in zip(_TOKEN.finditer(first), _TOKEN.finditer(second), strict=True):
        if a["number"] is None or b["number"] is None:
            continue
        x, y = (float(each["number"].replace(",", "").replace("−", "-")) for each in (a, b))
        if a["percent"] is not None:
            allowed = (1 if "accuracy" in first else 3) + 0.3 * min(abs(x), abs(100 - x))
        elif numbers:
            allowed = 0.01 * abs(x) + 1e-6
        else:
            continue
        if abs(x - y) > allowed:
            return False
    return True


def _words(line: str) -> str:
    """Return a line without its numbers and with single spaces."""
    return " ".join(_TOKEN.sub(" # ", line).split())


def _answer(line: str) -> str | None:
    """Return the class that a line of `mlp predict` names, if it is sure of it."""
    found = re.search(r": (\S+)  \(\1 (?:9\d|100)\.", line)
    return found[1] if found else None
