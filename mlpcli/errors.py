"""Every error this program raises on purpose.

    MlpError                 one line for the user, exit code 1
    ├── ConfigError          an invalid YAML file or --set, a line per problem, exit code 2
    ├── DataError            a data set that is missing, broken or unsuitable for the model
    ├── CheckpointError      a weights file that cannot be read or does not describe a network
    ├── ImageError           a picture that cannot be read
    ├── RunError             a run directory that cannot be made or found
    │   └── MovedError       a run directory that was moved during training
    ├── OutputError          a file that must not or cannot be written
    └── TrainingError        a training that cannot continue

A message reads `<place>: <what is wrong>, got <value>[; <what to do next>]`, without a full stop.
The command line turns these into messages; any other exception is a bug and keeps its traceback.
"""

from collections.abc import Sequence


class MlpError(Exception):
    """A problem that the user can understand and fix."""

    exit_code = 1


class ConfigError(MlpError):
    """A configuration that is not valid; `problems` has one line for each fault."""

    exit_code = 2

    def __init__(self, problems: str | Sequence[str]) -> None:
        self.problems = (problems,) if isinstance(problems, str) else tuple(problems)
        super().__init__("\n".join(self.problems))


class DataError(MlpError):
    """A data set that is missing, broken or unsuitable for the model."""


class CheckpointError(MlpError):
    """A weights file that cannot be read or does not describe a network."""


class ImageError(MlpError):
    """A picture that cannot be read."""


class RunError(MlpError):
    """A run directory that cannot be made or found."""


class MovedError(RunError):
    """A run directory that was moved during training."""


class OutputError(MlpError):
    """A file that must not or cannot be written."""


class TrainingError(MlpError):
    """A training that cannot continue."""
