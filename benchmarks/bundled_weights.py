"""Make the weights that come with the program: mlpcli/inference/weights/reader.npz.

    MLP_DATA=DIR python benchmarks/bundled_weights.py runs/reader

They are those of a finished run of configs/reader.yaml, made to fit into a megabyte: the weights
of a layer are rounded to a 16th of their standard deviation, and the archive is compressed. The
temperature and the threshold of outliers are fitted again. The SHA-256 of the weights is written
beside it.
"""

import json
from pathlib import Path

import click
import numpy as np

from mlpcli.config import data_root
from mlpcli.config.data import DataConfig
from mlpcli.datasets.selection import open_configured
from mlpcli.inference.bundled import BUNDLED
from mlpcli.runs.checkpoint import load_checkpoint, weights_sha256
from mlpcli.training.validation import Validator
from mlpcli.utils.arrays import Array

STEPS = 16  # that a layer's weights are rounded to, in their standard deviation
MOST = 1_000_000  # bytes of the file


@click.command()
@click.argument("run", type=click.Path(exists=True, file_okay=False, path_type=Path))
def main(run: Path) -> None:
    """Round, compress and keep the best weights of a run."""
    checkpoint = load_checkpoint(run / "best.npz")
    arrays = {name: rounded(array) for name, array in checkpoint.arrays.items()}
    config, digest = checkpoint.config, weights_sha256(arrays)
    data = config.data.model_copy(update={"root": data_root()})
    dataset = open_configured(data, config.seed, wanted="validation")
    validation = Validator(config, dataset).evaluate(arrays, threads=1)
    values = checkpoint.metadata.to_json() | {
        "temperature": validation.temperature,
        "outlier_threshold": validation.threshold,
        "weights_sha256": digest,
    }
    values["config"]["data"]["root"] = DataConfig().root  # no path of this machine
    values["config"]["output"] = "runs"
    named = arrays | {"metadata": np.array(json.dumps(values, allow_nan=False))}
    np.savez_compressed(BUNDLED, **named)  # type: ignore[arg-type]  # for allow_pickle, say the stubs
    BUNDLED.with_suffix(".sha256").write_text(f"{digest}\n")
    size = BUNDLED.stat().st_size
    if size > MOST:
        raise click.ClickException(f"{BUNDLED}: must have at most {MOST:,} bytes, got {size:,}")
    click.echo(f"validation accuracy {validation.accuracy:.2%}")
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
