"""Cache of a subselect's results by the values that determine them."""

from collections.abc import Callable, Hashable

from gdb_export.firebird.computed.blr.nodes import Evaluator, Scope
from gdb_export.firebird.core.errors import EvaluationError
from gdb_export.firebird.values.value_types import Value

MAX_RESULTS = 100_000

# Evaluates a subselect; the flag says whether the number of candidates is bounded
Find = Callable[[Scope, bool], Value | None]


def cached(find: Find, key_of: Callable[[Scope], Hashable]) -> Evaluator:
    """An evaluator that calls `find` once per key, with unbounded candidates; failures are cached
    too."""
    results: dict[Hashable, Value | EvaluationError] = {}

    def run(scope: Scope) -> Value | None:
        key = key_of(scope)
        if key not in results:
            if len(results) > MAX_RESULTS:
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
