"""Read one file as run.py does, and say what came of it: python -m tests.fuzz.once FORMAT FILE."""

import argparse
import os
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True  # which would be writing

from tests.fuzz.seeds import seeds
from tests.fuzz.targets import FORMATS
from tests.fuzz.trial import Trial


def main() -> int:
    """Run the script and return its exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("format", choices=FORMATS)
    parser.add_argument("file", type=Path)
    parser.add_argument("--json", action="store_true", help="the tally for a program")
    options = parser.parse_args()
    data = options.file.read_bytes()
    with tempfile.TemporaryDirectory() as work:
        for name in ("files", "found"):
            (Path(work) / name).mkdir()
        said = Path(work) / "said"
        os.dup2(os.open(said, os.O_WRONLY | os.O_CREAT), 2)
        tempfile.tempdir = str(Path(work) / "files")
        trial = Trial(options.format, Path(work) / "files", Path(work) / "found")
        trial.warm_up([*seeds(options.format).values()])
        trial.read(data)
        if not options.json:
            print(said.read_text(errors="replace"), end="")
            for text in sorted((Path(work) / "found").glob("*.txt")):
                print(f"{text.stem}\n{text.read_text('utf-8')}")
    print(trial.tally.to_json() if options.json else trial.tally.line(options.format))
    return 1 if trial.tally.findings else 0


if __name__ == "__main__":
    sys.exit(main())
