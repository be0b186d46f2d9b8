"""A new admin: from signing in to the first lead in the CRM, along the steps and with few clicks."""

from __future__ import annotations

from collections.abc import Callable

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from leads.models import Organization, User
from tests.browser.conftest import PASSWORD
from tests.browser.visitor import connect, follow, settled
from tests.vendors import SandboxVendor
from tests.workers import ARTIFACTS, WorkerProcess

# Card, Connect, Allow, Open Mapping, Set Defaults, Send yourself.
MOST_CLICKS = 6


def look(page: Page, name: str) -> None:
    """Pictures at a desk and on a phone, with what axe says of each."""
    ARTIFACTS.mkdir(exist_ok=True)
    settled(page)
    for width, height, scheme in ((1440, 900, "light"), (390, 844, "dark")):
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.screenshot(path=ARTIFACTS / f"{name}-{width}-{scheme}.png")
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
    page.set_viewport_size({"width": 1440, "height": 900})
    page.emulate_media(color_scheme="light")


def test_a_new_admin_gets_the_first_lead_into_the_crm(
    windows: Callable[..., Page],
    organization: Organization,
    mara: User,
    salesforce_sandbox: SandboxVendor,
    worker: WorkerProcess,
) -> None:
    page = windows()
    page.goto("/")
    page.get_by_label("Email").fill(mara.email)
    page.get_by_label("Password").fill(PASSWORD)
    with page.expect_navigation():
        page.get_by_label("Password").press("Enter")
    expect(page.get_by_role("heading", name="First steps")).to_be_visible()
    expect(page.locator("[aria-current=step]")).to_contain_text("Connect a CRM")
    look(page, "first-steps")

    clicks = 3  # the card, and in `connect` Connect and Allow
    follow(page, page.get_by_role("link", name="Salesforce", exact=True))
    connect(page, "salesforce")
    clicks += 1
    follow(page, page.get_by_role("link", name="Open Mapping").first)
    line = page.locator("#next-step")
    expect(line).to_contain_text("Next: map the fields.")
    look(page, "first-steps-mapping")
    clicks += 1
    follow(page, line.get_by_role("button", name="Set Defaults for all"))
    expect(page.locator("#messages")).to_contain_text("Set Defaults filled")
    clicks += 1
    line.get_by_role("button", name="Send yourself").click()
    expect(line).to_contain_text("The first lead is in Salesforce.")
    settled(page)

    assert [lead["Email"] for lead in salesforce_sandbox.records("Lead", Email=mara.email)] == [mara.email]
    assert clicks <= MOST_CLICKS
    page.goto("/integrations/")
    page.locator("#first-steps summary").press("Enter")
    expect(page.locator("#first-steps")).to_contain_text("Leads reach Salesforce")
    expect(page.locator("[data-step=qualifiers]")).to_contain_text("Optional")
    look(page, "first-steps-done")
