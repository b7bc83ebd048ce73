"""YAML text → nodes whose scalars are tagged by YAML 1.2's core schema.

Integers are decimal only: `0x1F` and `0o17`, which the schema also knows, are text.
"""

import re
from typing import Any

import yaml


class CoreLoader(yaml.SafeLoader):
    """Composes nodes with the core schema, and marks tags that are written out, to be refused."""

    yaml_implicit_resolvers = {}  # noqa: RUF012  # PyYAML's own name for its table

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Compose one node; PyYAML calls this for each."""
        tag = getattr(self.peek_event(), "tag", None)  # type: ignore[no-untyped-call]
        node: yaml.Node | None = super().compose_node(parent, index)
        if node is not None and tag is not None:
            node.tag = WRITTEN + tag
        return node


TAG, WRITTEN = "tag:yaml.org,2002:", "written out: "
for _name, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", [*"~nN", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", [*"tTfF"]),
    ("int", r"[-+]?[0-9]+", [*"-+0123456789"]),
    (
        "float",
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        [*"-+.0123456789"],
    ),
):
    CoreLoader.add_implicit_resolver(TAG + _name, re.compile(f"(?:{_pattern})$"), _first)
