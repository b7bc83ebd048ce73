"""Every problem of a configuration, at once."""

from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from mlpcli.config.document import parse_document
from mlpcli.config.overriding import override
from mlpcli.config.validation import validate
from mlpcli.errors import ConfigError
from tests.support.configs import problems

BAD = [
    ("seed: -1", "c.yaml:1:7: seed must be an integer >= 0 and < 9223372036854775808, got -1"),
    ("seed: 1.0", "c.yaml:1:7: seed must be an integer >= 0 and < 9223372036854775808, got 1.0"),
    ("seed: true", "c.yaml:1:7: seed must be an integer >= 0 and < 9223372036854775808, got true"),
    ("threads: 0", "c.yaml:1:10: threads must be auto or an integer >= 1 and <= 1024, got 0"),
    ("threads: all", "c.yaml:1:10: threads must be auto or an integer >= 1 and <= 1024, got 'all'"),
    ("compiled: 1", "c.yaml:1:11: compiled must be auto, true or false, got 1"),
    ("training: 5", "c.yaml:1:11: training must be a mapping of keys such as {epochs: 20}, got 5"),
    ("training: []", "c.yaml:1:11: training must be a mapping of keys such as {epochs: 20}, got []"),
    (
        "training:\n  batch_size: many",
        "c.yaml:2:15: training.batch_size must be an integer >= 1, got 'many'",
    ),
    (
        "training:\n  epohcs: 5",
        "c.yaml:2:3: training.epohcs is not a known key; did you mean training.epochs?",
    ),
    ("modle: {}", "c.yaml:1:1: modle is not a known key; did you mean model?"),
    ("model: {layers: [784]}", "c.yaml:1:17: model.layers must be a list of 2 to 64, each an integer >= 1 and <= 65536 or one of input, classes, got [784]"),
    ("model: {layers: [784, x]}", "c.yaml:1:23: model.layers[1] must be an integer >= 1 and <= 65536 or one of input, classes, got 'x'"),
    ("model: {layers: [x]}", "c.yaml:1:18: model.layers[0] must be an integer >= 1 and <= 65536 or one of input, classes, got 'x'"),
    (
        "model: {activation: rleu}",
        "c.yaml:1:21: model.activation must be one of sigmoid, tanh, relu, leaky-relu, gelu, "
        "got 'rleu'; did you mean relu?",
    ),
    ("training: {label_smoothing: 1}", "c.yaml:1:29: training.label_smoothing must be a number >= 0 and < 1, got 1"),
    ("training: {gradient_clip: .nan}", "c.yaml:1:27: training.gradient_clip must be a number > 0 or null, got nan"),
    (
        "training: {optimizer: {name: adagrad, betas: [1]}}",
        "c.yaml:1:30: training.optimizer.name must be one of sgd, adam, adamw, got 'adagrad'",
    ),
    (
        "training: {optimizer: sgd}",
        "c.yaml:1:23: training.optimizer must be a mapping such as {name: sgd} (or adam, adamw), "
        "got 'sgd'",
    ),
    (
        "training: {optimizer: {name: adam, momentum: 0.9}}",
        "c.yaml:1:36: training.optimizer.momentum is not a known key; known here: "
        "name, learning_rate, betas, epsilon, weight_decay",
    ),
    (
        "training: {optimizer: {name: adam, betas: [0.9, 1.0]}}",
        "c.yaml:1:49: training.optimizer.betas[1] must be a number >= 0 and < 1, got 1.0",
    ),
    (
        "training: {optimizer: {name: adam, betas: [0.9]}}",
        "c.yaml:1:43: training.optimizer.betas must be a list of 2 numbers >= 0 and < 1, got [0.9]",
    ),
    (
        "model: {layers: [784, 20, 20, 10], dropout: [0.1]}",
        "c.yaml:1:45: model.dropout must be a number or a list of 2, one for each hidden layer, got [0.1]",
    ),
    (
        "model: {layers: [784, 10], dropout: 0.1}",
        "c.yaml:1:37: model.dropout must be 0 where model.layers has no hidden layer, got 0.1",
    ),
    (
        "model: {layers: [784, 10], batch_norm: true}",
        "c.yaml:1:40: model.batch_norm must be false where model.layers has no hidden layer, "
        "got true",
    ),
    (
        "model: {layers: [784, x, 10], dropout: [0.1, 0.1]}",
        "c.yaml:1:23: model.layers[1] must be an integer >= 1 and <= 65536 or one of input, classes, got 'x'",
    ),
    (
        "model: {layers: [784, input, 20, 10]}",
        "c.yaml:1:23: model.layers[1] must be an integer, because only the first may be input, got 'input'",
    ),
    (
        "model: {layers: [classes, 20, 10]}",
        "c.yaml:1:18: model.layers[0] must be an integer, because only the last may be classes, got 'classes'",
    ),
    ("model: {hidden: [20, input]}", "c.yaml:1:22: model.hidden[1] must be an integer >= 1 and <= 65536, got 'input'"),
    ("model: {hidden: 20}", "c.yaml:1:17: model.hidden must be a list of 0 to 62 integers >= 1 and <= 65536 or null, got 20"),
    (
        "model: {layers: [784, 20, 10], hidden: [20]}",
        "c.yaml:1:40: model.hidden cannot be combined with model.layers; keep one of the two",
    ),
    ("model: {hidden: [], dropout: 0.1}", "c.yaml:1:30: model.dropout must be 0 where model.hidden has no hidden layer, got 0.1"),
    (
        "data: {path: x}\nmodel: {hidden: [20, 20], dropout: [0.1]}",
        "c.yaml:2:36: model.dropout must be a number or a list of 2, one for each hidden layer, got [0.1]",
    ),
    (
        "data: {path: x}\nmodel: {hidden: [65536, 65536]}",
        "c.yaml:2:17: model.hidden must give at most 500,000,000 weights, got 4,347,002,880",
    ),
    ("data: {mix: {mnist: 0}}", "c.yaml:1:21: data.mix.mnist must be a number > 0, got 0"),
    ("data: {mix: {}}", "c.yaml:1:13: data.mix must be a mapping of names or paths, each with a number > 0 or null, got {}"),
    ("data: {mix: [mnist]}", "c.yaml:1:13: data.mix must be a mapping of names or paths, each with a number > 0 or null, got ['mnist']"),
    (
        "data: {name: mnist, mix: {mnist: 1}}",
        "c.yaml:1:26: data.mix cannot be combined with data.name; keep one of the two",
    ),
    (
        "data: {path: x, mix: {mnist: 1}}",
        "c.yaml:1:22: data.mix cannot be combined with data.path; keep one of the two",
    ),
    ("data: {mix: {mnist: 1, synthetic: 1}, train: 9}", "c.yaml:1:39: data.train is only for data.name synthetic; remove it"),
    ("data: {validation: half}", "c.yaml:1:20: data.validation must be auto or an integer >= 0, got 'half'"),
    (
        "model: {dropout: [0.1, 2]}",
        "c.yaml:1:18: model.dropout must be a number >= 0 and < 1 or a list of 1 to 62 numbers "
        ">= 0 and < 1, got [0.1, 2]",
    ),
    (
        "model: {batch_norm: true}\ntraining: {batch_size: 1}",
        "c.yaml:2:24: training.batch_size must be at least 2 where model.batch_norm is true, got 1",
    ),
    (
        "training: {early_stopping: 5}",
        "c.yaml:1:28: training.early_stopping must be a mapping of keys such as {patience: 5} or null, got 5",
    ),
    (
        "data: {validation: 0}\ntraining: {early_stopping: {patience: 5}}",
        "c.yaml:2:28: training.early_stopping must be null where data.validation is 0, "
        "got {patience: 5}",
    ),
    (
        "training: {early_stopping: {metric: error}}",
        "c.yaml:1:37: training.early_stopping.metric must be one of accuracy, loss, got 'error'",
    ),
    (
        "training: {early_stopping: {min_delta: -0.1}}",
        "c.yaml:1:40: training.early_stopping.min_delta must be a number >= 0, got -0.1",
    ),
    (
        "training: {early_stopping: {delta: 1}}",
        "c.yaml:1:29: training.early_stopping.delta is not a known key; did you mean training.early_stopping.min_delta?",
    ),
    (
        "training: {early_stopping: {x: 1}}",
        "c.yaml:1:29: training.early_stopping.x is not a known key; known here: patience, metric, min_delta",
    ),
    (
        "training:\n  class_weights: balance",
        "c.yaml:2:18: training.class_weights must be balanced or a list of 1 to 65536 numbers >= 0 and <= 1000000 or null, got 'balance'; did you mean balanced?",
    ),
    (
        "model: {layers: [784, 3]}\ntraining: {class_weights: [1, -2, 1]}",
        "c.yaml:2:27: training.class_weights must be balanced or a list of 1 to 65536 numbers >= 0 and <= 1000000 or null, got [1, -2, 1]",
    ),
    (
        "model: {layers: [784, 3]}\ntraining: {class_weights: [1, 2]}",
        "c.yaml:2:27: training.class_weights must be balanced or a list of 3, one for each class, got [1, 2]",
    ),
    (
        "model: {layers: [784, 3]}\ntraining: {class_weights: [0, 0, 0.0]}",
        "c.yaml:2:27: training.class_weights must have a number > 0, got [0, 0, 0.0]",
    ),
    (
        "model: {layers: [784, x]}\ntraining: {class_weights: [1]}",
        "c.yaml:1:23: model.layers[1] must be an integer >= 1 and <= 65536 or one of input, classes, got 'x'",
    ),
    (
        "data: {view: deslant}",
        "c.yaml:1:14: data.view must be a mapping of keys such as {deslant: false} or null, got 'deslant'",
    ),
    (
        "data:\n  view: {width: 7}",
        "c.yaml:2:17: data.view.width must be an integer >= 8 and <= 20 or null, got 7",
    ),
    (
        "data: {view: {width: 12.5}}",
        "c.yaml:1:22: data.view.width must be an integer >= 8 and <= 20 or null, got 12.5",
    ),
    (
        "data: {view: {wide: 3}}",
        "c.yaml:1:15: data.view.wide is not a known key; known here: deslant, width",
    ),
    (
        "data: {name: mnist, path: x.npz}",
        "c.yaml:1:27: data.path cannot be combined with data.name; keep one of the two",
    ),
    ("seed: 1\nseed: 2", "c.yaml:2:1: seed is given twice, first on line 1; keep one"),
    ("seed: !!python/name:os.system x", "c.yaml:1:7: seed must be a plain value, got the tag tag:yaml.org,2002:python/name:os.system"),
    ("seed: !!int 5", "c.yaml:1:7: seed must be a plain value, got the tag tag:yaml.org,2002:int"),
    ("seed: !!str 5", "c.yaml:1:7: seed must be a plain value, got the tag tag:yaml.org,2002:str"),
    ("? [a]\n: 1", "c.yaml:1:3: 'a list' is not a known key; known here: seed, data, model, training, augmentation, threads, compiled, output"),
    ('"": 1', "c.yaml:1:1: '' is not a known key; known here: seed, data, model, training, augmentation, threads, compiled, output"),
    ('"a\\nb": 1', "c.yaml:1:1: 'a\\nb' is not a known key; known here: seed, data, model, training, augmentation, threads, compiled, output"),
    ("epochs: 5", "c.yaml:1:1: epochs is not a known key; did you mean training.epochs?"),
    ("lr: 1", "c.yaml:1:1: lr is not a known key; did you mean training.optimizer.learning_rate?"),
    ("training: {learning_rate: 1}", "c.yaml:1:12: training.learning_rate is not a known key; did you mean training.optimizer.learning_rate?"),
    ("training: {optimizer: {lr: 1}}", "c.yaml:1:24: training.optimizer.lr is not a known key; did you mean training.optimizer.learning_rate?"),
    ("model: {hidden_layers: [30]}", "c.yaml:1:9: model.hidden_layers is not a known key; did you mean model.hidden?"),
    ("optimizer: {lr: 1}", "c.yaml:1:1: optimizer is not a known key; did you mean training.optimizer?"),
    ("Momentum: 0", "c.yaml:1:1: Momentum is not a known key; did you mean training.optimizer.momentum?"),
    ("name: adam", "c.yaml:1:1: name is not a known key; did you mean data.name or training.optimizer.name or training.schedule.name?"),
    ("model: {activation: Relu}", "c.yaml:1:21: model.activation must be one of sigmoid, tanh, relu, leaky-relu, gelu, got 'Relu'; did you mean relu?"),
    ("model: {activation: softplus}", "c.yaml:1:21: model.activation must be one of sigmoid, tanh, relu, leaky-relu, gelu, got 'softplus'"),
    ("model: {batch_norm: ture}", "c.yaml:1:21: model.batch_norm must be true or false, got 'ture'; did you mean true?"),
    ("threads: Auto", "c.yaml:1:10: threads must be auto or an integer >= 1 and <= 1024, got 'Auto'; did you mean auto?"),
    ("training: {schedule: {name: onecycle}}", "c.yaml:1:29: training.schedule.name must be one of constant, step, cosine, one-cycle, got 'onecycle'; did you mean one-cycle?"),
    ("data: {path: ''}", "c.yaml:1:14: data.path must be a non-empty path without NUL or null, got ''"),
    ('output: "a\\0b"', "c.yaml:1:9: output must be a non-empty path without NUL, got 'a\\x00b'"),
    ("training:\n\tepochs: 5", "c.yaml:2:1: not valid YAML, found character '\\t' that cannot start any token; indent with spaces"),
    ("- 1", "c.yaml:1:1: the file must be a mapping of keys, got a list"),
    ("a: [1", "c.yaml:1:6: not valid YAML, expected ',' or ']', but got '<stream end>'"),
    ("a: b: c", "c.yaml:1:5: not valid YAML, mapping values are not allowed here"),
    ("seed: \0", "c.yaml:1:7: not valid YAML, got the character '\\x00'"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), BAD)
def test_message(tmp_path: Path, text: str, expected: str) -> None:
    """A mistake gives one line with its place, the rule and what was found."""
    assert [expected] == problems(tmp_path, text)


def test_every_problem_in_one_pass(tmp_path: Path) -> None:
    """Several mistakes give as many lines, in the order of the file, each once."""
    text = """\
seed: zero
data: {validation: 0}
model:
  layers: [784, 0, ten]
training:
  epohcs: 5
  batch_size: 0
  optimizer: {learning_rate: fast}
  schedule: {name: cosine, warmup: 0.1}
  early_stopping: {patience: 3}
"""
    places = [line.split(" ")[0:2] for line in problems(tmp_path, text)]
    assert [
        ["c.yaml:1:7:", "seed"],
        ["c.yaml:4:17:", "model.layers[1]"],
        ["c.yaml:4:20:", "model.layers[2]"],
        ["c.yaml:6:3:", "training.epohcs"],
        ["c.yaml:7:15:", "training.batch_size"],
        ["c.yaml:8:30:", "training.optimizer.learning_rate"],
        ["c.yaml:9:28:", "training.schedule.warmup"],
        ["c.yaml:10:19:", "training.early_stopping"],
    ] == places


WORDS = st.sampled_from(
    [
        "seed",
        "data",
        "model",
        "training",
        "optimizer",
        "schedule",
        "name",
        "path",
        "layers",
        "betas",
        "every",
        "warmup",
        "epochs",
        "validation",
        "early_stopping",
        "patience",
        "sgd",
        "adam",
        "step",
        "cosine",
        "relu",
        "x",
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 900) | st.floats() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)


@example({"training": {"optimizer": {"sgd": None, "seed": None}}}, [])
@given(st.dictionaries(WORDS, VALUES), st.lists(st.tuples(WORDS, WORDS, VALUES), max_size=2))
def test_anything(values: object, overrides: list[tuple[str, str, object]]) -> None:
    """Any text in a file or a --set gives a configuration or clear lines."""
    document = parse_document(yaml.safe_dump(values), "c.yaml")
    lines: tuple[str, ...] = ()
    try:
        for section, key, value in overrides:
            override(document, f"{section}.{key}={yaml.safe_dump(value, default_flow_style=True)}")
        validate(document)
    except ConfigError as error:
        lines = error.lines
    assert len(lines) == len(set(lines))
    assert all(line.startswith(("c.yaml:", "--set ")) for line in lines)


def test_siblings_of_a_wrong_name(tmp_path: Path) -> None:
    """With a wrong name of an optimizer, keys that no optimizer has are reported as well."""
    text = "training: {optimizer: {name: smg, learnig_rate: 1, betas: 3}}"
    assert [
        "c.yaml:1:30: training.optimizer.name must be one of sgd, adam, adamw, got 'smg'",
        "c.yaml:1:35: training.optimizer.learnig_rate is not a known key; "
        "did you mean training.optimizer.learning_rate?",
    ] == problems(tmp_path, text)
