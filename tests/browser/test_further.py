"""A custom object of Salesforce, in front of the Mapping tab."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Page, expect

from integrations.models import Constant, Integration
from leads.models import Organization, User
from tests.browser import visitor
from tests.browser.visitor import follow, settled
from tests.vendors import SandboxVendor


@pytest.fixture
def salesforce(organization: Organization, mara: User, salesforce_sandbox: SandboxVendor) -> Integration:
    return visitor.connected(salesforce_sandbox, organization=organization, admin=mara)


def test_an_object_is_added_mapped_and_removed(page: Page, salesforce: Integration) -> None:
    page.goto(reverse("integrations:mapping", args=["salesforce"]))
    settled(page)
    page.get_by_role("link", name="Add object").click()
    expect(page.get_by_role("heading", name="Add object")).to_be_focused()
    expect(page.get_by_label("Lookup to Contact")).to_have_value("Contact__c")
    page.get_by_label("Lookup to Contact").select_option("")
    follow(page, page.get_by_role("button", name="Add", exact=True))

    section = page.get_by_role("region", name="Booth Visit")
    expect(section).to_contain_text("A lead that is a Contact in Salesforce gets none")
    expect(section.locator("#required-booth_visit__c")).to_contain_text("Interest")
    settled(page)
    section.get_by_label("Fallback for Interest").select_option("High")
    expect(section.locator("#required-booth_visit__c")).to_be_empty()
    settled(page)
    section.get_by_role("button", name="Set Defaults").click()
    expect(section).to_contain_text("Set Defaults filled 3 rows.")
    settled(page)
    assert Constant.objects.get().value == "High"

    section.get_by_role("link", name="Change lookups").click()
    expect(page.get_by_role("heading", name="Lookups of Booth Visit")).to_be_focused()
    settled(page)
    assert Axe().run(page).response["violations"] == []
    page.get_by_label("Lookup to Contact").select_option("Contact__c")
    follow(page, page.get_by_role("button", name="Save", exact=True))
    expect(section).not_to_contain_text("gets none")
    settled(page)

    section.get_by_role("button", name="Remove object").click()
    follow(page, page.get_by_role("button", name="Remove", exact=True))
    expect(section).to_have_count(0)
    expect(page.locator("#messages")).to_contain_text("Booth Visit is removed from the mapping.")
    assert not Constant.objects.exists()
