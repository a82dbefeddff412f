"""The names of the engine's own collations, which backups do not hold.

Knowledge: RDB$COLLATIONS of Firebird 5.0; those of 1.5 and 2.5 have the same numbers.
"""

# By character set: the names of the collations 1, 2, and so on; collation 0 has the name of the set
_NAMES = {
    4: "UCS_BASIC UNICODE UNICODE_CI UNICODE_CI_AI",
    10: "PDOX_ASCII PDOX_INTL PDOX_SWEDFIN DB_DEU437 DB_ESP437 DB_FIN437 DB_FRA437 DB_ITA437"
    " DB_NLD437 DB_SVE437 DB_UK437 DB_US437",
    11: "DB_FRC850 DB_DEU850 DB_ESP850 DB_FRA850 DB_ITA850 DB_NLD850 DB_PTB850 DB_SVE850 DB_UK850"
    " DB_US850",
    12: "PDOX_NORDAN4 DB_DAN865 DB_NOR865",
    13: "DB_PTG860",
    14: "DB_FRC863",
    19: "NXT_US NXT_DEU NXT_FRA NXT_ITA NXT_ESP",
    21: "DA_DA DU_NL FI_FI FR_FR FR_CA DE_DE IS_IS IT_IT NO_NO ES_ES SV_SV EN_UK - EN_US PT_PT"
    " PT_BR ES_ES_CI_AI FR_FR_CI_AI FR_CA_CI_AI",
    22: "CS_CZ ISO_HUN ISO_PLK",
    40: "LT_LT",
    44: "KSC_DICTIONARY",
    45: "DB_CSY DB_PLK - DB_SLO PDOX_CSY PDOX_PLK PDOX_HUN PDOX_SLO",
    46: "DB_TRK",
    47: "PDOX_ISL",
    50: "DB_RUS PDOX_CYRL",
    51: "PXW_CSY PXW_HUNDC PXW_PLK PXW_SLOV PXW_HUN BS_BA WIN_CZ WIN_CZ_CI_AI",
    52: "PXW_CYRL WIN1251_UA",
    53: "PXW_INTL PXW_INTL850 PXW_NORDAN4 PXW_SPAN PXW_SWEDFIN WIN_PTBR",
    54: "PXW_GREEK",
    55: "PXW_TURK",
    60: "WIN1257_EE WIN1257_LT WIN1257_LV",
    63: "KOI8R_RU",
    64: "KOI8U_UA",
    66: "TIS620_UNICODE",
    67: "GBK_UNICODE",
    68: "CP943C_UNICODE",
    69: "GB18030_UNICODE",
}
ALL_COLLATIONS = frozenset(" ".join(_NAMES.values()).split())


def collation_name(charset: int, collation: int) -> str:
    """The name of an engine's collation by the ids of its character set and its own; "" if there is
    none."""
    names = _NAMES.get(charset, "").split()
    name = names[collation - 1] if 0 < collation <= len(names) else ""
    return "" if name == "-" else name
