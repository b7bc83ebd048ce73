"""What a sweep saves beside a shell loop, what it costs beyond its trials, and its memory.

    MLP_DATA=DIR python -m benchmarks.sweep_speed

DIR holds mnist/. First, eight seeds of `fast`: one `mlp sweep` against `mlp train` once for each
seed, as whole processes by turns, and the SHA-256 of all their weights. Second, 200 trivial trials
on two workers. Their own time is what the same trials take without the client, Optuna and Dask: two
processes at once train half of them each with the function that a worker calls, and the time of
the slower one counts, without its start. The sweep's time beyond that is its overhead; start
and end of the workers are in the overhead, and also shown apart. Third, `mlp runs` on 1,000
finished trials, which are copies of these. Memory is that of the client alone, from /proc.
Let nothing else run meanwhile.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import click

from benchmarks.processes import MLP, peak_memory, weights_sha256
from mlpcli.runs.directory import Run
from mlpcli.sweep.directory import SweepDirectory

SEEDS = range(8)
MOST_TIME, MOST_OVERHEAD, MOST_LISTING, MOST_MEMORY = 0.6, 50.0, 1.0, 300.0  # -, ms, s, MiB
WORKERS, LISTED = 2, 1000
TRIVIAL = (
    "data.name=synthetic",
    "data.train=1200",
    "data.test=200",
    "data.validation=200",
    "model.layers=[784, 10]",
    "training.epochs=1",
)
OWN = """
import sys, time
from pathlib import Path
from mlpcli.datasets.selection import open_configured
from mlpcli.sweep.directory import SweepDirectory
from mlpcli.sweep.finding import saved_sweep
from mlpcli.sweep.segment import Segment, train_here
from mlpcli.utils.startup import prepare_libraries
from mlpcli.utils.threads import available_threads

prepare_libraries()
out, first = Path(sys.argv[2]), int(sys.argv[3])
sweep = saved_sweep(SweepDirectory(Path(sys.argv[1])))
points = list(sweep.grid())
configs = [sweep.config_at(point, sweep.seeds[0]) for point in points[first::2]]
fingerprint = open_configured(configs[0].data, configs[0].seed).fingerprint
segments = [Segment(config, fingerprint, available_threads()) for config in configs]
train_here(out / f"first-{first}", segments[0])  # imports and compiles
print("ready", flush=True)
sys.stdin.readline()
start = time.perf_counter()
for number, segment in enumerate(segments):
    train_here(out / f"{first}-{number}", segment)
print(time.perf_counter() - start)
"""


@dataclass(frozen=True)
class Timed:
    """A command that has ended.

    Attributes:
        seconds: from its start to its end.
        memory: the most that it had itself, without its workers, in MiB.
        start: when it began, in seconds since 1970.
    """

    seconds: float
    memory: float
    start: float


@click.command()
@click.option("--repeats", type=click.IntRange(min=1), default=3, show_default=True)
@click.option("--trials", type=click.IntRange(min=2), default=200, show_default=True)
@click.option("--only", type=click.Choice(["loop", "overhead"]), help="Leave out the others.")
def main(repeats: int, trials: int, only: str | None) -> None:
    """Measure, and print the figures beside their bounds."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        os.environ["MLP_CACHE"] = str(folder / "cache")
        if only != "overhead":
            against_loop(folder, repeats)
        if only != "loop":
            overhead(folder, repeats, trials)
            listing(folder, repeats)


def against_loop(folder: Path, repeats: int) -> None:
    """Time a sweep over seeds against a loop over them, and compare the weights."""
    timed("train", "fast", "--set", "training.epochs=1", "--out", str(folder / "warm"))
    sweeps, loops, memory = [], [], 0.0
    for number in range(repeats):
        sweep, loop = folder / f"sweep-{number}", folder / f"loop-{number}"
        span = f"seed={SEEDS[0]}..{SEEDS[-1]}"
        ours = timed("sweep", "fast", "--set", span, "--out", str(sweep), "--workers", str(WORKERS))
        sweeps.append(ours.seconds)
        memory = max(memory, ours.memory)
        begin = time.perf_counter()
        for seed in SEEDS:
            timed("train", "fast", "--set", f"seed={seed}", "--out", str(loop / str(seed)))
        loops.append(time.perf_counter() - begin)
        equal = sum(
            weights_sha256(SweepDirectory(sweep).trial(seed))
            == weights_sha256(Run(loop / str(seed)))
            for seed in SEEDS
        )
        click.echo(
            f"round {number + 1}: sweep {sweeps[-1]:.1f} s, loop {loops[-1]:.1f} s, "
            f"ratio {sweeps[-1] / loops[-1]:.2f}, weights of {equal} of {len(SEEDS)} equal"
        )
    ratio = statistics.median(a / b for a, b in zip(sweeps, loops, strict=True))
    show("sweep / loop", ratio, MOST_TIME, "", 2)
    show("memory of the client", memory, MOST_MEMORY, " MiB", 0)


def overhead(folder: Path, repeats: int, trials: int) -> None:
    """Time trivial trials in a sweep, and without one."""
    rates = ",".join(f"{0.001 * (number + 1):.3f}" for number in range(trials))
    settings = [*TRIVIAL, f"training.optimizer.learning_rate={rates}"]
    options = [word for text in settings for word in ("--set", text)]
    whole, between, memory = [], [], 0.0
    for number in range(repeats):
        out = folder / f"trivial-{number}"
        ours = timed("sweep", "mnist", *options, "--out", str(out), "--workers", str(WORKERS))
        memory = max(memory, ours.memory)
        runs = SweepDirectory(out).trials().values()
        first = min(run.config.stat().st_mtime for run in runs)
        last = max(run.result.stat().st_mtime for run in runs)
        own = own_seconds(out, folder / f"own-{number}")
        whole.append(1000 * (ours.seconds - own) / trials)
        between.append(1000 * (last - first - own) / trials)
        click.echo(
            f"round {number + 1}: {trials} trials in {ours.seconds:.1f} s: "
            f"{first - ours.start:.1f} s until the first began, {last - first:.1f} s for all, "
            f"{ours.start + ours.seconds - last:.1f} s after the last; their own time {own:.1f} s"
        )
    show("overhead of a trial", statistics.median(whole), MOST_OVERHEAD, " ms", 1)
    click.echo(f"  without start and end {statistics.median(between):.1f} ms")
    show("memory of the client", memory, MOST_MEMORY, " MiB", 0)


def own_seconds(sweep: Path, out: Path) -> float:
    """Return how long the trials of a sweep take on as many plain processes, all started."""
    out.mkdir()
    pipe = subprocess.PIPE
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", OWN, str(sweep), str(out), str(number)],
            stdin=pipe,
            stdout=pipe,
            text=True,
        )
        for number in range(WORKERS)
    ]
    for process in processes:
        assert process.stdout, "it is a pipe"  # noqa: S101
        process.stdout.readline()
    for process in processes:
        assert process.stdin, "it is a pipe"  # noqa: S101
        process.stdin.write("go\n")
        process.stdin.flush()
    return max(float(process.communicate()[0]) for process in processes)


def listing(folder: Path, repeats: int) -> None:
    """Time the listing of many finished trials."""
    made = list(SweepDirectory(folder / "trivial-0").trials().values())
    many = folder / "many"
    for number in range(LISTED):
        shutil.copytree(made[number % len(made)].directory, many / f"trial-{number:04}")
    for options in ([], ["--json"]):
        command = ["runs", str(many), *options]
        seconds = [timed(*command).seconds for _ in range(repeats + 2)]
        show(
            f"mlp {' '.join(['runs', *options])}", statistics.median(seconds), MOST_LISTING, " s", 2
        )
    text = subprocess.run([*MLP, "runs", str(many), "--json"], check=True, stdout=subprocess.PIPE)
    click.echo(f"  {len(text.stdout.splitlines()):,} trials listed")


def timed(*arguments: str) -> Timed:
    """Run a command of the program, and measure it."""
    start, began, memory = time.time(), time.perf_counter(), 0.0
    with subprocess.Popen(
        [*MLP, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        while process.poll() is None:
            memory = max(memory, peak_memory(process.pid))
            with_patience(process)
    seconds = time.perf_counter() - began
    if process.returncode:
        raise click.ClickException(f"mlp {' '.join(arguments)}: ended with {process.returncode}")
    return Timed(seconds, memory, start)


def with_patience(process: "subprocess.Popen[bytes]") -> None:
    """Wait for a process, but not for long, so that its memory is looked at again."""
    try:
        process.wait(0.05)
    except subprocess.TimeoutExpired:
        return


def show(what: str, value: float, bound: float, unit: str, digits: int) -> None:
    """Print a figure beside its bound."""
    kept = "kept" if value <= bound else "MISSED"
    click.echo(f"{what}: {value:.{digits}f}{unit}, bound {bound:g}{unit}: {kept}")


if __name__ == "__main__":
    main()
