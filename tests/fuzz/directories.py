"""Whole directories as files, so that they are damaged and kept like any other: pack and unpack.

A packed directory is a line of JSON, a list of [name, kind, size or target], and then the contents
of its files, one after the other. What is cut off is missing, and nothing is unpacked elsewhere.
"""

import json
import os
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any
from zlib import crc32

UNPACKED, VICTIM = "unpacked", "victim"
KEY = "0123456789abcdef"
"""Stands for the name of the copy that the program will look for."""
FOLDER = b"@FOLDER@"
"""Stands for the folder that holds the directory, in a configuration."""
_NAME = re.compile(r"[\w.-]+(/[\w.-]+){0,3}")
_WRONG = re.compile(r"(^|/)\.\.?(/|$)")
_NAMES = (  # that a directory may hold besides its own
    *(".lock", "report.html", "tensorboard", "best.npz", "last.npz", "log.jsonl", "config.yaml"),
    *("result.json", ".result.json.0123abcd.tmp"),
    *("tensorboard/events.out.tfevents.1700000000000000000", ".best.npz.0123abcd.tmp", "notes.txt"),
    *("mlpcli-cache", "mlpcli-cache/CACHEDIR.TAG", "mlpcli-cache/datasets", ".git", "synthetic"),
    *("sweep.yaml", "committee.json", "study.db", "trial-0000", "trial-0002/config.yaml"),
    *(f"mlpcli-cache/{kind}/{KEY}" for kind in ("datasets", "synthetic")),
    *(f"mlpcli-cache/datasets/.{KEY}.0123abcd.tmp", "mlpcli-cache/datasets/ffffffffffffffff"),
)
_TARGETS = (
    f"../{VICTIM}",
    f"../{VICTIM}/mine.txt",
    f"../../{VICTIM}/mine.txt",
    ".",
    "nowhere",
    "/",
)
_EDGES: tuple[Any, ...] = (-1, 0, 1, 2, 2**31, 2**70, 0.5, True, None, "", "x", [], {}, [1], [[]])


@dataclass(frozen=True)
class Member:
    """A file with its content, a link with its target, a pipe or a folder."""

    name: str
    kind: str
    content: bytes = b""


def pack(members: list[Member]) -> bytes:
    """Return a directory as a file."""
    table = [
        [
            each.name,
            each.kind,
            os.fsdecode(each.content) if each.kind == "link" else len(each.content),
        ]
        for each in members
    ]
    contents = b"".join(each.content for each in members if each.kind != "link")
    return json.dumps(table).encode() + b"\n" + contents


def pack_folder(folder: Path) -> bytes:
    """Return all files of a folder as one."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return pack([Member(str(p.relative_to(folder)), "file", p.read_bytes()) for p in files])


def split(data: bytes) -> list[Member]:
    """Return what a packed directory holds, nothing where it is none."""
    head, _, contents = data.partition(b"\n")
    members = []
    with suppress(ValueError, TypeError, RecursionError):
        for name, kind, what in json.loads(head):
            if kind == "link":
                members.append(Member(name, kind, os.fsencode(what)))
            else:
                members.append(Member(name, kind, contents[:what]))
                contents = contents[what:]
    return members


def unpack(packed: Path, key: str) -> Path:
    """Make the directory that a file holds, in place of the one before, and a victim beside it."""
    folder = packed.parent / UNPACKED
    empty(folder)
    folder.mkdir()
    victim = packed.parent / VICTIM
    victim.mkdir(exist_ok=True)
    for name in ("mine.txt", "events.out.tfevents.1700000000000000000", "train-images.npy"):
        if not (victim / name).exists():
            (victim / name).write_text("mine")
    for member in split(packed.read_bytes()):
        if _NAME.fullmatch(member.name) and not _WRONG.search(member.name):
            content = member.content.replace(FOLDER, os.fsencode(packed.parent))
            with suppress(OSError, ValueError):  # it lies in a file, or in a link
                _make(replace(member, content=content), folder, member.name.replace(KEY, key))
    return folder


def _make(member: Member, folder: Path, name: str) -> None:
    path = folder / name
    if not path.parent.resolve().is_relative_to(folder.resolve()):
        return  # it would lie behind a link
    path.parent.mkdir(parents=True, exist_ok=True)
    if os.path.lexists(path):
        return
    match member.kind:
        case "file":
            path.write_bytes(member.content)
        case "link":
            path.symlink_to(os.fsdecode(member.content))
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()


def empty(folder: Path) -> None:
    """Remove a folder with all that is in it."""
    if not folder.is_symlink() and folder.is_dir():
        for path in folder.iterdir():
            empty(path)
        folder.rmdir()
    else:
        folder.unlink(missing_ok=True)


def state(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Return the files of a folder with their identity and content."""
    return {
        str(path): (path.stat().st_ino, path.read_bytes() if path.is_file() else b"")
        for path in sorted(folder.rglob("*"))
    }


def changed(data: bytes, random: Random, change: Callable[[str, bytes], bytes]) -> bytes:
    """Change a directory: what a file in it holds, or what is in it.

    Args:
        data: packed.
        random: decides everything.
        change: changes the content of a file of a name.
    """
    members = split(data)
    if not members:
        return data
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        at = random.randrange(len(members))
        one = members[at]
        match random.randrange(12):
            case 0:
                del members[at : at + 1]
            case 1:
                members[at] = Member(one.name, "link", random.choice(_TARGETS).encode())
            case 2:
                members[at] = Member(one.name, random.choice(("pipe", "folder")))
            case 3:
                members[at] = replace(one, content=random.choice(members).content)
            case 4:
                members.insert(at, _new(random))
            case 5 | 6 if one.name.endswith("record.json"):
                members[at] = replace(one, content=_forged(one.content, random, mend=True))
            case 7 if one.name.endswith((".json", ".jsonl")):
                members[at] = replace(one, content=_forged(one.content, random, mend=False))
            case 8 if one.name.endswith(".npy"):
                members = _forged_array(members, at, random)
            case _ if one.kind == "file":
                members[at] = replace(one, content=change(one.name, one.content))
        if not members:
            break
    return pack(members)


def _new(random: Random) -> Member:
    kind = random.choice(("file", "link", "pipe", "folder"))
    content = random.choice(_TARGETS).encode() if kind == "link" else b""
    if kind == "file":
        content = random.choice((b"", b"mine", b"process 1 on host\n", b"[" * 3000, b"\0" * 300))
    return Member(random.choice(_NAMES), kind, content)


def _forged(content: bytes, random: Random, *, mend: bool) -> bytes:
    """Change a value of a JSON text, and perhaps the sum of all."""
    with suppress(ValueError, TypeError, AttributeError, RecursionError):
        record = json.loads(content.partition(b"\n")[0])
        record.pop("sum", None)
        _change_value(record, random)
        if mend:
            record["sum"] = sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()
        return json.dumps(record).encode()
    return content


def _change_value(values: Any, random: Random) -> None:
    keys = list(values) if isinstance(values, dict) else list(range(len(values)))
    if not keys:
        return
    key = random.choice(keys)
    if isinstance(values[key], dict | list) and random.random() < 0.8:
        _change_value(values[key], random)
    elif random.random() < 0.1:
        del values[key]
    else:
        values[key] = random.choice(_EDGES)


def _forged_array(members: list[Member], at: int, random: Random) -> list[Member]:
    """Change values of an array, and mend its checksum in the record beside it."""
    one = members[at]
    folder, _, file = one.name.rpartition("/")
    start = one.content.find(b"\n") + 1
    values = bytearray(one.content[start:])
    for _ in range(random.choice((1, 3)) if values else 0):
        values[random.randrange(len(values))] = random.choice((0, 1, 10, 127, 128, 255))
    members[at] = replace(one, content=one.content[:start] + bytes(values))
    name, _, what = file.removesuffix(".npy").partition("-")
    for place, other in enumerate(members):
        if other.name == f"{folder}/record.json":
            with suppress(ValueError, TypeError, KeyError, RecursionError):
                record = json.loads(other.content)
                del record["sum"]
                record["splits"][name][what] = crc32(values)
                record["sum"] = sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()
                members[place] = replace(other, content=json.dumps(record).encode())
    return members
