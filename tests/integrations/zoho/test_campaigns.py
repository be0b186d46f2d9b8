"""Campaigns: offered, joined once with a status of the organization, and said when they are gone."""

import pytest

from integrations.contract import Cause, Step
from integrations.providers.zoho import PROVIDER
from tests.integrations.hubspot.scripted import Says
from tests.integrations.zoho.org import AS_CONTACTS, deliver_to, lead, logged, member, person

STATUSES = ("Planned", "Invited", "Sent", "Received", "Opened", "Responded", "Visited Booth", "Bounced")
GONE = "6172731000000099999"


def test_campaigns_are_offered_with_the_organizations_statuses_the_inactive_last(org):
    org.vendor.seed("Campaigns", Campaign_Name="An old one", Status="Inactive")

    found = PROVIDER.campaigns(org.client)

    assert [(campaign.name, campaign.active) for campaign in found] == [
        ("Automate Summit 2026", True),
        ("Hannover 2024", True),
        ("Robotics Week Berlin", True),
        ("An old one", False),
    ]
    assert {campaign.statuses for campaign in found} == {STATUSES}
    assert found[0].url == f"{org.vendor.url}/crm/org60012345/tab/Campaigns/{found[0].id}"


def test_the_picker_searches_by_name_and_keeps_to_its_limit(org):
    assert [campaign.name for campaign in PROVIDER.campaigns(org.client, query="berlin")] == ["Robotics Week Berlin"]
    assert len(PROVIDER.campaigns(org.client, limit=2)) == 2


def test_the_picker_reads_page_after_page(org):
    for number in range(205):
        org.vendor.seed("Campaigns", Campaign_Name=f"Dinner {number:03}")

    assert len(PROVIDER.campaigns(org.client, query="dinner", limit=500)) == 205


def test_no_campaigns_at_all_is_an_empty_list(scripted, client_of):
    assert PROVIDER.campaigns(client_of(scripted(Says(204)))) == []


def test_statuses_that_cannot_be_read_are_left_open(org):
    org.vendor.faults(missing_scope="ZohoCRM.settings.related_lists.READ")

    assert {campaign.statuses for campaign in PROVIDER.campaigns(org.client)} == {()}


def test_a_campaign_is_read_by_its_id(org):
    campaign = PROVIDER.campaign(org.client, campaign_id=org.campaign(), kind="campaign")

    assert (campaign.name, campaign.statuses) == ("Automate Summit 2026", STATUSES)


@pytest.mark.parametrize(
    ("campaign_id", "kind"), [(GONE, "campaign"), ("../org", "campaign"), ("", "campaign"), (GONE, "list")]
)
def test_a_campaign_that_is_not_there_is_none(org, campaign_id, kind):
    assert PROVIDER.campaign(org.client, campaign_id=campaign_id, kind=kind) is None


def test_a_lead_joins_with_its_status_and_joining_again_is_success(org):
    joined = member(org.campaign(), "Visited Booth")

    first = org.one(lead("ada@x.example", memberships=(joined,)))
    again = org.one(lead("ada@x.example", known=first.person.id, memberships=(joined,)))

    assert (first.memberships, again.memberships) == ({joined.key: ""}, {joined.key: ""})
    assert org.members() == [(first.person.id, "Visited Booth")]


def test_a_status_that_changes_is_written(org):
    first = org.one(lead("ada@x.example", memberships=(member(org.campaign(), "Invited"),)))

    org.one(lead(known=first.person.id, person_unchanged=True, memberships=(member(org.campaign(), "Responded"),)))

    assert org.members() == [(first.person.id, "Responded")]


def test_a_contact_joins_as_a_contact(org):
    (result,) = org.deliver(person("ada@x.example", memberships=(member(org.campaign()),)), **AS_CONTACTS)

    assert (result.ok, org.members()) == (True, [(result.person.id, None)])


def test_a_renamed_status_is_sent_as_its_actual_value(scripted, client_of):
    def answer(asked):
        if "related_lists" in asked.path:
            fields = [{"api_name": "Member_Status", "id": "9"}]
            return Says(200, {"related_lists": [{"api_name": "Leads", "fields": fields}]})
        if asked.path.startswith("/crm/v8/Campaigns?"):
            return Says(200, {"data": [{"id": "1234567", "Campaign_Name": "Fair", "Status": "Active"}]})
        if "pick_list_values" in asked.path:
            return Says(200, {"pick_list_values": [{"display_value": "Came by", "actual_value": "Visited"}]})
        return Says(
            200, {"data": [{"code": "SUCCESS", "status": "success", "action": "insert", "details": {"id": "123456"}}]}
        )

    server = scripted(answer)

    (result,) = deliver_to(client_of(server), lead("ada@x.example", memberships=(member("1234567", "Came by"),)))

    (sent,) = [asked.body for asked in server.asked if asked.path.endswith("/Campaigns/1234567/Leads")]
    assert sent == {"data": [{"id": "123456", "Member_Status": "Visited"}]}
    assert list(result.memberships) == ["campaign:1234567"]


@pytest.mark.parametrize("campaign_id", [GONE, "no id"])
def test_a_campaign_that_is_gone_is_said_and_the_person_stays_written(org, campaign_id):
    result = org.one(lead("ada@x.example", memberships=(member(campaign_id, name="Old Fair"),)))

    assert (result.fault.cause, result.fault.step) == (Cause.CAMPAIGN_NOT_FOUND, Step.MEMBERSHIP)
    assert (result.person_written, result.memberships) == (True, {})
    assert "Old Fair" in result.fault.message


def test_an_inactive_campaign_takes_no_new_members(org):
    ended = org.vendor.seed("Campaigns", Campaign_Name="Old Fair", Status="Inactive")

    result = org.one(lead("ada@x.example", memberships=(member(ended["id"], name="Old Fair"),)))

    assert result.fault.cause is Cause.CAMPAIGN_NOT_FOUND
    assert "inactive" in result.fault.message
    assert org.members() == []


def test_a_campaign_that_goes_between_the_look_and_the_joining_is_said(scripted, client_of):
    def answer(asked):
        if asked.method == "GET":
            return Says(200, {"data": [{"id": "1234567", "Campaign_Name": "Fair", "Status": "Active"}]})
        if asked.method == "PUT":
            details = {"resource_path_index": 1}
            message = "the related id given seems to be invalid"
            return Says(400, {"code": "INVALID_DATA", "details": details, "message": message, "status": "error"})
        return Says(
            200, {"data": [{"code": "SUCCESS", "status": "success", "details": {"id": str(n)}} for n in (1, 2)]}
        )

    server = scripted(answer)
    joined = member("1234567", name="Fair")
    results = deliver_to(
        client_of(server), lead("a@x.example", memberships=(joined,)), lead("b@x.example", memberships=(joined,))
    )

    assert {result.fault.cause for result in results} == {Cause.CAMPAIGN_NOT_FOUND}
    assert len([asked for asked in server.asked if asked.method == "PUT"]) == 1


def test_a_status_outside_the_list_is_said_for_that_lead_alone(org):
    good, bad = org.deliver(
        lead("a@x.example", memberships=(member(org.campaign(), "Sent"),)),
        lead("b@x.example", memberships=(member(org.campaign(), "Dancing"),)),
    )

    assert (good.ok, bad.fault.cause, bad.fault.value) == (True, Cause.CAMPAIGN_STATUS_INVALID, "Dancing")
    assert bad.fault.message == ("“Dancing” is not a member status of the campaign “Automate Summit 2026” in Zoho CRM.")


def test_a_lost_answer_to_a_joining_is_repeated(org):
    org.vendor.faults(path="PUT .*Campaigns", cut_after_commit=1)
    joined = member(org.campaign())
    first = org.one(lead("ada@x.example", memberships=(joined,)))
    again = org.one(
        lead("ada@x.example", known=first.person.id, person_unchanged=True, in_doubt=True, memberships=(joined,))
    )

    assert (first.fault.step, first.fault.ambiguous, first.person_written) == (Step.MEMBERSHIP, True, True)
    assert (again.ok, again.memberships, len(org.members())) == (True, {joined.key: ""}, 1)


def test_an_unchanged_lead_that_was_converted_joins_as_its_contact(org):
    first = org.one(lead("ada@x.example"))
    org.vendor._call("POST", "convert", json={"id": first.person.id})
    note = logged()

    result = org.one(
        lead(
            "ada@x.example",
            known=first.person.id,
            person_unchanged=True,
            contact={"Title": "CTO"},
            memberships=(member(org.campaign()),),
            engagements=(note,),
        )
    )

    (contact,) = org.contacts("id")
    assert (result.fault, result.person.object) == (None, "Contacts")
    assert org.members() == [(contact["id"], None)]
    assert list(result.engagements) == [note.uid]


def test_a_thousand_leads_with_a_campaign_and_a_note_each_are_thirty_calls_and_a_few_looks(org):
    joined = member(org.campaign(), "Sent")
    leads = [lead(f"a{number}@x.example", memberships=(joined,), engagements=(logged(),)) for number in range(1000)]

    results = org.deliver(*leads)

    assert all(result.ok and result.memberships and result.engagements for result in results)
    assert org.vendor.stats()["calls"] == 33
