"""How a network in C sees an image: the functions that it needs, and what calls them."""

from collections.abc import Iterator, Sequence
from importlib.resources import files

from mlpcli.images.view import View


def shared(name: str) -> str:
    """Return C functions that are the same for every network."""
    return files("mlpcli.export.c").joinpath(name).read_text(encoding="utf-8")


def view_functions(views: Sequence[View]) -> list[str]:
    """Return the definitions that these views need, none for images as they are."""
    needed = []
    if any(view.changes for view in views):
        needed.append("views.c")
    if any(view.deslant for view in views):
        needed.append("deslant.c")
    if any(view.width is not None for view in views):
        needed.append("width.c")
    return [shared(name) for name in needed]


def view_calls(view: View) -> Iterator[str]:
    """Yield the statements that make `seen` of `image`; none for the image as it is."""
    if view.changes:
        yield "memcpy(seen, image, sizeof seen);"
    if view.deslant:
        yield "mlp_deslant(seen);"
    if view.width is not None:
        yield f"mlp_to_width(seen, {view.width});"
