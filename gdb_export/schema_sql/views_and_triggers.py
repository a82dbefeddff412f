"""SQL that creates the views and triggers of a database."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from gdb_export.firebird.core.qualified_names import QualifiedName
from gdb_export.firebird.definitions.catalogue_texts import Row, name_of, number, string
from gdb_export.firebird.definitions.programs import triggers_of_checks
from gdb_export.schema_sql.catalogue import SchemaCatalogue, is_users, words_of
from gdb_export.schema_sql.relations import Table, security_clause
from gdb_export.schema_sql.routines import external_clause
from gdb_export.schema_sql.statements import Statement, left_out, psql

_WORD = re.compile(r"[\w$]+")
_MAX_EDGES = 1 << 17  # uses of views by views; bounds the work for many views with similar names
_ACTIONS = ("INSERT", "UPDATE", "DELETE")
# RDB$TRIGGER_TYPE: bits 13 and 14 are the kind of the trigger
_KIND_SHIFT, _KIND_MASK = 13, 3 << 13
_OF_DATABASE, _OF_DDL = 1, 2
_DATABASE_EVENTS = (
    "CONNECT",
    "DISCONNECT",
    "TRANSACTION START",
    "TRANSACTION COMMIT",
    "TRANSACTION ROLLBACK",
)
# Names of bits 1, 2 ... of a DDL trigger's type; "-" for bits that hold the kind of the trigger
_DDL_EVENTS = (
    "CREATE TABLE,ALTER TABLE,DROP TABLE,CREATE PROCEDURE,ALTER PROCEDURE,DROP PROCEDURE,"
    "CREATE FUNCTION,ALTER FUNCTION,DROP FUNCTION,CREATE TRIGGER,ALTER TRIGGER,DROP TRIGGER,-,-,-,"
    "CREATE EXCEPTION,ALTER EXCEPTION,DROP EXCEPTION,CREATE VIEW,ALTER VIEW,DROP VIEW,"
    "CREATE DOMAIN,ALTER DOMAIN,DROP DOMAIN,CREATE ROLE,ALTER ROLE,DROP ROLE,CREATE INDEX,"
    "ALTER INDEX,DROP INDEX,CREATE SEQUENCE,ALTER SEQUENCE,DROP SEQUENCE,CREATE USER,ALTER USER,"
    "DROP USER,CREATE COLLATION,DROP COLLATION,ALTER CHARACTER SET,CREATE PACKAGE,ALTER PACKAGE,"
    "DROP PACKAGE,CREATE PACKAGE BODY,DROP PACKAGE BODY,CREATE MAPPING,ALTER MAPPING,DROP MAPPING,"
    "CREATE SCHEMA,ALTER SCHEMA,DROP SCHEMA"
).split(",")
_ANY_DDL = 0x7FFF_FFFF_FFFF_FFFF & ~_KIND_MASK & ~1


def create_views(catalogue: SchemaCatalogue, views: Sequence[Table]) -> Iterator[Statement]:
    """CREATE VIEW statements; a view follows the views that it uses."""
    sources = {view.name: catalogue.texts.text(view.row.get("VIEW_SOURCE")) for view in views}
    for view in views_in_order(views, sources):
        columns = catalogue.sql.listed(string(column, "FIELD_NAME") for column in view.columns)
        if not sources[view.name] or not columns:
            yield left_out(f"the view {view.name}, which has no source or no columns")
            continue
        name = catalogue.sql.qualified(view.name)
        yield Statement(f"CREATE VIEW {name} ({columns}) AS\n{sources[view.name]}")


def views_in_order(views: Sequence[Table], sources: dict[QualifiedName, str]) -> list[Table]:
    """Sort the views: a view follows the views whose names occur in its source."""
    by_word: dict[str, list[Table]] = {}
    for view in views:
        by_word.setdefault(_last_word(view.name.object), []).append(view)
    ordered: list[Table] = []
    seen: set[QualifiedName] = set()
    pending = [(view, False) for view in reversed(views)]
    edges = _MAX_EDGES
    while pending:
        view, is_ready = pending.pop()
        if is_ready:
            ordered.append(view)
        elif view.name not in seen:
            seen.add(view.name)
            pending.append((view, True))
            words = sorted(words_of(sources[view.name]))
            used = (other for word in words for other in by_word.get(word, ()))
            found = [(other, False) for other in islice(used, edges) if other.name not in seen]
            edges -= len(found)
            pending += found
    return ordered


def _last_word(name: str) -> str:
    words = _WORD.findall(name.upper())
    return words[-1] if words else ""


def create_triggers(catalogue: SchemaCatalogue) -> Iterator[Statement]:
    """The users' triggers in name order, without those that the engine made."""
    rows = catalogue.texts.rows(
        "TRIGGERS",
        *("TRIGGER_NAME", "RELATION_NAME", "TRIGGER_TYPE", "TRIGGER_SEQUENCE", "TRIGGER_SOURCE"),
        *("TRIGGER_INACTIVE", "SYSTEM_FLAG", "ENGINE_NAME", "ENTRYPOINT", "SQL_SECURITY"),
        "SCHEMA_NAME",
    )
    of_checks = triggers_of_checks(catalogue.texts)
    users = [row for row in rows if is_users(row) and name_of(row, "TRIGGER_NAME") not in of_checks]
    for row in sorted(users, key=lambda row: name_of(row, "TRIGGER_NAME")):
        yield _trigger(catalogue, row)


def activate_triggers(catalogue: SchemaCatalogue) -> Iterator[Statement]:
    """Statements that activate the triggers of the database and of DDL statements.

    The script creates these triggers as inactive, because they would run during the script.
    """
    rows = catalogue.texts.rows(
        "TRIGGERS",
        *("TRIGGER_NAME", "TRIGGER_TYPE", "TRIGGER_INACTIVE", "SYSTEM_FLAG", "SCHEMA_NAME"),
    )
    for row in sorted(filter(is_users, rows), key=lambda row: name_of(row, "TRIGGER_NAME")):
        is_active = number(row, "TRIGGER_INACTIVE") != 1
        if is_active and not _is_of_table(row) and trigger_event(number(row, "TRIGGER_TYPE") or 0):
            name = catalogue.sql.qualified(name_of(row, "TRIGGER_NAME"))
            yield Statement(f"ALTER TRIGGER {name} ACTIVE")


def _is_of_table(row: Row) -> bool:
    return not (number(row, "TRIGGER_TYPE") or 0) & _KIND_MASK


def _trigger(catalogue: SchemaCatalogue, row: Row) -> Statement:
    name, sql = name_of(row, "TRIGGER_NAME"), catalogue.sql
    source = catalogue.texts.text(row.get("TRIGGER_SOURCE"))
    is_external = bool(string(row, "ENGINE_NAME"))
    event = trigger_event(number(row, "TRIGGER_TYPE") or 0)
    if not event or not (source or is_external):
        return left_out(f"the trigger {name}, which has no source or an unknown type")
    table = string(row, "RELATION_NAME")
    on_table = f" FOR {sql.qualified(name_of(row, 'RELATION_NAME'))}" if table else ""
    is_active = number(row, "TRIGGER_INACTIVE") != 1 and _is_of_table(row)
    state = "ACTIVE" if is_active else "INACTIVE"
    security = security_clause(row)
    options = f"\n{security}" if security else ""
    body = external_clause(sql, row, source) if is_external else source
    return psql(
        f"CREATE TRIGGER {sql.qualified(name)}{on_table}\n{state} {event}"
        f" POSITION {number(row, 'TRIGGER_SEQUENCE') or 0}{options}\n{body}"
    )


def trigger_event(trigger_type: int) -> str:
    """When a trigger runs, as SQL such as `AFTER INSERT OR UPDATE`; "" if the type is unknown.

    Knowledge: RDB$TRIGGER_TYPE in constants.h.
    """
    kind = (trigger_type & _KIND_MASK) >> _KIND_SHIFT
    if kind == _OF_DATABASE:
        event = trigger_type & ~_KIND_MASK
        return f"ON {_DATABASE_EVENTS[event]}" if 0 <= event < len(_DATABASE_EVENTS) else ""
    if kind == _OF_DDL:
        moment = "AFTER" if trigger_type & 1 else "BEFORE"
        if trigger_type & _ANY_DDL == _ANY_DDL:
            return f"{moment} ANY DDL STATEMENT"
        events = [
            event
            for bit, event in enumerate(_DDL_EVENTS, 1)
            if event != "-" and trigger_type >> bit & 1
        ]
        return f"{moment} {' OR '.join(events)}" if events else ""
    # A trigger of a table: in type + 1, bit 0 is the moment, and 2 bits for each event follow
    actions = [(trigger_type + 1) >> shift & 3 for shift in (1, 3, 5)]
    names = [_ACTIONS[action - 1] for action in actions if action]
    moment = "AFTER" if (trigger_type + 1) & 1 else "BEFORE"
    return f"{moment} {' OR '.join(names)}" if names and 0 < trigger_type < 128 else ""
