"""Writes docs/fields.md from the tables that check orders and write the template."""

from __future__ import annotations

from pathlib import Path

from batch.loader.reference import field_reference
from batch.provider.multitel.fields import FIELDS

PAGE = Path(__file__).parent / "fields.md"
HEAD = """# Columns of the order workbook

A header is one of these names, whatever its case, spaces, hyphens or underscores. Number may also be called DID, Phone, Phone
number, Telephone, TN, E.164 or MSISDN. Any other column is yours: never sent, and carried through to the results. In the
values of the columns from Description on, `{number}`, `{last4}`, `{row}` and `{any column}` are filled in for each number.

This page is written by `make docs`, from the tables that check the orders.

"""

if __name__ == "__main__":
    PAGE.write_text(HEAD + field_reference(FIELDS).rstrip() + "\n", encoding="utf-8")
