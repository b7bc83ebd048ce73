"""Describes a run in the metadata of its checkpoints."""

from __future__ import annotations

import platform

import numpy as np

from mlpcli.config import Config, plain
from mlpcli.datasets import Dataset
from mlpcli.images.recipe import default_recipe
from mlpcli.images.view import View
from mlpcli.runs.metadata import Metadata
from mlpcli.utils.threads import blas_library
from mlpcli.utils.version import __version__


def describe(config: Config, dataset: Dataset, **state: object) -> Metadata:
    """Return the metadata of a run's checkpoint.

    Args:
        config: of the run.
        dataset: the data set that it is trained on.
        state: the other fields of `Metadata`.
    """
    _, height, width = dataset.train.images.shape
    recipe = default_recipe(dataset.preprocessing, height, width)
    steps = [step.describe() for step in recipe] + View.of(config.data.view).describe()
    return Metadata.model_validate(
        {
            "config": plain(config),
            "preprocessing": {
                "kind": dataset.preprocessing,
                "height": height,
                "width": width,
                "steps": steps,
            },
            "classes": list(dataset.classes),
            "data": {"name": dataset.name, "fingerprint": dataset.fingerprint},
            **state,
        }
    )


def versions(compiler: str) -> dict[str, str]:
    """Return the versions of Python and of the libraries that affect the last bits of results.

    Args:
        compiler: what compiled the loops of training, or none.
    """
    return {
        "mlpcli": __version__,
        "numpy": np.__version__,
        "blas": blas_library(),
        "compiler": compiler,
        "python": platform.python_version(),
    }
