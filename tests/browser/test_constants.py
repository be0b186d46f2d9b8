"""Constants, fallbacks and two admins at one row, in front of the Mapping tab."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from integrations.models import Constant, FieldMapping, Integration
from leads.models import Member, Organization, User
from tests.browser import visitor
from tests.browser.conftest import member
from tests.browser.visitor import pick, settled
from tests.vendors import SandboxVendor


@pytest.fixture
def salesforce(organization: Organization, mara: User, salesforce_sandbox: SandboxVendor) -> Integration:
    return visitor.connected(salesforce_sandbox, organization=organization, admin=mara)


@pytest.fixture
def ines(organization: Organization, settings: Any) -> User:
    """The other Admin."""
    return member(organization, settings, "ines@halden.example", "Ines", "Okafor", Member.Role.ADMIN)


def open_mapping(page: Page) -> None:
    page.goto(reverse("integrations:mapping", args=["salesforce"]))
    settled(page)


def test_a_constant_is_added_in_the_drawer_changed_in_its_row_and_cleared(page: Page, salesforce: Integration) -> None:
    open_mapping(page)
    page.locator("#constants-lead").get_by_role("link", name="Add a constant").click()
    expect(page.get_by_role("heading", name="Add a constant to Lead")).to_be_focused()
    pick(page, page.locator("#constant-field"), "Lead Source")
    page.locator("#constant-value").fill("Event")
    page.get_by_role("button", name="Add", exact=True).click()

    value = page.locator("#constant-lead-leadsource")
    expect(value).to_be_focused()
    expect(page.locator("#drawer .drawer")).to_have_count(0)
    settled(page)
    value.fill("Other")
    page.keyboard.press("Enter")
    expect(page.locator("#status-constant-lead-leadsource")).to_contain_text("Saved")
    settled(page)
    assert Constant.objects.get().value == "Other"
    page.get_by_role("button", name="Clear the constant for Lead Source").click()
    expect(value).to_have_count(0)
    expect(page.locator("#constants-lead").get_by_role("link", name="Add a constant")).to_be_focused()
    assert not Constant.objects.exists()


def test_a_fallback_is_typed_beside_the_field_that_requires_it(page: Page, salesforce: Integration) -> None:
    FieldMapping.objects.filter(object="Lead", remote_field="Company").delete()
    open_mapping(page)
    expect(page.locator("#required-lead")).to_contain_text("Company")

    page.get_by_label("Fallback for Company").fill("Unknown")
    page.keyboard.press("Enter")

    expect(page.locator("#status-fallback-lead-company")).to_contain_text("Saved")
    expect(page.locator("#required-lead")).to_be_empty()
    expect(page.locator("#when-fallback-lead-company")).to_have_text("In every new record")
    assert Constant.objects.get().value == "Unknown"


def test_of_two_admins_at_one_row_the_later_is_told_and_reloads_it(
    page: Page, windows: Callable[..., Page], ines: User, salesforce: Integration
) -> None:
    page.console.expect("422")  # type: ignore[attr-defined]
    FieldMapping.objects.filter(object="Lead", remote_field__in=["Description", "City"]).delete()
    other = windows(ines)
    open_mapping(page)
    open_mapping(other)
    picker = "#lead-job-title"
    pick(other, other.locator(picker), "Description")
    expect(other.locator("#status-lead-job-title")).to_contain_text("Saved")
    pick(other, other.locator(picker), "Title")
    expect(other.locator(picker)).to_have_value("Title")
    pick(other, other.locator(picker), "Description")
    settled(other)

    pick(page, page.locator(picker), "City")
    expect(page.locator("#note-lead-job-title")).to_contain_text(
        "Changed meanwhile by Ines Okafor: it goes to “Description” now"
    )
    page.get_by_role("link", name="Reload this row").click()

    expect(page.locator(picker)).to_have_value("Description")
    expect(page.locator(picker)).to_be_focused()
    expect(page.locator("#note-lead-job-title")).to_be_empty()
    assert FieldMapping.objects.get(object="Lead", mobly_field="job_title").remote_field == "Description"
