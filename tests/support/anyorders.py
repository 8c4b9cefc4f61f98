"""Any orders, as a person may write them and as they must be read: each with a model of its own, apart from the loader's code."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from hypothesis import strategies as st
from support.naughty import NAUGHTY
from support.sheets import Cell, as_text

from batch.provider.multitel.fields import FIELDS

FIRST = 33_123_450_000
"""The first of the numbers; each row has so many to itself:"""
APART = 20

naughty = st.sampled_from(NAUGHTY)
plain = st.text(st.characters(codec="utf-8", exclude_characters="\0\ufffe\uffff"), max_size=20)
texts = plain | naughty | st.tuples(naughty, naughty).map("".join)
"""What a user's own column may hold, as long as a format can say it."""
cells: st.SearchStrategy[Cell] = (
    texts
    | st.none()
    | st.integers(-(10**14), 10**14)
    | st.integers(-(10**13), 10**13).map(lambda place: (2 * place + 1) / 2000)
    | st.booleans()
    | st.dates(dt.date(1901, 1, 1))
    | st.datetimes(dt.datetime(1901, 1, 1)).map(lambda moment: moment.replace(microsecond=0))  # noqa: DTZ001 - as in a cell
    | st.times().map(lambda time: time.replace(microsecond=0))
)

NOTES = "My notes"
"""The user's own column that is filled in."""

Adapt = Callable[[Cell], Cell]
Resolve = Callable[[str, int, Cell], str]
"""What a value comes to for a number, in a row, beside the cell of the column that is filled in."""


@dataclass(frozen=True)
class Written:
    """A field's cell, and what is sent for it."""

    cell: Cell
    sent: Resolve

    def said(self, adapt: Adapt) -> Written:
        """Itself, or something plain where it can't be said."""
        return self if adapt(self.cell) == self.cell else Written("x", lambda *_: "x")


@dataclass(frozen=True)
class Entry:
    """A row: the cells that say which numbers, the numbers, the routing, the price, and the user's own cells."""

    spelled: Mapping[str, Cell]
    numbers: Sequence[str]
    routing: Mapping[str, Written]
    price: Cell
    own: Sequence[Cell]


@dataclass(frozen=True)
class Sheet:
    """Headers, the field that each is (None: the user's), the rows below them (None: a blank one), and what they order."""

    headers: Sequence[str]
    fields: Sequence[str | None]
    entries: Sequence[Entry | None]

    def rows(self, adapt: Adapt) -> list[list[Cell]]:
        """The rows' cells, as far as they can be said."""
        made = []
        for entry in self.entries:
            if entry is None:
                made.append([None] * len(self.headers))
                continue
            own = iter(entry.own)
            routing = {name: one.said(adapt).cell for name, one in entry.routing.items()}
            said = {**entry.spelled, "Price": entry.price, **routing}
            made.append([adapt(next(own)) if field is None else said.get(field) for field in self.fields])
        return made

    def orders(self, adapt: Adapt) -> list[tuple[int, str, dict[str, str], Decimal | None]]:
        """Each number's row (as a spreadsheet counts), number, fields as they are sent, and price."""
        made = []
        theirs = [header for header, field in zip(self.headers, self.fields, strict=True) if field is None]
        for row, entry in enumerate(self.entries, 2):
            if entry is None:
                continue
            notes = adapt(entry.own[theirs.index(NOTES)]) if NOTES in theirs else None
            price = None if entry.price is None else Decimal(str(entry.price))
            for number in entry.numbers:
                sent = {name: one.said(adapt).sent(number, row, notes) for name, one in entry.routing.items()}
                made.append((row, number, {name: sent[name] for name in FIELDS.names if sent.get(name)}, price))
        return made

    def own(self, adapt: Adapt) -> dict[str, list[Cell]]:
        """The user's own columns: each header, and below it a cell for each number."""
        theirs = [header for header, field in zip(self.headers, self.fields, strict=True) if field is None]
        return {
            str(adapt(header)).strip(): [adapt(entry.own[place]) for entry in self.entries if entry for _ in entry.numbers]
            for place, header in enumerate(theirs)
        }  # fmt: skip


# Numbers -------------------------------------------------------------------------------------------------------------


@st.composite
def spelled(draw: st.DrawFn, first: int) -> tuple[dict[str, Cell], list[str]]:
    """Which numbers a row orders from `first` on, in one of the ways to write it, and which ones they are."""
    number, size = str(first), draw(st.sampled_from([1, 1, 1, 2, 5, APART]))
    last = first + size - 1
    whole = [str(one) for one in range(first, last + 1)]
    spaced = f"+{number[:2]} {number[2]} {number[3:5]} {number[5:7]} {number[7:9]} {number[9:]}"
    wide = "".join(chr(0xFF10 + int(digit)) for digit in number)
    one = draw(st.sampled_from(
        [number, f"+{number}", f"00{number}", f"011{number}", spaced, spaced.replace(" ", "."), spaced.replace(" ", "\u00a0"),
         f"'{number}", f" {number}\t", f"{number}.0", wide, f"(+{number[:2]}) {number[2:]}", first, float(first)]
    ))  # fmt: skip
    if size == 1:
        national = f"0{number[2:]}"
        how = draw(st.sampled_from([{"Number": one}, {"Number": one}, {"Number": national, "Country": "fr"}]))
        others = {"Alternative": f"{first + 5}, +{first + 6}"} if draw(st.integers(0, 3)) == 0 else {}
        return {**how, **others}, whole
    return draw(
        st.sampled_from([
            {"Number": f"{number}-{last}"},
            {"Number": f"+{number} - +{last}"},
            {"Number": f"{number}\u2013{last}"},
            {"Number": one, "NumberTo": str(last)},
            {"Number": one, "NumberTo": last},
            {"Number": one, "BlockSize": size},
            {"Number": one, "BlockSize": f"{size}.0"},
        ])
    ), whole  # fmt: skip


# Routing -------------------------------------------------------------------------------------------------------------


def coded(name: str) -> st.SearchStrategy[Written]:
    """A coded field by word, in any case, by code, and by what a spreadsheet makes of a code."""
    words = FIELDS[name].words
    ways: list[tuple[Cell, str]] = [(said, code) for word, code in words.items()
                                    for said in (word, word.upper(), f" {word.title()} ")]  # fmt: skip
    for code in set(words.values()):
        ways += [(code, code), (int(code), code), (float(code), code), (f"{code}.0", code)]
    if "true" in words:
        ways += [(True, "1"), (False, "0")]
    return st.sampled_from(sorted(ways, key=repr)).map(lambda way: Written(way[0], lambda *_: way[1]))


_SLOTS: Mapping[str, Resolve] = {
    "{number}": lambda number, *_: number,
    "{Number}": lambda number, *_: number,
    "{last4}": lambda number, *_: number[-4:],
    "{ LAST4 }": lambda number, *_: number[-4:],
    "{row}": lambda _, row, __: str(row),
}


def filled(pieces: st.SearchStrategy[str], *, own: bool) -> st.SearchStrategy[Written]:
    """A text of `pieces` and fill-ins; the pieces' own braces are doubled, as they must be."""
    slots = {**_SLOTS, **({f"{{{NOTES}}}": lambda _, __, cell: as_text(cell).strip()} if own else {})}
    piece = pieces.map(lambda text: (text.replace("{", "{{"), lambda *_: text))
    slot = st.sampled_from(sorted(slots)).map(lambda name: (name, slots[name]))
    return st.lists(piece | slot, max_size=3).map(
        lambda parts: Written(
            "".join(said for said, _ in parts), lambda *about: "".join(sent(*about) for _, sent in parts).strip()
        )
    )


def _as_it_is(*values: Cell) -> st.SearchStrategy[Written]:
    return st.sampled_from(values).map(lambda value: Written(value, lambda *_: as_text(value).strip()))


sip = filled(st.sampled_from(["sip:a", "sips:7", "b.", "_x0041_", "é"]), own=False).map(
    lambda one: Written(f"{one.cell}z@pbx.example.com", lambda *about: f"{one.sent(*about)}z@pbx.example.com")
)
phones = _as_it_is("4930123456", 4930123456, "12025550199")
addresses = _as_it_is("a@b.example", "O'Neil+x@b.example")


@st.composite
def routings(draw: st.DrawFn, *, own: bool) -> dict[str, Written]:
    """Any routing that breaks no rule."""
    made: dict[str, Written] = {}
    if draw(st.booleans()):
        made["Description"] = draw(filled(plain | naughty, own=own))
    kind = draw(st.sampled_from(["", "sip", "sip", "dial", "untyped"]))
    if kind in {"sip", "dial"}:
        made["Type"] = draw(coded("Type").filter(lambda one: one.sent() == ("1" if kind == "sip" else "2")))
    if kind:
        made["URI"] = draw(phones if kind == "dial" else sip)
    for name in ("URI2", "URI3")[: draw(st.integers(0, 2)) if kind == "sip" else 0]:
        made[name] = draw(sip)
    if draw(st.booleans()):
        made["SMSRingType"] = draw(coded("SMSRingType"))
        url = _as_it_is("https://a.example/?a=1&b=%20", "http://a.example")
        made["SMSURI"] = draw(addresses if made["SMSRingType"].sent() == "1" else url)
    for name, target in (("FaxDetect", "FaxEmail"), ("Vms2t", "Vmemail")):
        if draw(st.integers(0, 3)) == 0:
            made[name], made[target] = draw(coded(name)), draw(addresses)
    for name in ("RingType", "Ringstyle", "Vm", "Cnam", "Record", "Screening", "Atcd"):
        if draw(st.integers(0, 5)) == 0:
            made[name] = draw(coded(name))
    for name in ("FaxRing", "Vmring", "Channels", "SID"):
        if draw(st.integers(0, 5)) == 0:
            made[name] = draw(_as_it_is(5, "7", "12"))
    return made


# Sheets --------------------------------------------------------------------------------------------------------------

_FREE = (NOTES, "Cost centre", "Coût", "order no.", "Q", "=1+1", "_x0041_", "<r>x</r>", "{number}", "Status", "Prefix")
"""Headers of the user's own; the first is filled in."""


def _varied(name: str) -> st.SearchStrategy[str]:
    return st.sampled_from([name, name, name.upper(), name.lower(), "_".join(name), f" {name} "])


@st.composite
def sheets(draw: st.DrawFn, most: int = 5) -> Sheet:
    """Any orders, in columns of any order, blank rows among them."""
    free = draw(st.lists(st.sampled_from(_FREE), max_size=3, unique=True))
    free = sorted(free, key=_FREE.index)
    own = NOTES in free
    entries: list[Entry | None] = []
    for place in range(draw(st.integers(1, most))):
        how, numbers = draw(spelled(FIRST + place * APART))
        mine = [draw(cells) for _ in free]
        fill = own and isinstance(mine[0], str) and any(map(str.isalnum, mine[0]))
        price = draw(st.none() | st.integers(0, 9) | st.sampled_from([0.1, 2.5, "3.25"]))
        entries += [None] * draw(st.sampled_from([0, 0, 0, 1, 2]))
        entries.append(Entry(how, numbers, draw(routings(own=fill)), price, mine))
    rows = [entry for entry in entries if entry]
    ours = ("Number", "NumberTo", "BlockSize", "Country", "Alternative")
    used = [name for name in ours if any(name in one.spelled for one in rows)]
    used += [name for name in FIELDS.names if any(name in entry.routing for entry in rows)]
    if any(entry.price is not None for entry in rows) or "Number" not in used:
        used.append("Price")
    columns = draw(st.permutations([*((draw(_varied(name)), name) for name in used), *((one, None) for one in free)]))
    ordered = [one for one, field in columns if field is None]
    entries = [
        entry and Entry(entry.spelled, entry.numbers, entry.routing, entry.price, [entry.own[free.index(one)] for one in ordered])
        for entry in entries
    ]  # fmt: skip
    return Sheet([one for one, _ in columns], [field for _, field in columns], entries)
