"""Make the weights that come with the program: mlpcli/inference/weights/reader.npz.

    MLP_DATA=DIR python benchmarks/bundled_weights.py runs/reader

They are those of a finished run of configs/reader.yaml, made to fit into a megabyte: numbers are
rounded to 8 bits after the leading one, as much as a network can lose without a loss in accuracy,
and the archive is compressed. The SHA-256 of the weights is written beside it.
"""

import json
from pathlib import Path

import click
import numpy as np

from mlpcli.config.data import DataConfig
from mlpcli.inference.bundled import BUNDLED
from mlpcli.runs.checkpoint import load_checkpoint, weights_sha256
from mlpcli.utils.arrays import Array

BITS = 8  # kept of the 23 bits of a float32's fraction
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
    """Return float32 numbers of which only the leading bits of the fraction differ from 0."""
    dropped = 23 - BITS
    bits = np.ascontiguousarray(array).view(np.uint32)
    half = np.uint32(1 << (dropped - 1))
    kept: Array = ((bits + half) >> np.uint32(dropped) << np.uint32(dropped)).view(np.float32)
    return kept


if __name__ == "__main__":
    main()
