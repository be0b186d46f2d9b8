"""The pictures of the README, taken of a lively demo: `make shots`.

Starts a stack of its own, connects two organizations to the two simulated vendors, lets a show floor of leads through
(some fail, some wait), and photographs a handful of screens into `docs/images`.
"""

from __future__ import annotations

import csv
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mobly_sync.settings")
django.setup()

from django.conf import settings  # noqa: E402 -- everything below needs the setup above
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402
from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402

from integrations import campaigns, mapping, qualifiers  # noqa: E402
from integrations.models import Integration  # noqa: E402
from leads.capture import capture_lead  # noqa: E402
from leads.engagements import log_engagement  # noqa: E402
from leads.events import save_event  # noqa: E402
from leads.models import Event, Lead, Member, Organization, User  # noqa: E402
from leads.uploads.intake import take_in  # noqa: E402
from mobly_sync.stack.stack import ROOT, Stack  # noqa: E402
from reconciliation.models import SyncRecord  # noqa: E402
from tests.browser.visitor import at_rest, connected  # noqa: E402
from tests.chromium import chromium_path  # noqa: E402
from tests.vendors import SandboxVendor  # noqa: E402

OUT = ROOT / "docs" / "images"
PEOPLE = ROOT / "leads" / "data" / "demo-leads.csv"
DESKTOP, PHONE = (1280, 800), (390, 844)
MOST_BYTES = 200_000
FIELDS = {
    "First Name": "first_name",
    "Last Name": "last_name",
    "Email": "email",
    "Job Title": "job_title",
    "Company": "company_name",
    "Website": "company_website",
    "Phone": "phone_number",
    "City": "company_city",
}
REGISTRATIONS = """First name;Surname;E-Mail;Firma;Position;Badge no
Matthias;Brandl;m.brandl@isarwerk.example;Isarwerk GmbH;Head of Packing;20419
Ana;Lopes;a.lopes@fabrica.example;Fabrica;Line Engineer;20420
Karl;Adler;k.adler@isarwerk;Isarwerk GmbH;Buyer;20421
Siobhán;O'Brien;siobhan@dunlin.example;Dunlin & Sons;COO;20422
Oluwaseun;Adeyemi;o.adeyemi@;Lagos Pack;Owner;20423
"""


# --- The demo ---------------------------------------------------------------------------------------------------------


def fill_salesforce(sandbox: SandboxVendor, mara: User) -> None:
    """Halden Robotics in the last afternoon of a show: most leads cleared, some failed for four causes, a few wait."""
    organization = Organization.objects.get(slug="halden-robotics")
    summit = organization.events.get(name="Automate Summit 2026")
    score = organization.qualifiers.get(name="Lead Score")
    sandbox.add_recommended_fields()
    sandbox.seed("Campaign", Name="Automate Summit 2026 visitors", IsActive=True)
    integration = connected(sandbox, organization=organization, admin=mara)
    mapping.map_field(
        integration=integration,
        object_name="Lead",
        source_key=f"qualifier:{score.pk}",
        remote_field="Rating",
        by=mara,
    )
    qualifiers.accept_exact(integration=integration, qualifier_id=score.pk, by=mara)
    rule = "Students are looked after by the academy team."
    sandbox.faults(validation_rule=rule, validation_rule_field="Title", validation_rule_pattern="^(?!Student).*")
    campaigns.save_campaign(
        integration=integration,
        campaign=campaigns.search(integration=integration, query="visitors")[0],
        events=[summit],
        threshold=1,
        by=mara,
    )
    values = {value.label: value.pk for value in score.values.all()}
    for number, person in enumerate(people()):
        if number % 9 == 4:
            person |= {"company_name": "", "company_website": "", "email": f"{person['first_name']}{number}@gmail.com"}
        if number % 13 == 6:
            person["job_title"] = "Student"
        label = "Medium" if number % 6 == 1 else ("Hot", "Cold")[number % 2]
        scan(organization, summit, mara, person, minutes=4 * (40 - number), answers={score.pk: [values[label]]})
    scan(organization, summit, mara, {**person, "email": "long@x.example", "first_name": "Anneliese " * 9}, minutes=3)
    until(at_rest)
    note_for_the_first(integration, summit, mara)
    sandbox.faults(rate_limit_next=1, rate_limit_retry_after=600)
    for number, person in enumerate(people()[:6]):
        scan(organization, summit, mara, {**person, "email": f"late{number}@kestrel.example", "last_name": "Novak"})
    until(lambda: SyncRecord.objects.filter(cause="RATE_LIMITED").exists())


def note_for_the_first(integration: Integration, summit: Event, mara: User) -> None:
    """The lead whose story is shown: met twice, with a note, sent twice."""
    record = integration.sync_records.cleared().order_by("pk")[0]
    log_engagement(lead=record.lead, kind="note", notes="Wants a quote for two palletizers before Christmas.", by=mara)
    scan(integration.organization, summit, mara, {"email": record.lead.email}, minutes=1)
    until(at_rest)


def fill_hubspot(sandbox: SandboxVendor) -> User:
    """Linden Pack, a second organization with the other vendor. Answers its Admin."""
    organization = Organization.objects.create(name="Linden Pack", slug="linden-pack")
    jonas = User.objects.create_user("jonas@linden.example", first_name="Jonas", last_name="Weidel")
    Member.objects.create(organization=organization, user=jonas, role=Member.Role.ADMIN)
    event = save_event(organization=organization, name="Packaging Expo West")
    sandbox.add_recommended_fields()
    connected(sandbox, organization=organization, admin=jonas)
    for number, person in enumerate(people()[:12]):
        scan(organization, event, jonas, person, minutes=7 * number)
    until(at_rest)
    return jonas


def people() -> list[dict[str, str]]:
    with PEOPLE.open(encoding="utf-8") as file:
        return [{FIELDS[name]: value for name, value in row.items() if name in FIELDS} for row in csv.DictReader(file)]


def scan(
    organization: Organization, event: Event, by: User, person: dict[str, str], *, minutes: int = 0, **more: Any
) -> Lead:
    at = timezone.now() - timedelta(minutes=minutes)
    said = {"source": "badge_scan", "event": event, "by": by, "at": at, **more}
    return capture_lead(organization=organization, person=person, **said).lead


def until(happened: Callable[[], bool], seconds: float = 180) -> None:
    end = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > end:
            raise SystemExit("The demo's leads did not come to rest.")
        time.sleep(0.2)


# --- The pictures -----------------------------------------------------------------------------------------------------


class Camera:
    """One browser at the demo; each picture is taken in a fresh window of one person."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.browser, self.address = browser, address

    @contextmanager
    def window(self, user: User, name: str, size: tuple[int, int] = DESKTOP, scheme: Any = "light") -> Iterator[Page]:
        """What stands in the window at the end of the block becomes `name`.png."""
        context = self.browser.new_context(
            base_url=self.address,
            viewport={"width": size[0], "height": size[1]},
            color_scheme=scheme,
            reduced_motion="reduce",
        )
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": self.address}])
        page = context.new_page()
        yield page
        page.wait_for_load_state("networkidle")
        path = OUT / f"{name}.png"
        page.screenshot(path=path)
        context.close()
        size_in_bytes = path.stat().st_size
        if size_in_bytes > MOST_BYTES:
            raise SystemExit(f"{path} has {size_in_bytes:,} bytes; pictures of the README stay under {MOST_BYTES:,}.")
        sys.stdout.write(f"{path.relative_to(ROOT)} {size_in_bytes // 1000} kB\n")


def take_pictures(camera: Camera, mara: User, jonas: User) -> None:
    for name, scheme in (("reconciliation", "light"), ("reconciliation-dark", "dark")):
        with camera.window(mara, name, (1280, 960), scheme) as page:
            page.goto("/integrations/salesforce/reconciliation/")
    with camera.window(mara, "connect") as page:
        page.goto("/integrations/salesforce/")
        page.get_by_role("button", name="Run again").click()
        page.get_by_text("are fine").wait_for()
    with camera.window(jonas, "mapping") as page:
        page.goto("/integrations/hubspot/mapping/")
    with camera.window(mara, "lead", (1280, 960)) as page:
        told = SyncRecord.objects.filter(lead__engagements__isnull=False).select_related("lead")[0]
        page.goto(f"/leads/{told.lead.uid}/")
        page.get_by_text("What was sent and answered").first.click()
        page.locator("#attempts pre").first.wait_for()
    with camera.window(mara, "upload", (1280, 960)) as page:
        upload = take_in(
            organization=Organization.objects.get(slug="halden-robotics"),
            by=mara,
            filename="registrations.csv",
            data=REGISTRATIONS.encode("cp1252"),
        )
        page.goto(f"/uploads/{upload.uid}/")
    with camera.window(mara, "capture-phone", PHONE) as page:
        page.goto("/capture/")
        for label, value in (("First Name", "Tomás"), ("Last Name", "Ferreira"), ("Email", "tomas@isarwerk.example")):
            page.get_by_label(label, exact=True).fill(value)


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, Stack(data, web_port=0, sandbox_port=0, demo=True) as stack:
        mara = User.objects.get(email="mara@halden.example")
        sandboxes = {name: SandboxVendor(name, vendor["url"]) for name, vendor in stack.vendors.items()}
        fill_salesforce(sandboxes["salesforce"], mara)
        jonas = fill_hubspot(sandboxes["hubspot"])
        # Playwright runs an event loop in this thread; Django's guard would take every query for a coroutine's.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox"])
            take_pictures(Camera(browser, stack.address), mara, jonas)
            browser.close()


if __name__ == "__main__":
    main()
