"""Verbs that are not evaluated, and the reasons that warnings give."""

from typing import NoReturn

from gdb_export.firebird.computed.blr import verbs
from gdb_export.firebird.computed.blr.parser import Parser, VerbParser
from gdb_export.firebird.computed.blr.verbs import Verb
from gdb_export.firebird.core.errors import UnsupportedExpression

_REASONS = {
    Verb.DBKEY: "needs the record's DB_KEY",
    Verb.FROM: "needs a subselect",
    Verb.AVERAGE: "needs a subselect",
    Verb.COUNT: "needs a subselect",
    Verb.MAXIMUM: "needs a subselect",
    Verb.MINIMUM: "needs a subselect",
    Verb.TOTAL: "needs a subselect",
    Verb.UNIQUE: "needs a subselect",
    Verb.RECORD_VERSION: "needs the record's version",
    Verb.RECORD_VERSION2: "needs the record's version",
    Verb.INTERNAL_INFO: "needs a variable of the session",
    Verb.CURRENT_ROLE: "needs the role of the session",
    Verb.MATCHING: "uses the old operator MATCHING",
    Verb.MATCHING2: "uses the old operator MATCHING",
    Verb.SUBSTRING_SIMILAR: "uses SUBSTRING ... SIMILAR",
    Verb.SUBFUNC: "needs a PSQL function",
    Verb.DEFAULT: "needs the default of another column",
    Verb.DEFAULT2: "needs the default of another column",
    Verb.CURRENT_SCHEMA: "needs the schema of the session",
    Verb.PACKAGE_REFERENCE: "needs a constant of a package",
    Verb.PARAMETER: "needs a parameter",
    Verb.PARAMETER2: "needs a parameter",
}


def _refuse(parser: Parser, verb: Verb) -> NoReturn:
    raise UnsupportedExpression(_REASONS[verb])


def _refuse_function(parser: Parser, _: Verb) -> NoReturn:
    """Refuses a function whose name may have a schema and a package (ODS 14)."""
    parts = dict.fromkeys(verbs.FUNCTION_ID_PARTS, "")
    if parser.blr.u8() == verbs.FUNCTION_ID:
        while (part := parser.blr.u8()) in parts:
            parts[part] = parser.blr.name()
    raise UnsupportedExpression(f"needs {parser.environment.names.function(*parts.values())}")


def _refuse_named(parser: Parser, verb: Verb) -> NoReturn:
    name = parser.blr.name()
    if verb == Verb.GEN_ID3:
        name = f"{name}.{parser.blr.name()}" if name else parser.blr.name()
    names = parser.environment.names
    if verb == Verb.FUNCTION:
        raise UnsupportedExpression(f"needs {names.function(name)}")
    if verb == Verb.FUNCTION2:
        raise UnsupportedExpression(f"needs {names.function(name, parser.blr.name())}")
    raise UnsupportedExpression(f"needs the generator {name}")


VERB_PARSERS: dict[int, VerbParser] = {
    **dict.fromkeys(_REASONS, _refuse),
    **dict.fromkeys(
        (Verb.FUNCTION, Verb.FUNCTION2, Verb.GEN_ID, Verb.GEN_ID2, Verb.GEN_ID3), _refuse_named
    ),
    Verb.INVOKE_FUNCTION: _refuse_function,
}
