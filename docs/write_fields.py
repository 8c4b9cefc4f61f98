"""Writes docs/fields.md from the tables that check orders and write the template."""

from __future__ import annotations

from pathlib import Path

from batch.loader.header import ALIASES
from batch.loader.reference import field_reference
from batch.provider.multitel.fields import FIELDS

PAGE = Path(__file__).parent / "fields.md"
_HEAD = """# Columns of the order workbook

A header is one of these names, whatever its case, spaces, hyphens or underscores.
Number may also be called {aliases}.
Any other column is yours: never sent, and carried through to the results. In the values of the columns from Description
on, `{{number}}`, `{{last4}}`, `{{row}}` and `{{any column}}` are filled in for each number.

A field with codes takes the word or the code, in any case, or both at once: `SIP`, `1`, `1 SIP`, `1: SIP`, `SIP (1)`.

This page is written by `make docs`, from the tables that check the orders.

"""


def page() -> str:
    """All of docs/fields.md."""
    others = [alias for alias in ALIASES if alias != "E164"]
    head = _HEAD.format(aliases=f"{', '.join(others[:-1])} or {others[-1]}")
    return head + field_reference(FIELDS).rstrip() + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
