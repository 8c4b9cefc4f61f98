"""docs/fields.md is made from the tables that check orders: `make docs` writes it again."""

import runpy
from pathlib import Path

DOCS = Path(__file__).parents[3] / "docs"


def test_the_page_says_what_the_tables_say():
    page = runpy.run_path(str(DOCS / "write_fields.py"))["page"]
    assert (DOCS / "fields.md").read_text(encoding="utf-8") == page()


def test_the_readme_leads_to_the_page():
    assert "(docs/fields.md)" in (DOCS.parent / "README.md").read_text(encoding="utf-8")
