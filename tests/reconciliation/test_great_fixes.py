"""A fix of more leads than a request should wait for: the mapping changes at once, workers send the leads, and the
drawer tells of each where it is.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations.models import Integration, QualifierValueMapping
from reconciliation import bulk
from reconciliation.models import BulkAction, Repair, SyncRecord
from reconciliation.progress import Progress, progress_of, watched
from tests.reconciliation.test_bulk import work_off
from tests.reconciliation.test_fixing import HTMX, carrying, failed, fix_url, group, page, scored, text
from tests.reconciliation.test_pages import TAB, a_record, browser, integration, organization
from tests.reconciliation.world import World

__all__ = ["browser", "integration", "organization", "page"]
GROUP = {"cause": "NO_TAG_MAPPING", "subject": "Lead Score", "field": "", "ours": "1", "period": "all"}
FIX = reverse("reconciliation:fix", args=["salesforce"])
JOBS = reverse("reconciliation:jobs", args=["salesforce"])
PART = {"HX-Request": "true", "HX-Target": "fix-progress"}


@pytest.fixture(autouse=True)
def _small_bites(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 3)
    monkeypatch.setattr(bulk, "BITE", 2)
    monkeypatch.setattr(bulk, "hint", lambda *_, **__: None)


@pytest.fixture
def crowd(integration: Integration) -> list[SyncRecord]:
    """Eight leads of one group, in the order they are reached."""
    return [a_record(integration, f"n{number}", "failed") for number in range(8)]


def retried(browser: Client) -> Repair:
    """The group was sent again as it is, with its drawer."""
    browser.post(FIX, {**GROUP, "do": "retry"})
    return Repair.objects.get()


def told(repair: Repair) -> Progress:
    return progress_of(watched(repair.pk), "Salesforce")


def become(*records: SyncRecord, **said: Any) -> None:
    SyncRecord.objects.filter(pk__in=[record.pk for record in records]).update(changed_at=timezone.now(), **said)


CLEARED: dict[str, Any] = {"state": "cleared", "due_at": None, "cause": ""}
FAILED: dict[str, Any] = {"state": "failed", "due_at": None, "cause": "PERMISSION", "subject": "Phone"}


def test_a_mapping_changes_at_once_and_workers_send_exactly_the_leads_it_was_made_for(
    salesforce: World, page: Any
) -> None:
    score = scored(salesforce, "Scorching", "Nurture")
    hot = [carrying(salesforce, score, "Scorching", email=f"hot{number}@x.example") for number in range(4)]
    other = carrying(salesforce, score, "Nurture", email="nurture@x.example")
    salesforce.run()
    value = score.values.get(label="Scorching")

    made = page(salesforce).post(fix_url(salesforce), {**group(), "do": "map", f"option:Lead:{value.pk}": "Hot"})

    assert QualifierValueMapping.objects.get().remote_value == "Hot"
    repair = Repair.objects.get()
    assert repair.record_ids == sorted(salesforce.record(lead).pk for lead in hot)
    assert SyncRecord.objects.failed().count() == 5
    assert "4 not reached yet" in text(page(salesforce).get(made.url))
    assert work_off(BulkAction.objects.get()).done == 4
    salesforce.run()
    closing = text(page(salesforce).get(made.url))
    assert "All 4 leads are cleared." in closing
    assert "1 lead of the group still waits." in closing
    assert salesforce.record(other).state == "failed"


def test_each_lead_is_told_of_where_it_is_whoever_brought_it_there(browser: Client, crowd: list[SyncRecord]) -> None:
    repair = retried(browser)
    assert told(repair) == Progress(total=8, cleared=0, failed_count=0, unreached=8, running=True)

    # The first two are reached. Of the others somebody retries one, which clears, dismisses one, and one fails anew.
    bulk.carry_on(BulkAction.objects.get().pk)
    become(crowd[0], **CLEARED)
    become(crowd[3], **CLEARED)
    become(crowd[4], **FAILED)
    SyncRecord.objects.filter(pk=crowd[5].pk).update(dismissed_at=timezone.now())
    a_record(crowd[0].integration, "late", "failed")

    now = told(repair)
    assert (now.total, now.cleared, now.failed_count, now.left, now.unreached, now.gone) == (7, 2, 1, 1, 3, 1)
    assert [each.cause for each in now.failed] == ["PERMISSION"]
    shown = text(browser.get(reverse("reconciliation:repair", args=["salesforce", repair.pk]), headers=PART))
    assert "of 7 cleared, 1 failed, 1 on the way, 3 not reached yet" in shown
    assert "1 more was dismissed or removed meanwhile." in shown
    assert "You can close this page." in shown
    assert "load delay:2s" in shown

    action = work_off(BulkAction.objects.get())
    assert action.done == 5
    after = told(repair)
    assert (after.cleared, after.failed_count, after.left, after.unreached, after.running) == (2, 1, 4, 0, False)
    assert SyncRecord.objects.get(pk=crowd[5].pk).state == "failed"


def test_a_cancelled_fix_leaves_the_rest_as_it_was_and_does_not_count_it_as_failed(
    browser: Client, crowd: list[SyncRecord]
) -> None:
    repair = retried(browser)
    bulk.carry_on(BulkAction.objects.get().pk)

    url = reverse("reconciliation:cancel_repair", args=["salesforce", repair.pk])
    assert "Stopping" in text(browser.post(url, headers=PART))
    work_off(BulkAction.objects.get())
    become(*crowd[:2], **CLEARED)

    shown = text(browser.get(reverse("reconciliation:repair", args=["salesforce", repair.pk]), headers=PART))
    assert "of 8 cleared, 6 as they were" in shown
    assert "Cancelled by Mara" in shown
    assert "failed" not in shown.partition("</section>")[0]
    assert "6 leads of the group still wait." in shown
    assert "load delay" not in shown.partition("</section>")[0]


def test_a_second_click_is_the_same_fix_and_the_group_says_that_one_is_under_way(
    browser: Client, crowd: list[SyncRecord]
) -> None:
    repair = retried(browser)
    assert retried(browser) == repair
    assert BulkAction.objects.count() == 1
    watch = reverse("reconciliation:repair", args=["salesforce", repair.pk])

    assert watch in text(browser.get(FIX, GROUP))
    assert watch in text(browser.get(TAB))
    work_off(BulkAction.objects.get())
    assert watch not in text(browser.get(FIX, GROUP))
    assert watch in text(browser.get(JOBS))


def test_values_of_very_many_leads_are_corrected_some_at_a_time_in_so_many_words(salesforce: World, page: Any) -> None:
    said = {"cause": "DATA_VALUE_VALIDATION", "subject": "State/Province", "remote_field": "State"}
    for number in range(5):
        failed(salesforce, f"b{number}@x.example", person={"company_state": "Bayern"}, value="Bayern", **said)
    key = {"cause": said["cause"], "subject": said["subject"], "field": "State", "ours": "0"}

    assert "Changes 3 leads at a time." in text(page(salesforce).get(fix_url(salesforce), key))
    corrected = {**key, "do": "correct", "was:0": "Bayern", "value:0": "Bavaria"}
    made = text(page(salesforce).post(fix_url(salesforce), corrected, headers=HTMX))

    assert "“Bayern” is now “Bavaria”" in made
    assert "of 3 leads." in made
    assert salesforce.organization.leads.filter(company_state="Bavaria").count() == 3
    assert SyncRecord.objects.failed().count() == 2
    assert not BulkAction.objects.exists()


def test_the_progress_of_very_many_costs_the_same_queries_as_that_of_few(
    browser: Client, integration: Integration, crowd: list[SyncRecord], django_assert_num_queries: Any
) -> None:
    repair = retried(browser)
    bulk.carry_on(BulkAction.objects.get().pk)
    url = reverse("reconciliation:repair", args=["salesforce", repair.pk])
    with django_assert_num_queries(8):
        browser.get(url, headers=PART)
    Repair.objects.update(record_ids=[*repair.record_ids, *(a_record(integration, f"m{n}").pk for n in range(40))])
    with django_assert_num_queries(8):
        browser.get(url, headers=PART)
