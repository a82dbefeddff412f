"""The function's zip, composed as terraform/function.tf composes it, works alone."""

import re
import subprocess
import sys
import sysconfig
from pathlib import Path

from hcl import PROJECT, local


def test_the_function_can_be_imported_from_its_zip(tmp_path: Path) -> None:
    composed = function_files()
    assert {"main.py", "requirements.txt", "contract/job_document.py"} <= set(composed)
    for name, source in composed.items():
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())
    look = "import contract, main; print(contract.__file__, callable(main.on_upload))"
    # Isolated, so that neither the project nor its installation is found beside the zip.
    code = f"import sys; sys.path[:0] = {[str(tmp_path), sysconfig.get_path('purelib')]}; {look}"
    said = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], cwd=tmp_path, check=True, capture_output=True
    )
    assert said.stdout.decode().split() == [str(tmp_path / "contract" / "__init__.py"), "True"]


def function_files() -> dict[str, Path]:
    """Name in the zip -> file, from the patterns in local.function_files."""
    patterns = re.findall(r'fileset\("\$\{local\.root\}/(\w+)", "([^"]+)"\)', str(unescaped()))
    assert [folder for folder, _ in patterns] == ["functions", "contract"]
    found = {}
    for folder, pattern in patterns:
        prefix = "" if folder == "functions" else f"{folder}/"
        for ending in re.search(r"\{?([\w,]+)\}?$", pattern.removeprefix("*."))[1].split(","):
            for file in (PROJECT / folder).glob(f"*.{ending}"):
                found[prefix + file.name] = file
    return found


def unescaped() -> str:
    return str(local("function_files")).replace('\\"', '"')
