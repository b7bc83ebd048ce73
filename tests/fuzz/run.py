"""Read very many damaged files of one format: python -m tests.fuzz.run FORMAT --runs 100000.

Prints one line, and the files of what was found; exits with 1 if there are any. With atheris, files
that reach new lines of the program are changed further; with --plain, only valid ones are changed.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from tests.fuzz.targets import FORMATS
from tests.fuzz.trial import Tally

NEEDED = "needs atheris; pip install -e '.[fuzz]' (Linux), or give --plain"
ROOT = Path(__file__).parents[2]
BATCH = 5000  # files of one inner process, for libraries leak a little with each damaged file
MOST_CRASHES = 20  # after which there is no point in going on
KILL_SECONDS = 20  # for one file: a library that hangs cannot be interrupted from within
KILL_MEGABYTES = 2000  # before the machine runs out of memory


def main() -> int:
    """Run the script and return its exit code."""
    options = _parse()
    if not options.plain and find_spec("atheris") is None:
        print(f"run.py: {NEEDED}", file=sys.stderr)
        return 2
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        tally = _supervise(options, Path(folder).resolve())
    speed = tally.files / (time.perf_counter() - start)
    print(f"{tally.line(options.format)}, {speed:.0f} files/s")
    for kind, count in sorted(tally.findings.items()):
        print(f"  {count} × {options.found / kind}.bin")
    return 1 if tally.findings else 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("format", choices=FORMATS)
    parser.add_argument("--runs", type=int, default=100_000, help="how many files")
    parser.add_argument("--seed", type=int, default=0, help="another one gives other files")
    parser.add_argument("--found", type=Path, default=Path("found"), help="folder for findings")
    parser.add_argument("--plain", action="store_true", help="do without atheris")
    options = parser.parse_args()
    options.found = options.found.absolute() / options.format
    return options


def _supervise(options: argparse.Namespace, work: Path) -> Tally:
    """Run an inner process, and another one whenever it dies, until all files are read."""
    tally, note, log = Tally(), work / "tally.json", work / "log"
    case = work / "files" / FORMATS[options.format].file
    (work / "files").mkdir()
    note.write_text(tally.to_json())
    while tally.files < options.runs and tally.crashes < MOST_CRASHES:
        goal = min(options.runs, tally.files + BATCH)
        case.unlink(missing_ok=True)  # by whose age a hang is told, and starting may take long
        with log.open("wb") as file:
            process = subprocess.Popen(
                _command(options, goal, work),
                cwd=ROOT,
                env=_environment(),
                stdout=file,
                stderr=file,
            )
            reason = _wait(process, note, options)
        tally = Tally(**json.loads(note.read_text()))
        if tally.files < goal:
            _note_crash(tally, reason, work, options)
            note.write_text(tally.to_json())
    return tally


def _command(options: argparse.Namespace, goal: int, work: Path) -> list[str]:
    mode = "plain" if options.plain else "guided"
    values = (mode, options.format, goal, options.seed, work, options.found)
    return [sys.executable, "-m", "tests.fuzz.inner", *map(str, values)]


def _environment() -> dict[str, str]:
    """Return an environment in which time and memory are those of one thread."""
    return os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


def _wait(process: "subprocess.Popen[bytes]", note: Path, options: argparse.Namespace) -> str:
    """Wait for the inner process, or kill it; return what it ended by."""
    case = note.parent / "files" / FORMATS[options.format].file
    while process.poll() is None:
        time.sleep(0.2)
        if _resident_megabytes(process.pid) > KILL_MEGABYTES:
            process.kill()
            return "memory"
        if case.exists() and time.time() - case.stat().st_mtime > KILL_SECONDS:
            process.kill()
            return "hang"
        if sys.stderr.isatty():
            done = note.read_text().partition(",")[0].rpartition(" ")[2]
            print(f"\r{options.format}: {done} of {options.runs}", end="\r", file=sys.stderr)
    return f"crash{process.returncode}"


def _resident_megabytes(pid: int) -> int:
    """Return the memory that a process has now, 0 where that is not known."""
    with suppress(OSError, ValueError):
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") >> 20
    return 0


def _note_crash(tally: Tally, reason: str, work: Path, options: argparse.Namespace) -> None:
    """Keep the file that the inner process died of, and what it said."""
    tally.crashes += 1
    tally.files += 1
    tally.hangs += reason == "hang"
    if reason == "memory":
        tally.megabytes = max(tally.megabytes, KILL_MEGABYTES)
    kind = f"{reason}-{tally.crashes}"
    tally.findings[kind] = 1
    options.found.mkdir(parents=True, exist_ok=True)
    case = work / "files" / FORMATS[options.format].file
    if case.exists():
        shutil.move(case, options.found / f"{kind}.bin")  # away, for by its age a hang is told
    said = (work / "log").read_text(encoding="utf-8", errors="replace")
    (options.found / f"{kind}.txt").write_text(f"{reason}\n{said[-5000:]}", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
