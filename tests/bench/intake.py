"""(d) How many meetings a second the capture door takes, and how many rows a second a CSV import."""

from __future__ import annotations

import csv
import io
import time

from leads.capture import capture_lead
from leads.models import Capture, Upload
from leads.uploads import importing, intake
from tests.bench.report import Report
from tests.bench.stage import Case, Stage, until

CASE = Case("intake", "new leads", companies=300)
COLUMNS = {
    "First Name": "first_name",
    "Last Name": "last_name",
    "Email": "email",
    "Job Title": "job_title",
    "Phone": "phone_number",
    "Company": "company_name",
    "Website": "company_website",
}


def measure(stage: Stage, report: Report, *, captures: int, rows: int) -> None:
    vendor = next(iter(stage.vendors))
    world = stage.world("intake")
    stage.connect(world, vendor, CASE)
    with stage.far_away(vendor):
        began = time.monotonic()
        for number in range(captures):
            capture_lead(
                organization=world.organization,
                person=CASE.person(number, "door"),
                source=Capture.Source.BADGE_SCAN,
                event=world.event,
                by=world.admin,
            )
        door = captures / (time.monotonic() - began)
        waiting = world.records.filter(state="waiting")
        until(lambda: not waiting.exists(), waiting.count, "captured leads to be carried", every=0.1)
        taken_in, imported, cleared, calls = _import(stage, world, vendor, rows)
    stage.disconnect(world)
    table = report.table("(d) Taking leads in", "how", "count", "per second", "seconds")
    table.add_row("leads.capture, one meeting each", f"{captures:,}", f"{door:.0f}", f"{captures / door:.1f}")
    table.add_row("CSV: read and checked", f"{rows:,}", f"{rows / taken_in:.0f}", f"{taken_in:.1f}")
    table.add_row("CSV: imported", f"{rows:,}", f"{rows / imported:.0f}", f"{imported:.1f}")
    table.add_row(
        f"CSV: imported, enriched and Cleared in {vendor}", f"{rows:,}", f"{rows / cleared:.0f}", f"{cleared:.1f}"
    )
    report.figures["intake"] = {
        "captures_per_second": door,
        "rows_checked_per_second": rows / taken_in,
        "rows_imported_per_second": rows / imported,
        "rows_cleared_per_second": rows / cleared,
        "import_calls": calls,
        "import_rows": rows,
    }


def _import(stage: Stage, world: object, vendor: str, rows: int) -> tuple[float, float, float, int]:
    """Seconds to read, to import, until all is Cleared; and the calls it took."""
    data = sheet(CASE, rows)
    before = stage.vendors[vendor].stats()["calls"]
    began = time.monotonic()
    upload = intake.take_in(organization=world.organization, by=world.admin, filename="bench.csv", data=data)
    taken_in = time.monotonic() - began
    began = time.monotonic()
    importing.start_import(upload=upload, event=world.event)
    running = Upload.objects.filter(pk=upload.pk).exclude(state=Upload.State.DONE)
    until(lambda: not running.exists(), lambda: Upload.objects.get(pk=upload.pk).done, "the import to end", every=0.05)
    imported = time.monotonic() - began
    waiting = world.records.filter(state="waiting")
    until(lambda: not waiting.exists(), waiting.count, "imported leads to be carried", every=0.05)
    return taken_in, imported, time.monotonic() - began, stage.vendors[vendor].stats()["calls"] - before


def sheet(case: Case, rows: int) -> bytes:
    """A CSV file with a person of the case in each row."""
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(COLUMNS)
    for number in range(rows):
        person = case.person(number, "sheet")
        lines.writerow([person.get(field, "") for field in COLUMNS.values()])
    return text.getvalue().encode()
