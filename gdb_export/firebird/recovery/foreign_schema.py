"""Definitions of tables from another copy of the same database, where the file has lost its own.

A definition of the copy is used if this file has pages with the number of the table, and if the
records on them fit the formats of the copy: each record has the length of its format, and each
VARCHAR fits its field.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from gdb_export.firebird.catalogue.columns import Column, Table, TableKind
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import Damage
from gdb_export.firebird.core.ods import Dtype
from gdb_export.firebird.records.formats import Descriptor, Format
from gdb_export.firebird.records.records import RecordVersion, checked_image

_MIN_FITTING = 0.5  # share of the sampled records: some may be damaged, or of a newer format
_MAX_NAMES = 10  # in one sentence


class ForeignSchema(NamedTuple):
    """Another copy of a database: its file name, its tables, and their formats by number."""

    file: str
    tables: Sequence[Table]
    format: Callable[[Table, int], Format]

    def complete(
        self,
        own_tables: Sequence[Table],
        relations: set[int],
        has_all_formats: Callable[[Table], bool],
        sample: Callable[[int], Iterable[RecordVersion]],
        log: DamageLog,
    ) -> list[Table]:
        """The tables of the file; a missing or incomplete definition is taken from the copy.

        `relations` are the numbers of the tables that have pages in the file; `has_all_formats`
        returns whether the formats of a table of the file can be read; `sample` some records of
        a table number.
        """
        by_relation = {table.relation: table for table in own_tables}
        names = {table.name for table in own_tables}
        without_pages = []
        for table in self.tables:
            if table.kind is not TableKind.TABLE:
                continue
            own_table = by_relation.get(table.relation)
            if own_table is None and table.name not in names and table.relation not in relations:
                without_pages.append(table.name)
            elif self._is_wanted(table, own_table, names, has_all_formats) and self._fits(
                table, sample, log
            ):
                by_relation[table.relation] = table._replace(schema_file=self.file)
        completed = sorted(by_relation.values(), key=lambda table: table.name)
        self._note(completed, without_pages, log)
        return completed

    @staticmethod
    def _is_wanted(
        table: Table,
        own_table: Table | None,
        names: set[str],
        has_all_formats: Callable[[Table], bool],
    ) -> bool:
        """Whether the file has no definition of the table, or an incomplete one."""
        if own_table is None:
            return table.name not in names
        # a column without a name may be a dropped one, which the copy does not have
        named = {column.field_id for column in own_table.columns if not _is_nameless(column)}
        return (
            own_table.name == table.name
            and (_is_incomplete(own_table) or not has_all_formats(own_table))
            and named <= {column.field_id for column in table.columns}
        )

    def _fits(
        self, table: Table, sample: Callable[[int], Iterable[RecordVersion]], log: DamageLog
    ) -> bool:
        fitting = [self._fits_record(table, version) for version in sample(table.relation)]
        if not fitting or sum(fitting) >= _MIN_FITTING * len(fitting):
            return True
        log.add(
            Damage(
                f"the records of table number {table.relation} do not fit the table {table.name} of"
                f" {self.file}: they are left out"
            )
        )
        return False

    def _fits_record(self, table: Table, version: RecordVersion) -> bool:
        try:
            layout = self.format(table, version.format)
            image = checked_image(version.image, layout.length)
        except Damage:
            return False
        return all(_texts_fit(layout, image))

    def _note(self, tables: Iterable[Table], without_pages: Sequence[str], log: DamageLog) -> None:
        borrowed = [table.name for table in tables if table.schema_file]
        if borrowed:
            log.note(
                f"{_counted(borrowed)} read with the definitions of {self.file}, because the file"
                f" has lost its own: {_listed(borrowed)}"
            )
        if without_pages:
            log.note(
                f"{_counted(without_pages)} in {self.file}, but left out, because no page here"
                f" belongs to them: {_listed(without_pages)}"
            )


def _is_incomplete(table: Table) -> bool:
    """Whether the catalogue has lost a name, a type, an expression or a format of the table."""
    is_format_lost = table.format not in table.formats or table.reconstructed_format is not None
    return is_format_lost or any(
        _is_nameless(column) or column.is_incomplete for column in table.columns
    )


def _is_nameless(column: Column) -> bool:
    return column.name == f"FIELD_{column.field_id}"


def _texts_fit(layout: Format, image: bytes) -> Iterator[bool]:
    """For each VARCHAR of a record that is not NULL, whether it fits its field."""
    for field_id, field in enumerate(layout.descriptors):
        is_null = image[field_id >> 3] >> (field_id & 7) & 1
        if field.dtype == Dtype.VARYING and field.is_stored and not is_null:
            yield _text_length(field, image) <= field.length - 2


def _text_length(field: Descriptor, image: bytes) -> int:
    return int.from_bytes(image[field.offset : field.offset + 2], "little")


def _counted(names: Sequence[str]) -> str:
    return "1 table is" if len(names) == 1 else f"{len(names)} tables are"


def _listed(names: Sequence[str]) -> str:
    rest = len(names) - _MAX_NAMES
    shown = ", ".join(names[:_MAX_NAMES])
    return f"{shown} and {rest} more" if rest > 0 else shown
