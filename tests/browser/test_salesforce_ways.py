"""The two options of the older Salesforce guide, filled in by an admin, and the fields it asks for made by a click."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from integrations.models import FieldMapping, Integration
from tests.browser.visitor import connect, follow_tab, open_tab, settled
from tests.vendors import SandboxVendor


def test_client_credentials_say_what_is_wrong_beside_the_input_and_then_connect(
    page: Page, salesforce_sandbox: SandboxVendor
) -> None:
    page.console.expect("422")  # type: ignore[attr-defined]
    open_tab(page, "salesforce", "connect")
    page.get_by_role("heading", name="OAuth client credentials").click()
    way = page.locator("#method-client_credentials")
    expect(way.get_by_role("listitem").first).to_contain_text("create an app")
    way.get_by_label("My Domain URL").fill("https://halden.example")
    way.get_by_label("Consumer key").fill("sandbox-salesforce-consumer-key")
    way.get_by_label("Consumer secret").fill("sandbox-salesforce-consumer-secret")
    way.get_by_role("button", name="Connect").click()

    expect(way.locator("#client_credentials-domain_error")).to_contain_text("halden.example is not an address")
    expect(way.get_by_label("Consumer key")).to_have_value("sandbox-salesforce-consumer-key")
    expect(way.get_by_label("Consumer secret")).to_have_value("")

    way.get_by_label("My Domain URL").fill(f"{salesforce_sandbox.url}/my-domain")
    way.get_by_label("Consumer secret").fill("sandbox-salesforce-consumer-secret")
    way.get_by_role("button", name="Connect").click()

    expect(page.locator("#connection .badge")).to_have_text("Connected")
    expect(page.locator("#connection dl")).to_contain_text("OAuth client credentials")
    expect(way.locator(".badge")).to_have_text("In use")


def test_url_e_mail_password_and_token_are_refused_in_words_and_then_connect(
    page: Page, salesforce_sandbox: SandboxVendor
) -> None:
    page.console.expect("422")  # type: ignore[attr-defined]
    open_tab(page, "salesforce", "connect")
    page.get_by_role("heading", name="Username, password and security token").click()
    way = page.locator("#method-password")
    expect(way).to_contain_text("Salesforce ends it in Summer ’27")
    expect(way.get_by_role("listitem").filter(has_text="security token")).not_to_have_count(0)
    way.get_by_label("Deployment URL").fill(salesforce_sandbox.url)
    way.get_by_label("User e-mail").fill("mobly.integration@halden.example")

    sign_in(way, token="an-old-token")
    expect(way.get_by_role("alert")).to_contain_text("A changed password brings a new security token.")
    salesforce_sandbox.faults(soap_login_off=True)
    sign_in(way)
    expect(way.get_by_role("alert")).to_contain_text("Connect with the sign-in window or with client credentials")
    expect(way.get_by_label("User e-mail")).to_have_value("mobly.integration@halden.example")
    salesforce_sandbox.faults(soap_login_off=False)
    sign_in(way)

    expect(page.locator("#connection .badge")).to_have_text("Connected")
    expect(page.locator("#connection dl")).to_contain_text("Username, password and security token")
    assert Integration.objects.get().connect_method == "password"


def sign_in(way: Locator, token: str = "sandboxSecurityToken") -> None:
    """Secrets are never shown again, so each try asks for them anew."""
    way.get_by_label("Password", exact=True).fill("sandbox-salesforce-password")
    way.get_by_label("Security token", exact=True).fill(token)
    way.get_by_role("button", name="Connect").click()


def test_the_recommended_fields_are_made_after_a_look_at_them(page: Page, salesforce_sandbox: SandboxVendor) -> None:
    open_tab(page, "salesforce", "connect")
    connect(page, "salesforce")
    follow_tab(page, "Mapping")
    section = page.locator("#object-lead")
    section.get_by_role("link", name="Create recommended fields").click()
    drawer = page.locator(".drawer")
    expect(drawer.get_by_role("checkbox").first).to_be_checked()
    expect(drawer).to_contain_text("mobly_lead_id__c")
    drawer.get_by_label("Mobly Facebook").uncheck()
    drawer.get_by_role("button", name="Create").click()

    expect(drawer).to_have_count(0)
    expect(section.locator("#made-lead")).to_be_focused()
    expect(section.locator("#made-lead")).to_contain_text("Mobly Lead ID")
    settled(page)
    mapped = dict(FieldMapping.objects.filter(object="Lead").values_list("mobly_field", "remote_field"))
    assert mapped["mobly_lead_id"] == "mobly_lead_id__c"
    assert "facebook" not in mapped
