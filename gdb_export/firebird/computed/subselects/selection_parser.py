"""Parses the record selection of a subselect."""

from collections.abc import Container, Sequence
from dataclasses import replace

from gdb_export.firebird.computed.blr.descriptors import is_date, is_exact, is_text
from gdb_export.firebird.computed.blr.nodes import ColumnTypes, Equality, Node
from gdb_export.firebird.computed.blr.parser import Parser
from gdb_export.firebird.computed.subselects.joins import (
    MAX_TABLES,
    JoinedTable,
    JoinSelection,
)
from gdb_export.firebird.computed.subselects.record_selection import (
    Clauses,
    LookupKey,
    Selection,
)
from gdb_export.firebird.computed.subselects.row_order import SortKey, read_sort
from gdb_export.firebird.computed.texts.collations import is_exact_collation
from gdb_export.firebird.core.errors import UnsupportedExpression
from gdb_export.firebird.core.qualified_names import QualifiedName

# Codes of BLR: the frame of a selection, its sources, its clauses
RECORD_SELECTION, END = 67, 255
RELATION, RELATION2, RELATION3, AGGREGATE = 74, 146, 148, 79
PROCEDURE, JOIN, JOIN_TYPE = 124, 119, 80
INNER_JOIN, LEFT_JOIN = 0, 1
FIRST_CLAUSE, SORT_CLAUSE, BOOLEAN_CLAUSE, SKIP_CLAUSE = 68, 70, 71, 175


# The rows of one table or of several
AnySelection = Selection | JoinSelection


def read_selection(parser: Parser) -> AnySelection:
    """Parses the rest of a record selection: its sources and their clauses.

    Their BLR contexts stay known to the parser. The caller removes them and finishes the selection
    when it has parsed the whole subselect.
    """
    return read_sources(parser, parser.blr.u8())


def read_sources(parser: Parser, count: int) -> AnySelection:
    """Parses `count` sources and the clauses of the selection."""
    tables: list[JoinedTable] = []
    conditions: list[Node] = []
    for _ in range(count):
        _read_source(parser, tables, conditions)
    if not tables:
        raise UnsupportedExpression("needs a subselect of no table")
    clauses = read_clauses(parser)
    if len(tables) == 1:
        return _with_clauses(tables[0].selection, clauses)
    if clauses != Clauses(condition=clauses.condition):
        raise UnsupportedExpression("needs FIRST, SKIP or ORDER BY in a join")
    if clauses.condition is not None:
        conditions.append(clauses.condition)
    return JoinSelection(_with_keys(tables, conditions), tuple(conditions))


def _read_source(
    parser: Parser, tables: list[JoinedTable], conditions: list[Node], depth: int = 0
) -> None:
    """Adds the tables of a source, and the conditions of its inner joins."""
    if max(len(tables), depth) >= MAX_TABLES:
        raise UnsupportedExpression(f"needs a subselect of more than {MAX_TABLES} tables")
    code = parser.blr.u8()
    if code != JOIN:
        tables.append(JoinedTable(_read_relation(parser, code), is_optional=False))
        return
    ends = []
    for _ in range(parser.blr.u8()):
        _read_source(parser, tables, conditions, depth + 1)
        ends.append(len(tables))
    join_type, condition = _read_join_clauses(parser)
    if join_type == INNER_JOIN:
        if condition is not None:
            conditions.append(condition)
        return
    if join_type != LEFT_JOIN or len(ends) != 2 or ends[1] != ends[0] + 1:
        raise UnsupportedExpression("needs a RIGHT or FULL join, or one inside a LEFT join")
    on = _with_clauses(tables[-1].selection, Clauses(condition=condition))
    tables[-1] = JoinedTable(on, is_optional=True)


def _read_join_clauses(parser: Parser) -> tuple[int, Node | None]:
    """The type of a join, and its condition."""
    join_type, condition = INNER_JOIN, None
    while (code := parser.blr.u8()) != END:
        if code == JOIN_TYPE:
            join_type = parser.blr.u8()
        elif code == BOOLEAN_CLAUSE and condition is None:
            condition = parser.value()
        else:
            raise UnsupportedExpression(f"needs a join with the clause {code}")
    return join_type, condition


def _with_clauses(selection: Selection, clauses: Clauses) -> Selection:
    """The selection with its clauses, and the key that its condition gives."""
    condition = clauses.condition
    key = _lookup_key((condition,) if condition else (), selection.context)
    is_whole_key = (
        condition is not None and len(condition.equalities) == 1 and condition.is_equality
    )
    return replace(selection, clauses=clauses, key=key, is_whole_key=is_whole_key)


def _with_keys(tables: Sequence[JoinedTable], conditions: Sequence[Node]) -> list[JoinedTable]:
    """The tables in the order in which they are read, with keys from the conditions.

    For inner joins the next table is the first one that has a key, if there is one.
    """
    ordered: list[JoinedTable] = []
    known = {0}
    left = list(tables)
    while left:
        keys = [_lookup_key(conditions, table.selection.context, known) for table in left]
        index = 0
        if not any(table.is_optional for table in tables):
            index = next((i for i, key in enumerate(keys) if key is not None), 0)
        table = left.pop(index)
        if not table.is_optional:
            table = JoinedTable(replace(table.selection, key=keys[index]), is_optional=False)
        known.add(table.selection.context)
        ordered.append(table)
    return ordered


def _read_relation(parser: Parser, code: int) -> Selection:
    """Parses a table and its BLR context."""
    if code == PROCEDURE:
        raise UnsupportedExpression(f"needs the selectable procedure {parser.blr.name()}")
    if code not in (RELATION, RELATION2, RELATION3):
        raise UnsupportedExpression("needs a subselect of a derived table or a union")
    if code == RELATION3:
        schema, package = parser.blr.name(), parser.blr.name()
        name = QualifiedName(parser.blr.name(), schema, package)
    else:
        name = QualifiedName(parser.blr.name(), parser.environment.schema)
    if code in (RELATION2, RELATION3):
        parser.blr.name()  # its alias
    table = parser.environment.lookup_table(name)
    if table is None:
        raise UnsupportedExpression(f"needs a subselect of {name}, which is not a readable table")
    context = parser.blr.u8()
    add_context(parser, context, table)
    return Selection(context, table, Clauses(), None, False, parser.environment.budget)


def add_context(parser: Parser, context: int, columns: ColumnTypes) -> None:
    """Makes the columns of a BLR context known to the parser."""
    if context == 0 or context in parser.contexts:
        raise UnsupportedExpression("needs a subselect that redefines a BLR context")
    parser.contexts[context] = columns


def read_clauses(parser: Parser) -> Clauses:
    """Parses FIRST, SKIP, WHERE and ORDER BY, each at most once."""
    values: dict[int, Node] = {}
    sort: tuple[SortKey, ...] | None = None
    while (code := parser.blr.u8()) != END:
        if code == SORT_CLAUSE and sort is None:
            sort = read_sort(parser)
        elif code in (FIRST_CLAUSE, SKIP_CLAUSE, BOOLEAN_CLAUSE) and code not in values:
            values[code] = parser.value()
        else:
            raise UnsupportedExpression(f"needs a subselect with the clause {code}")
    return Clauses(
        values.get(FIRST_CLAUSE), values.get(SKIP_CLAUSE), values.get(BOOLEAN_CLAUSE), sort or ()
    )


def _lookup_key(
    conditions: Sequence[Node], context: int, known: Container[int] | None = None
) -> LookupKey | None:
    """The key from the first equality between a column of the BLR context and a value that does not
    read that context. The value may read only the contexts in `known`, any if it is None."""
    for equality in (equality for node in conditions for equality in node.equalities):
        for node, wanted, contexts in _both_ways(equality):
            if node.field and node.field[0] == context and context not in contexts:
                is_known = known is None or all(other in known for other in contexts)
                if is_known and _is_indexable(node, wanted):
                    return LookupKey(node.field[1], wanted, contexts.count(0))
    return None


def _both_ways(equality: Equality) -> tuple[tuple[Node, Node, tuple[int, ...]], ...]:
    """Each side of the equality, with the other side and the contexts that the other side reads."""
    left, right = equality.left, equality.right
    return (
        (left, right, equality.right_contexts),
        (right, left, equality.left_contexts),
    )


def _is_indexable(column: Node, wanted: Node) -> bool:
    """Whether values of the two types are equal exactly if their equality keys are."""
    if is_text(column.type) and is_text(wanted.type):
        return is_exact_collation(column.type) and is_exact_collation(wanted.type)
    if is_exact(column.type) and is_exact(wanted.type):
        return True
    return is_date(column.type) and column.type.dtype == wanted.type.dtype
