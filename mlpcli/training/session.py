"""Trains from a configuration to a run's directory, and resumes interrupted runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from shlex import quote

from mlpcli.config import Config, load_extended, to_yaml, with_absolute_paths
from mlpcli.config.loading import checked
from mlpcli.datasets import Dataset
from mlpcli.datasets.dataset import Progress
from mlpcli.datasets.selection import may_have_moved, moved, open_configured, with_dataset
from mlpcli.errors import ConfigError, DataError
from mlpcli.runs.checkpoint import Checkpoint, only_one
from mlpcli.runs.directory import Run
from mlpcli.runs.finding import load_weights, new_directory
from mlpcli.training.agreement import check_same_start
from mlpcli.training.callbacks import Callback
from mlpcli.training.ending import failure_kept, write_ending
from mlpcli.training.saving import Saver, complete_best, save
from mlpcli.training.teaching import Teacher, read_teacher
from mlpcli.training.trainer import Trainer
from mlpcli.utils.ranks import ALONE, Ranks, in_turn, on_each, on_first


def train(
    config: Config,
    *,
    dataset: Dataset | None = None,
    out: str | Path | None = None,
    callbacks: Sequence[Callback] = (),
) -> Run:
    """Train as a configuration describes, and return the run with its weights and its log.

    Args:
        config: from `load_config`, or built in Python.
        dataset: what to train on, which the run's configuration then names; by default the one
            that the configuration names already.
        out: the run's directory; by default run, run-2 and so on in the configuration's `output`.
        callbacks: called after each step and each epoch.

    Raises:
        ConfigError: keys do not go together, or a size does not fit the data.
        DataError: the data set cannot be opened, or lacks images.
        RunError: the directory is not empty, or cannot be created.
        TrainingError: the loss or a weight is no longer finite.
        CheckpointError: the weights cannot be written.
        TypeError: `config` is not a Config.
    """
    if not isinstance(config, Config):
        raise TypeError(
            f"train: config must be a Config, as load_config returns, got {type(config).__name__}"
        )
    if dataset is not None:
        config = config.model_copy(update={"data": with_dataset(config.data, dataset)})
    config = checked(config)
    trainer = new_trainer(config, dataset=dataset)
    directory = None if out is None else Path(out)
    run = Run(new_directory(Path(config.output), "run", directory))
    with run.locked():
        begin(trainer, run)
        saver = Saver(trainer, run, config.training.checkpoint_every)
        with failure_kept(trainer, run):
            for _ in trainer.epochs([saver, *callbacks]):
                pass
        write_ending(trainer, run)
    return run


def new_trainer(  # noqa: PLR0913  # a caller may want to set each of them
    config: Config,
    *,
    dataset: Dataset | None = None,
    origin: Path | None = None,
    progress: Progress | None = None,
    note: Callable[[str], object] | None = None,
    verify: bool = False,
    ranks: Ranks = ALONE,
) -> Trainer:
    """Return a trainer at its start.

    Args:
        config: of the run.
        dataset: what to train on; by default the one that the configuration names.
        origin: the run or the file with the weights to begin with; None for random weights.
        progress: told how far slow work is.
        note: called with a line about each surprise in the data, before these may be refused.
        verify: check the fingerprint of a copy of the data in the cache.
        ranks: the processes that train together. Rank 0 reads the weights, each the data.

    Raises:
        MlpError: data or weights cannot be read, do not fit the configuration, or differ between
            ranks.
    """
    weights = on_first(ranks, lambda: only_one(load_weights(origin)) if origin else None)

    def opened() -> Dataset:
        return dataset or open_configured(
            config.data, config.seed, verify=verify, progress=progress, written=config.written
        )

    learnt = in_turn(ranks, opened)
    if note:
        for line in learnt.notes:
            note(f"note: {line}")
    teachers = on_first(ranks, lambda: read_teacher(config))

    def make() -> Trainer:
        return Trainer(with_absolute_paths(config), learnt, ranks, Teacher.of(config, teachers))

    trainer = on_each(ranks, make)
    if weights:
        on_each(ranks, lambda: trainer.begin_with(weights))
    if ranks.size > 1:
        check_same_start(ranks, trainer.metadata())
    return trainer


def begin(trainer: Trainer, run: Run) -> None:
    """Write the first files of a run in a new directory.

    Raises:
        RunError: another process has written there first, or the directory cannot be written.
    """
    run.check_new()
    if trainer.origin:  # saved before config.yaml, or a resumed run would not know of it
        save(trainer, run, is_best=False)
    run.write_config(to_yaml(trainer.config))


def resume(  # noqa: PLR0913, PLR0917  # as above
    run: Run,
    overrides: Sequence[str] = (),
    progress: Progress | None = None,
    data: str | None = None,
    dataset: Dataset | None = None,
    ranks: Ranks = ALONE,
) -> tuple[Trainer, Checkpoint | None]:
    """Return a trainer as it was when its run was last saved, and the latest weights, if any.

    Afterwards all files in the run's directory agree. If the run goes on, it has no result until
    it ends again.

    Args:
        run: locked, by rank 0.
        overrides: only `training.epochs=N` may change.
        progress: told how far slow work is.
        data: the name or path of the data set where it is now, if that is not where config.yaml
            says, which is changed if the images are the same.
        dataset: the run's, if it is open already.
        ranks: the processes that train together. Only rank 0 reads and writes the directory.

    Raises:
        MlpError: something in the directory cannot be read, or is of another run.
    """
    config = on_first(ranks, lambda: load_extended(str(run.config), overrides))
    if data is not None:
        config = config.model_copy(update={"data": moved(config.data, data)})
    try:
        trainer = new_trainer(config, dataset=dataset, progress=progress, verify=True, ranks=ranks)
    except DataError as error:
        if data is None and may_have_moved(config.data):
            command = f"mlp train --resume {quote(str(run.directory))} --data PATH"
            raise DataError(error.with_advice(f"if it has moved: {command}")) from error
        raise
    except ConfigError as error:
        if data is None:
            raise
        message = f"{data}: must be the data set that {run.directory} was trained on"
        raise DataError(f"{message}, got one of other sizes or classes") from error
    latest = on_first(ranks, run.latest)
    if latest:
        on_each(ranks, lambda: trainer.load_state_dict(latest))

    def update() -> None:
        _update(trainer, run, saved=latest is not None)
        if overrides or data is not None:
            run.write_config(to_yaml(trainer.config))

    on_first(ranks, update)
    return trainer, latest


def _update(trainer: Trainer, run: Run, *, saved: bool) -> None:
    """Let the files in a run's directory agree with its trainer."""
    if saved:
        if trainer.best_epoch:
            complete_best(trainer, run)
        run.write_log(trainer.history)
    if not trainer.finished:
        run.remove_result()
