"""Subselects of one other table: a value looked up by a key, a total, and EXISTS."""

from collections.abc import Callable

from gdb_export.firebird.computed.blr.nodes import BOOLEAN, ColumnKey, Node, Scope
from gdb_export.firebird.computed.blr.parser import Parser, Reader
from gdb_export.firebird.computed.blr.verbs import Verb
from gdb_export.firebird.computed.subselects.aggregates import Aggregate, Totals, read_totals
from gdb_export.firebird.computed.subselects.record_selection import (
    AGGREGATE,
    RECORD_SELECTION,
    Clauses,
    Selection,
    hashed,
    read_clauses,
    read_relation,
    read_selection,
)
from gdb_export.firebird.core.errors import EvaluationError, UnsupportedExpression
from gdb_export.firebird.values.value_types import Value

SINGULAR = 127
# Results that are kept by key; the least would be one per row of the other table
MAX_REMEMBERED = 100_000

Find = Callable[[Scope, bool], Value | None]


def _via(parser: Parser, _: Verb) -> Node:
    """A value of the row selected, and what stands for it where there is none."""
    start = _begin(parser)
    number = parser.code.u8()
    is_singular = number == SINGULAR
    if is_singular:
        number = parser.code.u8()
    if number != RECORD_SELECTION:
        raise UnsupportedExpression(f"needs a subselect with the verb {number}")
    if parser.code.u8() != 1:
        raise UnsupportedExpression("needs a subselect of more than one table, or of no table")
    number = parser.code.u8()
    if number == AGGREGATE:
        selection, value, find = _total(parser)
    else:
        selection = read_relation(parser, number)
        value = parser.value()
        find = _looked_up(selection, value, is_singular)
    remembered = _end(parser, start, selection, find)
    otherwise = parser.value()

    def run(scope: Scope) -> Value | None:
        found = remembered(scope)
        return otherwise.run(scope) if found is _NOTHING else found

    return Node(value.type, run)


class _Nothing:
    pass


_NOTHING = _Nothing()


def _looked_up(selection: Selection, value: Node, is_singular: bool) -> Find:
    def find(scope: Scope, is_bounded: bool) -> Value | None:
        found: Value = _NOTHING
        for _ in selection.rows(scope, is_bounded):
            if found is not _NOTHING:
                raise EvaluationError("a subselect that finds several rows")
            found = value.run(scope)
            if not is_singular:
                break
        return found

    return find


def _total(parser: Parser) -> tuple[Selection, Node, Find]:
    """Totals over the rows selected, and a value made of them."""
    context = parser.code.u8()
    if parser.code.u8() != RECORD_SELECTION:
        raise UnsupportedExpression("needs a total over a subselect")
    selection = read_selection(parser)
    totals = read_totals(parser)
    if context == 0 or context in parser.others:
        raise UnsupportedExpression("needs a subselect in place of the row")
    parser.others[context] = totals
    if read_clauses(parser) != Clauses():
        raise UnsupportedExpression("needs a subselect with HAVING")
    value = parser.value()

    def find(scope: Scope, is_bounded: bool) -> Value | None:
        scope.others[context] = _folded(selection, totals, scope, is_bounded)
        return value.run(scope)

    return selection, value, find


def _folded(
    selection: Selection, totals: Totals, scope: Scope, is_bounded: bool
) -> dict[ColumnKey, Value | None]:
    gathered: dict[int, list[Value]] = {number: [] for number in totals.aggregates}
    for row in selection.rows(scope, is_bounded):
        for number, aggregate in totals.aggregates.items():
            value = _gathered(aggregate, row, scope)
            if value is not None:
                gathered[number].append(value)
    return {number: totals.aggregates[number].fold(some) for number, some in gathered.items()}


def _gathered(aggregate: Aggregate, row: Value, scope: Scope) -> Value | None:
    return row if aggregate.operand is None else aggregate.operand.run(scope)


def _exists(parser: Parser, _: Verb) -> Node:
    start = _begin(parser)
    if parser.code.u8() != RECORD_SELECTION:
        raise UnsupportedExpression("needs EXISTS of more than one table")
    selection = read_selection(parser)

    def find(scope: Scope, is_bounded: bool) -> bool:
        return any(True for _ in selection.rows(scope, is_bounded))

    return Node(BOOLEAN, _end(parser, start, selection, find))


def _quantified(parser: Parser, verb: Verb) -> Node:
    """IN, ANY and ALL: a selection, and the comparison that some or all of its rows fulfil. Where
    only NULLs keep it from being decided the engine says false, and not unknown."""
    start = _begin(parser)
    if [parser.code.u8() for _ in range(3)] != [RECORD_SELECTION, 1, RECORD_SELECTION]:
        raise UnsupportedExpression("needs IN, ANY or ALL of more than one table")
    selection = read_selection(parser)
    clauses = read_clauses(parser)
    comparison = clauses.condition
    if comparison is None or clauses != Clauses(condition=comparison):
        raise UnsupportedExpression("needs IN, ANY or ALL with more than a comparison")
    test, combined = comparison.run, any if verb == Verb.ANSI_ANY else all

    def find(scope: Scope, is_bounded: bool) -> bool:
        return combined(test(scope) is True for _ in selection.rows(scope, is_bounded))

    return Node(BOOLEAN, _end(parser, start, selection, find))


# ---------------------------------------------------------------- what depends on what
def _begin(parser: Parser) -> int:
    """How many fields the parser has read before; no subselect may stand inside another."""
    if parser.others:
        raise UnsupportedExpression("needs a subselect inside another")
    return len(parser.fields)


def _end(
    parser: Parser, start: int, selection: Selection, find: Find
) -> Callable[[Scope], Value | None]:
    """Runs `find`, but once where nothing of the row decides, and once a key where that does."""
    parser.others.clear()
    fields = parser.fields[start:]
    selection.columns = frozenset(key for context, key in fields if context == selection.context)
    outer_fields = sum(context == 0 for context, _ in fields)
    key = selection.key
    if outer_fields == 0:
        return _remembering(find, lambda scope: ())
    if key is not None and selection.is_whole_key and key.outer_fields == outer_fields:
        wanted = key.wanted
        return _remembering(find, lambda scope: hashed(wanted.run(scope)))
    return lambda scope: find(scope, True)


def _remembering(
    find: Find, decisive: Callable[[Scope], Value | None]
) -> Callable[[Scope], Value | None]:
    results: dict[Value | None, Value | EvaluationError | None] = {}

    def run(scope: Scope) -> Value | None:
        key = decisive(scope)
        if key not in results:
            if len(results) > MAX_REMEMBERED:
                results.clear()
            try:
                results[key] = find(scope, False)
            except EvaluationError as error:
                results[key] = error
        result = results[key]
        if isinstance(result, EvaluationError):
            raise EvaluationError(str(result))
        return result

    return run


VERB_PARSERS: dict[int, Reader] = {
    Verb.VIA: _via,
    Verb.ANY: _exists,
    Verb.EXISTS: _exists,
    Verb.ANSI_ANY: _quantified,
    Verb.ANSI_ALL: _quantified,
}
