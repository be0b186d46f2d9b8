"""By keyboard alone, and without scripts: a plan comes back, an alert is made and removed, every kind is answered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from integrations.models import FieldMapping, Integration
from leads.models import Organization, Qualifier, User
from leads.qualifiers import save_qualifier
from reconciliation.models import AlertRule
from tests.browser import visitor
from tests.browser.visitor import enter, follow, tab_to
from tests.integrations.planned import exported, filled_in
from tests.reconciliation.alerts.slack import Slack
from tests.vendors import SandboxVendor


@pytest.fixture
def salesforce(organization: Organization, mara: User, salesforce_sandbox: SandboxVendor) -> Integration:
    return visitor.connected(salesforce_sandbox, organization=organization, admin=mara)


@pytest.fixture
def every_kind(organization: Organization, mara: User) -> None:
    """A qualifier of each kind that is no picklist."""
    kinds = Qualifier.Kind
    for name, kind in (
        ("Current line", kinds.TEXT),
        ("Robots in use", kinds.NUMBER),
        ("Wants a visit", kinds.BOOLEAN),
        ("What they build", kinds.NOTE),
    ):
        save_qualifier(organization=organization, by=mara, name=name, kind=kind)


def planned(plan: bytes) -> bytes:
    """The job title goes to Description, which another field leaves for it."""
    title = ({"Object": "Lead", "Mobly field": "Job Title"}, {"CRM field": "Description"})
    return filled_in(
        plan, "Fields", title, ({"Object": "Lead", "Mobly field": "Description"}, {"CRM field": "(clear)"})
    )


def expect_applied(page: Page) -> None:
    expect(page.locator("#applied")).to_contain_text("2 changes of this plan are applied.")
    assert FieldMapping.objects.get(object="Lead", mobly_field="job_title").remote_field == "Description"


def test_by_keyboard_alone_a_plan_is_applied_an_alert_is_tried_and_a_lead_answers_every_kind(
    page: Page, salesforce: Integration, slack: Slack, every_kind: None, tmp_path: Path
) -> None:
    fill_in_a_plan(page, tmp_path / "plan.xlsx")
    try_an_alert(page, slack)
    answer_every_kind(page)


def fill_in_a_plan(page: Page, file: Path) -> None:
    page.goto(reverse("integrations:mapping", args=["salesforce"]))
    enter(page, page.get_by_role("link", name="Mapping plan"))
    tab_to(page, page.get_by_role("link", name="Export the plan"))
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    download.value.save_as(file)
    file.write_bytes(planned(file.read_bytes()))
    tab_to(page, page.get_by_label("Plan", exact=True))
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files(file)
    enter(page, page.get_by_role("button", name="Show the differences"))
    expect(page.get_by_role("row").filter(has_text="Job Title on Lead")).to_contain_text("Will be changed")
    enter(page, page.locator("#apply").get_by_role("button", name="Apply"))
    expect_applied(page)


def try_an_alert(page: Page, slack: Slack) -> None:
    page.goto(reverse("reconciliation:alerts"))
    enter(page, page.get_by_role("link", name="New Rule"))
    tab_to(page, page.get_by_label("Name"))
    page.keyboard.type("Show floor")
    tab_to(page, page.locator("[name=rhythm]:checked"))
    page.keyboard.press("ArrowUp")
    expect(page.get_by_label("Twice daily")).to_be_checked()
    tab_to(page, page.locator("[name=email]:checked"))
    page.keyboard.press("ArrowDown")
    tab_to(page, page.get_by_label("Addresses", exact=True))
    page.keyboard.type("ops@halden.example")
    tab_to(page, page.get_by_label("Slack webhook"))
    page.keyboard.type(slack.webhook)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    rule = page.get_by_role("region", name="Show floor")
    expect(rule).to_contain_text("ops@halden.example")
    enter(page, rule.get_by_role("button", name="Send a test of Show floor"))
    expect(page.locator("#messages")).to_contain_text("The test is sent through Slack.")
    enter(page, rule.get_by_role("button", name="Pause Show floor"))
    expect(rule).to_contain_text("Paused")
    enter(page, rule.get_by_role("link", name="Edit Show floor"))
    tab_to(page, page.get_by_role("button", name="Remove"))
    page.keyboard.press("Enter")
    enter(page, page.get_by_role("dialog").get_by_role("button", name="Remove"))
    expect(page.get_by_role("heading", name="No rules yet")).to_be_visible()


def answer_every_kind(page: Page) -> None:
    page.goto(reverse("leads:capture"))
    for label, value in (
        ("First Name", "Ana"),
        ("Last Name", "Lopes"),
        ("Company Name", "Fabrica"),
        ("Current line", "Hand packing, two shifts"),
        ("Robots in use", "12.50"),
    ):
        tab_to(page, page.get_by_label(label, exact=True))
        page.keyboard.type(value)
    visit = page.get_by_role("group", name="Wants a visit")
    tab_to(page, visit.locator("input:checked"))
    page.keyboard.press("ArrowDown")
    expect(visit.get_by_label("Yes")).to_be_checked()
    tab_to(page, page.get_by_label("What they build"))
    page.keyboard.type("Cobots for “soft” fruit")
    page.keyboard.press("Enter")
    page.keyboard.type("& trays")
    enter(page, page.get_by_role("button", name="Save", exact=True))

    answers = page.locator("#qualifiers dl")
    expect(answers.locator("dt")).to_have_text(["Current line", "Robots in use", "Wants a visit", "What they build"])
    expect(answers.locator("dd")).to_contain_text(
        ["Hand packing, two shifts", "12.5", "Yes", "Cobots for “soft” fruit"]
    )
    expect(answers).to_contain_text("& trays")


def test_without_scripts_a_plan_is_applied_and_an_alert_that_is_refused_keeps_what_was_filled_in(
    windows: Callable[..., Page], mara: User, salesforce: Integration, slack: Slack, tmp_path: Path
) -> None:
    page = windows(mara, java_script_enabled=False)
    page.console.expect("422")  # type: ignore[attr-defined]
    plan, photo = tmp_path / "plan.xlsx", tmp_path / "photo.xlsx"
    plan.write_bytes(planned(exported(salesforce)))
    photo.write_bytes(b"\x89PNG")

    page.goto(reverse("integrations:mapping", args=["salesforce"]))
    follow(page, page.get_by_role("link", name="Mapping plan"))
    page.get_by_label("Plan", exact=True).set_input_files(photo)
    follow(page, page.get_by_role("button", name="Show the differences"))
    expect(page.locator("#id_file_error")).to_contain_text("photo.xlsx")
    page.get_by_label("Plan", exact=True).set_input_files(plan)
    follow(page, page.get_by_role("button", name="Show the differences"))
    expect(page.get_by_role("row").filter(has_text="Job Title on Lead")).to_contain_text("Will be changed")
    follow(page, page.locator("#apply").get_by_role("button", name="Apply"))
    expect_applied(page)

    page.goto(reverse("reconciliation:alert_new"))
    page.get_by_label("Name").fill("Show floor")
    page.get_by_label("Twice daily").check()
    page.get_by_label("These addresses").check()
    addresses = page.get_by_label("Addresses", exact=True)
    addresses.fill("ops@halden.example\nmara@")
    page.get_by_label("Slack webhook").fill(slack.webhook)
    follow(page, page.get_by_role("button", name="Save"))
    expect(page.locator("#id_addresses_error")).to_have_text("mara@ is not an e-mail address.")
    expect(page.get_by_label("Name")).to_have_value("Show floor")
    expect(page.get_by_label("Twice daily")).to_be_checked()
    expect(addresses).to_have_value("ops@halden.example\nmara@")
    addresses.fill("ops@halden.example")
    page.get_by_label("Slack webhook").fill(slack.webhook)
    follow(page, page.get_by_role("button", name="Save"))
    rule = page.get_by_role("region", name="Show floor")
    follow(page, rule.get_by_role("button", name="Send a test of Show floor"))
    expect(page.locator("#messages")).to_contain_text("The test is sent through Slack.")
    follow(page, rule.get_by_role("button", name="Pause Show floor"))
    expect(rule).to_contain_text("Paused")
    follow(page, rule.get_by_role("link", name="Edit Show floor"))
    page.get_by_role("button", name="Remove").click()
    follow(page, page.get_by_role("dialog").get_by_role("button", name="Remove"))
    expect(page.get_by_role("heading", name="No rules yet")).to_be_visible()
    assert not AlertRule.objects.exists()
