from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from leads.events import save_event
from leads.models import Event

URL = "/events/"


def test_the_list_counts_people_meetings_and_scans_apart(browser, meet, event, rep):
    for _ in range(2):
        meet(email="priya@brightforge.example", event=event, source="badge_scan", by=rep)
    meet(email="sean@kestrel.example", event=event)

    shown = browser.get(URL).context["page"][0]

    assert (shown.lead_count, shown.capture_count, shown.scan_count) == (2, 3, 2)


@pytest.mark.parametrize(
    ("when", "found"),
    [("today", ["Now"]), ("coming", ["Soon"]), ("over", ["Gone"]), ("nonsense", ["Soon", "Now", "Gone"])],
)
def test_events_can_be_narrowed_to_a_time(browser, organization, when, found):
    today, week = timezone.localdate(), timedelta(days=7)
    save_event(organization=organization, name="Gone", starts_on=today - 2 * week, ends_on=today - week)
    save_event(organization=organization, name="Now", starts_on=today, ends_on=None)
    save_event(organization=organization, name="Soon", starts_on=today + week)

    assert [event.name for event in browser.get(URL, {"when": when}).context["page"]] == found


def test_an_admin_makes_an_event(browser):
    response = browser.post(
        reverse("leads:event_new"),
        {"name": "Automate Summit 2026", "kind": "trade_show", "starts_on": "2026-11-17", "ends_on": "2026-11-19"},
    )

    event = Event.objects.get()
    assert response.url == reverse("leads:event_detail", args=[event.uid])
    assert "17 to 19 Nov" in browser.get(response.url).content.decode()


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        ({"name": ""}, "Name is empty."),
        ({"name": "automate summit 2026"}, "There is already an event “automate summit 2026”."),
        ({"name": "New", "starts_on": "2026-11-19", "ends_on": "2026-11-17"}, "The last day is before the first."),
        ({"name": "New", "starts_on": "next week"}, "This is not a date, like 2026-11-19."),
        ({"name": "New", "ends_on": "2026-11-17"}, "A last day needs a first day."),
    ],
)
def test_an_event_that_cannot_be_says_why(browser, event, bad, sentence):
    response = browser.post(reverse("leads:event_new"), {"kind": "trade_show", **bad})

    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert Event.objects.count() == 1


def test_a_new_name_reaches_the_leads_scanned_there(browser, meet, event, rep):
    lead = meet(email="priya@brightforge.example", event=event, source="badge_scan", by=rep).lead

    browser.post(reverse("leads:event_edit", args=[event.uid]), {"name": "Automate 26", "kind": "trade_show"})

    lead.refresh_from_db()
    assert lead.last_scanned_event == "Automate 26"


def test_activations_are_added_and_removed_and_captures_stay(browser, meet, event):
    browser.post(reverse("leads:activation_add", args=[event.uid]), {"name": "Booth 412"})
    booth = event.activations.get()
    meet(email="priya@brightforge.example", event=event, activation=booth)

    browser.post(reverse("leads:activation_remove", args=[event.uid, booth.pk]))

    assert not event.activations.exists()
    assert event.captures.count() == 1


def test_the_same_activation_twice_says_so(browser, event):
    add = reverse("leads:activation_add", args=[event.uid])
    browser.post(add, {"name": "Booth 412"})

    response = browser.post(add, {"name": "booth 412"})

    assert response.status_code == 422
    assert "Automate Summit 2026 already has “booth 412”." in response.content.decode()


def test_a_rep_sees_events_but_changes_none(reps_browser, event):
    page = reps_browser.get(reverse("leads:event_detail", args=[event.uid])).content.decode()

    assert "Automate Summit 2026" in page
    assert reverse("leads:event_edit", args=[event.uid]) not in page
    assert 'name="name"' not in page


def test_an_event_page_shows_who_was_met(browser, meet, event):
    meet(first_name="Priya", email="priya@brightforge.example", event=event)

    assert "Priya" in browser.get(reverse("leads:event_detail", args=[event.uid])).content.decode()


def test_the_lists_queries_do_not_grow_with_the_events(browser, organization, django_assert_max_num_queries):
    for number in range(30):
        save_event(organization=organization, name=f"Event {number}", activations=["Booth"])

    with django_assert_max_num_queries(8):
        browser.get(URL)
