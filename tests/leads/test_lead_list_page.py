from __future__ import annotations

import pytest
from django.urls import reverse

from leads.qualifiers import save_qualifier

URL = "/leads/"


def names(response) -> list[str]:
    return [lead.name for lead in response.context["page"]]


@pytest.fixture
def three(meet, event, rep):
    """Three people in the order they were met."""
    meet(first_name="Priya", last_name="Raman", email="priya@brightforge.example", company_name="Brightforge")
    meet(first_name="Seán", last_name="O'Brien", email="sean@kestrel.example", event=event, source="badge_scan", by=rep)
    meet(first_name="Yuki", last_name="Tanabe", company_name="Hoshi Technical", source="csv_upload")


def test_the_list_shows_the_newest_first_and_says_how_many(browser, three):
    response = browser.get(URL)

    assert names(response) == ["Yuki Tanabe", "Seán O'Brien", "Priya Raman"]
    assert "3 people, 3 captures at 1 event." in response.content.decode()
    assert "1 to 3 of 3 leads" in response.content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=brightforge", ["Priya Raman"]),
        ("q=o'brien sean@", ["Seán O'Brien"]),
        ("q=100%25", []),
        ("source=csv_upload", ["Yuki Tanabe"]),
        ("source=nonsense&event=nonsense&page=nonsense", ["Yuki Tanabe", "Seán O'Brien", "Priya Raman"]),
        ("page=99", ["Yuki Tanabe", "Seán O'Brien", "Priya Raman"]),
    ],
)
def test_filters_are_in_the_address(browser, three, query, found):
    assert names(browser.get(f"{URL}?{query}")) == found


def test_the_event_filter_finds_who_was_met_there(browser, three, event):
    assert names(browser.get(URL, {"event": event.uid})) == ["Seán O'Brien"]


def test_the_first_qualifier_is_a_column_and_a_filter(browser, meet, organization, admin):
    score = save_qualifier(organization=organization, by=admin, name="Lead Score", values=["Hot", "Cold"])
    hot, cold = score.values.all()
    meet(first_name="Priya", email="priya@brightforge.example", answers={score.pk: [hot.pk]})
    meet(first_name="Sean", email="sean@kestrel.example", answers={score.pk: [cold.pk]})

    response = browser.get(URL, {"value": hot.pk})

    assert names(response) == ["Priya"]
    assert "Any Lead Score" in response.content.decode()


def test_htmx_gets_the_list_alone_with_its_count_to_announce(browser, three):
    response = browser.get(URL, headers={"HX-Request": "true", "HX-Target": "list"})

    assert response.content.decode().strip().startswith('<section class="panel dims" id="list"')
    assert "3 leads</span>" in response.content.decode()


def test_coming_back_in_the_browser_gets_the_whole_page(browser, three):
    response = browser.get(URL, headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})

    assert response.content.decode().startswith("<!doctype html>")


def test_an_empty_list_says_what_comes_next(browser):
    assert "Scan a badge, fill the form or upload a list." in browser.get(URL).content.decode()


def test_nothing_found_offers_to_clear_the_filters(browser, three):
    page = browser.get(URL, {"q": "brandle"}).content.decode()

    assert "Nothing matches “brandle”" in page
    assert "Clear the filters" in page


def test_values_are_shown_as_text_never_as_markup(browser, meet):
    meet(first_name="<script>alert(1)</script>", last_name="O'Brien", email="x@y.example")

    assert "<script>alert(1)" not in browser.get(URL).content.decode()


def test_other_organizations_leads_are_not_there(browser, other_organization, three):
    from leads.capture import capture_lead

    capture_lead(organization=other_organization, person={"email": "mine@linden.example"}, source="api")

    assert "mine@linden.example" not in browser.get(URL).content.decode()


def test_the_number_of_queries_does_not_grow_with_the_leads(browser, meet, event, django_assert_max_num_queries):
    for number in range(60):
        meet(first_name=f"Lead {number}", email=f"{number}@many.example", event=event)

    with django_assert_max_num_queries(11):
        response = browser.get(URL)

    assert len(response.context["page"]) == 50
    assert f"{reverse('leads:lead_list')}" == URL
