"""The notebook as a page: its text, its code, and the outputs that are kept in it."""

import re
from base64 import b64encode
from pathlib import Path

from nbconvert import MarkdownExporter

from docs.hooks.run_notebook import read


def notebook_page(path: Path) -> str:
    """Return a notebook as Markdown, with its pictures inside and a link to itself.

    Args:
        path: of the `.ipynb`; the text that stands for a picture is the `alt` of its cell's
            metadata.
    """
    notebook = read(path)
    text, resources = MarkdownExporter().from_notebook_node(notebook)

    def picture(match: re.Match[str]) -> str:
        content = b64encode(resources["outputs"][match[1]]).decode()
        alternative = notebook.cells[int(match[2])].metadata.get("alt", "output")
        return f"![{alternative}](data:image/png;base64,{content})"

    page = re.sub(r"!\[png\]\((output_(\d+)_\d+\.png)\)", picture, str(text))
    title, _, rest = page.lstrip().partition("\n")
    return f"{title}\n\nThis page is [notebook.ipynb]({path.name}), which you can run.\n{rest}"
