"""Texts that something on the way may take for something else, and what no format can say."""

from __future__ import annotations

NAUGHTY = (
    # what a spreadsheet may take for a formula, or a command
    "=1+1", "=cmd|' /C calc'!A0", '=HYPERLINK("http://a.example","x")', "+1-1", "+CMD()", "-", "-2+3", "@SUM(A1)", "\t=1", "\r=1",
    "={1;2}", "==", '="0123"', '="a""b"', "%0A=1", 'DDE("a";"b")', "\uff1d1+1",
    # control characters, and what Excel writes for them
    "a\x01b", "\x08", "\x0b", "\x0c", "\x1b[31m", "\x1f", "a\x7fb", "\x85", "\x9f", "_x000D_", "a_x000a_b", "_x0041_", "_x005F_", "_x005F_x000D_",
    "_x0041", "x0041_", "__x0041__", "_x0041\x01", "_xD83D_", "_xFFFF_", "_x0000_", "\r\n", "a\rb", "a\nb", "a\u2028b", "a\u2029b", "a\vb",
    # what can't be seen, runs the other way, piles up, or is more than one code point
    "\u200b", "a\u200bb", "\ufeffa", "\u2060", "a\u00adb", "\u202eabc", "\u2066a\u2069", "\u061c", "a" + "\u0301" * 60, "\U0001f469\u200d\U0001f469\u200d\U0001f467",
    "\U0001f1eb\U0001f1f7", "\u2764\ufe0f", "\U0010ffff", "\ufffd", "\ufdd0", "\U000e0001", "\u0130\u0131\u017f\u00df", "\u1e9e", "\u01c5", "\uac00\u1100\u1161",
    # blanks at the edges, and blanks alone
    " a", "a ", "\u00a0a\u00a0", "\u3000a", "\ta\t", "\na\n", " ", "\u00a0", "\n", "'a", "''", "' ",
    # what a program takes for nothing, for a truth, or for a number
    "NA", "N/A", "#N/A", "#REF!", "#NAME?", "nan", "NaN", "None", "null", "NULL", "undefined", "inf", "-Infinity", "TRUE", "false", "yes",
    "1E5", "1e400", "0x1F", "0b1", "1_000", "007", "1,5", "1.000,00", "-0", "1/2", "2026-11-24", "24.11.2026", "12:30", "\uff10\uff10\uff11", "\u0663", "\u00bd", "1%", "$1",
    # markup, and what ends one
    "<r>x</r>", "<r></r>", "<r><t>x</t></r>", "<t/>", "</t></is></c>", "]]>", "<![CDATA[x]]>", "<!--", "<!DOCTYPE x>", "&#10;", "&amp;", "&lt", "&x;", "<?xml?>", "{=1}",
    # quotes, delimiters, paths, addresses, questions to a database
    '"', '""', "'", "`", 'a"b', ";", ",", "|", "a\tb", "sep=;", "\\", "\\n", "../../etc/passwd", "C:\\x", "CON", "file:///x", "internal:A1", "http://a.example/?a=b&c",
    "mailto:a@b.example", "'; DROP TABLE runs;--", "%s%n", "${x}", "$(x)", "`x`", "%PATH%", "\x1b]0;x\x07",
    # braces
    "{", "}", "{{", "}}", "{}", "{number}", "{{number}}", "{ number", "{row}}", "{0.__class__}", "{nobody}",
)  # fmt: skip
"""Texts that something on the way may take for something else. Each is held by every format, as far as XML can say it."""

UNSAYABLE = ("\x00", "\ud800", "\udfff", "\ufffe", "\uffff", "a\ud83d\ude00")
"""Texts that XML can't say; NUL and half a character no text file can either."""

LONGEST = "x" * 32_767
LONGEST_WIDE = "\U0001f600" * 16_383
"""As much as Excel puts into a cell."""
