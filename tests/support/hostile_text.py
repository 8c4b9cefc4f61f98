"""Hostile text files: without end, in no encoding or several, with letters that can't be seen."""

from __future__ import annotations

from random import Random

from support.hostile import EITHER, HONEST, REFUSED, RIGHT, SAME, _kind

_LINES = "Number,URI\r\n" + "".join(f"{number},a@b.example\r\n" for number in HONEST)


@_kind
def endless_line(chance: Random) -> tuple[str, bytes, str]:
    """A line or a value of many megabytes."""
    size = chance.choice([5, 20, 20, 60, 200]) << 20
    letter = chance.choice([b"x", b",", b"1", b'"', b";", "é".encode()])
    return "line.csv", _LINES.encode() + letter * (size // len(letter)) + chance.choice([b"", b"\r\n"]), REFUSED


@_kind
def too_wide(chance: Random) -> tuple[str, bytes, str]:
    """Millions of columns, in the header or below it."""
    width = chance.choice([16_385, 100_000, 1_000_000])
    wide = ",".join(["x"] * width)
    return (
        "wide.csv",
        (f"Number,{wide}\n{HONEST[0]}\n" if chance.random() < 0.5 else f"{_LINES}{wide}\n").encode(),
        REFUSED,
    )


@_kind
def wide_and_long(chance: Random) -> tuple[str, bytes, str]:
    """A wide header above hundreds of thousands of blank lines: two small things that are large together."""
    width, height = chance.choice([(16_000, 1_000_000), (16_000, 300_000), (2_000, 1_000_000)])
    heads = ",".join(f"h{n}" for n in range(width))
    return "long.csv", f"Number,{heads}\n{HONEST[0]}\n{chr(10) * height}x\n".encode(), REFUSED


@_kind
def long_value(chance: Random) -> tuple[str, bytes, str]:
    """A text that is longer than a cell, as a number or as a route."""
    text = chance.choice("1x") * chance.choice([32_768, 1_000_000, 4_500_000])
    row = f"{text},a@b.example" if chance.random() < 0.5 else f"12025550104,{text}"
    return "value.csv", f"{_LINES}{row}\r\n".encode(), REFUSED


@_kind
def line_ends(chance: Random) -> tuple[str, bytes, str]:
    """Line ends of every kind in one file."""
    lines = _LINES.replace("\r\n", "\n").splitlines()
    ends = [chance.choice(["\n", "\r\n", "\r"]) for _ in lines]
    return "ends.csv", "".join(line + end for line, end in zip(lines, ends, strict=True)).encode(), SAME


@_kind
def torn_encoding(chance: Random) -> tuple[str, bytes, str]:
    """Bytes that no encoding has: NUL, halves of characters, longer than they need be."""
    content = chance.choice([
        _LINES.encode() + b"12025550199\0,a@b.example\r\n", _LINES.encode() + b"\xc0\xb12025550199,a@b.example\r\n",
        b"\xff\xfe" + (_LINES + "12025550199,").encode("utf-16-le") + b"\x00\xd8" + "\r\n".encode("utf-16-le"),
        b"\xff\xfe" + _LINES.encode("utf-16-le") + b"\x31", b"\xfe\xff" + _LINES.encode("utf-16-be") + b"\xdc\x00\x00\n",
        b"\xef\xbb\xbf" + _LINES.encode() + b"\xed\xa0\x80,x\r\n", _LINES.encode() + "12025550199é,x\r\n".encode("cp1252"),
        b"\0" * 4000, b"\0" * 4_000_000, b"\xff" * 3000, b"\xef\xbb\xbf", b"\xff\xfe", b"\r\n", b" ",
    ])  # fmt: skip
    return "torn.csv", content, REFUSED


@_kind
def unseen_letters(chance: Random) -> tuple[str, bytes, str]:
    """Numbers with letters that can't be seen or that turn the text around, and digits of other scripts."""
    unseen = chance.choice(
        "\u200b\u200e\u200f\u202a\u202c\u202d\u202e\u2066\u2069\u2060\ufeff\u00ad\u061c\u180e\u00a0\u2007"
    )
    number = HONEST[0]
    odd = chance.choice([
        unseen + number, number + unseen, number[:4] + unseen + number[4:], f"\u202e{number[::-1]}\u202c",
        "".join(chr(ord("\uff10") + int(digit)) for digit in number), "".join(chr(ord("\u0660") + int(digit)) for digit in number),
        number.replace("0", "O"), number.replace("1", "l"), number[:-1] + "\u00b9",
    ])  # fmt: skip
    return "unseen.csv", _LINES.replace(number, odd).encode(chance.choice(["utf-8", "utf-8-sig", "utf-16"])), RIGHT


@_kind
def open_quotes(chance: Random) -> tuple[str, bytes, str]:
    """A quotation mark that is never closed swallows what is below it."""
    at = chance.randrange(1, 4)
    lines = _LINES.splitlines()
    lines[at] = f'"{lines[at]}' if chance.random() < 0.5 else lines[at].replace(",", ',"')
    more = ["12025550199,a@b.example"] * chance.choice([1, 1000, 300_000])
    return "quotes.csv", "\r\n".join([*lines, *more]).encode(), REFUSED


@_kind
def ran_as_formulas(chance: Random) -> tuple[str, bytes, str]:
    """Text that a spreadsheet would run, as number and as route."""
    text = chance.choice(
        ["=cmd|'/c calc'!A0", "+1+cmd", "@SUM(1)", "-2+3", '=WEBSERVICE("http://127.0.0.1:9")', "\t=1+1", "\r=1"]
    )
    quoted = '"' + text.replace('"', '""') + '"'
    return "formulas.csv", f"{_LINES}{quoted},a@b.example\r\n".encode(), REFUSED


@_kind
def a_form_within(chance: Random) -> tuple[str, bytes, str]:
    """A route that would be more fields of the request, if it were not told as data."""
    text = chance.choice(
        [
            "a@b.example&Password=x",
            "a@b.example&DID=12025550199",
            "a@b.example%0d%0aX: y",
            '"a@b.example\r\nX: y"',
            "a;b#c",
        ]
    )
    return "form.csv", _LINES.replace("a@b.example", text, 1).encode(), EITHER
