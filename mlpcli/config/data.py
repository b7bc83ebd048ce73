"""The keys of a configuration's `data` section: what to train on."""

from typing import Annotated, Literal, get_args

from pydantic import Field

from mlpcli.config.section import PathText, Positive, Section

DrawnName = Literal["synthetic", "synthetic-national", "synthetic-outliers"]
DRAWN, OUTLIERS = get_args(DrawnName), "synthetic-outliers"
DatasetName = Literal[
    "mnist",
    "fashion-mnist",
    "kmnist",
    "emnist-digits",
    "emnist-letters",
    "emnist-balanced",
    DrawnName,
]

NAMES = get_args(DatasetName)
MAX_HELD_OUT = 10_000  # validation images, unless a configuration gives their number
IMAGES = 60_000  # of MNIST, for training


def usual_validation(images: int) -> int:
    """Return how many of so many training images are for validation, if nobody says it."""
    return min(images // 6, MAX_HELD_OUT)


class ViewConfig(Section):
    """How the network sees each image of a digit, in training and in use alike."""

    deslant: bool = False
    """shear digits until they lean to neither side"""
    width: Annotated[int, Field(ge=8, le=20)] | None = None
    """stretch or squeeze digits to this width in pixels, e.g. 12"""


class DataConfig(Section):
    """What to train on."""

    name: DatasetName = "mnist"
    """known data set, searched in root, else downloaded (but not EMNIST's); synthetic… are drawn"""
    path: PathText | None = None
    """instead of name: a folder of pictures per class, IDX files, .npz, .csv, .parquet, .pkl.gz"""
    mix: Annotated[dict[PathText, Positive], Field(min_length=1, max_length=20)] | None = None
    """instead of name: names and paths, each with its share, e.g. {mnist: 1, synthetic: 2}"""
    root: PathText = "data"
    """folder searched first and downloaded into; MLP_DATA overrides it"""
    validation: Literal["auto"] | Annotated[int, Field(ge=0)] = "auto"
    """last training images to hold out; auto: those in the files, or a sixth, at most 10,000"""
    train: int = Field(default=IMAGES, ge=1, le=2_000_000)
    """for synthetic… only: how many images to draw, including those for validation"""
    test: int = Field(default=10000, ge=1, le=2_000_000)
    """for synthetic… only: how many images to draw for testing"""
    value_range: tuple[float, float] | None = None
    """for path only: the values of black and white, e.g. [0, 4095]; null: derived from the data"""
    transpose: bool = False
    """for path only: exchange rows and columns, for images that lie on their side as EMNIST's do"""
    view: ViewConfig | None = None
    """for digits only: how the network sees them, e.g. {deslant: true, width: 16}"""

    @property
    def drawn(self) -> bool:
        """Whether all images are drawn, so that `train` and `test` have a meaning."""
        return not self.own_paths and {*self.names} <= {*DRAWN}

    @property
    def names(self) -> list[str]:
        """The names of the data, where they are known by name."""
        if self.mix is not None:
            return [source for source in self.mix if source in NAMES]
        return [self.name] if self.path is None else []

    @property
    def own_paths(self) -> list[str]:
        """The paths of the data, where they are not known by name."""
        if self.mix is not None:
            return [source for source in self.mix if source not in NAMES]
        return [] if self.path is None else [self.path]

    def held_out(self, images: int) -> int:
        """Return how many of so many training images are for validation, unless files say it."""
        return usual_validation(images) if self.validation == "auto" else self.validation
