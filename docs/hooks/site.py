"""The hooks that MkDocs calls; `mkdocs.yml` names this file.

A line `{{ NAME … }}` of a page is replaced by what it stands for:

    {{ source FILE NAME… }}      the code of these functions, methods or classes
    {{ plot MODULE.FUNCTION "alternative text" }}      a plot of docs/hooks/plots/
    {{ commands }}      all commands and their options
    {{ keys }}      all keys of a configuration
    {{ errors }}      the tree of errors
    {{ api MODULE }}      the public names of a module, with their docstrings

Mathematics becomes MathML, and the notebook a page.
"""

from __future__ import annotations

import io
import re
import sys
import textwrap
from importlib import import_module
from pathlib import Path, PurePosixPath
from posixpath import relpath
from typing import TYPE_CHECKING

from matplotlib import rc_context
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))  # MkDocs adds the folder of this file only

from docs.hooks.commands import commands_page  # noqa: E402  # found by the line above
from docs.hooks.formulas import with_formulas  # noqa: E402
from docs.hooks.keys import keys_tables  # noqa: E402
from docs.hooks.notebook import notebook_page  # noqa: E402
from docs.hooks.sources import source_block  # noqa: E402
from mlpcli import errors  # noqa: E402

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.pages import Page

GREY = "#808080"  # reads on white and on black
_DIRECTIVE = re.compile(r"^\{\{ (\w+)(.*?) \}\}$", re.MULTILINE)
_PLOT = re.compile(r' (\w+)\.(\w+) "([^"]+)"')


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the page of the notebook, beside the notebook itself."""
    text = notebook_page(ROOT / "docs" / "notebook.ipynb")
    files.append(File.generated(config, "notebook.md", content=text))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Replace the directives of a page."""
    place = PurePosixPath(page.file.src_uri).parent

    def replaced(match: re.Match[str]) -> str:
        name, rest = match[1], match[2]
        match name:
            case "source":
                return source_block(ROOT, *rest.split())
            case "plot":
                uri, text = _plot(rest, config, files)
                return f"![{text}]({relpath(uri, place)}){{ .plot }}"
            case "commands":
                return commands_page()
            case "keys":
                return keys_tables()
            case "errors":
                return f"```text\n{_tree(errors.__doc__ or '')}\n```"
            case "api":
                return _api(rest.strip())
        raise ValueError(f"{page.file.src_uri}: there is no directive {name!r}")

    return _DIRECTIVE.sub(replaced, markdown)


def _tree(docstring: str) -> str:
    """Return the lines of a docstring that are indented, as they are."""
    lines = [line for line in docstring.splitlines() if line.startswith("    ")]
    return textwrap.dedent("\n".join(lines))


def _api(module: str) -> str:
    """Return what mkdocstrings replaces by the docstrings of a module's public names."""
    names = [name for name in import_module(module).__all__ if not name.startswith("_")]
    return "\n\n".join(f"::: {module}.{name}" for name in names)


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001  # MkDocs gives them by name
    """Replace the formulas of a page."""
    return with_formulas(html)


def _plot(rest: str, config: MkDocsConfig, files: Files) -> tuple[str, str]:
    """Add the plot to the site, and return its address there and its alternative text."""
    found = _PLOT.fullmatch(rest)
    if found is None:
        raise ValueError(f"a plot is named MODULE.FUNCTION with its text in quotes, got{rest}")
    module, function, text = found.groups()
    with rc_context(
        {
            "axes.edgecolor": GREY,
            "axes.labelcolor": GREY,
            "text.color": GREY,
            "xtick.color": GREY,
            "ytick.color": GREY,
        }
    ):
        figure = getattr(import_module(f"docs.hooks.plots.{module}"), function)()
    content = io.BytesIO()
    figure.savefig(content, format="svg", transparent=True, bbox_inches="tight")
    uri = f"plots/{module}-{function}.svg"
    files.append(File.generated(config, uri, content=content.getvalue()))
    return uri, text
