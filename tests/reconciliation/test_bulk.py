"""Retry, Push and Dismiss of very many leads: stored, carried out in bites, watched, cancelled, taken up again."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations.models import Integration
from leads.models import Capture, Event, Lead, Member, Organization, User
from reconciliation import bulk
from reconciliation.models import BulkAction, SyncRecord
from reconciliation.views import tab
from tests.reconciliation.test_pages import ACT, TAB, a_record, browser, event, integration, organization, text

__all__ = ["browser", "event", "integration", "organization"]
ALL_FAILED = {"list": "failed", "all": "1", "period": "all"}
JOBS = reverse("reconciliation:jobs", args=["salesforce"])


@pytest.fixture(autouse=True)
def _small_bites(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 3)
    monkeypatch.setattr(bulk, "BITE", 2)
    monkeypatch.setattr(bulk, "hint", lambda *_, **__: None)


def failed(integration: Integration, count: int) -> list[SyncRecord]:
    return [a_record(integration, f"n{number}", "failed") for number in range(count)]


def press(browser: Client, do: str = "retry", **more: Any) -> str:
    return text(browser.post(ACT, {**ALL_FAILED, "do": do, **more}, follow=True))


def work_off(action: BulkAction) -> BulkAction:
    while bulk.carry_on(action.pk):
        pass
    action.refresh_from_db()
    return action


def states(integration: Integration) -> list[str]:
    return sorted(SyncRecord.objects.of(integration).values_list("state", flat=True))


def test_few_leads_are_done_at_once(browser: Client, integration: Integration) -> None:
    failed(integration, 3)
    assert "3 leads are on the way again." in press(browser)
    assert not BulkAction.objects.exists()


def test_many_leads_are_stored_watched_and_done(browser: Client, integration: Integration) -> None:
    failed(integration, 5)
    page = press(browser)
    assert states(integration) == ["failed"] * 5
    assert "Retry of 5 leads: under way." in page
    action = BulkAction.objects.get()

    bulk.carry_on(action.pk)
    page = text(browser.get(JOBS))
    assert 'role="progressbar"' in page
    assert 'aria-valuenow="2"' in page
    assert "Retry: 2 of 5 leads" in page
    assert "delay:2s" in page

    work_off(action)
    assert states(integration) == ["waiting"] * 5
    assert set(SyncRecord.objects.values_list("priority", flat=True)) == {SyncRecord.Priority.BULK}
    page = text(browser.get(JOBS))
    assert "Retry by mara@halden.example: 5 leads done." in page.replace("Mara", "mara@halden.example")
    assert "delay:2s" not in page


def test_a_second_click_starts_nothing(browser: Client, integration: Integration) -> None:
    failed(integration, 5)
    press(browser)
    press(browser)
    action = work_off(BulkAction.objects.get())
    assert (action.done, action.counted) == (5, 5)


def test_what_fails_after_the_button_was_pressed_is_left_alone(browser: Client, integration: Integration) -> None:
    mine = failed(integration, 5)
    press(browser)
    late = a_record(integration, "late", "failed")
    anew = mine[4]
    SyncRecord.objects.filter(pk=anew.pk).update(changed_at=timezone.now())
    action = work_off(BulkAction.objects.get())
    assert action.done == 4
    assert set(SyncRecord.objects.filter(state="failed").values_list("pk", flat=True)) == {late.pk, anew.pk}
    assert "The other 1 had moved on meanwhile." in text(browser.get(JOBS))


def test_a_cancelled_action_leaves_the_rest_as_it_was(browser: Client, integration: Integration) -> None:
    failed(integration, 5)
    press(browser)
    action = BulkAction.objects.get()
    bulk.carry_on(action.pk)
    browser.post(reverse("reconciliation:cancel_job", args=["salesforce", action.pk]))
    work_off(action)
    assert states(integration) == ["failed"] * 3 + ["waiting"] * 2
    assert "after 2 of 5 leads. The other 3 are as they were." in text(browser.get(TAB))


def test_a_killed_worker_loses_no_bite_and_doubles_none(
    browser: Client, integration: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed(integration, 5)
    press(browser)
    action = BulkAction.objects.get()
    bulk.carry_on(action.pk)
    done = bulk._do

    def dies_after_writing(*said: Any) -> int:
        done(*said)
        raise SystemExit

    with monkeypatch.context() as dying:
        dying.setattr(bulk, "_do", dies_after_writing)
        with pytest.raises(SystemExit):
            bulk.carry_on(action.pk)
    assert states(integration) == ["failed"] * 3 + ["waiting"] * 2
    assert bulk.unfinished() == [action.pk]
    assert work_off(action).done == 5
    assert states(integration) == ["waiting"] * 5


def test_an_action_stored_before_groups_had_a_field_means_what_it_meant(integration: Integration) -> None:
    failed(integration, 5)
    filters = {"event": None, "cause": "NO_TAG_MAPPING", "subject": "", "text": "", "since": None}
    choice = {"filters": filters, "list": "failed", "all": True, "groups": [], "ids": []}
    action = BulkAction.objects.create(
        integration=integration,
        kind="retry",
        choice={**choice, "setup_before": None, "dismissed_at": ""},
        moment=timezone.now(),
        counted=5,
    )
    assert work_off(action).done == 5


def test_a_dismissed_crowd_comes_back_with_undo(browser: Client, integration: Integration) -> None:
    failed(integration, 5)
    a_record(integration, "before", "failed", dismissed_at=timezone.now())
    press(browser, do="dismiss")
    action = work_off(BulkAction.objects.get())
    assert "Nothing failed" in text(browser.get(TAB))
    browser.post(reverse("reconciliation:undo_job", args=["salesforce", action.pk]))
    assert work_off(BulkAction.objects.get(kind="restore")).done == 5
    assert "5 failed leads" in text(browser.get(TAB))


def test_a_whole_event_is_pushed_with_the_leads_never_sent_however_many(
    browser: Client, integration: Integration, event: Event
) -> None:
    for number in range(3):
        a_record(integration, f"w{number}", "waiting", event=event)
        new = Lead.objects.create(
            organization=integration.organization, email=f"{number}@x.example", email_key=f"{number}@x.example"
        )
        Capture.objects.create(
            organization=integration.organization, lead=new, event=event, source="api", captured_at=timezone.now()
        )
    browser.post(reverse("reconciliation:push_event", args=["salesforce", event.pk]))
    action = work_off(BulkAction.objects.get())
    assert (action.done, action.counted) == (6, 6)
    assert SyncRecord.objects.filter(pushed=True, state="waiting").count() == 6


def test_another_organization_neither_sees_nor_cancels_it(browser: Client, integration: Integration) -> None:
    failed(integration, 5)
    press(browser)
    action = BulkAction.objects.get()
    other = Organization.objects.create(name="Zeta", slug="zeta")
    stranger = User.objects.create_user("zoe@zeta.example", "show-floor-2026")
    Member.objects.create(organization=other, user=stranger, role=Member.Role.ADMIN)
    Integration.objects.create(organization=other, provider="salesforce", category="crm", status="connected")
    theirs = Client()
    theirs.force_login(stranger)
    assert "Retry" not in text(theirs.get(JOBS))
    for name in ("cancel_job", "undo_job"):
        assert theirs.post(reverse(f"reconciliation:{name}", args=["salesforce", action.pk])).status_code == 404
    action.refresh_from_db()
    assert action.cancel_asked_at is None


def test_an_action_that_ends_while_the_page_is_made_is_asked_for_again(
    browser: Client, integration: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed(integration, 5)
    press(browser, "dismiss")
    shown = tab.board

    def slowly(**asked: Any) -> Any:
        board = shown(**asked)
        work_off(BulkAction.objects.get())
        return board

    monkeypatch.setattr(tab, "board", slowly)

    assert f'hx-get="{JOBS}' in browser.get(TAB).content.decode()
