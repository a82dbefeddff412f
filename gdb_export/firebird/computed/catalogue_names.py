"""Names that the reasons of unsupported expressions give to functions and collations.

Knowledge: RDB$FUNCTIONS and RDB$COLLATIONS of Firebird 1.5 to 6.0. A UDF has a module, an external
function an engine, and a PSQL function neither.
"""

from functools import cached_property

from gdb_export.firebird.catalogue.database_reader import DatabaseReader
from gdb_export.firebird.core.charsets import CHARSETS
from gdb_export.firebird.core.damage import DamageLog

# First ODS (Firebird 3) with functions that are not UDFs
_ODS_WITH_PSQL_FUNCTIONS = 12
_FUNCTION_FIELDS = frozenset({"FUNCTION_NAME", "PACKAGE_NAME", "MODULE_NAME", "ENGINE_NAME"})
_COLLATION_FIELDS = frozenset({"COLLATION_NAME", "COLLATION_ID", "CHARACTER_SET_ID", "SYSTEM_FLAG"})


class CatalogueNames:
    """Reads the catalogue when the first name is requested. What can't be read is missing in the
    names; it is not reported as damage."""

    def __init__(self, database: DatabaseReader) -> None:
        self._database = database

    def function(self, *parts: str) -> str:
        """The kind and the name of a function, such as `the UDF LPAD`. `parts`: its
        schema, its package, and its name, which is the last."""
        is_old = self._database.is_interbase or self._database.ods[0] < _ODS_WITH_PSQL_FUNCTIONS
        package, name = ("", *parts)[-2:]
        kind = "UDF" if is_old else self._function_kinds.get((package, name), "function")
        return f"the {kind} {'.'.join(filter(None, parts))}"

    def collation(self, charset_id: int, collation_id: int) -> str:
        """The name of a collation, such as `the collation PXW_SPAN of WIN1252`."""
        charset = CHARSETS.get(charset_id)
        of_charset = f"character set {charset_id}" if charset is None else charset.name
        found = self._collations.get((charset_id, collation_id))
        if found is None:
            return f"collation {collation_id} of {of_charset}"
        name, is_of_user = found
        return f"the {'user-made ' * is_of_user}collation {name} of {of_charset}"

    @cached_property
    def _function_kinds(self) -> dict[tuple[str, str], str]:
        kinds = {}
        for row in self._database.definition_rows("FUNCTIONS", _FUNCTION_FIELDS, DamageLog()):
            kind = "PSQL function"
            if row.get("ENGINE_NAME"):
                kind = "external function"
            elif row.get("MODULE_NAME"):
                kind = "UDF"
            kinds[str(row.get("PACKAGE_NAME") or ""), str(row.get("FUNCTION_NAME"))] = kind
        return kinds

    @cached_property
    def _collations(self) -> dict[tuple[object, object], tuple[str, bool]]:
        """Name, and whether a user made it, by character set and number."""
        rows = self._database.definition_rows("COLLATIONS", _COLLATION_FIELDS, DamageLog())
        return {
            (row.get("CHARACTER_SET_ID"), row.get("COLLATION_ID")): (
                str(row.get("COLLATION_NAME")),
                not row.get("SYSTEM_FLAG"),
            )
            for row in rows
        }
