"""Texts of SQL that all targets share: quoted names, literals, foreign keys."""

from collections.abc import Iterable

from gdb_export.ddl.tables import TargetKey


class NotLoadable(Exception):
    """The target can't load this export; the message says what to do."""


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def quoted_list(names: Iterable[str]) -> str:
    return ", ".join(map(quoted, names))


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def reference(key: TargetKey) -> str:
    """The clause FOREIGN KEY … REFERENCES … of a foreign key."""
    rules = [
        f" ON {event} {rule}"
        for event, rule in (("UPDATE", key.on_update), ("DELETE", key.on_delete))
        if rule and rule != "RESTRICT"
    ]
    return (
        f"FOREIGN KEY ({quoted_list(key.columns)}) REFERENCES {quoted(key.table)}"
        f" ({quoted_list(key.referenced)}){''.join(rules)}"
    )
