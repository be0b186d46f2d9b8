"""A spreadsheet file to a table: bytes in, header and rows out. Pure; every cell is as it was written."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from leads.uploads.encoding import FileRefused, decoded
from leads.uploads.synonyms import field_called

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
MOST_COLUMNS = 500
# Excel's own note about the delimiter; it is no row of the table.
_SEPARATOR_NOTE = re.compile(r"""\A"?sep=(.)"?(\r\n|\r|\n|\Z)""", re.IGNORECASE)
_LOOKS_LIKE_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
# So many rows are looked at when the delimiter is guessed.
SAMPLE = 50


@dataclass(frozen=True, slots=True)
class Row:
    """`number` is the row a person sees in the spreadsheet, from 1. Ragged rows keep their own number of cells."""

    number: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Table:
    header: list[str]
    rows: list[Row]
    encoding: str
    delimiter: str


def read_table(data: bytes, *, filename: str) -> Table:
    """Read a CSV file in any encoding, delimiter and line ending a spreadsheet writes. Raises `FileRefused`.

    Rows without any value are left out. A first row that holds an e-mail address is a person, not column names: then
    the columns are called “Column 1”, “Column 2” ….
    """
    if not data.strip(b"\x00\xff\xfe\xef\xbb\xbf\t\r\n ,;|"):
        raise FileRefused(f"“{filename}” is empty.")
    text, encoding = decoded(data, filename)
    text, delimiter = _delimiter(text)
    rows = [row for row in _rows(text, delimiter, filename) if any(cell.strip() for cell in row.cells)]
    if not rows:
        raise FileRefused(f"“{filename}” is empty.")
    if any(_LOOKS_LIKE_EMAIL.fullmatch(cell.strip()) for cell in rows[0].cells):
        header, people = [], rows
    else:
        header, people = _trimmed(rows[0].cells, rows[1:]), rows[1:]
    if not people:
        raise FileRefused(f"“{filename}” has column names but no rows.")
    header = _named(header, people)
    if len(header) > MOST_COLUMNS:
        raise FileRefused(f"“{filename}” has {len(header):,} columns; {MOST_COLUMNS} is the most.")
    return Table(header, people, encoding, delimiter)


def _rows(text: str, delimiter: str, filename: str) -> Iterator[Row]:
    """Every record, the blank ones too, numbered as a spreadsheet shows them."""
    taken: list[str] = []
    reader = csv.reader(_noted(io.StringIO(text, newline=""), taken), delimiter=delimiter)
    number = 0
    last: list[str] = []
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            _check_quotes(last, delimiter, number - 1, filename)
            return
        except csv.Error as problem:
            raise FileRefused(
                f"Row {number} of “{filename}” cannot be read; a quotation mark may be missing there."
            ) from problem
        last = taken[:]
        taken.clear()
        if len(last) > 1:
            _check_quotes(last, delimiter, number, filename)
        yield Row(number, cells)


def _noted(lines: Iterable[str], taken: list[str]) -> Iterator[str]:
    for line in lines:
        taken.append(line)
        yield line


def _check_quotes(lines: Sequence[str], delimiter: str, number: int, filename: str) -> None:
    """A record of several lines whose quotation marks do not pair has swallowed its neighbours: nobody may lose those
    rows."""
    try:
        list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error as problem:
        if len(lines) > 1 or "unexpected end of data" in str(problem):
            raise FileRefused(
                f"A quotation mark in row {number} of “{filename}” has no partner. "
                "Put the value in quotation marks, double the one within it, and upload the file again."
            ) from problem


def _trimmed(cells: Sequence[str], rows: Sequence[Row]) -> list[str]:
    """The column names without empty ones at the end, unless a row has a value there."""
    names = [" ".join(cell.split()) for cell in cells]
    while names and not names[-1] and not _has_values(rows, len(names) - 1):
        names.pop()
    return names


def _has_values(rows: Sequence[Row], position: int) -> bool:
    return any(row.cells[position].strip() for row in rows if position < len(row.cells))


def _named(header: list[str], rows: Sequence[Row]) -> list[str]:
    """Every column has a name. Without any header the widest row says how many columns there are."""
    width = len(header) or max(len(row.cells) for row in rows)
    names = header + [""] * (width - len(header))
    return [name[:200] or f"Column {position}" for position, name in enumerate(names, start=1)]


def _delimiter(text: str) -> tuple[str, str]:
    """The text without Excel's note, and the delimiter: as noted, else the one under which the table makes most
    sense."""
    note = _SEPARATOR_NOTE.match(text)
    if note and note.group(1) in DELIMITERS:
        return text[note.end() :], note.group(1)
    return text, max(DELIMITERS, key=lambda delimiter: _sense(text, delimiter))


def _sense(text: str, delimiter: str) -> tuple[int, int, float, int]:
    """How much sense a delimiter makes: column names we know, a header of several, rows as wide as the header, its
    width."""
    head = text[:200_000]
    rows: list[list[str]] = []
    try:
        for cells in csv.reader(io.StringIO(head, newline=""), delimiter=delimiter):
            if any(cells):
                rows.append(cells)
            if len(rows) > SAMPLE:
                break
    except csv.Error:
        return (0, 0, 0.0, 0)
    if not rows:
        return (0, 0, 0.0, 0)
    width = len(rows[0])
    same = sum(len(row) == width for row in rows) / len(rows)
    known = len({field for name in rows[0] if (field := field_called(name))})
    return (known, int(width > 1), same, width)
