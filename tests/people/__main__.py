"""Tries all situations, or those whose title holds the text given, and prints a line for each."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.people.situation import try_out
from tests.people.situations import SITUATIONS


def main() -> None:
    """Print each title with what was wrong; exit with 1 if anything was."""
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    failed = 0
    for situation in SITUATIONS:
        if wanted not in situation.title:
            continue
        with TemporaryDirectory() as temporary:
            wrong = try_out(situation, Path(temporary, "work"))
        failed += bool(wrong)
        print(f"{'wrong' if wrong else 'right'}  {situation.title}")  # noqa: T201  # a script
        if wrong:
            print(wrong)  # noqa: T201
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
