"""The packages of the program: which there are, which way imports go, and how large anything is."""

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "mlpcli"
ORDER = (  # each imports only from those before it
    *("errors", "utils", "config", "images", "nn", "datasets", "runs", "training"),
    *("inference", "export", "sweep", "report", "cli"),
)
MODULES = {
    ".".join(("mlpcli", *path.relative_to(PACKAGE).with_suffix("").parts)): path
    for path in PACKAGE.rglob("*.py")
}


@cache
def tree(path: Path) -> ast.Module:
    """Return the parsed text of a module."""
    return ast.parse(path.read_text())


def imports(path: Path) -> Iterator[str]:
    """Yield the modules of the program that a file imports, be it for types alone."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("mlpcli."))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("mlpcli"):
            inner = (f"{node.module}.{alias.name}" for alias in node.names)
            yield from (name if name in MODULES else str(node.module) for name in inner)


def package(module: str) -> str:
    """Return the package that a module is in, "" for mlpcli itself."""
    return module.split(".")[1] if "." in module else ""


def test_no_import_runs_back_up() -> None:
    """Each package imports only from those before it, and none from mlpcli itself."""
    for name, path in MODULES.items():
        if package(name) in ORDER:
            for other in imports(path):
                assert "" != package(other), f"{name} imports {other}"
                assert ORDER.index(package(other)) <= ORDER.index(package(name)), (
                    f"{name} → {other}"
                )


def test_no_circles() -> None:
    """No modules import each other, directly or by way of others."""
    graph = {name: set(imports(path)) - {name} for name, path in MODULES.items()}
    TopologicalSorter(graph).prepare()


def test_packages() -> None:
    """`errors.py` and the packages listed above are all there is, besides what Python asks for."""
    for_python = {"__init__.py", "__main__.py", "py.typed", "__pycache__"}
    first, *packages = ORDER
    expected = {f"{first}.py": False} | dict.fromkeys(packages, True)
    entries = {path.name: path.is_dir() for path in PACKAGE.iterdir()}
    assert expected == {name: folder for name, folder in entries.items() if name not in for_python}


def test_sizes() -> None:
    """No module is longer than 300 lines, no function longer than 60."""
    for name, path in MODULES.items():
        text = path.read_text()
        assert 300 >= len(text.splitlines()), name
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef):
                assert 60 >= (node.end_lineno or 0) - node.lineno + 1, f"{name}: {node.name}"
