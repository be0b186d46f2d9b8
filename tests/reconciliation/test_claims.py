"""Lanes, claims and the fence, on real Postgres."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from reconciliation import actions, claims, dispatch
from reconciliation.claims import Claim, Hold
from reconciliation.models import Lane, SyncAttempt, SyncRecord
from reconciliation.policy import Kind, Outcome
from reconciliation.settling import Settlement, settle
from reconciliation.snapshots import load_batch
from tests.reconciliation.world import World


def half() -> float:
    return 0.5


def claimed(world: World) -> tuple[Hold, Claim]:
    hold = claims.take_lane(world.integration.pk)
    assert hold
    claim = claims.claim_batch(hold, world.integration, 10)
    assert claim
    return hold, claim


def expire(claim: Claim) -> None:
    past = timezone.now() - timedelta(seconds=1)
    SyncRecord.objects.filter(claim_id=claim.claim_id).update(lease_until=past)
    Lane.objects.update(lease_until=past)


def cleared(claim: Claim) -> list[Settlement]:
    return [
        Settlement(load, Outcome(Kind.UNCHANGED), 1, timezone.now())
        for load in load_batch(claim.record_ids, in_doubt=claim.in_doubt)
    ]


def test_one_worker_at_a_time_has_the_lane(salesforce: World) -> None:
    assert claims.take_lane(salesforce.integration.pk)
    assert claims.take_lane(salesforce.integration.pk) is None


def test_a_lane_given_back_is_free(salesforce: World) -> None:
    hold = claims.take_lane(salesforce.integration.pk)
    assert hold
    claims.release_lane(hold)
    assert claims.take_lane(salesforce.integration.pk)


def test_a_lane_whose_lease_ran_out_is_taken_over_and_the_old_holder_cannot_renew(salesforce: World) -> None:
    old = claims.take_lane(salesforce.integration.pk)
    assert old
    Lane.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    new = claims.take_lane(salesforce.integration.pk)
    assert new
    assert claims.renew_lane(new)
    assert not claims.renew_lane(old)


def test_the_old_holder_gives_nothing_back_that_is_not_its_own(salesforce: World) -> None:
    old = claims.take_lane(salesforce.integration.pk)
    assert old
    Lane.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    new = claims.take_lane(salesforce.integration.pk)
    claims.release_lane(old)
    assert new
    assert Lane.objects.get().holder == new.holder


def test_a_closed_lane_is_not_taken_before_its_time(salesforce: World) -> None:
    hold = claims.take_lane(salesforce.integration.pk)
    assert hold
    claims.close_lane(salesforce.integration.pk, until=timezone.now() + timedelta(minutes=5), because="RATE_LIMITED")
    claims.release_lane(hold)
    salesforce.capture()
    assert claims.take_lane(salesforce.integration.pk) is None
    assert dispatch.integrations_with_work() == []


def test_a_claimed_record_is_not_claimed_again(salesforce: World) -> None:
    salesforce.capture()
    hold, _ = claimed(salesforce)
    assert claims.claim_batch(hold, salesforce.integration, 10) is None


def test_who_lost_the_lane_claims_nothing(salesforce: World) -> None:
    salesforce.capture()
    old = claims.take_lane(salesforce.integration.pk)
    assert old
    Lane.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert claims.take_lane(salesforce.integration.pk)
    assert claims.claim_batch(old, salesforce.integration, 10) is None


def test_an_expired_claim_is_taken_over_in_doubt(salesforce: World) -> None:
    lead = salesforce.capture()
    _, first = claimed(salesforce)
    expire(first)
    _, second = claimed(salesforce)
    assert second.record_ids == [salesforce.record(lead).pk]
    assert second.in_doubt == frozenset(second.record_ids)


def test_a_lost_claim_discards_the_result(salesforce: World) -> None:
    lead = salesforce.capture()
    _, first = claimed(salesforce)
    late = cleared(first)
    expire(first)
    _, second = claimed(salesforce)

    assert settle(claim=first, settlements=late, jitter=half) == 0

    record = salesforce.record(lead)
    assert (record.state, record.claim_id) == (SyncRecord.State.WAITING, second.claim_id)
    assert not SyncAttempt.objects.exists()


def test_pushed_leads_go_before_fresh_ones_and_those_before_a_backfill(salesforce: World) -> None:
    bulk, fresh, pushed = (salesforce.record(salesforce.capture(f"{name}@x.example", last_name=name)) for name in "abc")
    SyncRecord.objects.filter(pk=bulk.pk).update(priority=SyncRecord.Priority.BULK)
    SyncRecord.objects.filter(pk=pushed.pk).update(priority=SyncRecord.Priority.PUSHED)
    hold = claims.take_lane(salesforce.integration.pk)
    assert hold
    order = []
    while claim := claims.claim_batch(hold, salesforce.integration, 1):
        order += claim.record_ids
    assert order == [pushed.pk, fresh.pk, bulk.pk]


def test_in_manual_mode_only_what_was_pushed_is_claimed(salesforce: World) -> None:
    salesforce.integration.sync_mode = "manual"
    salesforce.integration.save()
    salesforce.capture("a@x.example")
    pushed = salesforce.record(salesforce.capture("b@x.example", last_name="B"))
    SyncRecord.objects.filter(pk=pushed.pk).update(pushed=True)
    assert claimed(salesforce)[1].record_ids == [pushed.pk]


def test_the_sweep_finds_an_integration_with_due_leads_and_leaves_a_paused_one_alone(salesforce: World) -> None:
    salesforce.capture()
    assert dispatch.integrations_with_work() == [salesforce.integration.pk]
    salesforce.integration.status = "disabled"
    salesforce.integration.save()
    assert dispatch.integrations_with_work() == []


@pytest.mark.parametrize(
    "impossible",
    [
        {"state": "failed", "due_at": None},
        {"state": "cleared", "due_at": "2026-01-01T00:00:00Z"},
        {"state": "waiting", "due_at": None},
        {"state": "cleared", "due_at": None, "cause": "INTERNAL"},
        {"claim_id": "00000000-0000-0000-0000-000000000001"},
    ],
)
def test_the_database_refuses_a_state_that_cannot_exist(salesforce: World, impossible: dict) -> None:
    record = salesforce.record(salesforce.capture())
    with pytest.raises(IntegrityError), transaction.atomic():
        SyncRecord.objects.filter(pk=record.pk).update(**impossible)


def test_claiming_and_loading_a_batch_costs_the_same_for_one_lead_and_for_thirty(
    salesforce: World, django_assert_max_num_queries
) -> None:
    for number in range(30):
        salesforce.capture(f"lead{number}@x.example", last_name=f"N{number}")
    hold = claims.take_lane(salesforce.integration.pk)
    assert hold
    with django_assert_max_num_queries(13):
        claim = claims.claim_batch(hold, salesforce.integration, 100)
        assert claim
        assert len(load_batch(claim.record_ids)) == 30


def test_settling_costs_the_same_for_one_lead_and_for_thirty(salesforce: World, django_assert_max_num_queries) -> None:
    for number in range(30):
        salesforce.capture(f"lead{number}@x.example", last_name=f"N{number}")
    hold = claims.take_lane(salesforce.integration.pk)
    assert hold
    claim = claims.claim_batch(hold, salesforce.integration, 100)
    assert claim
    settlements = cleared(claim)
    with django_assert_max_num_queries(9):
        assert settle(claim=claim, settlements=settlements, jitter=half) == 30


def test_a_push_while_the_lead_is_in_flight_sends_it_once_more(salesforce: World) -> None:
    lead = salesforce.capture()
    salesforce.run()
    lead.refresh_from_db()
    actions.push_lead(integration=salesforce.integration, lead=lead)
    _, claim = claimed(salesforce)
    loads = load_batch(claim.record_ids)

    actions.push_lead(integration=salesforce.integration, lead=lead)
    delivered = [Settlement(load, Outcome(Kind.DELIVERED), 1, timezone.now()) for load in loads]
    settle(claim=claim, settlements=delivered, jitter=half)

    record = salesforce.record(lead)
    assert (record.state, record.forced, record.pushed) == ("waiting", True, True)


def test_a_worker_that_slept_through_its_lease_sends_nothing_more(salesforce: World, settings: Any) -> None:
    lead = salesforce.capture()
    before = salesforce.sandbox.stats()["calls"]
    settings.LANE_LEASE_SECONDS = 0

    salesforce.run()

    assert salesforce.sandbox.stats()["calls"] == before
    assert salesforce.record(lead).claim_id is not None
    settings.LANE_LEASE_SECONDS = 60
    salesforce.run()
    assert [found["Email"] for found in salesforce.at_vendor("Lead")] == [lead.email]
