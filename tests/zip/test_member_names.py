"""Member names: table names without the characters that file systems forbid."""

import pytest

from gdb_export.zip.member_names import case_collisions, member_name


@pytest.mark.parametrize(
    ("table", "name"),
    [
        ("LFCES004", "LFCES004.csv"),
        ("Preço médio", "Preço médio.csv"),
        ("A/B\\C", "A%2FB%5CC.csv"),
        ('a:b*c?d"e<f>g|h', "a%3Ab%2Ac%3Fd%22e%3Cf%3Eg%7Ch.csv"),
        ("100%", "100%25.csv"),
        ("tab\tnul\0", "tab%09nul%00.csv"),
        (".hidden", "%2Ehidden.csv"),
        ("..", "%2E%2E.csv"),
        ("ends.", "ends%2E.csv"),
        ("ends ", "ends%20.csv"),
        ("a.b c", "a.b c.csv"),
        ("日本", "日本.csv"),
    ],
)
def test_only_forbidden_characters_are_encoded(table: str, name: str) -> None:
    assert member_name(table) == name


def test_names_that_differ_stay_different() -> None:
    tables = ["A/B", "A%2FB", "A%252FB", "a/b", ".", "%2E", "x ", "x%20"]
    assert len({member_name(table) for table in tables}) == len(tables)


def test_names_that_differ_only_by_case_are_found() -> None:
    assert case_collisions(["abc", "ABC", "x", "Straße", "STRASSE"]) == [
        ["abc", "ABC"],
        ["Straße", "STRASSE"],
    ]
