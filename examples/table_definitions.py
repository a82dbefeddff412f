"""Prints the statements that create and load the tables of an exported ZIP in another database.

python table_definitions.py postgres BACKUP.zip    CREATE TABLE and \\copy, for psql
python table_definitions.py duckdb BACKUP.zip      CREATE TABLE AS, for DuckDB
python table_definitions.py bigquery BACKUP.zip    a bq command per table, for a shell with
                                                   the variables DATASET and FOLDER

It needs only Python. Tables of the same names are replaced: loading twice gives the same.
"""

import json
import re
import shlex
import sys
import zipfile
from typing import Any

# Types of PostgreSQL, DuckDB and BigQuery by Firebird's type without length and character set.
TYPES = {
    "SMALLINT": ("smallint", "smallint", "INT64"),
    "INTEGER": ("integer", "integer", "INT64"),
    "BIGINT": ("bigint", "bigint", "INT64"),
    "INT128": ("numeric", "hugeint", "BIGNUMERIC"),
    "NUMERIC": ("numeric", "decimal(38, {scale})", "BIGNUMERIC"),
    "DECIMAL": ("numeric", "decimal(38, {scale})", "BIGNUMERIC"),
    "FLOAT": ("double precision", "double", "FLOAT64"),
    "DOUBLE PRECISION": ("double precision", "double", "FLOAT64"),
    "BOOLEAN": ("boolean", "boolean", "BOOL"),
    "DATE": ("date", "date", "DATE"),
    "TIME": ("time", "time", "TIME"),
    "TIMESTAMP": ("timestamp", "timestamp", "DATETIME"),
}
TEXT = ("text", "varchar", "STRING")
# Each load is whole or none, and a second one replaces the tables of the first.
TRANSACTIONS = {"postgres": ("BEGIN;\n", "COMMIT;\n"), "duckdb": ("BEGIN;\n", "COMMIT;\n")}
# Bytes: DuckDB's default for the longest line, and the maximum set here, because its buffer is as
# long.
DUCKDB_LINE, MAX_DUCKDB_LINE = 2_000_000, 64_000_000


def main(target: str, zip_path: str) -> None:
    with zipfile.ZipFile(zip_path) as archive:
        package = json.loads(archive.read("datapackage.json"))
    show = {"postgres": postgres, "duckdb": duckdb, "bigquery": bigquery}[target]
    begin, end = TRANSACTIONS.get(target, ("", ""))
    print(begin, end="")
    for resource in package["resources"]:
        print(show(resource))
    print(end, end="")


def types(column: dict[str, Any]) -> tuple[str, str, str]:
    firebird_type = column["x-firebird-type"]
    name = re.match(r"[A-Z0-9]*( PRECISION)?", firebird_type)[0]
    postgres, duckdb, bigquery = TEXT if "TIME ZONE" in firebird_type else TYPES.get(name, TEXT)
    scale = re.search(r",\s*(\d+)\)", firebird_type)
    duckdb = duckdb.format(scale=scale[1] if scale else 0)
    return TEXT if column["type"] == "array" else (postgres, duckdb, bigquery)


def postgres(resource: dict[str, Any]) -> str:
    table, path, columns = resource["title"], resource["path"], resource["schema"]["fields"]
    defined = ", ".join(f"{quoted(column['name'])} {types(column)[0]}" for column in columns)
    # PostgreSQL's text cannot hold NUL characters. In a table of one column "" is NULL.
    command = f"tr -d '\\000' < {shlex.quote(path)}".replace("'", "''")
    nulls = f", FORCE_NULL ({quoted(columns[0]['name'])})" if len(columns) == 1 else ""
    return (
        f"DROP TABLE IF EXISTS {quoted(table)};\n"
        f"CREATE TABLE {quoted(table)} ({defined});\n"
        f"\\copy {quoted(table)} FROM PROGRAM '{command}' WITH (FORMAT csv, HEADER true{nulls})"
    )


def duckdb(resource: dict[str, Any]) -> str:
    table, path, columns = resource["title"], resource["path"], resource["schema"]["fields"]
    defined = ", ".join(f"{text(column['name'])}: {text(types(column)[1])}" for column in columns)
    quoted_nulls = str(len(columns) == 1).lower()
    # A line is no longer than the file: large blobs are in lines of many megabytes.
    size = resource["bytes"]
    line = min(size, MAX_DUCKDB_LINE)
    line_options = (
        f",\n  max_line_size = {line}, buffer_size = {line}" if size > DUCKDB_LINE else ""
    )
    return (
        f"CREATE OR REPLACE TABLE {quoted(table)} AS\n"
        f"  FROM read_csv({text(path)}, columns = {{{defined}}},\n"
        f"  header = true, auto_detect = false, delim = ',', quote = '\"', escape = '\"',\n"
        f"  nullstr = '', allow_quoted_nulls = {quoted_nulls}{line_options});"
    )


def bigquery(resource: dict[str, Any]) -> str:
    table, path, columns = resource["title"], resource["path"], resource["schema"]["fields"]
    schema = ",".join(f"{plain(column['name'])}:{types(column)[2]}" for column in columns)
    options = "--replace --source_format=CSV --skip_leading_rows=1 --allow_quoted_newlines"
    source = shlex.quote(f"/{path}")
    return (
        f'bq load {options} --preserve_ascii_control_characters "$DATASET".{plain(table)}'
        f' "$FOLDER"{source} {schema}'
    )


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_]", "_", name)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
