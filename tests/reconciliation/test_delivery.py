"""What becomes of a lead when the vendor, the line or the mapping is difficult.

What a provider has its part in is tested for every CRM in `tests/contract`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from integrations.models import FieldMapping, Integration
from leads.capture import edit_lead
from reconciliation import actions, claims
from reconciliation.models import Lane, RemoteCompany, SyncRecord
from tests.reconciliation.world import World


def due_again(*leads: Any) -> None:
    """As if its time had come."""
    Lane.objects.update(closed_until=None)
    SyncRecord.objects.filter(lead__in=leads, state="waiting").update(due_at="2020-01-01T00:00:00Z")


def test_throttling_rests_the_lane_and_uses_up_no_try(salesforce: World) -> None:
    lead = salesforce.capture()
    salesforce.sandbox.faults(rate_limit_next=1)
    salesforce.run()

    record = salesforce.record(lead)
    assert (record.state, record.cause, record.tries) == ("waiting", "RATE_LIMITED", 0)
    assert claims.take_lane(salesforce.integration.pk) is None

    due_again(lead)
    salesforce.run()
    assert salesforce.record(lead).state == SyncRecord.State.CLEARED


def test_an_outage_is_tried_again_later_and_told_in_the_story(salesforce: World) -> None:
    lead = salesforce.capture()
    salesforce.sandbox.faults(server_error=3)
    salesforce.run()

    record = salesforce.record(lead)
    assert (record.state, record.cause) == ("waiting", "REMOTE_UNAVAILABLE")
    assert record.due_at
    assert record.due_at > timezone.now() - timedelta(seconds=5)

    salesforce.sandbox.faults(server_error=0)
    due_again(lead)
    salesforce.run()
    assert salesforce.record(lead).state == SyncRecord.State.CLEARED
    assert len(salesforce.at_vendor("Lead")) == 1


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
    assert [entry["FirstName"] for entry in salesforce.at_vendor("Lead")] == ["Newest"]


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


def a_company_without_an_answer(hubspot: World) -> Any:
    """A lead whose company was created while the answer was lost, and the search does not show it yet."""
    first = hubspot.capture("a@brightforge.example", last_name="First", company_website="brightforge.example")
    hubspot.sandbox.faults(search_lag=60, path="companies/batch/create", cut_after_commit=1)
    hubspot.run()
    assert hubspot.record(first).in_doubt
    assert len(hubspot.at_vendor("companies")) == 1
    return first


def test_nobody_else_creates_a_company_again_while_it_may_hide_from_the_search(hubspot: World) -> None:
    first = a_company_without_an_answer(hubspot)
    late = hubspot.capture("late@brightforge.example", last_name="Late", company_website="brightforge.example")
    Lane.objects.update(closed_until=None)
    hubspot.run()

    waiting = hubspot.record(late)
    assert (waiting.state, waiting.cause, waiting.tries) == ("waiting", "UNCONFIRMED", 0)
    assert "“Brightforge”" in waiting.message
    assert waiting.due_at > timezone.now() + timedelta(seconds=30)

    due_again(first, late)
    hubspot.run()
    assert hubspot.record(late).state == SyncRecord.State.CLEARED
    assert len(hubspot.at_vendor("companies")) == 1


def test_a_company_that_no_search_shows_in_time_is_not_there(hubspot: World) -> None:
    first = hubspot.capture("a@brightforge.example", last_name="First", company_website="brightforge.example")
    hubspot.sandbox.faults(path="companies/batch/create", cut_before_commit=1)
    hubspot.run()
    assert hubspot.record(first).in_doubt
    RemoteCompany.objects.update(seen_at=timezone.now() - timedelta(minutes=2))

    due_again(first)
    hubspot.run()
    assert hubspot.record(first).state == SyncRecord.State.CLEARED
    assert len(hubspot.at_vendor("companies")) == 1


def test_a_company_that_was_refused_is_no_longer_expected(hubspot: World) -> None:
    hubspot.capture("a@brightforge.example", last_name="First", company_website="brightforge.example")
    hubspot.sandbox.faults(path="companies/batch/create", rate_limit_next=1)
    hubspot.run()
    assert not RemoteCompany.objects.exists()


def test_without_a_mapped_persona_field_nothing_flows(salesforce: World) -> None:
    FieldMapping.objects.all().delete()
    Integration.objects.filter(pk=salesforce.integration.pk).setup_changed()
    lead = salesforce.capture()
    salesforce.run()
    assert salesforce.record(lead).state == SyncRecord.State.WAITING
    assert salesforce.at_vendor("Lead") == []


def test_a_frozen_lead_goes_when_it_is_pushed(salesforce: World) -> None:
    Integration.objects.filter(pk=salesforce.integration.pk).update(sync_mode="manual")
    lead = salesforce.capture()
    salesforce.run()
    assert salesforce.record(lead).state == SyncRecord.State.WAITING

    actions.push(integration=salesforce.integration, records=SyncRecord.objects.filter(lead=lead))
    salesforce.run()
    assert salesforce.record(lead).state == SyncRecord.State.CLEARED
