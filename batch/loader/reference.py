"""The reference of order columns, written from the provider's table: the README and the template say the same."""

from __future__ import annotations

from batch.fields import Field, FieldTable, Group

OURS_MEANING = {
    "Number": (
        "The number to buy, in digits with its country code; or a block, 33123450000-33123450099",
        "12025550123",
    ),
    "NumberTo": ("The last number of a block that begins with Number", "33123450099"),
    "BlockSize": ("How many consecutive numbers to buy, from Number on", "100"),
    "Country": ("The country in whose way Number is written, by its two letters, where it has no country code", "FR"),
    "Price": ("What the number's first charge comes to at worst, for limits on spending", "4.50"),
    "Prefix": ("With AnyOf: the first digits, with the country code, of numbers that may be any", "1203"),
    "AnyOf": (
        "How many numbers to buy of those in stock under Prefix; Number stays blank, numbatch plan chooses them",
        "50",
    ),
    "Alternative": (
        "For a row of one number: what to buy in its place, in this order, where it is no longer in stock",
        "12025550124, 12025550125",
    ),
    "Account": (
        "Whose row it is, by the account's name in the settings: a run takes the rows of its own account",
        "branch",
    ),
}
"""Our own columns: meaning and example."""


def field_reference(table: FieldTable) -> str:
    """A Markdown table of every column that an order workbook may have, and the rules across them."""
    lines = ["| column | meaning | values | if blank |", "|---|---|---|---|"]
    for name, (meaning, example) in OURS_MEANING.items():
        blank = "the row is wrong" if name == "Number" else ""
        lines.append(f"| **{name}** | {_cell(meaning)} | e.g. `{example}` | {blank} |")
    for group in Group:
        fields = [field for field in table.fields if field.group is group]
        if fields:
            lines.append(f"| *{group}* | | | |")
            lines.extend(_line(field) for field in fields)
    if table.rules:
        lines += ["", *(f"- {rule.summary}" for rule in table.rules)]
    return "\n".join(lines) + "\n"


def values_in_words(field: Field) -> str:
    """What a field takes: its codes with their words, or its bounds and an example; empty where there is nothing to say."""
    if field.words:
        by_code: dict[str, list[str]] = {}
        for word, code in field.words.items():
            by_code.setdefault(code, []).append(word)
        return "; ".join(f"{code}: {', '.join(words)}" for code, words in sorted(by_code.items()))
    bounds = f"{field.whole[0]} to {field.whole[1]}" if field.whole else "digits" if field.digits else ""
    return "; ".join(filter(None, (bounds, f"e.g. {field.example}" if field.example else "")))


def _line(field: Field) -> str:
    meaning = field.meaning + (" (retired by the provider)" if field.retired else "")
    return f"| **{field.name}** | {_cell(meaning)} | {_cell(values_in_words(field))} | {_cell(field.if_absent)} |"


def _cell(text: str) -> str:
    """`text` as a cell of a Markdown table."""
    return " ".join(text.split()).replace("|", "\\|")
