"""The verb for built-in functions, which are named."""

from gdb_export.firebird.computed.blr.nodes import Node
from gdb_export.firebird.computed.blr.parser import Parser, Reader
from gdb_export.firebird.computed.blr.verbs import Verb
from gdb_export.firebird.computed.dates import date_functions
from gdb_export.firebird.computed.numbers import bit_functions, math_functions, rounding_functions
from gdb_export.firebird.computed.numbers.math_functions import Builder
from gdb_export.firebird.computed.texts import encoding_functions, string_functions
from gdb_export.firebird.core.errors import UnsupportedExpression

# Fewest and most arguments, and what makes a node of them
FUNCTIONS: dict[str, tuple[int, int, Builder]] = {
    **math_functions.FUNCTIONS,
    **rounding_functions.FUNCTIONS,
    **bit_functions.FUNCTIONS,
    **string_functions.FUNCTIONS,
    **encoding_functions.FUNCTIONS,
    "DATEADD": (3, 3, date_functions.dateadd),
    "DATEDIFF": (3, 3, date_functions.datediff),
    "FIRST_DAY": (2, 2, date_functions.first_day),
    "LAST_DAY": (2, 2, date_functions.last_day),
}


def _call(parser: Parser, _: Verb) -> Node:
    name = parser.code.name()
    if name not in FUNCTIONS:
        raise UnsupportedExpression(f"needs the function {name}")
    fewest, most, build = FUNCTIONS[name]
    arguments = parser.values(parser.code.u8())
    if not fewest <= len(arguments) <= most:
        raise UnsupportedExpression(f"calls {name} with {len(arguments)} arguments")
    return build(parser, *arguments)


VERB_PARSERS: dict[int, Reader] = {Verb.SYS_FUNCTION: _call}
