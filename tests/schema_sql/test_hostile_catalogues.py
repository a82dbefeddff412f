"""schema.sql of damaged catalogues: only errors of this program, and work that the file bounds."""

import random
import time
from contextlib import suppress

import pytest

from gdb_export.chunks.opening import open_chunks
from gdb_export.firebird.catalogue.columns import TableKind
from gdb_export.firebird.core.damage import DamageLog
from gdb_export.firebird.core.errors import FirebirdError
from gdb_export.firebird.core.qualified_names import QualifiedName
from gdb_export.firebird.definitions.catalogue_texts import CatalogueTexts
from gdb_export.schema_sql import script
from gdb_export.schema_sql.relations import Table
from gdb_export.schema_sql.script import schema_script
from gdb_export.schema_sql.statements import Statement, is_closed
from gdb_export.schema_sql.views_and_triggers import views_in_order
from tests.data.databases import backup_bytes, database_bytes
from tests.firebird.memory_source import MemorySource
from tests.schema_sql.rebuilt import reader_of

SOURCES = {"database": database_bytes("fb50/odd_names"), "backup": backup_bytes("fb15/types")}
SECONDS = 10  # for a file of some 100 KB, on a busy machine


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize("seed", range(3))
def test_damaged_catalogues(name: str, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(script, "schema_script", schema_script.__wrapped__)  # type: ignore[attr-defined]
    randomness = random.Random(seed)
    data = bytearray(SOURCES[name])
    for _ in range(60):
        offset = randomness.randrange(len(data) - 8)
        data[offset : offset + randomness.randrange(1, 8)] = randomness.randbytes(1)
    begin = time.monotonic()
    with suppress(FirebirdError):
        reader = open_chunks(MemorySource(bytes(data))).reader
        assert script.schema_script(reader, DamageLog()).text.startswith("/* Definitions")
    assert time.monotonic() - begin < SECONDS


def test_a_text_that_many_rows_share_is_bounded() -> None:
    log = DamageLog()
    texts = CatalogueTexts(reader_of(SOURCES["backup"]), log)
    long_text = b"x" * 100_000
    lengths = [len(texts.text(long_text)) for _ in range(2000)]
    assert sum(lengths) < 2_000_000 + len(SOURCES["backup"])
    assert [entry.reason for entry in log.entries] == [
        "the texts of the catalogue are longer than the file"
    ]


def test_many_views_with_similar_names_take_linear_time() -> None:
    views = [Table(QualifiedName(f"{n} A"), TableKind.VIEW, {}, ()) for n in range(3000)]
    sources = {view.name: "SELECT A" for view in views}
    begin = time.monotonic()
    assert {view.name for view in views_in_order(views, sources)} == sources.keys()
    assert time.monotonic() - begin < SECONDS


@pytest.mark.parametrize(
    ("source", "closed"),
    [
        ("SELECT 'it''s', \"A\"\"B\" FROM T -- it's", True),
        ("BEGIN /* it's */ END", True),
        ("SELECT q'{it is}' FROM T", True),
        ("SELECT 'a FROM T", False),
        ('SELECT "A FROM T', False),
        ("SELECT A /* FROM T", False),
        ("SELECT A -- '\n 'FROM T", False),
        ("SELECT q'{it's}' FROM T", False),  # programs of old versions find another end
        ("SELECT q'{a' FROM T", False),
    ],
)
def test_sources_whose_texts_have_no_end(source: str, closed: bool) -> None:
    assert is_closed(source) is closed


def test_the_search_for_ends_takes_linear_time() -> None:
    begin = time.monotonic()
    for text in ("'" * 1_000_001, "/* '" * 500_000, "q'{" * 500_000, "--" * 1_000_000):
        is_closed(text)
    assert time.monotonic() - begin < SECONDS


def test_a_source_can_not_end_its_statement() -> None:
    """isql would run what follows, also as a command of its own such as SHELL."""
    text = script.written(
        [Statement("CREATE VIEW V AS SELECT 1;\nSHELL echo ^ !!;"), Statement("CREATE ROLE R")]
    )
    assert text == (
        "\nSET TERM @@ ;\n\nCREATE VIEW V AS SELECT 1;\nSHELL echo ^ !!;\n@@\n"
        "\nSET TERM ; @@\n\nCREATE ROLE R;\n"
    )
