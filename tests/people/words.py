"""What people type, mistyped or guessed."""

from pathlib import Path

from tests.people.material import keras, save
from tests.people.situation import TRAIN, Situation


def _nothing() -> None: ...


def _data() -> None:
    save(**keras())


SITUATIONS = [
    Situation("trian", _nothing, ("trian",), ("Did you mean train",), code=2),
    Situation("minst", _nothing, ("train minst",), ("mnist",), code=2),
    Situation(
        "Relu",
        _nothing,
        ("train mnist --set model.activation=Relu",),
        ("did you mean relu",),
        code=2,
    ),
    Situation(
        "lr in a file",
        lambda: Path("my.yaml").write_text("training: {lr: 0.1}\n"),
        ("train my.yaml",),
        (r"^my\.yaml:1:12: .*training\.optimizer\.learning_rate",),
        code=2,
    ),
    Situation(
        "training.learning_rate",
        _nothing,
        ("train mnist --set training.learning_rate=0.1",),
        (r"training\.optimizer\.learning_rate",),
        code=2,
    ),
    Situation("--reset", _nothing, ("train mnist --reset",), never=("--report",), code=2),
    Situation(
        "short options",
        _data,
        (f"{TRAIN}data.npz --epochs 2 --lr 0.05 --batch-size 50 --seed 3", "inspect run --json"),
        ('"epochs": 2', '"learning_rate": 0.05', '"batch_size": 50', '"seed": 3'),
    ),
    Situation(
        "the last line of --quiet",
        _data,
        (f"{TRAIN}data.npz",),
        (r"^test accuracy [\d.]+ % .*, validation accuracy [\d.]+ %, .*run/best\.npz$",),
    ),
    Situation(
        "the next command",
        _data,
        (f"{TRAIN}data.npz".replace(" --quiet", ""),),
        (r"^next: mlp evaluate --weights run --data data\.npz$",),
    ),
    Situation(
        "a record for another program",
        _data,
        (f"{TRAIN}data.npz --json",),
        (r'^\{.*"test_accuracy": [01]\.\d+',),
    ),
    Situation(
        "before a long training",
        _data,
        (f"{TRAIN}data.npz --dry-run".replace(" --out run --quiet", ""),),
        (r"^6 epochs: about [\d.]+ s, about \d+ MB of memory$",),
    ),
    Situation(
        "no network and no MNIST",
        _nothing,
        ("train mnist --set data.root=nowhere",),
        ("quickstart", "--data FILE_OR_FOLDER", "MLP_DATA"),
        never=(".{81}",),
        code=1,
    ),
]
