"""The circuit, the day's calls and the pruning of old attempts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations import alerts
from integrations.models import Integration
from integrations.tokens import mark_needs_attention
from reconciliation import actions, board, claims, pruning, rows
from reconciliation.budget import Budget
from reconciliation.models import Lane, Repair, SyncAttempt, SyncRecord
from reconciliation.records import Filters
from tests.reconciliation.world import World

NOW = timezone.now()


def budget(used: int | None, allowed: int | None, minutes_ago: float = 0) -> Budget:
    return Budget(used, allowed, NOW - timedelta(minutes=minutes_ago), 0.8, 0.95)


@pytest.mark.parametrize(
    ("known", "spent", "exhausted"),
    [
        (budget(None, None), False, False),
        (budget(79, 100), False, False),
        (budget(80, 100), True, False),
        (budget(95, 100), True, True),
        (budget(99, 100, minutes_ago=20), False, False),
        (budget(5, 0), False, False),
    ],
)
def test_who_may_still_use_the_days_calls(known: Budget, spent: bool, exhausted: bool) -> None:
    assert (known.spent(NOW), known.exhausted(NOW)) == (spent, exhausted)


def test_what_the_vendor_says_of_the_day_is_kept(salesforce: World) -> None:
    salesforce.capture()
    salesforce.run()
    lane = Lane.objects.get()
    assert lane.allowed_today
    assert lane.used_today
    assert lane.calls > 0


def test_a_low_allowance_is_kept_for_what_people_push(salesforce: World) -> None:
    salesforce.capture("a@x.example")
    pushed = salesforce.record(salesforce.capture("b@x.example", last_name="B"))
    hold = claims.take_lane(salesforce.integration.pk)
    assert hold
    Lane.objects.update(used_today=85, allowed_today=100, usage_seen_at=timezone.now())
    assert claims.claim_batch(hold, salesforce.integration, 10) is None

    actions.push(integration=salesforce.integration, records=SyncRecord.objects.filter(pk=pushed.pk))

    claim = claims.claim_batch(hold, salesforce.integration, 10)
    assert claim
    assert claim.record_ids == [pushed.pk]


@pytest.mark.parametrize(
    ("used", "words", "push_goes"),
    [(85, "nearly used up", True), (100, "are used up", False)],
)
def test_whoever_looks_is_told_that_the_days_calls_are_used_up(
    salesforce: World, used: int, words: str, push_goes: bool
) -> None:
    salesforce.capture()
    Lane.objects.create(
        integration=salesforce.integration, used_today=used, allowed_today=100, usage_seen_at=timezone.now()
    )

    shown = board.board(integration=salesforce.integration, vendor="Salesforce", filters=Filters(), chosen="waiting")

    assert words in shown.rows[0].why
    assert "Mobly asks again at" in shown.rows[0].why
    assert ("A push still goes." in shown.rows[0].why) is push_goes
    assert not shown.live


def test_a_long_pause_is_no_sending(salesforce: World) -> None:
    salesforce.capture()
    later = timezone.now() + timedelta(hours=5)
    Lane.objects.create(integration=salesforce.integration, closed_until=later, closed_because="RATE_LIMITED")

    shown = board.board(integration=salesforce.integration, vendor="Salesforce", filters=Filters(), chosen="waiting")

    assert shown.rows[0].why.startswith(f"Salesforce takes no calls until {timezone.localtime(later):%H:%M}.")
    assert not shown.live


def test_a_push_asks_the_vendor_anew_whether_the_day_is_over(
    salesforce: World, django_capture_on_commit_callbacks: Any
) -> None:
    record = salesforce.record(salesforce.capture())
    for spent in (
        {"used_today": 100, "allowed_today": 100, "usage_seen_at": timezone.now()},
        {"closed_until": timezone.now() + timedelta(hours=5), "closed_because": "RATE_LIMITED"},
    ):
        Lane.objects.update_or_create(integration=salesforce.integration, defaults=spent)

    with django_capture_on_commit_callbacks(execute=True):
        actions.push(integration=salesforce.integration, records=SyncRecord.objects.filter(pk=record.pk))
    salesforce.run()

    assert salesforce.record(record.lead).state == "cleared"


def test_a_push_obeys_a_short_pause(salesforce: World, django_capture_on_commit_callbacks: Any) -> None:
    record = salesforce.record(salesforce.capture())
    soon = timezone.now() + timedelta(seconds=20)
    Lane.objects.create(integration=salesforce.integration, closed_until=soon, closed_because="RATE_LIMITED")

    with django_capture_on_commit_callbacks(execute=True):
        actions.push(integration=salesforce.integration, records=SyncRecord.objects.filter(pk=record.pk))

    assert Lane.objects.get().closed_until == soon


def test_after_repeated_outages_a_single_lead_probes(salesforce: World) -> None:
    for number in range(4):
        salesforce.capture(f"lead{number}@x.example", last_name=f"N{number}")
    hold = claims.take_lane(salesforce.integration.pk)
    assert hold
    assert not hold.probing
    claims.release_lane(hold)
    Lane.objects.update(failures_in_a_row=claims.OUTAGES_BEFORE_A_PROBE)
    salesforce.sandbox.faults(html_503=1)

    salesforce.run()

    assert SyncRecord.objects.filter(tries__gt=0).count() == 1


def test_a_probe_that_arrives_closes_the_circuit_and_the_rest_follows(salesforce: World) -> None:
    for number in range(4):
        salesforce.capture(f"lead{number}@x.example", last_name=f"N{number}")
    claims.release_lane(claims.take_lane(salesforce.integration.pk) or claims.Hold(0))
    Lane.objects.update(failures_in_a_row=claims.OUTAGES_BEFORE_A_PROBE)

    salesforce.run()

    assert SyncRecord.objects.cleared().count() == 4
    assert Lane.objects.get().failures_in_a_row == 0


def test_old_attempts_are_removed_and_young_ones_stay(salesforce: World, settings: Any) -> None:
    salesforce.capture()
    salesforce.run()
    young = SyncAttempt.objects.get()
    old = SyncAttempt.objects.create(
        record=young.record, started_at=NOW, ended_at=NOW - timedelta(days=91), outcome="updated", version=1
    )
    assert pruning.prune_attempts() == 1
    assert list(SyncAttempt.objects.all()) == [young]
    assert old.pk


def test_old_repairs_are_removed_and_young_ones_stay(salesforce: World) -> None:
    repair = {"integration": salesforce.integration, "cause": "PERMISSION", "done": "Sent again.", "record_ids": [1]}
    young = Repair.objects.create(**repair, started_at=NOW - timedelta(days=89))
    Repair.objects.create(**repair, started_at=NOW - timedelta(days=91))

    assert pruning.prune_repairs() == 1
    assert list(Repair.objects.all()) == [young]


def test_admins_are_told_once_that_the_vendor_lost_our_credentials(salesforce: World) -> None:
    integration = Integration.objects.get(pk=salesforce.integration.pk)
    assert mark_needs_attention(integration=integration, reason="expired access/refresh token")
    assert not mark_needs_attention(integration=integration, reason="expired access/refresh token")
    alerts.tell_needs_attention(integration_id=integration.pk)
    [told] = mail.outbox
    assert told.to == [salesforce.admin.email]
    assert "expired access/refresh token" in told.body
    assert "/integrations/salesforce/" in told.body


def test_an_alert_that_came_too_late_is_not_sent(salesforce: World) -> None:
    assert alerts.tell_needs_attention(integration_id=salesforce.integration.pk) == 0
    assert mail.outbox == []


def test_a_block_at_the_vendors_edge_is_told_to_the_operator_once_and_to_who_looks(
    pipedrive: World, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    pipedrive.capture()
    pipedrive.sandbox.faults(html_403=2)

    pipedrive.run()
    Lane.objects.update(closed_until=timezone.now())
    SyncRecord.objects.update(due_at=timezone.now())
    pipedrive.run()

    told = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert [line.partition(":")[0] for line in told] == [
        f"pipedrive blocks the traffic of integration {pipedrive.integration.pk}"
    ]
    lane = Lane.objects.get()
    assert lane.blocked_until
    client.force_login(pipedrive.admin)
    panel = client.get(reverse("reconciliation:budget", args=["pipedrive"])).content.decode()
    assert "turns Mobly’s traffic away until" in panel
    assert "turns Mobly’s traffic away" in rows.spent_words(pipedrive.integration, "Pipedrive")


def test_the_panel_counts_what_the_vendor_counts(pipedrive: World, client: Client) -> None:
    client.force_login(pipedrive.admin)
    address = reverse("reconciliation:budget", args=["pipedrive"])
    assert "No lead was sent yet." in client.get(address).content.decode()
    pipedrive.capture()
    pipedrive.run()

    panel = client.get(address).content.decode()

    assert "Tokens today" in panel
    assert "of the day’s tokens" in panel
