"""What is written about a trial that ends without a test: it was pruned, or it failed."""

from typing import Literal

from mlpcli.config import Config, to_yaml
from mlpcli.runs.directory import Run
from mlpcli.runs.result import Result, now, write_result
from mlpcli.runs.summary import so_far


def end_badly(run: Run, config: Config, state: Literal["pruned", "failed"], reason: str) -> Result:
    """Write why a trial ended early, and return it.

    Args:
        run: its directory, which is made if it never began.
        config: of the trial.
        state: how it ended.
        reason: in one line.

    Raises:
        RunError: the directory cannot be written.
    """
    run.directory.mkdir(parents=True, exist_ok=True)
    if not run.config.exists():
        run.write_config(to_yaml(config))
    update = {"state": state, "reason": reason, "ended": now()}
    result = so_far(run).model_copy(update=update)
    write_result(run, result)
    return result
