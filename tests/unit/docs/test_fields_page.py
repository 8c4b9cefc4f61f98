"""docs/fields.md is made from the tables that check orders: `make docs` writes it again."""

from pathlib import Path

from batch.loader.reference import field_reference
from batch.provider.multitel.fields import FIELDS

PAGE = Path(__file__).parents[3] / "docs" / "fields.md"


def test_the_page_says_what_the_tables_say():
    assert PAGE.read_text(encoding="utf-8").endswith(field_reference(FIELDS).rstrip() + "\n")
