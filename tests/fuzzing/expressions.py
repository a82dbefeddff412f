"""Target: the BLR of a computed column, parsed and evaluated for rows of extreme values.

The first byte of an input selects the ODS version and the target type; the rest is the BLR.
"""

from contextlib import suppress

from gdb_export.firebird.computed.blr.verbs import Verb
from gdb_export.firebird.computed.expression import parse
from gdb_export.firebird.computed.system_functions import FUNCTIONS
from gdb_export.firebird.core.errors import FirebirdError
from gdb_export.firebird.opening import open_database
from tests.firebird.computed.blr_builder import call, expression_blr, field, integer, verb
from tests.firebird.computed.extreme_values import VALUES, environment
from tests.firebird.memory_source import MemorySource
from tests.fuzzing.seeds import golden_files
from tests.fuzzing.target import Target

ODS_VERSIONS = ((10, 1), (11, 2), (12, 2), (13, 1), (14, 0))
_TARGETS = [descriptor for descriptor, _ in VALUES.values()]
_ROWS = 4
MAX_STEPS = 100_000  # of one input: a hundredth of what the reader allows any file


def check(data: bytes) -> None:
    if not data:
        return
    version, target = data[0] % len(ODS_VERSIONS), data[0] // len(ODS_VERSIONS)
    with suppress(FirebirdError):
        expression = parse(data[1:], environment(ODS_VERSIONS[version], MAX_STEPS))
        for index in range(_ROWS):
            row = {key: values[index % len(values)] for key, (_, values) in VALUES.items()}
            with suppress(FirebirdError):
                expression.evaluate_as(
                    _TARGETS[target % len(_TARGETS)], lambda key, row=row: row[str(key)]
                )


def seeds() -> list[bytes]:
    """Each function and each simple verb over columns, and the expressions of golden databases."""
    operands = [field("CHAR"), integer(2), field("STAMP"), field("DOUBLE")]
    expressions = []
    for name, (minimum, maximum, _) in sorted(FUNCTIONS.items()):
        for count in {minimum, min(maximum, len(operands))}:
            expressions.append(call(name, *operands[:count]))
    expressions += [verb(code, *operands[:2]) for code in sorted(Verb)]
    return [b"\3" + expression_blr(expression) for expression in expressions] + _golden_blr()


def _golden_blr() -> list[bytes]:
    found = set()
    for data in golden_files():
        with suppress(FirebirdError):
            for table in open_database(MemorySource(data)).tables:
                found |= {b"\3" + column.computed for column in table.columns if column.computed}
    return sorted(found)


TARGET = Target(check, seeds, 2_000)
