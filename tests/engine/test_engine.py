"""Tests of the engine runner: the splitting of scripts, and its CSV against literals."""

from pathlib import Path
from types import ModuleType

import pytest

from tests.engine.golden_csv import shortest
from tests.engine.scripts import statements

EDGE_CASES = """
CREATE TABLE T (
  I INTEGER, N NUMERIC(9, 2), F FLOAT, D DOUBLE PRECISION, C CHAR(5) CHARACTER SET UTF8,
  V VARCHAR(9), O CHAR(2) CHARACTER SET OCTETS, B BLOB SUB_TYPE TEXT CHARACTER SET WIN1252,
  X BLOB, L BOOLEAN, H INT128, E DECFLOAT(16), S TIMESTAMP, Z TIMESTAMP WITH TIME ZONE);
CREATE TABLE "a table" (A VARCHAR(3));
INSERT INTO T VALUES (1, -0.05, 0.1, 1e-300, 'é', '', x'00', 'a,"b', x'CAFE', TRUE,
  170141183460469231731687303715884105727, 1.00, '2020-02-29 01:02:03.4000',
  '2020-07-01 12:00:00 America/Sao_Paulo');
INSERT INTO T (I) VALUES (NULL);
INSERT INTO "a table" VALUES (NULL);
INSERT INTO "a table" VALUES ('');
"""


def test_a_script_is_split_at_terminators_outside_strings_and_comments() -> None:
    script = "A ';' -- ;\n; SET TERM ^; B; C^ SET TERM ;^ /* x */ D"
    assert list(statements(script)) == ["A ';' -- ;", "B; C", "D"]


@pytest.mark.parametrize(
    ("value", "width", "text"),
    [
        (0.10000000149011612, "f", "0.1"),
        (3.4028234663852886e38, "f", "3.4028235e+38"),
        (5.0, "d", "5.0"),
        (float("-inf"), "d", "-Infinity"),
    ],
)
def test_floats_have_the_shortest_text_of_their_width(value: float, width: str, text: str) -> None:
    assert shortest(value, width) == text


def test_values_of_each_type_are_written_in_the_csv_dialect(
    engine: ModuleType, tmp_path: Path
) -> None:
    path = tmp_path / "edge_cases.fdb"
    with engine.create(path) as connection:
        engine.run_script(connection, EDGE_CASES)
    assert {name: csv.decode() for name, csv in engine.export_csvs(path).items()} == {
        "T": "I,N,F,D,C,V,O,B,X,L,H,E,S,Z\n"
        '1,-0.05,0.1,1e-300,é,"",0000,"a,""b",cafe,true,'
        "170141183460469231731687303715884105727,1.00,2020-02-29 01:02:03.4000,"
        "2020-07-01 12:00:00 America/Sao_Paulo\n"
        ",,,,,,,,,,,,,\n",
        "a table": 'A\n""\n""\n',
    }
