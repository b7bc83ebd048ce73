"""Which sweep `mlp sweep` runs, and in which directory."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from mlpcli.sweep.definition import Members, Sweep
    from mlpcli.sweep.directory import SweepDirectory


def chosen_sweep(
    name: str, settings: tuple[str, ...], seeds: int | None, out: Path | None
) -> Sweep:
    """Return the sweep that a file, a directory or the options describe.

    Raises:
        ConfigError: it is not valid, or nothing varies in it.
    """
    from mlpcli.config.overriding import split_setting
    from mlpcli.errors import ConfigError
    from mlpcli.sweep.grid import sorted_settings, sweep_from
    from mlpcli.sweep.reading import is_sweep_file, read_sweep

    directory = _begun(name)
    if directory and out is not None:
        raise click.UsageError(
            f"--out is for a sweep that begins: leave it out to go on in {directory.path}"
        )
    path = directory.definition if directory else _shipped_or_own(name)
    if not is_sweep_file(path):
        sweep = sweep_from(name, settings, seeds)
        if not sweep.space and seeds is None and len(sweep.seeds) == 1:
            raise ConfigError(
                f"{name}: nothing varies; give values, such as --lr 0.05,0.1, or --seeds N, or a "
                "file with a space of keys"
            )
        return sweep
    varied, single = sorted_settings(settings)
    if directory and settings:
        raise click.UsageError(
            f"--set and the like are for a sweep that begins: leave them out to go on in {name}"
        )
    if varied or seeds is not None:
        raise click.UsageError(
            f"several values and --seeds are for configurations: write them in {path}"
        )
    values = dict(map(split_setting, single))
    sweep = read_sweep(path, values)
    for dimension in sweep.space:
        if dimension.key in values:
            raise click.UsageError(f"--set {dimension.key}: varies under space in {path}")
    return sweep


def sweep_directory(sweep: Sweep, name: str, out: Path | None) -> SweepDirectory:
    """Return the directory of a sweep, which is made unless it was begun before.

    Raises:
        RunError: it holds something else, or cannot be made.
    """
    from mlpcli.config import run_name
    from mlpcli.sweep.directory import SweepDirectory
    from mlpcli.sweep.finding import find_directory

    if begun := _begun(name):
        return begun
    directory, _ = find_directory(sweep, run_name(name), out)
    path = directory.path
    with suppress(OSError, ValueError):  # without a working directory, or if it is elsewhere
        path = path.relative_to(Path.cwd())
    return SweepDirectory(path)


def _shipped_or_own(name: str) -> Path:
    """Return the file that a name stands for: one that is there, or a sweep that is shipped.

    Raises:
        ConfigError: it is nearly the name of a shipped sweep.
    """
    from mlpcli.config import shipped_configs, shipped_sweeps
    from mlpcli.errors import ConfigError
    from mlpcli.utils.names import guess

    path, shipped = Path(name), shipped_sweeps()
    if path.exists() or name in shipped_configs():
        return path
    if name not in shipped and (meant := guess(name, shipped)):
        raise ConfigError(f"{name}: no such file, nor a shipped configuration or sweep{meant}")
    return shipped.get(name, path)


def _begun(name: str) -> SweepDirectory | None:
    """Return the directory of a sweep that is named, itself or by its sweep.yaml; None if none."""
    from mlpcli.sweep.directory import DEFINITION, SweepDirectory, is_sweep

    path = Path(name)
    path = path.parent if path.name == DEFINITION else path
    return SweepDirectory(path) if is_sweep(path) else None


def members(context: click.Context, option: click.Parameter, value: str | None) -> Members | None:
    """Return which trials are a committee: a number of the best, or "all"."""
    if value is None:
        return None
    return "all" if value == "all" else int(click.IntRange(min=1)(value, option, context))


def check_committee(sweep: Sweep, committee: Members | None) -> None:
    """Refuse to choose a committee by test images, before much time is spent.

    Raises:
        ConfigError: there are no validation images.
    """
    from mlpcli.errors import ConfigError

    if committee not in (None, "all") and sweep.base.data.validation == 0:
        raise ConfigError(
            f"--committee {committee}: needs validation images to choose by, got data.validation "
            "0; --set data.validation=10000 holds some out, and --committee all averages all trials"
        )
