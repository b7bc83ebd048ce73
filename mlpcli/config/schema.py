"""The keys of a configuration: their types, ranges, defaults and meanings.

These models are the only place where a key is described. The JSON Schema, the commented starter
file and the text of every error message are derived from them.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import Discriminator, Field, JsonValue, Tag

from mlpcli.config.data import DataConfig
from mlpcli.config.section import MAX_FEATURES, Features, Fraction, PathText, Positive, Section
from mlpcli.config.written import WithPlaces

ActivationName = Literal["sigmoid", "tanh", "relu", "leaky-relu", "gelu"]
InitName = Literal["xavier", "he", "normal"]

MAX_EPOCHS, MAX_THREADS = 10_000, 1024
PIXELS, CLASSES = 784, 10  # of MNIST
MAX_WEIGHTS = 500_000_000  # with biases, 2 GiB at most: the largest array that is read

ClassWeights = Annotated[
    tuple[Annotated[float, Field(ge=0, le=1_000_000)], ...],
    Field(min_length=1, max_length=MAX_FEATURES),
]


class ModelConfig(Section):
    """The network."""

    layers: tuple[Features | Literal["input", "classes"], ...] = Field(
        default=("input", 100, "classes"), min_length=2, max_length=64
    )
    """features at each stage; input and classes stand for the pixels and the classes of the data"""
    hidden: Annotated[tuple[Features, ...], Field(max_length=62)] | None = None
    """instead of layers: the stages between input and classes"""
    activation: ActivationName = "sigmoid"
    """the function between layers"""
    init: InitName = "xavier"
    """distribution of the initial weights"""
    batch_norm: bool = False
    """normalise what goes into each activation"""
    dropout: Fraction | Annotated[tuple[Fraction, ...], Field(min_length=1, max_length=62)] = 0.0
    """share of the outputs of each hidden layer dropped in training; a list has one per layer"""

    @property
    def sizes(self) -> tuple[int, ...]:
        """Features at each stage; where none are given, the ends are those of MNIST.

        Once the data are open, `layers` gives all of them.
        """
        return self.sizes_for(PIXELS, CLASSES)

    def sizes_for(self, pixels: int, classes: int) -> tuple[int, ...]:
        """Return the features at each stage, with these ends where none are given."""
        if self.hidden is not None:
            return pixels, *self.hidden, classes
        ends = {"input": pixels, "classes": classes}
        return tuple(size if isinstance(size, int) else ends[size] for size in self.layers)

    @property
    def dropout_rates(self) -> tuple[float, ...]:
        """One for each hidden layer."""
        if isinstance(self.dropout, tuple):
            return self.dropout
        return (self.dropout,) * (len(self.sizes) - 2)


class SgdConfig(Section):
    """Stochastic gradient descent with momentum."""

    name: Literal["sgd"] = "sgd"
    """which optimizer"""
    learning_rate: Positive = 0.1
    """the highest learning rate of the run"""
    momentum: Fraction = 0.9
    """share of the previous step that is kept"""
    nesterov: bool = True
    """look ahead along the momentum"""
    weight_decay: float = Field(default=0.0, ge=0)
    """coefficient of the weight decay; biases do not decay"""


class _Adam(Section):
    name: str
    """which optimizer"""
    learning_rate: Positive = 0.001
    """the highest learning rate of the run"""
    betas: tuple[Fraction, Fraction] = (0.9, 0.999)
    """decay rates of the running means of the gradient and of its square"""
    epsilon: float = Field(default=1.0e-8, ge=1e-12)
    """keeps the division by a small square root finite"""
    weight_decay: float = Field(default=0.0, ge=0)
    """coefficient of the weight decay; biases do not decay"""


class AdamConfig(_Adam):
    """Adaptive moments; weight decay is added to the gradient."""

    name: Literal["adam"]
    """which optimizer"""


class AdamWConfig(_Adam):
    """Adam with weight decay kept out of the gradient."""

    name: Literal["adamw"]
    """which optimizer"""


class ConstantSchedule(Section):
    """The same learning rate throughout."""

    depends_on_length: ClassVar = False
    name: Literal["constant"] = "constant"
    """which schedule"""


class StepSchedule(Section):
    """The learning rate is multiplied by a factor every so many epochs."""

    depends_on_length: ClassVar = False
    name: Literal["step"]
    """which schedule"""
    every: int = Field(default=10, ge=1)
    """epochs between two changes"""
    factor: float = Field(default=0.1, gt=0, le=1)
    """what each change multiplies the learning rate by"""


class CosineSchedule(Section):
    """The learning rate falls to zero along half a cosine."""

    depends_on_length: ClassVar = True
    name: Literal["cosine"]
    """which schedule"""


class OneCycleSchedule(Section):
    """The learning rate rises to its peak, then falls to zero along half a cosine."""

    depends_on_length: ClassVar = True
    name: Literal["one-cycle"]
    """which schedule"""
    warmup: Fraction = 0.25
    """share of the run during which the learning rate rises"""


def _name_or(default: str) -> Discriminator:
    """Choose a variant by its `name`, or the default one where a mapping does not say."""

    def choose(value: JsonValue | Section) -> str | None:
        if isinstance(value, dict):
            name = value.get("name", default)
            return name if isinstance(name, str) else None
        return getattr(value, "name", None)

    return Discriminator(choose)


OptimizerConfig = Annotated[
    Annotated[SgdConfig, Tag("sgd")]
    | Annotated[AdamConfig, Tag("adam")]
    | Annotated[AdamWConfig, Tag("adamw")],
    _name_or("sgd"),
]
ScheduleConfig = Annotated[
    Annotated[ConstantSchedule, Tag("constant")]
    | Annotated[StepSchedule, Tag("step")]
    | Annotated[CosineSchedule, Tag("cosine")]
    | Annotated[OneCycleSchedule, Tag("one-cycle")],
    _name_or("constant"),
]


class EarlyStoppingConfig(Section):
    """When to stop early."""

    patience: int = Field(default=5, ge=1)
    """epochs without an improvement after which training stops"""
    metric: Literal["accuracy", "loss"] = "accuracy"
    """what improves: validation accuracy, which rises, or validation loss, which falls"""
    min_delta: float = Field(default=0.0, ge=0)
    """an improvement of this much or less over the best epoch so far does not count"""


class DistillationConfig(Section):
    """Whose answers to learn instead of labels."""

    teacher: Annotated[tuple[PathText, ...], Field(max_length=100)] = ()
    """files or directories with the weights of trained networks; --teacher replaces them"""
    temperature: Positive = 1.0
    """the logits are divided by this; above 1, it softens the answers"""


class TrainingConfig(Section):
    """How to train."""

    epochs: int = Field(default=20, ge=1, le=MAX_EPOCHS)
    """passes over the training images"""
    batch_size: int = Field(default=32, ge=1)
    """images in one step"""
    optimizer: OptimizerConfig = SgdConfig()
    """how gradients become steps"""
    schedule: ScheduleConfig = ConstantSchedule()
    """how the learning rate changes during the run"""
    label_smoothing: Fraction = 0.0
    """share of the target spread evenly over all classes"""
    class_weights: Literal["balanced"] | ClassWeights | None = None
    """what an image of each class counts in the loss; balanced: all classes count the same"""
    gradient_clip: Positive | None = None
    """largest Euclidean norm of the gradient; a larger gradient is scaled down"""
    weight_average: Fraction | None = None
    """predict with the weights' exponential moving average of this decay, e.g. 0.999"""
    early_stopping: EarlyStoppingConfig | None = None
    """when to stop, and which epoch is the best, e.g. {patience: 5, metric: loss}"""
    distillation: DistillationConfig | None = None
    """learn the answers of trained networks instead of the labels, e.g. {temperature: 2}"""
    checkpoint_every: float = Field(default=300.0, gt=0)
    """seconds between saves of last.npz within an epoch; it is also saved after every epoch"""


class ElasticConfig(Section):
    """A smooth random displacement of every pixel."""

    alpha: float = Field(default=0.0, ge=0, le=1000)
    """strength in pixels: what multiplies the noise, from [-1, 1], once it is smoothed"""
    sigma: float = Field(default=4.0, ge=0.1, le=20)
    """smoothness: standard deviation of the Gaussian, in pixels"""


class AugmentationConfig(Section):
    """The largest random warps of a training image; each is drawn evenly from ± its value."""

    rotation: float = Field(default=0.0, ge=0, le=180)
    """largest angle, in degrees"""
    scale: Fraction = 0.0
    """largest relative change of height and, drawn separately, of width"""
    shear: float = Field(default=0.0, ge=0, le=2)
    """largest shear, in columns per row"""
    shift: float = Field(default=0.0, ge=0, le=1000)
    """largest shift in pixels, vertical and, drawn separately, horizontal"""
    elastic: ElasticConfig | None = None
    """smooth displacement of every pixel, e.g. {alpha: 34, sigma: 4}"""
    fade: float = Field(default=0.0, ge=0, le=1)
    """last share of the run, over which all warps weaken to nothing, e.g. 0.4"""

    def strength(self, progress: float) -> float:
        """Return the share of the full strength, in [0, 1].

        Args:
            progress: the share of the run that is over, in [0, 1].
        """
        return min(1.0, (1 - progress) / self.fade) if self.fade else 1.0


class Config(WithPlaces, Section):
    """One run of mlp: what to train on, which network, and how."""

    seed: int = Field(default=0, ge=0, lt=2**63)
    """seed of all random numbers"""
    data: DataConfig = DataConfig()
    """what to train on"""
    model: ModelConfig = ModelConfig()
    """the network"""
    training: TrainingConfig = TrainingConfig()
    """how to train"""
    augmentation: AugmentationConfig | None = None
    """random warps of the training images, e.g. {rotation: 10, shift: 1.5}; a key left out is 0"""
    threads: Literal["auto"] | Annotated[int, Field(ge=1, le=MAX_THREADS)] = "auto"
    """processor threads that share the work; auto depends on network, batch size and cores"""
    compiled: Literal["auto"] | bool = "auto"
    """whether loops are compiled by Numba; auto: if it is installed, unless training is short"""
    output: PathText = "runs"
    """folder that new run directories are made in"""
