"""What tests listen to a training with."""

from collections.abc import Callable

from mlpcli.training.callbacks import Callback


class EachStep(Callback):
    """Calls a function with the number of images and the loss of each step."""

    def __init__(self, function: Callable[[int, float], object]) -> None:
        self._function = function

    def on_step(self, images: int, loss: float, seconds: float) -> None:
        """Call it."""
        self._function(images, loss)
