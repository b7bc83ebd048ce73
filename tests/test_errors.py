"""The errors of the program."""

from collections.abc import Iterator

from mlpcli.errors import DataError, MlpError


def errors(error: type[MlpError]) -> Iterator[type[MlpError]]:
    """Yield an error class and all that derive from it."""
    yield error
    for narrower in error.__subclasses__():
        yield from errors(narrower)


def test_errors_have_exit_codes() -> None:
    """Every error class of the program has exit code 1 or 2."""
    for error in errors(MlpError):
        assert error.exit_code in (1, 2)


def test_lines() -> None:
    """A message has one line, which may hold a line end from a file's name, or those given."""
    assert ("a\nb: broken",) == DataError("a\nb: broken").lines
    error = DataError(["first", "second"])
    assert (("first", "second"), "first\nsecond") == (error.lines, str(error))
    assert ["first", "second; do this"] == error.with_advice("do this")
