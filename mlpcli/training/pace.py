"""How fast a training is, and whether it has become much slower than it was."""

WINDOW = 1.0  # seconds over which the pace is measured
PATIENCE = 3  # slow windows in a row before that is worth a word


class Pace:
    """Images a second, from the times at which steps end.

    Attributes:
        best: images a second in the fastest window so far.
        latest: images a second in the latest one.
    """

    def __init__(self) -> None:
        self.best = self.latest = 0.0
        self._slow = 0  # windows in a row
        self._told = False
        self._images, self._seconds = 0, 0.0  # of the window under way
        self._end: float | None = None  # of the step before

    def step(self, images: int, now: float) -> bool:
        """Count a step; true, once, when the pace has stayed below half its best for some seconds.

        Args:
            images: in the step.
            now: when it ended, in seconds of a clock that never goes back.
        """
        if self._end is not None:
            self._images += images
            self._seconds += now - self._end
        self._end = now
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

    def pause(self) -> None:
        """Leave out the time until the next step, which goes into something else."""
        self._end = None
