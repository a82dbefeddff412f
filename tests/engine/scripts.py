"""SQL scripts as isql reads them, as far as the tests need: `;`, SET TERM, COMMIT, ROLLBACK."""

import re
from collections.abc import Iterator
from typing import Any

# Strings, quoted names and comments, in which a terminator means nothing
_OPAQUE = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/", re.DOTALL)
_SET_TERM = re.compile(r"SET\s+TERM\s+(\S+)\s*$", re.IGNORECASE)
_COMMENTS = re.compile(r"\A(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/)*", re.DOTALL)


def statements(script: str) -> Iterator[str]:
    """The statements of a script, without their terminators."""
    terminator = ";"
    start = at = 0
    while at < len(script):
        if opaque := _OPAQUE.match(script, at):
            at = opaque.end()
        elif script.startswith(terminator, at):
            statement = _without_comments_before(script[start:at])
            at = start = at + len(terminator)
            if new := _SET_TERM.match(statement):
                terminator = new[1]
            elif statement:
                yield statement
        else:
            at += 1
    if rest := _without_comments_before(script[start:]):
        yield rest


def _without_comments_before(statement: str) -> str:
    return _COMMENTS.sub("", statement, count=1).strip()


def run_script(connection: Any, script: str) -> None:
    """Runs all statements; DDL commits at once, as in isql, and so does the end."""
    for statement in statements(script):
        word = statement.split(None, 1)[0].upper()
        if statement.upper() in ("COMMIT", "ROLLBACK"):
            getattr(connection, word.lower())()
            continue
        connection.execute_immediate(statement)
        if word in ("CREATE", "ALTER", "DROP", "RECREATE", "COMMENT", "GRANT"):
            connection.commit()
    if connection.main_transaction.is_active():
        connection.commit()
