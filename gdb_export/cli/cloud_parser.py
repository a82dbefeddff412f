"""Arguments of submit, status, list and cancel: exports that run in a Google Cloud project."""

import argparse
import os

from gdb_export.cli.cloud_commands import cancel, list_exports, show_status, submit
from gdb_export.cli.command_parser import CommandParser
from gdb_export.contract.job_document import Status

EXAMPLES = """in a Google Cloud project:
  gdb-export submit BACKUP.GDB gs://uploads --watch  upload it, and wait for the ZIP
  gdb-export submit gs://uploads/BACKUP.GDB          export an uploaded object again
  gdb-export status gs://uploads/BACKUP.GDB          show its progress or result
  gdb-export list --status FAILURE                   show the newest failed exports
  gdb-export cancel gs://uploads/BACKUP.GDB          stop it; no ZIP appears
"""
_SUBMIT_EXAMPLES = """examples:
  gdb-export submit BACKUP.GDB gs://uploads --tables LFCES004,LFCES018 --watch
  gdb-export submit BACKUP.GDB gs://uploads/cnes/2026-11.GDB
  gdb-export submit gs://uploads/BACKUP.GDB --overwrite
"""


def add_cloud_commands(commands: "argparse._SubParsersAction[CommandParser]") -> None:
    for parser in (
        _submit_parser(commands),
        _status_parser(commands),
        _list_parser(commands),
        _cancel_parser(commands),
    ):
        parser.add_argument(
            "--project",
            default=os.environ.get("GOOGLE_CLOUD_PROJECT"),
            help="GOOGLE_CLOUD_PROJECT, or gcloud's, if not given",
        )
        parser.add_argument(
            "--database",
            default=os.environ.get("FIRESTORE_DATABASE") or "(default)",
            help='FIRESTORE_DATABASE, or "(default)", if not given',
        )
        parser.add_argument(
            "--collection-prefix",
            metavar="PREFIX",
            default=os.environ.get("COLLECTION_PREFIX") or "",
            help="of the deployment's collections; COLLECTION_PREFIX, or none, if not given",
        )


def _submit_parser(
    commands: "argparse._SubParsersAction[CommandParser]",
) -> argparse.ArgumentParser:
    parser = commands.add_parser(
        "submit",
        help="upload a database to the watched bucket",
        epilog=_SUBMIT_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("source", metavar="FILE|ID|gs://…", help="a file, or an export or object to repeat")
    add("destination", metavar="gs://BUCKET[/NAME]", nargs="?", help="where to upload the file")
    add("--tables", action="append", metavar="A,B", help="only these tables")
    add("--exclude", action="append", metavar="C", help="all tables but these")
    add("--system-tables", action="store_true", help="also all system tables")
    add("--charset", metavar="NAME", help="character set of NONE and ASCII columns; auto")
    add(
        "--charset-of",
        action="append",
        metavar="TABLE.COLUMN=CHARSET",
        help="character set of one column",
    )
    add("--fix-utf8", metavar="CHARSET", help="decode values that are not valid UTF-8 with this")
    add(
        "--format", metavar="csv|parquet|csv,parquet", help="a ZIP, a folder of Parquet files, both"
    )
    add("--binary", metavar="hex|base64|uuid", help="encoding of binary values")
    add("--dialect", metavar="standard|excel", help="excel: a CSV to open in Excel")
    add("--schema-from", metavar="NAME", help="another copy of a damaged database, in its folder")
    add("--schema-sql", action="store_true", help="add schema.sql, the data definition for isql")
    add("--compression", metavar="0-9", help="9 is the smallest")
    add("--dataset", metavar="DATASET", help="load the tables into a dataset of BigQuery too")
    add("--reference", metavar="2025-08", help="the month of the rows in BigQuery")
    add("--strict", action="store_true", help="fail if anything in the database is damaged")
    add("--overwrite", action="store_true", help="replace an existing ZIP")
    add("--watch", action="store_true", help="follow the export until it ends")
    parser.set_defaults(run=submit)
    return parser


def _status_parser(
    commands: "argparse._SubParsersAction[CommandParser]",
) -> argparse.ArgumentParser:
    parser = commands.add_parser("status", help="show the progress or the result of an export")
    add = parser.add_argument
    add("export", metavar="ID|gs://…", nargs="?", help="the newest if not given")
    add("--watch", action="store_true", help="follow the export until it ends")
    add("--tables", action="store_true", help="list the finished tables too")
    add("--json", action="store_true", help="print the whole document as JSON")
    add("--quiet", action="store_true", help="print the status only, such as SUCCESS")
    parser.set_defaults(run=show_status)
    return parser


def _list_parser(
    commands: "argparse._SubParsersAction[CommandParser]",
) -> argparse.ArgumentParser:
    parser = commands.add_parser("list", help="list the newest exports")
    add = parser.add_argument
    add("export", metavar="ID|gs://…", nargs="?", help="only of this object, bucket or folder")
    add("--status", type=Status, choices=list(Status), help="only exports with this status")
    add("--json", action="store_true", help="print the documents as JSON")
    add("--quiet", action="store_true", help="print the ids only")
    add("--limit", type=int, default=20, metavar="N", help="20 if not given")
    parser.set_defaults(run=list_exports)
    return parser


def _cancel_parser(
    commands: "argparse._SubParsersAction[CommandParser]",
) -> argparse.ArgumentParser:
    parser = commands.add_parser("cancel", help="stop an export")
    parser.add_argument("export", metavar="ID|gs://…", help="of an object: its newest export")
    parser.set_defaults(run=cancel)
    return parser
