"""Runs SQL scripts of isql, as far as the tests need: `;`, SET TERM, COMMIT, ROLLBACK."""

import re
from collections.abc import Iterator
from typing import Any

# Strings, quoted names and comments, in which a terminator is text
_OPAQUE = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/", re.DOTALL)
_SET_TERM = re.compile(r"SET\s+TERM\s+(\S+)\s*$", re.IGNORECASE)
_COMMENTS = re.compile(r"\A(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/)*", re.DOTALL)


def statements(script: str) -> Iterator[str]:
    """The statements of a script, without their terminators."""
    terminator = ";"
    start = position = 0
    while position < len(script):
        if opaque := _OPAQUE.match(script, position):
            position = opaque.end()
        elif script.startswith(terminator, position):
            statement = _without_leading_comments(script[start:position])
            position = start = position + len(terminator)
            if new_terminator := _SET_TERM.match(statement):
                terminator = new_terminator[1]
            elif statement:
                yield statement
        else:
            position += 1
    if rest := _without_leading_comments(script[start:]):
        yield rest


def _without_leading_comments(statement: str) -> str:
    return _COMMENTS.sub("", statement, count=1).strip()


def run_script(connection: Any, script: str) -> None:
    """Runs all statements, and commits after each DDL statement, as isql does, and at the end."""
    for statement in statements(script):
        verb = statement.split(None, 1)[0].upper()
        if statement.upper() in ("COMMIT", "ROLLBACK"):
            getattr(connection, verb.lower())()
            continue
        connection.execute_immediate(statement)
        if verb in ("CREATE", "ALTER", "DROP", "RECREATE", "COMMENT", "GRANT"):
            connection.commit()
    if connection.main_transaction.is_active():
        connection.commit()
