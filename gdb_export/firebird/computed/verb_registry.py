"""The registry of verb parsers, by the codes of the verbs."""

from gdb_export.firebird.computed import system_functions
from gdb_export.firebird.computed.blr import casts, primaries, statements, unsupported_verbs
from gdb_export.firebird.computed.blr.parser import VerbParser
from gdb_export.firebird.computed.conditions import comparisons, conditionals
from gdb_export.firebird.computed.dates import at_time_zone, cast_format, current_moment, extract
from gdb_export.firebird.computed.numbers import arithmetic
from gdb_export.firebird.computed.subselects import subselect
from gdb_export.firebird.computed.texts import patterns, similar_to, text_verbs

VERB_PARSERS: dict[int, VerbParser] = {
    **unsupported_verbs.VERB_PARSERS,
    **subselect.VERB_PARSERS,
    **primaries.VERB_PARSERS,
    **casts.VERB_PARSERS,
    **statements.VERB_PARSERS,
    **arithmetic.VERB_PARSERS,
    **conditionals.VERB_PARSERS,
    **comparisons.VERB_PARSERS,
    **patterns.VERB_PARSERS,
    **similar_to.VERB_PARSERS,
    **extract.VERB_PARSERS,
    **at_time_zone.VERB_PARSERS,
    **current_moment.VERB_PARSERS,
    **cast_format.VERB_PARSERS,
    **system_functions.VERB_PARSERS,
    **text_verbs.VERB_PARSERS,
}
