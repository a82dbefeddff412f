"""The Python blocks of the READMEs and docs/library.md run in a folder with a database."""

import gzip
from pathlib import Path

import pytest
from blocks import PROJECT, Block, blocks

SAMPLE = PROJECT / "tests" / "data" / "fb15" / "cnes.fdb.gz"
DOCUMENTS = ("README.md", "README.pt-BR.md", "docs/library.md")
BLOCKS = [
    block for name in DOCUMENTS for block in blocks(PROJECT / name) if block.language == "python"
]


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.document.name)
def test_a_block_runs(
    block: Block,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "BACKUP.GDB").write_bytes(gzip.decompress(SAMPLE.read_bytes()))
    monkeypatch.chdir(tmp_path)
    exec(compile(block.text, block.document.name, "exec"), {})
    assert capsys.readouterr().out.strip()


def test_each_document_has_a_block() -> None:
    assert {block.document.name for block in BLOCKS} == {Path(name).name for name in DOCUMENTS}
