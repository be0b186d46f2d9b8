"""Which Mobly field each column of a spreadsheet holds: guessed from its name, else from its values; correctable.
Pure."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from leads.fields import BY_KEY
from leads.identity import email_fault
from leads.uploads.synonyms import field_called, letters

# Column position -> Mobly field key; a position that is missing is left out.
Columns = Mapping[int, str]

# So many first values of a column are looked at, and this part of them must agree.
SAMPLE = 50
AGREE = 0.8
MOST_PHONE_DIGITS = 15


class Reason(enum.StrEnum):
    """Why a column has its field, in the words of the Match cell."""

    SAME_NAME = "Same name"
    NAME = "Guessed from the name"
    VALUES = "Guessed from the values"
    CHOSEN = "Chosen"
    LEFT_OUT = "Not imported"


@dataclass(frozen=True, slots=True)
class Guess:
    field: str
    reason: Reason


def guess(header: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[int, Guess]:
    """A field for every column that has one, each field at most once: the same name first, then synonyms, then
    values."""
    guesses: dict[int, Guess] = {}
    for reason, read in _readings(header, rows):
        for position in range(len(header)):
            field = read(position)
            if field and position not in guesses and field not in {known.field for known in guesses.values()}:
                guesses[position] = Guess(field, reason)
    return dict(sorted(guesses.items()))


def _readings(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[tuple[Reason, Callable[[int], str]]]:
    return [
        (Reason.SAME_NAME, lambda position: _same_name(header[position])),
        (Reason.NAME, lambda position: field_called(header[position])),
        (Reason.VALUES, lambda position: _by_values(column(rows, position))),
    ]


def reason_of(position: int, field: str, guesses: Mapping[int, Guess]) -> Reason:
    """The words for a column's match as it stands now."""
    if not field:
        return Reason.LEFT_OUT
    guessed = guesses.get(position)
    return guessed.reason if guessed and guessed.field == field else Reason.CHOSEN


def match_columns(current: Columns, wanted: Mapping[int, str]) -> tuple[dict[int, str], dict[int, int]]:
    """The columns as wanted (blank: left out), and which were refused because another column holds their field.

    Refused position -> position of the one that holds the field. The one that holds it already keeps it, else the
    first does.
    """
    holders: dict[str, int] = {}
    for position, field in sorted(wanted.items(), key=lambda pair: (current.get(pair[0]) != pair[1], pair[0])):
        if field:
            holders.setdefault(field, position)
    columns = {position: field for field, position in holders.items()}
    refused = {at: holders[field] for at, field in wanted.items() if field and holders[field] != at}
    return dict(sorted(columns.items())), refused


def person_of(cells: Sequence[str], columns: Columns) -> dict[str, str]:
    """A row as said values by Mobly field; what a ragged row lacks is blank."""
    return {field: cells[position] for position, field in columns.items() if position < len(cells)}


def column(rows: Sequence[Sequence[str]], position: int) -> list[str]:
    """The first values of a column that are not blank."""
    values = (row[position].strip() for row in rows if position < len(row))
    return [value for value in values if value][:SAMPLE]


def _same_name(name: str) -> str:
    field = field_called(name)
    if not field:
        return ""
    entry = BY_KEY[field]
    own = {letters(entry.key), letters(entry.label), letters(entry.label).removeprefix("company")}
    return field if letters(name) in own else ""


def _by_values(values: Sequence[str]) -> str:
    """Only what can be told from a value beyond doubt: an e-mail address, a phone number, a profile, a web address."""
    if not values:
        return ""
    tests: tuple[tuple[str, Callable[[str], bool]], ...] = (
        ("email", lambda value: not email_fault(value)),
        ("linkedin", lambda value: bool(re.match(r"(https?://)?([a-z]+\.)?linkedin\.com/in/", value, re.IGNORECASE))),
        ("company_website", lambda value: bool(re.fullmatch(r"(https?://|www\.)\S+\.\S+", value, re.IGNORECASE))),
        ("phone_number", _looks_like_phone),
    )
    for field, test in tests:
        if sum(map(test, values)) >= AGREE * len(values):
            return field
    return ""


def _looks_like_phone(value: str) -> bool:
    """Digits with the marks people put between them; a bare number may be anything."""
    digits = sum(character.isdigit() for character in value)
    marks = re.fullmatch(r"\+?[\d\s().\-/]+", value) and re.search(r"[+\s().\-/]", value)
    date = re.fullmatch(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}", value)
    return bool(marks) and not date and 7 <= digits <= MOST_PHONE_DIGITS
