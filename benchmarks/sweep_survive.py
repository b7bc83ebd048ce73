"""Kill a sweep's workers and its client, press Ctrl-C, and see whether anything is lost.

    MLP_DATA=DIR python -m benchmarks.sweep_survive

DIR holds mnist/. A sweep of twelve trials is run once in peace. Then it is begun anew, and by
random turns two of its workers are ended by SIGKILL, the client is, and Ctrl-C is pressed on its
terminal; the same command goes on. At the end every point must be in the study and among the
results once, and the weights must be those of the sweep in peace, by their SHA-256. With TPE and
Hyperband the points depend on which trial ends first: there every trial must have ended once, and
no point may be there twice. What is printed at an interruption is shown.
"""

import json
import os
import random
import subprocess
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import click
import optuna

from benchmarks.processes import (
    MLP,
    Terminal,
    descendants,
    kill,
    seconds_until_gone,
    weights_sha256,
    workers_of,
)
from mlpcli.sweep.directory import SweepDirectory
from mlpcli.sweep.study import OWN_NAME, SEED

TRIALS = 12
CONFIG = """
data: {name: mnist, validation: 10000}
model: {layers: [784, 64, 10], activation: relu, init: he, batch_norm: true, dropout: 0.1}
training:
  epochs: 4
  batch_size: 64
  optimizer: {name: adamw, learning_rate: 0.002}
  schedule: {name: one-cycle}
  weight_average: 0.99
  checkpoint_every: 0.3
augmentation: {shift: 1}
"""
GRID = """
config: c.yaml
space:
  training.optimizer.learning_rate: {choice: [0.001, 0.003]}
  training.batch_size: {choice: [64, 128]}
sampler: grid
seeds: 3
"""
SEARCH = """
config: c.yaml
space:
  training.optimizer.learning_rate: {range: [0.0003, 0.03], log: true}
  training.batch_size: {choice: [64, 128]}
sampler: tpe
pruner: hyperband
trials: 12
"""
INTERRUPTIONS = ("kill worker", "kill worker", "kill client", "Ctrl-C")
WORKERS = "2"
PATIENCE = 120  # seconds, after which a sweep that does not begin or end is given up


@dataclass
class Tally:
    """What was seen.

    Attributes:
        done: interruptions, by kind.
        late: interruptions that the sweep was too fast for.
        wrong: what must not be, in words.
    """

    done: Counter[str] = field(default_factory=Counter)
    late: int = 0
    wrong: list[str] = field(default_factory=list)

    def require(self, condition: bool, message: str) -> None:
        """Note what is not as it must be."""
        if not condition:
            self.wrong.append(message)
            click.echo(f"WRONG: {message}")


@click.command()
@click.option("--rounds", type=click.IntRange(min=1), default=1, show_default=True)
@click.option("--seed", default=0, show_default=True, help="Decides order and moments.")
@click.option("--only", type=click.Choice(["grid", "search"]), help="Leave out the other one.")
def main(rounds: int, seed: int, only: str | None) -> None:
    """Interrupt sweeps, and print whether anything was lost."""
    moments = random.Random(seed)  # noqa: S311  # no secret
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.environ["MLP_CACHE"] = str(Path(folder, "cache"))
        Path("c.yaml").write_text(CONFIG)
        Path("grid.yaml").write_text(GRID)
        Path("search.yaml").write_text(SEARCH)
        if only != "search":
            expected = in_peace("grid")
            for number in range(rounds):
                directory = interrupted("grid", f"grid-{number}", moments, tally)
                check_trials(directory, tally)
                check_grid(directory, expected, tally)
        if only != "grid":
            for number in range(rounds):
                directory = interrupted("search", f"search-{number}", moments, tally)
                check_trials(directory, tally)
    counts = ", ".join(f"{kind} {count}" for kind, count in sorted(tally.done.items()))
    click.echo(f"\ninterruptions: {counts}; {tally.late} came too late; wrong: {len(tally.wrong)}")
    for line in tally.wrong:
        click.echo(f"  {line}")
    if tally.wrong or tally.late:
        raise SystemExit(1)


def in_peace(name: str) -> dict[str, str]:
    """Run a sweep without interruption, and return the weights of each of its trials."""
    start = time.monotonic()
    arguments = ["sweep", f"{name}.yaml", "--workers", WORKERS, "--out", name, "--quiet"]
    subprocess.run([*MLP, *arguments], check=True, stdout=subprocess.DEVNULL)
    click.echo(f"{name} in peace: {time.monotonic() - start:.0f} s")
    return weights(SweepDirectory(Path(name)))


def interrupted(name: str, out: str, moments: random.Random, tally: Tally) -> SweepDirectory:
    """Run a sweep to its end in spite of all interruptions."""
    kinds = [*INTERRUPTIONS]
    moments.shuffle(kinds)
    directory = SweepDirectory(Path(out))
    arguments = ("sweep", f"{name}.yaml", "--workers", WORKERS, "--out", out)
    terminal = Terminal(*arguments)
    for kind in kinds:
        wait_until_under_way(terminal, directory)
        time.sleep(moments.uniform(0, 4))
        if not terminal.running:
            tally.late += 1
            continue
        tally.done[kind] += 1
        states = ", ".join(f"{n} {state}" for state, n in sorted(states_of(directory).items()))
        click.echo(f"\n{out}: {kind}, when {states}")
        if kind == "kill worker":
            kill(moments.choice(workers_of(terminal.process.pid)))
        else:
            end(terminal, kind, tally)
            terminal = Terminal(*arguments)
    code, text = terminal.end(PATIENCE)
    click.echo(f"\n{out}: exit code {code}\n{indented(text)}")
    tally.require(code == 0, f"{out}: the last command ended with {code}")
    return directory


def end(terminal: Terminal, kind: str, tally: Tally) -> None:
    """End a client by a signal, and see what becomes of its workers."""
    below = descendants(terminal.process.pid)
    start = time.monotonic()
    if kind == "Ctrl-C":
        terminal.press_ctrl_c()
    else:
        kill(terminal.process.pid)
    code = terminal.process.wait(PATIENCE)
    seconds = time.monotonic() - start
    gone = seconds_until_gone(below)
    _, text = terminal.end()
    expected = 130 if kind == "Ctrl-C" else -9
    tally.require(code == expected, f"{kind}: exit code {code}, not {expected}")
    tally.require(gone is not None, f"{kind}: processes were left: {below}")
    tally.require("Traceback" not in text, f"{kind}: a traceback was printed")
    left = "not" if gone is None else f"{gone:.2f} s later"
    click.echo(f"exit code {code} after {seconds:.2f} s; its {len(below)} processes gone {left}")
    click.echo(indented(text))


def wait_until_under_way(terminal: Terminal, directory: SweepDirectory) -> None:
    """Wait until workers train and a trial more than at the start is there, or the sweep ends."""
    deadline = time.monotonic() + PATIENCE
    before = counted(directory)
    while terminal.running and time.monotonic() < deadline:
        if len(workers_of(terminal.process.pid)) == int(WORKERS) and counted(directory) > before:
            return
        time.sleep(0.02)


def counted(directory: SweepDirectory) -> int:
    """Return how many trials have begun."""
    return len(directory.trials()) if directory.path.exists() else 0


def check_trials(directory: SweepDirectory, tally: Tally) -> None:
    """Check that every trial is there once, in the study and in the results."""
    place = directory.path
    trials = study_trials(directory)
    ended = optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.PRUNED
    tally.require(
        len(trials) == TRIALS and all(trial.state in ended for trial in trials),
        f"{place}: the study has {Counter(trial.state.name for trial in trials)}",
    )
    points = Counter(point_of(trial.params, trial.user_attrs[SEED]) for trial in trials)
    tally.require(len(points) == len(trials), f"{place}: points that are there twice, {points}")
    command = [*MLP, "sweep", str(place), "--json", "--quiet"]
    record = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    states = {"done": 0, "pruned": 0} | record["states"]
    tally.require(
        states["done"] + states["pruned"] == TRIALS == sum(states.values()),
        f"{place}: the results have {states}",
    )
    of_study = Counter(trial.state.name for trial in trials)
    tally.require(
        (of_study["COMPLETE"], of_study["PRUNED"]) == (states["done"], states["pruned"]),
        f"{place}: the study has {of_study}, the results {states}",
    )
    for number, run in directory.trials().items():
        epochs = [json.loads(line)["epoch"] for line in run.log.read_text().splitlines()]
        tally.require(
            epochs == [*range(1, len(epochs) + 1)],
            f"{place}: the log of trial {number} has the epochs {epochs}",
        )
    click.echo(f"{place}: {len(points)} points, each once; results {states}")


def check_grid(directory: SweepDirectory, expected: dict[str, str], tally: Tally) -> None:
    """Check that the weights are those of the sweep in peace."""
    found = weights(directory)
    equal = sum(found.get(point) == sha256 for point, sha256 in expected.items())
    click.echo(f"{directory.path}: weights of {equal} of {len(expected)} trials equal by SHA-256")
    tally.require(found == expected, f"{directory.path}: weights differ")


def weights(directory: SweepDirectory) -> dict[str, str]:
    """Return the SHA-256 of the weights of each point with each seed."""
    return {
        point_of(trial.params, trial.user_attrs[SEED]): weights_sha256(
            directory.trial(trial.number)
        )
        for trial in study_trials(directory)
    }


def study_trials(directory: SweepDirectory) -> list[optuna.trial.FrozenTrial]:
    """Return all trials of the study, but those that were drawn a second time."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    storage = f"sqlite:///{directory.study.absolute()}"
    trials = optuna.load_study(study_name=OWN_NAME, storage=storage).trials
    return [trial for trial in trials if SEED in trial.user_attrs]


def states_of(directory: SweepDirectory) -> Counter[str]:
    """Return how many trials have ended, and how many are under way."""
    return Counter(
        "ended" if run.result.exists() else "under way" for run in directory.trials().values()
    )


def point_of(params: dict[str, object], seed: int) -> str:
    """Return a point and its seed as a text."""
    return json.dumps([params, seed], sort_keys=True)


def indented(text: str) -> str:
    """Return the lines of a text, each after a mark."""
    return "\n".join(f"  | {line}" for line in text.splitlines())


if __name__ == "__main__":
    main()
