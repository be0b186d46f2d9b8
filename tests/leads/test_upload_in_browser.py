"""The upload as a person does it, in a real browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, expect, sync_playwright

from leads.models import Event, Lead, Member, Organization, User
from leads.tasks import import_rows

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LIST = (
    "first name;surname;E-Mail-Adresse;Firma;badge_no\r\n"
    "Matthias;Brandl;m.brandl@isarwerk.example;Isarwerk GmbH;20419\r\n"
    "Ana;Lopes;a.lopes@fabrica.example;Fabrica;20420\r\n"
    "Karl;Adler;k.adler@isarwerk;Isarwerk GmbH;20421\r\n"
    "Oluwaseun;Adeyemi;o.adeyemi@;Lagos Pack;20422\r\n"
)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    # Playwright runs an event loop in this thread; Django would take that for asynchronous code.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
    else:
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


@pytest.fixture
def page(chromium: Browser, live_server: Any) -> Iterator[Page]:
    organization = Organization.objects.create(name="Halden Robotics", slug="halden-robotics")
    Event.objects.create(organization=organization, name="Automate Summit 2026")
    tom = User.objects.create_user("tom@halden.example", first_name="Tom")
    Member.objects.create(organization=organization, user=tom, role=Member.Role.REP)
    client = Client()
    client.force_login(tom)
    session = {"name": settings.SESSION_COOKIE_NAME, "value": client.cookies[settings.SESSION_COOKIE_NAME].value}
    context = chromium.new_context(base_url=live_server.url)
    context.add_cookies([{**session, "url": live_server.url}])
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda line: faults.append(line.text) if "Content Security" in line.text else None)
    yield page
    context.close()
    assert faults == []


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "attendees.csv"
    path.write_bytes(LIST.encode("cp1252"))
    return path


def check_accessible(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_a_list_goes_from_file_to_leads(page, sheet):
    page.goto("/uploads/")
    check_accessible(page)
    page.get_by_label("CSV file").set_input_files(sheet)
    page.get_by_role("button", name="Read the file").click()

    expect(page.get_by_text("4 of 5 matched")).to_be_visible()
    bar = page.get_by_role("region", name="Import", exact=True)
    expect(bar).to_contain_text("2 rows are ready: 2 new, 0 known. 2 to fix.")
    check_accessible(page)

    row = page.locator("#row-4")
    row.get_by_label("Email in row 4").fill("k.adler@isarwerk.example")
    row.get_by_label("Email in row 4").press("Tab")
    expect(row).to_contain_text("Fixed")
    expect(page.locator("#messages")).to_contain_text("Row 4 is fixed. 1 left.")
    page.get_by_role("button", name="Leave out row 5").click()
    expect(page.locator("#row-5")).to_contain_text("Left out")
    expect(bar).to_contain_text("3 rows are ready: 3 new, 0 known.")

    page.get_by_label("Event the people were met at").select_option("Automate Summit 2026")
    page.get_by_role("button", name="Import 3").click()
    expect(page.get_by_role("heading", name="Importing")).to_be_visible()
    check_accessible(page)
    import_rows(Organization.objects.get().uploads.get().pk)

    expect(page.get_by_role("heading", name="Imported")).to_be_visible()
    expect(page.locator("#job")).to_contain_text("New leads")
    check_accessible(page)
    assert set(Lead.objects.values_list("email", flat=True)) == {
        "m.brandl@isarwerk.example",
        "a.lopes@fabrica.example",
        "k.adler@isarwerk.example",
    }


def test_a_column_is_corrected_without_the_page_losing_its_place(page, sheet):
    page.goto("/uploads/")
    page.get_by_label("CSV file").set_input_files(sheet)
    page.get_by_role("button", name="Read the file").click()
    badge = page.get_by_label("Mobly field for badge_no")

    badge.focus()
    badge.select_option("Email")
    expect(page.locator("#match-4")).to_contain_text("Email is column “E-Mail-Adresse” already. This one is left out.")
    expect(badge).to_be_focused()
    badge.select_option("Description")

    expect(page.locator("#match-4")).to_contain_text("Chosen")
    expect(page.get_by_role("columnheader", name="Description")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Mobly field for badge_no")).to_have_value("description")


def test_a_new_event_is_named_only_when_it_is_wanted(page, sheet):
    page.goto("/uploads/")
    page.get_by_label("CSV file").set_input_files(sheet)
    page.get_by_role("button", name="Read the file").click()

    expect(page.get_by_label("Name of the new event")).to_be_hidden()
    page.get_by_label("Event the people were met at").select_option("New event …")
    page.get_by_label("Name of the new event").fill("Factory Days")
    page.get_by_role("button", name="Import 2").click()

    expect(page.get_by_role("heading", name="Importing")).to_be_visible()
    assert Event.objects.filter(name="Factory Days").exists()


@pytest.mark.parametrize("width", [390, 1440])
def test_nothing_scrolls_sideways(page, sheet, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.goto("/uploads/")
    page.get_by_label("CSV file").set_input_files(sheet)
    page.get_by_role("button", name="Read the file").click()
    expect(page.get_by_role("heading", name="Rows to fix")).to_be_visible()

    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
