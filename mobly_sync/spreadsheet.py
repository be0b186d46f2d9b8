"""Rows as lines of a CSV file that a spreadsheet opens as it should: in UTF-8, and running none of the cells."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence

# A spreadsheet runs what starts with one of these as a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _Echo:
    def write(self, line: str) -> str:
        return line


def lines(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """One line at a time, however many there are; the first carries the mark that says UTF-8."""
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow(header)
    for cells in rows:
        yield writer.writerow([safe(cell) for cell in cells])


def safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell
