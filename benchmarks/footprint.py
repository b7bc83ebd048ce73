"""Start-up time, loading time and memory of the program.

    MLP_DATA=DIR python benchmarks/footprint.py

DIR holds mnist/. Memory is read from /proc, so that it runs on Linux only. The script that does
with PyTorch what `mlp predict` does is `predict_pytorch.py`.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mlpcli.config import data_root
from mlpcli.datasets import Split, open_dataset
from mlpcli.datasets.catalogue import FILES
from mlpcli.datasets.formats.idx import idx_header

TIMES = 10  # how much larger the large data set is
EPOCHS = 2
SHORT = ["--set", f"training.epochs={EPOCHS}", "--set", "data.validation=0", "--quiet"]
LOADING = """
import sys, time
from pathlib import Path
from mlpcli.datasets import open_dataset
start = time.perf_counter()
open_dataset("mnist", root=Path(sys.argv[1]), validation=10000)
print(time.perf_counter() - start)
"""


@dataclass(frozen=True)
class Usage:
    """Memory of a process.

    Attributes:
        peak: the most that was resident, in MiB, files that it has mapped included.
        own: the most that was neither a file nor shared, in MiB, looked at fifty times a second.
    """

    peak: float
    own: float


@click.command()
@click.option("--rounds", default=5, show_default=True, help="How often each is measured.")
def main(rounds: int) -> None:
    """Measure what it takes to start, to load and to hold data."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        os.environ["MLP_CACHE"] = str(folder / "cache")
        measure_loading(rounds)
        mnist = open_dataset("mnist", root=Path(data_root()), validation=0)
        measure_start(mnist.test, folder, rounds)
        measure_memory(mnist.train, mnist.test, folder, rounds)


def measure_loading(rounds: int) -> None:
    """Time the opening of MNIST, the first time and from then on."""
    command = [sys.executable, "-c", LOADING, data_root()]
    times = [float(output(command)) for _ in range(rounds + 1)]
    click.echo(
        f"loading MNIST: {1000 * times[0]:.0f} ms the first time, then "
        f"{spread([1000 * seconds for seconds in times[1:]])} ms"
    )


def measure_start(test: Split, folder: Path, rounds: int) -> None:
    """Time `mlp predict` on one picture against PyTorch, alternately."""
    Image.fromarray(test.images[0]).save(folder / "digit.png")
    mlp = Path(sys.executable).with_name("mlp")
    commands = {
        "mlp predict": [str(mlp), "predict", str(folder / "digit.png")],
        "PyTorch": [
            sys.executable,
            str(Path(__file__).with_name("predict_pytorch.py")),
            str(folder / "digit.png"),
        ],
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds + 1):  # the first round fills the system's cache of files
        for name, command in commands.items():
            start = time.perf_counter()
            output(command, folder)
            times[name].append(time.perf_counter() - start)
    ours, theirs = (values[1:] for values in times.values())
    ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
    click.echo(
        f"one picture, from shell to answer: {spread(ours)} s, with PyTorch {spread(theirs)} s, "
        f"ratio {spread(ratios)}"
    )


def measure_memory(train: Split, test: Split, folder: Path, rounds: int) -> None:
    """Watch the default training, then one on the same images ten times over."""
    usage, _ = watch(["--config", "mnist", "--quiet"], folder / "default")
    click.echo(f"mlp train --config mnist: peak memory {usage.peak:.0f} MiB")
    own: dict[int, list[float]] = {1: [], TIMES: []}
    seconds: dict[int, list[float]] = {1: [], TIMES: []}
    for times in (1, TIMES):
        write_idx(folder / f"times-{times}", train, test, times)
    for start in range(rounds + 1):
        for times in (1, TIMES):
            source = ["--config", "mnist", "--set", f"data.path={folder / f'times-{times}'}"]
            usage, epoch = watch([*source, *SHORT], folder / f"run-{times}-{start}")
            own[times].append(usage.own)
            seconds[times].append(epoch)
    ratios = [many / few for few, many in zip(seconds[1][1:], seconds[TIMES][1:], strict=True)]
    click.echo(
        f"the same with {TIMES} times the images: {own[TIMES][0] - own[1][0]:+.0f} MiB of its own "
        f"the first time, then {statistics.median(own[TIMES][1:]):.0f} instead of "
        f"{statistics.median(own[1][1:]):.0f} MiB; {spread(ratios)} times the time"
    )


def watch(arguments: list[str], run: Path) -> tuple[Usage, float]:
    """Run a training and return its memory and the median seconds of its epochs."""
    command = [sys.executable, "-m", "mlpcli", "train", *arguments, "--out", str(run)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    peak = own = 0.0
    try:
        while process.poll() is None:
            status = status_of(process.pid)
            peak = max(peak, status.get("VmHWM", 0.0))
            own = max(own, status.get("RssAnon", 0.0))
            time.sleep(0.02)
    finally:
        process.kill()
    if process.returncode:
        raise click.ClickException(f"{' '.join(command)} failed")
    log = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    return Usage(peak, own), statistics.median(line["seconds"] for line in log)


def status_of(process: int) -> dict[str, float]:
    """Return the sizes that the system gives of a process, in MiB, by name."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:  # it has just ended
        return {}
    fields = [line.split() for line in lines if line.endswith(" kB")]
    return {name.rstrip(":"): int(kibibytes) / 1024 for name, kibibytes, _ in fields}


def write_idx(folder: Path, train: Split, test: Split, times: int) -> None:
    """Write four IDX files with the training images several times over."""
    folder.mkdir()
    arrays: list[NDArray[Any]] = [train.images, train.labels, test.images, test.labels]
    for index, (name, array) in enumerate(zip(FILES, arrays, strict=True)):
        repeats = times if index < 2 else 1
        with (folder / name).open("wb") as file:
            file.write(idx_header((repeats * len(array), *array.shape[1:])))
            for _ in range(repeats):
                file.write(array.astype(np.uint8).tobytes())


def output(command: list[str], folder: Path | None = None) -> str:
    """Return what a command prints."""
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def spread(values: list[float]) -> str:
    """Return the median, least and greatest of several values."""
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


if __name__ == "__main__":
    main()
