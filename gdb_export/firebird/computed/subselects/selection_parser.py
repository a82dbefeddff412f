"""Parses the record selection of a subselect."""

from gdb_export.firebird.computed.blr.descriptors import is_date, is_exact, is_text
from gdb_export.firebird.computed.blr.nodes import ColumnTypes, Equality, Node
from gdb_export.firebird.computed.blr.parser import Parser
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
PROCEDURE = 124
FIRST_CLAUSE, SORT_CLAUSE, BOOLEAN_CLAUSE, SKIP_CLAUSE = 68, 70, 71, 175


def read_selection(parser: Parser) -> Selection:
    """Parses the rest of a record selection: one relation and its clauses.

    Its BLR context stays known to the parser. The caller removes it and sets the columns of the
    selection when it has parsed the whole subselect.
    """
    return read_relation(parser, read_single_source(parser))


def read_single_source(parser: Parser) -> int:
    """Reads the number of sources, which must be one, and the code of the source."""
    if parser.blr.u8() != 1:
        raise _not_one_table()
    return parser.blr.u8()


def read_relation(parser: Parser, code: int) -> Selection:
    if code == PROCEDURE:
        raise UnsupportedExpression(f"needs the selectable procedure {parser.blr.name()}")
    if code not in (RELATION, RELATION2, RELATION3):
        raise _not_one_table()
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
    clauses = read_clauses(parser)
    condition = clauses.condition
    is_whole_key = (
        condition is not None and len(condition.equalities) == 1 and condition.is_equality
    )
    key = _lookup_key(condition, context)
    return Selection(context, table, clauses, key, is_whole_key, parser.environment.budget)


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


def _not_one_table() -> UnsupportedExpression:
    return UnsupportedExpression("needs a subselect of more than one table")


def _lookup_key(condition: Node | None, context: int) -> LookupKey | None:
    """The first equality between a column of the BLR context and a value independent of it."""
    for equality in condition.equalities if condition else ():
        for node, wanted, contexts in _both_ways(equality):
            if node.field and node.field[0] == context and context not in contexts:
                if _is_indexable(node, wanted):
                    return LookupKey(node.field[1], wanted, contexts.count(0))
    return None


def _both_ways(equality: Equality) -> tuple[tuple[Node, Node, tuple[int, ...]], ...]:
    """Each side of the equality, with the other side and the contexts of that one."""
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
