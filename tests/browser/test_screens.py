"""Every screen, light and dark, wide and on a phone: axe finds nothing, and nothing scrolls sideways."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize, expect

from leads.models import Event, Organization, Qualifier, User
from reconciliation.models import SyncRecord
from tests.browser.lively import Lively, build
from tests.browser.visitor import settled
from tests.vendors import SandboxVendor
from tests.workers import WorkerProcess

SECTIONS = ("leads", "settings", "salesforce", "hubspot", "account", "vendor", "signed out", "opened")
ACCOUNT = ("logout", "password/change", "email", "2fa", "2fa/totp/activate")
SIGNED_OUT = ("login", "password/reset", "password/reset/done")
LISTS = ("list=waiting", "list=cleared", "list=failed&by=event", "list=failed&cause=NO_TAG_MAPPING", "q=nobody")
SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
DESK, PHONE = ViewportSize(width=1280, height=720), ViewportSize(width=390, height=844)
VENDOR = ("", "objects/Lead", "objects/CampaignMember", "requests", "panel")


@pytest.fixture
def lively(
    salesforce_sandbox: SandboxVendor,
    worker: WorkerProcess,
    organization: Organization,
    mara: User,
    summit: Event,
    lead_score: Qualifier,
) -> Lively:
    return build(salesforce_sandbox, organization, mara, summit, lead_score)


@pytest.fixture
def page(windows: Callable[..., Page], mara: User) -> Page:
    return windows(mara, reduced_motion="reduce")


def visit(page: Page, lively: Lively, section: str) -> Iterator[str]:
    """Go through the screens of a section, one after the other; yields the name of each."""
    if section == "opened":
        for opening in OPENINGS:
            opening(page, lively)
            settled(page)
            yield opening.__name__
        return
    for path in paths(page, lively, section):
        answer = page.goto(path)
        assert answer is not None
        assert answer.ok, f"{path} answered {answer.status}."
        settled(page)
        yield path


def paths(page: Page, lively: Lively, section: str) -> list[str]:
    if section == "account":
        return [f"/accounts/{name}/" for name in ACCOUNT]
    if section == "signed out":
        page.context.clear_cookies()
        return [f"/accounts/{name}/" for name in SIGNED_OUT]
    if section == "vendor":
        record = SyncRecord.objects.cleared().get()
        return [*(f"{lively.sandbox.url}/_sandbox/{name}" for name in VENDOR), record.remote_url]
    ours = list(lively.screens())
    known = {"salesforce": "/integrations/salesforce/", "hubspot": "/integrations/hubspot/", "settings": "/settings/"}
    if section != "leads":
        found = [path for path in ours if path.startswith(known[section])]
        tab = f"{known[section]}reconciliation/"
        return [*found, *(f"{tab}?{query}" for query in LISTS if tab in found)]
    return [path for path in ours if not path.startswith(tuple(known.values()))]


# --- What opens on a page ---------------------------------------------------------------------------------------------


def the_account_menu(page: Page, lively: Lively) -> None:
    page.goto("/leads/")
    menu = page.get_by_role("button", name="Menu", exact=True)
    if menu.is_visible():
        menu.click()
    page.locator("details.account summary").click()
    expect(page.locator("details.account")).to_have_js_property("open", True)


def the_disconnect_dialog(page: Page, lively: Lively) -> None:
    page.goto("/integrations/salesforce/")
    page.get_by_role("button", name="Disconnect").click()
    expect(page.get_by_role("dialog")).to_be_visible()


def the_picker_of_a_mapping_row(page: Page, lively: Lively) -> None:
    page.goto("/integrations/salesforce/mapping/")
    page.locator("#lead-job-title").click()
    expect(page.locator("[role=option]").first).to_be_visible()


def the_report_of_set_defaults(page: Page, lively: Lively) -> None:
    page.goto("/integrations/salesforce/mapping/")
    page.get_by_role("button", name="Set Defaults").first.click()
    expect(page.locator("[id^=report-]")).to_be_visible()


def the_ways_to_connect_and_the_guide(page: Page, lively: Lively) -> None:
    page.goto("/integrations/salesforce/")
    page.locator("details.fold").evaluate_all("folds => folds.forEach(fold => { fold.open = true; })")
    expect(page.get_by_role("heading", name="What Mobly does in your org")).to_be_visible()


def the_fields_to_create(page: Page, lively: Lively) -> None:
    page.goto("/integrations/salesforce/mapping/")
    page.get_by_role("link", name="Create recommended fields").first.click()
    expect(page.get_by_role("complementary", name="Create recommended fields")).to_be_visible()


def auto_create(page: Page, lively: Lively) -> None:
    page.goto("/integrations/salesforce/qualifiers/")
    page.get_by_role("link", name="Auto Create from CRM").click()
    page.get_by_label("Picklist in Salesforce").select_option(index=1)
    expect(page.get_by_label("Name of the qualifier")).to_be_visible()


def new_campaign(page: Page, lively: Lively) -> None:
    page.goto("/integrations/salesforce/campaigns/")
    page.get_by_role("link", name="New Campaign").click()
    expect(page.get_by_role("complementary", name="New Campaign")).to_be_visible()


def a_selection_of_failed_groups(page: Page, lively: Lively) -> None:
    page.goto("/integrations/salesforce/reconciliation/?list=failed")
    page.locator("input[name=group]").first.check()
    expect(page.get_by_role("region", name="Selection")).to_be_visible()


def the_fix_it_drawer(page: Page, lively: Lively) -> None:
    page.goto("/integrations/salesforce/reconciliation/?list=failed")
    page.get_by_role("link", name="Map the value").click()
    expect(page.get_by_role("complementary", name="Map the value of Lead Score")).to_be_visible()


def what_was_sent_and_answered(page: Page, lively: Lively) -> None:
    page.goto(f"/leads/{lively.objects['lead']['uid']}/")
    page.get_by_text("What was sent and answered").first.click()
    expect(page.locator("#attempts pre").first).to_be_visible()


def a_capture_that_says_too_little(page: Page, lively: Lively) -> None:
    page.console.expect("422")  # type: ignore[attr-defined]
    page.goto("/capture/")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".banner[data-tone=bad]").first).to_be_visible()


OPENINGS: tuple[Callable[[Page, Lively], None], ...] = (
    the_account_menu,
    the_disconnect_dialog,
    the_picker_of_a_mapping_row,
    the_ways_to_connect_and_the_guide,
    the_fields_to_create,
    the_report_of_set_defaults,
    auto_create,
    new_campaign,
    a_selection_of_failed_groups,
    the_fix_it_drawer,
    what_was_sent_and_answered,
    a_capture_that_says_too_little,
)


@pytest.mark.parametrize("section", SECTIONS)
def test_axe_finds_nothing_in_light_and_dark_and_nothing_scrolls_sideways_on_a_phone(
    page: Page, lively: Lively, section: str
) -> None:
    """Both in one tour: to set up the show floor and to load every screen takes longer than to look at them."""
    found: dict[str, Any] = {}
    wide = []
    for name in visit(page, lively, section):
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            for problem in Axe().run(page).response["violations"]:
                found[f"{name} {scheme}: {problem['id']}"] = [node["html"][:200] for node in problem["nodes"]]
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(PHONE)
        if page.evaluate(SIDEWAYS):
            wide.append(name)
        page.set_viewport_size(DESK)

    assert found == {}
    assert wide == []


def test_nothing_that_is_opened_on_a_phone_scrolls_sideways(page: Page, lively: Lively) -> None:
    page.set_viewport_size(PHONE)
    wide = [name for name in visit(page, lively, "opened") if page.evaluate(SIDEWAYS)]

    assert wide == []
