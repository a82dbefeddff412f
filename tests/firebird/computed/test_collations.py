"""Comparison and folding by collations; tests/engine compares the same with the engine."""

import pytest

from gdb_export.firebird.computed.blr.descriptors import text_type
from gdb_export.firebird.computed.table_expressions import ExpressionCharsets
from gdb_export.firebird.computed.texts.collations import (
    fold_for,
    is_exact_collation,
    text_comparator,
)
from gdb_export.firebird.core.charsets import WIN1252
from gdb_export.firebird.core.errors import EvaluationError, UnsupportedExpression
from gdb_export.firebird.records.formats import Descriptor
from gdb_export.firebird.values.text import TextDecoder

CHARSETS = ExpressionCharsets(TextDecoder(WIN1252))
WIN_PTBR, PXW_INTL850 = text_type(6 << 8 | 53), text_type(2 << 8 | 53)
UNICODE, UNICODE_CI, UNICODE_CI_AI = (text_type(collation << 8 | 4) for collation in (2, 3, 4))
ES_ES_CI_AI = text_type(17 << 8 | 21)


@pytest.mark.parametrize(
    ("collation", "texts"),
    [
        (WIN_PTBR, ["", "1¼", "Ação", "maca", "z", "{", "Š"]),
        (UNICODE, ["", "-", "10", "9", "a", "A", "á", "à", "Â", "ã-o", "ab", "ão", "Z"]),
        (UNICODE_CI, ["", "_", "10", "a", "á", "à", "ab", "z"]),
        (UNICODE_CI_AI, [" ", "a", "Áb", "z"]),
    ],
)
def test_comparators_sort_texts_in_ascending_order(collation: Descriptor, texts: list[str]) -> None:
    compare = text_comparator(collation, CHARSETS, for_equality=False)
    for i, text in enumerate(texts):
        assert [compare(text, other) for other in texts] == [
            (i > j) - (i < j) for j in range(len(texts))
        ]


def test_case_and_accents_count_only_if_the_collation_has_them() -> None:
    assert text_comparator(WIN_PTBR, CHARSETS, True)("AÇÃO ", "açao") == 0
    assert text_comparator(UNICODE_CI, CHARSETS, True)("AÇÃO", "ação ") == 0
    assert text_comparator(UNICODE_CI, CHARSETS, True)("acao", "ação") != 0
    assert text_comparator(UNICODE_CI_AI, CHARSETS, True)("acao", "AÇÃO") == 0
    assert fold_for(WIN_PTBR)("São Nº") == fold_for(WIN_PTBR)("sao NO")
    assert fold_for(UNICODE_CI_AI)("São") == "SAO"
    assert fold_for(PXW_INTL850)("São") == "São"


def test_an_uncertain_comparison_is_refused() -> None:
    compare = text_comparator(UNICODE, CHARSETS, for_equality=False)
    with pytest.raises(EvaluationError, match="the position of 'ß'"):
        compare("ß", "s")
    with pytest.raises(EvaluationError, match="the order of '-' and '_'"):
        compare("a-", "a_")
    assert text_comparator(UNICODE, CHARSETS, for_equality=True)("a-", "a_") != 0
    with pytest.raises(EvaluationError, match="a search without accents"):
        fold_for(UNICODE_CI_AI)("a\u0301")
    for unsupported in (ES_ES_CI_AI, text_type(126 << 8 | 53)):
        assert not is_exact_collation(unsupported)
        with pytest.raises(UnsupportedExpression, match="compares texts by collation"):
            fold_for(unsupported)
    with pytest.raises(UnsupportedExpression, match="collation 2 of character set 53"):
        text_comparator(PXW_INTL850, CHARSETS, for_equality=False)
    assert is_exact_collation(PXW_INTL850)
