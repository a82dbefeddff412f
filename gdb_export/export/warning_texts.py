"""The warnings of a successful export as sentences."""

from collections.abc import Iterable, Iterator, Sequence

from gdb_export.csv_rows.table_stats import TableStats
from gdb_export.firebird.catalogue.columns import Table, TableKind
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.values.text_counts import TextCounts
from gdb_export.zip.member_names import case_collisions


def table_warnings(stats: TableStats) -> Iterator[str]:
    """The warnings about one table. Each begins with the table's name; columns are sorted by name,
    so the order of the rows has no influence."""
    name = stats.damage.table
    if stats.damage.count:
        yield _damage_sentence(stats.damage, _rows_lost(stats))
    for column, reason in sorted(stats.unsupported.items()):
        yield f"{name}.{column} is NULL in all rows: its expression {reason}"
    for column, failures in sorted(stats.failures.items(), key=lambda item: item[0]):
        rows = "1 row" if failures.count == 1 else f"{failures.count} rows"
        yield f"{name}.{column} is NULL in {rows}: {failures.reason}"
    for column, values in sorted(stats.out_of_range.items(), key=lambda item: item[0]):
        rows = "1 row" if values.count == 1 else f"{values.count} rows"
        yield (
            f"{name}.{column} is NULL in {rows}, not exported to Arrow: {values.reason}"
            f" (first: {values.locations[0]})"
        )
    for column, count in sorted(stats.dates.items()):
        yield (
            f"{name}.{column}: {_number(count, 'date')} outside the years 1 to 9999, which BigQuery"
            " and other loaders refuse"
        )
    for column, counts in sorted(stats.texts.items()):
        for text in _text_warnings(counts):
            yield f"{name}.{column}: {text}"


def _text_warnings(counts: TextCounts) -> Iterator[str]:
    if counts.replaced:
        yield f"{_number(counts.replaced, 'character')} could not be decoded and became U+FFFD"
    if counts.controls:
        are = "is a control character" if counts.controls == 1 else "are control characters"
        yield (
            f"{_number(counts.controls, 'character')} {are} (U+0080 to U+009F): the text seems"
            " to be in another character set, which the option charset-of can give to a column"
        )
    if counts.misread:
        yield (
            f"{_number(counts.misread, 'value')} of this column without a character set can be read"
            " as UTF-8: the option charset=auto decodes such values as UTF-8"
        )


def _number(count: int, noun: str) -> str:
    return f"1 {noun}" if count == 1 else f"{count} {noun}s"


def database_warnings(
    damage: DamageLog, tables: Sequence[Table], exported: Iterable[str]
) -> Iterator[str]:
    """The warnings about the database as a whole; `exported` are names of tables."""
    yield from damage.notes
    if damage.count:
        yield _damage_sentence(damage, "rows may be missing, which the lines on tables count")
    for table in tables:
        if table.kind is TableKind.EXTERNAL:
            yield (
                f"{table.name} is an external table: its rows are in the file"
                f" {table.external_file}, not in the database"
            )
        elif table.kind is TableKind.FILESPACE:
            yield (
                f"{table.name} lies in the filespace {table.filespace}: its rows are in another"
                " file of the database, which is not read"
            )
    for group in case_collisions(exported):
        yield f"the names of {', '.join(group)} differ only by case"


def definition_warnings(damage: DamageLog) -> Iterator[str]:
    """The warning about keys, indices and texts of the catalogue that can't be read."""
    if damage.count:
        places = "1 damaged place" if damage.count == 1 else f"{damage.count} damaged places"
        yield (
            f"the catalogue: {places}: keys, indices or descriptions may be missing in the"
            f" manifest, no rows; first {damage.entries[0].text()}"
        )


def schema_warnings(notes: Sequence[str]) -> tuple[str, ...]:
    """The warning about definitions that schema.sql does not create as they were."""
    if not notes:
        return ()
    definitions = "1 definition" if len(notes) == 1 else f"{len(notes)} definitions"
    return (f"schema.sql: {definitions} can't be created as before; the first: {notes[0]}",)


def _rows_lost(stats: TableStats) -> str:
    """How many rows and fields the damage of a table costs."""
    log = stats.damage
    costs = []
    if log.rows:
        is_one = log.rows == 1
        costs.append(f"at most {_number(log.rows, 'row')} {'is' if is_one else 'are'} lost")
    if log.pages:
        text = f"the rows of {_number(log.pages, 'page')} are or may be lost"
        pages = stats.pages - log.pages
        if stats.rows and pages > 0:
            text += f", up to about {_number(round(log.pages * stats.rows / pages), 'row')}"
        costs.append(text)
    if log.fields:
        costs.append(f"{_number(log.fields, 'field')} {'is' if log.fields == 1 else 'are'} NULL")
    return " and ".join(costs) or "it is not known how many rows are lost"


def _damage_sentence(damage: DamageLog, lost: str) -> str:
    where = f"{damage.table}: " if damage.table else "the database: "
    places = "1 damaged place" if damage.count == 1 else f"{damage.count} damaged places"
    first = damage.entries[0]
    return f"{where}{places}: {lost}; first {first.text()}"
