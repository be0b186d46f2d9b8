"""Alert rules, as an admin makes, tries and mends one in the browser."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from integrations.models import Integration
from leads.models import Lead, Organization
from reconciliation.alerting import sending
from reconciliation.models import AlertChannel, SyncRecord
from tests.browser.visitor import follow
from tests.reconciliation.alerts.slack import SECRET, Slack
from tests.workers import ARTIFACTS

SHAPES = {"wide": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}


@pytest.fixture
def three_failed(organization: Organization) -> Integration:
    organization.time_zone = "Europe/Oslo"
    organization.save()
    integration = Integration.objects.create(
        organization=organization,
        provider="salesforce",
        category="crm",
        status="connected",
        connected_at=timezone.now(),
    )
    for name in ("Ana", "Karl", "Wei"):
        lead = Lead.objects.create(organization=organization, first_name=name)
        fault = {"cause": "NO_TAG_MAPPING", "subject": "Lead Score", "value": "Hot", "changed_at": timezone.now()}
        SyncRecord.objects.create(
            organization=organization, integration=integration, lead=lead, state="failed", **fault
        )
    return integration


def test_an_admin_makes_a_rule_tries_it_and_learns_when_it_does_not_arrive(
    page: Page, three_failed: Integration, slack: Slack
) -> None:
    page.goto("/settings/")
    follow(page, page.get_by_role("navigation", name="Settings").get_by_role("link", name="Alerts"))
    photograph(page, "alerts-empty")
    follow(page, page.get_by_role("link", name="New Rule"))
    page.get_by_label("Name").fill("Show floor")
    page.get_by_label("Twice daily").check()
    expect(page.get_by_label("Addresses", exact=True)).to_be_hidden()
    page.get_by_label("These addresses").check()
    page.get_by_label("Addresses", exact=True).fill("ops@halden.example")
    page.get_by_label("Slack webhook").fill(slack.webhook)
    photograph(page, "alerts-new")
    follow(page, page.get_by_role("button", name="Save"))
    rule = page.get_by_role("region", name="Show floor")
    expect(rule).to_contain_text("Twice daily at 08:00 and 16:00")
    expect(rule).to_contain_text("Nothing sent yet.")

    follow(page, rule.get_by_role("button", name="Send a test of Show floor"))
    expect(page.locator("#messages")).to_contain_text("The test is sent through Slack.")
    assert "3 Failed now" in slack.texts[0]

    its_hour_has_come()
    page.reload()
    rule.get_by_text("What it said").first.click()
    expect(rule.locator("pre").first).to_contain_text("“Hot” of Lead Score has no option in Salesforce.")
    photograph(page, "alerts-told")

    SyncRecord.objects.update(state="cleared", cause="")
    slack.answer("410 Gone", b"channel_is_archived")
    its_hour_has_come()
    page.goto("/leads/")
    notice = page.get_by_role("region", name="Needs attention")
    expect(notice).to_contain_text("The alert “Show floor” does not arrive in Slack.")
    photograph(page, "alerts-notice")
    follow(page, notice.get_by_role("link", name="See why"))
    expect(rule).to_contain_text("Nothing arrives in Slack. The channel is archived.")
    photograph(page, "alerts-unreachable")

    AlertChannel.objects.update(gave_up=False, problem="")
    page.goto("/leads/")
    Integration.objects.update(status=Integration.Status.NEEDS_ATTENTION)
    page.reload()
    expect(notice).to_contain_text("Salesforce needs attention.")
    photograph(page, "notice-attention")
    Integration.objects.update(status=Integration.Status.CONNECTED)
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(notice).to_have_count(0)

    page.goto("/settings/alerts/")
    follow(page, rule.get_by_role("button", name="Pause Show floor"))
    expect(rule).to_contain_text("Paused")
    follow(page, rule.get_by_role("link", name="Edit Show floor"))
    expect(page.get_by_label("Slack webhook")).to_have_value("")
    assert SECRET.rpartition("/")[2] not in page.content()
    photograph(page, "alerts-edit")
    page.get_by_role("button", name="Remove").click()
    follow(page, page.get_by_role("dialog").get_by_role("button", name="Remove"))
    expect(page.get_by_role("heading", name="No rules yet")).to_be_visible()


def its_hour_has_come() -> None:
    AlertChannel.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    for pk in sending.due_channels():
        sending.run(pk)


def photograph(page: Page, name: str) -> None:
    ARTIFACTS.mkdir(exist_ok=True)
    for shape, size in SHAPES.items():
        page.set_viewport_size(size)  # type: ignore[arg-type]
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.screenshot(path=ARTIFACTS / f"{name}-{shape}-{scheme}.png", full_page=True)
        sideways = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        assert not sideways, f"{name} scrolls sideways at {size['width']} px."
    page.set_viewport_size(SHAPES["wide"])  # type: ignore[arg-type]
    page.emulate_media(color_scheme="light")
