"""How fast a training is, and whether it has become much slower than it was."""

WINDOW = 1.0  # seconds over which the pace is measured
PATIENCE = 3  # slow windows in a row before that is worth a word


class Pace:
    """Images a second, from the times that steps take.

    Attributes:
        best: images a second in the fastest window so far.
        latest: images a second in the latest one.
    """

    def __init__(self) -> None:
        self.best = self.latest = 0.0
        self._slow = 0  # windows in a row
        self._told = False
        self._images, self._seconds = 0, 0.0  # of the window under way

    def step(self, images: int, seconds: float) -> bool:
        """Count a step; true, once, when the pace has stayed below half its best for some seconds.

        Args:
            images: in the step.
            seconds: that it took.
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
