"""Names of the ZIP's members: table names, without the characters that file systems forbid."""

import unicodedata
from collections.abc import Iterable

MANIFEST = "datapackage.json"
_FORBIDDEN = frozenset('/\\:*?"<>|%')


def member_name(table: str, suffix: str = "csv") -> str:
    """`TABLE.csv`, with forbidden characters percent-encoded."""
    if table.isascii() and table.isidentifier():  # nearly every name
        return f"{table}.{suffix}"
    encoded = "".join(_encoded(char) if _is_forbidden(char) else char for char in table)
    if encoded.startswith("."):
        encoded = _encoded(".") + encoded[1:]
    if encoded.endswith((".", " ")):
        encoded = encoded[:-1] + _encoded(encoded[-1])
    return f"{encoded}.{suffix}"


def _is_forbidden(character: str) -> bool:
    return character in _FORBIDDEN or unicodedata.category(character) in ("Cc", "Cs")


def _encoded(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "replace"))


def case_collisions(names: Iterable[str]) -> list[list[str]]:
    """Groups of names that differ only by case: some file systems treat them as equal."""
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(name.casefold(), []).append(name)
    return [group for group in groups.values() if len(group) > 1]
