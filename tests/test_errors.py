"""The errors of the program."""

from mlpcli.errors import MlpError


def test_errors_have_exit_codes() -> None:
    """Every error class of the program has exit code 1 or 2."""
    for error in MlpError.__subclasses__():
        assert error.exit_code in (1, 2)
