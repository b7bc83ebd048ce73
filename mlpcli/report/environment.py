"""Drawing without the user's settings for matplotlib, which are meant for other programs.

Jupyter sets MPLBACKEND and passes it on to the commands of a notebook; a build may set
SOURCE_DATE_EPOCH to any text. matplotlib fails if either is not what it expects.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from mlpcli.errors import MlpError
from mlpcli.utils.escaping import first_line
from mlpcli.utils.files import reason_of

_LEFT_OUT = ("MPLBACKEND", "SOURCE_DATE_EPOCH")


@contextmanager
def own_environment() -> Iterator[None]:
    """Import matplotlib, or draw with it, inside this context to use its default settings.

    Raises:
        MlpError: it cannot be imported, because a matplotlibrc that it still reads is broken.
    """
    before = {name: os.environ.get(name) for name in (*_LEFT_OUT, "MATPLOTLIBRC")}
    for name in _LEFT_OUT:
        os.environ.pop(name, None)
    found = find_spec("matplotlib")
    if found and found.origin:
        os.environ["MATPLOTLIBRC"] = str(Path(found.origin).parent / "mpl-data" / "matplotlibrc")
    try:
        yield
    except (OSError, ValueError) as error:
        reason = first_line(reason_of(error))
        raise MlpError(f"--report: matplotlib cannot draw, {reason}") from error
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
