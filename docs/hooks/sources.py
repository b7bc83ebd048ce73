"""Code blocks that hold the package's own code, by the names of its functions and classes."""

import ast
import textwrap
from pathlib import Path


def source_block(root: Path, file: str, *names: str) -> str:
    """Return a fenced block with the code of these names, each dedented, as it is now.

    Args:
        root: of the repository.
        file: relative to it.
        names: of functions or classes, `Class.method` for methods; assignments go by their target.

    Raises:
        KeyError: the file has no such name.
    """
    text = (root / file).read_text("utf-8")
    parts = [textwrap.dedent(_lines_of(text, name, file)) for name in names]
    return f'```python title="{file}"\n' + "\n\n".join(parts) + "\n```"


def _lines_of(text: str, name: str, file: str) -> str:
    """Return the lines of the statement that defines a name."""
    body: list[ast.stmt] = ast.parse(text).body
    for part in name.split("."):
        found = [statement for statement in body if part in _names(statement)]
        if not found:
            raise KeyError(f"{file} has no {name}")
        body = getattr(found[0], "body", [])
    lines = text.splitlines()
    first = min(each.lineno for each in [found[0], *getattr(found[0], "decorator_list", [])])
    return "\n".join(lines[first - 1 : found[0].end_lineno])


def _names(statement: ast.stmt) -> list[str]:
    """Return the names that a statement defines."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return [statement.name]
    if isinstance(statement, ast.Assign):
        return [each.id for each in statement.targets if isinstance(each, ast.Name)]
    return []
