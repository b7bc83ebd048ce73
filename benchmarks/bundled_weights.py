"""Make the weights that come with the program: mlpcli/inference/weights/reader.npz.

    MLP_DATA=DIR python benchmarks/bundled_weights.py runs/reader

They are those of a finished run of configs/reader.yaml, made to fit into a megabyte: the weights
of a layer are rounded to a 32nd of their standard deviation, which changes no accuracy, and the
archive is compressed. The SHA-256 of the weights is written beside it.
"""

import json
from pathlib import Path

import click
import numpy as np

from mlpcli.config.data import DataConfig
from mlpcli.inference.bundled import BUNDLED
from mlpcli.runs.checkpoint import load_checkpoint, weights_sha256
from mlpcli.utils.arrays import Array

STEPS = 32  # that a layer's weights are rounded to, in their standard deviation
MOST = 1_000_000  # bytes of the file


@click.command()
@click.argument("run", type=click.Path(exists=True, file_okay=False, path_type=Path))
def main(run: Path) -> None:
    """Round, compress and keep the best weights of a run."""
    checkpoint = load_checkpoint(run / "best.npz")
    arrays = {name: rounded(array) for name, array in checkpoint.arrays.items()}
    digest = weights_sha256(arrays)
    values = checkpoint.metadata.to_json() | {"weights_sha256": digest}
    values["config"]["data"]["root"] = DataConfig().root  # no path of this machine
    values["config"]["output"] = "runs"
    named = arrays | {"metadata": np.array(json.dumps(values, allow_nan=False))}
    np.savez_compressed(BUNDLED, **named)  # type: ignore[arg-type]  # for allow_pickle, say the stubs
    BUNDLED.with_suffix(".sha256").write_text(f"{digest}\n")
    size = BUNDLED.stat().st_size
    if size > MOST:
        raise click.ClickException(f"{BUNDLED}: must have at most {MOST:,} bytes, got {size:,}")
    click.echo(f"{BUNDLED}: {size:,} bytes, SHA-256 of the weights {digest}")


def rounded(array: Array) -> Array:
    """Return the multiples of a power of 2 nearest to the weights of a layer, float32.

    Biases and the vectors of batch normalisation, which take little room, stay as they are.
    """
    if array.ndim < 2:
        return array
    step = 2 ** np.round(np.log2(array.std() / STEPS))
    nearest: Array = (np.round(array / step) * step).astype(np.float32)
    return nearest


if __name__ == "__main__":
    main()
