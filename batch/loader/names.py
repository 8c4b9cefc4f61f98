"""What headers mean: the names of fields and of columns of ours, aliases, the user's own mapping; and near misses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from batch.errors import UsageError
from batch.fields import FieldTable
from batch.loader.reader.heads import squeezed

OURS: Final = ("Number", "NumberTo", "BlockSize", "Country", "Price", "Prefix", "AnyOf", "Alternative")
"""The columns that are ours and no provider's. Prefix is the user's own in a sheet that has no AnyOf."""
ALIASES: Final = ("DID", "Phone", "Phone number", "Telephone", "TN", "E.164", "E164", "MSISDN")
"""What else a Number column may be called."""
ACCOUNT: Final = "Account"
"""The column that parts the rows of several accounts: the user's own, and ours where it names accounts."""
RESULTS: Final = "numbatch:"
"""How the headers begin that our results add: they are left alone."""

WITH_CHOICE = {"Prefix", "AnyOf"}
"""Of ours, those that no other header is taken for a slip of: users' own columns are called so. Without the other, one says so."""
_ORDINARY = {
    "alternate",
    "county",
    "counties",
    "site",
    "sites",
    "name",
    "sim",
    "time",
    "state",
    "style",
    "email",
    "mail",
    "url",
}
"""Words that are a letter away from a field and mean something of their own."""


class Names:
    """What headers mean: the names of fields, aliases, and the user's own mapping.

    Raises UsageError where the user's mapping names a field that there isn't.
    """

    def __init__(self, table: FieldTable, columns: Mapping[str, str | Literal[False]]) -> None:
        self._fields = {squeezed(name): name for name in (*OURS, *table.names)}
        self._known: dict[str, str | None] = {**{squeezed(alias): "Number" for alias in ALIASES}, **self._fields}
        self._known[squeezed(ACCOUNT)] = ACCOUNT
        for header, name in columns.items():
            if name is not False and squeezed(str(name)) == squeezed(ACCOUNT):
                self._known[squeezed(header)] = ACCOUNT
                continue
            field = None if name is False else self._fields.get(squeezed(str(name)))
            if name is not False and field is None:
                known = ", ".join((*OURS, *table.names))
                raise UsageError(f"[columns]: {header!r} is to be {name!r}, and there is no such field", remedy=known)
            self._known[squeezed(header)] = field

    def meant(self, headers: Sequence[str]) -> list[str | None]:
        """The field that each of a row of `headers` names, or None: the user's own.

        In the sheet Failures of our results fields have their own names, whatever settings make of columns that users have named
        so: they stand until Price and Alternative, and behind our notes; between them are the user's columns.
        """
        found = list(map(self.field, headers))
        notes = next((place for place, one in enumerate(headers) if one.casefold().startswith(RESULTS)), None)
        if notes is None:
            return found
        last = headers.index("Price") if "Price" in headers else -1
        last += list(headers[last + 1 : last + 2]) == ["Alternative"]
        return [
            field if last < place < notes else self.named(header) or field
            for place, (header, field) in enumerate(zip(headers, found, strict=True))
        ]

    @property
    def numbers(self) -> list[str]:
        """The headers that a number column may have, squeezed."""
        return self._called("Number")

    @property
    def heads(self) -> list[str]:
        """The headers by which a header's row is known, squeezed."""
        return [*self.numbers, *self._called("AnyOf")]

    def _called(self, name: str) -> list[str]:
        return [header for header, field in self._known.items() if field == name]

    def field(self, header: str) -> str | None:
        """The field that a header names, or None: the user's own."""
        return self._known.get(squeezed(header))

    def named(self, name: str) -> str | None:
        """The field called `name`, whatever its case, spaces, hyphens and underscores; no alias."""
        return self._fields.get(squeezed(name))

    def near(self, header: str) -> str | None:
        """The field that a header nearly names, or None."""
        word = squeezed(header)
        if word in self._known or word in _ORDINARY:
            return None
        return next(
            (name for known, name in self._fields.items() if name not in WITH_CHOICE and _nearly(word, known)), None
        )

    def near_account(self, header: str) -> bool:
        """Whether a header that is not settled otherwise nearly names the column of accounts."""
        word = squeezed(header)
        return word not in self._known and (_nearly(word, "account") or word in {"account:", "accountname"})

    def near_number(self, header: str) -> bool:
        """Whether a header nearly names the number column."""
        word = squeezed(header)
        return any(_nearly(word, known) or (known in word and len(known) > 4) for known in self.numbers)


def _nearly(word: str, known: str) -> bool:
    """Whether `word` is `known` with a slip: a letter too many, too few, exchanged or wrong; two in a long name; URI1."""
    if word[:-1] == known and word[-1:].isdecimal():
        return True
    if len(known) <= 3 or abs(len(word) - len(known)) > 2:
        return False
    slips = _slips(word, known)
    if len(known) <= 5:
        # In so short a name another letter makes another word: Prime is not Price.
        return slips == 1 and (len(word) != len(known) or sorted(word) == sorted(known))
    return slips <= (2 if len(known) >= 9 else 1)


def _slips(one: str, other: str) -> int:
    """How many letters must be added, removed, replaced or exchanged with their neighbour to make `other` of `one`."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        row = [i]
        for j, wanted in enumerate(other, start=1):
            best = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                best = min(best, before[j - 2] + 1)
            row.append(best)
        before, last = last, row
    return last[-1]
