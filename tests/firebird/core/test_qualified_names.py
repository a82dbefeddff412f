"""Names with schemas: one text for each table, also where a name has a dot."""

from gdb_export.firebird.core.qualified_names import QualifiedName, unique_texts


def texts(*names: tuple[str, ...]) -> list[str]:
    """The texts of names as (object, schema, package), in that order."""
    qualified = [QualifiedName(*name) for name in names]
    text_of = unique_texts(qualified)
    return [text_of[name] for name in qualified]


def test_tables_of_public_and_of_databases_without_schemas_keep_their_names() -> None:
    assert texts(("ITEM", "PUBLIC"), ("A.B", "PUBLIC")) == ["ITEM", "A.B"]
    assert texts(("ITEM",), ("A.B",)) == ["ITEM", "A.B"]


def test_other_tables_have_schema_and_package_before_the_name() -> None:
    names = ("ITEM", "SALES"), ("ITEM", "Stock 2"), ("T", "PUBLIC", "PKG"), ("T", "SALES", "PKG")
    assert texts(*names) == ["SALES.ITEM", "Stock 2.ITEM", "PKG.T", "SALES.PKG.T"]


def test_a_name_with_a_dot_is_quoted_only_where_another_table_has_the_same_text() -> None:
    assert texts(("B.C", "A")) == ["A.B.C"]
    assert texts(("B", "A"), ("A.B", "PUBLIC")) == ['"A"."B"', "A.B"]
    assert texts(("B.C", "A"), ("C", "A.B")) == ['"A"."B.C"', '"A.B"."C"']
    assert texts(("T", "P"), ("T", "PUBLIC", "P")) == ['"P"."T"', '"PUBLIC"."P"."T"']


def test_no_names_collide_whatever_their_characters() -> None:
    parts = ("A", "B", "A.B", '"A"', '"A"."B"', "PUBLIC", "")
    names = [
        (name, schema, package)
        for name in parts[:-1]
        for schema in ("PUBLIC", "", *parts[:5])
        for package in ("", "A", '"B"')
    ]
    all_texts = texts(*names)
    assert len(set(all_texts)) == len({QualifiedName(*name) for name in names})
    assert all(
        text == name[0]
        for name, text in zip(names, all_texts, strict=True)
        if name[1:] == ("PUBLIC", "")
    )


def test_the_order_of_the_names_has_no_influence() -> None:
    names = [("B", "A"), ("A.B", "PUBLIC"), ("T", "P"), ("T", "PUBLIC", "P"), ('"P"."T"', "PUBLIC")]
    assert texts(*names) == texts(*reversed(names))[::-1]
