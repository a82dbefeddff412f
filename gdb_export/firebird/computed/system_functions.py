"""The verb that calls system functions, and the registry of the functions."""

from gdb_export.firebird.computed.blr.nodes import Node
from gdb_export.firebird.computed.blr.parser import Parser, SystemFunction, VerbParser
from gdb_export.firebird.computed.blr.verbs import Verb
from gdb_export.firebird.computed.dates import date_functions
from gdb_export.firebird.computed.numbers import bit_functions, math_functions, rounding_functions
from gdb_export.firebird.computed.texts import (
    character_functions,
    encoding_functions,
    string_functions,
)
from gdb_export.firebird.core.errors import UnsupportedExpression

FUNCTIONS: dict[str, SystemFunction] = {
    **math_functions.FUNCTIONS,
    **rounding_functions.FUNCTIONS,
    **bit_functions.FUNCTIONS,
    **string_functions.FUNCTIONS,
    **character_functions.FUNCTIONS,
    **encoding_functions.FUNCTIONS,
    **date_functions.FUNCTIONS,
}


def _call(parser: Parser, _: Verb) -> Node:
    name = parser.blr.name()
    if name not in FUNCTIONS:
        raise UnsupportedExpression(f"needs the function {name}")
    min_arguments, max_arguments, build = FUNCTIONS[name]
    arguments = parser.values(parser.blr.u8())
    if not min_arguments <= len(arguments) <= max_arguments:
        raise UnsupportedExpression(f"calls {name} with {len(arguments)} arguments")
    return build(parser, *arguments)


VERB_PARSERS: dict[int, VerbParser] = {Verb.SYS_FUNCTION: _call}
