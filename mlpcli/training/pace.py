"""Measures how fast training is, and notices when it has become much slower."""

WINDOW = 1.0  # seconds over which the pace is measured
PATIENCE = 3  # slow windows in a row before a warning


class Pace:
    """Images per second, from the times that steps take.

    Attributes:
        best: images per second in the fastest window so far.
        latest: images per second in the latest window.
    """

    def __init__(self) -> None:
        self.best = self.latest = 0.0
        self._slow = 0  # windows in a row
        self._told = False
        self._images, self._seconds = 0, 0.0  # of the current window

    def step(self, images: int, seconds: float) -> bool:
        """Count a step; return True once, when the pace has been below half its best for a while.

        Args:
            images: number of images in the step.
            seconds: duration of the step.
        """
        self._images += images
        self._seconds += seconds
        if self._seconds < WINDOW:
            return False
        self.latest = self._images / self._seconds
        self._images, self._seconds = 0, 0.0
        self.best = max(self.best, self.latest)
        self._slow = self._slow + 1 if self.latest < self.best / 2 else 0
        if self._told or self._slow < PATIENCE:
            return False
        self._told = True
        return True
