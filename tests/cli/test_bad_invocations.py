"""Every failure is one line and an exit code, and leaves nothing behind, as README.md promises.

The installed command runs with a table of wrong arguments and bad files.
"""

import gzip
import os
import socket
import stat
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from gdb_export.cli.errors import FAILED, USAGE
from tests.cli.installed_command import COMMAND, small_database
from tests.data.databases import DATA


def unpacked(name: str) -> bytes:
    return gzip.decompress((DATA / name).read_bytes())


def patched(data: bytes, offset: int, content: bytes) -> bytes:
    """The data, with `content` written over it at this offset."""
    return data[:offset] + content + data[offset + len(content) :]


def fill(folder: Path) -> None:
    """Fill the folder with databases, and with bad sources and bad destinations."""
    good = small_database()
    big_endian = patched(patched(good, 16, b"\x10\0"), 18, b"\0\x0a")
    files = {
        "A.GDB": good,
        "B.GDB": good,
        "with space.GDB": good,
        "HIDDEN.zip": good,  # a database that has the name of a ZIP
        "BACKUP.fbk": unpacked("fb15/types.fbk.gz"),
        "NOTES.txt": b"precious",
        "OLD.ZIP": b"precious",
        "EMPTY.GDB": b"",
        "ONE.GDB": b"\1",
        "TEXT.GDB": b"Dear Sir,\nthe database is attached.\n",
        "ZEROS.GDB": bytes(40960),
        "ONES.GDB": b"\xff" * 40960,
        "NOISE.GDB": bytes((index * 7919 >> 3) & 255 for index in range(40960)),
        "ZIPPED.GDB": b"PK\x03\x04" + bytes(range(200)) * 30,
        "GZIPPED.GDB": gzip.compress(good),
        "HEADER.GDB": good[:4096],
        "CUT.GDB": unpacked("fb15/evolve.fdb.gz")[: 95 * 4096],
        "CUT.fbk": unpacked("fb15/types.fbk.gz")[:300],
        "FB6.GDB": patched(good, 18, b"\x0e\x80"),
        "IB.GDB": patched(good, 18, b"\x1e\0"),
        "SPARC.GDB": big_endian,
        "INCREMENT.nbk": b"NBAK" + bytes(4096),
        "SQLITE.GDB": b"SQLite format 3\0" + bytes(4096),
        "\x1b[31mred\n.GDB": b"no database",
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    (folder / "FOLDER").mkdir()
    (folder / "FULL" / "deep").mkdir(parents=True)
    (folder / "FULL" / "deep" / "precious.txt").write_bytes(b"precious")
    (folder / "FOLDER.GDB").mkdir()
    (folder / "LINK.GDB").symlink_to("A.GDB")
    (folder / "NOWHERE.GDB").symlink_to("nothing")
    (folder / "NOTES.zip").symlink_to("NOTES.txt")
    (folder / "TO_B.zip").symlink_to("B.GDB")
    (folder / "LOOP.GDB").symlink_to("LOOP.GDB")
    os.link(folder / "A.GDB", folder / "SAME.zip")
    os.mkfifo(folder / "PIPE.GDB")
    with zipfile.ZipFile(folder / "A.zip", "w") as archive:
        archive.writestr("precious.txt", "precious")
    listening = socket.socket(socket.AF_UNIX)
    os.chdir(folder)  # the path of a socket must be short
    listening.bind("SOCKET")
    listening.close()


LONG = "x" * 300
# Arguments as a shell takes them, exit code, a part of the line
CASES: list[tuple[str, int, str]] = [
    # wrong usage
    ("", USAGE, "arguments are required: COMMAND"),
    ("nonsense", USAGE, "invalid choice: 'nonsense'"),
    ("export", USAGE, "arguments are required: SOURCE"),
    ("export ''", USAGE, "SOURCE is empty"),
    ("export A.GDB ''", USAGE, "DESTINATION is empty"),
    ("inspect ''", USAGE, "SOURCE is empty"),
    ("export A.GDB B.GDB NOTES.txt", USAGE, "not also NOTES.txt"),
    ("export *.GDB --overwrite", USAGE, "only SOURCE and DESTINATION"),
    ("inspect A.GDB --nope", USAGE, "unrecognized arguments: --nope"),
    ("export A.GDB --nope out.zip", USAGE, "unrecognized arguments: --nope"),
    ("export A.GDB --workers 0", USAGE, "--workers: a number from 1 to 256, not '0'"),
    ("export A.GDB --workers 100000", USAGE, "--workers: a number from 1 to 256"),
    ("export A.GDB --workers many", USAGE, "--workers: "),
    ("export A.GDB --workers", USAGE, "--workers: expected one argument"),
    ("export A.GDB --compression 10", USAGE, "--compression: "),
    ("export A.GDB --binary octal", USAGE, "--binary: "),
    ("export A.GDB --tables ''", USAGE, "--tables: "),
    ("export A.GDB --tables", USAGE, "--tables: expected one argument"),
    ("export A.GDB --tables NOPE", USAGE, "there is no table 'NOPE'"),
    ("export A.GDB --exclude NOPE", USAGE, "there is no table 'NOPE'"),
    ("export A.GDB --charset KLINGON", USAGE, "charset: 'KLINGON'"),
    ("export A.GDB --charset ''", USAGE, "charset: ''"),
    ("export -- --overwrite", FAILED, "--overwrite: No such file"),
    ("export A.GDB --volume B.GDB", USAGE, "volume: A.GDB is not a volume of a split backup"),
    ("inspect BACKUP.fbk --volume A.GDB", USAGE, "volume: BACKUP.fbk is not a volume"),
    ("export A.GDB --volume ''", USAGE, "the name of the source is empty"),
    ("export BACKUP.fbk --schema-from A.GDB", USAGE, "schema-from: BACKUP.fbk is a backup"),
    ("export A.GDB --schema-from BACKUP.fbk", FAILED, "BACKUP.fbk gives no definitions"),
    ("export A.GDB --schema-from NONE.GDB", FAILED, "NONE.GDB: No such file or directory"),
    ("export A.GDB --schema-from FOLDER", USAGE, "FOLDER is a folder"),
    ("export A.GDB out --format parquet --binary base64", USAGE, "binary: base64 is for CSV"),
    ("export A.GDB out --format parquet --dialect excel", USAGE, "dialect: excel is a dialect"),
    # locations that are neither a local path nor in a bucket
    ("export s3://bucket/A.GDB", USAGE, "s3://bucket/A.GDB: a location is a local path or gs://"),
    ("inspect https://host/A.GDB", USAGE, "https://host/A.GDB: a location"),
    ("export A.GDB s3://bucket/A.zip", USAGE, "s3://bucket/A.zip: a location"),
    ("export A.GDB file:///tmp/A.zip", USAGE, "file:///tmp/A.zip: a location"),
    ("export gs://", USAGE, "gs:// is not gs://bucket/name"),
    ("export gs://bucket", USAGE, "gs://bucket is not gs://bucket/name"),
    ("inspect gs://bucket/", USAGE, "gs://bucket/ is not gs://bucket/name"),
    ("export A.GDB gs://", USAGE, "gs:// is not gs://bucket/name"),
    ("export gs://bucket/A.zip --overwrite", USAGE, "gs://bucket/A.zip is the source itself"),
    ("export gs://bucket/A.GDB gs://bucket/A.GDB", USAGE, "is the source itself"),
    # the source
    ("export NONE.GDB", FAILED, "NONE.GDB: No such file or directory"),
    ("inspect NONE.GDB", FAILED, "NONE.GDB: No such file or directory"),
    (f"export {LONG}.GDB", FAILED, "File name too long"),
    ("export A.GDB/x", FAILED, "A.GDB/x: Not a directory"),
    ("export .", USAGE, ". is a folder"),
    ("export ..", USAGE, ".. is a folder"),
    ("export /", USAGE, "/ is a folder"),
    ("export FOLDER.GDB", USAGE, "FOLDER.GDB is a folder"),
    ("inspect FOLDER", USAGE, "FOLDER is a folder"),
    ("export NOWHERE.GDB", FAILED, "NOWHERE.GDB: No such file"),
    ("export LOOP.GDB", FAILED, "LOOP.GDB: Too many levels of symbolic links"),
    ("export PIPE.GDB", USAGE, "PIPE.GDB is a pipe: save the database to a file first"),
    ("inspect PIPE.GDB", USAGE, "PIPE.GDB is a pipe"),
    ("export SOCKET", USAGE, "SOCKET is a pipe"),
    ("export /dev/null out.zip", USAGE, "/dev/null is a device"),
    ("export /dev/zero", USAGE, "/dev/zero is a device"),
    ("export - out.zip < A.GDB", USAGE, "can't be read from standard input"),
    ("export /dev/stdin < A.GDB", USAGE, "/dev/stdin has no folder"),
    ("export /dev/fd/0 out.zip < PIPE.GDB & : > PIPE.GDB; wait $!", USAGE, "is a pipe"),
    # files that are not databases, and badly damaged databases
    ("export EMPTY.GDB", FAILED, "the file is empty"),
    ("inspect EMPTY.GDB", FAILED, "the file is empty"),
    ("export ONE.GDB", FAILED, "gdb-export: "),
    ("export TEXT.GDB", FAILED, "this is a text file"),
    ("export ZEROS.GDB", FAILED, "zeros only"),
    ("export ONES.GDB", FAILED, "gdb-export: "),
    ("export NOISE.GDB", FAILED, "gdb-export: "),
    ("export ZIPPED.GDB", FAILED, "this is a ZIP file"),
    ("export GZIPPED.GDB", FAILED, "this is a gzip file"),
    ("export SQLITE.GDB", FAILED, "an SQLite database"),
    ("export INCREMENT.nbk", FAILED, "nbackup"),
    ("export HEADER.GDB", FAILED, "nothing but the header page is left"),
    ("inspect HEADER.GDB", FAILED, "nothing but the header page is left"),
    ("export CUT.GDB", FAILED, "cut off or damaged so far"),
    ("export CUT.GDB A.zip --overwrite", FAILED, "cut off or damaged so far"),
    ("export CUT.fbk", FAILED, "gdb-export: "),
    ("export FB6.GDB", FAILED, "a newer build of Firebird"),
    ("export IB.GDB", FAILED, "InterBase"),
    ("export SPARC.GDB", FAILED, "gdb-export: "),
    ("export *red*", FAILED, "gdb-export: this is a text file"),
    (
        r"""inspect "$(printf '\033[31mred\n.GDB/x')" """,
        FAILED,
        r"\x1b[31mred\n.GDB/x: Not a directory",
    ),
    # the destination
    ("export A.GDB A.GDB --overwrite", USAGE, "A.GDB is the source itself"),
    ("export A.GDB A.GDB", USAGE, "A.GDB is the source itself"),
    ("export A.GDB ./FOLDER/../A.GDB --overwrite", USAGE, "is the source itself"),
    ("export A.GDB LINK.GDB --overwrite", USAGE, "LINK.GDB is the source itself"),
    ("export LINK.GDB A.GDB --overwrite", USAGE, "A.GDB is the source itself"),
    ("export A.GDB SAME.zip --overwrite", USAGE, "SAME.zip is the source itself"),
    ("export HIDDEN.zip", USAGE, "HIDDEN.zip is the source itself"),
    ("export HIDDEN.zip --overwrite", USAGE, "HIDDEN.zip is the source itself"),
    ("export A.zip", USAGE, "A.zip is a ZIP: unpack it and give the database in it"),
    ("export A.zip A.zip --overwrite", USAGE, "A.zip is a ZIP: unpack it"),
    ("export A.GDB B.GDB", USAGE, "B.GDB is a database, and a database is never replaced"),
    ("export A.GDB B.GDB --overwrite", USAGE, "B.GDB is a database"),
    ("export A.GDB HIDDEN.zip --overwrite", USAGE, "HIDDEN.zip is a database"),
    ("export A.GDB BACKUP.fbk --overwrite", USAGE, "BACKUP.fbk is a database"),
    ("export A.GDB INCREMENT.nbk --overwrite", USAGE, "INCREMENT.nbk is a database"),
    ("export A.GDB NOTES.txt --overwrite", USAGE, "NOTES.txt is not a ZIP"),
    ("export A.GDB NOTES.zip --overwrite", USAGE, "/NOTES.txt is not a ZIP, and only a ZIP is"),
    ("export A.GDB TO_B.zip --overwrite", USAGE, "/B.GDB is a database"),
    ("export A.GDB EMPTY.GDB --overwrite", USAGE, "EMPTY.GDB is not a ZIP"),
    ("export A.GDB SOCKET", USAGE, "SOCKET is neither a file nor a folder"),
    ("export A.GDB no/out.zip", FAILED, "no/out.zip: No such file or directory"),
    ("export A.GDB no/", USAGE, "no/ is not a folder"),
    ("export A.GDB NOTES.txt/out.zip", FAILED, "NOTES.txt/out.zip: Not a directory"),
    (f"export A.GDB {LONG}.zip", FAILED, "File name too long"),
    ("export A.GDB LOOP.GDB --overwrite", FAILED, "LOOP.GDB: "),
    ("export A.GDB - >> A.GDB", USAGE, "standard output is the source itself"),
    ("export A.GDB - > /dev/full", FAILED, "standard output: No space left on device"),
    ("export A.GDB - >&-", FAILED, "standard output: Bad file descriptor"),
    ("export A.GDB /dev/full", FAILED, "/dev/full: No space left on device"),
    ("export A.GDB --csv", USAGE, "a CSV holds one table, and 2 are selected"),
    ("export A.GDB out.csv --csv --tables CLIENTS", USAGE, "--csv writes to standard output"),
    # the destination of Parquet
    ("export A.GDB . --format parquet", USAGE, ". is a folder that exists: name a new one, A"),
    ("export A.GDB .. --format parquet --overwrite", USAGE, "name a new one, ../A"),
    ("export A.GDB / --format parquet --overwrite", USAGE, "name a new one, /A"),
    ("export A.GDB - --format parquet", USAGE, "Parquet is a folder of files"),
    ("export A.GDB /dev/null --format parquet", USAGE, "/dev/null is neither a file nor a folder"),
    ("export A.GDB PIPE.GDB --format parquet", USAGE, "PIPE.GDB is neither a file nor a folder"),
    ("export A.GDB SOCKET --format parquet --overwrite", USAGE, "SOCKET is neither"),
    ("export A.GDB A.GDB --format parquet", USAGE, "A.GDB is the source itself"),
    ("export A.GDB B.GDB --format parquet", USAGE, "B.GDB is a database"),
    ("export A.GDB HIDDEN.zip --format parquet --overwrite", USAGE, "HIDDEN.zip is a database"),
    ("export A.GDB A.zip --format parquet --overwrite", USAGE, "A.zip is not a folder: remove it"),
    ("export A.GDB FULL --format parquet --overwrite", USAGE, "FULL holds files that are not of"),
    ("export A.GDB FULL/ --format parquet --overwrite", USAGE, "such as deep/precious.txt"),
    ("export A.GDB NOTES.txt/out --format parquet", FAILED, "NOTES.txt/out: Not a directory"),
    ("export A.GDB no/out --format parquet", FAILED, "no/out: No such file or directory"),
    ("export A.GDB out --format parquet --csv", USAGE, "--csv and --format parquet exclude"),
    ("export CUT.GDB out --format parquet", FAILED, "cut off or damaged so far"),
    # standard output
    ("inspect A.GDB > /dev/full", FAILED, "standard output: No space left on device"),
    ("inspect A.GDB >&-", FAILED, "standard output: Bad file descriptor"),
]


def state(folder: Path) -> dict[str, tuple[object, ...]]:
    """The files of the folder: kinds, modification times and contents."""
    files: dict[str, tuple[object, ...]] = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        content = path.read_bytes() if stat.S_ISREG(status.st_mode) else b""
        files[str(path.relative_to(folder))] = (status.st_mode, status.st_mtime_ns, content)
    return files


@pytest.fixture
def folder_of_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    fill(tmp_path)
    return tmp_path


Shell = Callable[[str], "subprocess.CompletedProcess[str]"]


@pytest.fixture
def shell(folder_of_files: Path) -> Shell:
    """Runs the installed command with arguments as a shell takes them."""

    def run(arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["sh", "-c", f"{COMMAND} {arguments}"],
            cwd=folder_of_files,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return run


@pytest.mark.parametrize(("arguments", "code", "message"), CASES, ids=[case[0] for case in CASES])
def test_a_failure_is_one_line_an_exit_code_and_nothing_left_behind(
    arguments: str, code: int, message: str, folder_of_files: Path, shell: Shell
) -> None:
    before = state(folder_of_files)
    failed = shell(arguments)
    errors = failed.stderr
    assert failed.returncode == code, errors
    lines = [line for line in errors.splitlines() if line.startswith("gdb-export")]
    assert len(lines) == 1, errors
    assert message in lines[0]
    assert errors.splitlines()[-1] == lines[0]
    assert "Traceback" not in errors
    assert failed.stdout == ""
    assert state(folder_of_files) == before


def test_the_table_is_long_enough() -> None:
    assert len(CASES) >= 60
