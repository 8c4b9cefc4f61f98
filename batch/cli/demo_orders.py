"""The two order sheets of `numbatch demo`: a messy one, and the same with its cells mended."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

_HEADER = ("Site", "Cost centre", "Number", "Type", "URI", "Description")
_MESSY = (
    ("Paris", "4100-PAR", "33123450000-33123450079", "SIP", "{number}@sbc.paris.example.net", "Paris {last4}"),
    ("Boston", "4600-BOS", "1.20E+10", "SIP", "desk@sbc.boston.example.net", "Boston desk"),
    ("Boston", "4600-BOS", "+1 202-555-0100", "SIPP", "hall@sbc.boston.example.net", "Boston hall"),
    ("Boston", "4600-BOS", "+1 (202) 555-0102", "SIP", "not an address", "Boston fax"),
    ("Boston", "4600-BOS", "0012025550103", "SIP", "lab@sbc.boston.example.net", "Boston {flor}"),
)
_MENDED = (
    _MESSY[0],
    ("Boston", "4600-BOS", "12025550101", "SIP", "desk@sbc.boston.example.net", "Boston desk"),
    ("Boston", "4600-BOS", "+1 202-555-0100", "SIP", "hall@sbc.boston.example.net", "Boston hall"),
    ("Boston", "4600-BOS", "+1 (202) 555-0102", "SIP", "fax@sbc.boston.example.net", "Boston fax"),
    ("Boston", "4600-BOS", "0012025550103", "SIP", "lab@sbc.boston.example.net", "Boston {last4}"),
    # These three are the simulator's magic numbers: documents required, executed without an answer, out of stock.
    ("Austin", "4700-AUS", "12025550138", "SIP", "front@sbc.austin.example.net", "Austin front"),
    ("Austin", "4700-AUS", "12025550150", "SIP", "back@sbc.austin.example.net", "Austin back"),
    ("Austin", "4700-AUS", "12025550136", "SIP", "side@sbc.austin.example.net", "Austin side"),
)


def write_messy(path: Path) -> None:
    """Write the sheet as somebody in a hurry left it."""
    _write(path, _MESSY)


def write_mended(path: Path) -> None:
    """Write the sheet as it should be, with some numbers that go wrong at the provider."""
    _write(path, _MENDED)


def _write(path: Path, rows: Sequence[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([_HEADER, *rows])
