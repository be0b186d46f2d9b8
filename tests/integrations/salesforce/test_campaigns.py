"""Campaigns to choose from, and joining them exactly once with the right status."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.contract import Cause, Membership, Step
from integrations.providers.salesforce import PROVIDER
from tests.integrations.salesforce.org import Org, lead


def joins(campaign_id: str, status: str = "", name: str = "Automate Summit 2026") -> dict[str, Any]:
    return {"memberships": (Membership(campaign_id, "campaign", name, status),)}


def test_the_list_has_active_campaigns_first_with_their_statuses_in_one_call(org: Org) -> None:
    found = PROVIDER.campaigns(org.client)

    assert org.client.calls == 1
    assert [campaign.active for campaign in found] == [True, True, True, False]
    berlin = next(campaign for campaign in found if campaign.name == "Robotics Week Berlin")
    assert berlin.kind == "campaign"
    assert berlin.statuses == ("Invited", "Registered", "Visited Booth", "Demo Booked")
    assert berlin.default_status == "Invited"
    assert berlin.url == f"{org.sandbox.url}/{berlin.id}"


def test_the_list_can_be_searched_by_a_part_of_the_name(org: Org) -> None:
    assert [campaign.name for campaign in PROVIDER.campaigns(org.client, query=" week ber ")] == [
        "Robotics Week Berlin"
    ]


@pytest.mark.parametrize("name", ["O'Neill 100% \\ under_score", "50%", "a_b"])
def test_a_search_takes_every_character_as_it_is(org: Org, name: str) -> None:
    there = org.sandbox.seed("Campaign", Name=name)
    org.sandbox.seed("Campaign", Name="Anything axb 5000")

    assert [campaign.id for campaign in PROVIDER.campaigns(org.client, query=name)] == [there["Id"]]


def test_the_list_keeps_to_its_limit(org: Org) -> None:
    assert len(PROVIDER.campaigns(org.client, limit=2)) == 2


def test_one_campaign_is_found_by_its_id(org: Org) -> None:
    found = PROVIDER.campaign(org.client, campaign_id=org.campaign(), kind="campaign")

    assert (found.name, found.active, found.statuses) == ("Automate Summit 2026", True, ("Sent", "Responded"))


@pytest.mark.parametrize("campaign_id", ["701000000000999AAA", "not an id", "' OR Name != '"])
def test_a_campaign_that_is_not_there_is_none(org: Org, campaign_id: str) -> None:
    assert PROVIDER.campaign(org.client, campaign_id=campaign_id, kind="campaign") is None


def test_a_new_person_joins_with_the_campaigns_default_status(org: Org) -> None:
    result = org.one(lead(**joins(org.campaign())))

    (member,) = org.sandbox.records("CampaignMember")
    assert result.ok
    assert result.memberships == {f"campaign:{org.campaign()}": member["Id"]}
    assert (member["LeadId"], member["Status"]) == (result.person.id, "Sent")


def test_four_hundred_people_join_in_three_calls(org: Org) -> None:
    campaign = joins(org.campaign(), "Responded")
    batch = [lead(str(n), f"p{n}@example.com", **campaign) for n in range(400)]

    assert org.calls_of(*batch) == 3
    assert org.values("CampaignMember", "Status") == [("Responded",)] * 400


def test_a_status_is_written_as_the_campaign_spells_it(org: Org) -> None:
    org.one(lead(**joins(org.campaign(), "responded")))

    assert org.values("CampaignMember", "Status") == [("Responded",)]


def test_who_is_a_member_already_has_joined(org: Org) -> None:
    first = org.one(lead(**joins(org.campaign())))

    second = org.one(lead(known=("Lead", first.person.id), **joins(org.campaign())))

    assert second.ok
    assert second.memberships == first.memberships
    assert len(org.sandbox.records("CampaignMember")) == 1


def test_the_status_of_one_who_is_a_member_already_is_changed(org: Org) -> None:
    first = org.one(lead(**joins(org.campaign())))

    second = org.one(lead(known=("Lead", first.person.id), **joins(org.campaign(), "Responded")))

    assert second.ok
    assert second.memberships == first.memberships
    assert org.values("CampaignMember", "Status") == [("Responded",)]


def test_a_status_the_campaign_does_not_have_fails_that_step_and_the_person_stays_written(org: Org) -> None:
    result = org.one(lead(**joins(org.campaign(), "Attended")))

    assert (result.fault.cause, result.fault.step) == (Cause.CAMPAIGN_STATUS_INVALID, Step.MEMBERSHIP)
    assert result.fault.value == "Attended"
    assert result.fault.message == (
        "“Attended” is not a member status of the campaign “Automate Summit 2026”. It has: Sent, Responded."
    )
    assert result.person_written
    assert org.sandbox.records("CampaignMember") == []


def test_a_campaign_that_is_gone_fails_that_step(org: Org) -> None:
    result = org.one(lead(**joins("701000000000999AAA", name="Old Show")))

    assert (result.fault.cause, result.fault.step) == (Cause.CAMPAIGN_NOT_FOUND, Step.MEMBERSHIP)
    assert "“Old Show” is not in Salesforce" in result.fault.message
    assert result.person_written


def test_an_inactive_campaign_takes_no_new_members(org: Org) -> None:
    result = org.one(lead(**joins(org.campaign("Hannover 2024"))))

    assert result.fault.cause is Cause.CAMPAIGN_NOT_FOUND
    assert (
        result.fault.message == "The campaign “Hannover 2024” is not active in Salesforce, so it takes no new members."
    )


def test_a_user_who_may_not_read_campaigns_is_told_so(org: Org) -> None:
    campaign = org.campaign()
    org.sandbox.faults(campaign_rights="none")

    result = org.one(lead(**joins(campaign)))

    assert result.fault.cause is Cause.PERMISSION
    assert result.fault.message.startswith("The connected user may not read campaigns in Salesforce")
    assert result.person_written


def test_a_user_who_may_not_make_members_is_told_so(org: Org) -> None:
    org.sandbox.faults(campaign_rights="read")

    result = org.one(lead(**joins(org.campaign())))

    assert (result.fault.cause, result.fault.step) == (Cause.PERMISSION, Step.MEMBERSHIP)
    assert result.person_written


def test_one_campaign_failing_does_not_keep_the_other_from_being_joined(org: Org) -> None:
    both = (Membership("701000000000999AAA", "campaign"), Membership(org.campaign(), "campaign"))

    result = org.one(lead(memberships=both))

    assert result.fault.cause is Cause.CAMPAIGN_NOT_FOUND
    assert list(result.memberships) == [f"campaign:{org.campaign()}"]


def test_a_converted_lead_joins_as_its_contact_and_stays_one_member(org: Org) -> None:
    first = org.one(lead(**joins(org.campaign())))
    contact = org.convert(first.person.id)["contact"]

    second = org.one(lead(known=("Lead", first.person.id), **joins(org.campaign(), "Responded")))

    assert second.ok
    assert second.person.id == contact
    assert org.values("CampaignMember", "LeadId", "ContactId", "Status") == [(first.person.id, contact, "Responded")]


def test_a_campaign_id_of_fifteen_characters_is_the_same_campaign(org: Org) -> None:
    result = org.one(lead(**joins(org.campaign()[:15])))

    assert result.ok
    assert org.values("CampaignMember", "CampaignId") == [(org.campaign(),)]


def test_two_leads_of_one_person_are_one_member(org: Org) -> None:
    first, second = org.deliver(lead("1", **joins(org.campaign())), lead("2", **joins(org.campaign(), "Responded")))

    assert first.memberships == second.memberships != {}
    assert org.values("CampaignMember", "Status") == [("Responded",)]


def test_membership_is_joined_though_the_person_did_not_change(org: Org) -> None:
    first = org.one(lead())

    result = org.one(lead(known=("Lead", first.person.id), person_unchanged=True, **joins(org.campaign())))

    assert result.ok
    assert len(result.memberships) == 1
