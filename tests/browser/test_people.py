"""Who sees what, what the keyboard alone can do, and how a failed lead is repaired."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from integrations import mapping
from leads.capture import capture_lead
from leads.models import Event, Member, Organization, Qualifier, User
from reconciliation.models import SyncRecord
from tests.browser.conftest import PASSWORD
from tests.browser.visitor import connected, enter, follow_list, follow_tab, meet, open_tab, pick, settled, tab_to
from tests.vendors import SandboxVendor
from tests.workers import WorkerProcess, wait_for


def test_by_keyboard_alone_an_admin_signs_in_maps_a_field_and_retries_what_failed(
    windows: Callable[..., Page],
    salesforce_sandbox: SandboxVendor,
    worker: WorkerProcess,
    organization: Organization,
    mara: User,
) -> None:
    integration = connected(salesforce_sandbox, organization=organization, admin=mara)
    mapping.clear_field(integration=integration, object_name="Lead", source_key="company_name", by=mara)
    meet(organization, mara, email="ana@x.example", first_name="Ana", last_name="Lopes", company_name="Fabrica")
    wait_for(lambda: SyncRecord.objects.failed().exists(), "the lead to fail")

    page = windows()
    page.goto("/integrations/")
    expect(page.get_by_label("Email")).to_be_focused()
    page.keyboard.type(mara.email)
    tab_to(page, page.get_by_label("Password"))
    page.keyboard.type(PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    enter(page, page.get_by_role("link", name="Salesforce", exact=True))
    enter(page, page.locator("nav.tabs").get_by_role("link", name="Mapping"))
    row = page.get_by_role("region", name="Lead", exact=True).get_by_role("combobox", name="Company Name", exact=True)
    tab_to(page, row)
    page.keyboard.type("company")
    expect(page.locator("[role=option][aria-selected=true]")).to_contain_text("Company *")
    page.keyboard.press("Enter")
    expect(page.locator("#status-lead-company-name")).to_contain_text("Saved")
    expect(row).to_be_focused()

    enter(page, page.locator("nav.tabs").get_by_role("link", name="Reconciliation"))
    group = page.get_by_role("listitem").filter(has_text="REQUIRED_FIELD_MISSING")
    tab_to(page, group.get_by_role("button", name="Retry"))
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("1 lead is on the way again.")
    enter(page, page.get_by_role("navigation", name="Lists").get_by_role("link", name="Cleared"))
    expect(page.get_by_role("row", name="Ana Lopes")).to_be_visible()


@pytest.mark.parametrize("vendor", ["salesforce", "hubspot"])
def test_a_value_mapped_on_the_qualifiers_tab_clears_the_failed_group_with_retry(
    page: Page,
    request: pytest.FixtureRequest,
    worker: WorkerProcess,
    organization: Organization,
    mara: User,
    lead_score: Qualifier,
    summit: Event,
    vendor: str,
) -> None:
    sandbox: SandboxVendor = request.getfixturevalue(f"{vendor}_sandbox")
    persona, field, hot = {
        "salesforce": ("Lead", "Rating", "Hot"),
        "hubspot": ("Contact", "Lead Status", "Open Deal"),
    }[vendor]
    connected(sandbox, organization=organization, admin=mara)
    open_tab(page, vendor, "qualifiers")
    pick(page, page.get_by_role("combobox", name=f"{persona} field for Lead Score"), field)
    expect(page.get_by_role("region", name="Lead Score")).to_contain_text("3 of 3 values not mapped")
    values = {value.label: value.pk for value in lead_score.values.all()}
    for name in ("Ana", "Rui"):
        capture_lead(
            organization=organization,
            person={"first_name": name, "last_name": "Lopes", "email": f"{name}@x.example", "company_name": "Fabrica"},
            source="badge_scan",
            event=summit,
            by=mara,
            answers={lead_score.pk: [values["Hot"]]},
        )
    wait_for(lambda: SyncRecord.objects.failed().count() == 2, "both leads to fail")
    assert sandbox.records({"Lead": "Lead", "Contact": "contacts"}[persona]) == []

    follow_tab(page, "Reconciliation")
    group = page.get_by_role("listitem").filter(has_text="NO_TAG_MAPPING")
    expect(group).to_contain_text("Hot")
    open_tab(page, vendor, "qualifiers")
    section = page.get_by_role("region", name="Lead Score")
    section.get_by_label("Option for Hot").first.select_option(hot)
    settled(page)
    expect(section).to_contain_text("Saved")
    section.get_by_role("button", name="Retry 2 leads").click()
    expect(page.locator("#messages")).to_contain_text("2 leads are on the way again.")

    follow_tab(page, "Reconciliation")
    expect(page.get_by_role("heading", name="Nothing failed")).to_be_visible()
    follow_list(page, "Cleared")
    expect(page.get_by_role("row", name="Lopes")).to_have_count(2)


def test_a_rep_sees_no_integrations(windows: Callable[..., Page], organization: Organization, tom: User) -> None:
    page = windows(tom)
    page.goto("/")
    expect(page.get_by_role("navigation", name="Main").get_by_role("link", name="Leads")).to_be_visible()
    expect(page.get_by_role("link", name="Integrations")).to_have_count(0)

    page.console.expect("404")  # type: ignore[attr-defined]
    answer = page.goto(reverse("integrations:list"))
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_who_belongs_to_two_organizations_switches_between_them(page: Page, mara: User) -> None:
    other = Organization.objects.create(name="Linden Pack", slug="linden-pack")
    Member.objects.create(organization=other, user=mara, role=Member.Role.REP)
    meet(mara.memberships.get(organization__slug="halden-robotics").organization, mara, email="ana@x.example")
    meet(other, mara, email="rui@x.example")
    page.goto("/leads/")
    expect(page.get_by_role("main")).to_contain_text("ana@x.example")

    page.locator("details.account summary").click()
    with page.expect_navigation():
        page.get_by_role("button", name="Linden Pack").click()

    page.goto("/leads/")
    expect(page.get_by_role("main")).to_contain_text("rui@x.example")
    expect(page.get_by_role("main")).not_to_contain_text("ana@x.example")
    expect(page.get_by_role("link", name="Integrations")).to_have_count(0)
