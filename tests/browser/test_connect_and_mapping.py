"""What only a browser can show: the popup that closes itself, the picker by keyboard, and the tab without scripts."""

from __future__ import annotations

from collections.abc import Callable

from django.urls import reverse
from playwright.sync_api import Page, expect

from integrations.models import FieldMapping, Integration
from leads.models import User
from tests.browser import visitor
from tests.browser.visitor import consent, follow, settled
from tests.vendors import SandboxVendor


def connect(page: Page) -> None:
    page.goto(reverse("integrations:connect", args=["hubspot"]))
    visitor.connect(page, "hubspot")


def test_the_popup_closes_itself_and_the_page_beneath_shows_connected(
    page: Page, hubspot_sandbox: SandboxVendor
) -> None:
    connect(page)

    expect(page.locator("#connection .badge")).to_have_text("Connected")
    expect(page.locator("#head-state .badge")).to_have_text("Connected")
    expect(page.get_by_role("heading", name="Connection check")).to_be_visible()
    expect(page.locator("#connect-button")).to_be_focused()


def test_denying_closes_the_popup_and_says_so_beneath(page: Page, hubspot_sandbox: SandboxVendor) -> None:
    page.console.expect("400")  # type: ignore[attr-defined]
    page.goto(reverse("integrations:connect", args=["hubspot"]))
    with page.expect_popup() as popup:
        page.get_by_role("button", name="Connect", exact=True).click()
    with popup.value.expect_event("close"):
        consent(popup.value, answer="Deny")

    expect(page.locator("#messages")).to_contain_text("Access was not allowed at HubSpot")
    assert not Integration.objects.exists()


def test_disconnect_asks_in_a_dialog_and_escape_keeps_the_connection(
    page: Page, hubspot_sandbox: SandboxVendor
) -> None:
    connect(page)
    page.get_by_role("button", name="Disconnect").click()
    expect(page.get_by_role("heading", name="Disconnect HubSpot?")).to_be_focused()

    page.keyboard.press("Escape")

    expect(page.get_by_role("button", name="Disconnect")).to_be_focused()
    assert Integration.objects.get().status == Integration.Status.CONNECTED


def test_a_field_is_picked_by_keyboard_alone(page: Page, hubspot_sandbox: SandboxVendor) -> None:
    connect(page)
    page.goto(reverse("integrations:mapping", args=["hubspot"]))
    picker = page.locator("#contacts-job-title")

    picker.focus()
    page.keyboard.type("job tit")
    expect(page.locator("[role=option]")).to_have_count(1)
    expect(picker).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Enter")

    expect(page.locator("#status-contacts-job-title")).to_contain_text("Saved")
    expect(picker).to_have_value("Job Title")
    expect(picker).to_be_focused()
    expect(picker).to_have_attribute("aria-expanded", "false")
    assert FieldMapping.objects.get().remote_field == "jobtitle"


def test_escape_leaves_the_list_and_the_row_as_it_was(page: Page, hubspot_sandbox: SandboxVendor) -> None:
    connect(page)
    page.goto(reverse("integrations:mapping", args=["hubspot"]))
    picker = page.locator("#contacts-job-title")
    picker.focus()
    page.keyboard.type("job")
    expect(page.get_by_role("listbox")).to_be_visible()

    page.keyboard.press("Escape")

    expect(page.get_by_role("listbox")).to_have_count(0)
    expect(picker).to_have_value("")
    assert not FieldMapping.objects.exists()


def test_a_field_that_does_not_fit_cannot_be_chosen(page: Page, hubspot_sandbox: SandboxVendor) -> None:
    connect(page)
    page.goto(reverse("integrations:mapping", args=["hubspot"]))
    page.locator("#contacts-email").click()

    refused = page.locator("[role=option][aria-disabled=true]", has_text="cannot hold an e-mail address.").first
    refused.scroll_into_view_if_needed()
    refused.click(force=True)
    settled(page)

    expect(page.get_by_role("listbox")).to_be_visible()
    assert not FieldMapping.objects.exists()


def test_set_defaults_puts_its_report_in_a_banner_with_the_focus_and_clear_asks(
    page: Page, hubspot_sandbox: SandboxVendor
) -> None:
    connect(page)
    page.goto(reverse("integrations:mapping", args=["hubspot"]))

    page.locator("#object-contacts").get_by_role("button", name="Set Defaults").click()
    expect(page.locator("#report-contacts")).to_contain_text("Set Defaults filled")
    expect(page.locator("#report-contacts")).to_be_focused()
    mapped = FieldMapping.objects.count()
    settled(page)
    page.get_by_role("button", name="Clear object mappings").click()
    page.get_by_role("button", name=f"Clear {mapped} rows").click()

    expect(page.locator("#object-contacts")).to_contain_text(f"{mapped} rows of Contact cleared.")
    assert not FieldMapping.objects.exists()


def test_without_scripts_a_row_is_mapped_by_a_select(
    page: Page, windows: Callable[..., Page], mara: User, hubspot_sandbox: SandboxVendor
) -> None:
    connect(page)
    plain = windows(mara, java_script_enabled=False)

    plain.goto(reverse("integrations:mapping", args=["hubspot"]))
    expect(plain.locator("#contacts-email")).to_be_hidden()
    follow(plain, plain.locator("#row-contacts-email a"))
    plain.get_by_label("Email", exact=True).select_option("email")
    follow(plain, plain.get_by_role("button", name="Save"))

    expect(plain.locator("#row-contacts-email a")).to_contain_text("email")
    assert FieldMapping.objects.get().remote_field == "email"


def test_without_scripts_connecting_goes_through_the_same_window(
    windows: Callable[..., Page], mara: User, hubspot_sandbox: SandboxVendor
) -> None:
    plain = windows(mara, java_script_enabled=False)
    plain.goto(reverse("integrations:connect", args=["hubspot"]))

    plain.get_by_role("button", name="Connect", exact=True).click()
    consent(plain)

    expect(plain.locator("#connection .badge")).to_have_text("Connected")
