"""The columns of tables, from the rows of RDB$RELATION_FIELDS and RDB$FIELDS."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping

from gdb_export.firebird.catalogue.columns import Column, select_order
from gdb_export.firebird.catalogue.declared_types import (
    charset_of,
    declared_descriptor,
    element_descriptor,
    has_blob,
)
from gdb_export.firebird.catalogue.system_tables import CatalogueRow
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.ods import MAX_DIMENSIONS, Dtype
from gdb_export.firebird.core.qualified_names import SYSTEM_SCHEMA, QualifiedName
from gdb_export.firebird.records.formats import Descriptor, Format

_MAX_COLUMNS = 32767  # field ids are 16 bits


def _name(name: str | None, schema: str | None, package: str | None = None) -> QualifiedName:
    return QualifiedName(name or "", schema or "", package or "")


def relation_name(row: CatalogueRow) -> QualifiedName:
    """The table of a row of RDB$RELATIONS or RDB$RELATION_FIELDS."""
    return _name(row["RELATION_NAME"], row.get("SCHEMA_NAME"), row.get("PACKAGE_NAME"))


def domain_name(row: CatalogueRow) -> QualifiedName:
    """The domain of a row of RDB$RELATION_FIELDS."""
    return _name(row["FIELD_SOURCE"], row.get("FIELD_SOURCE_SCHEMA_NAME"))


class CatalogueColumns:
    """Columns by the name of their table; names have a schema from ODS 14 on.

    `fields` are the rows of RDB$FIELDS (domains), `relation_fields` those of RDB$RELATION_FIELDS.
    `read_blob` gives the content of a blob; `ods_major` selects the engine's order of columns.
    """

    def __init__(
        self,
        fields: Iterable[CatalogueRow],
        relation_fields: Iterable[CatalogueRow],
        read_blob: Callable[[bytes], bytes],
        log: DamageLog,
        ods_major: int,
    ) -> None:
        self._ods_major = ods_major
        self._read_blob = read_blob
        self._log = log
        self._domains = {_name(row["FIELD_NAME"], row.get("SCHEMA_NAME")): row for row in fields}
        self._rows: defaultdict[QualifiedName, list[CatalogueRow]] = defaultdict(list)
        for row in relation_fields:
            self._rows[relation_name(row)].append(row)
        # bounds by domain and dimension
        self._dimensions: defaultdict[QualifiedName, dict[int, tuple[int, int]]]
        self._dimensions = defaultdict(dict)
        self._shared: dict[tuple[object, ...], Column] = {}

    def add_dimensions(self, rows: Iterable[Mapping[str, object]]) -> None:
        """Add the bounds of arrays from the rows of RDB$FIELD_DIMENSIONS."""
        for row in rows:
            name, schema = row.get("FIELD_NAME"), row.get("SCHEMA_NAME")
            dimension = row.get("DIMENSION")
            bounds = row.get("LOWER_BOUND"), row.get("UPPER_BOUND")
            if not isinstance(name, str) or not isinstance(dimension, int):
                continue
            if dimension in range(MAX_DIMENSIONS):
                low, high = (bound if isinstance(bound, int) else 0 for bound in bounds)
                domain = _name(name, schema if isinstance(schema, str) else None)
                self._dimensions[domain][dimension] = low, high

    def of_system_table(self, name: str) -> list[tuple[str, Descriptor]]:
        """Names and types of the fields of a system table, in the order of the field ids."""
        names = QualifiedName(name), QualifiedName(name, SYSTEM_SCHEMA)
        rows = [row for qualified in names for row in self._rows.get(qualified, ())]
        rows.sort(key=lambda row: row["FIELD_ID"] or 0)
        return [
            (
                str(row["FIELD_NAME"]).removeprefix("RDB$"),
                declared_descriptor(self._domains[domain_name(row)]),
            )
            for row in rows
            if domain_name(row) in self._domains
        ]

    def complete_system_table(self, name: QualifiedName) -> list[tuple[str, Descriptor]]:
        """Names and types of all fields of a system table, in the order of the field ids.

        Raises Damage if rows of the catalogue are lost: later fields would be read from the wrong
        bytes.
        """
        rows = sorted(self._rows.get(name, ()), key=lambda row: row["FIELD_ID"] or 0)
        if not rows or [row["FIELD_ID"] for row in rows] != list(range(len(rows))):
            raise Damage("the rows of its columns are lost")
        fields = [(row["FIELD_NAME"] or "", declared_descriptor(self._domain(row))) for row in rows]
        if not all(field_name and field.is_present for field_name, field in fields):
            raise Damage("the types of its columns are lost")
        return fields

    def of_unlisted(
        self, listed: set[QualifiedName]
    ) -> Iterator[tuple[QualifiedName, dict[int, Descriptor]]]:
        """The name and the declared types by field id of each table that is not listed.

        Views are left out; their columns have base fields.
        """
        for name, rows in self._rows.items():
            if name.object and name not in listed and not any(row["BASE_FIELD"] for row in rows):
                types = {
                    field_id: declared_descriptor(self._domain(row))
                    for row in rows
                    if (field_id := row["FIELD_ID"]) is not None
                }
                yield name, types

    def stored_fields(
        self, name: QualifiedName, count: int
    ) -> tuple[list[Descriptor], set[int]] | None:
        """The declared types of the table's columns by field id, and the ids of computed columns.

        None unless there are `count` columns, all of known types.
        """
        rows = sorted(self._rows.get(name, ()), key=lambda row: row["FIELD_ID"] or 0)
        if not rows or [row["FIELD_ID"] for row in rows] != list(range(count)):
            return None
        domains = [self._domain(row) for row in rows]
        fields = [
            declared_descriptor(domain, row.get("COLLATION_ID"))._replace(
                encryption=row.get("ENCRYPTION_ID") or 0
            )
            for domain, row in zip(domains, rows, strict=True)
        ]
        if not all(domains) or not all(descriptor.is_present for descriptor in fields):
            return None
        computed = (has_blob(domain.get("COMPUTED_BLR")) for domain in domains)
        return fields, {field_id for field_id, is_computed in enumerate(computed) if is_computed}

    def lacking(self, name: QualifiedName, current_format: Format) -> list[str]:
        """The names of the table's stored columns of which the format has no type: a part of the
        blob of the format was overwritten with zeros."""
        present = {
            field_id
            for field_id, descriptor in enumerate(current_format.descriptors)
            if descriptor.is_present
        }
        return [
            row["FIELD_NAME"] or f"FIELD_{field_id}"
            for row in self._rows.get(name, ())
            if (field_id := row["FIELD_ID"]) not in present
            and field_id is not None
            and field_id >= 0
            and not has_blob(self._domain(row).get("COMPUTED_BLR"))
        ]

    def of_table(
        self, name: QualifiedName, text: str, current_format: Format | None
    ) -> Iterable[Column]:
        """The columns in the order of SELECT *, with their types in the current format; `text` is
        the table's name in messages."""
        rows = [
            (select_order(row["FIELD_POSITION"], field_id, self._ods_major), field_id, row)
            for row in self._rows.get(name, ())
            if (field_id := row["FIELD_ID"]) is not None
        ]
        rows.sort(key=lambda entry: entry[0])
        seen: set[int] = set()
        for _, field_id, row in rows:
            if field_id in seen or field_id < 0:
                continue
            seen.add(field_id)
            domain = self._domain(row)
            column_name = row["FIELD_NAME"] or f"FIELD_{field_id}"
            if not domain or not row["FIELD_NAME"]:
                lost = "name" if domain else "type"
                self._log.add(Damage(f"the {lost} of column {column_name} of {text} is lost"))
            yield self._column(column_name, field_id, row, domain, current_format)
        # without damage the format has no other columns
        if current_format is not None and self._log.count:
            yield from self._nameless(text, current_format, seen)

    def clear_shared(self) -> None:
        """Forget the columns that tables may share, to free their memory."""
        self._shared.clear()

    def _domain(self, row: CatalogueRow) -> CatalogueRow:
        """The row of RDB$FIELDS of a column; empty if it is lost."""
        return self._domains.get(domain_name(row)) or {}

    def _nameless(self, table: str, current_format: Format, named: set[int]) -> Iterable[Column]:
        """Columns whose rows in RDB$RELATION_FIELDS are lost; the format still has their types."""
        for field_id, descriptor in enumerate(current_format.descriptors[:_MAX_COLUMNS]):
            if descriptor.is_stored and field_id not in named:
                charset = charset_of(descriptor, {})
                column = Column(f"FIELD_{field_id}", field_id, descriptor, charset)
                self._log.add(Damage(f"the name of a column of {table} is lost: {column.name}"))
                yield column

    def _column(
        self,
        name: str,
        field_id: int,
        row: CatalogueRow,
        domain: CatalogueRow,
        current_format: Format | None,
    ) -> Column:
        """The column of a row. Tables share equal columns, which makes comparing them fast."""
        descriptor = None
        if current_format is not None and field_id < len(current_format.descriptors):
            descriptor = current_format.descriptors[field_id]
        if descriptor is None or not descriptor.is_present:
            descriptor = declared_descriptor(domain, row.get("COLLATION_ID"))
        is_nullable = not (row["NULL_FLAG"] or domain.get("NULL_FLAG"))
        dimensions = self._dimensions.get(domain_name(row))
        values = (
            name,
            field_id,
            descriptor,
            charset_of(descriptor, domain),
            is_nullable,
            domain.get("FIELD_PRECISION") or 0,
            tuple(bounds for _, bounds in sorted(dimensions.items())) if dimensions else (),
            self._blr(domain.get("COMPUTED_BLR")),
            None if is_nullable else self._default(row, domain),
            element_descriptor(domain) if descriptor.dtype == Dtype.ARRAY else None,
            not domain,
        )
        column = self._shared.get(values)
        if column is None:
            column = self._shared[values] = Column(*values)
        return column

    def _default(self, row: CatalogueRow, domain: CatalogueRow) -> bytes | None:
        """The BLR of the default of a column, or else of its domain; b"" if it can't be read."""
        damage_count = self._log.count
        own = self._blr(row["DEFAULT_VALUE"])
        if own or self._log.count > damage_count:
            return own
        return self._blr(domain.get("DEFAULT_VALUE"))

    def _blr(self, blob_id: bytes | None) -> bytes | None:
        """The BLR in a blob; None if there is no blob, b"" if it can't be read."""
        if blob_id is None or not has_blob(blob_id):
            return None
        try:
            return self._read_blob(blob_id)
        except Damage as damage:
            self._log.add(Damage(f"an expression of the catalogue is lost: {damage}"))
            return b""
