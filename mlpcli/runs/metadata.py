"""The metadata of a checkpoint: one model to write, read, check and query it.

It may come from a stranger, so every type and range is checked, and nothing in it may run code,
open files or print control characters. Files of format 1 lack the fields that have a default here.
"""

import json
from functools import cached_property
from types import NoneType
from typing import Annotated, Any, Self, get_args, get_origin

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from mlpcli.images.normalization import Preprocessing
from mlpcli.images.recipe import Recipe
from mlpcli.images.view import View
from mlpcli.nn.temperature import HIGHEST, LOWEST
from mlpcli.runs.epochs import LARGEST, EpochResult, Part, history_problem
from mlpcli.runs.inputs import MAX_FEATURES, SavedPreprocessing

FORMAT = 2  # increased when resuming reads a file differently; 1 had whole epochs only
MAX_LAYERS, MAX_THREADS = 64, 1024  # as in a configuration
_LONGEST_NAME = 100  # characters in the name of a class


def _refuse_int(value: object) -> object:
    if type(value) is int:
        raise PydanticCustomError("float_type", "an integer")
    return value


def _check_seed(seed: int) -> int:
    if not 0 <= seed < 2**63:
        raise ValueError(f"the seed must be in [0, 2^63), got {seed!s:.60}")
    return seed


def _check_temperature(temperature: float) -> float:
    if not LOWEST <= temperature <= HIGHEST:
        raise ValueError(
            f"the temperature must be in [{LOWEST:g}, {HIGHEST:g}], got {temperature:g}"
        )
    return temperature


def _check_classes(classes: list[Any]) -> list[Any]:
    fit = all(
        isinstance(name, str) and name.isprintable() and len(name) <= _LONGEST_NAME
        for name in classes
    )
    if not fit or not 0 < len({*map(str, classes)}) == len(classes) <= MAX_FEATURES:
        raise ValueError(
            "the class names must be distinct and printable, with at most 100 characters, "
            f"got {classes!r:.80}"
        )
    return classes


Real = Annotated[float, BeforeValidator(_refuse_int)]


class ModelSummary(Part):
    """The network, as described in the configuration."""

    model_config = ConfigDict(extra="allow")

    layers: list[Any]
    activation: str
    batch_norm: bool = False


class SavedConfig(Part):
    """The part of the configuration needed to predict; `Checkpoint.config` is all of it."""

    model_config = ConfigDict(extra="allow")

    model: ModelSummary
    data: dict[str, Any]
    seed: Annotated[int, AfterValidator(_check_seed)]


class DataSummary(Part):
    """The data set that the network was trained on."""

    name: str
    fingerprint: str


class Origin(Part):
    """The weights that a run began with, unless they were random."""

    weights: str
    weights_sha256: str


class Threads(Part):
    """How many threads shared the work; the last bits of a result depend on it."""

    training: int
    evaluation: int

    @model_validator(mode="after")
    def _check_range(self) -> Self:
        for use, count in (("training", self.training), ("evaluation", self.evaluation)):
            if not 1 <= count <= MAX_THREADS:
                raise ValueError(
                    f"the metadata's threads.{use} must be in [1, {MAX_THREADS}], got {count!s:.60}"
                )
        return self


class UnderWay(Part):
    """The unfinished epoch: its steps, the sum of the losses of its images, and its seconds."""

    steps: int = 0
    loss_sum: Real = 0.0
    seconds: Real = 0.0

    @model_validator(mode="after")
    def _check_range(self) -> Self:
        possible = self.steps == 0 or 1e-9 < self.seconds < 1e9
        if not possible or not abs(self.loss_sum) < LARGEST:  # false for nan
            raise ValueError(
                "the metadata's under_way must hold the steps, loss sum and seconds of an "
                f"unfinished epoch, got {self!s:.80}"
            )
        return self


class Metadata(Part):
    """All metadata, in the order of the file."""

    config: SavedConfig
    preprocessing: Annotated[SavedPreprocessing, Field(alias="preparation")]
    classes: Annotated[list[Any], AfterValidator(_check_classes)]
    data: DataSummary
    origin: Annotated[Origin | None, Field(alias="from")] = None
    teachers: Annotated[list[Origin], Field(default_factory=list, max_length=1000)]
    temperature: Annotated[Real, AfterValidator(_check_temperature)] = 1.0
    outlier_threshold: Annotated[Real, Field(ge=0, le=1)] | None = None
    """the score above which an image belongs to no class; None without outliers in training"""
    guessing: bool | None = None
    """whether the latest whole epoch was no better than guessing; None if unknown"""
    threads: Threads | None = None
    ranks: Annotated[int, Field(ge=1)] = 1  # processes, on which the last bits depend as well
    epoch: int
    """how many epochs were finished"""
    under_way: UnderWay | None = None
    history: list[EpochResult]
    versions: Annotated[dict[str, Any], Field(default_factory=dict)]
    format: int = FORMAT
    weights_sha256: str = ""

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        for number, result in enumerate(self.history, start=1):
            if result.epoch != number:
                raise ValueError(history_problem(number, result.model_dump()))
        _check_layers(self)
        self.recipe  # noqa: B018  # raises if the steps do not suit the kind
        return self

    @cached_property
    def class_names(self) -> tuple[str, ...]:
        """The name of each label."""
        return tuple(map(str, self.classes))

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """Number of features at each stage of the network, inputs first."""
        return tuple(size for size in self.config.model.layers if isinstance(size, int))

    @property
    def kind(self) -> Preprocessing:
        """The kind of preprocessing."""
        return self.preprocessing.known_kind

    @property
    def view(self) -> View:
        """How the network sees an image."""
        return self.preprocessing.view

    @cached_property
    def recipe(self) -> Recipe:
        """The steps that turn a picture into an input like those the network was trained on."""
        return self.preprocessing.recipe(saw_pictures=self._saw_pictures())

    def _saw_pictures(self) -> bool:
        """Tell whether a `scale` network was trained on pictures from folders, not on arrays.

        Class names tell the two apart: arrays from a path have the names 0, 1, 2 and so on. A
        folder with more than ten classes named so is taken for an array.
        """
        counted = self.classes == [str(label) for label in range(len(self.classes))]
        return self.config.data.get("path") is not None and not counted

    def to_json(self) -> dict[str, Any]:
        """Return JSON values from which the same metadata is read."""
        return self.model_dump(mode="json", by_alias=True)


def _check_layers(metadata: Metadata) -> None:
    sizes, pixels = metadata.config.model.layers, metadata.preprocessing
    inputs, classes = pixels.height * pixels.width, len(metadata.classes)
    fit = MAX_LAYERS >= len(sizes) >= 2 and all(
        type(size) is int and 0 < size <= MAX_FEATURES for size in sizes
    )
    if not fit or sizes[0] != inputs or sizes[-1] != classes:
        raise ValueError(
            f"the layers must lead from {inputs} pixels to {classes} classes, got {sizes!s:.80}"
        )


def read_metadata(values: dict[str, Any]) -> Metadata:
    """Check the values in a file.

    Raises:
        ValueError: they are not valid; the message names the first fault, in one line.
    """
    try:
        return Metadata.model_validate(values)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        raise ValueError(_problem(problem, values)) from error


_KINDS = {"int": "an int", "float": "a float", "string": "a str", "bool": "a bool"}
_KINDS |= {"str": "a str", "list": "a list", "dict": "a dict", "model": "a dict"}


def _problem(error: ErrorDetails, values: dict[str, Any]) -> str:
    """Describe an error that pydantic found."""
    place, found = error["loc"], error["input"]
    if place[:1] == ("history",) and len(place) > 1:
        number = int(place[1])
        return history_problem(number + 1, values["history"][number])
    if place == ("guessing",):
        return f"the metadata's guessing must be true, false or null, got {json.dumps(found):.60}"
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    missing = error["type"] == "missing"
    kind = _kind_at(place) if missing else _KINDS.get(error["type"].partition("_")[0], "another")
    got = None if missing else found
    return f"the metadata must hold {'.'.join(map(str, place))}, {kind}, got {got!r:.60}"


def _kind_at(place: tuple[int | str, ...]) -> str:
    """Return the type that a missing value should have."""
    kind: Any = Metadata
    for key in place:
        fields = kind.model_fields.items()
        kind = next(field.annotation for name, field in fields if key in (name, field.alias))
        if NoneType in get_args(kind):  # it is optional
            kind = get_args(kind)[0]
    kind = get_origin(kind) or kind
    return _KINDS["model" if issubclass(kind, BaseModel) else kind.__name__]
