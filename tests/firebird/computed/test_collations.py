"""Texts as collations see them; tests/engine asks the engine about the same."""

import pytest

from gdb_export.firebird.computed.blr.nodes import text_type
from gdb_export.firebird.computed.table_expressions import ExpressionText
from gdb_export.firebird.computed.texts.collations import fold_of, is_exact_collation, order_of
from gdb_export.firebird.core.charsets import WIN1252
from gdb_export.firebird.core.errors import EvaluationError, UnsupportedExpression
from gdb_export.firebird.values.text import TextDecoder

CHARSETS = ExpressionText(TextDecoder(WIN1252))
WIN_PTBR, PXW_INTL850 = text_type(6 << 8 | 53), text_type(2 << 8 | 53)
UNICODE, UNICODE_CI, UNICODE_CI_AI = (text_type(one << 8 | 4) for one in (2, 3, 4))
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
def test_texts_in_their_order(collation: object, texts: list[str]) -> None:
    order = order_of(collation, CHARSETS, for_equality=False)  # type: ignore[arg-type]
    for place, text in enumerate(texts):
        assert [order(text, other) for other in texts] == [
            (place > at) - (place < at) for at in range(len(texts))
        ]


def test_what_is_alike() -> None:
    assert order_of(WIN_PTBR, CHARSETS, True)("AÇÃO ", "açao") == 0
    assert order_of(UNICODE_CI, CHARSETS, True)("AÇÃO", "ação ") == 0
    assert order_of(UNICODE_CI, CHARSETS, True)("acao", "ação") != 0
    assert order_of(UNICODE_CI_AI, CHARSETS, True)("acao", "AÇÃO") == 0
    assert fold_of(WIN_PTBR)("São Nº") == fold_of(WIN_PTBR)("sao NO")
    assert fold_of(UNICODE_CI_AI)("São") == "SAO"
    assert fold_of(PXW_INTL850)("São") == "São"


def test_what_is_not_certain_is_refused() -> None:
    in_unicode = order_of(UNICODE, CHARSETS, for_equality=False)
    with pytest.raises(EvaluationError, match="the place of 'ß'"):
        in_unicode("ß", "s")
    with pytest.raises(EvaluationError, match="the order of '-' and '_'"):
        in_unicode("a-", "a_")
    assert order_of(UNICODE, CHARSETS, for_equality=True)("a-", "a_") != 0
    with pytest.raises(EvaluationError, match="searched without its accents"):
        fold_of(UNICODE_CI_AI)("a\u0301")
    for refused in (ES_ES_CI_AI, text_type(126 << 8 | 53)):
        assert not is_exact_collation(refused)
        with pytest.raises(UnsupportedExpression, match="compares texts by collation"):
            fold_of(refused)
    with pytest.raises(UnsupportedExpression, match="collation 2 of character set 53"):
        order_of(PXW_INTL850, CHARSETS, for_equality=False)
    assert is_exact_collation(PXW_INTL850)
