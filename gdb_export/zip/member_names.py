"""Names of the ZIP's members: table names, without the characters that file systems forbid."""

import re
import unicodedata
from collections.abc import Iterable
from hashlib import blake2b

MANIFEST = "datapackage.json"
SCHEMA = "schema.sql"  # the data definition, on request
_FORBIDDEN = frozenset('/\\:*?"<>|%')
# Signs that reverse the direction of a text: `gpj.exe` can look like `exe.jpg`
_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Names that Windows takes for devices, with any suffix
_DEVICE = re.compile(r"CON|PRN|AUX|NUL|(COM|LPT)[0-9¹²³]", re.IGNORECASE)
_MAX_BYTES = 255  # of a name in the common file systems
_MAX_ASCII = 200  # characters of an ASCII name that fits with any suffix


def member_name(table: str, suffix: str = "csv") -> str:
    """`TABLE.csv`, with forbidden characters percent-encoded.

    The name is one that every file system takes: not a device of Windows, not empty (`%.csv`), and
    of at most 255 bytes: a longer one is cut, with a hash of the whole name after `%~`.
    """
    if table.isascii() and table.isidentifier() and _is_short_name(table):  # nearly every name
        return f"{table}.{suffix}"
    encoded = "".join(_encoded(char) if _is_forbidden(char) else char for char in table) or "%"
    if encoded.startswith(".") or _DEVICE.fullmatch(encoded.partition(".")[0].rstrip()):
        encoded = _encoded(encoded[0]) + encoded[1:]
    if encoded.endswith((".", " ")):
        encoded = encoded[:-1] + _encoded(encoded[-1])
    if len(encoded.encode("utf-8", "replace")) + 1 + len(suffix) > _MAX_BYTES:
        encoded = _shortened(encoded, _MAX_BYTES - 1 - len(suffix))
    return f"{encoded}.{suffix}"


def _is_short_name(table: str) -> bool:
    """Whether an ASCII name is short, and no device."""
    return len(table) <= _MAX_ASCII and not _DEVICE.fullmatch(table)


def _shortened(name: str, max_bytes: int) -> str:
    """The start of a name and a hash of the whole, in at most `max_bytes` bytes of UTF-8."""
    digest = blake2b(name.encode("utf-8", "replace"), digest_size=8).hexdigest()
    begin = name.encode("utf-8", "replace")[: max_bytes - 2 - len(digest)]
    return f"{begin.decode('utf-8', 'ignore')}%~{digest}"


def _is_forbidden(character: str) -> bool:
    is_control = unicodedata.category(character) in ("Cc", "Cs")
    return is_control or character in _FORBIDDEN or character in _DIRECTIONS


def _encoded(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "replace"))


def case_collisions(names: Iterable[str]) -> list[list[str]]:
    """Groups of names that differ only by case: some file systems treat them as equal."""
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(name.casefold(), []).append(name)
    return [group for group in groups.values() if len(group) > 1]
