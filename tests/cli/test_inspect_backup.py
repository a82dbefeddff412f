"""`gdb-export inspect` describes a backup by the same fields as a database."""

import json
from pathlib import Path

import pytest

from gdb_export.cli.command_line import main
from tests.export.golden import DATA, golden_tables, unpack


def test_inspect_names_the_format_and_counts_the_rows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    packed = DATA / "fb50" / "types.fbk.gz"
    backup = unpack(packed, tmp_path)
    assert main(["inspect", str(backup), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["ods"], document["page_size"], document["dialect"]) == ("gbak 11", 4096, 3)
    names = [table["name"] for table in document["tables"] if table["kind"] == "table"]
    assert names == sorted(golden_tables(packed))
    assert main(["inspect", str(backup)]) == 0
    assert capsys.readouterr().out.startswith("gbak 11, ")
