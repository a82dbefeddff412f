"""Make targets, files, options and fields that the documents name exist under those names."""

import ast
import re
import subprocess
from pathlib import Path

import pytest
from blocks import DOCUMENTS, PROJECT, Block, blocks
from test_python_blocks import BLOCKS as PYTHON_BLOCKS

from gdb_export.contract.job_document import JobDocument, Status
from gdb_export.contract.options import options_from_metadata
from gdb_export.contract.results import ErrorCode

ALL_BLOCKS = [block for document in DOCUMENTS for block in blocks(document)]
TEXTS = {document.name: document.read_text(encoding="utf-8") for document in DOCUMENTS}


def matches_of(pattern: str) -> list[tuple[str, re.Match[str]]]:
    """Return every match in any document, with the document's name; fails if there is none."""
    matches = [
        (name, match)
        for name, text in TEXTS.items()
        for match in re.finditer(pattern, text, re.MULTILINE)
    ]
    assert matches, f"no document matches {pattern}: this test checks nothing"
    return matches


def test_every_make_target_exists() -> None:
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    named = {match[1] for _, match in matches_of(r"(?:^ {4}|^|`)make ([a-z-]+)")}
    assert named - targets == set()
    assert {"demo", "test", "quick", "check", "deploy"} <= named


def test_every_named_file_exists() -> None:
    folders = "examples|docs|terraform|functions|gdb_export|job|local|tests|benchmarks"
    missing = {
        (name, match[1])
        for name, match in matches_of(rf"`((?:{folders})/[\w./-]*)`")
        if not (PROJECT / match[1]).exists()
    }
    assert missing == set()


def test_every_link_leads_to_a_file() -> None:
    missing = set()
    for name, match in matches_of(r"\]\(((?!http)[\w./-]+)(?:#[\w-]+)?\)"):
        is_in_docs = (PROJECT / "docs" / name).exists()
        if not ((PROJECT / "docs" if is_in_docs else PROJECT) / match[1]).exists():
            missing.add((name, match[1]))
    assert missing == set()


def test_every_option_of_an_upload_exists() -> None:
    values = {
        "charset": "WIN1252",
        "charset-of": "A.B=WIN1252",
        "fix-utf8": "WIN1252",
        "compression": "9",
        "binary": "hex",
        "dialect": "excel",
        "format": "csv",
        "schema-sql": "true",
        "strict": "true",
        "system-tables": "true",
        "overwrite": "true",
        "dataset": "brutos_gdb",
        "reference": "2025-08",
    }
    keys = {match[1] for _, match in matches_of(r"\bexport-([\w-]+)(?==|`)")}
    assert {"tables", "exclude", *values} & keys >= {"tables", "exclude", "charset", "strict"}
    for key in keys:
        assert options_from_metadata({f"export-{key}": values.get(key, "A")}), key


def test_every_variable_of_terraform_exists() -> None:
    variables = (PROJECT / "terraform" / "variables.tf").read_text(encoding="utf-8")
    for _, match in matches_of(r"`(alerts|firestore|function|job|kms_keys|uploads)\.(\w+)`"):
        body = variables.split(f'variable "{match[1]}"')[1].split('\nvariable "')[0]
        assert re.search(rf"\b{match[2]}\s+= optional", body), match[0]


def test_every_output_of_terraform_exists() -> None:
    outputs = (PROJECT / "terraform" / "outputs.tf").read_text(encoding="utf-8")
    for _, match in matches_of(r"terraform (?:-chdir=\S+ )?output (?:-raw )?(\w+)"):
        assert f'output "{match[1]}"' in outputs, match[0]


@pytest.mark.parametrize("document", ["operations.md", "README.pt-BR.md"])
def test_every_status_and_every_code_is_explained(document: str) -> None:
    rows = re.findall(r"^\| ([A-Z_]+) \|", TEXTS[document], re.MULTILINE)
    assert set(rows) == {*Status, *ErrorCode}


def test_fields_of_the_document_have_their_names() -> None:
    known = {"result", "progress", "execution", "cancel_requested", "version", "source", "options"}
    assert known <= set(JobDocument.__dataclass_fields__)
    named = {
        match[1] for _, match in matches_of(r"`(cancel_\w+|result|progress|execution)(?:\.\w+)*`")
    }
    assert named - known == set()


@pytest.mark.parametrize("block", ALL_BLOCKS, ids=lambda block: block.text[:40])
def test_every_block_is_well_formed(block: Block) -> None:
    if block.language == "python":
        ast.parse(block.text)
    elif block.language == "sh":
        subprocess.run(["bash", "-n", "-c", block.text], check=True)


def test_only_blocks_that_need_something_are_not_run() -> None:
    """Every block is run by a test or names its requirement, so that none is forgotten."""
    for block in ALL_BLOCKS:
        is_run = block.document.name == "loading.md" or block in PYTHON_BLOCKS
        if not is_run and block.language in ("sh", "python"):
            assert block.needs, f"{block.document.name}: {block.text[:60]}"


def test_no_object_is_copied_onto_itself_by_gcloud() -> None:
    """gcloud refuses that: "Source URL matches destination URL"."""
    copies = matches_of(r"gcloud storage (?:cp|mv) (\S+) (\S+)")
    assert [match[0] for _, match in copies if match[1] == match[2]] == []


def test_the_examples_are_well_formed() -> None:
    examples = sorted(Path(PROJECT / "examples").glob("*.py"))
    assert examples
    for example in examples:
        ast.parse(example.read_text(encoding="utf-8"))
