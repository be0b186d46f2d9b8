"""The customer's own instructions, "Connecting a CRM", step by step: what an admin clicks and what is there then."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Locator, Page, expect

from integrations.models import FieldMapping, Integration
from leads.models import Event, Organization, Qualifier, User
from tests.browser.visitor import (
    NAMES,
    TABS,
    capture,
    connect,
    connected,
    follow,
    follow_list,
    follow_tab,
    meet,
    open_tab,
    pick,
    settled,
)
from tests.vendors import SandboxVendor
from tests.workers import WorkerProcess, wait_for

CAMPAIGN = "Automate Summit 2026 visitors"
SCORES = ("Hot", "Warm", "Cold")


@dataclass(frozen=True)
class Crm:
    """What this walk needs to know about one vendor. `status` is picked where its campaigns have member statuses. On
    the vendor's record page `shown` names what the capture form asks for, and the row `joined` says the `membership`.
    """

    key: str
    sandbox: SandboxVendor
    persona: str
    objects: tuple[str, ...]
    rating: str
    membership: str
    campaign: str = CAMPAIGN
    joined: str = CAMPAIGN
    status: str = ""
    notice: str = ""
    shown: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return NAMES[self.key]


def salesforce(sandbox: SandboxVendor) -> Crm:
    sandbox.seed("Campaign", Name=CAMPAIGN, IsActive=True)
    shown = {"Job Title": "Title"}
    return Crm("salesforce", sandbox, "Lead", ("Lead",), "Rating", "Responded", status="Responded", shown=shown)


def hubspot(sandbox: SandboxVendor) -> Crm:
    rating = {"name": "rating", "label": "Rating", "type": "enumeration", "fieldType": "select", "options": SCORES}
    sandbox.change_schema("contacts", add=[rating])
    return Crm("hubspot", sandbox, "contacts", ("Contact", "Company"), "Rating", "Member")


def pipedrive(sandbox: SandboxVendor) -> Crm:
    """It has no campaigns: an option of a field stands in for one."""
    return Crm(
        "pipedrive",
        sandbox,
        "persons",
        ("Person", "Organization"),
        "Lead temperature",
        membership="Automate Summit 2026",
        campaign="Events attended: Automate Summit 2026",
        joined="Events attended",
        notice="Pipedrive has no campaigns. Choose a label, or an option",
        shown={"First Name": "First name", "Last Name": "Last name", "Email": "Emails", "Job Title": "Mobly Job Title"},
    )


def zoho(sandbox: SandboxVendor) -> Crm:
    sandbox.seed("Campaigns", Campaign_Name=CAMPAIGN, Status="Active")
    score = {"api_name": "Lead_Rating", "field_label": "Lead Rating", "data_type": "picklist", "options": SCORES}
    sandbox.change_schema("Leads", add=[score])
    shown = {"Job Title": "Title"}
    return Crm("zoho", sandbox, "Leads", ("Lead",), "Lead Rating", "Visited Booth", status="Visited Booth", shown=shown)


MAKERS = {make.__name__: make for make in (salesforce, hubspot, pipedrive, zoho)}


@pytest.fixture(params=MAKERS)
def crm(request: pytest.FixtureRequest, fresh_sandbox: Callable[[str], SandboxVendor]) -> Crm:
    return MAKERS[request.param](fresh_sandbox(request.param))


def one_crm(name: str) -> pytest.MarkDecorator:
    """What our own pages do alike for every CRM is looked at with one of them."""
    return pytest.mark.parametrize("crm", [name], indirect=True)


def test_connecting_a_crm_works_as_the_article_says(
    page: Page, crm: Crm, worker: WorkerProcess, summit: Event, lead_score: Qualifier
) -> None:
    connect_the_integration(page, crm)
    configure_the_mapping(page, crm)
    configure_the_qualifier(page, crm)
    configure_the_campaign(page, crm, summit)
    choose_the_sync_mode(page)
    verify_that_it_works(page, crm, summit)
    pause_and_go_on(page, crm)
    disconnect_and_reconnect(page, crm)

    assert len(crm.sandbox.records(crm.persona)) == 2


def connect_the_integration(page: Page, crm: Crm) -> None:
    page.goto("/")
    follow(page, page.get_by_role("navigation", name="Main").get_by_role("link", name="Integrations"))
    category = page.get_by_role("region", name="CRM")
    expect(category.locator(f"#card-{crm.key}")).to_have_attribute("data-state", "off")
    follow(page, category.get_by_role("link", name=crm.name, exact=True))
    expect(page.locator("nav.tabs a")).to_have_text([re.compile(f"^{tab}") for tab in TABS])

    connect(page, crm.key)

    expect(page.locator("#nothing-mapped")).to_contain_text("No lead flows before one Persona field is mapped.")
    expect_connected(page.locator("#head-state"))
    follow(page, page.get_by_role("navigation", name="Main").get_by_role("link", name="Integrations"))
    expect_connected(page.locator(f"#card-{crm.key}"))
    follow(page, page.get_by_role("link", name=crm.name, exact=True))


def expect_connected(part: Locator) -> None:
    expect(part.locator(".badge")).to_have_text("Connected")
    expect(part.locator(".badge use")).to_have_attribute("href", "#i-globe")


def configure_the_mapping(page: Page, crm: Crm) -> None:
    """Set Defaults says what the CRM lacks; made there by a click, each takes its row."""
    follow_tab(page, "Mapping")
    for remote in crm.objects:
        section = page.get_by_role("region", name=remote, exact=True)
        section.get_by_role("button", name="Set Defaults").click()
        expect(section).to_contain_text("Set Defaults filled")
        settled(page)
        section.get_by_role("link", name="Create recommended fields").click()
        drawer = page.get_by_role("complementary", name="Create recommended fields")
        drawer.get_by_role("button", name="Create").click()
        expect(section).to_contain_text(f"{remote} has")
        expect(drawer).to_have_count(0)
        settled(page)
    expect(page.get_by_role("combobox", name="Mobly Lead ID", exact=True).first).not_to_have_value("")


def configure_the_qualifier(page: Page, crm: Crm) -> None:
    follow_tab(page, "Qualifiers")
    section = page.get_by_role("region", name="Lead Score")
    pick(page, section.get_by_role("combobox").first, crm.rating)
    section.get_by_role("button", name="Accept 2 exact matches").click()
    expect(section).to_contain_text("2 values are mapped to the options of the same name.")
    settled(page)
    section.get_by_label(re.compile("^Option for Medium")).first.select_option("Warm")
    # The field, picked a moment ago, may still say Saved as well.
    settled(page)
    expect(section).to_contain_text("Saved")


def configure_the_campaign(page: Page, crm: Crm, event: Event) -> None:
    follow_tab(page, "Campaigns")
    expect(page.locator("#campaigns-notice")).to_contain_text(crm.notice)
    page.get_by_role("link", name="New Campaign").click()
    drawer = page.get_by_role("complementary", name="New Campaign")
    drawer.get_by_role("radio", name=crm.campaign).check()
    settled(page)
    drawer.get_by_role("checkbox", name=event.name).check()
    expect(drawer.get_by_role("combobox", name="Member status")).to_have_count(1 if crm.status else 0)
    if crm.status:
        drawer.get_by_role("combobox", name="Member status").select_option(crm.status)
    drawer.get_by_role("button", name="Create").click()
    expect(page.get_by_role("row", name=crm.campaign)).to_contain_text(event.name)
    settled(page)


def choose_the_sync_mode(page: Page) -> None:
    follow_tab(page, "Connect")
    for mode in ("Manual", "Automatic"):
        page.locator("#mode").get_by_role("radio", name=mode).check()
        expect(page.locator("#mode")).to_contain_text("Saved at")
        expect(page.locator("#head-state")).to_contain_text(mode)
        settled(page)


def verify_that_it_works(page: Page, crm: Crm, event: Event) -> None:
    person = {"First Name": "Tomás", "Last Name": "O'Brien", "Email": "tomas@isarwerk.example"}
    more = {"Job Title": "Head of “Packing”", "Company Name": "Isarwerk GmbH"}
    capture(page, {**person, **more}, event=event.name, picked={"Lead Score": "Medium"})
    open_tab(page, crm.key, "reconciliation")
    follow_list(page, "Cleared")
    row = page.get_by_role("row", name="Tomás O'Brien")
    with page.expect_popup() as opened:
        row.get_by_role("link", name=f"opens {crm.name}").click()

    record = opened.value
    for label, value in {**person, "Job Title": more["Job Title"], crm.rating: "Warm"}.items():
        expect(record.get_by_role("row", name=f"{crm.shown.get(label, label)} ").first).to_contain_text(value)
    expect(record.get_by_role("row", name=crm.joined)).to_contain_text(crm.membership)
    record.close()


def pause_and_go_on(page: Page, crm: Crm) -> None:
    open_tab(page, crm.key, "connect")
    page.get_by_role("button", name="Disable").click()
    expect(page.locator("#head-state .badge")).to_have_text("Disabled")
    capture(page, {"First Name": "Ana", "Last Name": "Lopes", "Email": "ana@x.example", "Company Name": "Fabrica"})
    page.goto("/integrations/")
    expect(page.locator(f"#card-{crm.key} .badge")).to_have_text("Disabled")
    open_tab(page, crm.key, "reconciliation")
    follow_list(page, "Pre-Sync")
    expect(page.get_by_role("row", name="Ana Lopes")).to_contain_text("Paused")

    open_tab(page, crm.key, "connect")
    page.get_by_role("button", name="Enable").click()
    expect_connected(page.locator("#head-state"))
    follow_tab(page, "Reconciliation")
    follow_list(page, "Cleared")
    expect(page.get_by_role("row", name="Ana Lopes")).to_be_visible()


def disconnect_and_reconnect(page: Page, crm: Crm) -> None:
    mapped = FieldMapping.objects.count()
    follow_tab(page, "Connect")
    page.get_by_role("button", name="Disconnect", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Disconnect").click()
    expect(page.locator("#head-state .badge")).to_have_text("Disconnected")
    page.goto("/integrations/")
    expect(page.locator(f"#card-{crm.key}")).to_have_attribute("data-state", "off")
    follow(page, page.get_by_role("link", name=crm.name, exact=True))

    connect(page, crm.key)

    expect_connected(page.locator("#head-state"))
    follow_tab(page, "Mapping")
    expect(page.get_by_role("combobox", name="Email", exact=True).first).not_to_have_value("")
    assert FieldMapping.objects.count() == mapped


@one_crm("pipedrive")
def test_in_manual_mode_a_lead_is_frozen_until_it_is_pushed(
    page: Page, crm: Crm, worker: WorkerProcess, organization: Organization, mara: User
) -> None:
    integration = connected(crm.sandbox, organization=organization, admin=mara)
    open_tab(page, crm.key, "connect")
    page.locator("#mode").get_by_role("radio", name="Manual").check()
    expect(page.locator("#mode")).to_contain_text("Saved at")
    for name in ("Ana", "Rui"):
        meet(organization, mara, email=f"{name}@x.example", first_name=name, last_name="Lopes", company_name="Fabrica")

    open_tab(page, crm.key, "reconciliation")
    follow_list(page, "Pre-Sync")
    expect(page.get_by_role("row", name="Rui Lopes")).to_contain_text("Frozen")
    page.get_by_role("checkbox", name="Select Ana Lopes").check()
    page.get_by_role("region", name="Selection").get_by_role("button", name="Push").click()

    expect(page.locator("#messages")).to_contain_text("1 lead is on the way.")
    expect(page.get_by_role("row", name="Ana Lopes")).to_have_count(0)
    expect(page.get_by_role("row", name="Rui Lopes")).to_contain_text("Frozen")
    assert [record.lead.first_name for record in integration.sync_records.cleared()] == ["Ana"]


@one_crm("zoho")
def test_a_revoked_app_needs_attention_and_connect_resumes(
    page: Page, crm: Crm, worker: WorkerProcess, organization: Organization, mara: User
) -> None:
    connected(crm.sandbox, organization=organization, admin=mara)
    crm.sandbox.faults(revoked_app=True)
    meet(organization, mara, email="ana@x.example", first_name="Ana", last_name="Lopes", company_name="Fabrica")
    wait_for(lambda: Integration.objects.get().status == Integration.Status.NEEDS_ATTENTION, "the integration to pause")

    page.goto("/integrations/")
    expect(page.locator(f"#card-{crm.key} .badge")).to_have_text("Needs attention")
    open_tab(page, crm.key, "reconciliation")
    follow_list(page, "Pre-Sync")
    expect(page.get_by_role("row", name="Ana Lopes")).to_contain_text("Needs attention")
    follow_tab(page, "Connect")
    expect(page.locator("#connection")).to_contain_text(f"{crm.name} no longer accepts our credentials.")
    connect(page, crm.key)

    expect_connected(page.locator("#head-state"))
    follow_tab(page, "Reconciliation")
    follow_list(page, "Cleared")
    expect(page.get_by_role("row", name="Ana Lopes")).to_be_visible()
