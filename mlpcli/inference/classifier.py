"""One or several networks with class names and preprocessing → probabilities and readings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlpcli.errors import CheckpointError, DataError, ImageError
from mlpcli.images import Preprocessed, preprocess
from mlpcli.images.normalization import Pixels
from mlpcli.inference.committee import Committee
from mlpcli.inference.networks import InputFormat
from mlpcli.inference.pages import find_page
from mlpcli.inference.picture_sources import Opener, Picture, as_grey, as_pixels
from mlpcli.inference.reading import Reading, as_seen, make_reading
from mlpcli.inference.second_look import look_again
from mlpcli.runs.checkpoint import Checkpoint, load_checkpoints, paths_of
from mlpcli.runs.groups import common_temperature
from mlpcli.runs.networks import build_network
from mlpcli.utils.arrays import Array

if TYPE_CHECKING:  # predicting opens no data set
    from PIL.Image import Image


BATCH = 64  # pictures that are preprocessed before the network sees them


class Classifier(Committee):
    """Networks that read pictures."""

    @classmethod
    def load(cls, paths: Sequence[Path]) -> Classifier:
        """Read one or several files of weights.

        Raises:
            CheckpointError: one cannot be read, or they have different classes or inputs.
        """
        return cls.of([each for path in paths for each in load_checkpoints(path)])

    @classmethod
    def of(cls, checkpoints: Sequence[Checkpoint]) -> Classifier:
        """Build the networks of one or several checkpoints.

        Raises:
            CheckpointError: one is invalid, or they have different classes or inputs.
        """
        metadata = checkpoints[0].metadata
        first = InputFormat.of(metadata)
        for checkpoint in checkpoints:
            if InputFormat.of(checkpoint.metadata) != first:
                raise CheckpointError(
                    f"{checkpoint.place}: the classes and the preprocessing must be the same as "
                    f"those of {checkpoints[0].place}"
                )
        networks = [build_network(checkpoint) for checkpoint in checkpoints]
        name = ", ".join(paths_of(checkpoints))
        return cls(
            networks,
            [checkpoint.metadata.temperature for checkpoint in checkpoints],
            [checkpoint.metadata.view for checkpoint in checkpoints],
            first,
            outlier_thresholds=[each.metadata.outlier_threshold for each in checkpoints],
            temperature=common_temperature([each.group for each in checkpoints]),
            trained_on=metadata.config.data,
            seed=metadata.config.seed,
            name=name,
        )

    @property
    def classes(self) -> tuple[str, ...]:
        """The name of each label."""
        return self.inputs.classes

    @overload
    def predict(
        self, pictures: str | Path | IO[bytes] | Image, *, many: bool = ..., tta: bool = ...
    ) -> Reading: ...

    @overload
    def predict(
        self,
        pictures: list[Any] | tuple[Any, ...],
        *,
        many: bool = ...,
        tta: bool = ...,
    ) -> list[Reading]: ...

    @overload  # which of the two it returns is a matter of the array's shape, not of its type
    def predict(self, pictures: NDArray[Any], *, many: bool = ..., tta: bool = ...) -> Any: ...

    def predict(
        self, pictures: Any, *, many: bool = False, tta: bool = True
    ) -> Reading | list[Reading] | NDArray[np.int64]:
        """Read a picture, several pictures, or an array of images.

        Args:
            pictures: a picture, a list of pictures, or an array of images. A picture is the path of
                a file, a file opened in binary mode, a PIL image, or a (height, width) array of
                grey levels: integers in [0, 255] or floats in [0, 1]. An array of images is
                (count, height, width) or (count, features), of the size the network was trained
                on; an array whose rows have the size of an image is read as images.
            many: read each of several digits in a picture, line by line from left to right.
            tta: for a digit, average the predictions for small shifts and rotations of its image.

        Returns:
            A `Reading` for a picture, a list of them for a list, and for an array of images their
            labels, (count,), as scikit-learn's classifiers do.

        Raises:
            ImageError: a picture cannot be read, or an array has another shape.
            DataError: an array has values that are not grey levels.
            CheckpointError: a prediction is not finite.
            TypeError: `pictures` is none of these.
        """
        if isinstance(pictures, list | tuple):
            sources = [(_name(one, f"picture {n}"), one) for n, one in enumerate(pictures, 1)]
            return [_raised(each) for each in self.read(sources, many=many, tta=tta)]
        if isinstance(pictures, np.ndarray) and self._holds_images(pictures):
            return np.asarray(self.predict_proba(pictures).argmax(axis=1), dtype=np.int64)
        (reading,) = self.read([(_name(pictures, "picture"), pictures)], many=many, tta=tta)
        return _raised(reading)

    def predict_proba(self, images: ArrayLike) -> Array:
        """Return the probabilities of each class, (count, classes) float32 with rows of sum 1.

        Args:
            images: (count, height, width) or (count, features), as the network was trained on:
                grey levels, integers in [0, 255] or floats in [0, 1].

        Raises:
            DataError: they have another size, or values that are not grey levels.
            CheckpointError: a prediction is not finite.
        """
        inputs, array = self.inputs, np.asarray(images)
        if not self._holds_images(array):
            raise DataError(
                f"images: must be (count, {inputs.height}, {inputs.width}) or "
                f"(count, {inputs.height * inputs.width}), got {list(array.shape)}"
            )
        shaped = array.reshape(len(array), inputs.height, inputs.width)
        if not len(shaped):
            return np.empty((0, len(self.classes)), dtype=np.float32)
        return np.exp(self.log_probabilities(as_pixels(shaped, "images")))

    def _holds_images(self, array: NDArray[Any]) -> bool:
        """Tell whether an array holds images of the network's size rather than one picture."""
        size = self.inputs.height, self.inputs.width
        return array.shape[1:] in (size, (size[0] * size[1],))

    def read(
        self,
        sources: Iterable[tuple[str, Picture | Opener]],
        *,
        many: bool = False,
        tta: bool = True,
    ) -> Iterator[Reading | ImageError]:
        """Read pictures in order, in batches, which is quicker.

        Args:
            sources: what to call each picture, and a picture as `predict` takes it, or a function
                that opens one.
            many: read each of several digits, line by line from left to right.
            tta: average the predictions for small shifts and rotations.

        Yields:
            A reading, or why the picture cannot be read.

        Raises:
            DataError: an array has values that are not grey levels.
            CheckpointError: a prediction is not finite.
            TypeError: a source is something else.
        """
        preprocessed = self._preprocessed(sources, many=many)
        while batch := list(islice(preprocessed, 1 if many else BATCH)):  # a page has many images
            inputs = [each.images for _, each in batch if not isinstance(each, ImageError)]
            judgements = iter(self.judge(np.concatenate(inputs), tta=tta) if inputs else ())
            for place, each in batch:
                if isinstance(each, ImageError):
                    yield each
                    continue
                own = list(islice(judgements, len(each.images)))
                reading = make_reading(place, each, own, self.classes, many=many)
                yield as_seen(reading, self.views)

    def _preprocessed(
        self, sources: Iterable[tuple[str, Picture | Opener]], *, many: bool
    ) -> Iterator[tuple[str, Preprocessed | ImageError]]:
        for place, source in sources:
            try:
                whole = self.inputs.height, self.inputs.width
                grey, size = as_grey(source, place, whole, page=many and self._reads_digits)
                yield place, self.preprocess(grey, many=many, size=size)
            except ImageError as error:
                yield place, error

    @property
    def _reads_digits(self) -> bool:
        return self.inputs.preprocessing == "digit"

    def preprocess(
        self, grey: Pixels, *, many: bool = False, size: tuple[int, int] | None = None
    ) -> Preprocessed:
        """Turn a grey picture of any size into one input image, or into one for each digit.

        Args:
            grey: (any height, any width) uint8.
            many: find each of several digits, and cut apart those that touch.
            size: height and width of the picture before it was averaged down to `grey`.
        """
        size, recipe = size or (len(grey), grey.shape[1]), self.inputs.recipe
        judge = partial(self.judge, tta=True)
        if many:
            return find_page(grey, recipe, judge, size)
        return look_again(preprocess(grey, recipe, size=size), grey, recipe, judge)


def _name(picture: object, otherwise: str) -> str:
    """Return what to call a picture that is given from Python: its path, if it has one."""
    return str(picture) if isinstance(picture, str | Path) else otherwise


def _raised(reading: Reading | ImageError) -> Reading:
    if isinstance(reading, ImageError):
        raise reading
    return reading
