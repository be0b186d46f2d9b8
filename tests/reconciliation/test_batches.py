"""What travels together, what waits for whom, and how work is found."""

from __future__ import annotations

import json

import pytest
import redis
from django.conf import settings as configured
from django.utils import timezone

from reconciliation import actions, claims, dispatch, outbox, tasks
from reconciliation.claims import Hold
from reconciliation.models import SyncRecord
from tests.reconciliation.world import World

Priority = SyncRecord.Priority


def lane(world: World) -> Hold:
    hold = claims.take_lane(world.integration.pk)
    assert hold
    return hold


def record(world: World, name: str, priority: int, **changes: object) -> SyncRecord:
    made = world.record(world.capture(f"{name}@x.example", last_name=name))
    SyncRecord.objects.filter(pk=made.pk).update(priority=priority, **changes)
    made.refresh_from_db()
    return made


def test_what_a_person_waits_for_does_not_travel_with_a_backfill(salesforce: World) -> None:
    bulk = [record(salesforce, name, Priority.BULK) for name in "ab"]
    quick = [record(salesforce, "c", Priority.FRESH), record(salesforce, "d", Priority.PUSHED)]
    hold = lane(salesforce)

    first = claims.claim_batch(hold, salesforce.integration, 10)
    second = claims.claim_batch(hold, salesforce.integration, 10)

    assert first
    assert second
    assert first.record_ids == [quick[1].pk, quick[0].pk]
    assert second.record_ids == [entry.pk for entry in bulk]


def test_a_bulk_change_that_is_still_coming_in_is_waited_for(salesforce: World) -> None:
    record(salesforce, "a", Priority.BULK)
    record(salesforce, "b", Priority.BULK, due_at=timezone.now())
    hold = lane(salesforce)

    with pytest.raises(claims.Filling):
        claims.claim_batch(hold, salesforce.integration, 10, patient=True)

    claim = claims.claim_batch(hold, salesforce.integration, 10)
    assert claim
    assert len(claim.record_ids) == 2


@pytest.mark.parametrize("waiting", ["a full batch", "an old one", "a fresh lead"])
def test_nobody_waits_for_more_without_a_reason(salesforce: World, waiting: str) -> None:
    priority = Priority.FRESH if waiting == "a fresh lead" else Priority.BULK
    changes = {} if waiting == "an old one" else {"due_at": timezone.now()}
    made = record(salesforce, "a", priority, **changes)

    limit = 1 if waiting == "a full batch" else 10
    claim = claims.claim_batch(lane(salesforce), salesforce.integration, limit, patient=True)

    assert claim
    assert claim.record_ids == [made.pk]


def test_a_batch_that_was_waited_for_is_carried_at_last(salesforce: World, settings) -> None:
    settings.GATHER_SECONDS = 0.1
    made = record(salesforce, "a", Priority.BULK, due_at=timezone.now())
    salesforce.run()
    made.refresh_from_db()
    assert made.state == SyncRecord.State.CLEARED


def test_a_push_of_very_many_waits_behind_leads_captured_meanwhile(salesforce: World, monkeypatch) -> None:
    monkeypatch.setattr(actions, "PUSHED_AT_MOST", 1)
    one, other = (record(salesforce, name, Priority.FRESH) for name in "ab")
    records = SyncRecord.objects.all()

    actions.push(integration=salesforce.integration, records=records.filter(pk=one.pk))
    assert set(records.filter(pk=one.pk).values_list("priority", "pushed")) == {(Priority.PUSHED, True)}

    actions.push(integration=salesforce.integration, records=records)
    assert set(records.values_list("priority", "pushed")) == {(Priority.BULK, True)}
    assert other.pk != one.pk


def test_the_sweep_leaves_frozen_leads_of_a_manual_integration_alone_until_one_is_pushed(salesforce: World) -> None:
    salesforce.integration.sync_mode = "manual"
    salesforce.integration.save()
    made = record(salesforce, "a", Priority.BULK)
    assert dispatch.integrations_with_work() == []

    SyncRecord.objects.filter(pk=made.pk).update(pushed=True)
    assert dispatch.integrations_with_work() == [salesforce.integration.pk]


@pytest.mark.parametrize("priority", Priority)
def test_the_sweep_finds_due_leads_of_every_priority_and_none_whose_time_has_not_come(
    salesforce: World, priority: Priority
) -> None:
    made = record(salesforce, "a", priority)
    assert dispatch.integrations_with_work() == [salesforce.integration.pk]

    SyncRecord.objects.filter(pk=made.pk).update(due_at="2099-01-01T00:00:00Z")
    assert dispatch.integrations_with_work() == []


def test_hints_of_the_sweep_do_not_pile_up_while_every_worker_is_busy(salesforce: World) -> None:
    record(salesforce, "a", Priority.BULK)
    with redis.Redis.from_url(configured.REDIS_URL) as broker:
        broker.delete("sync")
        tasks.sweep()
        swept = json.loads(broker.lpop("sync"))
        outbox.hint(salesforce.integration.pk)
        hinted = json.loads(broker.lpop("sync"))

    assert swept["headers"]["expires"] is not None
    assert hinted["headers"]["expires"] is None


def test_leads_from_before_the_connection_are_sent_once_each(salesforce: World, monkeypatch) -> None:
    monkeypatch.setattr(actions, "CHUNK", 2)
    for number in range(5):
        salesforce.capture(f"lead{number}@x.example", last_name=f"N{number}")
    SyncRecord.objects.all().delete()

    assert actions.send_earlier_leads(integration=salesforce.integration) == 5
    assert actions.send_earlier_leads(integration=salesforce.integration) == 0
    assert SyncRecord.objects.count() == 5
