"""Firebird's character sets: Python codecs, bytes per character, tables of single-byte sets.

The ids are the same in all versions (RDB$CHARACTER_SETS of 1.5, 2.5 and 5.0 compared).
"""

import codecs
from functools import cache
from typing import NamedTuple

NONE = 0
OCTETS = 1
ASCII = 2
UNICODE_FSS = 3
UTF8 = 4
WIN1252 = 53
KOI8R = 63
DYNAMIC = 127  # in domains of old files: the character set of the connection
AUTO = 256  # not in files: UTF-8 where a value is valid UTF-8, otherwise WIN1252
# Sets of InterBase that Firebird lacks, under ids of this module: see interbase.charset_of
ISO8859_15, UTF16BE, UTF16LE = 200, 201, 202
BYTE_CHARSETS = frozenset({NONE, OCTETS, DYNAMIC})  # sets that define no characters

REPLACEMENT = "\ufffd"


class Charset(NamedTuple):
    """A character set with its Python codec and the maximum bytes of a character."""

    name: str
    codec: str
    max_character_bytes: int = 1


CHARSETS = {
    NONE: Charset("NONE", ""),
    OCTETS: Charset("OCTETS", ""),
    ASCII: Charset("ASCII", ""),
    UNICODE_FSS: Charset("UNICODE_FSS", "utf-8", 3),
    UTF8: Charset("UTF8", "utf-8", 4),
    5: Charset("SJIS_0208", "cp932", 2),
    6: Charset("EUCJ_0208", "euc_jp", 2),
    9: Charset("DOS737", "cp737"),
    10: Charset("DOS437", "cp437"),
    11: Charset("DOS850", "cp850"),
    12: Charset("DOS865", "cp865"),
    13: Charset("DOS860", "cp860"),
    14: Charset("DOS863", "cp863"),
    15: Charset("DOS775", "cp775"),
    16: Charset("DOS858", "cp858"),
    17: Charset("DOS862", "cp862"),
    18: Charset("DOS864", "cp864"),
    19: Charset("NEXT", "nextstep"),
    21: Charset("ISO8859_1", "latin-1"),
    22: Charset("ISO8859_2", "iso8859-2"),
    23: Charset("ISO8859_3", "iso8859-3"),
    34: Charset("ISO8859_4", "iso8859-4"),
    35: Charset("ISO8859_5", "iso8859-5"),
    36: Charset("ISO8859_6", "iso8859-6"),
    37: Charset("ISO8859_7", "iso8859-7"),
    38: Charset("ISO8859_8", "iso8859-8"),
    39: Charset("ISO8859_9", "iso8859-9"),
    40: Charset("ISO8859_13", "iso8859-13"),
    44: Charset("KSC_5601", "cp949", 2),
    45: Charset("DOS852", "cp852"),
    46: Charset("DOS857", "cp857"),
    47: Charset("DOS861", "cp861"),
    48: Charset("DOS866", "cp866"),
    49: Charset("DOS869", "cp869"),
    50: Charset("CYRL", "cp1251"),
    51: Charset("WIN1250", "cp1250"),
    52: Charset("WIN1251", "cp1251"),
    WIN1252: Charset("WIN1252", "cp1252"),
    54: Charset("WIN1253", "cp1253"),
    55: Charset("WIN1254", "cp1254"),
    56: Charset("BIG_5", "cp950", 2),
    57: Charset("GB_2312", "gb2312", 2),
    58: Charset("WIN1255", "cp1255"),
    59: Charset("WIN1256", "cp1256"),
    60: Charset("WIN1257", "cp1257"),
    KOI8R: Charset("KOI8R", "koi8-r"),
    64: Charset("KOI8U", "koi8-u"),
    65: Charset("WIN1258", "cp1258"),
    66: Charset("TIS620", "cp874"),
    67: Charset("GBK", "gbk", 2),
    68: Charset("CP943C", "cp932", 2),
    69: Charset("GB18030", "gb18030", 4),
    ISO8859_15: Charset("ISO8859_15", "iso8859-15"),
    UTF16BE: Charset("UNICODE_BE", "utf-16-be", 2),
    UTF16LE: Charset("UNICODE_LE", "utf-16-le", 2),
}

_BY_NAME = {charset.name: charset_id for charset_id, charset in CHARSETS.items()}
_ALIASES = {
    "UTF-8": UTF8,
    "UTF_8": UTF8,
    "LATIN1": 21,
    "ISO88591": 21,
    "ANSI": WIN1252,
    "WIN_1252": WIN1252,
    "CP1252": WIN1252,
    "DOS_850": 11,
    "SJIS": 5,
    "EUCJ": 6,
    "BIG5": 56,
    "GB2312": 57,
}
# Python's GBK lacks the euro of code page 936 and the user-defined areas
_SUPERSETS = {"gbk": "gb18030"}
_EURO_936 = 0x80
_FIRST_PRINTABLE = 0xA0  # bytes 0x80 to 0x9F are control characters in ISO sets
# Upper half of NeXTSTEP, which has no Python codec (source: Unicode's NEXTSTEP.TXT)
_NEXTSTEP = (
    "\xa0ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖÙÚÛÜÝÞµ×÷©¡¢£⁄¥ƒ§¤’“«‹›ﬁﬂ®–†‡·¦¶•‚„”»…‰¬¿¹ˋ´ˆ˜¯˘˙¨²˚¸³˝˛ˇ"
    "—±¼½¾àáâãäåçèéêëìÆíªîïðñŁØŒºòóôõöæùúûıüýłøœßþÿ\ufffd\ufffd"
)


def charset_by_name(name: str) -> int | None:
    """The id of a character set by its name or an alias, in any case; None if unknown."""
    name = name.strip().upper()
    return _BY_NAME.get(name, _ALIASES.get(name))


def max_character_bytes(charset_id: int) -> int:
    """The maximum bytes of one character; 1 for unknown ids."""
    return CHARSETS[charset_id].max_character_bytes if charset_id in CHARSETS else 1


@cache
def single_byte_table(charset_id: int) -> tuple[str, ...] | None:
    """The 256 characters of a single-byte set, U+FFFD for undefined bytes; None for other sets."""
    charset = CHARSETS.get(charset_id)
    if charset is None or charset.max_character_bytes > 1 or not charset.codec:
        return None
    if charset.codec == "nextstep":
        return tuple(map(chr, range(128))) + tuple(_NEXTSTEP)
    table = tuple(bytes([byte]).decode(charset.codec, "replace") for byte in range(256))
    return _with_controls(table) if charset.codec in ("cp1252", "cp874") else table


def _with_controls(table: tuple[str, ...]) -> tuple[str, ...]:
    """Replace undefined bytes below 0xA0 by the control characters U+0080 to U+009F, as browsers
    decode WIN1252 and the engine decodes TIS620."""
    return tuple(
        chr(byte) if text == REPLACEMENT and byte < _FIRST_PRINTABLE else text
        for byte, text in enumerate(table)
    )


def decode_multi_byte(data: bytes, codec: str) -> tuple[str, int]:
    """Decode `data`; return the text and the number of U+FFFD that replace invalid bytes."""
    try:
        return data.decode(codec), 0
    except UnicodeDecodeError:
        text = data.decode(*replacing_codec(codec))
        stored = data.count(b"\xef\xbf\xbd") if codec == "utf-8" else 0  # U+FFFD in the file
        # the codec failed, so it replaced a byte; a superset may have decoded all bytes
        min_replaced = 0 if codec in _SUPERSETS else 1
        return text, max(text.count(REPLACEMENT) - stored, min_replaced)


def replacing_codec(codec: str) -> tuple[str, str]:
    """The codec and the error handler for text that is not valid in a codec."""
    return _SUPERSETS.get(codec, codec), _EURO_HANDLER if codec in _SUPERSETS else "replace"


def _euro_or_replacement(error: UnicodeError) -> tuple[str, int]:
    """Error handler of codecs: the replacement, and the position where decoding continues."""
    assert isinstance(error, UnicodeDecodeError)
    is_euro = error.object[error.start] == _EURO_936
    return ("€", error.start + 1) if is_euro else (REPLACEMENT, error.end)


_EURO_HANDLER = "gdb_export.firebird.core.charsets.euro"
codecs.register_error(_EURO_HANDLER, _euro_or_replacement)


def decode_name(data: bytes) -> str:
    """Decode a name of the catalogue: UTF-8, or WIN1252 as old clients stored it. Never fails."""
    data = data.rstrip(b" \0")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return "".join((single_byte_table(WIN1252) or ())[byte] for byte in data)
