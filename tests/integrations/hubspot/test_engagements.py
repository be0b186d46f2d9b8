"""Engagements: each kind in its place on the contact's timeline, exactly once."""

from datetime import timedelta

import pytest

from integrations.contract import Cause, EngagementKind, Step
from tests.integrations.hubspot.account import NOON, deliver_to, lead, logged
from tests.integrations.hubspot.scripted import Says

KINDS = {
    EngagementKind.NOTE: ("notes", {"hs_note_body": "Wants a demo"}),
    EngagementKind.FACEBOOK: ("notes", {"hs_note_body": "A word at the booth<br>Wants a demo"}),
    EngagementKind.X: ("notes", {"hs_note_body": "A word at the booth<br>Wants a demo"}),
    EngagementKind.CALL: ("calls", {"hs_call_title": "A word at the booth", "hs_call_body": "Wants a demo"}),
    EngagementKind.EMAIL: ("emails", {"hs_email_subject": "A word at the booth", "hs_email_text": "Wants a demo"}),
    EngagementKind.TEXT: (
        "communications",
        {"hs_communication_channel_type": "SMS", "hs_communication_body": "Wants a demo"},
    ),
    EngagementKind.LINKEDIN: (
        "communications",
        {"hs_communication_channel_type": "LINKEDIN_MESSAGE", "hs_communication_body": "Wants a demo"},
    ),
    EngagementKind.CALENDAR_INVITE: (
        "meetings",
        {
            "hs_meeting_title": "A word at the booth",
            "hs_meeting_body": "Wants a demo",
            "hs_meeting_start_time": "2026-11-18T12:00:00.000Z",
            "hs_meeting_end_time": "2026-11-18T12:30:00.000Z",
        },
    ),
}


@pytest.mark.parametrize("kind", list(EngagementKind))
def test_each_kind_is_logged_as_hubspot_keeps_it(portal, kind):
    place, values = KINDS[kind]
    write = logged(kind, ends_at=NOON + timedelta(minutes=30))

    result = portal.one(lead("ada@acme.example", engagements=(write,)))

    (record,) = portal.vendor.records(place)
    assert result.ok
    assert result.engagements == {write.uid: record["id"]}
    assert record["properties"]["hs_timestamp"] == "2026-11-18T12:00:00.000Z"
    assert {name: record["properties"].get(name) for name in values} == values
    assert [linked for linked, _ in portal.linked(result.person.id, place)] == [record["id"]]


def test_the_text_of_a_note_is_shown_as_it_was_written(portal):
    portal.one(lead("ada@acme.example", engagements=(logged(body="5 < 6 & “O'Brien”\nsecond line"),)))

    (note,) = portal.vendor.records("notes")
    assert note["properties"]["hs_note_body"] == "5 &lt; 6 &amp; “O'Brien”<br>second line"


def test_a_batch_of_notes_goes_to_the_right_contacts(portal):
    leads = [lead(f"p{number}@acme.example", engagements=(logged(body=f"Note {number}"),)) for number in range(120)]

    results = portal.deliver(*leads)

    bodies = {row["id"]: row["properties"]["hs_note_body"] for row in portal.vendor.records("notes")}
    found = [bodies[next(iter(result.engagements.values()))] for result in results]
    assert found == [f"Note {number}" for number in range(120)]
    assert portal.vendor.stats()["by_path"]["POST /crm/objects/2026-03/notes/batch/create"] == 2


@pytest.mark.parametrize("kind", list(EngagementKind))
@pytest.mark.parametrize("fault", ["cut_after_commit", "cut_before_commit"])
def test_after_a_lost_answer_an_engagement_is_there_once(portal, kind, fault):
    place, _ = KINDS[kind]
    write = logged(kind, body="A < B\nand more")
    portal.vendor.faults(path=f"{place}/batch/create", **{fault: 1})
    first = portal.one(lead("ada@acme.example", engagements=(write,)))
    portal.vendor.faults(path="")

    again = portal.one(lead("ada@acme.example", known=first.person.id, engagements=(write,), in_doubt=True))

    assert (first.fault.cause, first.fault.ambiguous, first.fault.step) == (
        Cause.REMOTE_UNAVAILABLE,
        True,
        Step.ENGAGEMENT,
    )
    (record,) = portal.vendor.records(place)
    assert again.engagements == {write.uid: record["id"]}


def test_two_like_engagements_of_a_doubtful_lead_are_both_logged(portal):
    there = portal.one(lead("ada@acme.example", engagements=(logged(),)))

    again = portal.one(lead("ada@acme.example", known=there.person.id, engagements=(logged(), logged()), in_doubt=True))

    assert len(set(again.engagements.values())) == 2
    assert len(portal.vendor.records("notes")) == 2


def test_a_note_too_long_for_hubspot_fails_alone(portal):
    good, long = logged(body="fine"), logged(body="x" * 70_000)

    result = portal.one(lead("ada@acme.example", engagements=(good, long)))

    assert (result.fault.cause, result.fault.step) == (Cause.DATA_VALUE_VALIDATION, Step.ENGAGEMENT)
    assert (result.fault.field, result.fault.object) == ("hs_note_body", "notes")
    assert list(result.engagements) == [good.uid]


def test_engagements_without_echoed_trace_ids_are_not_guessed_by_position(scripted, client_of):
    def answer(asked):
        if asked.path.endswith("/upsert"):
            return Says(200, {"results": [{"id": "5", "objectWriteTraceId": "0", "new": True}]})
        rows = [{"id": str(n), "properties": row["properties"]} for n, row in enumerate(asked.body["inputs"], start=1)]
        return Says(201, {"status": "COMPLETE", "results": rows[::-1]})

    server = scripted(answer)
    first, second = logged(body="one"), logged(body="two")

    (result,) = deliver_to(client_of(server), lead("a@acme.example", engagements=(first, second)))

    assert result.ok
    assert result.engagements == {first.uid: "1", second.uid: "2"}
