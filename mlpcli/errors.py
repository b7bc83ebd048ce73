"""Every error this program raises on purpose.

    MlpError                 a line for the user, or a few, exit code 1
    ├── ConfigError          an invalid YAML file or --set, a line per problem, exit code 2
    ├── DataError            a data set that is missing, broken or unsuitable for the model
    ├── CheckpointError      a weights file that cannot be read or does not describe a network
    ├── ImageError           a picture that cannot be read
    ├── RunError             a run directory that cannot be made or found
    │   └── MovedError       a run directory that was moved during training
    ├── OutputError          a file that must not or cannot be written
    └── TrainingError        a training that cannot continue

Each line reads `<place>: <what is wrong>, got <value>[; <what to do next>]`, without a full stop.
The command line turns these into messages; any other exception is a bug and keeps its traceback.
"""

from collections.abc import Sequence


class MlpError(Exception):
    """A problem that the user can understand and fix; `lines` has the lines of its message."""

    exit_code = 1

    def __init__(self, message: str | Sequence[str]) -> None:
        self.lines = (message,) if isinstance(message, str) else tuple(message)
        super().__init__("\n".join(self.lines))

    def with_advice(self, advice: str) -> list[str]:
        """Return the lines of the message, with advice at the end of the last one."""
        return [*self.lines[:-1], f"{self.lines[-1]}; {advice}"]


class ConfigError(MlpError):
    """A configuration that is not valid, with one line for each fault."""

    exit_code = 2


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
