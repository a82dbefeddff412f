"""Exports with firebird-driver, SELECT * and the csv module, for comparison.

python -m benchmarks.driver_csv DATABASE FOLDER
"""

import csv
import sys
from pathlib import Path

from tests.engine import connect
from tests.engine.golden_csv import identifier, user_tables


def export(database: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with connect(database, charset="WIN1252") as connection:
        for table in user_tables(connection):
            with connection.cursor() as cursor, open(folder / f"{table}.csv", "w") as file:
                cursor.execute(f"SELECT * FROM {identifier(table)}")
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(column[0] for column in cursor.description)
                writer.writerows(cursor)


if __name__ == "__main__":
    export(Path(sys.argv[1]), Path(sys.argv[2]))
