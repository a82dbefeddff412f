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


@pytest.mark.parametrize("name", TEXTS)
def test_every_make_target_exists(name: str) -> None:
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    in_code = re.findall(r"(?:^ {4}|^|`)make ([a-z-]+)", TEXTS[name], re.MULTILINE)
    assert set(in_code) <= targets


@pytest.mark.parametrize("name", TEXTS)
def test_every_file_that_is_named_is_there(name: str) -> None:
    folders = "examples|docs|terraform|functions|gdb_export|job|local|tests|benchmarks"
    named = re.findall(rf"`((?:{folders})/[\w./-]*)`|\]\(((?!http)[\w./-]+)\)", TEXTS[name])
    for in_code, linked in named:
        is_in_docs = (PROJECT / "docs" / name).exists()
        base = PROJECT / "docs" if is_in_docs and not in_code else PROJECT
        assert (base / (in_code or linked)).exists(), in_code or linked


@pytest.mark.parametrize("name", TEXTS)
def test_every_option_of_an_upload_is_one(name: str) -> None:
    for key in set(re.findall(r"\bexport[-_](tables|exclude|\w+)(?==|`)", TEXTS[name])):
        values = {
            "charset": "WIN1252",
            "compression": "9",
            "binary": "hex",
            "strict": "true",
            "overwrite": "true",
        }
        assert options_from_metadata({f"export-{key}": values.get(key, "A")}), key


@pytest.mark.parametrize("name", TEXTS)
def test_every_variable_of_terraform_is_one(name: str) -> None:
    variables = (PROJECT / "terraform" / "variables.tf").read_text(encoding="utf-8")
    for variable, key in re.findall(
        r"`(alerts|firestore|function|job|uploads)\.(\w+)`", TEXTS[name]
    ):
        body = variables.split(f'variable "{variable}"')[1].split('\nvariable "')[0]
        assert re.search(rf"\b{key}\s+= optional", body), f"{variable}.{key}"


@pytest.mark.parametrize("name", TEXTS)
def test_every_output_of_terraform_is_one(name: str) -> None:
    outputs = (PROJECT / "terraform" / "outputs.tf").read_text(encoding="utf-8")
    for output in re.findall(r"terraform output (?:-raw )?(\w+)", TEXTS[name]):
        assert f'output "{output}"' in outputs


@pytest.mark.parametrize("document", ["operations.md", "README.pt-BR.md"])
def test_every_status_and_every_code_is_explained(document: str) -> None:
    rows = re.findall(r"^\| ([A-Z_]+) \|", TEXTS[document], re.MULTILINE)
    assert set(rows) == {*Status, *ErrorCode}


def test_fields_of_the_document_have_their_names() -> None:
    known = {"result", "progress", "execution", "cancel_requested", "version", "source", "options"}
    assert known <= set(JobDocument.__dataclass_fields__)
    for text in TEXTS.values():
        for field in re.findall(r"`(cancel_\w+|result|progress|execution)(?:\.\w+)*`", text):
            assert field in known


@pytest.mark.parametrize("block", ALL_BLOCKS, ids=lambda block: block.text[:40])
def test_a_block_that_cannot_be_run_here_is_at_least_well_formed(block: Block) -> None:
    if block.language == "python":
        ast.parse(block.text)
    elif block.language == "sh":
        subprocess.run(["bash", "-n", "-c", block.text], check=True)


def test_only_blocks_that_need_something_are_not_run() -> None:
    """Blocks that no other test runs say what they need, so that none is forgotten."""
    for block in ALL_BLOCKS:
        is_run = block.document.name == "loading.md" or block in PYTHON_BLOCKS
        if not is_run and block.language in ("sh", "python"):
            assert block.needs, f"{block.document.name}: {block.text[:60]}"


def test_no_object_is_copied_onto_itself_by_gcloud() -> None:
    """It refuses that: "Source URL matches destination URL"."""
    for text in TEXTS.values():
        assert not re.search(r"gcloud storage (?:cp|mv) (\S+) \1(?:\s|$)", text)


def test_the_examples_are_well_formed() -> None:
    for example in sorted(Path(PROJECT / "examples").glob("*.py")):
        ast.parse(example.read_text(encoding="utf-8"))
