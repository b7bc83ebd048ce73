"""SWEEP.yaml, and every problem with one at once."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlpcli.config import shipped_sweeps
from mlpcli.config.loading import overridden, unfitted
from mlpcli.errors import ConfigError
from mlpcli.sweep.definition import METRICS, PRUNERS, Choice, Dimension, Range, Sweep
from mlpcli.sweep.reading import is_sweep_file, read_sweep
from mlpcli.sweep.writing import difference, to_yaml

pytestmark = pytest.mark.usefixtures("no_data_root")

FULL = """\
config: mnist
set: {training.epochs: 5}
space:
  training.optimizer.learning_rate: {range: [0.003, 0.3], log: true}
  training: {batch_size: {choice: [32, 64, 128]}}
  model.layers[1]: {range: [32, 100], step: 4}
  augmentation.rotation: {range: [0, 15]}
sampler: tpe
pruner: hyperband
trials: 30
timeout: 3600
metric: validation_loss
seeds: 3
committee: 4
"""
SPACE = "config: mnist\nspace:\n  "
BAD = [
    ("", "s.yaml:1:1: config must be a shipped name such as mnist, a path or a mapping of keys, got null"),
    ("config: mnits", "s.yaml:1:9: config cannot be used, mnits: no such file, nor a shipped configuration; did you mean mnist?"),
    ("config: {training: {epohcs: 3}}", "s.yaml:1:21: training.epohcs is not a known key; did you mean training.epochs?"),
    ("config: mnist\nset: {training.epochs: 0}", "s.yaml:2:24: training.epochs must be an integer >= 1 and <= 10000, got 0"),
    ("config: mnist\nset: {training.batchsize: 5}", "s.yaml:2:7: training.batchsize is not a known key; did you mean training.batch_size?"),
    ("config: mnist\nset: 5", "s.yaml:2:6: set must be a mapping such as {training.epochs: 5}, got 5"),
    ("config: mnist\nset: {a..b: 5}", "s.yaml:2:7: 'a..b' must be a key such as training.epochs"),
    ("config: mnist\nspaec: {}", "s.yaml:2:1: spaec is not a known key; did you mean space?"),
    ("config: mnist\ndata: {}", "s.yaml:2:1: data is not a known key; keys of a configuration go under set, or under space if they vary"),
    ("config: mnist\nspace: 5", "s.yaml:2:8: space must be a mapping of keys, got 5"),
    ("config: mnist\nsampler: tpee", "s.yaml:2:10: sampler must be one of grid, random, tpe, got 'tpee'; did you mean tpe?"),
    ("config: mnist\npruner: [1]", "s.yaml:2:9: pruner must be one of none, median, hyperband, got [1]"),
    ("config: mnist\nmetric: loss", "s.yaml:2:9: metric must be one of validation_accuracy, validation_loss, got 'loss'; did you mean validation_loss?"),
    ("config: mnist\ntrials: 0", "s.yaml:2:9: trials must be an integer >= 1 and <= 10000, got 0"),
    ("config: mnist\ntimeout: -1", "s.yaml:2:10: timeout must be a number > 0 of seconds or null, got -1"),
    ("config: mnist\ncommittee: most", "s.yaml:2:12: committee must be all or an integer >= 1 and <= 10000, got 'most'"),
    ("config: mnist\ncommittee: 0", "s.yaml:2:12: committee must be all or an integer >= 1 and <= 10000, got 0"),
    ("config: fast\ncommittee: 3", "s.yaml:2:12: committee must be all where data.validation is 0, because the best are chosen by validation images, got 3"),
    ("config: mnist\nseeds: 0", "s.yaml:2:8: seeds must be an integer >= 1 and <= 1000 or a list of distinct integers >= 0, got 0"),
    ("config: mnist\nseeds: [1, 1]", "s.yaml:2:8: seeds must be an integer >= 1 and <= 1000 or a list of distinct integers >= 0, got [1, 1]"),
    (SPACE + "seed: {choice: [0]}\nseeds: 3", "s.yaml:4:8: seeds cannot be combined with seed under space; keep one of the two"),
    (SPACE + "seed: {choice: [x]}", "s.yaml:3:9: seed must be an integer >= 1 and <= 1000 or a list of distinct integers >= 0, got {choice: ['x']}"),
    (SPACE + "lr: {choice: [1]}", "s.yaml:3:3: lr is not a known key; did you mean training.optimizer.learning_rate?"),
    (SPACE + "foo: {choice: [1]}", "s.yaml:3:3: foo is not a known key; known here: seed, data, model, training, augmentation, threads, compiled, output"),
    (SPACE + "training.[x: {choice: [1]}", "s.yaml:3:3: 'training.[x' must be a key such as training.batch_size or model.layers[1]"),
    (SPACE + "output: {choice: [a, b]}", "s.yaml:3:3: output must be the same for all trials; give one value under set"),
    (SPACE + "training.epochs: {choice: [1]}\n  training: {epochs: {choice: [2]}}", "s.yaml:4:14: training.epochs is given twice; keep one"),
    (SPACE + "training.epochs: [1, 2]", "s.yaml:3:20: training.epochs must be {choice: [A, B]} or {range: [LOW, HIGH]}, got [1, 2]"),
    (SPACE + "training.epochs: 3", "s.yaml:3:20: training.epochs must be {choice: [A, B]} or {range: [LOW, HIGH]}, got 3; a value for all trials is for set"),
    (SPACE + "training.epochs: {log: true}", "s.yaml:3:20: training.epochs must be {choice: [A, B]} or {range: [LOW, HIGH]}, got {log: true}"),
    (SPACE + "training.epochs: {chioce: [1]}", "s.yaml:3:21: training.epochs.chioce is not a known key; did you mean choice?"),
    (SPACE + "training.epochs: {choice: []}", "s.yaml:3:29: training.epochs.choice must be a list of at least one value, got []"),
    (SPACE + "training.epochs: {choice: [1, 2, 1.0]}", "s.yaml:3:36: training.epochs.choice[2] must differ from the others, got 1.0 again"),
    (SPACE + "training.epochs: {choice: [1], log: true}", "s.yaml:3:34: training.epochs.log is only for range; remove it"),
    (SPACE + "training.epochs: {choice: [1, many]}", "s.yaml:3:33: training.epochs must be an integer >= 1 and <= 10000, got 'many'"),
    (SPACE + "training.epochs: {range: [0, 4], step: 1}", "s.yaml:3:29: training.epochs must be an integer >= 1 and <= 10000, got 0"),
    (SPACE + "training.epochs: {range: [5]}", "s.yaml:3:28: training.epochs.range must be a list of two numbers, low and high, got [5]"),
    (SPACE + "training.epochs: {range: [5, 5]}", "s.yaml:3:28: training.epochs.range must begin with the smaller number, got [5, 5]"),
    (SPACE + "training.optimizer.learning_rate: {range: [0, 0.1], log: true}", "s.yaml:3:46: training.optimizer.learning_rate.range[0] must be > 0 where log is true, got 0"),
    (SPACE + "training.epochs: {range: [1, 9], log: 1}", "s.yaml:3:41: training.epochs.log must be true or false, got 1"),
    (SPACE + "training.epochs: {range: [1, 9], log: true, step: 2}", "s.yaml:3:53: training.epochs.step cannot be combined with log; keep one of the two"),
    (SPACE + "training.epochs: {range: [1, 9], step: 0}", "s.yaml:3:42: training.epochs.step must be a number > 0, got 0"),
    (SPACE + "training.epochs: {range: [1, 9], step: 0.5}", "s.yaml:3:42: training.epochs.step must be an integer, as low and high are, got 0.5"),
    (SPACE + "training.epochs: {range: [1, 9], step: 3}", "s.yaml:3:42: training.epochs.step must divide 8, from 1 to 9, got 3"),
    (SPACE + "training.epochs: {choice: [!x 1]}", "s.yaml:3:30: space.'training.epochs'.choice[0] must be a plain value, got the tag !x"),
    (SPACE + "model.layers[7]: {choice: [5, 6]}", "s.yaml:3:30: model.layers[7] must be one of model.layers[0] to model.layers[3], got [7]"),
    (SPACE + "model.hidden[0]: {choice: [5]}", "s.yaml:3:30: model.hidden[0] must be an item of a list, but model.hidden is null"),
    (SPACE + "model.hidden: {choice: [[5]]}\n  model.layers[1]: {choice: [5]}", "s.yaml:4:30: model.layers[1] cannot be combined with model.hidden; keep one of the two"),
    (SPACE + "training.optimizer.betas: {choice: [[0.9, 0.9]]}", "s.yaml:3:39: training.optimizer.betas is not a known key; known here: name, learning_rate, momentum, nesterov, weight_decay"),
    (SPACE + "training.optimizer.momentum: {range: [0, 0.9]}", "s.yaml:1:1: trials must be an integer >= 1 where sampler is tpe, got null"),
    (SPACE + "training.optimizer.momentum: {range: [0, 0.9]}\nsampler: grid", "s.yaml:3:41: training.optimizer.momentum must have a step, or be a choice, where sampler is grid"),
    ("config: mnist\ntrials: 3\nsampler: random", "s.yaml:1:1: space must have a key that varies where sampler is random, got null"),
    ("config: mnist\nset: {training.epochs: 1}\npruner: median", "s.yaml:3:9: pruner must be none where training.epochs is 1, got 'median'"),
    ("config: fast\npruner: median", "s.yaml:2:9: pruner must be none where data.validation is 0, because it compares accuracy on validation images, got 'median'"),
    (SPACE.replace("mnist", "fast") + "training.epochs: {choice: [1, 2]}\nsampler: tpe\ntrials: 2", "s.yaml:4:10: sampler must be grid or random where data.validation is 0, because tpe learns from validation images, got 'tpe'"),
    (SPACE + "training.epochs: {range: [1, 10000]}\n  training.batch_size: {range: [1, 10000]}\nsampler: grid", "s.yaml:3:3: space must give a grid of at most 10,000 points, got 100,000,000"),
]  # fmt: skip


def read(tmp_path: Path, text: str) -> Sweep:
    """Read a sweep from text."""
    path = tmp_path / "s.yaml"
    path.write_text(text)
    return read_sweep(path)


def problems(tmp_path: Path, text: str) -> list[str]:
    """Return the problems of a sweep, without the folder in front."""
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    return [line.replace(f"{tmp_path}/", "") for line in caught.value.lines]


def test_everything(tmp_path: Path) -> None:
    """Each key of a sweep has its meaning; a range takes all numbers if its key does."""
    space = (
        Range("training.optimizer.learning_rate", 0.003, 0.3, log=True),
        Choice("training.batch_size", (32, 64, 128)),
        Range("model.layers[1]", 32, 100, step=4),
        Range("augmentation.rotation", 0.0, 15.0),
    )
    base = unfitted(overridden("mnist", ["training.epochs=5"]))
    kinds: Any = {"sampler": "tpe", "pruner": "hyperband", "metric": "validation_loss"}
    expected = Sweep(base, space, (0, 1, 2), trials=30, timeout=3600, committee=4, **kinds)
    assert expected == read(tmp_path, FULL)


@pytest.mark.parametrize(("text", "line"), BAD)
def test_bad(tmp_path: Path, text: str, line: str) -> None:
    """A bad sweep is refused with the place in the file, the rule and the value."""
    assert [line] == problems(tmp_path, text)


def test_all_at_once(tmp_path: Path) -> None:
    """Problems of all parts come together, in the order of the file."""
    text = "config: {seed: -1}\nset: {data.name: x}\nspace: {lr: {choice: [1]}}\ntrials: x"
    lines = problems(tmp_path, text)
    assert ["1:16:", "2:18:", "3:9:", "4:9:"] == [line.split(" ")[0][7:] for line in lines]


def test_defaults(tmp_path: Path) -> None:
    """The sampler is grid where there are steps or choices, tpe otherwise; the seed stays."""
    steps = read(tmp_path, SPACE + "training.epochs: {range: [1, 5], step: 2}\nset: {seed: 7}")
    assert ("grid", (7,), None) == (steps.sampler, steps.seeds, steps.trials)
    whole = read(tmp_path, SPACE + "training.epochs: {range: [1, 5]}\ntrials: 3\nseeds: [4, 2]")
    assert ("tpe", (4, 2), 3) == (whole.sampler, whole.seeds, whole.trials)


def test_seed_that_varies(tmp_path: Path) -> None:
    """A seed under space means seeds."""
    sweep = read(tmp_path, SPACE + "seed: {range: [3, 5]}")
    assert ((3, 4, 5), ()) == (sweep.seeds, sweep.space)


def test_configuration_beside_the_sweep(tmp_path: Path) -> None:
    """A path is looked for in the folder of the file first."""
    (tmp_path / "own.yaml").write_text("training: {epochs: 77}")
    assert read(tmp_path, "config: own.yaml").base.training.epochs == 77


def test_key_of_an_optimizer_that_varies(tmp_path: Path) -> None:
    """What is set for each optimizer stays set, although another name drops the keys of the old."""
    text = "training.optimizer.name: {choice: [sgd, adam]}\n"
    sweep = read(tmp_path, SPACE + text + "set: {training.optimizer.learning_rate: 0.02}")
    rates = [sweep.config_at(point, 0).training.optimizer.learning_rate for point in sweep.grid()]
    assert [0.02, 0.02] == rates


@pytest.mark.parametrize(
    ("text", "expected"),
    [(FULL, True), ("space: [", False), ("training: {epochs: 3}", False), ("seeds: 3", True)],
)
def test_kind_of_file(tmp_path: Path, text: str, *, expected: bool) -> None:
    """A sweep is told from a configuration by its keys."""
    (tmp_path / "s.yaml").write_text(text)
    assert expected == is_sweep_file(tmp_path / "s.yaml")
    assert not is_sweep_file(tmp_path)


def test_bad_points(tmp_path: Path) -> None:
    """Of many points that cannot be trained the first ones are shown, with the reason."""
    text = "training.batch_size: {choice: [1, 2]}\n  model.batch_norm: {choice: [true, false]}\n"
    text += "  training.epochs: {range: [1, 7], step: 1}"
    lines = problems(tmp_path, SPACE + text)
    rule = "training.batch_size must be at least 2 where model.batch_norm is true, got 1"
    point = "training.batch_size=1, model.batch_norm=true, training.epochs"
    assert [
        *(f"s.yaml:3:34: {rule}; at the point {point}={epochs}" for epochs in range(1, 6)),
        "s.yaml: 2 more points cannot be trained",
    ] == lines


def test_corners(tmp_path: Path) -> None:
    """Of a search the corners of the space are checked."""
    text = "training.batch_size: {range: [1, 9]}\n  model.batch_norm: {choice: [false, true]}\n"
    lines = problems(tmp_path, SPACE + text + "trials: 3")
    assert len(lines) == 1
    assert lines[0].endswith("; at the point training.batch_size=1, model.batch_norm=true")


DIMENSIONS: st.SearchStrategy[Dimension] = st.one_of(
    st.builds(
        Choice,
        st.just("training.batch_size"),
        st.lists(st.integers(2, 500), min_size=1, max_size=3, unique=True).map(tuple),
    ),
    st.builds(
        Choice,
        st.just("training.optimizer"),
        st.just(({"name": "sgd"}, {"name": "adam", "betas": [0.9, 1e-7]})),
    ),
    st.builds(Range, st.just("training.label_smoothing"), st.floats(0, 0.1), st.floats(0.2, 0.9)),
    st.builds(
        Range, st.just("model.dropout"), st.floats(1e-9, 0.1), st.just(0.5), st.just(value=True)
    ),
    st.just(Range("model.hidden[0]", 8, 64, step=8)),
    st.just(Range("training.epochs", 2, 9)),
)


KEYS = st.sampled_from(
    ["config", "set", "space", "sampler", "pruner", "trials", "timeout", "metric", "seeds", "x"]
)
INNER = st.sampled_from(
    ["seed", "data", "data.mix.x", "model.layers", "model.layers[1]", "training.optimizer", "a..b"]
)
PARTS = st.sampled_from(
    [
        *("1", "x", "mnist", "grid", "tpe", ".nan", "!t 1", "null", "[]", "[1, 2]"),
        *("{choice: [1, 2]}", "{choice: [{a: [1]}, !t 2]}", "{range: [1, 9]}"),
        "{range: [0.0, 1.0e+300], step: 1.0e-300}",
    ]
)
MAPPINGS = st.dictionaries(INNER, PARTS, max_size=3).map(
    lambda parts: "{" + ", ".join(f"{key}: {part}" for key, part in parts.items()) + "}"
)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.dictionaries(KEYS, PARTS | MAPPINGS, max_size=5))
def test_hostile(tmp_path: Path, parts: dict[str, str]) -> None:
    """Whatever is written, it is a sweep or there are problems with it."""
    text = "\n".join(f"{key}: {part}" for key, part in ({"config": "mnist"} | parts).items())
    with suppress(ConfigError):
        sweep = read(tmp_path, text)
        (tmp_path / "again").mkdir(exist_ok=True)
        assert sweep == read(tmp_path / "again", to_yaml(sweep))


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    space=st.lists(DIMENSIONS, max_size=4, unique_by=lambda each: each.key),
    pruner=st.sampled_from(PRUNERS),
    metric=st.sampled_from(METRICS),
    timeout=st.none() | st.floats(1e-3, 1e9),
    seeds=st.lists(st.integers(0, 2**63 - 1), min_size=1, max_size=4, unique=True),
)
def test_round_trip(tmp_path: Path, space: list[Dimension], **kinds: Any) -> None:
    """What is written reads back as the same sweep."""
    base = unfitted(overridden("mnist", ["model.hidden=[20, 30]"]))
    kinds["seeds"] = tuple(kinds["seeds"])
    sampler: Any = "random" if space else "grid"
    sweep = Sweep(base, tuple(space), sampler=sampler, trials=9, **kinds)
    text = to_yaml(sweep)
    assert sweep == read(tmp_path, text)
    assert text == to_yaml(read(tmp_path, text))


@pytest.mark.parametrize(
    ("overrides", "changes", "expected"),
    [
        ([], {"trials": 5, "timeout": 3.0, "seeds": (2, 1, 0)}, None),
        (["output=elsewhere", "data.root=there", "seed=4"], {}, None),
        (["training.epochs=3"], {}, "training.epochs was 12 and is 3 now"),
        ([], {"seeds": (1, 2)}, "seeds had 0 as well"),
        ([], {"sampler": "random"}, "sampler was grid and is random now"),
        ([], {"space": ()}, "training.batch_size varied and does not now"),
        (
            [],
            {"space": (Choice("training.batch_size", (32, 128)),)},
            "training.batch_size was {choice: [32, 64]} and is {choice: [32, 128]} now",
        ),
        (
            [],
            {"space": (Choice("model.dropout", (0,)), Choice("training.batch_size", (32, 64)))},
            "model.dropout did not vary and does now",
        ),
    ],
)
def test_difference(overrides: list[str], changes: dict[str, Any], expected: str | None) -> None:
    """Trials and timeout may change and seeds be added; all else makes another sweep."""
    saved = Sweep(unfitted(overridden("mnist")), (Choice("training.batch_size", (32, 64)),), (0, 1))
    sweep = replace(saved, base=unfitted(overridden("mnist", overrides)), **changes)
    assert expected == difference(saved, sweep)


def test_committee_may_change(tmp_path: Path) -> None:
    """Another committee goes on with the same sweep."""
    one, other = (
        read(tmp_path, f"config: fast\nseeds: 2\n{end}") for end in ("", "committee: all")
    )
    assert (None, "all") == (one.committee, other.committee)
    assert difference(one, other) is None


@pytest.mark.parametrize("name", shipped_sweeps())
def test_shipped(name: str) -> None:
    """Every sweep that is shipped is valid, and begins with what it is for."""
    path = shipped_sweeps()[name]
    assert path.read_text().startswith("# ")
    assert is_sweep_file(path)
    assert read_sweep(path).committee is not None
