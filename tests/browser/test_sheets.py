"""On a phone a drawer is a sheet over the page: it takes the focus, what lies under it is inert, Escape goes back."""

from __future__ import annotations

from collections.abc import Callable

from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page, expect

from leads.models import Organization, Qualifier, User
from reconciliation.models import SyncRecord
from tests.browser.visitor import at_rest, connected, meet, open_tab, settled
from tests.vendors import SandboxVendor
from tests.workers import ARTIFACTS, WorkerProcess, wait_for

PHONE = {"width": 390, "height": 844}
# The tab, and what opens a drawer there.
OPENERS = (
    ("mapping", "Preview"),
    ("mapping", "Add a constant"),
    ("qualifiers", "Auto Create from CRM"),
    ("campaigns", "New Campaign"),
    ("reconciliation", "Map the value"),
)


def test_every_drawer_is_a_sheet_on_a_phone(
    windows: Callable[..., Page],
    organization: Organization,
    mara: User,
    lead_score: Qualifier,
    salesforce_sandbox: SandboxVendor,
    worker: WorkerProcess,
) -> None:
    integration = connected(salesforce_sandbox, organization=organization, admin=mara)
    meet(organization, mara, first_name="Ana", last_name="Lopes", email="ana@x.example", company_name="Fabrica")
    wait_for(lambda: SyncRecord.objects.cleared().exists(), "the lead to be cleared")
    wait_for(at_rest, "the worker to come to rest")
    SyncRecord.objects.update(
        state="failed", cause="NO_TAG_MAPPING", subject=lead_score.name, value="Hot", changed_at=timezone.now()
    )
    assert integration.is_connected
    page = windows(mara, viewport=PHONE, color_scheme="dark")
    ARTIFACTS.mkdir(exist_ok=True)

    for tab, name in OPENERS:
        open_tab(page, "salesforce", tab)
        opener = page.locator("main").get_by_role("link", name=name).first
        opener.press("Enter")
        drawer = page.locator(".drawer")
        heading = drawer.get_by_role("heading", level=2)
        expect(heading).to_be_focused()
        settled(page)

        box = drawer.bounding_box()
        assert box is not None
        assert [box[side] for side in ("x", "y", "width", "height")] == [0, 0, PHONE["width"], PHONE["height"]]
        expect(page.locator("nav.tabs")).to_have_js_property("inert", True)
        assert page.evaluate("document.getElementById('messages').inert") is False
        found = Axe().run(page)
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"
        page.screenshot(path=ARTIFACTS / f"sheet-{tab}-{name.lower().replace(' ', '-')}.png")

        page.keyboard.press("Escape")
        expect(drawer).to_have_count(0)
        expect(opener).to_be_focused()
        expect(page.locator("[inert]")).to_have_count(0)
