"""The configuration as a workbook: every line that can be planned, filled in or not, with lists to choose from.

No cell is a formula, whatever it begins with: text stands as text.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell, MergedCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from integrations.constants import shown_value, takes_constants, takes_fallback
from integrations.contract import FieldType, RemoteField, RemoteObject
from integrations.plan.campaign_lines import by_value_text, events_text
from integrations.plan.layout import (
    BEHAVIOURS,
    CAMPAIGNS,
    CLEAR,
    CONSTANT,
    CONSTANTS,
    FALLBACK,
    FIELD,
    FIELDS,
    HOW_TO,
    KIND,
    LISTS,
    OPTION,
    QUALIFIERS,
    VALUE,
    VALUES,
    WRITE,
    Sheet,
    named,
)
from integrations.plan.mapping_lines import field_words
from integrations.plan.standing import Joined, Standing
from integrations.plan.value_lines import option_words
from integrations.planning import QUALIFIER_PREFIX, takes_options
from integrations.qualifiers import options_for
from integrations.sources import Source

# The lines that people add find the short lists too.
SPARE = 200
_HEADER = Font(bold=True)
_PLANNED = PatternFill("solid", start_color="F9F0FA")
_KNOWN = PatternFill("solid", start_color="F0EEF1")
_QUIET = Font(color="6E6A70")

Row = tuple[Sequence[str], dict[str, str]]


def workbook_of(standing: Standing, *, account: str) -> bytes:
    """The .xlsx file. `account` is what the connected account is called, empty when it has no name."""
    book = Workbook()
    del book[book.sheetnames[0]]
    _how_to(book.create_sheet(HOW_TO), standing, account)
    lists = _Lists(book.create_sheet(LISTS))
    for remote_object in standing.objects.values():
        writable = [field for field in remote_object.fields.values() if field.writable]
        lists.put(remote_object.name, [named(field.label, field.name) for field in writable])
    _sheet(book, FIELDS, _mapping_rows(standing, qualifiers=False), lists)
    _sheet(book, CONSTANTS, _constant_rows(standing, lists), lists)
    _sheet(book, QUALIFIERS, _mapping_rows(standing, qualifiers=True), lists)
    _sheet(book, VALUES, _value_rows(standing, lists), lists)
    if standing.campaigns_known:
        _sheet(book, CAMPAIGNS, [(_campaign(one, standing), {}) for one in standing.campaigns], lists)
    book.move_sheet(LISTS, len(book.sheetnames))
    book[LISTS].sheet_state = "hidden"
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


# --- The rows ---------------------------------------------------------------------------------------------------------


def _mapping_rows(standing: Standing, *, qualifiers: bool) -> Iterable[Row]:
    for remote_object in standing.objects.values():
        for source in standing.offered(remote_object):
            if (source.qualifier is not None) != qualifiers:
                continue
            placed = standing.rows.get((remote_object.name, source.key))
            cells = [
                remote_object.label,
                source.label,
                _kind_words(source),
                field_words(remote_object, placed.remote_field) if placed else "",
                BEHAVIOURS[placed.behaviour] if placed else "",
                remote_object.name,
                source.key,
            ]
            yield cells, {FIELD: remote_object.name, WRITE: WRITE}


def _kind_words(source: Source) -> str:
    if source.qualifier is None or not source.options:
        return source.type.value
    return "Multiple" if source.multiple else "Single"


def _constant_rows(standing: Standing, lists: _Lists) -> Iterable[Row]:
    """What is there, and an empty line for each field that a new record may not lack."""
    for remote_object in standing.objects.values():
        given = {placed.remote_field for (name, _), placed in standing.rows.items() if name == remote_object.name}
        held = {name: one for (place, name), one in standing.constants.items() if place == remote_object.name}
        required = [
            field.name for field in remote_object.required() if takes_fallback(field) and field.name not in given
        ]
        for name in dict.fromkeys([*held, *required]):
            one, remote = held.get(name), remote_object.fields.get(name)
            cells = [
                remote_object.label,
                field_words(remote_object, name),
                (FALLBACK if one.fallback else CONSTANT) if one else FALLBACK,
                shown_value(one.value, remote) if one else "",
                BEHAVIOURS[one.behaviour] if one and not one.fallback else "",
                remote_object.name,
            ]
            choice = _choice(remote_object, remote, lists) if remote and takes_constants(remote) else {}
            yield cells, {**choice, WRITE: WRITE, KIND: KIND}


def _choice(remote_object: RemoteObject, remote: RemoteField, lists: _Lists) -> dict[str, str]:
    """The options to choose a constant from; several of them are typed."""
    if remote.type is FieldType.BOOLEAN:
        labels = ["Yes", "No"]
    elif remote.type is FieldType.PICKLIST:
        labels = [option.label for option in remote.options if option.active]
    else:
        labels = []
    key = f"constant {remote_object.name} {remote.name}"
    lists.put(key, labels)
    return {VALUE: key} if labels else {}


def _value_rows(standing: Standing, lists: _Lists) -> Iterable[Row]:
    """The values of each qualifier in each object where it goes to options, or to nothing yet."""
    names = standing.qualifier_names()
    options = {source.qualifier.pk for source in standing.sources if source.qualifier and source.options}
    for remote_object in standing.objects.values():
        offered = {source.key for source in standing.offered(remote_object)}
        for pk in (pk for pk in names if pk in options and f"{QUALIFIER_PREFIX}{pk}" in offered):
            placed = standing.rows.get((remote_object.name, f"{QUALIFIER_PREFIX}{pk}"))
            remote = remote_object.fields.get(placed.remote_field) if placed else None
            if remote and not takes_options(remote):
                continue
            key = f"option {remote_object.name} {remote.name}" if remote else ""
            if remote:
                lists.put(key, [option_words(remote, option.value) for option in options_for(remote)])
            for value, label in standing.labels[pk].items():
                cells = [
                    remote_object.label,
                    names[pk],
                    label,
                    field_words(remote_object, placed.remote_field) if placed else "",
                    option_words(remote, standing.values.get((remote_object.name, pk, value), "")),
                    remote_object.name,
                    f"{QUALIFIER_PREFIX}{pk}",
                    str(value),
                ]
                yield cells, {OPTION: key} if key else {}


def _campaign(joined: Joined, standing: Standing) -> list[str]:
    qualifier = joined.status_qualifier
    return [
        joined.name,
        events_text(joined.events, standing.events),
        str(joined.threshold),
        joined.status,
        standing.qualifier_names().get(qualifier, "") if qualifier else "",
        by_value_text(joined.status_by_value, standing.labels.get(qualifier, {})) if qualifier else "",
        joined.kind,
        joined.remote_id,
    ]


# --- The sheets -------------------------------------------------------------------------------------------------------


class _Lists:
    """A hidden sheet with a column for each list that cells are chosen from."""

    def __init__(self, sheet: Worksheet) -> None:
        self.sheet = sheet
        self.ranges: dict[str, str] = {}
        self.put(WRITE, BEHAVIOURS.values(), clear=False)
        self.put(KIND, (CONSTANT, FALLBACK), clear=False)

    def put(self, key: str, entries: Iterable[str], *, clear: bool = True) -> None:
        entries = list(entries)
        if key in self.ranges or not entries:
            return
        column = len(self.ranges) + 1
        entries = [*([CLEAR] if clear else []), *entries]
        for position, entry in enumerate(entries, start=1):
            _write(self.sheet.cell(position, column), entry)
        letter = get_column_letter(column)
        self.ranges[key] = f"'{LISTS}'!${letter}$1:${letter}${len(entries)}"


def _sheet(book: Workbook, sheet: Sheet, rows: Iterable[Row], lists: _Lists) -> None:
    made = book.create_sheet(sheet.title)
    for position, column in enumerate(sheet.columns, start=1):
        cell = made.cell(1, position)
        _write(cell, column.name)
        cell.font, cell.fill = _HEADER, _PLANNED if column.planned else _KNOWN
        made.column_dimensions[get_column_letter(position)].width = column.width
    chosen: dict[tuple[str, str], list[int]] = {}
    last = 1
    for last, (cells, choices) in enumerate(rows, start=2):
        for position, (column, text) in enumerate(zip(sheet.columns, cells, strict=True), start=1):
            cell = made.cell(last, position)
            # Text, or the spreadsheet makes a day of 1-2 and drops the noughts in front of a number.
            cell.number_format = "@"
            if text:
                _write(cell, text)
            if not column.planned:
                cell.font = _QUIET
            if column.name in choices and choices[column.name] in lists.ranges:
                chosen.setdefault((get_column_letter(position), choices[column.name]), []).append(last)
    made.freeze_panes = "A2"
    made.auto_filter.ref = f"A1:{get_column_letter(len(sheet.columns))}{last}"
    for (letter, key), numbers in chosen.items():
        spare = range(last + 1, last + 1 + SPARE) if key in (WRITE, KIND) else ()
        _offer(made, lists.ranges[key], letter, [*numbers, *spare])


def _offer(sheet: Worksheet, formula: str, letter: str, numbers: Sequence[int]) -> None:
    """Offer a list in these rows; something else may be typed, such as a field that is still to be made."""
    offer = DataValidation(type="list", formula1=formula, allow_blank=True, showErrorMessage=False)
    first = numbers[0]
    for number, following in zip(numbers, [*numbers[1:], 0], strict=True):
        if following != number + 1:
            offer.add(f"{letter}{first}:{letter}{number}")
            first = following
    sheet.add_data_validation(offer)


def _write(cell: Cell | MergedCell, text: str) -> None:
    cell.value = ILLEGAL_CHARACTERS_RE.sub("", text)
    # openpyxl takes what begins with = for a formula, and a spreadsheet what is typed over it.
    cell.data_type, cell.quotePrefix = "s", text.startswith(("=", "+", "-", "@"))


def _how_to(sheet: Worksheet, standing: Standing, account: str) -> None:
    where = f"{standing.vendor}, {account}" if account else standing.vendor
    lines = [
        f"Mapping plan for {where}",
        "",
        "Fill in the coloured columns with your colleagues. Then import this file: Mapping tab, Mapping plan.",
        "The import shows every difference first. Nothing changes before you choose Apply.",
        "",
        "An empty cell and a line that is not there change nothing.",
        f"{CLEAR} in a cell empties that row: under {FIELD}, {OPTION}, or the {VALUE} of a constant. "
        "For a campaign under Events: that takes it off the list.",
        "Choose from the lists, or type: a field by its label, its API name, or both as in Lead Rating (Rating).",
        "A field that is still to be made may stand here. Its line is refused until the field is there and the fields "
        "are refreshed.",
        "",
        f"{FIELDS.title}: one line for each Mobly field and object. {WRITE}: {' or '.join(BEHAVIOURS.values())}.",
        f"{CONSTANTS.title}: a {CONSTANT} goes into every record, a {FALLBACK} only into new records of leads without "
        "a value. Add lines for more.",
        f"{QUALIFIERS.title}: one line for each qualifier and object. A qualifier that gets another field forgets the "
        "options of its values.",
        f"{VALUES.title}: one line for each value of a qualifier, with its option in the CRM.",
        *([_CAMPAIGN_WORDS] if standing.campaigns_known else []),
        "",
        "Sort, filter and add columns of your own as you like. Keep the names of the sheets and of these columns.",
        "Keys, ids and API names say which line is meant, also when a label changes: leave them as they are.",
        "Formulas are not calculated: put the value itself.",
    ]
    for position, text in enumerate(lines, start=1):
        _write(sheet.cell(position, 1), text)
        sheet.cell(position, 1).alignment = Alignment(wrap_text=True, vertical="top")
    sheet.cell(1, 1).font = Font(bold=True, size=14)
    sheet.column_dimensions["A"].width = 110


_CAMPAIGN_WORDS = (
    "Campaigns: events by their names, joined by semicolons. Status by value: Hot → Responded; Cold → Sent. "
    "For a new campaign its name is enough, where only one is called so."
)
