"""Statements of the script, and names and literals in them."""

import re
from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple

from gdb_export.firebird.core.qualified_names import QualifiedName

_MARKS = re.compile(r"['\"]|--|/\*")
_MARKS_AND_END = re.compile(r"['\"]|--|/\*|;")
_MARKS_WITH_Q = re.compile(r"\b[qQ]'.|['\"]|--|/\*", re.DOTALL)
_CLOSING = {"(": ")", "[": "]", "{": "}", "<": ">"}
_REGULAR_NAME = re.compile(r"[A-Z][A-Z0-9_$]*")


class Kind(Enum):
    """How the script writes a statement: ended by `;`, in a SET TERM block, or as a comment."""

    PLAIN = 0
    PSQL = 1
    NOTE = 2


class Statement(NamedTuple):
    """A statement without its terminator, or the text of a comment."""

    text: str
    kind: Kind = Kind.PLAIN


def psql(text: str) -> Statement:
    return Statement(text, Kind.PSQL)


def note(text: str) -> Statement:
    """A comment."""
    return Statement(text, Kind.NOTE)


def left_out(text: str) -> Statement:
    """A comment that names an object that the script does not create."""
    return note(f"not created: {text}")


def is_closed(text: str) -> bool:
    """Whether every literal, quoted name and comment of a source has its end.

    A source of a damaged or malicious database may lack one. The statements after it would then be
    text, and texts would be statements, or commands of isql such as SHELL. Programs that know
    literals such as q'{it's}' and those that do not must both find the ends.
    """
    return _is_closed(text, _MARKS) and _is_closed(text, _MARKS_WITH_Q)


def is_one_statement(text: str) -> bool:
    """Whether a source is closed and no `;` in it would end a statement."""
    return is_closed(text) and _is_closed(text, _MARKS_AND_END)


def _is_closed(text: str, marks: re.Pattern[str]) -> bool:
    position = 0
    while found := marks.search(text, position):
        mark = found[0]
        if mark == ";":
            return False
        if mark == "--":
            end = "\n"
        elif mark == "/*":
            end = "*/"
        elif len(mark) == 3:  # q'{
            end = f"{_CLOSING.get(mark[2], mark[2])}'"
        else:
            end = mark
        at = text.find(end, found.end())
        if at < 0:
            return mark == "--"
        position = at + len(end)
    return True


class Identifiers(NamedTuple):
    """Writes names as SQL. In dialect 1 a text in double quotes is a string, not a name."""

    dialect: int

    def name(self, name: str) -> str:
        if self.dialect == 1 and _REGULAR_NAME.fullmatch(name):
            return name
        return '"' + name.replace('"', '""') + '"'

    def qualified(self, name: QualifiedName) -> str:
        """Schema, package and name."""
        parts = (name.schema, name.package, name.object)
        return ".".join(self.name(part) for part in parts if part)

    def listed(self, names: Iterable[str]) -> str:
        return ", ".join(map(self.name, names))


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
