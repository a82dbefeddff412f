"""The options for texts, on databases that hold other text than their columns declare."""

import gzip
import io
import json
import zipfile
from datetime import UTC, datetime
from typing import Any

import pytest

import gdb_export
from gdb_export.export.export import export
from gdb_export.export.manifest import SourceInfo
from gdb_export.options import BadOption, ExportOptions
from gdb_export.progress import Progress
from tests.csv_rows.implementations import IMPLEMENTATIONS, implementation, opener
from tests.data.databases import DATA
from tests.export.in_memory import MemoryDestination
from tests.firebird.memory_source import MemorySource

TEXTS = DATA / "found" / "texts"


def texts_database(name: str) -> bytes:
    return gzip.decompress((TEXTS / f"{name}.fdb.gz").read_bytes())


class Outcome:
    """The lines of table T, the keys of its resource, and the warnings."""

    def __init__(self, data: bytes, implementation_name: str, **options: Any) -> None:
        destination = MemoryDestination()
        info = SourceInfo("t.fdb", len(data), None, datetime(2024, 5, 6, tzinfo=UTC))
        export_options = ExportOptions(workers=1, **options)
        open_source = opener(implementation(implementation_name))
        result = export(
            MemorySource(data), info, destination, export_options, Progress(), open_source
        )
        assert destination.zip is not None
        with zipfile.ZipFile(io.BytesIO(destination.zip)) as archive:
            self.lines = archive.read("T.csv").decode().splitlines()[1:]
            self.package = json.loads(archive.read("datapackage.json"))
        self.resource = self.package["resources"][0]
        self.warnings = result.warnings


@pytest.mark.parametrize("implementation_name", IMPLEMENTATIONS)
class TestColumnsWithoutACharacterSet:
    """Row 0 is UTF-8, row 1 is WIN1252, row 2 is ASCII."""

    def test_utf8_is_warned_about(self, implementation_name: str) -> None:
        outcome = Outcome(texts_database("none_utf8"), implementation_name)
        assert outcome.lines == [
            "0,S\u00c3\u00a3o Jo\u00c3\u00a3o",
            "1,S\u00e3o Jo\u00e3o",
            "2,ascii",
        ]
        assert outcome.resource["x-misread-utf8-values"] == {"N": 1}
        assert any("T.N: 1 value of this column" in text for text in outcome.warnings)

    def test_utf8_can_be_the_set_of_these_columns(self, implementation_name: str) -> None:
        outcome = Outcome(texts_database("none_utf8"), implementation_name, charset="UTF8")
        assert outcome.lines == ["0,S\u00e3o Jo\u00e3o", "1,S\ufffdo Jo\ufffdo", "2,ascii"]
        assert outcome.resource["x-replaced-characters"] == {"N": 2}

    @pytest.mark.parametrize(
        "options",
        [
            {"charset": "auto"},
            {"charset_of": ("t.n=auto",)},
            {"charset": "UTF8", "fix_utf8": "win1252"},
        ],
    )
    def test_each_value_is_decoded_as_what_it_is(
        self, implementation_name: str, options: dict[str, Any]
    ) -> None:
        outcome = Outcome(texts_database("none_utf8"), implementation_name, **options)
        assert outcome.lines == ["0,S\u00e3o Jo\u00e3o", "1,S\u00e3o Jo\u00e3o", "2,ascii"]
        counts = outcome.resource["x-decoded-values"]["N"]
        assert counts["otherwise"] == 1
        assert counts["utf8"] == (0 if "fix_utf8" in options else 1)
        assert outcome.warnings == ()

    def test_a_multi_byte_set_can_be_the_set_of_these_columns(
        self, implementation_name: str
    ) -> None:
        lines = Outcome(texts_database("none_utf8"), implementation_name, charset="GB18030").lines
        assert lines[0] == "0," + "S\u00e3o Jo\u00e3o".encode().decode("gb18030")

    def test_the_options_that_are_set_are_in_the_manifest(self, implementation_name: str) -> None:
        outcome = Outcome(
            texts_database("none_utf8"),
            implementation_name,
            charset_of=("T.N=UTF8",),
            fix_utf8="DOS850",
        )
        assert outcome.package["x-options"]["charset-of"] == ["T.N=UTF8"]
        assert outcome.package["x-options"]["fix-utf8"] == "DOS850"


@pytest.mark.parametrize("implementation_name", IMPLEMENTATIONS)
def test_values_that_are_not_valid_utf8_are_decoded_by_the_set_for_them(
    implementation_name: str,
) -> None:
    """Columns of UNICODE_FSS, UTF8 (VARCHAR, CHAR) and a text blob that hold WIN1252."""
    lost = Outcome(texts_database("invalid_utf8"), implementation_name)
    assert lost.lines == ["1,caf\ufffdteriaQ,caf\ufffdteriaR,caf\ufffdteriaS,caf\ufffdT"]
    fixed = Outcome(texts_database("invalid_utf8"), implementation_name, fix_utf8="WIN1252")
    assert fixed.lines == ["1,caf\u00e9teriaQ,caf\u00e9teriaR,caf\u00e9teriaS,caf\u00e9T"]
    assert fixed.warnings == ()
    counts = fixed.resource["x-decoded-values"].values()
    assert sum(count["otherwise"] for count in counts) == 4


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"charset": "NONE"}, "charset: 'NONE' is not a character set of Firebird for text"),
        ({"charset": "ASCII"}, "charset: 'ASCII' is not"),
        ({"fix_utf8": "UTF8"}, "fix-utf8: 'UTF8' does not decode text that is not valid UTF-8"),
        ({"charset_of": {"T.ID": "UTF8"}}, "charset-of: T.ID does not hold text"),
        ({"charset_of": {"T.X": "UTF8"}}, "charset-of: there is no column 'T.X'"),
        ({"charset_of": {"T.N": "KLINGON"}}, "charset-of: 'KLINGON' is not a character set"),
    ],
)
def test_an_impossible_option_is_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(BadOption, match=message):
        gdb_export.open(texts_database("none_utf8"), **options)


def test_the_library_decodes_by_the_same_options() -> None:
    with gdb_export.open(texts_database("none_utf8"), charset="auto") as db:
        assert [row[1] for row in db.tables["T"]] == ["S\u00e3o Jo\u00e3o"] * 2 + ["ascii"]
        assert db.warnings == ()
    with gdb_export.open(texts_database("none_utf8")) as db:
        list(db.tables["T"])
        assert "can be read as UTF-8" in db.warnings[0]
    with gdb_export.open(texts_database("invalid_utf8"), fix_utf8="WIN1252") as db:
        row = next(iter(db.tables["T"]))
        assert row[1:] == ("caféteriaQ", "caféteriaR", "caféteriaS", "caféT")
