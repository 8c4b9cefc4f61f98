"""The form of an answer without its values: what can be told of a provider's answers without telling whose they are. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from batch.provider.multitel.readings import SHORTEST_NUMBER
from batch.provider.multitel.reply import MalformedError, Reply, decode, integer

_LOOKED_AT = 100
"""Rows whose names are gathered, at most."""
_LONGEST_NAME = 40
_MOST_NAMES = 60
ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Shape:
    """An answer's form.

    `rows` is the count of DATA's rows, None where there is no list of rows. `fields` are the rows' names, in their order, with
    the kinds of their values ("text", "number", "text or number", …). `return_code` and `returned` (the RETURN of a first row)
    are "absent", a code as it is, or the kind of what stands there; `beside` are names beside DATA and return_code, with
    the kinds of what they hold.
    """

    status: int
    size: int
    is_json: bool
    rows: int | None = None
    fields: Mapping[str, str] | None = None
    return_code: str = ABSENT
    returned: str = ABSENT
    beside: tuple[str, ...] = ()

    def words(self) -> str:
        """The form in one line."""
        if self.status != 200:
            return f"HTTP {self.status}"
        if not self.is_json:
            return f"no JSON object, {self.size} bytes"
        data = "DATA is no list of rows" if self.rows is None else f"{self.rows} {'row' if self.rows == 1 else 'rows'}"
        names = ", ".join(f"{name} ({kind})" for name, kind in (self.fields or {}).items())
        beside = f", beside it {', '.join(self.beside)}" if self.beside else ""
        returned = "" if self.returned == ABSENT else f", RETURN {self.returned}"
        return f"{data}{f' of {names}' if names else ''}{returned}, return_code {self.return_code}{beside}"


def shape_of(reply: Reply) -> Shape:
    """The form of `reply`, whatever it is."""
    if reply.status != 200:
        return Shape(reply.status, len(reply.body), is_json=False)
    try:
        value = decode(reply.body)
    except MalformedError:
        value = None
    if not isinstance(value, dict):
        return Shape(reply.status, len(reply.body), is_json=False)
    data = value.get("DATA")
    rows = [row for row in data if isinstance(row, dict)] if isinstance(data, list) else None
    return Shape(
        reply.status,
        len(reply.body),
        is_json=True,
        rows=None if rows is None else len(rows),
        fields=_fields(rows or []),
        return_code=_code(value["return_code"]) if "return_code" in value else ABSENT,
        returned=_code(rows[0]["RETURN"]) if rows and "RETURN" in rows[0] else ABSENT,
        beside=tuple(_with_names(key, one) for key, one in value.items() if key not in {"DATA", "return_code"})[
            :_MOST_NAMES
        ],
    )


def _fields(rows: list[dict[str, object]]) -> dict[str, str]:
    kinds: dict[str, list[str]] = {}
    for row in rows[:_LOOKED_AT]:
        for key, value in row.items():
            if len(kinds) < _MOST_NAMES or _name(key) in kinds:
                known = kinds.setdefault(_name(key), [])
                if _kind(value) not in known:
                    known.append(_kind(value))
    return {name: " or ".join(known) for name, known in kinds.items()}


def _code(value: object) -> str:
    """A code is told; a number, an amount or a text is none, and is told as what it is."""
    code = integer(value)
    if code is None or abs(code) >= SHORTEST_NUMBER:
        return f"a {_kind(value)}"
    return f"{code}{' (text)' if isinstance(value, str) else ''}"


def _kind(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case str():
            return "text" if value else "empty text"
        case int() | Decimal():
            return "number"
        case list():
            return "list"
        case _:
            return "object"


def _with_names(key: str, value: object) -> str:
    """A name, and those within it where it holds an object or objects."""
    first = next((one for one in value if isinstance(one, dict)), None) if isinstance(value, list) else value
    within = ", ".join(map(_name, list(first)[:_MOST_NAMES])) if isinstance(first, dict) else ""
    return f"{_name(key)} ({_kind(value)}{f' of {within}' if within else ''})"


def _name(key: str) -> str:
    """A name as it can be shown: what looks like a number may be one."""
    clean = "".join(
        char if char.isprintable() and not char.isdigit() else "#" if char.isdigit() else "?" for char in key
    )
    few = sum(char.isdigit() for char in key) <= 2
    text = "".join(char if char.isprintable() else "?" for char in key) if few else clean
    return text[:_LONGEST_NAME]
