"""The errors of the program."""

from collections.abc import Iterator

from mlpcli.errors import MlpError


def errors(error: type[MlpError]) -> Iterator[type[MlpError]]:
    """Yield an error class and all that derive from it."""
    yield error
    for narrower in error.__subclasses__():
        yield from errors(narrower)


def test_errors_have_exit_codes() -> None:
    """Every error class of the program has exit code 1 or 2."""
    for error in errors(MlpError):
        assert error.exit_code in (1, 2)
