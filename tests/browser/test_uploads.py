"""A list of people goes from a spreadsheet's file to leads, as a person does it: whatever the spreadsheet wrote."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from leads.models import Event, Lead, User
from tests.browser.visitor import settled
from tests.workers import WorkerProcess

HEADER = ("first name", "surname", "E-Mail-Adresse", "Firma", "Notes", "badge_no")
PLAIN = (
    ("Siobhán", "O'Brien", "siobhan@isarwerk.example", 'Packing, "Wrapping"; & Söhne', "100 % sure", "1"),
    ("Karl", "Adler", "", "Isarwerk GmbH", "no e-mail yet", "2"),
)
WIDE = (
    ("אברהם", "כהן", "avi@x.example", "חברת רובוטים", "right to left", "3"),
    ("Ana 🤖", "Lopes", "ana@x.example", "Fábrica 🏭", "two\nlines", "4"),
    ("محمد", "السيد", "m@x.example", "شركة", "“quotes” \\ backslash", "5"),
)
TO_FIX = ("Matthias", "Brandl", "m.brandl@isarwerk", "Isarwerk GmbH", "", "6")
TO_LEAVE = ("Oluwaseun", "Adeyemi", "o.adeyemi@", "Lagos Pack", "", "7")
# As three spreadsheets write it. Every encoding with every delimiter and line end is read in `tests/leads`.
FORMATS = [
    ("utf-8-sig", "\r\n", ";", WIDE),
    ("utf-16", "\r\n", "\t", WIDE),
    ("cp1252", "\r", ",", ()),
]


@pytest.fixture
def page(windows: Callable[..., Page], tom: User) -> Page:
    """Tom's browser: a Rep may upload."""
    return windows(tom)


@pytest.fixture
def sheet(tmp_path: Path) -> Callable[..., Path]:
    def write(*rows: tuple[str, ...], encoding: str = "utf-8", newline: str = "\r\n", delimiter: str = ",") -> Path:
        text = io.StringIO()
        csv.writer(text, delimiter=delimiter, lineterminator=newline).writerows((HEADER, *rows))
        path = tmp_path / "attendees.csv"
        path.write_bytes(text.getvalue().encode(encoding))
        return path

    return write


def read(page: Page, file: Path) -> None:
    """Choose the file and go on to its columns and rows."""
    page.goto("/uploads/")
    page.get_by_label("CSV file").set_input_files(file)
    with page.expect_navigation():
        page.get_by_role("button", name="Read the file").click()
    expect(page.get_by_role("heading", name="Columns", exact=True)).to_be_visible()


def bar_says(page: Page, words: str) -> None:
    expect(page.get_by_role("region", name="Import", exact=True)).to_contain_text(words)


def imported(page: Page) -> dict[str, str]:
    """The summary once the import is through."""
    expect(page.get_by_role("heading", name="Imported")).to_be_visible()
    facts = page.locator("#job dl > div")
    return {fact.locator("dt").inner_text(): fact.locator("dd").inner_text() for fact in facts.all()}


@pytest.mark.parametrize(("encoding", "newline", "delimiter", "wide"), FORMATS, ids=lambda value: repr(value)[:12])
def test_every_row_arrives_as_it_was_written_and_bad_ones_are_fixed_or_left_out(
    page: Page,
    sheet: Callable[..., Path],
    worker: WorkerProcess,
    summit: Event,
    encoding: str,
    newline: str,
    delimiter: str,
    wide: tuple[tuple[str, ...], ...],
) -> None:
    people = [*wide, *PLAIN]
    rows = (*people, people[0], TO_FIX, TO_LEAVE)
    read(page, sheet(*rows, encoding=encoding, newline=newline, delimiter=delimiter))
    expect(page.locator("#matched")).to_contain_text("5 of 6 matched")
    for cell in people[0][:2]:
        expect(page.get_by_role("region", name="Preview, scrolls sideways")).to_contain_text(cell)
    bar_says(page, f"{len(people) + 1} rows are ready: {len(people)} new, 0 known. 2 to fix. 1 is in the file twice.")

    fixed, left = len(rows), len(rows) + 1
    page.get_by_label(f"Email in row {fixed}").fill("m.brandl@isarwerk.example")
    page.get_by_label(f"Email in row {fixed}").press("Tab")
    expect(page.locator(f"#row-{fixed}")).to_contain_text("Fixed")
    page.get_by_role("button", name=f"Leave out row {left}").click()
    expect(page.locator(f"#row-{left}")).to_contain_text("Left out")
    settled(page)
    page.get_by_label("Event the people were met at").select_option(summit.name)
    page.get_by_role("button", name="Import ").click()

    counts = imported(page)
    assert (counts["New leads"], counts["Rows left out"]) == (str(len(people) + 1), "1")
    arrived = Lead.objects.values_list("first_name", "last_name", "email", "company_name", "description")
    expected = {row[:5] for row in people} | {(*TO_FIX[:2], "m.brandl@isarwerk.example", *TO_FIX[3:5])}
    assert set(arrived) == expected


def test_the_same_file_again_makes_no_lead_twice(
    page: Page, sheet: Callable[..., Path], worker: WorkerProcess, summit: Event
) -> None:
    file = sheet(*PLAIN, *WIDE)
    for ready in ("5 rows are ready: 5 new, 0 known.", "5 rows are ready: 0 new, 5 known."):
        read(page, file)
        bar_says(page, ready)
        page.get_by_label("Event the people were met at").select_option(summit.name)
        page.get_by_role("button", name="Import 5").click()
        counts = imported(page)

    assert (counts["New leads"], counts["Captured before, nothing to do"]) == ("0", "5")
    assert Lead.objects.count() == 5


def test_a_column_is_corrected_without_the_page_losing_its_place(page: Page, sheet: Callable[..., Path]) -> None:
    read(page, sheet(*PLAIN))
    page.console.expect("422")  # type: ignore[attr-defined]
    badge = page.get_by_label("Mobly field for badge_no")

    badge.focus()
    badge.select_option("Email")
    expect(page.locator("#match-5")).to_contain_text("Email is column “E-Mail-Adresse” already. This one is left out.")
    expect(badge).to_be_focused()
    settled(page)
    badge.select_option("Job Title")

    expect(page.locator("#match-5")).to_contain_text("Chosen")
    expect(page.get_by_role("columnheader", name="Job Title")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Mobly field for badge_no")).to_have_value("job_title")


def test_a_new_event_is_named_only_when_it_is_wanted(
    page: Page, sheet: Callable[..., Path], worker: WorkerProcess
) -> None:
    read(page, sheet(*PLAIN))

    expect(page.get_by_label("Name of the new event")).to_be_hidden()
    page.get_by_label("Event the people were met at").select_option("New event …")
    page.get_by_label("Name of the new event").fill("Factory Days")
    page.get_by_role("button", name="Import 2").click()

    assert imported(page)["New leads"] == "2"
    assert Event.objects.get().name == "Factory Days"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.csv", b"", "empty"),
        ("photo.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x01", "not a CSV"),
        ("header.csv", b"first name,email\r\n", "no row"),
    ],
)
def test_a_file_that_is_no_list_is_refused_in_words(
    page: Page, tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    page.goto("/uploads/")
    page.console.expect("422")  # type: ignore[attr-defined]
    page.get_by_label("CSV file").set_input_files(file)
    page.get_by_role("button", name="Read the file").click()

    expect(page.locator("#id_file_error")).to_contain_text(words)
