"""Every error this program raises on purpose.

    MlpError                 one line for the user, exit code 1
    ├── ConfigError          an invalid YAML file or --set, a line per problem, exit code 2
    ├── DataError            a data set that is missing, broken or unfit for the model
    ├── CheckpointError      a weights file that cannot be read or does not describe a network
    ├── ImageError           a picture that cannot be read
    ├── RunError             a run directory that cannot be made or found
    │   └── MovedError       one that was moved while a training was at work in it
    ├── OutputError          a file that must not be, or cannot be, written
    └── TrainingError        a training that cannot go on

A message reads `<place>: <what is wrong>, got <value>[; <what to do next>]`, without a full stop.
The command line turns these into messages; any other exception is a bug and keeps its traceback.
"""

from collections.abc import Sequence


class MlpError(Exception):
    """Something the user can understand and mend."""

    exit_code = 1


class ConfigError(MlpError):
    """A configuration that is not valid; `problems` holds one line for each thing wrong with it."""

    exit_code = 2

    def __init__(self, problems: str | Sequence[str]) -> None:
        self.problems = (problems,) if isinstance(problems, str) else tuple(problems)
        super().__init__("\n".join(self.problems))


class DataError(MlpError):
    """A data set that is missing, broken or unfit for the model."""


class CheckpointError(MlpError):
    """A weights file that cannot be read or does not describe a network."""


class ImageError(MlpError):
    """A picture that cannot be read."""


class RunError(MlpError):
    """A run directory that cannot be made or found."""


class MovedError(RunError):
    """A run directory that was moved while a training was at work in it."""


class OutputError(MlpError):
    """A file that must not be, or cannot be, written."""


class TrainingError(MlpError):
    """A training that cannot go on."""
