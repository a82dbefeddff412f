"""Letters whose upper or lower case differs between a collation and Unicode.

Collations of single-byte sets have their own tables from InterBase: PXW_INTL drops the accents,
and nearly all turn ÿ into Y. Knowledge: the answers of Firebird 5 for every collation and every
byte.
"""

# A string for UPPER and one for LOWER; in both, each letter is followed by its changed case
Pairs = tuple[str, str]

_DOS_GREEK = ("σσφφ", "ΣΣΦΦ")
_DOS_ACCENTS = "âAàAêEëEèEïIîIìIôOòOûUùUÿYáAíIóOúU"
_DOS_NORDIC = (_DOS_ACCENTS + _DOS_GREEK[0], _DOS_GREEK[1])
_DOS_LATIN = ("éE" + _DOS_NORDIC[0], "ÉÉ" + _DOS_NORDIC[1])
_WIN_LOWER = "ŠŠŒŒŽŽŸŸ"
_WIN_COMMON = "ššœœžžàAáAâAããèEêEëEìIíIîIïIòOóOôOõõùUúUûU"
_WIN_FRENCH = "ššœœžžàAáAâAèEéEêEëEìIíIîIïIòOóOôOùUúUûUýYÿY"
_NEXT_OTHERS = "ııłłœœÿY"

# By the ids of character set (core/charsets.py) and collation
CASE_PAIRS: dict[tuple[int, int], Pairs] = {
    (10, 2): ("éE" + _DOS_ACCENTS + "σσ", "ΣΣ"),  # PDOX_INTL
    (10, 3): (_DOS_ACCENTS + "σσφφ", "ΣΣ"),
    (10, 4): _DOS_NORDIC,
    (10, 5): _DOS_LATIN,
    (10, 6): _DOS_LATIN,
    (10, 7): ("üUçC" + _DOS_LATIN[0], "ÇÇÜÜ" + _DOS_LATIN[1]),
    (10, 8): _DOS_LATIN,
    (10, 9): _DOS_NORDIC,
    (10, 10): _DOS_NORDIC,
    (10, 11): _DOS_LATIN,
    (10, 12): ("üüééääååççææööññσσφφ", "ÇÇÄÄÅÅÉÉÆÆÖÖÜÜÑÑΣΣΦΦ"),
    (11, 1): ("ÿYøøððııþþ", "ØØÐÐÞÞ"),
    (11, 4): ("üUéEçCýY" + _DOS_ACCENTS, ""),
    (11, 7): ("ææÿYøøððııþþ", "ÆÆØØÐÐÞÞ"),  # DB_PTB850
    **dict.fromkeys(((11, collation) for collation in (2, 3, 5, 6, 8, 9, 10)), ("ÿY", "")),
    (12, 1): ("øø" + _DOS_NORDIC[0], _DOS_NORDIC[1]),
    (12, 2): _DOS_NORDIC,
    (12, 3): _DOS_NORDIC,
    (13, 1): _DOS_GREEK,
    (14, 1): ("óOúU" + _DOS_GREEK[0], _DOS_GREEK[1]),
    (19, 1): (_NEXT_OTHERS, ""),
    (19, 2): (_NEXT_OTHERS, ""),
    (19, 3): ("àAáAâAçCèEéEêEëEìIíIîIïIòOóOôOùUúUûUüU" + _NEXT_OTHERS, ""),
    (19, 4): (_NEXT_OTHERS, ""),
    **dict.fromkeys(((21, collation) for collation in range(1, 20)), ("ÿY", "")),
    (40, 1): (
        "øøŗŗææāāććääååēēééźźģģķķīīļļńńņņóóōōõõööłłśśüüżż",
        "ØØŖŖÆÆĄĄĮĮĀĀĆĆÄÄÅÅĘĘĒĒČČÉÉŹŹĖĖĢĢĶĶĪĪĻĻŠŠŃŃŅŅÓÓŌŌÕÕÖÖŲŲŁŁŚŚŪŪÜÜŻŻŽŽ",
    ),
    (45, 7): (
        "ââääůůććççłłëëîîĺĺôžľśśśťťččąąžžęęźźşşżżăăđđďďěěńńňňššŕŕýýţţřř",
        "ÇÇŹíÄÄĆáĹĹĽóŚúśľŤŤŁŁĄĄŽŽžôĘĘČČÂÂĚĚŞŞŻŻĂĂĐĐĎĎËËŇŇÎÎŢŢŮŮÔÔŃŃŠŠŔŔÝÝŘŘ",
    ),
    (46, 1): ("øøÿY", "ØØ"),
    (47, 1): ("âAàAêEëEèEôOûU" + _DOS_GREEK[0], _DOS_GREEK[1]),
    (51, 2): (
        "ššśśťťžžźźłłąąşşľľżżŕŕââăăääĺĺććççččęęëëěěîîďďđđńńňňôôřřůůýýţţ",
        "ŠŠŚŚŤŤŽŽŹŹŁŁĄĄŞŞŻŻĽĽŔŔÂÂĂĂÄÄĹĹĆĆÇÇČČĘĘËËĚĚÎÎĎĎĐĐŃŃŇŇÔÔŘŘŮŮÝÝŢŢ",
    ),
    (51, 5): ("ššśśťťžžźź", "ŠŠŚŚŤŤŽŽŹŹÝÝŢŢ"),
    (52, 1): ("ѓѓђђљљњњќќћћџџўўііґґєєјјѕѕїї", "ЂЂЃЃЉЉЊЊЌЌЋЋЏЏЎЎЈЈҐҐЄЄЇЇІІЅЅ"),
    (52, 2): ("ѓѓђђљљњњќќћћџџўўјјѕѕ", "ЂЂЃЃЉЉЊЊЌЌЋЋЏЏЎЎЈЈЅЅ"),
    (53, 1): (_WIN_FRENCH, _WIN_LOWER),  # PXW_INTL
    (53, 2): ("ššœœžžÿY", _WIN_LOWER),
    (53, 3): (_WIN_COMMON + "éEýYÿY", _WIN_LOWER),
    (53, 4): (_WIN_COMMON + "éEÿY", _WIN_LOWER),
    (53, 5): (_WIN_COMMON + "ÿY", _WIN_LOWER),
    (53, 6): ("ššœœžžÿY", _WIN_LOWER),  # WIN_PTBR
    (54, 1): ("µµΐΪΰΫ", ""),
    (55, 1): ("iİššœœøøÿY", "IıŠŠŒŒŸŸØØ"),
}
# Collations of the engine whose case is Unicode's
_UNICODE_CASED = {
    4: range(1, 5),
    22: range(1, 4),
    45: (1, 2, 4, 5, 6, 8),
    51: (1, 3, 4, 6, 7, 8),
    60: range(1, 4),
    63: (1,),
    66: (1,),
}


def case_pairs(charset: int, collation: int) -> Pairs | None:
    """The letters of a collation that differ from Unicode; None for an unknown collation."""
    if not collation or collation in _UNICODE_CASED.get(charset, ()):
        return "", ""
    return CASE_PAIRS.get((charset, collation))
