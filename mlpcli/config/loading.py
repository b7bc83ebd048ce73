"""A file or the name of a shipped configuration, plus overrides → `Config`."""

from collections.abc import Callable, Sequence
from pathlib import Path
from shlex import quote
from typing import Any

import yaml

from mlpcli.config.core import CoreLoader
from mlpcli.config.data import NAMES, DataConfig
from mlpcli.config.document import Document, Place, parse_document, read_document
from mlpcli.config.fitting import fitted_by_name
from mlpcli.config.overriding import override
from mlpcli.config.schema import Config, ModelConfig
from mlpcli.config.validation import validate
from mlpcli.config.written import Written
from mlpcli.errors import ConfigError
from mlpcli.utils.files import is_shell_pipe, kind_of
from mlpcli.utils.homes import path_variable, with_home
from mlpcli.utils.names import guess


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
        in place of ~ and ~user, and with integers for all sizes unless the data are the user's own
        files.

    Raises:
        ConfigError: one line for each problem.
    """
    return resolved(overridden(name, overrides))


def overridden(name: str | Path, overrides: Sequence[str] = ()) -> Document:
    """Read a configuration with its overrides, which is not yet validated.

    Args:
        name: as for `load_config`.
        overrides: as for `load_config`.

    Raises:
        ConfigError: it cannot be read, is not YAML, or an override has another form.
    """
    document = read_document(find_config(str(name)))
    for text in overrides:
        override(document, text)
    return document


def resolved(document: Document) -> Config:
    """Return the configuration that a document describes, as `load_config` does.

    Raises:
        ConfigError: one line for each problem.
    """
    return _resolved(validate(document)).written_as(Written(document))


def unfitted(document: Document) -> Config:
    """Return the configuration that a document describes, with sizes left to the data as they are.

    Other data may be put into it. Its paths are absolute.

    Raises:
        ConfigError: one line for each problem.
    """
    return located(validate(document)).written_as(Written(document))


def located(config: Config) -> Config:
    """Return a copy with absolute paths, and MLP_DATA as root.

    Raises:
        ConfigError: one cannot be written in a configuration, which is text.
    """
    return with_absolute_paths(_located(config))


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
    return _located(fitted_by_name(config))


def _located(config: Config) -> Config:
    """Return a copy with homes in place of ~, and MLP_DATA as root."""
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
    return _with_paths(config, absolute)


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
    training, distillation = config.training, config.training.distillation
    if distillation is not None:
        teacher = tuple(change("training.distillation", each) for each in distillation.teacher)
        distillation = distillation.model_copy(update={"teacher": teacher})
        training = training.model_copy(update={"distillation": distillation})
    return config.model_copy(
        update={
            "data": config.data.model_copy(update=data),
            "training": training,
            "output": change("output", config.output),
        }
    )


def absolute(key: str, path: str) -> str:
    """Return the path that a key has as one that does not depend on the working directory.

    Raises:
        ConfigError: it cannot be written in a configuration, which is text.
    """
    full = str(Path(path).absolute())
    try:
        full.encode()
    except UnicodeEncodeError as error:
        raise ConfigError(
            f"{key}: must be in a folder whose name is UTF-8, got {full}; rename it, or name "
            f"another with --set {key}="
        ) from error
    return full


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
    return yaml_text(plain(config))


def yaml_text(values: dict[str, Any]) -> str:
    """Return plain values as YAML text, which the reader of configurations reads as the same."""
    text: str = yaml.dump(values, Dumper=_CoreDumper, sort_keys=False, default_flow_style=None)
    return text


def shipped_configs() -> dict[str, Path]:
    """Return the configurations that come with the program, by name."""
    return {path.stem: path for path in sorted(_shipped().glob("*.yaml"))}


def shipped_sweeps() -> dict[str, Path]:
    """Return the files for `mlp sweep` that come with the program, by names such as `a/b`."""
    folder = _shipped()
    files = sorted(folder.glob("*/*.yaml"))
    return {path.relative_to(folder).with_suffix("").as_posix(): path for path in files}


def _shipped() -> Path:
    package = Path(__file__).parent
    folder = package / "shipped"  # in an installed wheel
    return folder if folder.is_dir() else package.parents[1] / "configs"  # in a source tree


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
    if name in shipped_sweeps():
        raise ConfigError(
            f"{name}: must be a configuration, got a sweep of several; mlp sweep {name} trains them"
        )
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
