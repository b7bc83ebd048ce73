"""Multi-layer perceptrons on MNIST, in pure NumPy: the public Python API.

    import mlpcli

    print(mlpcli.load("bundled").predict("seven.png"))
    run = mlpcli.train(mlpcli.load_config("quickstart"))
    print(mlpcli.evaluate(run.best).metrics.accuracy)

The names listed here are stable; `mlpcli.nn` has the layers, losses and optimizers to build
networks by hand. Everything else is internal and may change with any version.
"""

from typing import TYPE_CHECKING

from mlpcli.utils.lazy import lazy_names
from mlpcli.utils.version import __version__

if TYPE_CHECKING:
    from mlpcli.config import Config, load_config
    from mlpcli.datasets import Dataset, Drawing, open_dataset
    from mlpcli.errors import MlpError
    from mlpcli.inference.classifier import Classifier
    from mlpcli.inference.data import evaluate
    from mlpcli.inference.evaluation import Evaluation
    from mlpcli.inference.loading import load
    from mlpcli.inference.reading import Reading
    from mlpcli.runs.directory import Run
    from mlpcli.runs.epochs import EpochResult
    from mlpcli.training.callbacks import Callback
    from mlpcli.training.session import train
    from mlpcli.training.trainer import Trainer

__all__ = [
    "Callback",
    "Classifier",
    "Config",
    "Dataset",
    "Drawing",
    "EpochResult",
    "Evaluation",
    "MlpError",
    "Reading",
    "Run",
    "Trainer",
    "__version__",
    "evaluate",
    "load",
    "load_config",
    "open_dataset",
    "train",
]

if not TYPE_CHECKING:  # otherwise a type checker would accept any name
    __getattr__ = lazy_names(
        __name__,
        {
            "Callback": "mlpcli.training.callbacks",
            "Classifier": "mlpcli.inference.classifier",
            "Config": "mlpcli.config",
            "Dataset": "mlpcli.datasets",
            "Drawing": "mlpcli.datasets",
            "EpochResult": "mlpcli.runs.epochs",
            "Evaluation": "mlpcli.inference.evaluation",
            "MlpError": "mlpcli.errors",
            "Reading": "mlpcli.inference.reading",
            "Run": "mlpcli.runs.directory",
            "Trainer": "mlpcli.training.trainer",
            "evaluate": "mlpcli.inference.data",
            "load": "mlpcli.inference.loading",
            "load_config": "mlpcli.config",
            "open_dataset": "mlpcli.datasets",
            "train": "mlpcli.training.session",
        },
    )


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
