"""Hints wake a worker after the commit; what they mean is in the database, so a lost one costs seconds."""

from __future__ import annotations

import pytest
from celery import current_app
from kombu.exceptions import OperationalError

from leads import tasks
from leads.capture import Meeting, capture_lead, capture_many
from leads.models import Lead, Organization
from leads.uploads import importing
from leads.uploads.importing import start_import
from leads.uploads.intake import take_in


@pytest.fixture
def sent(monkeypatch) -> list[tuple[str, tuple[object, ...]]]:
    """What would be sent to the broker: (task, arguments)."""
    hints: list[tuple[str, tuple[object, ...]]] = []
    monkeypatch.setattr(current_app, "send_task", lambda task, args, **_: hints.append((task, args)))
    return hints


def test_a_new_lead_is_hinted_by_its_id_after_the_commit(meet, sent, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        lead = meet(email="k@a.example").lead
        assert sent == []

    assert sent == [("leads.tasks.enrich", ([lead.pk],))]


def test_a_meeting_that_says_nothing_new_is_not_hinted(meet, sent, django_capture_on_commit_callbacks):
    lead = meet(email="k@a.example").lead
    Lead.objects.filter(pk=lead.pk).update(enrichment="done")

    with django_capture_on_commit_callbacks(execute=True):
        meet(email="k@a.example", job_title="CTO")

    assert sent == []


def test_a_large_batch_is_hinted_in_parts(organization, sent, monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setattr("leads.hints.BATCH", 2)
    meetings = [Meeting({"email": f"p{n}@a.example"}, "api") for n in range(5)]

    with django_capture_on_commit_callbacks(execute=True):
        captured = capture_many(organization=organization, meetings=meetings)

    ids = [each.lead.pk for each in captured]
    assert [args for _, args in sent] == [(ids[:2],), (ids[2:4],), (ids[4:],)]


def test_a_long_import_gives_its_worker_back_and_asks_for_another_turn(
    organization, rep, sent, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(importing, "BATCH", 1)
    monkeypatch.setattr(tasks, "BATCHES_PER_TURN", 2)
    data = b"email\na@a.example\nb@a.example\nc@a.example\n"
    upload = start_import(upload=take_in(organization=organization, by=rep, filename="l.csv", data=data), event=None)

    with django_capture_on_commit_callbacks(execute=True):
        tasks.import_rows(upload.pk)

    upload.refresh_from_db()
    assert upload.done == 2
    assert ("leads.tasks.import_rows", (upload.pk,)) in sent


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_away_loses_no_lead(monkeypatch):
    organization = Organization.objects.create(name="Halden Robotics", slug="halden")

    def away(*_: object, **__: object) -> None:
        raise OperationalError("Connection refused")

    monkeypatch.setattr(current_app, "send_task", away)

    lead = capture_lead(organization=organization, person={"email": "k@a.example"}, source="badge_scan").lead

    assert Lead.objects.get() == lead
    assert tasks.sweep_enrichment() == 1


def test_a_lead_somebody_just_captured_passes_the_batches_of_an_import(
    meet, organization, monkeypatch, django_capture_on_commit_callbacks
):
    queues: list[str | None] = []
    monkeypatch.setattr(current_app, "send_task", lambda task, queue, **_: queues.append(queue))

    with django_capture_on_commit_callbacks(execute=True):
        meet(email="k@a.example")
        capture_many(
            organization=organization, meetings=[Meeting({"email": f"p{n}@a.example"}, "api") for n in range(11)]
        )

    assert queues == ["fresh", None]
