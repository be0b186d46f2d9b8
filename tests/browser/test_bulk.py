"""Very many leads at once: the tab says how far it is, stays usable, stops on request, and takes a Dismiss back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page, expect

from integrations.models import Integration
from leads.models import Lead, Organization, User
from reconciliation import bulk
from reconciliation.models import BulkAction, SyncRecord
from tests.browser.test_fixing import open_tab, stuck
from tests.browser.visitor import follow, settled, tab_to

__all__ = ["stuck"]


@pytest.fixture(autouse=True)
def _stored_from_ten_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 10)


def test_all_that_match_are_dismissed_by_a_worker_and_brought_back(page: Page, stuck: None) -> None:
    open_tab(page)
    jobs = page.locator("#jobs")

    page.get_by_label("Select all on this page").check()
    page.get_by_role("region", name="Selection").get_by_role("button", name="Dismiss").click()

    expect(jobs).to_contain_text("57 leads done.")
    expect(page.locator("#list-h")).to_contain_text("0 failed leads")
    expect(page.locator(".tally [data-state=failed]")).to_have_count(0)
    settled(page)
    assert SyncRecord.objects.failed().count() == 0
    assert [one["id"] for one in Axe().run(page).response["violations"]] == []
    jobs.get_by_role("button", name="Undo").click()

    expect(jobs).to_contain_text("Undo of Dismiss by Mara")
    expect(page.locator(".tally [data-state=failed] .fig")).to_have_text("57")
    assert SyncRecord.objects.failed().count() == 57


def test_who_closes_the_page_in_the_middle_of_a_fix_finds_it_done(page: Page, stuck: None) -> None:
    open_tab(page)
    jobs, drawer = page.locator("#jobs"), page.locator("#drawer .drawer")
    page.get_by_role("link", name="Map the value").click()
    drawer.get_by_label("Option for Medium").select_option("Warm")
    drawer.get_by_label("Option for Cold").select_option("")
    drawer.get_by_role("button", name="Map and retry").click()
    expect(jobs).to_contain_text("Retry")
    page.goto("about:blank")

    open_tab(page)

    expect(jobs).to_contain_text("42 leads done.")
    assert BulkAction.objects.get().done == 42
    jobs.get_by_role("link", name="See the fix").click()
    expect(drawer.get_by_text("All 42 leads are cleared.")).to_be_visible()
    expect(drawer.get_by_text("15 leads of the group still wait.")).to_be_visible()


@pytest.fixture
def crowd(organization: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    """57 leads failed for one cause. No worker is woken for them: the tests take the bites, twenty leads each."""
    integration = Integration.objects.create(
        organization=organization,
        provider="salesforce",
        category="crm",
        status="connected",
        connected_at=timezone.now(),
    )
    people = [Lead(organization=organization, last_name=f"No {number}", enrichment="done") for number in range(57)]
    said = {"organization": organization, "state": "failed", "cause": "REMOTE_RULE", "changed_at": timezone.now()}
    SyncRecord.objects.bulk_create(
        SyncRecord(integration=integration, lead=lead, **said) for lead in Lead.objects.bulk_create(people)
    )
    monkeypatch.setattr(bulk, "hint", lambda *_, **__: None)
    monkeypatch.setattr(bulk, "BITE", 20)


def a_bite() -> None:
    bulk.carry_on(bulk.unfinished()[0])


def test_by_keyboard_alone_a_selection_is_dismissed_and_the_rest_kept_by_cancel(page: Page, crowd: None) -> None:
    open_tab(page)
    jobs, bar = page.locator("#jobs"), page.get_by_role("region", name="Selection")

    tab_to(page, page.locator("input[name=group]"))
    page.keyboard.press("Space")
    expect(bar).to_contain_text("57 leads selected.")
    tab_to(page, bar.get_by_role("button", name="Dismiss"))
    page.keyboard.press("Enter")
    expect(jobs).to_contain_text("Dismiss: 0 of 57 leads")
    expect(page.locator("#list-h")).to_be_focused()
    tab_to(page, page.locator("input[name=group]"))
    page.keyboard.press("Space")
    a_bite()
    expect(jobs).to_contain_text("Dismiss: 20 of 57 leads")
    expect(page.locator("#jobs-said")).to_have_text("Dismiss: 20 of 57 leads.")
    expect(page.locator(".tally [data-state=failed] .fig")).to_have_text("37")
    expect(page.locator("input[name=group]")).to_be_checked()
    tab_to(page, jobs.get_by_role("button", name="Cancel"))
    page.keyboard.press("Enter")
    expect(jobs).to_contain_text("Stopping")
    line = jobs.locator("[id$=-h]")
    expect(line).to_be_focused()
    a_bite()

    expect(jobs).to_contain_text(
        "Dismiss by Mara Lindqvist: cancelled by Mara Lindqvist after 20 of 57 leads. The other 37 are as they were."
    )
    expect(line).to_be_focused()
    expect(page.locator("#jobs-said")).to_have_text("Dismiss: cancelled after 20 of 57 leads.")
    expect(page.locator(".tally [data-state=failed] .fig")).to_have_text("37")
    settled(page)
    assert bulk.unfinished() == []
    assert SyncRecord.objects.failed().count() == 37


def test_without_scripts_all_that_match_are_dismissed_watched_and_cancelled(
    windows: Callable[..., Page], mara: User, crowd: None
) -> None:
    page = windows(mara, java_script_enabled=False)
    open_tab(page)
    jobs, bar = page.locator("#jobs"), page.get_by_role("region", name="Selection")
    expect(page.get_by_label("Select all on this page")).to_be_hidden()

    bar.get_by_label("All 57 that match, ticked or not").check()
    follow(page, bar.get_by_role("button", name="Dismiss"))
    expect(jobs).to_contain_text("Dismiss: 0 of 57 leads")
    a_bite()
    follow(page, jobs.get_by_role("link", name="Look again"))
    expect(jobs).to_contain_text("Dismiss: 20 of 57 leads")
    follow(page, jobs.get_by_role("button", name="Cancel"))
    a_bite()
    follow(page, jobs.get_by_role("link", name="Look again"))
    expect(jobs).to_contain_text("after 20 of 57 leads. The other 37 are as they were.")
    follow(page, jobs.get_by_role("button", name="Undo"))
    a_bite()
    page.reload()

    expect(page.locator(".tally [data-state=failed] .fig")).to_have_text("57")
