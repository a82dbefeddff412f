"""The function's zip, as terraform/function.tf composes it, works without other files."""

import re
import subprocess
import sys
import sysconfig
from pathlib import Path

from hcl import PROJECT, local


def test_the_function_can_be_imported_from_its_zip(tmp_path: Path) -> None:
    files = function_files()
    assert {"main.py", "requirements.txt", "gdb_export/contract/job_document.py"} <= set(files)
    for name, source in files.items():
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())
    load = "import gdb_export, main; print(gdb_export.__file__, callable(main.on_upload))"
    # isolated, so that neither the project nor its installation is imported instead
    code = f"import sys; sys.path[:0] = {[str(tmp_path), sysconfig.get_path('purelib')]}; {load}"
    process = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], cwd=tmp_path, check=True, capture_output=True
    )
    expected = [str(tmp_path / "gdb_export" / "__init__.py"), "True"]
    assert process.stdout.decode().split() == expected


def function_files() -> dict[str, Path]:
    """Files by their names in the zip, from the patterns in local.function_files."""
    patterns = re.findall(r'fileset\("\$\{local\.root\}/([\w/]+)", "([^"]+)"\)', str(unescaped()))
    assert [folder for folder, _ in patterns] == ["functions", "gdb_export", "gdb_export/contract"]
    files = {}
    for folder, pattern in patterns:
        prefix = "" if folder == "functions" else f"{folder}/"
        for glob in expand_braces(pattern):
            for file in (PROJECT / folder).glob(glob):
                files[prefix + file.relative_to(PROJECT / folder).as_posix()] = file
    return files


def expand_braces(pattern: str) -> list[str]:
    """The patterns without braces that a Terraform pattern stands for."""
    head, brace, rest = pattern.partition("{")
    if not brace:
        return [pattern]
    inner, _, tail = rest.partition("}")
    assert "/" not in inner, f"Terraform allows no slash between braces: {pattern}"
    return [head + alternative + tail for alternative in inner.split(",")]


def unescaped() -> str:
    return str(local("function_files")).replace('\\"', '"')
