"""The description of tables in a backup: domains, relations and their fields.

A field's type is in its own record; what its domain alone knows (the expression of a computed
column, NOT NULL, the character set in old backups) is in the domain's.
"""

from dataclasses import dataclass, field

from gdb_export.firebird.catalogue.columns import Column, Table, TableKind, select_order
from gdb_export.firebird.core import ods
from gdb_export.firebird.core.charsets import decode_name
from gdb_export.firebird.core.errors import Damage, UnreadableDatabase, UnsupportedDatabase
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.gbak.records import (
    DatabaseAttribute,
    FieldAttribute,
    Record,
    RelationAttribute,
)
from gdb_export.firebird.gbak.rows import Field, RowLayout
from gdb_export.firebird.gbak.stream import Stream
from gdb_export.firebird.records.formats import Descriptor

_MAX_RECORDS = 1 << 20  # of domains and fields: a file of nothing but these fills no memory
_MAX_FIELDS = 1 << 14  # of a table; the engine has room for fewer
_MAX_DIMENSIONS = 16
_TEMPORARY_TYPES = (4, 5)
_VIRTUAL_TYPE = 3
_WITH_ROWS = (TableKind.TABLE, TableKind.TEMPORARY)

Attributes = dict[int, bytes]
FieldParts = tuple[Attributes, list[tuple[int, int]]]  # attributes, and the bounds of an array


@dataclass(frozen=True, slots=True)
class BackupTable:
    """A table, and how its rows lie in the stream: None if they can't be read, or there are none.
    `refusal` says why they can't. The tables of InterBase's old tools are kept like users' tables,
    but bear a system flag."""

    table: Table
    layout: RowLayout | None
    refusal: Damage | None = None
    is_system: bool = False


@dataclass(slots=True)
class Metadata:
    """Fills itself with records as they come; `tables` by name."""

    is_transportable: bool
    ods_major: int = 13
    page_size: int = 4096
    dialect: int = 3
    default_charset: str = "NONE"
    tables: dict[str, BackupTable] = field(default_factory=dict)
    _domains: dict[str, Attributes] = field(default_factory=dict)
    _count: int = 0

    @property
    def is_empty(self) -> bool:
        """Has it neither a domain nor a table with a name and columns?"""
        has_table = any(name and one.table.columns for name, one in self.tables.items())
        return not has_table and not any(self._domains)

    def add(self, record: int, stream: Stream) -> None:
        """One record whose number was read, with all that belongs to it; raises Damage."""
        if record == Record.RELATION:
            self._add_relation(stream)
        elif record == Record.DOMAIN:
            domain = self._field(record, stream)[0]
            self._domains[_name(domain, FieldAttribute.NAME)] = domain
        elif record == Record.DATABASE:
            self._add_database(dict(stream.attributes(record)))
        elif record == Record.PHYSICAL_DATABASE:
            self._add_physical(dict(stream.attributes(record)))
        else:
            skip_record(record, stream)

    def _add_physical(self, found: Attributes) -> None:
        _refuse_interbase(found)
        size = _number(found, DatabaseAttribute.PAGE_SIZE)
        self.page_size = size if size in ods.PAGE_SIZES else self.page_size
        self.dialect = 3 if _number(found, DatabaseAttribute.DIALECT) == 3 else 1

    def _add_database(self, found: Attributes) -> None:
        self.default_charset = _name(found, DatabaseAttribute.DEFAULT_CHARSET) or "NONE"

    def _add_relation(self, stream: Stream) -> None:
        found = dict(stream.attributes(Record.RELATION))
        name = _name(found, RelationAttribute.NAME)
        try:
            fields = self._fields(stream)
        except Damage as damage:
            reason = f"the description of the table {name} is damaged: {damage.reason}"
            raise Damage(reason) from damage
        self.tables.setdefault(name, self._table(name, found, fields))

    def _fields(self, stream: Stream) -> list[FieldParts]:
        fields: list[FieldParts] = []
        while (record := stream.byte()) != Record.RELATION_END:
            if record == Record.FIELD:
                fields.append(self._field(record, stream))
            elif record == Record.VIEW:
                skip_record(record, stream)
            else:
                raise stream.damage(f"record {record} among the fields of a table")
            if len(fields) > _MAX_FIELDS:
                raise stream.damage("a table of more columns than there can be")
        return fields

    def _field(self, record: int, stream: Stream) -> FieldParts:
        """Attributes, and the bounds of an array."""
        self._count += 1
        if self._count > _MAX_RECORDS:
            raise UnreadableDatabase(
                f"the backup describes more than {_MAX_RECORDS} domains and columns"
            )
        found: Attributes = {}
        bounds: list[tuple[int, int]] = []
        for attribute, value in stream.attributes(record):
            if attribute == FieldAttribute.UPPER and len(bounds) < _MAX_DIMENSIONS:
                lower = _signed(found.get(FieldAttribute.LOWER, b""))
                bounds.append((lower, _signed(value)))
            if attribute in _KEPT:
                found[attribute] = value
        return found, bounds

    def _table(self, name: str, found: Attributes, fields: list[FieldParts]) -> BackupTable:
        parts = [self._column(place, *one) for place, one in enumerate(fields)]
        order = sorted(range(len(parts)), key=lambda place: self._order(place, fields[place][0]))
        table = Table(
            name=name,
            relation=len(self.tables),
            kind=_kind(found),
            format=0,
            columns=tuple(parts[place][0] for place in order),
            owner=_name(found, RelationAttribute.OWNER),
            external_file=_name(found, RelationAttribute.EXTERNAL_FILE),
        )
        is_system = bool(_number(found, RelationAttribute.SYSTEM_FLAG))
        if table.kind not in _WITH_ROWS:
            return BackupTable(table, None, is_system=is_system)
        try:
            layout = RowLayout.of([one for _, one in parts], self.is_transportable)
        except Damage as damage:
            return BackupTable(table, None, damage, is_system)
        return BackupTable(table, layout, is_system=is_system)

    def _order(self, place: int, found: Attributes) -> tuple[bool, int, int]:
        position = found.get(FieldAttribute.POSITION)
        number = _number(found, FieldAttribute.NUMBER, place)
        signed = None if position is None else _signed(position)
        return select_order(signed, number, self.ods_major)

    def _column(
        self, place: int, found: Attributes, bounds: list[tuple[int, int]]
    ) -> tuple[Column, Field]:
        domain = self._domains.get(_name(found, FieldAttribute.DOMAIN), {})
        charset = _of_either(found, domain, FieldAttribute.CHARSET) & 0xFF
        collation = _of_either(found, domain, FieldAttribute.COLLATION) & 0xFF
        is_array = FieldAttribute.DIMENSIONS in found
        element = _descriptor(found, collation << 8 | charset)
        descriptor = Descriptor(Dtype.ARRAY, element.scale, 8) if is_array else element
        computed = None
        if _number(found, FieldAttribute.IS_COMPUTED):
            computed = domain.get(FieldAttribute.COMPUTED_BLR, b"")
        column = Column(
            name=_name(found, FieldAttribute.NAME),
            field_id=place,
            descriptor=descriptor,
            charset=charset,
            is_nullable=not _number(found, FieldAttribute.NULL_FLAG)
            and not _number(domain, FieldAttribute.NULL_FLAG),
            precision=_number(domain, FieldAttribute.PRECISION),
            dimensions=tuple(bounds) if is_array else (),
            computed=computed,
        )
        number = _number(found, FieldAttribute.NUMBER, place)
        return column, Field(number, descriptor, computed is not None, element, tuple(bounds))


def _refuse_interbase(found: Attributes) -> None:
    if DatabaseAttribute.ODS_MAJOR in found and DatabaseAttribute.ODS_MINOR in found:
        major = _number(found, DatabaseAttribute.ODS_MAJOR)
        minor = _number(found, DatabaseAttribute.ODS_MINOR)
        raise UnsupportedDatabase(
            f"a backup of an InterBase database, ODS {major}.{minor}: only those of Firebird, and"
            " of InterBase up to 6, can be read"
        )


def skip_record(record: int, stream: Stream) -> None:
    """Pass over a record of no interest; raises Damage where there is none of that number."""
    if record == Record.GENERATOR_VALUE:
        stream.skip(stream.byte())
    elif record in (Record.FUNCTION_END, Record.PROCEDURE_END, Record.RELATION_END):
        pass
    elif record in _SKIPPED:
        for _ in stream.attributes(record):
            pass
    else:
        raise stream.damage(f"there is no record {record}")


_SKIPPED = frozenset(Record) - {Record.DATA, Record.BLOB, Record.ARRAY, Record.END}
_KEPT = frozenset(
    {
        FieldAttribute.NAME,
        FieldAttribute.DOMAIN,
        FieldAttribute.TYPE,
        FieldAttribute.SUB_TYPE,
        FieldAttribute.LENGTH,
        FieldAttribute.SCALE,
        FieldAttribute.POSITION,
        FieldAttribute.COMPUTED_BLR,
        FieldAttribute.NUMBER,
        FieldAttribute.IS_COMPUTED,
        FieldAttribute.DIMENSIONS,
        FieldAttribute.LOWER,
        FieldAttribute.NULL_FLAG,
        FieldAttribute.CHARSET,
        FieldAttribute.COLLATION,
        FieldAttribute.PRECISION,
    }
)


def _descriptor(found: Attributes, text_type: int) -> Descriptor:
    dtype = ods.DTYPE_OF_FIELD_TYPE.get(_number(found, FieldAttribute.TYPE), Dtype.NONE)
    length = _number(found, FieldAttribute.LENGTH) & 0xFFFF
    if dtype in ods.TEXT_TYPES:
        length += 2 if dtype == Dtype.VARYING else 0
        return Descriptor(dtype, 0, length, text_type)
    scale = _signed(found.get(FieldAttribute.SCALE, b""))
    sub_type = _signed(found.get(FieldAttribute.SUB_TYPE, b""))
    # as the 16 bits of a format hold them
    if not -128 <= scale < 128:
        scale = 0
    if not -32768 <= sub_type < 32768:
        sub_type = 0
    return Descriptor(dtype, scale, ods.DTYPE_LENGTH.get(dtype, length), sub_type)


def _kind(found: Attributes) -> TableKind:
    if RelationAttribute.VIEW_BLR in found:
        return TableKind.VIEW
    if found.get(RelationAttribute.EXTERNAL_FILE):
        return TableKind.EXTERNAL
    relation_type = _number(found, RelationAttribute.TYPE)
    if relation_type in _TEMPORARY_TYPES:
        return TableKind.TEMPORARY
    return TableKind.VIRTUAL if relation_type == _VIRTUAL_TYPE else TableKind.TABLE


def _number(found: Attributes, attribute: int, default: int = 0) -> int:
    value = found.get(attribute)
    return default if value is None else int.from_bytes(value, "little")


def _of_either(found: Attributes, domain: Attributes, attribute: int) -> int:
    """A number that the field has, or its domain."""
    return _number(found, attribute, _number(domain, attribute))


def _signed(value: bytes) -> int:
    return int.from_bytes(value, "little", signed=True)


def _name(found: Attributes, attribute: int) -> str:
    return decode_name(found.get(attribute, b""))
