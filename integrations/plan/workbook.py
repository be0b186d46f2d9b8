"""A file that a person sends, as the rows of a plan. Whatever it is, it costs little and is refused in words.

An .xlsx file is a zip of XML: what it says it unpacks to is looked at before anything is unpacked, and no more than
that is ever read of it. Text that stands once in the file may be used in every cell, so what comes out is counted too.
"""

from __future__ import annotations

import io
import logging
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from openpyxl import load_workbook

from integrations.plan.layout import BY_COLUMNS, BY_TITLE, HOW_TO, LISTS, SHEETS, Sheet
from integrations.plan.lines import PlanRow
from leads.uploads.encoding import FileRefused
from leads.uploads.reading import read_table

logger = logging.getLogger(__name__)

MEGABYTE = 1024 * 1024
MOST_BYTES = 4 * MEGABYTE
MOST_ROWS = 5_000
MOST_COLUMNS = 60
# A constant has at most 10,000 characters; what is longer is refused as such.
LONGEST = 10_001
MOST_CHARACTERS = 4_000_000
# Unpacked: the cells and their texts, everything else (styles, themes), and all of it.
_MOST_OF_CELLS = 5 * MEGABYTE
_MOST_OF_OTHERS = MEGABYTE // 2
_MOST_UNPACKED = 16 * MEGABYTE
_MOST_PARTS = 500
# The column names stand in one of the first rows.
_HEAD = 10
_ZIP, _OLE = b"PK", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class PlanFileRefused(Exception):
    """The file cannot be read as a plan; `sentence` names it and says what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(slots=True)
class Plan:
    """The rows of a file that hold anything, and sentences about what of it was not read."""

    rows: list[PlanRow] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Cell:
    text: str = ""
    formula: bool = False


Numbered = tuple[int, Sequence[Cell]]


def read_plan(data: bytes, *, filename: str) -> Plan:
    """Read a workbook, or a CSV file with one sheet of it. Raises `PlanFileRefused`."""
    if len(data) > MOST_BYTES:
        raise PlanFileRefused(f"“{filename}” is larger than {MOST_BYTES // MEGABYTE} MB. A plan is far smaller.")
    if data.startswith(_OLE):
        raise PlanFileRefused(
            f"“{filename}” is an old .xls file or has a password. Save it as .xlsx without a password."
        )
    plan = _of_workbook(data, filename) if data.startswith(_ZIP) else _of_csv(data, filename)
    if sum(len(text) for row in plan.rows for text in row.cells.values()) > MOST_CHARACTERS:
        raise PlanFileRefused(f"“{filename}” holds more than {MOST_CHARACTERS:,} characters. A plan is far smaller.")
    return plan


# --- Workbooks --------------------------------------------------------------------------------------------------------


def _of_workbook(data: bytes, filename: str) -> Plan:
    _look_inside(data, filename)
    try:
        return _read(data, filename)
    except PlanFileRefused:
        raise
    except Exception as error:
        # A broken workbook fails wherever it is broken, as any kind of error.
        logger.info("A plan could not be read: %r", error)
        raise PlanFileRefused(
            f"“{filename}” is damaged. Open it in your spreadsheet program, save it as .xlsx, and import that file."
        ) from error


def _look_inside(data: bytes, filename: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, UnicodeDecodeError) as error:
        raise PlanFileRefused(f"“{filename}” is damaged, or no workbook at all. Save it as .xlsx again.") from error
    names = {part.filename.casefold() for part in parts}
    if any(name.endswith("vbaproject.bin") for name in names):
        raise PlanFileRefused(
            f"“{filename}” holds macros, and those are never opened. Save it as .xlsx without macros."
        )
    if "xl/workbook.xml" not in names:
        what = "an OpenDocument file" if "mimetype" in names else "a zip file, but no Excel workbook"
        raise PlanFileRefused(f"“{filename}” is {what}. Save the spreadsheet as .xlsx and import that file.")
    if any(part.flag_bits & 1 for part in parts):
        raise PlanFileRefused(f"“{filename}” has a password. Save it as .xlsx without one.")
    if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > _MOST_UNPACKED or any(map(_is_vast, parts)):
        raise PlanFileRefused(
            f"“{filename}” is far too large when it is unpacked. A plan is small; copy it to a new file."
        )


def _is_vast(part: zipfile.ZipInfo) -> bool:
    name = part.filename.casefold()
    cells = "/worksheets/" in name or name.endswith("sharedstrings.xml")
    return part.file_size > (_MOST_OF_CELLS if cells else _MOST_OF_OTHERS)


def _read(data: bytes, filename: str) -> Plan:
    book = load_workbook(io.BytesIO(data), read_only=True, keep_links=False, rich_text=False)
    plan = Plan()
    try:
        known = [(sheet, BY_TITLE.get(sheet.title.strip().casefold())) for sheet in book.worksheets]
        for worksheet, sheet in known:
            if sheet is not None:
                # The size a sheet says it has may be wrong.
                worksheet.reset_dimensions()
                rows = worksheet.iter_rows(max_row=MOST_ROWS + _HEAD, max_col=MOST_COLUMNS)
                _take(plan, sheet, _numbered(rows), filename)
            elif worksheet.title not in (HOW_TO, LISTS):
                plan.notes.append(f"The sheet “{worksheet.title[:80]}” is none of the plan's and was not read.")
    finally:
        book.close()
    if not any(sheet for _, sheet in known):
        titles = ", ".join(sheet.title for sheet in SHEETS)
        raise PlanFileRefused(f"“{filename}” has none of the plan's sheets ({titles}). Export the plan and fill it in.")
    return plan


def _numbered(rows: Iterable[Sequence[Any]]) -> Iterator[Numbered]:
    for number, row in enumerate(rows, start=1):
        yield number, [Cell(_text(cell.value), cell.data_type == "f") for cell in row]


def _text(value: Any) -> str:
    """A cell as a person would type it: whole numbers without a point, days without a time."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value).replace("\x00", "").strip()[:LONGEST]


# --- CSV --------------------------------------------------------------------------------------------------------------


def _of_csv(data: bytes, filename: str) -> Plan:
    try:
        table = read_table(data, filename=filename)
    except FileRefused as refused:
        raise PlanFileRefused(refused.sentence) from refused
    names = _positions([Cell(name) for name in table.header])
    sheet = next((sheet for sheet in BY_COLUMNS if names.keys() >= set(sheet.needed)), None)
    if sheet is None:
        titles = ", ".join(sheet.title for sheet in SHEETS)
        raise PlanFileRefused(
            f"The columns of “{filename}” are those of no sheet of the plan ({titles}). Keep the first row as exported."
        )
    plan = Plan()
    rows: list[Numbered] = [(row.number, [Cell(_text(cell)) for cell in row.cells]) for row in table.rows]
    _take(plan, sheet, [(0, [Cell(name) for name in table.header]), *rows], filename)
    return plan


# --- The rows of a sheet ----------------------------------------------------------------------------------------------


def _take(plan: Plan, sheet: Sheet, rows: Iterable[Numbered], filename: str) -> None:
    """Add the rows below the column names; a sheet without these names is left out, and a note says so."""
    columns: dict[str, int] = {}
    taken = 0
    for position, (number, cells) in enumerate(rows):
        if not columns:
            found = _positions(cells)
            if found.keys() >= set(sheet.needed):
                columns = {name: at for name, at in found.items() if name in {each.name for each in sheet.columns}}
            elif position >= _HEAD:
                break
            continue
        row = _row(sheet, number, cells, columns)
        if row.cells:
            taken += 1
            plan.rows.append(row)
        if taken > MOST_ROWS:
            raise PlanFileRefused(f"The sheet {sheet.title} of “{filename}” has more than {MOST_ROWS:,} rows.")
    if not columns:
        needed = ", ".join(f"“{name}”" for name in sheet.needed)
        plan.notes.append(f"The sheet {sheet.title} was not read: no row on top names its columns {needed}.")


def _positions(cells: Sequence[Cell]) -> dict[str, int]:
    """Column name -> its position; of two columns of one name the first."""
    names = {column.name.casefold(): column.name for sheet in SHEETS for column in sheet.columns}
    found: dict[str, int] = {}
    for position, cell in enumerate(cells[:MOST_COLUMNS]):
        name = names.get(" ".join(cell.text.split()).casefold())
        if name:
            found.setdefault(name, position)
    return found


def _row(sheet: Sheet, number: int, cells: Sequence[Cell], columns: dict[str, int]) -> PlanRow:
    here = {name: cells[at] for name, at in columns.items() if at < len(cells) and cells[at].text}
    formulas = tuple(name for name, cell in here.items() if cell.formula)
    return PlanRow(sheet.title, number, {name: cell.text for name, cell in here.items()}, formulas)
