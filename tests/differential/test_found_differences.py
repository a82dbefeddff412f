"""What random databases once told apart, each as the few statements that show it."""

from pathlib import Path
from types import ModuleType

from tests.differential.comparison import differences

SCRIPTS = {
    "a default of fewer bytes than one character may have": """
        CREATE TABLE T (ID INTEGER); INSERT INTO T VALUES (1);
        ALTER TABLE T ADD X VARCHAR(1) CHARACTER SET UTF8 DEFAULT '0' NOT NULL;
    """,
    "a default of bare bytes in a column of another character set": """
        CREATE TABLE T (ID INTEGER); INSERT INTO T VALUES (1);
        ALTER TABLE T ADD X VARCHAR(3) CHARACTER SET UTF8 DEFAULT x'C3A9' NOT NULL;
    """,
    "bare bytes that became text, and text that became bare bytes": """
        CREATE TABLE T (A VARCHAR(4) CHARACTER SET NONE, B CHAR(4) CHARACTER SET UTF8);
        INSERT INTO T VALUES (x'E9', _UTF8 x'C3A9');
        ALTER TABLE T ALTER A TYPE VARCHAR(4) CHARACTER SET WIN1251;
        ALTER TABLE T ALTER B TYPE CHAR(16) CHARACTER SET OCTETS;
    """,
}


def test_what_once_differed_does_so_no_more(engine: ModuleType, tmp_path: Path) -> None:
    found = {}
    for number, (name, script) in enumerate(SCRIPTS.items()):
        path = tmp_path / f"{number}.fdb"
        with engine.create(path) as connection:
            engine.run_script(connection, script)
        found[name] = differences(path)
    assert found == {name: [] for name in SCRIPTS}
