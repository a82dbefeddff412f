"""Uploads a database, waits for its export and reads the tables as data frames, in chunks.

pip install google-cloud-firestore google-cloud-storage pandas
python load_tables.py BACKUP.GDB gs://BUCKET/BACKUP.GDB
"""

import io
import sys
import zipfile
from collections.abc import Iterator

import pandas as pd
from google.cloud import firestore, storage
from wait_for_export import upload, wait_for_export


def tables(zip_file: io.BufferedIOBase, rows: int = 100_000) -> Iterator[tuple[str, pd.DataFrame]]:
    """Pairs of a table's name and a chunk of its rows. All values are strings, NULL is an
    empty one."""
    with zipfile.ZipFile(zip_file) as archive:
        for name in archive.namelist():
            if name.endswith(".csv"):
                with archive.open(name) as member:
                    # pandas skips blank lines by default, but in a table of one column a value of
                    # spaces is one
                    options = {"dtype": str, "na_filter": False, "skip_blank_lines": False}
                    for chunk in pd.read_csv(member, chunksize=rows, **options):
                        yield name.removesuffix(".csv"), chunk


if __name__ == "__main__":
    client = storage.Client()
    output = wait_for_export(firestore.Client(), upload(client, sys.argv[1], sys.argv[2]))
    with storage.Blob.from_uri(output, client=client).open("rb") as opened:
        for table, chunk in tables(opened):
            print(f"{table}: {len(chunk)} rows")
