"""`mlp gradcheck`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mlpcli.cli.common import set_option
from mlpcli.cli.configurations import config_option, name_argument, one_name

if TYPE_CHECKING:
    from mlpcli.config import Config


@click.command("gradcheck")
@name_argument
@config_option
@set_option
def command(given: str | None, name: str | None, overrides: tuple[str, ...]) -> None:
    """Compare the backward pass with finite differences.

    FILE_OR_NAME is a YAML file, or a shipped configuration such as mnist.

    The network has its initial weights, in float64, and random images as input. In each parameter
    array, up to 40 elements are checked; if any has a relative error of 1e-6 or more, the exit code
    is 1.

    Example: mlp gradcheck mnist
    """
    import numpy as np

    from mlpcli.config import load_config
    from mlpcli.errors import MlpError
    from mlpcli.nn.gradcheck import BOUND, check_gradients
    from mlpcli.report.text import GRADIENT_HEADER, gradient_line

    name = one_name(given, name)
    if name is None:
        raise click.UsageError("give FILE_OR_NAME, such as mnist")
    config = _with_sizes(load_config(name, overrides))
    click.echo(GRADIENT_HEADER)
    errors = []
    for error in check_gradients(config):
        click.echo(gradient_line(error))
        errors.append(error)
    worst = errors[int(np.argmax([error.error for error in errors]))]  # nan counts as the largest
    if not worst.error < BOUND:
        raise MlpError(
            f"{worst.name}: the relative error must be below {BOUND:g}, got {worst.error:.1e}; "
            "the backward pass of this layer or of a later one is wrong"
        )
    click.echo(f"every gradient agrees: {worst.error:.1e} < {BOUND:g}")


def _with_sizes(config: Config) -> Config:
    """Return a configuration with all sizes of the network, opening the data if they decide."""
    from mlpcli.cli.progress import data_bars
    from mlpcli.datasets.selection import open_configured
    from mlpcli.training.checks import fit_to_data

    if config.model.hidden is None and all(isinstance(size, int) for size in config.model.layers):
        return config
    with data_bars() as progress:
        return fit_to_data(config, open_configured(config.data, config.seed, progress=progress))
