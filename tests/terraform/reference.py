"""Tables of documents: inputs and outputs in terraform/README.md, permissions in docs/security.md.

Run as a program, it writes them: make terraform-reference.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from hcl import PROJECT, blocks
from test_roles import permission_table

README = PROJECT / "terraform" / "README.md"
SECURITY = PROJECT / "docs" / "security.md"
BEGIN, END = "<!-- begin: make terraform-reference -->", "<!-- end -->"


def reference() -> str:
    """The tables, from variables.tf and outputs.tf."""
    lines = ["## Inputs", "| name | description | default |", "|---|---|---|"]
    for name, body in sorted(blocks("variable").items()):
        lines.append(f"| `{name}` | {_cell(body['description'])} | {_default(body)} |")
    lines += ["", "## Outputs", "| name | description |", "|---|---|"]
    for name, body in sorted(blocks("output").items()):
        lines.append(f"| `{name}` | {_cell(body['description'])} |")
    return "\n".join(lines)


def _default(body: dict[str, Any]) -> str:
    """The default of a variable, or those of its fields."""
    fields = list(_optional_fields(str(body["type"])))
    if fields:
        return "<br>".join(f"`{name} = {value}`" for name, value in fields)
    if "default" not in body:
        return "required"
    value = body["default"]
    if value is None or isinstance(value, (bool, dict, list)):
        return f"`{json.dumps(value)}`"
    return f"`{value}`"


def _optional_fields(type_text: str) -> Iterator[tuple[str, str]]:
    """Names and defaults of `name = optional(type, default)` in a type."""
    for match in re.finditer(r"(\w+)\s*=\s*optional\(", type_text):
        depth, commas, end = 1, [], match.end()
        while depth:
            depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(type_text[end], 0)
            if depth == 1 and type_text[end] == ",":
                commas.append(end)
            end += 1
        default = type_text[commas[0] + 1 : end - 1].strip() if commas else "null"
        yield match[1], default


def _cell(text: str) -> str:
    """A text of HCL as a cell of a Markdown table."""
    return text.replace("|", "\\|").replace("\\\\", "\\").replace('\\"', '"')


def with_tables(text: str) -> str:
    """`text`, the README, with new tables."""
    return between_markers(text, reference())


def between_markers(document: str, tables: str) -> str:
    """The document with these tables between its markers."""
    before, begin, rest = document.partition(BEGIN)
    assert begin, "the document has lost its markers"
    return f"{before}{BEGIN}\n{tables}\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    README.write_text(with_tables(README.read_text(encoding="utf-8")), encoding="utf-8")
    text = SECURITY.read_text(encoding="utf-8")
    SECURITY.write_text(between_markers(text, permission_table()), encoding="utf-8")
