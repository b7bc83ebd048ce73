"""The process that reads the files; run.py starts it, and again should it die.

What is measured is measured here: nothing but the reading happens in this process.
"""

import faulthandler
import json
import sys
import tempfile
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

sys.dont_write_bytecode = True  # which would be writing

if TYPE_CHECKING:
    from tests.fuzz.trial import Trial

BACKSTOP = 30  # seconds after which libFuzzer gives up a file, should run.py not have done so

AFRESH = 0.5  # share of files made of a valid one: of changes upon changes nearly all are refused


def main() -> None:
    """Read files until there were enough."""
    mode, name, runs, seed, work, found = sys.argv[1:]
    faulthandler.enable()
    tempfile.tempdir = str(Path(work) / "files")
    run = run_guided if mode == "guided" else run_plain
    run(name, int(runs), int(seed), Path(work), Path(found))


def run_plain(name: str, runs: int, seed: int, work: Path, found: Path) -> None:
    """Change valid files at random."""
    from tests.fuzz.grow import perhaps_grown
    from tests.fuzz.mutate import mutate

    trial, files = _start(name, work, found)
    while trial.tally.files < runs:
        random = Random(f"{seed} {trial.tally.files}")
        data = random.choice(files)
        for _ in range(random.choice((1, 1, 2))):
            data = mutate(name, data, random)
        trial.read(perhaps_grown(name, data))
        trial.note(work / "tally.json", runs)


def run_guided(name: str, runs: int, seed: int, work: Path, found: Path) -> None:
    """Change files that reach new lines of the program, as libFuzzer chooses them."""
    import atheris
    from atheris.import_hook import HookManager

    from tests.fuzz.grow import PICTURES, perhaps_grown

    # tracing what is compared leaks its result, which of a picture may be megabytes
    with HookManager({"mlpcli", "PIL"}, set(), True, name not in PICTURES):
        trial, files = _start(name, work, found)
        from tests.fuzz.mutate import LARGEST, mutate
    corpus = work / "corpus"
    corpus.mkdir(exist_ok=True)
    for number, data in enumerate(files):
        (corpus / f"seed-{number}").write_bytes(data)

    def change(data: bytes, largest: int, number: int) -> bytes:
        def blind(content: bytes) -> bytes:
            return bytes(atheris.Mutate(content, max(largest, len(content) + 64)))

        random = Random(number)
        if random.random() < AFRESH:
            data = random.choice(files)
        return mutate(name, data, random, None if random.random() < 0.5 else blind)[:largest]

    def read(data: bytes) -> None:
        trial.read(perhaps_grown(name, data))
        trial.note(work / "tally.json", runs)

    left, begun = runs - trial.tally.files, trial.tally.files
    options = {"runs": left, "seed": seed + begun + 1, "max_len": LARGEST, "timeout": BACKSTOP}
    options |= {"rss_limit_mb": 0, "len_control": 0, "verbosity": 0}
    arguments = [f"-{key}={value}" for key, value in options.items()]
    arguments += [f"-artifact_prefix={work}/", str(corpus)]
    atheris.Setup([sys.argv[0], *arguments], read, custom_mutator=change)
    atheris.Fuzz()


def _start(name: str, work: Path, found: Path) -> "tuple[Trial, list[bytes]]":
    """Return what reads files, after it has read the valid ones, and these."""
    from tests.fuzz.seeds import seeds
    from tests.fuzz.trial import Tally, Trial

    trial, files = Trial(name, work / "files", found), list(seeds(name).values())
    trial.warm_up(files)
    trial.tally = Tally(**json.loads((work / "tally.json").read_text()))
    return trial, files


if __name__ == "__main__":
    main()
