"""Files that are no plan, or mean harm: refused in words, whatever they are, and cheaply."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from collections.abc import Callable

import pytest
from openpyxl import Workbook

from integrations.plan.layout import FIELDS, find, named
from integrations.plan.workbook import MOST_BYTES, MOST_ROWS, PlanFileRefused, read_plan
from tests.integrations.planned import saved

HEADER = [column.name for column in FIELDS.columns]
MEGABYTE = 1024 * 1024


def workbook(title: str = "Fields", header: list[str] = HEADER, *rows: list[object]) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in (header, *rows):
        sheet.append(row)
    return saved(book)


def repacked(data: bytes, changed: Callable[[str, bytes], bytes | None], **more: bytes) -> bytes:
    """The zip with other parts: what `changed` answers stands in place of a part, and `more` beside them."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = changed(name, old.read(name))
            if part is not None:
                new.writestr(name, part)
        for name, part in more.items():
            new.writestr(name, part)
    return out.getvalue()


def only(part: str, content: bytes) -> Callable[[str, bytes], bytes | None]:
    return lambda name, data: content if name == part else data


def bomb() -> bytes:
    """Forty megabytes of blanks in forty kilobytes."""
    return repacked(workbook(), only("xl/worksheets/sheet1.xml", b" " * 40 * MEGABYTE))


def many_sheets() -> bytes:
    parts = {f"xl/worksheets/more{number}.xml": b" " * 4 * MEGABYTE for number in range(5)}
    return repacked(workbook(), lambda name, data: data, **parts)


def laughing() -> bytes:
    """Entities that grow tenfold at each step."""
    steps = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 9))
    document = (
        f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "ha">{steps}]>'
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        '<row r="1"><c r="A1" t="inlineStr"><is><t>&a8;</t></is></c></row></sheetData></worksheet>'
    )
    return repacked(workbook(), only("xl/worksheets/sheet1.xml", document.encode()))


def wordy() -> bytes:
    """More text than anybody plans, in few cells."""
    return workbook("Fields", HEADER, *[["Lead", "", "", "x" * 9_900] for _ in range(450)])


REFUSED: list[tuple[str, Callable[[], bytes], str]] = [
    ("nothing", lambda: b"", "is empty"),
    ("a picture", lambda: b"\x89PNG\r\n\x1a\n" + bytes(400), "is a picture"),
    ("an old workbook", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(400), "old .xls file or has a password"),
    ("half a zip", lambda: workbook()[:900], "is damaged, or no workbook at all"),
    (
        "another zip",
        lambda: repacked(workbook(), lambda name, _: None, note=b"hello"),
        "a zip file, but no Excel workbook",
    ),
    ("an .ods", lambda: repacked(workbook(), lambda *_: None, mimetype=b"ods"), "an OpenDocument file"),
    ("macros", lambda: repacked(workbook(), lambda _, data: data, **{"xl/vbaProject.bin": b"x"}), "holds macros"),
    (
        "broken XML",
        lambda: repacked(workbook(), only("xl/worksheets/sheet1.xml", b"<worksheet><sheetData><row")),
        "is damaged",
    ),
    ("no relations", lambda: repacked(workbook(), only("xl/_rels/workbook.xml.rels", b"<a/>")), ""),
    ("a bomb", bomb, "far too large when it is unpacked"),
    ("many large sheets", many_sheets, "far too large when it is unpacked"),
    ("vast styles", lambda: repacked(workbook(), only("xl/styles.xml", b" " * 2 * MEGABYTE)), "far too large"),
    ("entities", laughing, "is damaged"),
    ("very long texts", wordy, "holds more than 4,000,000 characters"),
    (
        "too many rows",
        lambda: workbook("Fields", HEADER, *[["Lead", "Email"]] * (MOST_ROWS + 1)),
        "more than 5,000 rows",
    ),
    ("other sheets", lambda: workbook("Sheet1"), "none of the plan's sheets"),
    ("too many bytes", lambda: b"PK" + bytes(MOST_BYTES), "larger than 4 MB"),
    ("another CSV", lambda: b"First Name,Company\nAna,Fabrica", "are those of no sheet of the plan"),
]


@pytest.mark.parametrize(("data", "words"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_a_file_that_is_no_plan_is_refused_in_words(data: Callable[[], bytes], words: str) -> None:
    made = data()
    tracemalloc.start()
    try:
        with pytest.raises(PlanFileRefused) as refused:
            read_plan(made, filename="plan.xlsx")
        assert tracemalloc.get_traced_memory()[1] < 64 * MEGABYTE
    finally:
        tracemalloc.stop()

    assert words in refused.value.sentence
    assert refused.value.sentence.endswith(".")


def test_a_sheet_with_another_header_is_left_out_and_named() -> None:
    plan = read_plan(workbook("Fields", ["Object", "Where to"], ["Lead", "Email"]), filename="plan.xlsx")

    assert plan.rows == []
    assert plan.notes == [
        "The sheet Fields was not read: no row on top names its columns “Object”, “Mobly field”, “CRM field”."
    ]


def test_columns_are_found_wherever_they_stand_and_cells_read_as_they_are_typed() -> None:
    rows: list[list[object]] = [
        ["Our plan", None, None],
        ["Who", "crm  field", "Mobly Field", "Object", "Write"],
        ["Ana", 12.0, True, "Lead", "=A1"],
        [None, None, None, None, None],
        ["only a note"],
    ]

    plan = read_plan(workbook("fields ", [], *rows), filename="plan.xlsx")

    assert [(row.row, dict(row.cells), row.formulas) for row in plan.rows] == [
        (4, {"CRM field": "12", "Mobly field": "true", "Object": "Lead", "Write": "=A1"}, ("Write",))
    ]


def test_a_name_is_found_by_label_by_api_name_and_by_both() -> None:
    known = [("Rating", "Lead Rating"), ("Rating__c", "Rating"), ("a", "Twice"), ("b", "Twice")]

    assert find("Lead Rating (Rating)", known) == "Rating"
    assert find("lead  rating", known) == "Rating"
    assert find("Rating", known) == "Rating"
    assert find("Once Lead Rating (Rating)", known) == "Rating"
    assert find("Twice (Rating)", known) is None
    assert find("Nothing", known) is None
    assert not isinstance(find("Twice", known), str)
    assert named("Email", "Email") == "Email"
