"""Who changed what, as an admin sees it in the browser."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from integrations import mapping
from integrations.contract import WriteBehaviour
from leads.models import Organization, Qualifier, User
from leads.qualifiers import save_qualifier
from tests.browser.visitor import connected, follow, settled
from tests.vendors import SandboxVendor


def test_an_admin_opens_the_recent_changes_of_a_tab_and_goes_on_to_all(
    page: Page, organization: Organization, mara: User, salesforce_sandbox: SandboxVendor, lead_score: Qualifier
) -> None:
    integration = connected(salesforce_sandbox, organization=organization, admin=mara)
    mapping.set_behaviour(
        integration=integration,
        object_name="Lead",
        source_key="email",
        behaviour=WriteBehaviour.IF_BLANK,
        by=mara,
    )
    save_qualifier(organization=organization, qualifier=lead_score, by=mara, name="Score")
    page.goto("/integrations/salesforce/mapping/")
    fold = page.locator("#recent-changes")
    expect(fold.get_by_role("table")).to_have_count(0)

    fold.locator("summary").focus()
    page.keyboard.press("Enter")

    expect(fold.get_by_role("row", name="Email on Lead, write behaviour")).to_contain_text("Write if Blank")
    follow(page, fold.get_by_role("link", name="All changes"))
    expect(page).to_have_url("/settings/changes/?area=mapping&integration=salesforce")
    page.get_by_label("Area").select_option("Qualifiers")
    settled(page)
    page.get_by_label("Integration").select_option("All integrations")
    settled(page)
    expect(page.get_by_role("row", name="Lead Score").first).to_contain_text("Name: Score")
    expect(page).to_have_url("/settings/changes/?person=&area=qualifiers&integration=&period=")
    expect(page.locator("#messages")).to_contain_text("shown")
