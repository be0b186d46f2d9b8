"""Very many leads at once: the tab says how far it is, stays usable, and takes a Dismiss back."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from reconciliation import bulk
from reconciliation.models import BulkAction, SyncRecord
from tests.browser.test_fixing import open_tab, stuck
from tests.browser.visitor import settled

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


def test_who_closes_the_page_meanwhile_finds_it_done(page: Page, stuck: None) -> None:
    open_tab(page)
    page.get_by_label("Select all on this page").check()
    page.get_by_role("region", name="Selection").get_by_role("button", name="Retry").click()
    expect(page.locator("#jobs")).to_contain_text("Retry")
    page.goto("about:blank")

    open_tab(page)

    expect(page.locator("#jobs")).to_contain_text("57 leads done.")
    assert BulkAction.objects.get().done == 57
