"""The columns of tables: rows of RDB$RELATION_FIELDS and RDB$FIELDS in, columns out."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from gdb_export.firebird.catalogue.columns import Column, select_order
from gdb_export.firebird.catalogue.declared_types import charset_of, declared_descriptor, has_blob
from gdb_export.firebird.catalogue.system_rows import Row
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.records.formats import Descriptor, Format

_MAX_COLUMNS = 32767  # field ids are 16 bits
_MAX_DIMENSIONS = 16


class CatalogueColumns:
    """By the name of the table; `read_blob` gives the bytes of a blob id, `ods_major` is of the
    engine whose order of columns counts."""

    def __init__(
        self,
        fields: Iterable[Row],
        relation_fields: Iterable[Row],
        read_blob: Callable[[bytes], bytes],
        log: DamageLog,
        ods_major: int,
    ) -> None:
        self._ods_major = ods_major
        self._read_blob = read_blob
        self._log = log
        self._fields = {row["FIELD_NAME"]: row for row in fields}
        self._rows: defaultdict[str, list[Row]] = defaultdict(list)
        for row in relation_fields:
            self._rows[row["RELATION_NAME"]].append(row)
        self._dimensions: defaultdict[str, dict[int, tuple[int, int]]] = defaultdict(dict)
        self._made: dict[tuple[object, ...], Column] = {}

    def add_dimensions(self, rows: Iterable[Row]) -> None:
        """Bounds of arrays, from RDB$FIELD_DIMENSIONS."""
        for row in rows:
            name, dimension = row.get("FIELD_NAME"), row.get("DIMENSION")
            bounds = row.get("LOWER_BOUND"), row.get("UPPER_BOUND")
            if not isinstance(name, str) or not isinstance(dimension, int):
                continue
            if dimension in range(_MAX_DIMENSIONS):
                low, high = (bound if isinstance(bound, int) else 0 for bound in bounds)
                self._dimensions[name][dimension] = low, high

    def of_system_table(self, name: str) -> list[tuple[str, Descriptor]]:
        """Names and types of its fields, in the order of the field ids."""
        rows = sorted(self._rows.get(name, ()), key=lambda row: row["FIELD_ID"] or 0)
        return [
            (
                str(row["FIELD_NAME"]).removeprefix("RDB$"),
                declared_descriptor(self._fields[row["FIELD_SOURCE"]]),
            )
            for row in rows
            if row["FIELD_SOURCE"] in self._fields
        ]

    def of_unlisted(self, listed: set[str]) -> Iterator[tuple[str, dict[int, Descriptor]]]:
        """The declared types by field id of each table that has columns, but is not listed. Views
        are left out: their columns have base fields."""
        for name, rows in self._rows.items():
            if name and name not in listed and not any(row["BASE_FIELD"] for row in rows):
                types = {
                    row["FIELD_ID"]: declared_descriptor(self._domain(row))
                    for row in rows
                    if row["FIELD_ID"] is not None
                }
                yield name, types

    def stored_fields(self, name: str, count: int) -> tuple[list[Descriptor], set[int]] | None:
        """The declared types of the table's columns by field id, and which are computed; None
        unless these are all of `count` fields, each of a known type."""
        rows = sorted(self._rows.get(name, ()), key=lambda row: row["FIELD_ID"] or 0)
        if not rows or [row["FIELD_ID"] for row in rows] != list(range(count)):
            return None
        domains = [self._domain(row) for row in rows]
        fields = [
            declared_descriptor(domain, row.get("COLLATION_ID"))
            for domain, row in zip(domains, rows, strict=True)
        ]
        if not all(domains) or not all(one.is_present for one in fields):
            return None
        computed = (has_blob(one.get("COMPUTED_BLR")) for one in domains)
        return fields, {number for number, is_computed in enumerate(computed) if is_computed}

    def of_table(self, name: str, declared: Format | None) -> Iterable[Column]:
        """In the order of SELECT *, with the types of the format that is given."""
        rows = [row for row in self._rows.get(name, ()) if row["FIELD_ID"] is not None]
        rows.sort(
            key=lambda row: select_order(row["FIELD_POSITION"], row["FIELD_ID"], self._ods_major)
        )
        seen: set[int] = set()
        for row in rows:
            if row["FIELD_ID"] in seen or row["FIELD_ID"] < 0:
                continue
            seen.add(row["FIELD_ID"])
            domain = self._domain(row)
            if not domain or not row["FIELD_NAME"]:
                what = "name" if domain else "type"
                self._log.add(Damage(f"the {what} of column {_name(row)} of {name} is lost"))
            yield self._column(row, domain, declared)
        # in a sound file the columns are those of the current format, whatever that looks like
        if declared is not None and self._log.count:
            yield from self._nameless(name, declared, seen)

    def forget_alike(self) -> None:
        """When all tables are made: equal columns made later are objects of their own."""
        self._made.clear()

    def _domain(self, row: Row) -> Row:
        """Nothing where it is lost."""
        return self._fields.get(row["FIELD_SOURCE"], {})

    def _nameless(self, table: str, declared: Format, named: set[int]) -> Iterable[Column]:
        """Columns whose rows in RDB$RELATION_FIELDS are lost; the format still has their types."""
        for field_id, one in enumerate(declared.descriptors[:_MAX_COLUMNS]):
            if one.is_stored and field_id not in named:
                column = Column(f"FIELD_{field_id}", field_id, one, charset_of(one, {}))
                self._log.add(Damage(f"the name of a column of {table} is lost: {column.name}"))
                yield column

    def _column(self, row: Row, domain: Row, declared: Format | None) -> Column:
        """Equal columns of several tables are the same object, which is soon compared."""
        field_id = row["FIELD_ID"]
        descriptor = None
        if declared is not None and field_id < len(declared.descriptors):
            descriptor = declared.descriptors[field_id]
        if descriptor is None or not descriptor.is_present:
            descriptor = declared_descriptor(domain, row.get("COLLATION_ID"))
        is_nullable = not (row["NULL_FLAG"] or domain.get("NULL_FLAG"))
        dimensions = self._dimensions.get(row["FIELD_SOURCE"])
        values = (
            _name(row),
            field_id,
            descriptor,
            charset_of(descriptor, domain),
            is_nullable,
            domain.get("FIELD_PRECISION") or 0,
            tuple(bounds for _, bounds in sorted(dimensions.items())) if dimensions else (),
            self._blr(domain.get("COMPUTED_BLR")),
            None
            if is_nullable
            else self._blr(row["DEFAULT_VALUE"]) or self._blr(domain.get("DEFAULT_VALUE")),
        )
        column = self._made.get(values)
        if column is None:
            column = self._made[values] = Column(*values)
        return column

    def _blr(self, blob: bytes | None) -> bytes | None:
        """The expression that a blob holds; b"" if it can't be read, None if there is none."""
        if not has_blob(blob):
            return None
        try:
            return self._read_blob(blob or b"")
        except Damage as damage:
            self._log.add(Damage(f"an expression of the catalogue is lost: {damage}"))
            return b""


def _name(row: Row) -> str:
    """A column's name; one that lost it is called by its field id."""
    return row["FIELD_NAME"] or f"FIELD_{row['FIELD_ID']}"
