"""Many phones at one booth: the same person captured in the same second is one lead, and nobody waits for ever."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from leads.capture import Meeting, capture_lead, capture_many
from leads.models import Capture, Lead, Organization

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(work, many: int) -> None:
    def closing(number: int) -> None:
        try:
            work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(many) as threads:
        list(threads.map(closing, range(many)))


@pytest.fixture
def organization() -> Organization:
    return Organization.objects.create(name="Halden Robotics", slug="halden-robotics")


def test_one_person_captured_eight_times_at_once_is_one_lead(organization):
    person = {"email": "k@a.example", "first_name": "Karla"}

    at_once(lambda n: capture_lead(organization=organization, person=person, source="badge_scan"), 8)

    lead = Lead.objects.get()
    assert (lead.number_of_scans, Capture.objects.count()) == (8, 8)


def test_one_meeting_told_eight_times_at_once_is_one_capture(organization):
    person = {"email": "k@a.example"}

    at_once(lambda n: capture_lead(organization=organization, person=person, source="api", key="call-1"), 8)

    assert (Lead.objects.count(), Capture.objects.count()) == (1, 1)


def test_batches_that_overlap_in_opposite_orders_both_arrive(organization):
    people = [{"email": f"p{n}@a.example"} for n in range(60)]

    def upload(number: int) -> None:
        ordered = people if number % 2 else people[::-1]
        capture_many(organization=organization, meetings=[Meeting(person, "csv_upload") for person in ordered])

    at_once(upload, 4)

    assert (Lead.objects.count(), Capture.objects.count()) == (60, 240)
    assert set(Lead.objects.values_list("version", flat=True)) == {5}
