"""Engagements: a Task or an Event each, exactly once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.contract import EngagementKind, EngagementWrite, Membership, Step
from tests.integrations.salesforce.org import Org, lead

NOON = datetime(2026, 11, 19, 12, 0, tzinfo=UTC)


def logged(uid: str = "e1", kind: EngagementKind = EngagementKind.CALL, **changes: Any) -> EngagementWrite:
    values = {"subject": kind.value.title(), "body": "Wants a demo.\nCall on Monday.", "happened_at": NOON, **changes}
    return EngagementWrite(uid, kind, **values)


def test_an_engagement_becomes_a_completed_task(org: Org) -> None:
    result = org.one(lead(engagements=(logged(),)))

    (task,) = org.sandbox.records("Task")
    assert result.ok
    assert result.engagements == {"e1": task["Id"]}
    assert (task["WhoId"], task["Subject"], task["Status"]) == (result.person.id, "Call", "Completed")
    assert (task["Description"], task["ActivityDate"]) == ("Wants a demo.\nCall on Monday.", "2026-11-19")


def test_a_calendar_invite_becomes_an_event(org: Org) -> None:
    ends = NOON + timedelta(hours=1)

    result = org.one(lead(engagements=(logged(kind=EngagementKind.CALENDAR_INVITE, subject="Meeting", ends_at=ends),)))

    (event,) = org.sandbox.records("Event")
    assert result.engagements == {"e1": event["Id"]}
    assert (event["WhoId"], event["Subject"], event["DurationInMinutes"]) == (result.person.id, "Meeting", 60)


@pytest.mark.parametrize("ends", [None, NOON - timedelta(hours=1)])
def test_an_invite_without_a_usable_end_takes_half_an_hour(org: Org, ends: datetime | None) -> None:
    org.one(lead(engagements=(logged(kind=EngagementKind.CALENDAR_INVITE, ends_at=ends),)))

    assert org.values("Event", "DurationInMinutes") == [(30,)]


def test_members_and_tasks_of_a_batch_share_their_calls(org: Org) -> None:
    campaign = (Membership(org.campaign(), "campaign"),)
    batch = [lead(str(n), f"p{n}@a.com", memberships=campaign, engagements=(logged(f"e{n}"),)) for n in range(100)]

    assert org.calls_of(*batch) == 3
    assert len(org.sandbox.records("Task")) == len(org.sandbox.records("CampaignMember")) == 100


def test_an_engagement_that_is_refused_keeps_the_others(org: Org) -> None:
    result = org.one(lead(engagements=(logged("long", subject="x" * 300), logged("good"))))

    assert result.fault.step is Step.ENGAGEMENT
    assert result.fault.field == "Subject"
    assert list(result.engagements) == ["good"]
    assert result.person_written


def test_after_a_lost_answer_an_engagement_that_arrived_is_found_and_not_logged_again(org: Org) -> None:
    first = org.one(lead(engagements=(logged(),)))

    second = org.one(lead(known=("Lead", first.person.id), engagements=(logged(),), in_doubt=True))

    assert second.engagements == first.engagements
    assert len(org.sandbox.records("Task")) == 1


def test_after_a_lost_answer_an_event_that_arrived_is_found(org: Org) -> None:
    invite = logged(kind=EngagementKind.CALENDAR_INVITE)
    first = org.one(lead(engagements=(invite,)))

    second = org.one(lead(known=("Lead", first.person.id), engagements=(invite,), in_doubt=True))

    assert second.engagements == first.engagements
    assert len(org.sandbox.records("Event")) == 1


def test_after_a_lost_answer_an_engagement_that_did_not_arrive_is_logged(org: Org) -> None:
    first = org.one(lead(engagements=(logged(body="Something else."),)))

    second = org.one(lead(known=("Lead", first.person.id), engagements=(logged(),), in_doubt=True))

    assert len(org.sandbox.records("Task")) == 2
    assert list(second.engagements) == ["e1"]


def test_two_engagements_alike_are_two_records_also_after_a_lost_answer(org: Org) -> None:
    first = org.one(lead(engagements=(logged("e1"), logged("e2"))))

    second = org.one(lead(known=("Lead", first.person.id), engagements=(logged("e1"), logged("e2")), in_doubt=True))

    assert len(org.sandbox.records("Task")) == 2
    assert set(second.engagements.values()) == set(first.engagements.values())


def test_an_engagement_without_a_body_has_no_description(org: Org) -> None:
    first = org.one(lead(engagements=(logged(body=""),)))
    second = org.one(lead(known=("Lead", first.person.id), engagements=(logged(body=""),), in_doubt=True))

    assert org.values("Task", "Description") == [(None,)]
    assert first.engagements == second.engagements
