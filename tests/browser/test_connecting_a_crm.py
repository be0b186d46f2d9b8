"""The customer's own instructions, "Connecting a CRM", step by step: what an admin clicks and what stands there then."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from integrations.models import FieldMapping
from leads.models import Event, Qualifier, User
from tests.browser.visitor import NAMES, TABS, capture, connect, follow, follow_list, follow_tab, open_tab, pick, settled
from tests.vendors import SandboxVendor
from tests.workers import WorkerProcess

CAMPAIGN = "Automate Summit 2026 visitors"


@dataclass(frozen=True)
class Crm:
    """What this walk needs to know about one vendor."""

    key: str
    sandbox: SandboxVendor
    persona: str
    objects: tuple[str, ...]
    rating: str
    title: str
    membership: str

    @property
    def name(self) -> str:
        return NAMES[self.key]


def salesforce(sandbox: SandboxVendor) -> Crm:
    sandbox.add_recommended_fields()
    sandbox.seed("Campaign", Name=CAMPAIGN, IsActive=True)
    return Crm("salesforce", sandbox, "Lead", ("Lead", "Contact"), "Rating", "Title", "Responded")


def hubspot(sandbox: SandboxVendor) -> Crm:
    sandbox.add_recommended_fields()
    rating = {"name": "rating", "label": "Rating", "type": "enumeration", "fieldType": "select"}
    sandbox.change_schema("contacts", add=[{**rating, "options": ["Hot", "Warm", "Cold"]}])
    return Crm("hubspot", sandbox, "contacts", ("Contact", "Company"), "Rating", "Job Title", "Member")


@pytest.fixture(params=[salesforce, hubspot], ids=lambda make: make.__name__)
def crm(request: pytest.FixtureRequest) -> Iterator[Crm]:
    sandbox: SandboxVendor = request.getfixturevalue(f"{request.param.__name__}_sandbox")
    return request.param(sandbox)


def badge(page: Page, provider: str) -> str:
    return f"#card-{provider} .badge"


def test_connecting_a_crm_works_as_the_article_says(
    page: Page, crm: Crm, worker: WorkerProcess, summit: Event, lead_score: Qualifier
) -> None:
    # Connect the integration
    page.goto("/")
    follow(page, page.get_by_role("navigation", name="Main").get_by_role("link", name="Integrations"))
    category = page.get_by_role("region", name="CRM")
    expect(category.locator(f"#card-{crm.key}")).to_have_attribute("data-state", "off")
    follow(page, category.get_by_role("link", name=crm.name, exact=True))
    expect(page.locator("nav.tabs a")).to_have_text([re.compile(f"^{tab}") for tab in TABS])
    connect(page, crm.key)
    expect(page.locator("#head-state .badge")).to_have_text("Connected")
    expect(page.locator("#head-state .badge use")).to_have_attribute("href", "#i-globe")
    expect(page.locator("#nothing-mapped")).to_be_visible()
    follow(page, page.get_by_role("navigation", name="Main").get_by_role("link", name="Integrations"))
    expect(page.locator(f"#card-{crm.key} .badge")).to_have_text("Connected")
    expect(page.locator(f"#card-{crm.key} .badge use")).to_have_attribute("href", "#i-globe")
    follow(page, page.get_by_role("link", name=crm.name, exact=True))

    # Field mapping: Set Defaults on each object
    follow_tab(page, "Mapping")
    for remote in crm.objects:
        section = page.get_by_role("region", name=remote, exact=True)
        section.get_by_role("button", name="Set Defaults").click()
        expect(section).to_contain_text("Set Defaults filled")

    # Qualifiers: the field, the exact matches, the one that is left
    follow_tab(page, "Qualifiers")
    section = page.get_by_role("region", name="Lead Score")
    pick(page, section.get_by_role("combobox").first, crm.rating)
    section.get_by_role("button", name="Accept 2 exact matches").click()
    expect(section).to_contain_text("2 values are mapped to the options of the same name.")
    settled(page)
    section.get_by_label(re.compile("^Option for Medium")).first.select_option("Warm")
    expect(section).to_contain_text("Saved")

    # Campaigns: one per event
    follow_tab(page, "Campaigns")
    page.get_by_role("link", name="New Campaign").click()
    drawer = page.get_by_role("complementary", name="New Campaign")
    drawer.get_by_role("radio", name=CAMPAIGN).check()
    settled(page)
    drawer.get_by_role("checkbox", name=summit.name).check()
    if crm.key == "salesforce":
        drawer.get_by_role("combobox", name="Member status").select_option(crm.membership)
    drawer.get_by_role("button", name="Create").click()
    expect(page.get_by_role("row", name=CAMPAIGN)).to_contain_text(summit.name)

    # Sync mode
    follow_tab(page, "Connect")
    mode = page.locator("#mode")
    mode.get_by_label("Manual", exact=False).check()
    expect(mode).to_contain_text("Saved at")
    mode.get_by_label("Automatic", exact=False).check()
    expect(page.locator("#head-state")).to_contain_text("Automatic")

    # Verify the connection works
    person = {"First Name": "Tomás", "Last Name": "O'Brien", "Email": "tomas@isarwerk.example", "Job Title": "Head of “Packing”"}
    capture(page, {**person, "Company Name": "Isarwerk GmbH"}, event=summit.name, picked={"Lead Score": "Medium"})
    expect(page.get_by_role("heading", name="Tomás O'Brien")).to_be_visible()
    open_tab(page, crm.key, "reconciliation")
    follow_list(page, "Cleared")
    row = page.get_by_role("row", name="Tomás O'Brien")
    expect(row).to_be_visible()

    # Open the CRM
    with page.expect_popup() as opened:
        row.get_by_role("link", name=f"opens {crm.name}").click()
    record = opened.value
    for label, value in (("First Name", "Tomás"), ("Last Name", "O'Brien"), ("Email", person["Email"])):
        expect(record.get_by_role("row", name=label).first).to_contain_text(value)
    expect(record.get_by_role("row", name=f"{crm.title} ").first).to_contain_text("Head of “Packing”")
    expect(record.get_by_role("row", name=crm.rating, exact=False).first).to_contain_text("Warm")
    expect(record.get_by_role("row", name=CAMPAIGN)).to_contain_text(crm.membership)
    record.close()

    # Disable
    open_tab(page, crm.key, "connect")
    page.get_by_role("button", name="Disable").click()
    expect(page.locator("#head-state .badge")).to_have_text("Disabled")
    capture(page, {"First Name": "Ana", "Last Name": "Lopes", "Email": "ana@fabrica.example", "Company Name": "Fabrica"})
    page.get_by_role("heading", name="Ana Lopes").wait_for()
    page.goto("/integrations/")
    expect(page.locator(f"#card-{crm.key} .badge")).to_have_text("Disabled")
    open_tab(page, crm.key, "reconciliation")
    follow_list(page, "Pre-Sync")
    expect(page.get_by_role("row", name="Ana Lopes")).to_contain_text("Paused")

    # Enable
    open_tab(page, crm.key, "connect")
    page.get_by_role("button", name="Enable").click()
    expect(page.locator("#head-state .badge")).to_have_text("Connected")
    follow_tab(page, "Reconciliation")
    follow_list(page, "Cleared")
    expect(page.get_by_role("row", name="Ana Lopes")).to_be_visible()

    # Disconnect
    mapped = FieldMapping.objects.count()
    follow_tab(page, "Connect")
    page.get_by_role("button", name="Disconnect", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Disconnect").click()
    expect(page.locator("#head-state .badge")).to_have_text("Disconnected")
    page.goto("/integrations/")
    expect(page.locator(f"#card-{crm.key}")).to_have_attribute("data-state", "off")

    # Reconnect with the same CRM
    follow(page, page.get_by_role("link", name=crm.name, exact=True))
    connect(page, crm.key)
    expect(page.locator("#head-state .badge")).to_have_text("Connected")
    follow_tab(page, "Mapping")
    expect(page.get_by_role("combobox", name="Email", exact=True).first).not_to_have_value("")
    assert FieldMapping.objects.count() == mapped
    assert len(crm.sandbox.records(crm.persona)) == 2
