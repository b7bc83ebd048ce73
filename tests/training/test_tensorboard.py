"""The numbers of each epoch: as lines of JSON, and as TensorBoard reads them."""

import json
import os
from errno import ENOSPC
from pathlib import Path

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from mlpcli.runs.epochs import EpochResult
from mlpcli.training.tensorboard import ScalarWriter
from tests.conftest import Mlp
from tests.support.checkpoints import epoch_result


def log(run: Path) -> list[dict[str, float]]:
    """Return the lines of a run's log."""
    return [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]


def scalars(run: Path) -> dict[str, list[tuple[int, float]]]:
    """Return what TensorBoard reads from a run: step and value, by name."""
    events = EventAccumulator(str(run / "tensorboard"))
    events.Reload()
    names = events.Tags()["scalars"]
    return {name: [(event.step, event.value) for event in events.Scalars(name)] for name in names}


def check_same(run: Path) -> None:
    """Check that TensorBoard's numbers are those of the log."""
    lines, found = log(run), scalars(run)
    assert {name for name, value in lines[0].items() if value is not None} - {"epoch"} == set(found)
    for name, events in found.items():
        assert [line["epoch"] for line in lines] == [step for step, _ in events]
        np.testing.assert_allclose(
            [line[name] for line in lines], [v for _, v in events], rtol=1e-6
        )


def test_line(trained: Path) -> None:
    """Each line is an object with these fields, epochs counted from 1."""
    names = [*EpochResult.model_fields]
    assert [names] * 3 == [list(line) for line in log(trained)]
    assert [1, 2, 3] == [line["epoch"] for line in log(trained)]


@pytest.mark.parametrize("changes", [[], ["--set", "data.validation=0"]])
def test_tensorboard(mlp: Mlp, config_file: Path, changes: list[str]) -> None:
    """--tensorboard writes the numbers of the log; those of no validation are left out."""
    result = mlp("train", "--config", config_file, "--out", "run", "--tensorboard", *changes)
    assert 0 == result.exit_code, result.output
    check_same(Path("run"))
    assert bool(changes) != ("validation_loss" in scalars(Path("run")))


def test_while_it_runs(tmp_path: Path) -> None:
    """Each epoch can be read as soon as it is over."""
    results = [epoch_result(n, 1 / n, None, None, 0.1, 1e4, 1.0) for n in (1, 2, 3)]
    writer = ScalarWriter(tmp_path / "tensorboard", results[:1])
    for done, result in enumerate(results[1:], start=2):
        writer.write(result)
        assert done == len(scalars(tmp_path)["train_loss"])
    writer.close()


def test_full_disk(mlp: Mlp, config_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If TensorBoard's file can no longer be written, training goes on with one warning."""
    right = ScalarWriter.write

    def write(self: ScalarWriter, result: EpochResult) -> None:
        if result.epoch > 1:
            raise OSError(ENOSPC, os.strerror(ENOSPC))
        right(self, result)

    monkeypatch.setattr(ScalarWriter, "write", write)
    result = mlp("train", "--config", config_file, "--out", "run", "--tensorboard")
    assert 0 == result.exit_code
    assert 1 == result.stderr.count(
        "run/tensorboard: cannot be written, No space left on device; the training goes on without it"
    )
    assert 3 == len(log(Path("run")))
    assert 1 == len(scalars(Path("run"))["train_loss"])


def test_options_of_the_way_on(
    mlp: Mlp, config_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An interrupted run says with which options it goes on as it began."""

    def interrupt(_writer: ScalarWriter, _result: EpochResult) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ScalarWriter, "write", interrupt)
    options = ["--tensorboard", "--report"]
    result = mlp("train", "--config", config_file, "--out", "run", *options)
    assert 130 == result.exit_code
    assert "to go on: mlp train --resume run --report --tensorboard\n" in result.stderr


def test_prolonged(mlp: Mlp, trained: Path) -> None:
    """A run that goes on has all its epochs once, those from before --tensorboard as well."""
    for epochs in ("4", "6"):
        options = ["--set", f"training.epochs={epochs}", "--tensorboard"]
        assert 0 == mlp("train", "--resume", trained, *options).exit_code
        check_same(trained)
    assert 6 == len(log(trained))
    assert 1 == len(list((trained / "tensorboard").iterdir()))


def test_missing_package(mlp: Mlp, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra package one line says what to install."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    result = mlp("train", "--config", "mnist", "--tensorboard")
    assert 1 == result.exit_code
    assert result.stderr == (
        '--tensorboard: needs tensorboard; in mlpcli\'s folder: pip install ".[tensorboard]"\n'
    )
