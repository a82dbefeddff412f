"""Differences that random databases once showed, each reduced to a few statements."""

from pathlib import Path
from types import ModuleType

from tests.differential.comparison import differences
from tests.differential.engine_runner import run_scenario
from tests.differential.scenarios import Scenario, Step

SCRIPTS = {
    "a default of fewer bytes than a character can take": """
        CREATE TABLE T (ID INTEGER); INSERT INTO T VALUES (1);
        ALTER TABLE T ADD X VARCHAR(1) CHARACTER SET UTF8 DEFAULT '0' NOT NULL;
    """,
    "a hexadecimal default of a UTF8 column": """
        CREATE TABLE T (ID INTEGER); INSERT INTO T VALUES (1);
        ALTER TABLE T ADD X VARCHAR(3) CHARACTER SET UTF8 DEFAULT x'C3A9' NOT NULL;
    """,
    "columns changed from and to bytes without a character set": """
        CREATE TABLE T (A VARCHAR(4) CHARACTER SET NONE, B CHAR(4) CHARACTER SET UTF8);
        INSERT INTO T VALUES (x'E9', _UTF8 x'C3A9');
        ALTER TABLE T ALTER A TYPE VARCHAR(4) CHARACTER SET WIN1251;
        ALTER TABLE T ALTER B TYPE CHAR(16) CHARACTER SET OCTETS;
    """,
    "defaults of blobs": """
        CREATE DOMAIN D AS BLOB SUB_TYPE TEXT CHARACTER SET WIN1252 DEFAULT 'dom';
        CREATE TABLE T (ID INTEGER); INSERT INTO T VALUES (1);
        ALTER TABLE T ADD A BLOB SUB_TYPE TEXT DEFAULT 'é x' NOT NULL;
        ALTER TABLE T ADD B BLOB SUB_TYPE TEXT CHARACTER SET UTF8 DEFAULT 'é x' NOT NULL;
        ALTER TABLE T ADD C BLOB SUB_TYPE TEXT CHARACTER SET WIN1252 DEFAULT 'é x' NOT NULL;
        ALTER TABLE T ADD E BLOB DEFAULT 'é x' NOT NULL;
        ALTER TABLE T ADD F BLOB DEFAULT x'00ff41' NOT NULL;
        ALTER TABLE T ADD G BLOB SUB_TYPE TEXT CHARACTER SET UTF8 DEFAULT x'c3a9' NOT NULL;
        ALTER TABLE T ADD H D NOT NULL;
        ALTER TABLE T ADD I BLOB SUB_TYPE TEXT DEFAULT 12.50 NOT NULL;
        ALTER TABLE T ADD J BLOB DEFAULT DATE '2020-02-29' NOT NULL;
        ALTER TABLE T ADD K BLOB SUB_TYPE TEXT DEFAULT '' NOT NULL;
        ALTER TABLE T ADD L COMPUTED BY (B || OCTET_LENGTH(F));
        INSERT INTO T (ID) VALUES (2);
    """,
    "computed columns that are blobs": """
        CREATE TABLE T (ID INTEGER, D DATE, V VARCHAR(9) CHARACTER SET UTF8, B BLOB,
            W BLOB SUB_TYPE TEXT CHARACTER SET WIN1252,
            C1 COMPUTED BY (B), C2 COMPUTED BY (B || V), C3 COMPUTED BY (W || V),
            C4 COMPUTED BY (CAST(V AS BLOB SUB_TYPE BINARY)),
            C5 COMPUTED BY (CAST(ID AS BLOB SUB_TYPE TEXT)),
            C6 COMPUTED BY (CAST(D AS BLOB SUB_TYPE BINARY)),
            C7 COMPUTED BY (CAST(B AS VARCHAR(20) CHARACTER SET UTF8)),
            C8 COMPUTED BY (CAST(W AS BLOB SUB_TYPE BINARY)));
        INSERT INTO T VALUES (1, '2020-02-29', 'é', x'00ff410a42097f', 'é€');
        INSERT INTO T VALUES (2, NULL, '', x'', '');
        INSERT INTO T VALUES (3, NULL, NULL, NULL, NULL);
    """,
    "the padding of UNICODE_FSS in an expression": """
        CREATE TABLE T (A CHAR(5) CHARACTER SET UNICODE_FSS, B COMPUTED BY (A || '-'),
            C COMPUTED BY (OCTET_LENGTH(A) || CHAR_LENGTH(A)));
        INSERT INTO T (A) VALUES ('é'); INSERT INTO T (A) VALUES (NULL);
    """,
}


def test_former_differences_are_gone(engine: ModuleType, tmp_path: Path) -> None:
    differences_by_name = {}
    for index, (name, script) in enumerate(SCRIPTS.items()):
        path = tmp_path / f"{index}.fdb"
        with engine.create(path) as connection:
            engine.run_script(connection, script)
        differences_by_name[name] = differences(path)
    assert differences_by_name == {name: [] for name in SCRIPTS}


def test_a_back_version_longer_than_the_newer_version(engine: ModuleType, tmp_path: Path) -> None:
    """A row is updated after a column was dropped; another commit writes the update to the file."""
    statements = [
        "CREATE TABLE T (ID INTEGER, C1 SMALLINT, C2 SMALLINT)",
        "COMMIT",
        "INSERT INTO T VALUES (0, NULL, 5)",
        "INSERT INTO T VALUES (3, -32768, NULL)",
        "COMMIT",
        "ALTER TABLE T DROP C1",
        "COMMIT",
        "UPDATE T SET C2 = NULL WHERE MOD(ID, 3) = 0",
    ]
    steps = [Step(statement) for statement in statements]
    steps += [Step("INSERT INTO T VALUES (1, 1)", (), "other"), Step("COMMIT", (), "other")]
    scenario = Scenario(
        page_size=4096, dialect=3, holds_snapshot=False, is_copied_open=True, steps=tuple(steps)
    )
    path = tmp_path / "copied.fdb"
    assert not [outcome for outcome in run_scenario(scenario, path) if "refused" in outcome]
    assert differences(path) == []


def test_a_table_of_two_thousand_columns(engine: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "wide.fdb"
    columns = ", ".join(f"C{index} INTEGER" for index in range(2000))
    with engine.create(path) as connection:
        engine.run_script(
            connection,
            f"""
            CREATE TABLE T ({columns}); INSERT INTO T (C0, C1000, C1999) VALUES (1, 2, 3);
            ALTER TABLE T DROP C1000; ALTER TABLE T ADD X VARCHAR(9) DEFAULT 'é' NOT NULL;
            INSERT INTO T (C7) VALUES (7);
            """,
        )
    assert differences(path) == []
