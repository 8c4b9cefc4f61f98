"""The routing of all rows of a sheet, worked out once for each combination of values that occurs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, TypeVar, overload

from typing_extensions import override

from batch.fields import Complaint, FieldTable
from batch.loader.coded import BLOCK, Coded, combine
from batch.loader.fillins import Fill
from batch.loader.findings import Findings
from batch.loader.header import Layout
from batch.loader.routing import BLANK, Judge, Value

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_T = TypeVar("_T")


class Routing(NamedTuple):
    """The routing that rows share: `fields` as they are sent, in the table's order; `fills` differ for each number."""

    fields: Mapping[str, str]
    fills: Mapping[str, Fill] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class _Route:
    """A field that rows have: its column, or None where only a default gives it, and its values, by the column's codes."""

    name: str
    column: Coded | None
    values: Sequence[Value]


class Routes:
    """Judges a sheet's routing. `rows` counts those below the header; `offsets` are those that are not blank."""

    def __init__(
        self, table: FieldTable, layout: Layout, judge: Judge, columns: Mapping[int, Coded], rows: int
    ) -> None:
        self._table = table
        self._layout = layout
        self._judge = judge
        self._rows = rows
        self.values: dict[int, list[Value]] = {}
        """Place → the judged value of each code of that column, with the field's default for blanks."""
        self._routes: list[_Route] = []
        for one in table.fields:
            heading, default = layout[one.name], judge.default(one.name)
            if heading is not None:
                column = columns[heading.place]
                judged = [judge.cell(one, value) for value in column.values]
                judged = [default if value is BLANK else value for value in judged]
                self.values[heading.place] = judged
                self._routes.append(_Route(one.name, column, judged))
            elif default is not BLANK:
                self._routes.append(_Route(one.name, None, [default]))
        self.codes, self._firsts = combine([one.column for one in self._routes if one.column], rows)
        self.routings = self._combinations()

    def _combinations(self) -> list[Routing]:
        """A routing for each combination that occurs."""
        names = [route.name for route in self._routes]
        if not names:
            return [Routing({}) for _ in self._firsts]
        filled = any(value.fill for route in self._routes for value in route.values)
        found: list[Routing] = []
        for start in range(0, len(self._firsts), BLOCK):
            rows = self._firsts[start : start + BLOCK]
            sent = [_take(route, rows, [value.sent for value in route.values]) for route in self._routes]
            fields = [
                {name: value for name, value in zip(names, values, strict=True) if value}
                for values in zip(*sent, strict=True)
            ]
            if not filled:
                found.extend(map(Routing, fields))
                continue
            fills = [_take(route, rows, [value.fill for value in route.values]) for route in self._routes]
            found.extend(
                Routing(mine, {name: fill for name, fill in zip(names, those, strict=True) if fill})
                for mine, those in zip(fields, zip(*fills, strict=True), strict=True)
            )
        return found

    def rings(self, fields: Mapping[str, str]) -> bool:
        """Whether a row's `fields` send calls somewhere."""
        return self._table.rings(fields)

    def used(self) -> set[str]:
        """The fields that some row has a value for."""
        return {route.name for route in self._routes if any(value.sent for value in route.values)}

    def complain(self, offsets: Sequence[int], findings: Findings) -> None:
        """Note what is wrong with the routing of the rows at `offsets`, but for fill-ins."""
        for route in self._routes:
            wrong = {code: value for code, value in enumerate(route.values) if value.complaint}
            if wrong:
                codes = route.column.codes.tolist() if route.column else [0] * self._rows
                for offset in offsets:
                    if (value := wrong.get(codes[offset])) and value.complaint:
                        self.note(findings, self._layout.row + 1 + offset, route.name, value.complaint, value.text)
        if self._table.rules:
            self._complain_across(offsets, findings)

    def _complain_across(self, offsets: Sequence[int], findings: Findings) -> None:
        codes, found = self._across()
        if not any(found):
            return
        mine, own, unknown = codes.tolist(), self.codes.tolist(), self._unknown()
        for offset in offsets:
            # What depends on fill-ins is judged for each number, when they are filled in; what is not known, not at all.
            complaints = found[mine[offset]]
            if complaints and not unknown[offset] and not self.routings[own[offset]].fills:
                for name, complaint, value in complaints:
                    self.note(findings, self._layout.row + 1 + offset, name, complaint, value)

    def _unknown(self) -> list[bool]:
        """For each row whether a field's value is not known: a formula without one, an error value."""
        import numpy as np  # noqa: PLC0415 - imported while the file is read

        unknown = np.zeros(self._rows, dtype=bool)
        for route in self._routes:
            if route.column and any(value.unknown for value in route.values):
                unknown |= np.array([value.unknown for value in route.values], dtype=bool)[route.column.codes]
        return [bool(one) for one in unknown.tolist()]

    def _across(self) -> tuple[NDArray[np.intp], list[list[tuple[str, Complaint, str]]]]:
        """Each row's code, and for each code what the rules over several fields complain of.

        Rows in which all fields that a rule looks at are equal get the same complaints: so it is watched what they look at,
        and a description of its own in every row costs nothing.
        """
        looked: set[str] = set()
        names = self._table.names
        while True:
            columns = [route.column for route in self._routes if route.column and route.name in looked]
            codes, firsts = combine(columns, self._rows)
            own = self.codes[firsts].tolist()
            found = []
            before = len(looked)
            for code in own:
                watched = _Watched(self.routings[code].fields, looked, names)
                found.append(self._judge.cross(watched))
                if len(looked) > before:
                    break
            else:
                return codes, found

    def note(self, findings: Findings, row: int, name: str, complaint: Complaint, value: str) -> None:
        """Note a complaint of a field, at its column, or at none where it came from [defaults]."""
        heading = self._layout[name]
        if heading is None:
            whose = f"[defaults] {name}" if value else name
            complaint = complaint._replace(problem=f"{whose}: {complaint.problem}")
        place = heading.place if heading else None
        findings.complain(complaint, row, place, value=self._judge.shown(name, value))


def _take(route: _Route, rows: Sequence[int], by_code: Sequence[_T]) -> list[_T]:
    if route.column is None:
        return [by_code[0]] * len(rows)
    return [by_code[code] for code in route.column.codes[rows].tolist()]


class _Watched(Mapping[str, str]):
    """A row's fields; whatever is looked at is added to `looked`."""

    __slots__ = ("_fields", "_looked", "_names")

    def __init__(self, fields: Mapping[str, str], looked: set[str], names: Sequence[str]) -> None:
        self._fields = fields
        self._looked = looked
        self._names = names

    @override
    def __getitem__(self, name: str) -> str:
        self._looked.add(name)
        return self._fields[name]

    @override
    def __contains__(self, name: object) -> bool:
        if isinstance(name, str):
            self._looked.add(name)
        return name in self._fields

    @overload
    def get(self, name: str, default: None = None, /) -> str | None: ...
    @overload
    def get(self, name: str, default: str, /) -> str: ...
    @overload
    def get(self, name: str, default: _T, /) -> str | _T: ...
    @override
    def get(self, name: str, default: object = None, /) -> object:
        self._looked.add(name)
        return self._fields.get(name, default)

    @override
    def __iter__(self) -> Iterator[str]:
        self._looked.update(self._names)
        return iter(self._fields)

    @override
    def __len__(self) -> int:
        self._looked.update(self._names)
        return len(self._fields)
