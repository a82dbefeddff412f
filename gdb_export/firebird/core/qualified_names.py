"""Names of tables and domains with their schema and package (ODS 14), and unique texts for them."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

# The schema whose tables keep their bare names, and that of the engine's own objects
PUBLIC_SCHEMA, SYSTEM_SCHEMA = "PUBLIC", "SYSTEM"


class QualifiedName(NamedTuple):
    """The name of a table or domain.

    `schema` is "" up to ODS 13; `package` is "" if the object is in no package.
    """

    object: str
    schema: str = ""
    package: str = ""

    def __str__(self) -> str:
        """`TABLE` in PUBLIC, `SCHEMA.TABLE` in other schemas, with `PACKAGE.` before `TABLE` for
        the table of a package. Different tables may have the same text: see `unique_texts`."""
        schema = "" if self.schema == PUBLIC_SCHEMA else self.schema
        return ".".join(part for part in (schema, self.package, self.object) if part)

    def quoted(self) -> str:
        """Schema, package and name, each in double quotes, as in SQL."""
        parts = [part for part in (self.schema, self.package, self.object) if part]
        return ".".join(f'"{part.replace(chr(34), chr(34) * 2)}"' for part in parts)


def unique_texts(names: Iterable[QualifiedName]) -> dict[QualifiedName, str]:
    """A different text for each name: `str(name)`, or `name.quoted()` if several names have the
    same `str(name)`, which happens when a part of a name contains a dot.

    A table of PUBLIC, or of a database without schemas, keeps its name.
    """
    all_names = sorted(set(names), key=_precedence)
    counts = Counter(map(str, all_names))
    texts: dict[QualifiedName, str] = {}
    taken: set[str] = set()
    for name in all_names:
        text = str(name)
        if text != name.object and counts[text] > 1:
            text = name.quoted()
        while text in taken:
            text = f'"{text}"'
        taken.add(text)
        texts[name] = text
    return texts


def _precedence(name: QualifiedName) -> tuple[bool, bool, QualifiedName]:
    """Sort key: names that keep their text come first."""
    return str(name) != name.object, name.schema != PUBLIC_SCHEMA, name
