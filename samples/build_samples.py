"""Makes the sample order workbooks from the French regulator's open data of number blocks.

The blocks come from ARCEP, "Ressources en numérotation téléphonique" (data.gouv.fr, Licence Ouverte 2.0), file majnum.csv of
April 2026: semicolons, cp1252, a row a block with `Tranche_Debut` and `Tranche_Fin` in national digits. Sites, cost centres
and routing are invented; nobody's numbers are bought, the samples are for the simulator.

    python samples/build_samples.py majnum.csv
"""

from __future__ import annotations

import csv
import sys
from dataclasses import dataclass
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

HERE = Path(__file__).parent
HEADER = (
    "Site", "Cost centre", "Number", "NumberTo", "BlockSize", "Country", "Description", "Type", "Ring type", "URI", "URI2",
    "Channels", "CNAM", "Price", "Order ref",
)  # fmt: skip
SITES = {
    "01": ("Paris La Défense", "4100-PAR"),
    "02": ("Rennes Atalante", "4200-REN"),
    "03": ("Lille Euratechnologies", "4300-LIL"),
    "04": ("Lyon Part-Dieu", "4400-LYO"),
    "05": ("Toulouse Labège", "4500-TLS"),
}


@dataclass(frozen=True)
class Block:
    """A block of the regulator's list, national digits."""

    first: str
    last: str

    @property
    def size(self) -> int:
        """How many numbers it has."""
        return int(self.last) - int(self.first) + 1


def read_blocks(path: Path) -> dict[str, list[Block]]:
    """Blocks of 10,000 geographic numbers in mainland France, by the first two digits, spread over the list."""
    found: dict[str, list[Block]] = {zone: [] for zone in SITES}
    with path.open(encoding="cp1252", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            block = Block(row["Tranche_Debut"], row["Tranche_Fin"])
            zone = block.first[:2]
            if zone in found and len(block.first) == 10 and block.size == 10_000 and row["Territoire"] == "Métropole":
                found[zone].append(block)
    return {zone: blocks[:: max(1, len(blocks) // 12)] for zone, blocks in found.items()}


def international(national: str) -> str:
    """The national digits as +33 and groups of two, as people write them."""
    digits = national[1:]
    return f"+33 {digits[0]} " + " ".join(digits[i : i + 2] for i in range(1, 9, 2))


def order_rows(blocks: dict[str, list[Block]]) -> list[list[object]]:
    """43 rows for 14,000 numbers: blocks of a thousand and a hundred, small ranges, single numbers, as people write them."""
    zones = list(SITES)
    sizes = [1000] * 13 + [100] * 9 + [50, 20, 12] + [1] * 18
    rows: list[list[object]] = []
    for index, size in enumerate(sizes):
        zone = zones[index % len(zones)]
        block = blocks[zone][index // len(zones)]
        start = int(block.first) + 100 * (index % 7) * 10
        first, last = f"{start:010}", f"{start + size - 1:010}"
        rows.append(_row(index, zone, first, last, size))
    return rows


def _row(index: int, zone: str, first: str, last: str, size: int) -> list[object]:
    site, centre = SITES[zone]
    slug = site.split()[0].lower()
    number, to, block_size, country = _written(index, first, last, size)
    simultaneous = "simultaneous" if index % 3 == 0 else "sequential"
    return [
        site, centre, number, to, block_size, country,
        f"{site} {{last4}}", "SIP", simultaneous, "{number}@sbc1." + slug + ".example.net", "{number}@sbc2." + slug + ".example.net",
        30 if size >= 1000 else 2, "no", 12.50, f"PO-2026-{1041 + index // 5}",
    ]  # fmt: skip


def _written(index: int, first: str, last: str, size: int) -> tuple[object, object, object, str | None]:
    """The same block in the forms that one meets: a range in the cell, two columns, a size, a number that lost its zero."""
    if size == 1:
        as_number = int(first)  # Excel made it a number: the leading zero is gone, the country says what it is
        return (as_number if index % 2 else first), None, None, "FR"
    forms: list[tuple[object, object, object, str | None]] = [
        (f"{international(first)} - {international(last)}", None, None, None),
        (first, last, None, "FR"),
        (international(first), None, size, None),
        (int("33" + first[1:]), int("33" + last[1:]), None, None),
    ]
    return forms[index % len(forms)]


def write_workbook(path: Path, title: str, rows: list[list[object]], note: str) -> None:
    """An order workbook as a person keeps one: two lines above the header, a filter, frozen panes."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Orders"
    sheet["A1"], sheet["A2"] = title, note
    sheet["A1"].font = Font(name="Calibri", size=14, bold=True)
    sheet["A2"].font = Font(name="Calibri", size=9, italic=True, color="FF666666")
    for column, head in enumerate(HEADER, start=1):
        cell = sheet.cell(4, column, head)
        cell.font = Font(name="Calibri", bold=True, color="FFFFFFFF")
        cell.fill = PatternFill("solid", fgColor="FF1F3A5F")
        cell.alignment = Alignment(vertical="center")
    for offset, row in enumerate(rows):
        for column, value in enumerate(row, start=1):
            cell = sheet.cell(5 + offset, column, value)
            if HEADER[column - 1] in {"Number", "NumberTo"}:
                cell.number_format = "@" if isinstance(value, str) else "0"
            elif HEADER[column - 1] == "Price":
                cell.number_format = "0.00"
    for column, width in enumerate((24, 12, 38, 16, 10, 9, 26, 7, 14, 38, 38, 9, 7, 8, 14), start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = "A5"
    sheet.auto_filter.ref = f"A4:{get_column_letter(len(HEADER))}{4 + len(rows)}"
    book.save(path)


def with_mistakes(rows: list[list[object]]) -> list[list[object]]:
    """Ten honest mistakes, a row each, after two rows that are right."""
    single = [row for row in rows if row[4] is None and row[3] is None and row[5] == "FR"]
    wrong = [list(row) for row in single[:12]]
    at = {head: index for index, head in enumerate(HEADER)}
    changes: list[dict[str, object]] = [
        {},
        {},
        {"Number": "1.48E+08"},
        {"Number": 33148160000123456},
        {"Number": "01 48 16"},
        {"Number": "see mail", "Country": None},
        {"Type": "SIPP"},
        {"URI": "not an address"},
        {"Number": "0148160099", "NumberTo": "0148160000"},
        {"URI": None, "URI2": "{number}@sbc2.paris.example.net"},
        {"Description": "{extension}"},
        {"Channels": "many"},
    ]
    for row, change in zip(wrong, changes, strict=True):
        for head, value in change.items():
            row[at[head]] = value
    return wrong


def write_csv(path: Path, rows: list[list[object]]) -> None:
    """The small rows once more, as a French Excel saves them: semicolons, cp1252, a comma in the price."""
    with path.open("w", encoding="cp1252", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(HEADER)
        for row in rows:
            writer.writerow(["" if cell is None else str(cell).replace("12.5", "12,50") for cell in row])


def main(source: Path) -> None:
    """Write every sample beside this file."""
    rows = order_rows(read_blocks(source))
    write_workbook(
        HERE / "migration.xlsx",
        "Number migration, wave 3",
        rows,
        "Telecom purchasing, November 2026. Blocks: ARCEP open data.",
    )
    small = [row for row in rows if row[4] is None and row[3] is None][-18:]
    write_workbook(
        HERE / "mistakes.xlsx",
        "Number migration, wave 3 (draft)",
        with_mistakes(rows),
        "Draft of 4 November, not checked yet.",
    )
    write_csv(HERE / "orders.csv", small)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
