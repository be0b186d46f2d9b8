"""Engagements: a note each on the person's timeline, once, whatever is lost on the way."""

from datetime import timedelta

import pytest

from integrations.contract import Cause, EngagementKind, Step
from tests.integrations.zoho.org import AS_CONTACTS, NOON, lead, logged, person


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        (EngagementKind.NOTE, "Note: A word at the booth"),
        (EngagementKind.CALL, "Call: A word at the booth"),
        (EngagementKind.EMAIL, "E-mail: A word at the booth"),
        (EngagementKind.TEXT, "Text message: A word at the booth"),
        (EngagementKind.LINKEDIN, "LinkedIn: A word at the booth"),
        (EngagementKind.FACEBOOK, "Facebook: A word at the booth"),
        (EngagementKind.X, "X: A word at the booth"),
        (EngagementKind.CALENDAR_INVITE, "Calendar invite: A word at the booth"),
    ],
)
def test_every_kind_is_a_note_that_says_what_when_and_who(org, kind, title):
    write = logged(kind, author="tom@halden.example")

    result = org.one(lead("ada@x.example", engagements=(write,)))

    (note,) = org.vendor.records("Notes")
    assert result.engagements == {write.uid: note["id"]}
    assert note["Note_Title"] == title
    assert note["Note_Content"] == "Wants a demo\n\nLogged by Mobly, 2026-11-18 12:00 UTC, tom@halden.example"
    assert note["Parent_Id"]["id"] == result.person.id


def test_a_subject_that_only_repeats_the_kind_is_not_said_twice(org):
    org.one(lead("ada@x.example", engagements=(logged(EngagementKind.CALL, subject="Call", body=""),)))

    assert org.notes("Note_Title", "Note_Content") == [
        {"Note_Title": "Call", "Note_Content": "Logged by Mobly, 2026-11-18 12:00 UTC"}
    ]


def test_a_long_subject_stands_whole_in_the_text(org):
    subject = "word " * 40

    org.one(lead("ada@x.example", engagements=(logged(subject=subject),)))

    (note,) = org.notes("Note_Title", "Note_Content")
    assert len(note["Note_Title"]) <= 120
    assert " ".join(subject.split()) in note["Note_Content"]


def test_an_invite_says_when_it_ends(org):
    org.one(
        lead("a@x.example", engagements=(logged(EngagementKind.CALENDAR_INVITE, ends_at=NOON + timedelta(hours=1)),))
    )

    assert "2026-11-18 12:00 UTC to 2026-11-18 13:00 UTC" in org.notes("Note_Content")[0]["Note_Content"]


def test_a_contact_has_its_notes_too(org):
    (result,) = org.deliver(person("ada@x.example", engagements=(logged(),)), **AS_CONTACTS)

    assert (result.ok, org.vendor.records("Notes")[0]["Parent_Id"]["id"]) == (True, result.person.id)


@pytest.mark.parametrize("fault", ["cut_after_commit", "cut_before_commit", "truncate_body", "server_error"])
def test_a_lost_answer_to_a_note_is_read_back_before_it_is_sent_again(org, fault):
    writes = (logged(body="One"), logged(body="Two\nlines & <tags>"))
    org.vendor.faults(path="POST .*/Notes", **{fault: 1})

    first = org.one(lead("ada@x.example", engagements=writes))
    again = org.one(
        lead("ada@x.example", known=first.person.id, person_unchanged=True, in_doubt=True, engagements=writes)
    )

    assert (first.fault.step, first.fault.ambiguous, first.engagements) == (Step.ENGAGEMENT, True, {})
    assert again.ok
    assert set(again.engagements) == {write.uid for write in writes}
    assert len(org.notes("id")) == 2


def test_two_engagements_alike_have_a_note_each_after_a_lost_answer(org):
    writes = (logged(), logged())
    org.vendor.faults(path="POST .*/Notes", cut_after_commit=1)
    first = org.one(lead("ada@x.example", engagements=writes))

    again = org.one(lead(known=first.person.id, person_unchanged=True, in_doubt=True, engagements=writes))

    assert len(set(again.engagements.values())) == 2
    assert len(org.notes("id")) == 2


def test_notes_that_cannot_be_read_back_are_not_sent_again(org):
    write = logged()
    first = org.one(lead("ada@x.example"))
    org.vendor.faults(path="GET .*/Notes", rate_limit_next=1)

    result = org.one(lead("ada@x.example", known=first.person.id, in_doubt=True, engagements=(write,)))

    assert (result.fault.cause, result.fault.step, result.fault.ambiguous) == (
        Cause.RATE_LIMITED,
        Step.ENGAGEMENT,
        True,
    )
    assert org.notes("id") == []


def test_a_record_that_is_new_has_no_notes_to_read(org):
    org.one(lead("ada@x.example", in_doubt=True, engagements=(logged(),)))

    assert org.paths() == {"POST /Leads/upsert": 1, "POST /Notes": 1}


def test_a_note_that_is_refused_fails_only_its_lead(org):
    org.vendor.faults(path="POST .*/Notes", item_error=0)
    good, bad = org.deliver(
        lead("a@x.example", engagements=(logged(),)),
        lead("b@x.example", engagements=(logged(body="x" * 33_000),)),
    )

    assert good.ok
    assert (bad.fault.cause, bad.fault.step, bad.fault.object) == (
        Cause.DATA_VALUE_VALIDATION,
        Step.ENGAGEMENT,
        "Notes",
    )
    assert bad.person_written


def test_engagements_are_sent_a_hundred_at_a_time(org):
    results = org.deliver(*(lead(f"a{number}@x.example", engagements=(logged(),)) for number in range(150)))

    assert all(result.ok for result in results)
    assert org.paths() == {"POST /Leads/upsert": 2, "POST /Notes": 2}
