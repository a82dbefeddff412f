"""The function's zip, composed as terraform/function.tf composes it, works alone."""

import re
import subprocess
import sys
import sysconfig
from pathlib import Path

from hcl import PROJECT, local


def test_the_function_can_be_imported_from_its_zip(tmp_path: Path) -> None:
    composed = function_files()
    assert {"main.py", "requirements.txt", "gdb_export/contract/job_document.py"} <= set(composed)
    for name, source in composed.items():
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())
    look = "import gdb_export, main; print(gdb_export.__file__, callable(main.on_upload))"
    # Isolated, so that neither the project nor its installation is found beside the zip.
    code = f"import sys; sys.path[:0] = {[str(tmp_path), sysconfig.get_path('purelib')]}; {look}"
    said = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], cwd=tmp_path, check=True, capture_output=True
    )
    assert said.stdout.decode().split() == [str(tmp_path / "gdb_export" / "__init__.py"), "True"]


def function_files() -> dict[str, Path]:
    """Name in the zip -> file, from the patterns in local.function_files."""
    patterns = re.findall(r'fileset\("\$\{local\.root\}/(\w+)", "([^"]+)"\)', str(unescaped()))
    assert [folder for folder, _ in patterns] == ["functions", "gdb_export"]
    found = {}
    for folder, pattern in patterns:
        prefix = "" if folder == "functions" else f"{folder}/"
        for each in alternatives(pattern):
            for file in (PROJECT / folder).glob(each):
                found[prefix + file.relative_to(PROJECT / folder).as_posix()] = file
    return found


def alternatives(pattern: str) -> list[str]:
    """A pattern of Terraform's as patterns without braces."""
    head, brace, rest = pattern.partition("{")
    if not brace:
        return [pattern]
    inner, _, tail = rest.partition("}")
    return [head + each + tail for each in inner.split(",")]


def unescaped() -> str:
    return str(local("function_files")).replace('\\"', '"')
