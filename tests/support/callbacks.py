"""What tests listen to a training with."""

from collections.abc import Callable

from mlpcli.training.callbacks import Callback
from mlpcli.training.trainer import Trainer


class EachStep(Callback):
    """Calls a function with the number of images and the loss of each step."""

    def __init__(self, function: Callable[[int, float], object]) -> None:
        self._function = function

    def on_step(self, trainer: Trainer, images: int, loss: float, seconds: float) -> None:
        """Call it."""
        self._function(images, loss)
