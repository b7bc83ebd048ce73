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

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "mlpcli.config": "Config load_config",
            "mlpcli.datasets": "Dataset Drawing open_dataset",
            "mlpcli.errors": "MlpError",
            "mlpcli.inference.classifier": "Classifier",
            "mlpcli.inference.data": "evaluate",
            "mlpcli.inference.evaluation": "Evaluation",
            "mlpcli.inference.loading": "load",
            "mlpcli.inference.reading": "Reading",
            "mlpcli.runs.directory": "Run",
            "mlpcli.runs.epochs": "EpochResult",
            "mlpcli.training.callbacks": "Callback",
            "mlpcli.training.session": "train",
            "mlpcli.training.trainer": "Trainer",
        },
    )
