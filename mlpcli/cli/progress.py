"""Progress bars on stderr, shown only where somebody can see them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, NoReturn, TypeAlias, TypeVar

from tqdm import tqdm

from mlpcli.cli.common import say

if TYPE_CHECKING:
    from mlpcli.datasets.dataset import Progress


def _seen() -> bool:
    """Tell whether stderr, which may be closed, is a terminal."""
    return sys.stderr is not None and sys.stderr.isatty()


T = TypeVar("T")
Bar: TypeAlias = "tqdm[NoReturn]"  # it counts by hand and iterates over nothing
_SECONDS = 0.2  # between two drawings of a bar


class StepBar:
    """A bar over the images of one epoch, to be called after each step.

    Args:
        images: in an epoch.
        epochs: in all.
        epochs_done: how many of them are over.
        images_done: how many of the next one's are.
        quiet: show none.
    """

    def __init__(
        self,
        images: int,
        epochs: int,
        epochs_done: int = 0,
        images_done: int = 0,
        *,
        quiet: bool,
    ) -> None:
        self.images, self.epochs = images, epochs
        self.disable = quiet or not _seen()
        self._bar: Bar | None = None
        self._epoch, self._done = epochs_done, images_done

    def __call__(self, images: int, loss: float) -> None:
        """Show that `images` more images are done."""
        if self.disable:
            return
        if self._bar is None:
            self._epoch += 1
            self._bar = tqdm(
                desc=f"epoch {self._epoch}/{self.epochs}",
                total=self.images,
                initial=self._done,
                unit=" images",
                mininterval=_SECONDS,
                leave=False,
                dynamic_ncols=True,
            )
        if self._bar.update(images):
            self._bar.set_postfix_str(f"loss {loss:.3f}", refresh=False)

    def say(self, text: str) -> None:
        """Print a line on stderr above the bar."""
        with nullcontext() if self._bar is None else tqdm.external_write_mode(sys.stderr):
            say(text)

    def close(self) -> None:
        """Clear the bar; the next step begins a new one."""
        if self._bar is not None:
            self._bar.close()
            self._bar, self._done = None, 0


def count_bar(things: Sequence[T], name: str, unit: str) -> tqdm[T]:
    """Return a bar that counts things as they are taken from it."""
    return tqdm(
        things,
        desc=name,
        unit=unit,
        mininterval=_SECONDS,
        leave=False,
        disable=not _seen(),
        dynamic_ncols=True,
    )


@contextmanager
def search_bar() -> Iterator[Callable[[], object]]:
    """Give a callable that counts one more folder that is looked into."""
    with tqdm(
        desc="looking for pictures",
        unit=" folders",
        mininterval=_SECONDS,
        leave=False,
        disable=not _seen(),
        dynamic_ncols=True,
    ) as bar:
        yield bar.update


@contextmanager
def data_bars() -> Iterator[Progress]:
    """Give a callable that shows a bar for each file or split of a data set."""
    bars: dict[str, Bar] = {}

    def progress(name: str, done: int, expected: int, unit: str) -> None:
        if name not in bars:
            bars[name] = tqdm(
                desc=name,
                total=expected or None,
                unit=unit,
                unit_scale=True,
                mininterval=_SECONDS,
                disable=not _seen(),
                dynamic_ncols=True,
            )
        bars[name].update(done - bars[name].n)

    try:
        yield progress
    finally:
        for bar in bars.values():
            bar.close()
