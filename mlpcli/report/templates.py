"""Pages that need no other file: templates in this folder, with their style sheet inside."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from mlpcli.config import to_yaml
from mlpcli.report.text import percent
from mlpcli.utils.escaping import printable

_FOLDER = Path(__file__).parent


def render(
    template: str, styles: list[str], functions: dict[str, Callable[..., Any]], **values: Any
) -> str:
    """Return a page.

    Args:
        template: the name of its file; all that it writes is escaped.
        styles: the names of the style sheets that become one.
        functions: that it calls.
        values: that it shows.
    """
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"percent": _percent, "printable": printable, "yaml": to_yaml}
    environment.globals |= functions
    style = "\n".join((_FOLDER / name).read_text() for name in styles)
    return environment.get_template(template).render(
        style=Markup(style),  # noqa: S704  # our own
        **values,
    )


def _percent(share: float) -> str:
    return percent(share).replace(" ", "\N{NO-BREAK SPACE}")
