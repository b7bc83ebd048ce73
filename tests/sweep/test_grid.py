"""A grid from the command line."""

from pathlib import Path

import pytest

from mlpcli.config import load_config, with_absolute_paths
from mlpcli.errors import ConfigError
from mlpcli.sweep.grid import split_values, sweep_from
from mlpcli.sweep.reading import read_sweep
from mlpcli.sweep.writing import to_yaml

pytestmark = pytest.mark.usefixtures("no_data_root")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", [""]),
        ("1", ["1"]),
        ("1,2, 3", ["1", "2", " 3"]),
        ("[1,2],[3]", ["[1,2]", "[3]"]),
        ("{a: 1, b: [2, 3]}", ["{a: 1, b: [2, 3]}"]),
        ("'a,b',\"c,d\"", ["'a,b'", '"c,d"']),
        ("it's,fine", ["it's", "fine"]),
        ("['a]', b],c", ["['a]', b]", "c"]),
        ("1,", ["1", ""]),
    ],
)
def test_split(text: str, parts: list[str]) -> None:
    """Commas within brackets or quotes separate nothing."""
    assert parts == split_values(text)


@pytest.mark.parametrize(
    ("settings", "points", "seeds"),
    [
        ([], [{}], (0,)),
        (["seed=0..3"], [{}], (0, 1, 2, 3)),
        (["seed=7,2..3"], [{}], (7, 2, 3)),
        (["seed=5"], [{}], (5,)),
        (["training.epochs=2..3"], [{"training.epochs": 2}, {"training.epochs": 3}], (0,)),
        (["training.epochs=2,3", "training.epochs=5"], [{}], (0,)),
        (["data.name=mnist, kmnist"], [{"data.name": "mnist"}, {"data.name": "kmnist"}], (0,)),
        (["model.layers[1]=9"], [{"model.layers[1]": 9}], (0,)),
        (
            ["model.layers=[784,64,10],[784,10]"],
            [{"model.layers": [784, 64, 10]}, {"model.layers": [784, 10]}],
            (0,),
        ),
        (
            ["model.batch_norm=true,false", "training.gradient_clip=null,1.0"],
            [
                {"model.batch_norm": norm, "training.gradient_clip": clip}
                for norm in (True, False)
                for clip in (None, 1.0)
            ],
            (0,),
        ),
    ],
)
def test_points(settings: list[str], points: list[object], seeds: tuple[int, ...]) -> None:
    """Values between commas give the points, and those of the seed the seeds."""
    sweep = sweep_from("mnist", settings)
    assert (points, seeds) == ([*sweep.grid()], sweep.seeds)


def test_count_of_seeds() -> None:
    """--seeds counts from the configuration's seed."""
    assert (4, 5, 6) == sweep_from("mnist", ["seed=4"], 3).seeds


def test_as_single_runs() -> None:
    """A trial has the configuration of the run that is given its values by --set."""
    settings = ["training.optimizer.name={}", "training.optimizer.learning_rate=0.01", "seed={}"]
    sweep = sweep_from("mnist", [each.format("sgd,adam") for each in settings[:2]] + ["seed=3,4"])
    single = [each.format(value) for each, value in zip(settings, ("adam", "", 4), strict=True)]
    expected = with_absolute_paths(load_config("mnist", single))
    assert expected == sweep.config_at([*sweep.grid()][1], 4)


def test_paths_are_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The data of a sweep do not depend on the working directory."""
    monkeypatch.chdir(tmp_path)
    sweep = sweep_from("mnist", ["data.path=a,/b"])
    points = [{"data.path": f"{tmp_path}/a"}, {"data.path": "/b"}]
    assert (points, f"{tmp_path}/runs") == ([*sweep.grid()], sweep.base.output)


def test_saved(tmp_path: Path) -> None:
    """A grid of the command line is saved as a SWEEP.yaml."""
    sweep = sweep_from("fast", ["training.epochs=1,2", "model.layers[1]=8,9"], 2)
    path = tmp_path / "sweep.yaml"
    path.write_text(to_yaml(sweep))
    assert sweep == read_sweep(path)


@pytest.mark.parametrize(
    ("settings", "seeds", "lines"),
    [
        (
            ["training.lr=1,2", "foo=1,2"],
            None,
            [
                "--set foo: not a known key; known here: seed, data, model, training, "
                "augmentation, threads, compiled, output",
                "--set training.lr: not a known key; did you mean "
                "training.optimizer.learning_rate?",
            ],
        ),
        (["training.epohcs=3"], None, ["--set training.epohcs: not a known key; did you mean training.epochs?"]),
        (["training.epochs"], None, ["--set training.epochs: must be KEY=VALUE, e.g. training.epochs=5"]),
        (["=1,2"], None, ["--set : must be a key such as training.batch_size or model.layers[1]"]),
        (["seed=1,x"], None, ["--set seed: must be at most 1000 integers >= 0, such as 0..9 or 1,5,7"]),
        (["seed=1,2"], 3, ["--seeds: cannot be combined with --set seed=…; keep one of the two"]),
        ([], 0, ["--seeds: must be an integer >= 1 and <= 1000, got 0"]),
        (["training.epochs=1,2,1.0"], None, ["--set training.epochs: must have distinct values, got 1 twice"]),
        (["training.epochs=1,,2"], None, ["--set training.epochs: must have a value beside each comma"]),
        (["training.epochs=9..1"], None, ["--set training.epochs: must count up to at most 10,000 values, got 9..1"]),
        (
            ["training.batch_size=0,8,many"],
            None,
            [
                "--set training.batch_size: must be an integer >= 1, got 0",
                "--set training.batch_size: must be an integer >= 1, got 'many'",
            ],
        ),
        (["model.layers=[1,[2"], None, ["--set model.layers:1:6: not valid YAML, expected ',' or ']', but got '<stream end>'"]),
        (["model.layers=!a 1,2"], None, ["--set model.layers: must be a plain value, got the tag !a"]),
        (
            ["model.layers=[784,5,10],[784,10]", "model.hidden=[1],[2]"],
            None,
            ["--set model.hidden: cannot be combined with model.layers; keep one of the two"],
        ),
        (
            ["training.epochs=1..101", "training.batch_size=1..101"],
            None,
            ["--set space: must give a grid of at most 10,000 points, got 10,201"],
        ),
        (
            ["training.batch_size=1,2", "model.batch_norm=true,false"],
            None,
            [
                "--set training.batch_size: must be at least 2 where model.batch_norm is true, "
                "got 1; at the point training.batch_size=1, model.batch_norm=true"
            ],
        ),
    ],
)  # fmt: skip
def test_refused(settings: list[str], seeds: int | None, lines: list[str]) -> None:
    """Bad values are refused as --set refuses them, all at once."""
    with pytest.raises(ConfigError) as caught:
        sweep_from("mnist", settings, seeds)
    assert lines == [*caught.value.lines]
