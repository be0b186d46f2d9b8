"""The Qualifiers and Campaigns tabs in a browser: what is swapped, where the focus goes, and what axe says."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from integrations.models import CampaignMapping, Integration, QualifierValueMapping
from leads.models import Event, Lead, Organization, Qualifier
from reconciliation.models import SyncRecord
from tests.browser.test_connect_and_mapping import connect
from tests.browser.visitor import follow, settled
from tests.vendors import SandboxVendor


@pytest.fixture
def status(mara: Any) -> Qualifier:
    """A qualifier with two values that HubSpot's Lead Status knows, and one that it does not."""
    qualifier = Organization.objects.get().qualifiers.create(name="Lead State")
    for place, label in enumerate(("New", "Connected", "Scorching")):
        qualifier.values.create(label=label, position=place)
    return qualifier


@pytest.fixture
def event(mara: Any) -> Event:
    return Organization.objects.get().events.create(name="Automate Summit 2026")


def open_tab(page: Page, name: str) -> None:
    connect(page)
    page.goto(reverse(f"integrations:{name}", args=["hubspot"]))


def choose_field(page: Page, qualifier: Qualifier) -> None:
    page.get_by_label(f"Contact field for {qualifier.name}", exact=True).focus()
    page.keyboard.type("hs_lead_status")
    expect(page.locator("[role=option]")).to_have_count(1)
    page.keyboard.press("Enter")
    settled(page)


def test_a_field_brings_its_values_and_each_pick_is_saved_at_once(
    page: Page, hubspot_sandbox: SandboxVendor, status: Qualifier
) -> None:
    open_tab(page, "qualifiers")
    section = page.locator(f"#qualifier-{status.pk}")
    choose_field(page, status)
    expect(section).to_contain_text("3 of 3 values not mapped")
    expect(page.locator("#qualifiers-count")).to_contain_text("3")

    select = page.get_by_label("Option for Scorching")
    select.focus()
    select.select_option("OPEN")

    expect(section).to_contain_text("2 suggestions")
    expect(page.locator("#qualifiers-count")).to_contain_text("2")
    expect(select).to_be_focused()
    assert QualifierValueMapping.objects.get().remote_value == "OPEN"


def test_exact_matches_are_accepted_with_one_click_and_say_so(
    page: Page, hubspot_sandbox: SandboxVendor, status: Qualifier
) -> None:
    open_tab(page, "qualifiers")
    choose_field(page, status)

    page.get_by_role("button", name="Accept “New”").click()
    expect(page.get_by_label("Option for New")).to_have_value("NEW")
    expect(page.get_by_label("Option for New")).to_be_focused()
    settled(page)
    page.get_by_role("button", name="Accept 1 exact match").click()

    banner = page.get_by_text("1 value is mapped to the option of the same name.")
    expect(banner.locator("xpath=..")).to_be_focused()
    expect(page.get_by_label("Option for Connected")).to_have_value("CONNECTED")
    assert set(QualifierValueMapping.objects.values_list("remote_value", flat=True)) == {"NEW", "CONNECTED"}


def test_a_mapped_value_offers_to_retry_the_leads_it_made_fail(
    page: Page, hubspot_sandbox: SandboxVendor, status: Qualifier
) -> None:
    open_tab(page, "qualifiers")
    choose_field(page, status)
    select = page.get_by_label("Option for Scorching")
    expect(select).to_be_visible()
    integration, now = Integration.objects.get(), timezone.now()
    # Enriched: no worker of an earlier test takes it on.
    lead = integration.organization.leads.create(email="ada@brightforge.example", enrichment=Lead.Enrichment.DONE)
    SyncRecord.objects.update_or_create(
        lead=lead,
        integration=integration,
        defaults={
            "organization": integration.organization,
            "state": SyncRecord.State.FAILED,
            "cause": "NO_TAG_MAPPING",
            "subject": status.name,
            "due_at": None,
            "changed_at": now,
        },
    )

    select.focus()
    select.select_option("OPEN")

    expect(page.get_by_role("button", name="Retry 1 lead")).to_be_visible()
    expect(select).to_be_focused()


def test_auto_create_makes_a_qualifier_from_a_picklist(page: Page, hubspot_sandbox: SandboxVendor) -> None:
    open_tab(page, "qualifiers")
    page.get_by_role("link", name="Auto Create from CRM").click()
    expect(page.get_by_role("heading", name="Auto Create from CRM")).to_be_focused()

    page.get_by_label("Picklist in HubSpot").select_option("contacts:hs_lead_status")
    expect(page.get_by_label("Name of the qualifier")).to_have_value("Lead Status")
    follow(page, page.get_by_role("button", name="Create", exact=True))

    expect(page.get_by_role("heading", name="Lead Status")).to_be_visible()
    expect(page.locator("#messages")).to_contain_text("Lead Status is made with")


def test_escape_closes_the_drawer_and_gives_the_focus_back(page: Page, hubspot_sandbox: SandboxVendor) -> None:
    open_tab(page, "campaigns")
    page.get_by_role("link", name="New Campaign").click()
    expect(page.get_by_role("heading", name="New Campaign")).to_be_focused()

    page.keyboard.press("Escape")

    expect(page.locator(".drawer")).to_have_count(0)
    expect(page.get_by_role("link", name="New Campaign")).to_be_focused()


def test_a_campaign_is_found_by_name_and_joined_to_an_event(
    page: Page, hubspot_sandbox: SandboxVendor, event: Event, status: Qualifier
) -> None:
    open_tab(page, "campaigns")
    page.get_by_role("link", name="New Campaign").click()
    page.get_by_label("List or marketing event in HubSpot").fill("chicago")
    expect(page.locator("#results [type=radio]")).to_have_count(1)
    page.get_by_label("Cobot Evening Chicago").check()
    settled(page)
    page.get_by_label("Automate Summit 2026").check()
    page.get_by_label("By qualifier").check()
    settled(page)
    page.get_by_label("Status for New").select_option("REGISTERED")

    page.get_by_role("button", name="Create", exact=True).click()

    expect(page.locator("#messages")).to_contain_text("Cobot Evening Chicago is joined to 1 event.")
    expect(page.locator(".drawer")).to_have_count(0)
    expect(page.locator("#campaign-list").get_by_role("link", name="Cobot Evening Chicago")).to_be_focused()
    saved = CampaignMapping.objects.get()
    assert (list(saved.status_by_value.values()), saved.status_qualifier) == (["REGISTERED"], status)


def test_a_vendor_that_fails_in_between_costs_nothing_that_was_filled_in(
    page: Page, hubspot_sandbox: SandboxVendor, event: Event
) -> None:
    open_tab(page, "campaigns")
    page.get_by_role("link", name="New Campaign").click()
    page.get_by_label("Cobot Evening Chicago").check()
    expect(page.locator("#statuses")).to_contain_text("ATTENDED (default)")
    page.get_by_label("Automate Summit 2026", exact=False).and_(page.locator("[type=checkbox]")).check()
    for status in ("422", "502"):
        page.console.expect(status)  # type: ignore[attr-defined]
    hubspot_sandbox.faults(server_error=1000)

    page.get_by_label("List or marketing event in HubSpot").fill("cobot")
    expect(page.locator("#results")).to_contain_text("HubSpot did not answer the search")
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.locator("#form-error")).to_contain_text("HubSpot did not confirm the campaign")
    hubspot_sandbox.faults(server_error=0)
    page.get_by_role("button", name="Create", exact=True).click()

    expect(page.locator("#messages")).to_contain_text("Cobot Evening Chicago is joined to 1 event.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_tabs_pass_axe_and_scroll_in_one_direction(
    page: Page, hubspot_sandbox: SandboxVendor, status: Qualifier, event: Event, scheme: Any
) -> None:
    page.emulate_media(color_scheme=scheme)
    open_tab(page, "qualifiers")
    choose_field(page, status)
    expect(page.get_by_label("Option for New")).to_be_visible()
    problems = look(page, "qualifiers")
    page.goto(reverse("integrations:qualifier_from_remote", args=["hubspot"]) + "?field=contacts:lifecyclestage")
    problems |= look(page, "auto create")
    page.goto(reverse("integrations:campaign_new", args=["hubspot"]))
    page.get_by_label("Cobot Evening Chicago").check()
    settled(page)
    page.get_by_label("Automate Summit 2026").and_(page.locator("[type=checkbox]")).check()
    page.get_by_label("By qualifier").check()
    settled(page)
    page.get_by_label("Status for New").select_option("ATTENDED")
    problems |= look(page, "new campaign")
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.locator("#campaign-list table")).to_be_visible()
    problems |= look(page, "campaigns")

    assert problems == {}


def look(page: Page, name: str) -> dict[str, Any]:
    """What is wrong with the page as it stands: on a desktop, and on a phone too wide."""
    settled(page)
    found = Axe().run(page).response["violations"]
    problems: dict[str, Any] = {f"{name}: {entry['id']}": [node["html"] for node in entry["nodes"]] for entry in found}
    page.set_viewport_size({"width": 390, "height": 844})
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        problems[f"{name} on a phone"] = "scrolls sideways"
    page.set_viewport_size({"width": 1440, "height": 900})
    return problems
