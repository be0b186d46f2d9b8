"""Static lists and marketing events: found, joined once, and said when they are gone."""

import pytest

from integrations.contract import Campaign, Cause, Membership, Step
from integrations.providers.hubspot import PROVIDER
from tests.integrations.hubspot.account import NOON, deliver_to, lead
from tests.integrations.hubspot.scripted import Says

VISITORS, DYNAMIC = "1", "3"


def member(campaign_id, kind="list", status="", name="Visitors"):
    return Membership(campaign_id, kind, name, status, NOON)


def event_of(portal, name="Automate Summit 2026"):
    return next(row for row in portal.vendor.records("marketing_events") if row["eventName"] == name)


def members(portal, list_id=VISITORS):
    return next(row["members"] for row in portal.vendor.records("lists") if row["listId"] == list_id)


def test_the_picker_offers_static_lists_of_contacts_and_marketing_events(portal):
    found = PROVIDER.campaigns(portal.client)

    assert [(campaign.name, campaign.kind, campaign.active) for campaign in found] == [
        ("Automate Summit 2026", "marketing_event", True),
        ("Automate Summit 2026 visitors", "list", True),
        ("Cobot Evening Chicago", "marketing_event", True),
        ("Hannover Factory Days 2027 visitors", "list", True),
        ("Spring Open House 2026", "marketing_event", False),
    ]
    assert found[0].statuses == ("ATTENDED", "REGISTERED", "CANCELLED")
    assert (found[0].default_status, found[1].statuses) == ("ATTENDED", ())


def test_the_picker_searches_by_name_and_keeps_to_its_limit(portal):
    assert [campaign.name for campaign in PROVIDER.campaigns(portal.client, query="chicago")] == [
        "Cobot Evening Chicago"
    ]
    assert len(PROVIDER.campaigns(portal.client, limit=2)) == 2


def test_the_picker_reads_page_after_page(portal):
    for number in range(105):
        portal.vendor.seed("lists", name=f"List {number:03}")

    found = PROVIDER.campaigns(portal.client, query="List ", limit=200)

    assert len(found) == 105


def test_lists_are_offered_without_the_right_to_marketing_events(portal):
    portal.vendor.faults(missing_scope="crm.objects.marketing_events.read")

    assert {campaign.kind for campaign in PROVIDER.campaigns(portal.client)} == {"list"}


def test_a_campaign_is_read_by_its_id(portal):
    event = event_of(portal)

    assert PROVIDER.campaign(portal.client, campaign_id=VISITORS, kind="list") == Campaign(
        VISITORS, "Automate Summit 2026 visitors", "list"
    )
    assert (
        PROVIDER.campaign(portal.client, campaign_id=event["objectId"], kind="marketing_event").name
        == event["eventName"]
    )
    assert PROVIDER.campaign(portal.client, campaign_id=DYNAMIC, kind="list").active is False


@pytest.mark.parametrize("campaign_id", ["9999", "../../oauth", "1/memberships", ""])
@pytest.mark.parametrize("kind", ["list", "marketing_event", "carnival"])
def test_a_campaign_that_is_not_there_is_none(portal, campaign_id, kind):
    assert PROVIDER.campaign(portal.client, campaign_id=campaign_id, kind=kind) is None


def test_a_lead_joins_a_list_and_joining_again_is_success(portal):
    first = portal.one(lead("ada@acme.example", memberships=(member(VISITORS),)))
    again = portal.one(lead("ada@acme.example", memberships=(member(VISITORS),)))

    assert (first.memberships, again.memberships) == ({"list:1": ""}, {"list:1": ""})
    assert (first.ok, again.ok) == (True, True)
    assert members(portal) == [first.person.id]


def test_a_whole_batch_joins_a_list_in_one_call(portal):
    leads = [lead(f"p{number}@acme.example", memberships=(member(VISITORS),)) for number in range(120)]

    results = portal.deliver(*leads)

    assert all(result.ok for result in results)
    assert sorted(members(portal)) == sorted(result.person.id for result in results)
    assert portal.vendor.stats()["by_path"]["PUT /crm/lists/2026-03/1/memberships/add"] == 1


def test_too_many_ids_for_a_list_are_sent_in_hundreds(scripted, client_of):
    def answer(asked):
        if asked.path.endswith("/upsert"):
            rows = [{"id": row["objectWriteTraceId"] + "0", **row, "new": True} for row in asked.body["inputs"]]
            return Says(200, {"results": [{**row, "id": f"{n}{row['id']}"} for n, row in enumerate(rows, start=1)]})
        if len(asked.body) > 100:
            return Says(400, {"status": "error", "message": "Too many ids", "category": "VALIDATION_ERROR"})
        return Says(200, {"recordsIdsAdded": asked.body, "recordIdsRemoved": [], "recordIdsMissing": []})

    server = scripted(answer)
    leads = [lead(f"p{number}@acme.example", memberships=(member("1"),)) for number in range(150)]

    results = deliver_to(client_of(server), *leads)

    assert all(result.memberships == {"list:1": ""} for result in results)
    sizes = [len(asked.body) for asked in server.asked if asked.method == "PUT"]
    assert sizes == [150, 100, 50]


def test_only_the_membership_is_sent_when_the_person_did_not_change(portal):
    there = portal.vendor.seed("contacts", email="ada@acme.example", firstname="Ada")

    result = portal.one(
        lead(
            "ada@acme.example", known=there["id"], firstname="X", person_unchanged=True, memberships=(member(VISITORS),)
        )
    )

    assert (result.ok, result.person.id, result.person_written) == (True, there["id"], False)
    assert portal.contacts("firstname") == [{"firstname": "Ada"}]
    assert members(portal) == [there["id"]]


def test_an_unchanged_person_who_is_gone_is_written_again_before_joining(portal):
    result = portal.one(
        lead("ada@acme.example", known="999", firstname="Ada", person_unchanged=True, memberships=(member(VISITORS),))
    )

    assert (result.ok, result.person_written) == (True, True)
    assert members(portal) == [result.person.id]


@pytest.mark.parametrize(("kind", "campaign_id"), [("list", "9999"), ("marketing_event", "9999"), ("list", DYNAMIC)])
def test_a_campaign_that_is_gone_is_said_and_the_person_stays_written(portal, kind, campaign_id):
    result = portal.one(lead("ada@acme.example", memberships=(member(campaign_id, kind),)))

    assert (result.fault.cause, result.fault.step, result.fault.value) == (
        Cause.CAMPAIGN_NOT_FOUND,
        Step.MEMBERSHIP,
        "Visitors",
    )
    assert (result.person_written, result.memberships) == (True, {})
    assert portal.contacts("email") == [{"email": "ada@acme.example"}]


@pytest.mark.parametrize(
    ("status", "state"),
    [("", "ATTENDED"), ("ATTENDED", "ATTENDED"), ("REGISTERED", "REGISTERED"), ("CANCELLED", "CANCELLED")],
)
def test_a_lead_takes_its_state_at_a_marketing_event_of_any_app(portal, status, state):
    event = event_of(portal, "Cobot Evening Chicago")

    result = portal.one(lead("ada@acme.example", memberships=(member(event["objectId"], "marketing_event", status),)))

    after = event_of(portal, "Cobot Evening Chicago")
    assert result.memberships == {f"marketing_event:{event['objectId']}": ""}
    assert after["attendees"] == (1 if state == "ATTENDED" else 0)
    assert after["cancellations"] == (1 if state == "CANCELLED" else 0)
    assert after["registrants"] == 1


def test_an_event_that_was_cancelled_takes_no_new_members(portal):
    event = event_of(portal, "Spring Open House 2026")
    joining = member(event["objectId"], "marketing_event", name="Spring Open House 2026")
    leads = [lead(f"p{number}@acme.example", memberships=(joining,)) for number in range(3)]

    results = portal.deliver(*leads)

    assert {
        (result.fault.cause, result.fault.step, result.fault.value, result.person_written) for result in results
    } == {(Cause.CAMPAIGN_NOT_FOUND, Step.MEMBERSHIP, "Spring Open House 2026", True)}
    assert results[0].fault.message == (
        "The marketing event “Spring Open House 2026” was cancelled in HubSpot and takes no new members."
    )
    asked = {path: count for path, count in portal.vendor.stats()["by_path"].items() if event["objectId"] in path}
    assert list(asked.values()) == [1]


def test_a_status_that_events_do_not_have_is_refused_without_a_call(portal):
    event = event_of(portal)

    result = portal.one(lead("ada@acme.example", memberships=(member(event["objectId"], "marketing_event", "Danced"),)))

    assert (result.fault.cause, result.fault.value) == (Cause.CAMPAIGN_STATUS_INVALID, "Danced")
    assert "“Danced” is not a status" in result.fault.message
    assert [path for path in portal.vendor.stats()["by_path"] if "attendance" in path] == []


def test_one_campaign_that_fails_does_not_keep_a_lead_from_the_others(portal):
    result = portal.one(lead("ada@acme.example", memberships=(member("9999"), member(VISITORS))))

    assert result.fault.cause is Cause.CAMPAIGN_NOT_FOUND
    assert result.memberships == {"list:1": ""}


def test_a_contact_that_a_list_does_not_know_is_tried_again(scripted, client_of):
    server = scripted(
        Says(200, {"results": [{"id": "5", "objectWriteTraceId": "0", "new": True}]}),
        Says(200, {"recordsIdsAdded": [], "recordIdsRemoved": [], "recordIdsMissing": ["5"]}),
    )

    (result,) = deliver_to(client_of(server), lead("a@acme.example", memberships=(member("1"),)))

    assert (result.fault.cause, result.fault.transient, result.fault.step) == (Cause.INTERNAL, True, Step.MEMBERSHIP)
    assert result.memberships == {}


def test_a_missing_scope_for_lists_names_it(portal):
    portal.vendor.faults(missing_scope="crm.lists.write")

    result = portal.one(lead("ada@acme.example", memberships=(member(VISITORS),)))

    assert (result.fault.cause, result.fault.step, result.fault.code) == (
        Cause.PERMISSION,
        Step.MEMBERSHIP,
        "MISSING_SCOPES",
    )
    assert result.person_written is True
