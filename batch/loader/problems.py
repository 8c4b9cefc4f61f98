"""Every code that the loader gives a problem: what it means, and how to mend it (`numbatch explain number-lossy`).

Codes are stable: users filter by them. A provider's table has codes of its own, for its fields' rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple


class Meaning(NamedTuple):
    """What a code means, and what to do about it."""

    meaning: str
    remedy: str


CODES: Final[Mapping[str, Meaning]] = {
    # Files and headers
    "file-type": Meaning(
        "The file's name and its content are of different kinds. It was read as what it is.",
        "Give it the right ending, so that other programs read it too.",
    ),
    "header-missing": Meaning(
        "None of the first 20 rows that are not blank has a Number column, or the row given by --header-row has none.",
        "Name one column Number (or DID, Phone, Telephone, TN, E.164, MSISDN), or map yours in [columns]; or name the sheet"
        " that has the orders: --sheet NAME.",
    ),
    "results-sheet": Meaning(
        "This is a result workbook, which tells what became of an order: what was bought, too, and routing as it was resolved.",
        "Buy what failed with --sheet Failures; or give the order workbook itself.",
    ),
    "header-near": Meaning(
        "A header is nearly the name of a field. Taken for a column of yours, its values would never be sent.",
        'Correct the header, or say that it is yours: [columns] "Header" = false.',
    ),
    "header-of-rows": Meaning(
        "The header has more than one row: what stands lowest names the column.",
        "If the lower row is an order, write its number.",
    ),
    "header-blank": Meaning(
        "A column has values and no header. It is carried along, and never sent.", "Give it a header, or empty it."
    ),
    "header-again": Meaning(
        "The header stands amid the rows again, as where several pages or tables were put together. That row is no order.",
        "Delete it.",
    ),
    "field-twice": Meaning(
        "Two columns are the same field, so nobody can say which one counts.",
        'Rename or remove one, or say that it is yours: [columns] "Header" = false.',
    ),
    "quantity-ignored": Meaning(
        "A Quantity column is yours, and carried along: it buys nothing.",
        "For many numbers in one row write a block: 33123450000-33123450099, or NumberTo, or BlockSize.",
    ),
    "rows-hidden": Meaning(
        "The sheet has hidden rows, perhaps behind a filter. They are orders like the others.",
        "Delete what is not to be bought.",
    ),
    "numbers-too-many": Meaning(
        "The rows stand for more numbers than a run may have: 1,000,000.",
        "Keep the rows that you mean to buy, and delete the others; or split the orders into several runs.",
    ),
    "column-hidden": Meaning(
        "The column is hidden, and a field like the others: what stands in it is sent.",
        "Show it and check it; or delete it, if it is not meant.",
    ),
    "sheets-unread": Meaning(
        "Other sheets of the file have orders, too. One sheet of a file is read: the first visible one, or the one that is named.",
        "To buy those, name the sheet: --sheet NAME.",
    ),
    "rows-of-others": Meaning(
        "Rows whose Account is another one than the chosen are left out: a run buys for one account.",
        "Nothing, if that is meant. Choose theirs with --account to buy them.",
    ),
    "account-open": Meaning(
        "The sheet has rows of several accounts, and none is chosen.", "Choose one: --account NAME."
    ),
    "account-ignored": Meaning(
        "A column Account is yours, and carried along: the settings name no account that stands in it.",
        'Name the accounts in the settings ([accounts.NAME]), or say that it is yours: [columns] "Account" = false.',
    ),
    "account-unknown": Meaning(
        "The settings name no such account.",
        'Correct it, or add it to the settings ([accounts.NAME]); if the column is yours: [columns] "Account" = false.',
    ),
    "account-missing": Meaning(
        "The row names no account, in a column where others name theirs.",
        'Write whose it is; if the column is yours: [columns] "Account" = false.',
    ),
    "field-retired": Meaning(
        "The provider marks the field as retired: it is sent, and may have no effect.", "Leave it out if you can."
    ),
    "example-skipped": Meaning(
        "The template's example row is still there. It is not bought.", "Delete the row, or write over it."
    ),
    # Numbers and blocks
    "number-missing": Meaning("The row has no number.", "Write the number, or delete the row."),
    "number-malformed": Meaning(
        "What stands there is not written as a telephone number.",
        "Write digits with the country code: 12025550123; a block as 33123450000-33123450099.",
    ),
    "number-lossy": Meaning(
        "A spreadsheet has lost digits of the number: it shortened it (1.20E+10), rounded it (more than 15 digits), or made a"
        " date of it.",
        "Format the column as text and enter the whole number again, from its source.",
    ),
    "number-national": Meaning(
        "The number is written as a national one, and nothing says of which country.",
        "Write it with its country code, or name the country: a Country column, or --default-country FR.",
    ),
    "number-impossible": Meaning(
        "The numbering plan of its country has no number of this length, or no country has this code.",
        "Check its digits; a national number needs its country: a Country column, or --default-country.",
    ),
    "number-invalid": Meaning(
        "The number is possible, but its range is not known as given out. Plans change faster than programs: a warning.",
        "Check it; a national number without its country is read as an international one.",
    ),
    "country-unknown": Meaning("The country is not one of ISO 3166-1 by its two letters.", "Write US, GB, FR, …"),
    "country-differs": Meaning(
        "The row names a country, and the number has another country's code.", "Correct whichever is wrong."
    ),
    "block-malformed": Meaning(
        "The size of a block is no whole number from 1, or its end is no number.",
        "Write BlockSize as 100, or the last number as NumberTo.",
    ),
    "block-twice": Meaning(
        "The row says in two ways how many numbers it stands for, and they differ.", "Keep one of them."
    ),
    "block-reversed": Meaning("The block ends before it begins.", "Exchange its ends."),
    "block-ends-differ": Meaning(
        "The ends of the block differ in length or country.", "Write both ends in full, with the country code."
    ),
    "block-too-large": Meaning(
        "The block has more numbers than the setting max_block allows.", "Split it, or raise max_block if you mean it."
    ),
    "duplicate-differs": Meaning(
        "The number stands in an earlier row with other routing, and can be bought once only.",
        "Keep the row that is right, delete the other.",
    ),
    # Numbers by choice, and alternatives
    "choice-incomplete": Meaning(
        "The row asks for numbers by choice, and one of Prefix and AnyOf is blank.",
        "Write the first digits in Prefix (1203), and how many numbers you want in AnyOf (50); or the number itself.",
    ),
    "choice-twice": Meaning(
        "The row asks for numbers by choice, and says which ones it orders, too.",
        "Keep one of them: AnyOf with Prefix, or Number (with NumberTo or BlockSize).",
    ),
    "choice-count": Meaning("How many numbers are wanted is no whole number from 1.", "Write AnyOf as 50."),
    "choice-too-large": Meaning(
        "The row asks for more numbers than the setting max_block allows.",
        "Split it, or raise max_block if you mean it.",
    ),
    "choice-lacking": Meaning(
        "Fewer numbers are in stock under the prefix than the row asks for.",
        "Ask for fewer, or under another prefix.",
    ),
    "prefix-malformed": Meaning(
        "The prefix is not written as the beginning of a telephone number.",
        "Write its first digits, with the country code: 1203.",
    ),
    "prefix-impossible": Meaning(
        "No country has a code that the prefix begins with, or no number of its country begins with it.",
        "Write its first digits, with the country code: 1203.",
    ),
    "alternative-of-many": Meaning(
        "The row stands for many numbers, and names alternatives: nobody can say which one they stand in for.",
        "Name alternatives in rows that are one number each.",
    ),
    "alternative-itself": Meaning(
        "The alternative is the number itself, which is tried first anyhow.", "Write another one, or leave it blank."
    ),
    "alternative-ordered": Meaning(
        "A number is ordered in one row and the alternative of another, and can be bought once only.",
        "Keep one of them.",
    ),
    "alternative-twice": Meaning(
        "A number is an alternative twice, and can be bought once only.", "Keep it in one row, and once there."
    ),
    # Values
    "price-malformed": Meaning(
        "The price is no amount, or could be two: 1,250 is a thousand to some, and one and a quarter to others.",
        "Write digits and at most one decimal sign: 2.50 or 2,50; no currency sign.",
    ),
    "field-word": Meaning("The field takes certain codes or words, and this is none of them.", "Write one of those."),
    "value-lossy": Meaning(
        "A spreadsheet made a number of more than 15 digits of the value, and has rounded it.",
        "Format the column as text and enter the value again, from its source.",
    ),
    "fill-in-unresolved": Meaning(
        "A brace names no column, or one that is blank in this row, or is not closed.",
        "Write {number}, {last4}, {row} or {a column's header}; write {{ for a brace itself.",
    ),
    "text-too-long": Meaning(
        "The text has more than 32,767 characters, which is all that a cell of a workbook holds.", "Shorten it."
    ),
    # What Excel hides
    "formula-uncached": Meaning(
        "A formula has no stored value: the file was written by a program that does not calculate.",
        "Open it in Excel or LibreOffice, save it, and try again; or replace formulas by their values.",
    ),
    "excel-error": Meaning(
        "The cell holds an error of the spreadsheet (#N/A, #REF!).", "Correct the formula, or enter a value."
    ),
    "cell-merged": Meaning(
        "The cell is merged with the one above it: only the first of merged cells has the value, and the others none.",
        "Unmerge the cells, and write the value into every row that it is meant for.",
    ),
    "cell-twice": Meaning(
        "Two cells of the file claim the same place, so nobody can say which one counts.",
        "Open it with a spreadsheet program, check the row, and save it again.",
    ),
}
"""Code → meaning and remedy."""
