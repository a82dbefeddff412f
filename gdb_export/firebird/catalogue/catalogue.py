"""The catalogue: system tables in, tables and columns out.

Old files have equal or missing positions, NULL charsets and names that are no UTF-8: what can
be read is read. `Rows` are dictionaries from a system table's field names, without RDB$.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

from gdb_export.firebird.catalogue.catalogue_columns import CatalogueColumns
from gdb_export.firebird.catalogue.columns import Table, TableKind
from gdb_export.firebird.catalogue.declared_types import has_blob
from gdb_export.firebird.catalogue.system_rows import Row
from gdb_export.firebird.core import ods
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.records.formats import Descriptor, Format
from gdb_export.firebird.records.layout import user_format

_FORMAT_NUMBERS = range(256)  # a record has a byte for it
_TEMPORARY_TYPES = (4, 5)
_VIRTUAL_TYPE = 3


class Catalogue:
    """Built from the rows of RDB$RELATIONS, RDB$RELATION_FIELDS, RDB$FIELDS, RDB$FORMATS and
    RDB$FIELD_DIMENSIONS; `read_format` gives the format of a blob id, `read_blob` its bytes.
    `alignment` is the most that a field is aligned to."""

    def __init__(
        self,
        rows: Callable[[int], Iterable[Row]],
        read_format: Callable[[bytes], Format],
        read_blob: Callable[[bytes], bytes],
        log: DamageLog,
        alignment: int,
        ods_major: int,
    ) -> None:
        self._alignment = alignment
        self._read_format = read_format
        self._log = log
        fields, relation_fields = rows(ods.RELATION_FIELDS), rows(ods.RELATION_RELATION_FIELDS)
        self._columns = CatalogueColumns(fields, relation_fields, read_blob, log, ods_major)
        self._formats: defaultdict[int, dict[int, bytes]] = defaultdict(dict)
        for row in rows(ods.RELATION_FORMATS):
            self._add_format(row["RELATION_ID"], row["FORMAT"] or 0, row["DESCRIPTOR"])
        self.relations = list(rows(ods.RELATION_RELATIONS))

    def _add_format(self, relation: int, number: int, blob: bytes | None) -> None:
        if blob is None:
            self._log.add(Damage(f"format {number} of table number {relation} is lost"))
        elif number in _FORMAT_NUMBERS:
            self._formats[relation][number] = blob

    def add_dimensions(self, rows: Iterable[Row]) -> None:
        """Bounds of arrays, from RDB$FIELD_DIMENSIONS."""
        self._columns.add_dimensions(rows)

    def relation_ids(self) -> set[int]:
        """Numbers of all tables, of the system's too."""
        return {row["RELATION_ID"] for row in self.relations if row["RELATION_ID"] is not None}

    def add_relation(self, name: str, number: int) -> None:
        """A row of RDB$RELATIONS for a table that lost its own."""
        row = dict.fromkeys(("SYSTEM_FLAG", "VIEW_BLR", "EXTERNAL_FILE", "OWNER_NAME"))
        found = {"RELATION_NAME": name, "RELATION_ID": number}
        self.relations.append({**row, **found, "FORMAT": max(self._formats[number])})

    def latest_format(self, number: int) -> Format | None:
        """The last format of a table, None where it can't be read."""
        with suppress(Damage):
            if formats := self._formats.get(number):
                return self._read_format(formats[max(formats)])
        return None

    def nameless_columns(self) -> Iterator[tuple[str, dict[int, Descriptor]]]:
        """The declared types by field id of each table that has columns, but no row in
        RDB$RELATIONS."""
        return self._columns.of_unlisted({row["RELATION_NAME"] for row in self.relations})

    def system_fields(self, relation_name: str) -> list[tuple[str, Descriptor]]:
        """Names and types of the fields of a system table, in the order of the field ids."""
        return self._columns.of_system_table(relation_name)

    def user_tables(self) -> list[Table]:
        """All tables that are not the system's, in name order; views among them."""
        found: dict[str, Table] = {}
        seen: set[int] = set()
        for row in self.relations:
            if row["SYSTEM_FLAG"]:
                continue
            name, relation = row["RELATION_NAME"], row["RELATION_ID"]
            if not name or relation is None or relation < 0:
                self._log.add(Damage(f"a table without {'a number' if name else 'a name'}"))
                continue
            if name in found or relation in seen:
                self._log.add(Damage(f"the table {name} stands twice in the catalogue"))
                continue
            seen.add(relation)
            found[name] = self._table(row)
        self._columns.forget_alike()
        return [found[name] for name in sorted(found)]

    def _table(self, row: Row) -> Table:
        name, relation = row["RELATION_NAME"], row["RELATION_ID"]
        formats = self._formats.get(relation, {})
        current = row["FORMAT"] or 0
        known = current if current in formats else max(formats, default=current)
        if not self._log.count:
            current = known
        declared = self._current_format(name, formats.get(known))
        kind, made = self._kind(row), None
        is_lost = self._log.count and (declared is None or (current and known != current))
        if is_lost and kind is TableKind.TABLE:
            made = self._made_format(name, row.get("FIELD_ID") or 0)
        return Table(
            name=name,
            relation=relation,
            kind=kind,
            format=current,
            columns=tuple(self._columns.of_table(name, made or declared)),
            owner=row["OWNER_NAME"] or "",
            external_file=row["EXTERNAL_FILE"] or "",
            formats=formats,
            reconstructed_format=made,
        )

    def _kind(self, row: Row) -> TableKind:
        if has_blob(row["VIEW_BLR"]):
            return TableKind.VIEW
        if row["EXTERNAL_FILE"]:
            return TableKind.EXTERNAL
        relation_type = row.get("RELATION_TYPE")
        if relation_type in _TEMPORARY_TYPES:
            return TableKind.TEMPORARY
        if relation_type == _VIRTUAL_TYPE:
            return TableKind.VIRTUAL
        return TableKind.TABLE

    def _current_format(self, name: str, blob: bytes | None) -> Format | None:
        if blob is None:
            return None
        try:
            return self._read_format(blob)
        except Damage as damage:
            self._log.add(Damage(f"the current format of {name} is lost: {damage}"))
            return None

    def _made_format(self, name: str, count: int) -> Format | None:
        """The current format as the engine made it: of all `count` columns that the table has. One
        that had more before keeps the numbers of those, and it is not known what else is
        missing."""
        found = self._columns.stored_fields(name, count)
        if found is None:
            return None
        try:
            made = user_format(*found, self._alignment)
        except Damage:
            return None
        self._log.add(Damage(f"the current format of {name} is lost: it is made of its columns"))
        return made
