"""`mlp sweep`, with real workers."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mlpcli.config import load_config
from mlpcli.runs.checkpoint import load_metadata
from mlpcli.runs.finding import find_weights
from mlpcli.sweep.directory import SweepDirectory
from mlpcli.utils.locking import holder
from tests.conftest import Mlp
from tests.support.processes import imported, start, wait_for

pytestmark = pytest.mark.slow
RATE = "training.optimizer.learning_rate"


def sweep(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a sweep as a process of its own."""
    command = [sys.executable, "-m", "mlpcli", "sweep", *map(str, arguments)]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )


def digests(directory: Path) -> list[str]:
    """Return the digest of each trial's weights."""
    runs = SweepDirectory(directory).trials().values()
    return [load_metadata(run.best).metadata.weights_sha256 for run in runs]


def trained(mlp: Mlp, config_file: Path, *settings: str) -> str:
    """Return the digest of the weights of a training."""
    options = [part for setting in settings for part in ("--set", setting)]
    out = "-".join(settings).replace("=", "")
    result = mlp("train", "--config", config_file, "--out", out, *options)
    assert 0 == result.exit_code, result.output
    return load_metadata(Path(out) / "best.npz").metadata.weights_sha256


def test_grid(mlp: Mlp, config_file: Path, glyph_file: Path, tmp_path: Path) -> None:
    """A grid with seeds gives the weights of single trainings; again, it only prints results."""
    command = (config_file, "--set", f"{RATE}=0.05,0.1", "--seeds", "2", "--json")
    first = sweep(tmp_path, *command, "--committee", "3")
    assert 0 == first.returncode, first.stderr
    assert "dashboard: http://127.0.0.1:" in first.stderr
    pairs = [(rate, seed) for seed in (0, 1) for rate in (0.05, 0.1)]
    expected = [trained(mlp, config_file, f"{RATE}={rate}", f"seed={n}") for rate, n in pairs]
    directory = tmp_path / "runs" / "small-sweep"
    assert expected == digests(directory)
    again = sweep(tmp_path, *command)
    assert first.stdout == again.stdout
    assert "4 of 4 trials done" in again.stderr
    assert "dashboard" not in again.stderr
    record = json.loads(again.stdout)
    assert 2 == len(record["recipes"])
    assert f"--weights {Path('runs', 'small-sweep')}" in mlp("predict", glyph_file).stderr
    evaluated = mlp("evaluate", "--weights", directory, "--data", glyph_file, "--json")
    assert 3 == len(json.loads(evaluated.stdout)["weights"])


def test_search(config_file: Path, tmp_path: Path) -> None:
    """A search with a pruner tries its points, prunes some with a reason, and writes a page."""
    file = tmp_path / "search.yaml"
    file.write_text(
        f"config: '{config_file}'\nspace: {{{RATE}: {{range: [0.0001, 0.2], log: true}}}}\n"
        "sampler: random\npruner: hyperband\ntrials: 9\n"
    )
    result = sweep(tmp_path, file, "--report", "--quiet", "--workers", "2")
    assert 0 == result.returncode, result.stderr
    directory = SweepDirectory(tmp_path / "runs" / "search-sweep")
    states = [json.loads(run.result.read_text()) for run in directory.trials().values()]
    assert 9 == len(states)
    reasons = [each["reason"] for each in states if each["state"] == "pruned"]
    assert reasons
    assert all(reason.startswith("too low after epoch ") for reason in reasons)
    assert directory.report.stat().st_size > 10_000


def test_committee_in_file(config_file: Path, tmp_path: Path) -> None:
    """A file may ask for all trials as a committee, without validation images too."""
    file = tmp_path / "several.yaml"
    file.write_text(
        f"config: '{config_file}'\nset: {{training.epochs: 1, data.validation: 0}}\nseeds: 2\n"
        "committee: all\n"
    )
    result = sweep(tmp_path, file, "--workers", "2")
    assert 0 == result.returncode, result.stderr
    folder = Path("runs", "several-sweep")
    assert f"committee of 2: mlp evaluate --weights {folder}\n" in result.stderr
    trials = [tmp_path / folder / f"trial-000{n}" / "best.npz" for n in (0, 1)]
    assert trials == find_weights(tmp_path / folder)
    fewer = sweep(tmp_path, folder, "--committee", "1")
    assert 2 == fewer.returncode
    assert "--committee 1: needs validation images to choose by" in fewer.stderr


def test_failing_trial(config_file: Path, tmp_path: Path) -> None:
    """A trial that fails ends none of the others, and says why."""
    result = sweep(tmp_path, config_file, "--set", f"{RATE}=0.1,1e30", "--set", "training.epochs=1")
    assert 0 == result.returncode
    assert "trial 1 (learning_rate 1e+30): failed, epoch 1, step" in result.stderr
    assert "2 trials: 1 done, 1 failed" in result.stdout


def test_killed_client(config_file: Path, tmp_path: Path) -> None:
    """After the client was killed, its workers end, and the same command goes on."""
    command = ("sweep", config_file, "--set", "seed=0..2", "--set", "training.epochs=8")
    process = start(*command, cwd=tmp_path)
    directory = tmp_path / "runs" / "small-sweep"
    wait_for(directory / "trial-0001" / "log.jsonl")
    process.kill()
    process.communicate()
    wait_until_unlocked(directory)
    result = sweep(tmp_path, *command[1:])
    assert 0 == result.returncode, result.stderr
    assert "3 trials: 3 done" in result.stdout
    other = sweep(tmp_path, *command[1:], "--out", "whole")
    assert 0 == other.returncode
    assert digests(tmp_path / "whole") == digests(directory)


def test_study_lost(config_file: Path, tmp_path: Path) -> None:
    """Without its study a search does not take the runs of other points for its own."""
    file = tmp_path / "search.yaml"
    text = f"config: '{config_file}'\nsampler: random\ntrials: 2\nspace: {{{RATE}: {{range: "
    file.write_text(text + "[0.01, 0.2]}}\nset: {training.epochs: 1, seed: 5}\n")
    assert 0 == sweep(tmp_path, file, "--workers", "1").returncode
    directory = tmp_path / "runs" / "search-sweep"
    (directory / "study.db").unlink()
    (directory / "trial-0001").rename(tmp_path / "aside")
    (directory / "trial-0000").rename(directory / "trial-0001")
    result = sweep(tmp_path, file, "--workers", "1")
    assert 1 == result.returncode
    assert f"must be the run of a trial whose {RATE} is" in result.stderr.splitlines()[-1]


@pytest.mark.usefixtures("signals_heard")
@pytest.mark.skipif(not hasattr(os, "killpg"), reason="there are no process groups")
def test_interrupted(config_file: Path, tmp_path: Path) -> None:
    """After Ctrl-C a sweep says how to go on, without a traceback, and ends its workers."""
    arguments = ["sweep", str(config_file), "--set", "seed=0..1", "--set", "training.epochs=400"]
    command = [sys.executable, "-m", "mlpcli", *arguments]
    process = subprocess.Popen(
        command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    directory = tmp_path / "runs" / "small-sweep"
    wait_for(directory / "trial-0000" / "log.jsonl")
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert 130 == process.returncode
    again = f"mlp sweep {Path('runs', 'small-sweep')}"
    lines = said.splitlines()[-2:]
    assert [f"ending the workers; to go on: {again}, or the same command", "interrupted"] == lines
    assert "Traceback" not in said
    wait_until_unlocked(directory)


def wait_until_unlocked(directory: Path) -> None:
    """Wait until no worker trains in a sweep's directory."""
    deadline = time.monotonic() + 30
    while any(holder(path / ".lock") for path in directory.glob("trial-*")):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_dry_run(mlp: Mlp, config_file: Path) -> None:
    """A dry run says what would be tried, and writes nothing."""
    result = mlp("sweep", config_file, "--set", f"{RATE}=0.1,0.2", "--seeds", "3", "--dry-run")
    assert "6 trials: 2 points, each with 3 seeds" in result.stdout
    assert not Path("runs").exists()


def test_nothing_varies(mlp: Mlp, config_file: Path) -> None:
    """A sweep in which nothing varies is refused, for it would be a single run."""
    result = mlp("sweep", config_file)
    assert 2 == result.exit_code
    assert "small.yaml: nothing varies; give values" in result.stderr
    assert not Path("runs").exists()


def test_settings_for_a_file(mlp: Mlp, config_file: Path, tmp_path: Path) -> None:
    """--set changes a key for all trials of a file, and says so where that cannot be."""
    file = tmp_path / "search.yaml"
    values = "{training.batch_size: {choice: [16, 32]}}"
    file.write_text(f"config: {config_file}\nset: {{training.epochs: 9}}\nspace: {values}\n")
    assert 0 == mlp("sweep", file, "--epochs", "1", "--seed", "3", "--quiet").exit_code
    directory = Path("runs") / "search-sweep"
    for trial in ("trial-0000", "trial-0001"):
        config = load_config(directory / trial / "config.yaml")
        assert (1, 3) == (config.training.epochs, config.seed)
    asked = {
        ("--batch-size", "8"): f"--set training.batch_size: varies under space in {file}",
        ("--lr", "1,2"): f"several values and --seeds are for configurations: write them in {file}",
        ("--set", "training.epochs=x"): "--set training.epochs: must be an integer >= 1",
    }
    for options, message in asked.items():
        result = mlp("sweep", file, *options, "--dry-run")
        assert 2 == result.exit_code
        assert message in result.stderr
    result = mlp("sweep", directory, "--epochs", "2")
    assert 2 == result.exit_code
    assert f"leave them out to go on in {directory}" in result.stderr


def test_in_use(mlp: Mlp, config_file: Path, tmp_path: Path) -> None:
    """Two processes cannot run the same sweep."""
    command = ("sweep", config_file, "--set", "seed=0..1", "--set", "training.epochs=400")
    process = start(*command, cwd=tmp_path)
    wait_for(tmp_path / "runs" / "small-sweep" / "study.db")
    result = mlp(*command)
    process.terminate()
    process.communicate()
    assert 1 == result.exit_code
    assert f"is in use by process {process.pid}" in result.stderr
    assert 143 == process.returncode


def test_without_the_extra(mlp: Mlp, config_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra one line says which to install."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    result = mlp("sweep", config_file, "--seeds", "2")
    assert 1 == result.exit_code
    expected = "mlp sweep: needs optuna, distributed, bokeh and cryptography; in mlpcli's folder: "
    assert [expected + 'pip install ".[sweep]"'] == result.stderr.splitlines()


def test_others_do_without(trained: Path) -> None:
    """Listing runs needs none of the extra's packages."""
    heavy = {"optuna", "distributed", "sqlalchemy", "mpi4py"}
    assert set() == imported(trained.parent, ["runs", "."], heavy)
