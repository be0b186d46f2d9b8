"""What becomes of a lead when the vendor, the line or the mapping is difficult. Real HTTP to both sandboxes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from integrations.models import FieldMapping, Integration
from leads.capture import edit_lead
from reconciliation import actions, claims
from reconciliation.models import Lane, RemoteCompany, SyncAttempt, SyncRecord
from tests.reconciliation.test_engine import EMAIL, FIRST, PERSON, persons
from tests.reconciliation.world import World

AWKWARD = 'O\'Brien \\ 100% "q"; <b>&amp;</b> \U0001f4a1 עברית'


def due_again(*leads: Any) -> None:
    """As if its time had come."""
    Lane.objects.update(closed_until=None)
    SyncRecord.objects.filter(lead__in=leads, state="waiting").update(due_at="2020-01-01T00:00:00Z")


def value(world: World, name: dict[str, str], entry: dict) -> Any:
    return entry.get("properties", entry)[name[world.sandbox.name]]


def test_awkward_characters_arrive_intact_and_are_found_again(world: World) -> None:
    lead = world.capture("o'brien@brightforge.example", first_name=AWKWARD)
    world.run()
    edit_lead(lead=lead, values={"job_title": "CTO"}, by=world.admin)
    world.enriched(lead)
    SyncRecord.objects.update(remote_id="", remote_object="")
    world.run()

    assert world.record(lead).state == SyncRecord.State.CLEARED, world.record(lead).message
    assert [value(world, FIRST, entry) for entry in persons(world)] == [AWKWARD]


def test_a_text_too_long_for_its_field_fails_with_the_cause_and_the_fields_name(salesforce: World) -> None:
    lead = salesforce.capture(first_name="x" * 300)
    salesforce.run()

    record = salesforce.record(lead)
    assert (record.state, record.cause, record.subject) == ("failed", "DATA_VALUE_VALIDATION", "First Name")
    assert record.refused_by_us
    assert persons(salesforce) == []


def test_a_value_the_vendor_requires_and_the_lead_lacks_fails_with_the_fields_name(salesforce: World) -> None:
    lead = salesforce.capture(company_name="")
    salesforce.run()

    record = salesforce.record(lead)
    assert (record.state, record.cause) == ("failed", "REQUIRED_FIELD_MISSING")
    assert "Company" in f"{record.subject} {record.message}"


def test_one_bad_lead_of_a_batch_does_not_stop_the_others(world: World) -> None:
    title = {"salesforce": "Title", "hubspot": "jobtitle"}[world.sandbox.name]
    world.sandbox.change_schema(PERSON[world.sandbox.name], remove=[title])
    good = [world.capture(f"good{number}@x.example", last_name=f"Good{number}") for number in range(3)]
    bad = world.capture("bad@x.example", last_name="Bad", job_title="CTO")
    world.run()

    assert [world.record(lead).state for lead in good] == ["cleared"] * 3
    assert (world.record(bad).state, world.record(bad).cause) == ("failed", "MISSING_REMOTE_FIELD")
    assert len(persons(world)) == 3


def test_throttling_rests_the_lane_and_uses_up_no_try(world: World) -> None:
    lead = world.capture()
    world.sandbox.faults(rate_limit_next=1)
    world.run()

    record = world.record(lead)
    assert (record.state, record.cause, record.tries) == ("waiting", "RATE_LIMITED", 0)
    assert claims.take_lane(world.integration.pk) is None

    due_again(lead)
    world.run()
    assert world.record(lead).state == SyncRecord.State.CLEARED


def test_an_outage_is_tried_again_later_and_told_in_the_story(world: World) -> None:
    lead = world.capture()
    world.sandbox.faults(server_error=3)
    world.run()

    record = world.record(lead)
    assert (record.state, record.cause) == ("waiting", "REMOTE_UNAVAILABLE")
    assert record.due_at
    assert record.due_at > timezone.now() - timedelta(seconds=5)

    world.sandbox.faults(server_error=0)
    due_again(lead)
    world.run()
    assert world.record(lead).state == SyncRecord.State.CLEARED
    assert len(persons(world)) == 1


@pytest.mark.parametrize("cut", ["cut_before_commit", "cut_after_commit"])
def test_a_connection_that_breaks_leaves_exactly_one_record(world: World, cut: str) -> None:
    lead = world.capture()
    world.sandbox.faults(**{cut: 1})
    world.run()
    due_again(lead)
    world.run()
    due_again(lead)
    world.run()

    assert world.record(lead).state == SyncRecord.State.CLEARED, world.record(lead).message
    assert len(persons(world)) == 1


def test_a_lead_whose_email_changes_while_it_is_in_doubt_is_not_doubled(world: World) -> None:
    lead = world.capture()
    world.sandbox.faults(cut_after_commit=1)
    world.run()
    edit_lead(lead=lead, values={"email": "augusta@brightforge.example"}, by=world.admin)
    world.enriched(lead)
    due_again(lead)
    world.run()

    record = world.record(lead)
    assert (record.state, record.cause) == ("failed", "UNCONFIRMED"), record.message
    assert "ada@brightforge.example" in record.message
    assert len(persons(world)) == 1

    name = world.sandbox.name
    there = persons(world)[0]
    actions.link(record=record, object_name=PERSON[name], remote_id=there.get("Id") or there["id"])
    world.run()
    assert world.record(lead).state == SyncRecord.State.CLEARED, world.record(lead).message
    assert [value(world, EMAIL, entry) for entry in persons(world)] == ["augusta@brightforge.example"]


def test_an_expired_token_is_renewed_in_passing(world: World) -> None:
    lead = world.capture()
    world.sandbox.faults(expired_token=True)
    world.run()
    assert world.record(lead).state == SyncRecord.State.CLEARED


def test_a_revoked_app_pauses_the_integration_once_and_the_leads_wait(world: World) -> None:
    leads = [world.capture(f"lead{number}@x.example", last_name=f"N{number}") for number in range(3)]
    world.sandbox.faults(revoked_app=True)
    world.run()

    integration = Integration.objects.get(pk=world.integration.pk)
    assert integration.status == Integration.Status.NEEDS_ATTENTION
    assert integration.status_reason
    assert {(world.record(lead).state, world.record(lead).tries) for lead in leads} == {("waiting", 0)}


def test_a_lead_edited_while_in_flight_is_sent_again_with_the_newest_values(
    salesforce: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from integrations.providers import provider_of

    lead = salesforce.capture()
    provider = provider_of("salesforce")
    deliver = type(provider).deliver

    def edited_meanwhile(self: Any, *args: Any) -> Any:
        monkeypatch.undo()
        results = deliver(self, *args)
        edit_lead(lead=lead, values={"first_name": "Newest"}, by=salesforce.admin)
        salesforce.enriched(lead)
        return results

    monkeypatch.setattr(type(provider), "deliver", edited_meanwhile)
    salesforce.run()

    assert salesforce.record(lead).state == SyncRecord.State.CLEARED
    assert [entry["FirstName"] for entry in persons(salesforce)] == ["Newest"]


def test_a_field_that_vanished_at_the_vendor_fails_with_its_name(salesforce: World) -> None:
    lead = salesforce.capture(job_title="CTO")
    salesforce.sandbox.change_schema("Lead", remove=["Title"])
    salesforce.run()

    record = salesforce.record(lead)
    assert (record.state, record.cause) == ("failed", "MISSING_REMOTE_FIELD"), record.message
    assert "Title" in f"{record.subject} {record.message}"


def test_leads_of_one_company_make_one_company_also_over_two_batches(hubspot: World) -> None:
    for number in range(3):
        hubspot.capture(f"a{number}@brightforge.example", last_name=f"A{number}", company_website="brightforge.example")
    hubspot.sandbox.faults(search_lag=60)
    hubspot.run()
    late = hubspot.capture("late@brightforge.example", last_name="Late", company_website="www.brightforge.example")
    hubspot.run()

    assert hubspot.record(late).state == SyncRecord.State.CLEARED
    assert len(hubspot.at_vendor("companies")) == 1
    assert RemoteCompany.objects.count() == 1


def test_a_record_deleted_at_the_vendor_is_made_again(world: World) -> None:
    lead = world.capture()
    world.run()
    world.sandbox.delete(PERSON[world.sandbox.name], world.record(lead).remote_id)

    edit_lead(lead=lead, values={"first_name": "Back"}, by=world.admin)
    world.enriched(lead)
    world.run()
    due_again(lead)
    world.run()

    assert world.record(lead).state == SyncRecord.State.CLEARED, world.record(lead).message
    assert [value(world, FIRST, entry) for entry in persons(world)] == ["Back"]


def test_no_secret_is_kept_in_the_story(world: World) -> None:
    world.capture()
    world.run()
    kept = str(list(SyncAttempt.objects.values_list("notes", flat=True)))
    tokens = world.integration.credential.tokens
    assert tokens["access_token"] not in kept
    assert "ada@brightforge.example" in kept


def test_without_a_mapped_persona_field_nothing_flows(world: World) -> None:
    FieldMapping.objects.all().delete()
    Integration.objects.filter(pk=world.integration.pk).setup_changed()
    lead = world.capture()
    world.run()
    assert world.record(lead).state == SyncRecord.State.WAITING
    assert persons(world) == []


def test_a_frozen_lead_goes_when_it_is_pushed(world: World) -> None:
    Integration.objects.filter(pk=world.integration.pk).update(sync_mode="manual")
    lead = world.capture()
    world.run()
    assert world.record(lead).state == SyncRecord.State.WAITING

    actions.push(integration=world.integration, records=SyncRecord.objects.filter(lead=lead))
    world.run()
    assert world.record(lead).state == SyncRecord.State.CLEARED
