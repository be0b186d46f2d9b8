"""Carrying leads to a vendor: over real HTTP, against both sandboxes."""

from __future__ import annotations

from leads.capture import edit_lead
from leads.engagements import log_engagement
from reconciliation.models import SyncRecord
from tests.reconciliation.world import World

PERSON = {"salesforce": "Lead", "hubspot": "contacts"}
EMAIL = {"salesforce": "Email", "hubspot": "email"}
FIRST = {"salesforce": "FirstName", "hubspot": "firstname"}


def persons(world: World) -> list[dict]:
    return world.at_vendor(PERSON[world.sandbox.name])


def test_a_captured_lead_arrives_with_its_values_and_is_cleared(world: World) -> None:
    lead = world.capture()

    world.run()

    record = world.record(lead)
    assert (record.state, record.message) == (SyncRecord.State.CLEARED, "")
    assert record.remote_id
    [person] = persons(world)
    values = person.get("properties", person)
    assert (values[EMAIL[world.sandbox.name]], values[FIRST[world.sandbox.name]]) == ("ada@brightforge.example", "Ada")


def test_an_unchanged_lead_costs_no_call(world: World) -> None:
    lead = world.capture()
    world.run()
    calls = world.sandbox.stats()["calls"]

    SyncRecord.objects.filter(lead=lead).update(state="waiting", due_at="2020-01-01T00:00:00Z")
    world.run()

    assert world.record(lead).state == SyncRecord.State.CLEARED
    assert world.sandbox.stats()["calls"] == calls


def test_a_corrected_lead_updates_the_same_record(world: World) -> None:
    lead = world.capture()
    world.run()

    edit_lead(lead=lead, values={"first_name": "Augusta"}, by=world.admin)
    world.enriched(lead)
    world.run()

    assert world.record(lead).state == SyncRecord.State.CLEARED
    assert [entry.get("properties", entry)[FIRST[world.sandbox.name]] for entry in persons(world)] == ["Augusta"]


def test_an_engagement_is_logged_once_whatever_is_sent_again(world: World) -> None:
    lead = world.capture()
    log_engagement(lead=lead, kind="note", notes="Wants a demo", by=world.admin)
    world.enriched(lead)
    world.run()

    SyncRecord.objects.filter(lead=lead).update(state="waiting", due_at="2020-01-01T00:00:00Z", forced=True)
    world.run()

    assert world.record(lead).state == SyncRecord.State.CLEARED, world.record(lead).message
    assert len(world.at_vendor({"salesforce": "Task", "hubspot": "notes"}[world.sandbox.name])) == 1
