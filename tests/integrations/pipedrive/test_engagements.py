"""Engagements: an activity where there is a type for it, else a note; each exactly once."""

from datetime import timedelta

import pytest

from integrations.contract import Cause, EngagementKind, Step
from integrations.providers.pipedrive.engagements import mark
from tests.integrations.pipedrive.company import NOON, lead, logged


@pytest.mark.parametrize(
    ("kind", "type"),
    [(EngagementKind.CALL, "call"), (EngagementKind.EMAIL, "email"), (EngagementKind.CALENDAR_INVITE, "meeting")],
)
def test_what_pipedrive_has_a_type_for_becomes_an_activity(company, kind, type):
    write = logged(kind, "Wants a <demo>\nsoon", ends_at=NOON + timedelta(minutes=90))

    result = company.one(lead("ada@acme.example", name="Acme", engagements=(write,)))

    (activity,) = company.vendor.records("activities")
    shown = {key: activity[key] for key in ("type", "subject", "due_date", "due_time", "duration", "done", "org_id")}
    assert shown == {
        "type": type,
        "subject": "A word at the booth",
        "due_date": "2026-11-18",
        "due_time": "12:00",
        "duration": "01:30",
        "done": True,
        "org_id": int(result.company.id),
    }
    assert activity["participants"] == [{"person_id": int(result.person.id), "primary": True}]
    assert activity["note"] == f"Wants a &lt;demo&gt;<br>soon<br><br><i>{mark(write.uid)}</i>"
    assert result.engagements == {write.uid: str(activity["id"])}


@pytest.mark.parametrize(
    "kind",
    [EngagementKind.NOTE, EngagementKind.TEXT, EngagementKind.LINKEDIN, EngagementKind.FACEBOOK, EngagementKind.X],
)
def test_the_rest_becomes_a_note(company, kind):
    write = logged(kind)

    result = company.one(lead("ada@acme.example", engagements=(write,)))

    (note,) = company.vendor.records("notes")
    first = "Wants a demo" if kind is EngagementKind.NOTE else "A word at the booth<br>Wants a demo"
    assert note["content"].startswith(first)
    assert (note["add_time"], note["person_id"]) == ("2026-11-18 12:00:00", int(result.person.id))
    assert result.engagements == {write.uid: str(note["id"])}


def test_a_meeting_to_come_is_not_done(company):
    later = NOON + timedelta(days=400)
    write = logged(EngagementKind.CALENDAR_INVITE, happened_at=later, ends_at=later + timedelta(minutes=30))

    company.one(lead("ada@acme.example", engagements=(write,)))

    (activity,) = company.vendor.records("activities")
    assert (activity["done"], activity["duration"]) == (False, "00:30")


def test_an_engagement_alone_does_not_write_the_person(company):
    known = company.vendor.seed("persons", email="ada@acme.example", name="Ada")
    company.vendor.forget_stats()

    result = company.one(lead(known=known["id"], person_unchanged=True, engagements=(logged(),)))

    assert result.ok
    assert (company.calls("PATCH"), company.calls("POST")) == (0, 1)


@pytest.mark.parametrize("kind", [EngagementKind.NOTE, EngagementKind.CALL])
def test_a_lost_answer_does_not_log_it_twice(company, kind):
    known = company.vendor.seed("persons", email="ada@acme.example", name="Ada")
    write = logged(kind)
    path = "/notes" if kind is EngagementKind.NOTE else "/activities"
    company.vendor.faults(cut_after_commit=1, path=path)

    lost = company.one(lead(known=known["id"], person_unchanged=True, engagements=(write,)))
    again = company.one(lead(known=known["id"], person_unchanged=True, engagements=(write,), in_doubt=True))

    assert (lost.fault.cause, lost.fault.ambiguous, lost.fault.step) == (
        Cause.REMOTE_UNAVAILABLE,
        True,
        Step.ENGAGEMENT,
    )
    assert (again.ok, list(again.engagements)) == (True, [write.uid])
    assert len(company.vendor.records(path.strip("/"))) == 1


def test_two_alike_stay_two(company):
    one, two = logged(EngagementKind.CALL), logged(EngagementKind.CALL)

    result = company.one(lead("ada@acme.example", engagements=(one, two), in_doubt=True))

    assert set(result.engagements) == {one.uid, two.uid}
    assert len(company.vendor.records("activities")) == 2
