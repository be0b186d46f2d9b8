"""What people do in front of the product, in their words; and what the tests wait for behind it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from integrations import connect as oauth
from integrations import mapping, schema
from integrations.contract import Role
from integrations.models import Integration
from integrations.providers import PROVIDERS
from integrations.sandbox.person import allow
from leads.capture import capture_lead
from leads.models import Event, Lead, Organization, Upload, User
from reconciliation.dispatch import integrations_with_work
from reconciliation.models import BulkAction, SyncRecord
from tests.vendors import SandboxVendor

TABS = ("Connect", "Mapping", "Qualifiers", "Campaigns", "Reconciliation")
MOST_TABS = 120
NAMES = {key: provider.name for key, provider in PROVIDERS.items()}


def settled(page: Page) -> None:
    """The page is loaded, and what was swapped in last is at work. Faster hands than a person's would press buttons
    that do nothing yet.
    """
    page.wait_for_load_state()
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added")).to_have_count(0)


def connect(page: Page, provider: str) -> None:
    """On the Connect tab: Connect, sign in and approve in the window that opens, until the page beneath says so."""
    with page.expect_popup() as popup:
        page.get_by_role("button", name="Connect", exact=True).click()
    with popup.value.expect_event("close"):
        consent(popup.value)
    expect(page.locator("#messages")).to_contain_text(f"{NAMES[provider]} is connected.")
    settled(page)


def consent(page: Page, answer: str = "Allow") -> None:
    """At the vendor: log in as the user who is filled in, where nobody is signed in yet, and answer."""
    page.get_by_role("button", name=re.compile("Log in|Allow")).wait_for()
    if page.get_by_role("button", name="Log in").is_visible():
        page.get_by_role("button", name="Log in").click()
    page.get_by_role("button", name=answer).click()


def open_tab(page: Page, provider: str, tab: str) -> None:
    """Go straight to one tab of an integration."""
    page.goto(reverse(f"integrations:{tab}" if tab != "reconciliation" else "reconciliation:tab", args=[provider]))
    settled(page)


def follow(page: Page, link: Locator) -> None:
    """Click a link, and wait until the next page's scripts are at work and what it loads late has its place: a button
    that moves away under the pointer is not pressed.
    """
    with page.expect_navigation():
        link.click()
    settled(page)


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until it has the focus."""
    expect(wanted).to_be_visible()
    for _ in range(MOST_TABS):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{MOST_TABS} times Tab do not lead to {wanted}.")


def enter(page: Page, control: Locator) -> None:
    """Go to a link or button by Tab and press it, until the next page's scripts are at work."""
    tab_to(page, control)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    settled(page)


def follow_tab(page: Page, name: str) -> None:
    """Click a tab of the integration's page."""
    tab = page.locator("nav.tabs").get_by_role("link", name=name)
    follow(page, tab)
    expect(tab).to_have_attribute("aria-current", "page")


def follow_list(page: Page, name: str) -> None:
    """Go to Pre-Sync, Failed or Cleared on the Reconciliation tab. While leads are on their way the links are swapped
    every few seconds: a click between two swaps may meet no link, the focus stays on one.
    """
    with page.expect_navigation():
        page.get_by_role("navigation", name="Lists").get_by_role("link", name=name).press("Enter")
    settled(page)


def pick(page: Page, combobox: Locator, label: str) -> None:
    """Choose the remote field of that label."""
    combobox.click()
    combobox.fill(label)
    page.get_by_role("option", name=re.compile(f"^{label}")).first.click()
    settled(page)


def capture(page: Page, person: Mapping[str, str], *, event: str = "", picked: Mapping[str, str] | None = None) -> None:
    """Fill the capture form for somebody whose badge was scanned, save, and land on the lead's page."""
    page.goto(reverse("leads:capture"))
    if event:
        page.get_by_label("Event", exact=True).select_option(event)
        settled(page)
    page.get_by_label("Badge scan", exact=True).check()
    for label, value in person.items():
        page.get_by_label(label, exact=True).fill(value)
    for qualifier, value in (picked or {}).items():
        page.get_by_role("group", name=qualifier).get_by_label(value, exact=True).check()
    follow(page, page.get_by_role("button", name="Save", exact=True))


def connected(sandbox: SandboxVendor, *, organization: Organization, admin: User, defaults: bool = True) -> Integration:
    """What `connect` and Set Defaults lead to, without a browser."""
    url = oauth.begin(organization=organization, provider_key=sandbox.name, user=admin, session_key="session")
    back = allow(url)
    finished = oauth.finish(
        organization=organization,
        user=admin,
        session_key="session",
        state=back["state"],
        code=back["code"],
        callback=back,
    )
    integration = finished.integration
    for name, remote in schema.remote_objects(integration).items() if defaults else ():
        if remote.role in (Role.PERSONA, Role.COMPANY):
            mapping.set_defaults(integration=integration, object_name=name, by=admin)
    return integration


def meet(organization: Organization, by: User, event: Event | None = None, **person: str) -> Lead:
    """Somebody's badge is scanned."""
    captured = capture_lead(organization=organization, person=person, source="badge_scan", event=event, by=by)
    return captured.lead


def at_rest() -> bool:
    """Nothing is left for the worker to do now."""
    # Twice: what moves on between two of the questions is seen by the second round.
    return not any(_at_work() for _ in range(2))


def _at_work() -> bool:
    return bool(
        Upload.objects.filter(state=Upload.State.IMPORTING).exists()
        or Lead.objects.filter(enrichment=Lead.Enrichment.PENDING).exists()
        or BulkAction.objects.unfinished().exists()
        or integrations_with_work()
        or Integration.objects.filter(lane__holder__isnull=False).exists()
        or SyncRecord.objects.in_flight().exists()
    )
