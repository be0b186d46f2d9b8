from __future__ import annotations

import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from leads.events import save_event
from leads.models import Capture, Lead
from leads.qualifiers import save_qualifier

URL = "/capture/"
HTMX = {"HX-Request": "true", "HX-Target": "capture"}
ASKS = {"HX-Request": "true", "HX-Target": "asks"}


def said(**more) -> dict:
    return {
        "source": "manual",
        "first_name": "Tomás",
        "last_name": "Ferreira",
        "email": "tomas@corvane.example",
        **more,
    }


@pytest.fixture
def score(organization, admin):
    return save_qualifier(
        organization=organization, by=admin, name="Lead Score", values=["Hot", "Cold"], requirement="require"
    )


def test_saving_goes_to_the_lead(browser, event):
    response = browser.post(URL, said(event=event.uid))

    lead = Lead.objects.get()
    assert response.url == reverse("leads:lead_detail", args=[lead.uid])
    assert (lead.name, lead.captures.get().event, lead.captures.get().source) == ("Tomás Ferreira", event, "manual")


def test_save_and_next_comes_back_empty_with_the_place_kept(browser, organization, admin):
    event = save_event(organization=organization, name="Packaging Expo West", activations=["Booth 412"])
    booth = event.activations.get()

    response = browser.post(
        URL, said(event=event.uid, activation=booth.pk, source="badge_scan", next="1"), headers=HTMX
    )

    form = response.context["form"]
    assert [form[name].value() for name in ("activation", "source", "first_name")] == [
        str(booth.pk),
        "badge_scan",
        None,
    ]
    assert str(form["event"].value()) == str(event.uid)
    assert "Tomás Ferreira is saved." in response.content.decode()
    assert Lead.objects.get().number_of_scans == 1


def test_the_next_visit_starts_where_the_last_one_was(browser, event):
    browser.post(URL, said(event=event.uid, source="card_scan", next="1"))

    form = browser.get(URL).context["form"]

    assert (str(form["event"].value()), form["source"].value()) == (str(event.uid), "card_scan")


def test_the_first_visit_starts_at_the_event_of_today(browser, organization):
    today = timezone.localdate()
    running = save_event(organization=organization, name="Automate Summit 2026", starts_on=today, ends_on=today)

    assert browser.get(URL).context["form"]["event"].value() == running.uid


def test_a_required_qualifier_is_enforced_in_place(browser, score):
    response = browser.post(URL, said(), headers=HTMX)

    page = response.content.decode()
    assert response.status_code == 422
    assert "Lead Score is required. Pick one." in page
    assert 'value="Tomás"' in page
    assert not Lead.objects.exists()


def test_picked_values_are_kept_with_the_lead(browser, score, organization, admin):
    interest = save_qualifier(
        organization=organization, by=admin, name="Product Interest", values=["Cobots", "Vision"], multiple=True
    )
    hot = score.values.get(label="Hot")

    browser.post(
        URL,
        said(
            **{
                f"qualifier-{score.pk}": hot.pk,
                f"qualifier-{interest.pk}": [value.pk for value in interest.values.all()],
            }
        ),
    )

    answers = Lead.objects.get().answers.select_related("value")
    assert [str(answer) for answer in answers] == ["Hot", "Cobots", "Vision"]


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        ("number", "12.50", "12.5"),
        ("boolean", "true", "true"),
        ("text", " by rail ", "by rail"),
        ("note", "a\nb", "a\nb"),
    ],
)
def test_the_other_kinds_of_qualifier_keep_what_was_typed(browser, organization, admin, kind, typed, kept):
    qualifier = save_qualifier(organization=organization, by=admin, name="More", kind=kind)

    browser.post(URL, said(**{f"qualifier-{qualifier.pk}": typed}))

    assert Lead.objects.get().answers.get().text == kept


def test_a_number_that_is_none_says_so(browser, organization, admin):
    qualifier = save_qualifier(organization=organization, by=admin, name="Robots", kind="number")

    response = browser.post(URL, said(**{f"qualifier-{qualifier.pk}": "a dozen"}))

    assert response.status_code == 422
    assert "Robots takes a number, like 12 or 12.5." in response.content.decode()


def test_only_the_qualifiers_of_the_event_are_asked(browser, organization, admin, event):
    other = save_event(organization=organization, name="Packaging Expo West")
    save_qualifier(organization=organization, by=admin, name="Everywhere", kind="text")
    save_qualifier(organization=organization, by=admin, name="Only there", kind="text", events=[other])
    save_qualifier(organization=organization, by=admin, name="Not yet", kind="text", status="draft")

    asked = {
        place.name: [qualifier.name for qualifier, _ in browser.get(URL, {"event": place.uid}).context["form"].asked()]
        for place in (event, other)
    }

    assert asked == {event.name: ["Everywhere"], other.name: ["Everywhere", "Only there"]}


def test_choosing_another_event_keeps_what_is_picked(browser, score, organization):
    event = save_event(organization=organization, name="Packaging Expo West", activations=["Booth 412"])
    hot = score.values.get(label="Hot")

    answer = browser.get(URL, {"event": event.uid, f"qualifier-{score.pk}": hot.pk}, headers=ASKS).content.decode()

    assert f'value="{hot.pk}"' in answer
    assert "checked" in answer
    assert 'hx-swap-oob="innerHTML:#place"' in answer
    assert "Booth 412" in answer


def test_a_second_tap_does_not_capture_twice(browser):
    key = str(uuid.uuid4())

    browser.post(URL, said(key=key))
    browser.post(URL, said(key=key, first_name="Another"))

    assert Capture.objects.count() == 1
    assert "was saved with this form before. Nothing is added." in browser.get("/leads/").content.decode()


def test_a_known_e_mail_is_recognised_while_typing(browser, meet):
    meet(first_name="Ingrid", last_name="Solheim", email="ingrid@nordlys-marine.example")

    answer = browser.get(reverse("leads:capture_known"), {"email": " Ingrid@Nordlys-Marine.example"}).content.decode()

    assert "Ingrid Solheim</a> is known. This adds capture 2" in answer


@pytest.mark.parametrize("email", ["", "nobody@nordlys-marine.example", "\x00", "x" * 5000])
def test_an_unknown_e_mail_says_nothing(browser, meet, email):
    meet(first_name="Ingrid", email="ingrid@nordlys-marine.example")

    response = browser.get(reverse("leads:capture_known"), {"email": email})

    assert response.status_code == 200
    assert response.content.decode().strip() == ""


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        ({"email": "tomas at corvane"}, "“tomas at corvane” has no @."),
        ({"source": "telepathy"}, "telepathy is not one of the available choices."),
        ({"event": "nonsense"}, "This event is not there any more. Choose another."),
        ({"first_name": "", "last_name": "", "email": ""}, "Nothing says who this is."),
        ({"activation": "99999999999999999999"}, "Select a valid choice."),
    ],
)
def test_what_cannot_be_captured_says_why(browser, bad, sentence):
    response = browser.post(URL, said(**bad))

    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not Lead.objects.exists()


def test_any_text_in_any_field_arrives_as_it_was_typed(browser):
    odd = "O'Brien \\ 100% “ä” 🤖 שלום\nsecond line " + "x" * 300

    browser.post(URL, said(last_name=odd, company_name=odd, job_title=odd, description=odd))

    lead = Lead.objects.get()
    assert [lead.last_name, lead.company_name, lead.job_title, lead.description] == [odd] * 4


def test_who_was_captured_today_is_listed_beside_the_form(browser, meet, event):
    meet(first_name="Here", event=event, email="here@today.example")
    meet(first_name="Elsewhere", email="elsewhere@today.example")

    response = browser.get(URL, {"event": event.uid})

    assert [capture.lead.name for capture in response.context["today"]] == ["Here"]
    assert f"{event.name} today" in response.content.decode()


def test_the_form_asks_a_bounded_number_of_queries(browser, organization, admin, django_assert_max_num_queries):
    for number in range(10):
        save_qualifier(organization=organization, by=admin, name=f"Qualifier {number}", values=["A", "B", "C"])

    with django_assert_max_num_queries(12):
        browser.get(URL)
