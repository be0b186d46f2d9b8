"""The mapping plan, from the spreadsheet program and back, in front of the product."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from integrations.models import FieldMapping, Integration
from leads.models import Organization, User
from tests.browser import visitor
from tests.browser.visitor import follow, settled
from tests.integrations.planned import filled_in
from tests.vendors import SandboxVendor


@pytest.fixture
def salesforce(organization: Organization, mara: User, salesforce_sandbox: SandboxVendor) -> Integration:
    return visitor.connected(salesforce_sandbox, organization=organization, admin=mara)


def test_a_plan_is_exported_filled_in_compared_and_applied(page: Page, salesforce: Integration, tmp_path: Path) -> None:
    page.goto(reverse("integrations:mapping", args=["salesforce"]))
    follow(page, page.get_by_role("link", name="Mapping plan"))
    with page.expect_download() as download:
        page.get_by_role("link", name="Export the plan").click()
    plan = tmp_path / download.value.suggested_filename
    download.value.save_as(plan)
    lead = {"Object": "Lead"}
    plan.write_bytes(
        filled_in(
            plan.read_bytes(),
            "Fields",
            ({**lead, "Mobly field": "Job Title"}, {"CRM field": "Description"}),
            ({**lead, "Mobly field": "Company Industry"}, {"CRM field": "(clear)"}),
            ({**lead, "Mobly field": "Description"}, {"CRM field": "(clear)"}),
            ({**lead, "Mobly field": "LinkedIn"}, {"CRM field": "LinkedIn_Profile__c"}),
        )
    )

    page.get_by_label("Plan", exact=True).set_input_files(plan)
    follow(page, page.get_by_role("button", name="Show the differences"))

    line = page.get_by_role("row").filter(has_text="Job Title on Lead")
    expect(line).to_contain_text("Title")
    expect(line).to_contain_text("Will be changed")
    expect(page.get_by_role("row").filter(has_text="LinkedIn on Lead")).to_contain_text(
        "Lead has no field “LinkedIn_Profile__c”."
    )
    expect(page.locator("#apply")).to_contain_text("Nothing is applied yet.")
    before = FieldMapping.objects.count()
    follow(page, page.locator("#apply").get_by_role("button", name="Apply"))
    settled(page)

    expect(page.locator("#applied")).to_contain_text("of this plan are applied")
    expect(page.get_by_role("button", name="Apply")).to_have_count(0)
    assert FieldMapping.objects.get(object="Lead", mobly_field="job_title").remote_field == "Description"
    assert not FieldMapping.objects.filter(object="Lead", mobly_field="company_industry").exists()
    assert FieldMapping.objects.count() < before
