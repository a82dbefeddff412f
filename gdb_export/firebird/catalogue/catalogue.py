"""The catalogue: reads the rows of the system tables and describes the user tables.

Old files have equal or missing positions, NULL character sets, and names that are not UTF-8. Rows
that contradict each other are reported as damage and left out.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress

from gdb_export.firebird.catalogue.catalogue_columns import CatalogueColumns, relation_name
from gdb_export.firebird.catalogue.columns import Table, TableKind, table_kind
from gdb_export.firebird.catalogue.declared_types import has_blob
from gdb_export.firebird.catalogue.system_tables import CatalogueRow
from gdb_export.firebird.core import ods
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.qualified_names import QualifiedName, unique_texts
from gdb_export.firebird.records.formats import Descriptor, Format
from gdb_export.firebird.records.layout import user_format

_KNOWN_TYPES = ("", "PERSISTENT", "VIEW")  # RDB$RELATION_TYPE of InterBase
_FORMAT_NUMBERS = range(256)  # a record header has one byte for the number


class Catalogue:
    """The rows of RDB$RELATIONS, RDB$RELATION_FIELDS, RDB$FIELDS, RDB$FORMATS and
    RDB$FIELD_DIMENSIONS.

    `rows` gives the rows of a system table, `read_format` the format in the blob of an id,
    `read_blob` the content of a blob. `alignment` is the largest alignment of a field in bytes.
    """

    def __init__(
        self,
        rows: Callable[[int], Iterable[CatalogueRow]],
        read_format: Callable[[bytes], Format],
        read_blob: Callable[[bytes], bytes],
        log: DamageLog,
        alignment: int,
        ods_major: int,
    ) -> None:
        self._alignment = alignment
        self._max_image = ods.MAX_IMAGES[ods_major]
        self._read_format = read_format
        self._log = log
        fields, relation_fields = rows(ods.RELATION_FIELDS), rows(ods.RELATION_RELATION_FIELDS)
        self._columns = CatalogueColumns(fields, relation_fields, read_blob, log, ods_major)
        # blob ids by relation id and format number
        self._formats: defaultdict[int | None, dict[int, bytes]] = defaultdict(dict)
        for row in rows(ods.RELATION_FORMATS):
            self._add_format(row["RELATION_ID"], row["FORMAT"] or 0, row["DESCRIPTOR"])
        self.relations = list(rows(ods.RELATION_RELATIONS))

    def _add_format(self, relation: int | None, format_number: int, blob: bytes | None) -> None:
        if blob is None:
            self._log.add(Damage(f"format {format_number} of table number {relation} is lost"))
        elif format_number in _FORMAT_NUMBERS:
            self._formats[relation][format_number] = blob

    def add_dimensions(self, rows: Iterable[Mapping[str, object]]) -> None:
        """Add the bounds of arrays from the rows of RDB$FIELD_DIMENSIONS."""
        self._columns.add_dimensions(rows)

    def relation_ids(self) -> set[int]:
        """The relation ids of all tables, system tables included."""
        ids = (row["RELATION_ID"] for row in self.relations)
        return {relation for relation in ids if relation is not None}

    def format_relations(self) -> set[int]:
        """The relation ids of all tables that have formats."""
        return {relation for relation in self._formats if relation is not None}

    def add_relation(self, name: QualifiedName, relation: int) -> None:
        """Add a row of RDB$RELATIONS for a table whose own row is lost."""
        self.relations.append(
            {
                "SYSTEM_FLAG": None,
                "VIEW_BLR": None,
                "EXTERNAL_FILE": None,
                "OWNER_NAME": None,
                "RELATION_NAME": name.object,
                "SCHEMA_NAME": name.schema,
                "PACKAGE_NAME": name.package,
                "RELATION_ID": relation,
                "FORMAT": max(self._formats[relation]),
            }
        )

    def latest_format(self, relation: int) -> Format | None:
        """The latest format of a table, None if it can't be read."""
        with suppress(Damage):
            if formats := self._formats.get(relation):
                return self._read_format(formats[max(formats)])
        return None

    def nameless_columns(self) -> Iterator[tuple[QualifiedName, dict[int, Descriptor]]]:
        """The name and the declared types by field id of each table that has columns, but no row
        in RDB$RELATIONS."""
        return self._columns.of_unlisted({relation_name(row) for row in self.relations})

    def system_fields(self, relation_name: str) -> list[tuple[str, Descriptor]]:
        """Names and types of the fields of a system table, in the order of the field ids."""
        return self._columns.of_system_table(relation_name)

    def system_tables(self) -> dict[str, tuple[int, list[tuple[str, Descriptor]]]]:
        """Relation id and fields of the system tables, by the name without RDB$."""
        return {
            name.removeprefix("RDB$"): (relation, self.system_fields(name))
            for row in self.relations
            if row["SYSTEM_FLAG"]
            and (name := row["RELATION_NAME"] or "").startswith("RDB$")
            and (relation := row["RELATION_ID"]) is not None
        }

    def user_tables(self) -> list[Table]:
        """All user tables, views included, in name order."""
        rows = [row for row in self.relations if not row["SYSTEM_FLAG"]]
        names = unique_texts(map(relation_name, rows))
        tables: dict[str, Table] = {}
        seen: set[int] = set()
        for row in rows:
            qualified_name, relation = relation_name(row), row["RELATION_ID"]
            name = names[qualified_name]
            if not qualified_name.object or relation is None or relation < 0:
                lost = "a number" if qualified_name.object else "a name"
                self._log.add(Damage(f"a table without {lost}"))
                continue
            if name in tables or relation in seen:
                self._log.add(Damage(f"the table {name} is listed twice in the catalogue"))
                continue
            seen.add(relation)
            tables[name] = self._table(name, qualified_name, relation, row)
        self._columns.clear_shared()
        return [tables[name] for name in sorted(tables)]

    def _table(
        self, name: str, qualified_name: QualifiedName, relation: int, row: CatalogueRow
    ) -> Table:
        formats = self._formats.get(relation, {})
        current = row["FORMAT"] or 0
        latest = current if current in formats else max(formats, default=current)
        if not self._log.count:  # no format is lost, so the latest one is the current one
            current = latest
        current_format = self._current_format(name, formats.get(latest))
        kind, reconstructed = self._kind(row), None
        if kind is TableKind.TABLE:
            lost = self._columns.lacking(qualified_name, current_format) if current_format else []
            is_lost = current_format is None or (current and latest != current)
            if lost or (is_lost and self._log.count):
                count = row.get("FIELD_ID") or 0
                reconstructed = self._reconstruct_format(name, qualified_name, count)
            for column in lost if reconstructed is None else ():
                self._log.add(Damage(f"the type of column {column} of {name} is lost"))
        return Table(
            name=name,
            relation=relation,
            kind=kind,
            format=current,
            columns=tuple(
                self._columns.of_table(qualified_name, name, reconstructed or current_format)
            ),
            owner=row["OWNER_NAME"] or "",
            external_file=row["EXTERNAL_FILE"] or "",
            formats=formats,
            reconstructed_format=reconstructed,
            qualified_name=qualified_name,
            filespace=row.get("FILESPACE_NAME") or "",
        )

    def _kind(self, row: CatalogueRow) -> TableKind:
        is_view, is_external = has_blob(row["VIEW_BLR"]), bool(row["EXTERNAL_FILE"])
        relation_type = row.get("RELATION_TYPE")
        if isinstance(relation_type, str) and relation_type not in _KNOWN_TYPES:
            self._log.note(
                f"the type {relation_type} of {row['RELATION_NAME']} was never seen in a checked"
                " file of InterBase"
            )
        return table_kind(
            is_view,
            is_external,
            relation_type,
            bool(row.get("PACKAGE_NAME")),
            row.get("FILESPACE_NAME") or "",
        )

    def _current_format(self, name: str, blob: bytes | None) -> Format | None:
        if blob is None:
            return None
        try:
            return self._read_format(blob)
        except Damage as damage:
            self._log.add(Damage(f"the current format of {name} is lost: {damage}"))
            return None

    def _reconstruct_format(
        self, name: str, qualified_name: QualifiedName, count: int
    ) -> Format | None:
        """The current format, laid out by the engine's rules from the table's `count` columns.

        None unless the field ids are 0 to `count` - 1: a gap in the ids may be a dropped column or
        a lost row.
        """
        fields = self._columns.stored_fields(qualified_name, count)
        if fields is None:
            return None
        try:
            reconstructed = user_format(*fields, self._alignment, self._max_image)
        except Damage:
            return None
        reason = f"the current format of {name} is lost: it is reconstructed from the columns"
        self._log.add(Damage(reason))
        return reconstructed
