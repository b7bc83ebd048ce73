"""Configurations: reading, overriding, and every problem at once."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from mlpcli.config import (
    Config,
    load_config,
    plain,
    schema_text,
    shipped_configs,
    starter_text,
    to_yaml,
    with_absolute_paths,
)
from mlpcli.config.document import parse_document
from mlpcli.config.loading import override
from mlpcli.config.schema import AdamConfig, SgdConfig
from mlpcli.config.validation import validate
from mlpcli.errors import ConfigError
from tests.conftest import Mlp


@pytest.fixture(autouse=True)
def _no_data_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLP_DATA", raising=False)


def load(tmp_path: Path, text: str, *overrides: str) -> Config:
    """Load a configuration from text."""
    path = tmp_path / "c.yaml"
    path.write_text(text)
    return load_config(str(path), overrides)


def problems(tmp_path: Path, text: str, *overrides: str) -> list[str]:
    """Return the problems of a configuration, without the folder in front."""
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text, *overrides)
    assert caught.value.exit_code == 2
    return [line.replace(f"{tmp_path}/", "") for line in caught.value.problems]


BAD = [
    ("seed: -1", "c.yaml:1:7: seed must be an integer >= 0 and < 9223372036854775808, got -1"),
    ("seed: 1.0", "c.yaml:1:7: seed must be an integer >= 0 and < 9223372036854775808, got 1.0"),
    ("seed: true", "c.yaml:1:7: seed must be an integer >= 0 and < 9223372036854775808, got true"),
    ("threads: 0", "c.yaml:1:10: threads must be auto or an integer >= 1 and <= 1024, got 0"),
    ("threads: all", "c.yaml:1:10: threads must be auto or an integer >= 1 and <= 1024, got 'all'"),
    ("training: 5", "c.yaml:1:11: training must be a mapping of keys, got 5"),
    ("training: []", "c.yaml:1:11: training must be a mapping of keys, got []"),
    (
        "training:\n  batch_size: many",
        "c.yaml:2:15: training.batch_size must be an integer >= 1, got 'many'",
    ),
    (
        "training:\n  epohcs: 5",
        "c.yaml:2:3: training.epohcs is not a known key; did you mean training.epochs?",
    ),
    ("modle: {}", "c.yaml:1:1: modle is not a known key; did you mean model?"),
    ("model: {layers: [784]}", "c.yaml:1:17: model.layers must be a list of 2 to 64 integers >= 1 and <= 65536, got [784]"),
    ("model: {layers: [784, x]}", "c.yaml:1:23: model.layers[1] must be an integer >= 1 and <= 65536, got 'x'"),
    ("model: {layers: [x]}", "c.yaml:1:18: model.layers[0] must be an integer >= 1 and <= 65536, got 'x'"),
    (
        "model: {activation: rleu}",
        "c.yaml:1:21: model.activation must be one of sigmoid, tanh, relu, leaky-relu, gelu, "
        "got 'rleu'",
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
        "c.yaml:1:23: model.layers[1] must be an integer >= 1 and <= 65536, got 'x'",
    ),
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
        "c.yaml:1:28: training.early_stopping must be a mapping of keys or null, got 5",
    ),
    (
        "data: {validation: 0}\ntraining: {early_stopping: {patience: 5}}",
        "c.yaml:2:28: training.early_stopping must be null where data.validation is 0, "
        "got {patience: 5}",
    ),
    (
        "data: {name: mnist, path: x.npz}",
        "c.yaml:1:27: data.path must not stand beside data.name; keep one of the two",
    ),
    ("seed: 1\nseed: 2", "c.yaml:2:1: seed is given twice, first on line 1; keep one"),
    ("seed: !!python/name:os.system x", "c.yaml:1:7: seed must be a plain value, got the tag tag:yaml.org,2002:python/name:os.system"),
    ("seed: !!int 5", "c.yaml:1:7: seed must be a plain value, got the tag tag:yaml.org,2002:int"),
    ("seed: !!str 5", "c.yaml:1:7: seed must be a plain value, got the tag tag:yaml.org,2002:str"),
    ("? [a]\n: 1", "c.yaml:1:3: 'a list' is not a known key; known here: seed, data, model, training, augmentation, threads, output"),
    ('"": 1', "c.yaml:1:1: '' is not a known key; known here: seed, data, model, training, augmentation, threads, output"),
    ('"a\\nb": 1', "c.yaml:1:1: 'a\\nb' is not a known key; known here: seed, data, model, training, augmentation, threads, output"),
    ("epochs: 5", "c.yaml:1:1: epochs is not a known key; did you mean training.epochs?"),
    ("data: {path: ''}", "c.yaml:1:14: data.path must be a path without NUL that is not empty or null, got ''"),
    ('output: "a\\0b"', "c.yaml:1:9: output must be a path without NUL that is not empty, got 'a\\x00b'"),
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
        lines = error.problems
    assert len(lines) == len(set(lines))
    assert all(line.startswith(("c.yaml:", "--set ")) for line in lines)


@pytest.mark.parametrize(("keys", "last"), [(101, "1 more problem"), (150, "50 more problems")])
def test_very_many_problems(tmp_path: Path, keys: int, last: str) -> None:
    """Of very many problems a hundred are shown, and the others counted."""
    lines = problems(tmp_path, "\n".join(f"key{number}: 1" for number in range(keys)))
    assert 101 == len(lines)
    assert f"c.yaml: {last}" == lines[-1]


def test_empty_file(tmp_path: Path) -> None:
    """An empty file means the defaults."""
    assert Config() == load(tmp_path, "")


@pytest.mark.parametrize("text", ["1e-3", "1E-3", "0.001", ".001", "1.0e-3", "+1e-03"])
def test_numbers(tmp_path: Path, text: str) -> None:
    """Every usual way to write a number is one."""
    config = load(tmp_path, f"training: {{optimizer: {{learning_rate: {text}}}}}")
    assert config.training.optimizer.learning_rate == 0.001


def test_words_are_not_booleans(tmp_path: Path) -> None:
    """`no` and `on` are words, and `010` is ten."""
    assert "no" == load(tmp_path, "output: no").output
    assert load(tmp_path, "seed: 010").seed == 10


def test_aliases_do_not_explode(tmp_path: Path) -> None:
    """A small file of nested aliases is refused at once."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert "too many values" in problems(tmp_path, "\n".join(lines))[0]


@pytest.mark.parametrize("text", ["a: &a [*a]", "[" * 2000, "{a: " * 2000])
def test_deep_nesting(tmp_path: Path, text: str) -> None:
    """Endless nesting gives one clear line."""
    assert 1 == len(problems(tmp_path, text))


def test_unreadable(tmp_path: Path) -> None:
    """A file that is not text, or not a file, gives one clear line."""
    for encoding in "utf-8", "utf-8-sig":
        (tmp_path / "c.yaml").write_bytes("# ä\nseed: ä".encode(encoding) + b"\xff")
        with pytest.raises(ConfigError, match=r"c.yaml:2:8: not UTF-8 text, got the byte 0xff"):
            load_config(str(tmp_path / "c.yaml"))
    with pytest.raises(ConfigError, match=r"nor a shipped configuration; shipped ones: .*mnist"):
        load_config("absent")
    with pytest.raises(ConfigError, match="a configuration is a file, got a folder"):
        load_config(str(tmp_path))


def test_override(tmp_path: Path) -> None:
    """--set wins over the file, later ones over earlier ones, with values read as YAML."""
    config = load(
        tmp_path,
        "training: {epochs: 3, optimizer: {momentum: 0.5}}",
        "training.epochs=4",
        "training.epochs=5",
        "model.layers=[784, 10]",
        "training.optimizer.learning_rate=1e-2",
        "training.early_stopping.patience=2",
    )
    assert config.training.epochs == 5
    assert (784, 10) == config.model.layers
    assert (0.5, 0.01) == (
        getattr(config.training.optimizer, "momentum", None),
        config.training.optimizer.learning_rate,
    )
    assert config.training.early_stopping is not None


def test_overrides_and_file_in_one_pass(tmp_path: Path) -> None:
    """Mistakes in several --set and in the file are all reported together."""
    overrides = ["data={validation: 1, validation: 2}", "training.epochs=!!int 5", "seed=x"]
    lines = problems(tmp_path, "output: 3", *overrides)
    assert [
        "--set data.validation:",
        "--set seed:",
        "--set training.epochs:",
        "c.yaml:1:9: output",
    ] == [" ".join(line.split(" ")[:2]) for line in lines]


def test_override_of_a_mapping(tmp_path: Path) -> None:
    """A mapping as value replaces the whole section."""
    config = load(
        tmp_path,
        "training: {optimizer: {momentum: 0.5}}",
        "training.optimizer={name: adam, betas: [0.8, 0.9]}",
    )
    assert AdamConfig(name="adam", betas=(0.8, 0.9)) == config.training.optimizer


def test_override_of_a_rival(tmp_path: Path) -> None:
    """Setting data.path drops the file's data.name, and the other way round."""
    assert load(tmp_path, "data: {name: kmnist}", "data.path=x.npz").data.path == "x.npz"
    assert load(tmp_path, "data: {path: x.npz}", "data.name=kmnist").data.path is None


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("training.epohcs=5", "--set training.epohcs: not a known key; did you mean training.epochs?"),
        ("training.epochs=x", "--set training.epochs: must be an integer >= 1 and <= 10000, got 'x'"),
        ("training.optimizer={lr: 1}", "--set training.optimizer.lr: not a known key; known here: name, learning_rate, momentum, nesterov, weight_decay"),
        ("training", "--set training: must be KEY=VALUE, e.g. training.epochs=5"),
        ("training.epochs=[1", "--set training.epochs:1:3: not valid YAML, expected ',' or ']', but got '<stream end>'"),
        ("training.epochs=!!int 5", "--set training.epochs: must be a plain value, got the tag tag:yaml.org,2002:int"),
        ("epochs=5", "--set epochs: not a known key; did you mean training.epochs?"),
        ("data={validation: 1, validation: 2}", "--set data.validation: given twice; keep one"),
    ],
)  # fmt: skip
def test_override_message(tmp_path: Path, override: str, expected: str) -> None:
    """A mistake in --set is named by its key."""
    assert [expected] == problems(tmp_path, "", override)


def test_override_of_a_choice(tmp_path: Path) -> None:
    """Another optimizer by name drops the keys of the old one, the same name keeps them."""
    text = "training: {optimizer: {momentum: 0.5, learning_rate: 3}}"
    other = load(tmp_path, text, "training.optimizer.name=adam", "training.optimizer.epsilon=1e-6")
    assert AdamConfig(name="adam", epsilon=1e-6) == other.training.optimizer
    same = load(tmp_path, text, "training.optimizer.name=sgd")
    assert SgdConfig(momentum=0.5, learning_rate=3) == same.training.optimizer


def test_empty_section(tmp_path: Path) -> None:
    """A section whose keys are all deleted means its defaults."""
    assert Config() == load(tmp_path, "data:\nmodel:\ntraining:\n  # epochs: 3\n")


def test_siblings_of_a_wrong_name(tmp_path: Path) -> None:
    """With a wrong name of an optimizer, keys that no optimizer has are reported as well."""
    text = "training: {optimizer: {name: smg, learnig_rate: 1, betas: 3}}"
    assert [
        "c.yaml:1:30: training.optimizer.name must be one of sgd, adam, adamw, got 'smg'",
        "c.yaml:1:35: training.optimizer.learnig_rate is not a known key; "
        "did you mean training.optimizer.learning_rate?",
    ] == problems(tmp_path, text)


@pytest.mark.parametrize("folder", ["1e5", "true", "null", "007", "a: b", "ä", "x #y", "no"])
def test_shown_text_stays_text(tmp_path: Path, folder: str) -> None:
    """What `config show` prints reads back as the same, whatever the folders are called."""
    config = Config(output=folder)
    assert config == load(tmp_path, to_yaml(config))


def test_data_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """MLP_DATA overrides data.root."""
    assert "here" == load(tmp_path, "data: {root: here}").data.root
    monkeypatch.setenv("MLP_DATA", "there")
    assert "there" == load(tmp_path, "data: {root: here}").data.root


@pytest.mark.parametrize("path", ["~", "~/one/two"])
def test_home_directories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    """A ~ that begins a path of a file, of --set or of MLP_DATA is the user's home directory."""
    monkeypatch.setenv("HOME", str(tmp_path))
    home = os.path.expanduser(path)  # noqa: PTH111  # what a shell makes of it
    assert home.startswith(str(tmp_path))
    text = f"data: {{root: '{path}', path: '{path}'}}\noutput: '{path}'"
    config = load(tmp_path, text)
    assert (home, home, home) == (config.data.root, config.data.path, config.output)
    assert home == load(tmp_path, "", f"output='{path}'").output
    monkeypatch.setenv("MLP_DATA", path)
    assert home == load(tmp_path, "").data.root
    saved = with_absolute_paths(config)
    assert "~" not in to_yaml(saved)
    monkeypatch.setenv("HOME", "/elsewhere")
    assert (home, home) == (saved.data.path, load(tmp_path, to_yaml(saved)).output)


def test_home_directory_of_another_user(tmp_path: Path) -> None:
    """~user is the home directory of that user."""
    users = pytest.importorskip("pwd", reason="the system has no list of users")
    root = users.getpwuid(0)
    assert root.pw_dir + "/runs" == load(tmp_path, f"output: ~{root.pw_name}/runs").output


@pytest.mark.parametrize("path", ["./~/runs", "a/~", "a~"])
def test_names_with_a_tilde(tmp_path: Path, path: str) -> None:
    """A ~ anywhere but at the beginning is part of a name."""
    assert path == load(tmp_path, f"output: {path}").output


NOBODY = (
    "must begin with an existing home directory, got '~no-such-user'; for a folder of that "
    "name put ./ before it"
)


def test_home_directory_of_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown user is reported with the place of the path, and what to do."""
    text = "output: ~no-such-user/runs\ndata: {root: ~no-such-user, path: ~no-such-user/x}"
    expected = [
        f"c.yaml:1:9: output {NOBODY}",
        f"c.yaml:2:14: data.root {NOBODY}",
        f"c.yaml:2:35: data.path {NOBODY}",
    ]
    assert expected == problems(tmp_path, text)
    assert [f"--set output: {NOBODY}"] == problems(tmp_path, "", "output=~no-such-user")
    monkeypatch.setenv("MLP_DATA", "~no-such-user")
    assert [f"MLP_DATA: {NOBODY}"] == problems(tmp_path, "")


ASCII = {
    "LC_ALL": "C",
    "PYTHONUTF8": "0",
    "PYTHONCOERCECLOCALE": "0",
    "PYTHONIOENCODING": "utf-8",  # of messages, not of names
}


def test_text_that_the_system_cannot_encode(tmp_path: Path) -> None:
    """A path that this system cannot encode is refused with its place."""
    (tmp_path / "c.yaml").write_text("data: {path: 'ä'}\noutput: 'ä'", "utf-8")
    result = subprocess.run(
        [sys.executable, "-m", "mlpcli", "train", "--config", "c.yaml"],
        cwd=tmp_path,
        env=os.environ | ASCII,
        check=False,
        capture_output=True,
        encoding="utf-8",
    )
    message = "must be a path in this system's encoding, ascii, got 'ä'"
    expected = [f"c.yaml:1:14: data.path {message}", f"c.yaml:2:9: output {message}"]
    assert (2, expected) == (result.returncode, result.stderr.splitlines())


def test_saved_copy(tmp_path: Path) -> None:
    """The YAML of a resolved configuration reads back as the same, with absolute paths."""
    text = "data: {path: x.npz}\ntraining: {optimizer: {name: adam}, schedule: {name: one-cycle}}"
    config = with_absolute_paths(load(tmp_path, text))
    assert str(Path("x.npz").absolute()) == config.data.path
    assert config == load(tmp_path, to_yaml(config))
    assert "name" not in plain(config)["data"]


def test_starter_means_the_defaults(tmp_path: Path) -> None:
    """The starter file holds every key, commented, and means the defaults."""
    text = starter_text()
    assert Config() == load(tmp_path, text)
    uncommented = yaml.safe_load(text)
    for section in ("data", "model", "training"):
        keys = type(getattr(Config(), section)).model_fields.keys()
        assert keys - {"path", "train", "test"} == uncommented[section].keys()


def test_schema_is_json() -> None:
    """The JSON Schema names every section and closes them to unknown keys."""
    schema = json.loads(schema_text())
    assert set(Config.model_fields) == set(schema["properties"])
    assert all(part["additionalProperties"] is False for part in schema["$defs"].values())


@pytest.mark.parametrize("name", shipped_configs())
def test_shipped(name: str) -> None:
    """Every shipped configuration is valid, and its header says what it reaches."""
    load_config(name)
    header = shipped_configs()[name].read_text().split("\n\n")[0]
    assert header.startswith("# ")
    assert "test accuracy" in header


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="the system does not name descriptors")
@pytest.mark.parametrize("command", ["train", "config show", "gradcheck"])
def test_piped(mlp: Mlp, config_file: Path, tmp_path: Path, command: str) -> None:
    """What a shell makes of <(a command) is read, and its run is called config."""
    reading, writing = os.pipe()
    with open(writing, "wb") as pipe:  # noqa: PTH123  # a descriptor
        pipe.write(config_file.read_bytes())
    option = [] if command == "config show" else ["--config"]
    result = mlp(*command.split(), *option, f"/dev/fd/{reading}")
    os.close(reading)
    assert 0 == result.exit_code, result.output
    assert (["config"] if command == "train" else []) == [
        path.name for path in (tmp_path / "runs").glob("*")
    ]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_named_pipe(mlp: Mlp, tmp_path: Path) -> None:
    """A named pipe is refused as a pipe, without waiting for it."""
    os.mkfifo(tmp_path / "my.yaml")
    (tmp_path / "link.yaml").symlink_to("my.yaml")
    for name in ("my.yaml", "link.yaml"):
        result = mlp("config", "show", name)
        assert 2 == result.exit_code
        message = f"{name}: a configuration is a file, got a pipe; shipped ones: "
        assert result.stderr.startswith(message)
