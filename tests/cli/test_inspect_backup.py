"""`gdb-export inspect` tells of a backup what it tells of a database."""

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
    told = json.loads(capsys.readouterr().out)
    assert (told["ods"], told["page_size"], told["dialect"]) == ("gbak 11", 4096, 3)
    names = [table["name"] for table in told["tables"] if table["kind"] == "table"]
    assert names == sorted(golden_tables(packed))
    assert main(["inspect", str(backup)]) == 0
    assert capsys.readouterr().out.startswith("gbak 11, ")
