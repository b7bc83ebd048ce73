"""A file or the name of a shipped configuration, plus overrides → `Config`."""

from collections.abc import Callable, Sequence
from pathlib import Path
from shlex import quote
from typing import Any

import yaml

from mlpcli.config.consistency import DRAWN_KEYS, OWN_KEYS
from mlpcli.config.core import CoreLoader
from mlpcli.config.data import DRAWN, NAMES, DataConfig
from mlpcli.config.document import (
    Document,
    Key,
    Place,
    parse_document,
    read_document,
    read_override,
)
from mlpcli.config.fitting import fitted_by_name
from mlpcli.config.schema import Config, ConstantSchedule, ModelConfig, SgdConfig
from mlpcli.config.validation import validate
from mlpcli.config.written import Written
from mlpcli.errors import ConfigError
from mlpcli.utils.escaping import first_line
from mlpcli.utils.files import is_shell_pipe, kind_of
from mlpcli.utils.homes import path_variable, with_home
from mlpcli.utils.names import guess

# setting one of these drops its rivals
_RIVALS = [
    {("data", "name"), ("data", "path"), ("data", "mix")},
    {("model", "layers"), ("model", "hidden")},
]
# setting one of these to another name drops the keys that belonged to the old one
_CHOICES: dict[Key, str] = {
    ("training", "optimizer", "name"): SgdConfig().name,
    ("training", "schedule", "name"): ConstantSchedule().name,
}


class _CoreDumper(yaml.SafeDumper):
    """Quotes text that the reader would take for something else."""

    yaml_implicit_resolvers = CoreLoader.yaml_implicit_resolvers


def load_config(name: str | Path, overrides: Sequence[str] = ()) -> Config:
    """Read and validate a configuration.

    Args:
        name: the path of a YAML file, or the name of a shipped configuration such as `mnist`.
        overrides: `KEY=VALUE` with a dotted key and a YAML value; later ones win.

    Returns:
        The configuration, with the data root from MLP_DATA if that is set, with home directories
        in place of ~ and ~user, and with integers for all sizes unless the data are of one's own.

    Raises:
        ConfigError: one line for each problem.
    """
    document = read_document(find_config(str(name)))
    for text in overrides:
        override(document, text)
    return _resolved(validate(document)).written_as(Written(document))


def checked(config: Config) -> Config:
    """Return a configuration that was built in Python as if it had been read from a file.

    Raises:
        ConfigError: keys do not go together, one line for each problem.
    """
    document = parse_document(to_yaml(config), "config")
    document.places = {(): Place(0, 0, "config")}  # it has no lines
    return _resolved(validate(document)).written_as(config.written)


def _resolved(config: Config) -> Config:
    """Return a copy with the sizes of named data, homes in place of ~, and MLP_DATA as root."""
    config = fitted_by_name(config)
    config = _with_paths(config, lambda _key, path: with_home(path))
    data = config.data.model_copy(update={"root": data_root(config.data.root)})
    return config.model_copy(update={"data": data})


def load_extended(name: str, overrides: Sequence[str]) -> Config:
    """Read the configuration of a run to resume, in which only the epochs may change.

    Raises:
        ConfigError: as for `load_config`, or an override would make it another run.
    """
    began, config = load_config(name), load_config(name, overrides)
    training = began.training.model_copy(update={"epochs": config.training.epochs})
    if config != began.model_copy(update={"training": training}):
        raise ConfigError(
            "--set: only training.epochs may change in a run that is resumed; for another run that "
            "begins with its weights: mlp train --config FILE --from WEIGHTS"
        )
    return config


def data_root(configured: str = DataConfig().root) -> str:
    """Return the folder that data sets are looked for in: MLP_DATA, or the configured one.

    Raises:
        ConfigError: MLP_DATA begins with a home directory that does not exist.
    """
    return path_variable("MLP_DATA") or configured


def with_absolute_paths(config: Config) -> Config:
    """Return a copy whose paths no longer depend on the working directory.

    Raises:
        ConfigError: one cannot be written in a configuration, which is text.
    """
    return _with_paths(config, _absolute)


def _with_paths(config: Config, change: Callable[[str, str], str]) -> Config:
    """Return a copy in which `change(key, path)` takes the place of each path."""
    data: dict[str, object] = {"root": change("data.root", config.data.root)}
    if config.data.path is not None:
        data["path"] = change("data.path", config.data.path)
    if config.data.mix is not None:
        data["mix"] = {
            source if source in NAMES else change("data.mix", source): share
            for source, share in config.data.mix.items()
        }
    return config.model_copy(
        update={
            "data": config.data.model_copy(update=data),
            "output": change("output", config.output),
        }
    )


def _absolute(key: str, path: str) -> str:
    absolute = str(Path(path).absolute())
    try:
        absolute.encode()
    except UnicodeEncodeError as error:
        raise ConfigError(
            f"{key}: must be in a folder whose name is UTF-8, got {absolute}; rename it, or name "
            f"another with --set {key}="
        ) from error
    return absolute


def plain(config: Config) -> dict[str, Any]:
    """Return a configuration as plain JSON values that validate to the same configuration."""
    values = config.model_dump(mode="json")
    if config.data.path is None:
        del values["data"]["path"], values["data"]["value_range"], values["data"]["transpose"]
    if config.data.mix is None:
        del values["data"]["mix"]
    if config.data.path is not None or config.data.mix is not None:
        del values["data"]["name"]
    if config.model.hidden is None:
        del values["model"]["hidden"]
    elif config.model.layers == ModelConfig().layers:
        del values["model"]["layers"]
    if not config.data.drawn:
        del values["data"]["train"], values["data"]["test"]
    return values


def to_yaml(config: Config) -> str:
    """Return a configuration as YAML text."""
    text: str = yaml.dump(
        plain(config), Dumper=_CoreDumper, sort_keys=False, default_flow_style=None
    )
    return text


def shipped_configs() -> dict[str, Path]:
    """Return the configurations that come with the program, by name."""
    package = Path(__file__).parent
    folder = package / "shipped"  # in an installed wheel
    if not folder.is_dir():
        folder = package.parents[1] / "configs"  # in a source tree
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def find_config(name: str) -> Path:
    """Return the file that a path or the name of a shipped configuration means.

    Raises:
        ConfigError: there is no such file.
    """
    path = Path(name)
    if is_shell_pipe(name) or path.is_file():
        return path
    shipped = shipped_configs()
    if name in shipped:
        return shipped[name]
    names = f"shipped ones: {', '.join(shipped)}"
    if not path.exists():
        meant = guess(name, [*_yaml_files(path.parent), *shipped]) or guess(path.stem, shipped)
        raise ConfigError(
            f"{name}: no such file, nor a shipped configuration{meant or f'; {names}'}"
        )
    own = path / "config.yaml"
    hint = f"give {quote(str(own))}" if own.is_file() else names
    raise ConfigError(f"{name}: a configuration is a file, got {kind_of(path)}; {hint}")


def _yaml_files(folder: Path) -> list[str]:
    """Return the paths of the YAML files in a folder; none if it cannot be listed."""
    try:
        return [str(path) for path in folder.iterdir() if path.suffix in (".yaml", ".yml")]
    except (OSError, ValueError):  # ValueError for an invalid path
        return []


def run_name(name: str) -> str:
    """Return what a run is called by default, after the file or the name of its configuration."""
    return "config" if is_shell_pipe(name) else Path(name).stem


def override(document: Document, text: str) -> None:
    """Set one key of a document from `KEY=VALUE`.

    Raises:
        ConfigError: the text has another form, or the value is not YAML.
    """
    name, equals, value_text = text.partition("=")
    key: Key = tuple(name.strip().split("."))
    if not equals or "" in key:
        raise ConfigError(f"--set {first_line(text)}: must be KEY=VALUE, e.g. training.epochs=5")
    read = Document({})
    value = read_override(read, key, value_text)
    rivals = {rival for group in _RIVALS if key[:2] in group for rival in group - {key[:2]}}
    if rivals and value is not None:
        for rival in rivals:
            _forget(document, rival)
        if key[0] == "data" and value not in DRAWN:
            for count in DRAWN_KEYS:
                _forget(document, ("data", count))
        if key[-1] == "name":
            for own in OWN_KEYS:
                _forget(document, ("data", own))
    if key in _CHOICES and value != (_value(document, key) or _CHOICES[key]):
        _forget(document, key[:-1])
    _forget(document, key)
    values = document.values
    for depth, part in enumerate(key[:-1], start=1):
        if not isinstance(values.get(str(part)), dict):
            _forget(document, key[:depth])
            values[str(part)] = {}
            document.keys[key[:depth]] = document.places[key[:depth]] = read.keys[key]
        values = values[str(part)]
    values[str(key[-1])] = value
    document.keys |= read.keys
    document.places |= read.places
    document.problems += read.problems


def _value(document: Document, key: Key) -> Any:
    """Return the value of a key, None where there is none."""
    values: Any = document.values
    for part in key:
        values = values.get(part) if isinstance(values, dict) else None
    return values


def _forget(document: Document, key: Key) -> None:
    """Remove a key, everything under it, and their recorded places and problems."""
    document.problems = [one for one in document.problems if one.key[: len(key)] != key]
    values = _value(document, key[:-1])
    if not isinstance(values, dict) or key[-1] not in values:
        return  # without going through all keys, as there may be many --set
    del values[key[-1]]
    for table in (document.keys, document.places):
        for inner in [known for known in table if known[: len(key)] == key]:
            del table[inner]
