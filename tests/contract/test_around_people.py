"""Companies, campaigns and engagements."""

from __future__ import annotations

import pytest

from integrations.contract import Cause, EngagementKind, Feature, Provider
from integrations.providers import PROVIDERS
from leads.engagements import log_engagement
from reconciliation import actions
from reconciliation.models import SyncRecord
from tests.contract.conftest import Crm, crms


@crms(Feature.COMPANIES)
def test_leads_of_one_company_make_one_company_also_over_two_batches(crm: Crm) -> None:
    crm.with_companies()
    first = [crm.capture(f"p{n}@acme.example", last_name=f"First{n}", company_name="Acme") for n in range(3)]
    crm.cleared(*first)
    second = [crm.capture(f"q{n}@acme.example", last_name=f"Second{n}", company_name="Acme") for n in range(2)]
    crm.cleared(*second)

    assert crm.vendor.companies().count("Acme") == 1
    assert len({crm.record(lead).remote_company_id for lead in [*first, *second]}) == 1


@crms(Feature.CAMPAIGN_STATUSES)
def test_a_lead_joins_with_the_status_that_was_chosen(crm: Crm) -> None:
    campaign = crm.campaign_with_statuses()
    crm.join(campaign, campaign.statuses[-1])
    lead = crm.capture()
    crm.cleared(lead)

    assert [(one.person, one.status) for one in crm.vendor.members()] == [(crm.one(lead).id, campaign.statuses[-1])]


@crms(Feature.CAMPAIGN_STATUSES)
def test_a_status_that_the_campaign_does_not_know_fails_that_step_and_the_person_stays_written(crm: Crm) -> None:
    campaign = crm.campaign_with_statuses()
    crm.join(campaign, campaign.statuses[-1])
    crm.integration.campaign_mappings.update(status="Never heard of")
    type(crm.integration).objects.filter(pk=crm.integration.pk).setup_changed()
    lead = crm.capture()

    record = crm.failed(lead)

    assert record.cause == Cause.CAMPAIGN_STATUS_INVALID, crm.why(lead)
    assert "Never heard of" in f"{record.value} {record.message}"
    assert crm.one(lead).id == record.remote_id


def test_a_lead_joins_once_whatever_is_sent_again(crm: Crm) -> None:
    crm.join(crm.campaign())
    lead = crm.capture()
    crm.cleared(lead)
    crm.record(lead).effects.all().delete()
    crm.pushed(lead)

    assert [one.person for one in crm.vendor.members()] == [crm.one(lead).id]


def test_membership_follows_although_nothing_of_the_person_changed(crm: Crm) -> None:
    lead = crm.capture()
    crm.cleared(lead)
    crm.join(crm.campaign())
    crm.pushed(lead)

    assert [one.person for one in crm.vendor.members()] == [crm.one(lead).id]


def test_a_membership_without_an_answer_is_there_once(crm: Crm) -> None:
    crm.join(crm.campaign())
    lead = crm.capture()
    crm.vendor.faults(path=crm.vendor.writes_member, cut_after_commit=1)
    for _ in range(4):
        crm.send(lead)

    assert crm.record(lead).state == "cleared", crm.why(lead)
    assert len(crm.vendor.members()) == 1


def test_a_campaign_that_is_gone_fails_that_step_and_the_person_stays_written(crm: Crm) -> None:
    campaign = crm.campaign()
    crm.join(campaign)
    lead = crm.capture()
    crm.vendor.archive(campaign.id, campaign.kind)

    record = crm.failed(lead)

    assert record.cause == Cause.CAMPAIGN_NOT_FOUND, crm.why(lead)
    assert crm.one(lead).id == record.remote_id


@crms(Feature.ARCHIVED_CAMPAIGNS)
def test_a_campaign_that_was_closed_takes_no_new_members_and_the_person_stays_written(crm: Crm) -> None:
    crm.join(crm.campaign())
    closed = crm.closed_campaign()
    crm.integration.campaign_mappings.update(remote_id=closed.id, kind=closed.kind, name=closed.name)
    type(crm.integration).objects.filter(pk=crm.integration.pk).setup_changed()
    lead = crm.capture()
    before = len(crm.vendor.members())

    record = crm.failed(lead)

    assert record.cause == Cause.CAMPAIGN_NOT_FOUND, crm.why(lead)
    assert closed.name in record.message
    assert crm.one(lead).id == record.remote_id
    assert len(crm.vendor.members()) == before


def test_engagements_of_each_kind_are_logged_once(crm: Crm) -> None:
    lead = crm.capture()
    for kind in EngagementKind:
        log_engagement(lead=lead, kind=kind, notes=f"Talked about 40 robots, {kind}.", by=crm.admin)
    crm.cleared(lead)
    crm.pushed(lead)

    found = crm.vendor.activities(crm.vendor.persons())
    assert {one.person for one in found} == {crm.one(lead).id}
    for kind in EngagementKind:
        assert len([one for one in found if f"Talked about 40 robots, {kind}." in one.text]) == 1


@pytest.mark.parametrize("kind", [EngagementKind.NOTE, EngagementKind.CALL])
@pytest.mark.parametrize("cut", ["cut_before_commit", "cut_after_commit"])
def test_an_engagement_without_an_answer_is_there_once(crm: Crm, cut: str, kind: EngagementKind) -> None:
    lead = crm.capture()
    crm.cleared(lead)
    log_engagement(lead=lead, kind=kind, notes="Talked about 40 robots.", by=crm.admin)
    crm.vendor.faults(path=crm.vendor.writes_engagement, **{cut: 1})
    for _ in range(4):
        crm.send(lead)

    assert crm.record(lead).state == "cleared", crm.why(lead)
    assert len(crm.vendor.activities(crm.vendor.persons())) == 1


def test_a_record_that_a_person_linked_gets_no_engagement_twice(crm: Crm) -> None:
    lead = crm.capture("")
    log_engagement(lead=lead, kind=EngagementKind.CALL, notes="Talked about 40 robots.", by=crm.admin)
    crm.cleared(lead)
    there = crm.one(lead)
    # As if the worker had died before it could save what the vendor answered.
    record = crm.record(lead)
    record.effects.all().delete()
    SyncRecord.objects.update(
        state="failed", cause=Cause.UNCONFIRMED, remote_id="", remote_object="", acknowledged="", in_doubt=True
    )
    actions.link(record=record, object_name=there.object, remote_id=there.id)
    crm.cleared(lead)

    assert crm.one(lead).id == there.id
    assert len(crm.vendor.activities(crm.vendor.persons())) == 1


@pytest.mark.parametrize("provider", PROVIDERS.values(), ids=PROVIDERS)
def test_what_a_vendor_lacks_is_said_in_words(provider: Provider) -> None:
    assert [feature for feature, words in provider.capabilities.lacks.items() if len(words) < 20] == []
