"""The figures of the Reconciliation tab against the records themselves, whatever was done to them."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from integrations.models import Integration
from leads.models import Capture, Event, Headcount, Lead, Organization
from reconciliation import counting, figures
from reconciliation.models import Figure, Placement, SyncRecord
from reconciliation.records import STATES, Filters
from tests.reconciliation.test_pages import TAB, a_record, browser, event, integration, organization, text

__all__ = ["browser", "event", "integration", "organization"]
OF_A_GROUP = ("cause", "subject", "remote_field", "refused_by_us")


def agree(integration: Integration) -> None:
    """Every figure is what counting would say."""
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    events = [None, *Event.objects.values_list("pk", flat=True)]
    for place in events:
        for since in (None, now - timedelta(days=7)):
            for cause in ("", "PERMISSION"):
                filters = Filters(event=place, since=since, cause=cause)
                counted = SyncRecord.objects.of(integration).matching(filters)
                assert figures.tally(integration, filters) == counted.tally()
                told = [{**group, "value": "", "example": ""} for group in figures.groups(integration, filters)]
                known = [{**group, "value": "", "example": ""} for group in counted.grouped_by_cause()]
                assert told == known
                for group in known:
                    one = replace(filters, **{name: group[name] for name in OF_A_GROUP})
                    assert figures.tally(integration, one)["failed"] == group["count"]
                    assert [(each["count"], each["last"]) for each in figures.groups(integration, one)] == [
                        (group["count"], group["last"])
                    ]
                for state in STATES:
                    listed = list(counting.listed(integration, filters, state).values_list("pk", flat=True))
                    assert listed == list(counted.in_state(state).newest_first().values_list("pk", flat=True))
    by_event = figures.by_event(integration, Filters())
    for place, counts in by_event.items():
        counted = SyncRecord.objects.of(integration).matching(Filters(event=place)).tally()
        assert counts == {state: counted[state] for state in STATES}
    people = Headcount.objects.of(integration.organization_id)
    assert people == {"people": Lead.objects.count(), "captures": Capture.objects.count()}


def meet(lead: Lead, event: Event | None) -> Capture:
    return Capture.objects.create(
        organization=lead.organization, lead=lead, event=event, source="api", captured_at=timezone.now()
    )


def test_figures_stay_true_whatever_happens(integration: Integration, event: Event) -> None:
    """A seeded run of what workers and people do to records and captures."""
    dice = random.Random(7)
    second = Event.objects.create(organization=integration.organization, name="Vision Forum")
    records = [
        a_record(integration, f"n{number}", dice.choice(STATES), event=dice.choice([event, None]))
        for number in range(30)
    ]
    agree(integration)
    causes = [
        {"cause": "PERMISSION", "subject": "Phone", "remote_field": "Phone", "refused_by_us": False},
        {"cause": "PERMISSION", "subject": "Phone", "remote_field": "MobilePhone", "refused_by_us": True},
        {"cause": "NO_TAG_MAPPING", "subject": "Lead Score", "remote_field": "", "refused_by_us": True},
    ]
    for turn in range(12):
        some = SyncRecord.objects.filter(pk__in=[record.pk for record in dice.sample(records, 8)])
        match turn % 6:
            case 0:
                when = timezone.now() - timedelta(days=dice.choice([0, 3, 20]))
                some.update(state="failed", due_at=None, changed_at=when, **dice.choice(causes))
            case 1:
                some.update(state="waiting", due_at=timezone.now(), cause="", changed_at=timezone.now())
            case 2:
                some.filter(state="failed").update(dismissed_at=timezone.now())
            case 3:
                some.filter(state="waiting").update(state="cleared", due_at=None, cause="", changed_at=timezone.now())
            case 4:
                met = [meet(record.lead, dice.choice([event, second, None])) for record in some]
                Capture.objects.filter(pk=met[0].pk).update(event=second)
                met[1].delete()
            case 5:
                figures.compact()
        agree(integration)
    SyncRecord.objects.filter(pk__in=[record.pk for record in records[:5]]).delete()
    agree(integration)
    second.delete()
    agree(integration)
    figures.compact()
    agree(integration)
    assert not Figure.objects.filter(settled=False).exists()
    SyncRecord.objects.all().delete()
    figures.compact()
    assert not Figure.objects.exists()
    assert not Placement.objects.exists()


def test_a_rehearsal_is_a_history_with_true_figures_and_nothing_to_send(organization: Organization) -> None:
    call_command("make_records", organization="Rehearsal", leads=400, verbosity=0, stdout=_Nowhere())
    integration = Integration.objects.get(organization__name="Rehearsal")
    assert integration.is_manual
    agree(integration)
    tally = figures.tally(integration, Filters())
    assert tally["all"] == 400
    assert min(tally.values()) > 0
    Integration.objects.update(sync_mode="automatic")
    with pytest.raises(CommandError, match="Switch it to Manual first"):
        call_command("make_records", organization="Rehearsal", leads=1, stdout=_Nowhere())


def test_a_frequent_word_is_counted_about_and_says_so(
    browser: Client, integration: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "MOST", 3)
    monkeypatch.setattr(counting, "SAMPLE", 4)
    for number in range(8):
        a_record(integration, f"n{number}", "failed")
    page = text(browser.get(TAB, {"q": "lovelace", "period": "all"}))
    assert "about 8 failed leads" in page
    assert "≈8" in page
    assert "Too many to split by event" in text(browser.get(TAB, {"q": "lovelace", "by": "event", "period": "all"}))
    assert "1 failed lead" in text(browser.get(TAB, {"q": "lovelace n5", "period": "all"}))


def test_the_beginning_of_a_word_nobody_has_is_no_frequent_one(
    integration: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "MOST", 2)
    for _ in range(400):
        Lead.objects.create(organization=integration.organization, last_name="Lovelace")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE leads_lead")
    assert not counting.Search.of(integration, "zzyzx").frequent


def test_more_leads_than_anybody_counts_are_not_given_a_number(
    browser: Client, integration: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "MOST", 2)
    Integration.objects.update(setup_version=9)
    for number in range(4):
        a_record(integration, f"n{number}", setup_sent=1)
    assert "The configuration changed since 2+ leads were sent." in text(browser.get(TAB))


@pytest.mark.parametrize(
    "filters",
    [
        {},
        {"q": "lovelace"},
        {"by": "event"},
        {"list": "cleared"},
        {"cause": "NO_TAG_MAPPING", "subject": "Lead Score", "field": "", "ours": "1"},
    ],
)
def test_the_queries_are_as_many_for_two_hundred_leads_as_for_two(
    browser: Client, integration: Integration, event: Event, django_assert_num_queries: Any, filters: dict[str, str]
) -> None:
    for state in STATES:
        a_record(integration, f"first{state}", state, event=event)
    with CaptureQueriesContext(connection) as few:
        browser.get(TAB, filters)
    for number in range(60):
        a_record(integration, f"n{number}", STATES[number % 3], event=event)
    with django_assert_num_queries(len(few)):
        browser.get(TAB, filters)


class _Nowhere:
    """A console nobody reads."""

    def write(self, *_: object) -> None:
        return None

    def flush(self) -> None:
        return None

    def isatty(self) -> bool:
        return False
