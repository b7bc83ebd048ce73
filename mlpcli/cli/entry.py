"""Where the program starts: from here on a signal ends it, without a traceback from Python.

Signals during the imports before that cannot be handled, so this module imports very little.
"""

import os
import sys

try:
    from mlpcli.cli import ending
except KeyboardInterrupt:
    os._exit(130)


def main() -> None:
    """Run the program."""
    ending.handle_signals()
    try:
        from mlpcli.cli.main import main as run  # once signals are handled
        from mlpcli.utils.startup import prepare_libraries

        prepare_libraries()
        run()
    except KeyboardInterrupt:  # before the command has begun, or after it
        ending.say_interrupted()
        sys.exit(130)
    except SystemExit as end:
        ending.end_at_once()
        ending.leave_quickly(end.code)
        raise
    finally:
        ending.end_at_once()
