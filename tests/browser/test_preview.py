"""Preview and "Test with one lead", from the Mapping tab."""

from __future__ import annotations

import re
from collections.abc import Callable

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from integrations.models import Integration
from leads.models import Organization, User
from reconciliation.models import SyncAttempt
from tests.browser.visitor import connected, follow, meet, open_tab, settled
from tests.vendors import SandboxVendor
from tests.workers import ARTIFACTS, WorkerProcess


def test_a_lead_is_previewed_and_sent_as_a_test_without_leaving_the_tab(
    page: Page,
    windows: Callable[..., Page],
    organization: Organization,
    mara: User,
    salesforce_sandbox: SandboxVendor,
    worker: WorkerProcess,
) -> None:
    salesforce_sandbox.seed(
        "Lead", LastName="Boateng", FirstName="Kwame", Email="kwame@grain.example", Title="Director"
    )
    connected(salesforce_sandbox, organization=organization, admin=mara)
    # Manual: nobody sends the leads before the test does.
    Integration.objects.update(sync_mode=Integration.Mode.MANUAL)
    meet(organization, mara, first_name="Nele", last_name="Brandt", email="nele@stahlwerk.example")
    meet(
        organization,
        mara,
        first_name="Kwame",
        last_name="Boateng",
        email="kwame@grain.example",
        company_name="Atlas",
        job_title="VP Operations",
    )
    open_tab(page, "salesforce", "mapping")

    page.get_by_role("link", name="Preview", exact=True).click()
    expect(page.locator("#preview-h")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    # Typed slowly, a part of it is searched first, and finds her as well.
    with page.expect_response(re.compile("q=boat(&|$)")):
        page.keyboard.type("boat")
    expect(page.locator("#preview-leads li")).to_have_count(1)
    settled(page)
    page.get_by_role("link", name="Kwame Boateng").press("Enter")
    expect(page.locator("#preview-lead")).to_be_focused()
    expect(page.locator("[data-verdict]")).to_contain_text("Changes the Lead")
    title = page.locator("tr[data-field=Title]")
    expect(title.get_by_role("cell")).to_have_text(["VP Operations", "VP OperationsChanges", "Director"])
    settled(page)
    for width, scheme in ((1440, "light"), (390, "dark")):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 1000})
        page.locator("aside.previewing").screenshot(path=ARTIFACTS / f"preview-{width}-{scheme}.png")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.set_viewport_size({"width": 1440, "height": 1000})
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()

    page.get_by_role("button", name="Clear Job Title").first.click()
    expect(title).to_have_count(0)
    expect(page.locator("#preview-lead")).not_to_be_focused()
    settled(page)

    page.get_by_role("button", name="Send this one lead").click()
    expect(page.locator("#preview-test")).to_contain_text("Kwame Boateng is in Salesforce")
    expect(page.locator("#preview-test").get_by_role("link", name="Lead")).to_have_attribute("target", "_blank")
    follow(page, page.locator("#preview-test").get_by_role("link", name="The whole story of Kwame Boateng"))
    expect(page.locator("#attempts")).to_contain_text("Test from the Mapping tab by Mara Lindqvist")
    assert SyncAttempt.objects.exclude(occasion="").count() == 1
    assert salesforce_sandbox.records("Lead", email="kwame@grain.example")[0]["Title"] == "Director"

    plain = windows(mara, java_script_enabled=False)
    open_tab(plain, "salesforce", "mapping")
    follow(plain, plain.get_by_role("link", name="Preview", exact=True))
    plain.get_by_label("Lead", exact=True).fill("nele")
    with plain.expect_navigation():
        plain.get_by_label("Lead", exact=True).press("Enter")
    follow(plain, plain.get_by_role("link", name="Nele Brandt"))
    expect(plain.locator("[data-verdict]")).to_contain_text("Refused before sending.")
    plain.get_by_role("button", name="Send this one lead").click()
    expect(plain.locator("#preview-test")).to_contain_text("The whole story of Nele Brandt")
