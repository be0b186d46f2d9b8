"""The Qualifiers tab over HTTP: what it shows, what a save answers, and whose it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from integrations import mapping
from integrations.models import Integration, QualifierMapping, QualifierValueMapping
from leads.models import Organization, Qualifier, User
from tests.integrations.conftest import make_member

pytestmark = pytest.mark.django_db

HTMX = {"HTTP_HX_REQUEST": "true"}
TAB = "/integrations/fakecrm/qualifiers/"
NO_PICKLIST = "This is not a picklist with options any more. Choose another field."


@pytest.fixture
def rated(integration: Integration, rating: Qualifier, admin: User) -> Integration:
    mapping.map_field(
        integration=integration,
        object_name="Person",
        source_key=f"qualifier:{rating.pk}",
        remote_field="Rating",
        by=admin,
    )
    return integration


def value_url(rating: Qualifier, label: str) -> str:
    value = rating.values.get(label=label)
    return reverse("integrations:qualifier_value", args=["fakecrm", rating.pk, "Person", value.pk])


def target_url(rating: Qualifier) -> str:
    return reverse("integrations:qualifier_target", args=["fakecrm", rating.pk, "Person"])


def said(response: Any) -> str:
    return " ".join(response.content.decode().split())


# --- The page ---------------------------------------------------------------------------------------------------------


def test_before_the_first_connection_the_tab_leads_to_connect(browser: Client, fake: Any) -> None:
    assert "Connect Fake CRM first" in said(browser.get(TAB))


def test_the_tab_counts_values_without_an_option(browser: Client, rated: Integration) -> None:
    page = said(browser.get(TAB))

    assert '2<span class="vh"> without a mapping</span>' in page
    assert "2 of 2 values not mapped" in page
    assert "Picklist, 2 options, single." in page


def test_a_text_field_takes_the_labels_as_they_are(
    browser: Client, integration: Integration, rating: Qualifier
) -> None:
    browser.post(target_url(rating), {"remote_field": "Notes"})

    page = said(browser.get(TAB))

    assert "Text 32,000: the label is sent as it is and needs no mapping." in page
    assert "Option for Hot" not in page


def test_without_a_qualifier_the_tab_says_how_to_get_one(browser: Client, integration: Integration) -> None:
    assert "No qualifier is active" in said(browser.get(TAB))


def test_the_number_of_queries_does_not_grow_with_qualifiers_and_values(
    browser: Client, rated: Integration, organization: Organization, admin: User, django_assert_num_queries: Any
) -> None:
    browser.get(TAB)
    with django_assert_num_queries(12):
        browser.get(TAB)
    for name in ("Interest", "Next Steps", "Segment"):
        qualifier = Qualifier.objects.create(organization=organization, name=name)
        for label in ("One", "Two", "Three"):
            qualifier.values.create(label=label)
        QualifierMapping.objects.create(
            integration=rated, qualifier=qualifier, object="Person", remote_field=f"{name}__c", updated_by=admin
        )

    with django_assert_num_queries(12):
        browser.get(TAB)


# --- Saving -----------------------------------------------------------------------------------------------------------


def test_choosing_a_field_brings_the_rows_of_its_values(
    browser: Client, integration: Integration, rating: Qualifier
) -> None:
    response = browser.post(target_url(rating), {"remote_field": "Rating"}, **HTMX)

    assert response.status_code == 200
    assert response["HX-Trigger"] == "qualifier-saved"
    assert "Saved" in said(response)
    assert "Option for Hot" in said(response)
    assert 'role="combobox"' not in said(response)
    assert QualifierMapping.objects.get().remote_field == "Rating"


def test_a_field_that_cannot_hold_it_is_refused_in_place(
    browser: Client, integration: Integration, rating: Qualifier
) -> None:
    response = browser.post(target_url(rating), {"remote_field": "Birthday"}, **HTMX)

    assert response.status_code == 422
    assert "A date field cannot hold a list." in said(response)
    assert not QualifierMapping.objects.exists()


def test_clearing_the_field_clears_its_values_too(browser: Client, rated: Integration, rating: Qualifier) -> None:
    browser.post(value_url(rating, "Hot"), {"option": "P1"}, **HTMX)

    response = browser.post(target_url(rating), {"remote_field": ""}, **HTMX)

    assert "Cleared" in said(response)
    assert not QualifierValueMapping.objects.exists()


def test_a_saved_value_answers_its_state_and_not_the_select(
    browser: Client, rated: Integration, rating: Qualifier
) -> None:
    response = browser.post(value_url(rating, "Hot"), {"option": "P1"}, **HTMX)

    assert "<select" not in said(response)
    assert "Hot goes to Priority 1." in said(response)
    assert "1 of 2 values not mapped" in said(response)


def test_an_accepted_suggestion_shows_in_its_select(browser: Client, rated: Integration, rating: Qualifier) -> None:
    rating.values.filter(label="Hot").update(label="priority-1")
    assert "Accept “Priority 1”" in said(browser.get(TAB))

    response = browser.post(value_url(rating, "priority-1"), {"option": "P1", "accept": "1"}, **HTMX)

    assert '<option value="P1" selected>' in said(response)


def test_an_option_that_is_gone_is_refused_in_words(browser: Client, rated: Integration, rating: Qualifier) -> None:
    response = browser.post(value_url(rating, "Hot"), {"option": "P9"}, **HTMX)

    assert response.status_code == 422
    assert "“P9” is not an option of “Lead Rating”" in said(response)
    assert not QualifierValueMapping.objects.exists()


def test_a_save_from_an_older_state_is_refused_and_offers_the_row_as_it_is(
    browser: Client, rated: Integration, rating: Qualifier, organization: Organization
) -> None:
    tom = make_member(organization, "tom@halden.example")
    tom_s_browser = Client()
    tom_s_browser.force_login(tom)
    hot, seen = value_url(rating, "Hot"), "Rating "
    tom_s_browser.post(hot, {"option": "P1", "seen": seen}, **HTMX)

    refused = browser.post(hot, {"option": "P2", "seen": seen}, **HTMX)
    again = browser.post(hot, {"option": "P1", "seen": seen}, **HTMX)
    moved = browser.post(target_url(rating), {"remote_field": "Notes", "seen": ""}, **HTMX)
    row = said(refused).partition("?row=")[2].partition('"')[0]
    fresh = said(browser.get(TAB, {"row": row}, **HTMX))
    field = said(browser.get(TAB, {"row": said(moved).partition("?row=")[2].partition('"')[0]}, **HTMX))
    cleared = browser.post(hot, {"option": "", "seen": "Rating P2"}, **HTMX)

    assert refused.status_code == 422
    assert "Not saved. Changed meanwhile by tom@halden.example: it goes to “Priority 1 (P1)” now." in said(refused)
    assert again.status_code == 200  # what was wanted stands there already
    assert moved.status_code == cleared.status_code == 422
    assert '<option value="P1" selected>' in fresh
    assert 'value="Rating P1"' in fresh
    assert 'value="overwrite Rating"' in field
    assert QualifierValueMapping.objects.get().remote_value == "P1"


def test_exact_matches_are_accepted_with_one_click(browser: Client, rated: Integration, rating: Qualifier) -> None:
    rating.values.filter(label="Hot").update(label="Priority 1")
    assert "Accept 1 exact match<" in said(browser.get(TAB))

    response = browser.post(reverse("integrations:qualifier_accept", args=["fakecrm", rating.pk]), **HTMX)

    assert "1 value is mapped to the option of the same name." in said(response)
    assert QualifierValueMapping.objects.get().remote_value == "P1"


def test_without_scripts_every_save_comes_back_to_its_place(
    browser: Client, rated: Integration, rating: Qualifier
) -> None:
    saved = browser.post(value_url(rating, "Hot"), {"option": "P1"})
    field = browser.post(target_url(rating), {"remote_field": "Notes"})
    accepted = browser.post(reverse("integrations:qualifier_accept", args=["fakecrm", rating.pk]))

    value = rating.values.get(label="Hot")
    assert saved.url == f"{TAB}#row-person-value-{value.pk}"
    assert field.url == accepted.url == f"{TAB}#qualifier-{rating.pk}"


# --- Auto Create from CRM ---------------------------------------------------------------------------------------------


def test_auto_create_shows_what_a_picklist_becomes_and_makes_it(browser: Client, integration: Integration) -> None:
    url = reverse("integrations:qualifier_from_remote", args=["fakecrm"])
    preview = said(browser.get(url, {"field": "Person:Rating"}))
    assert "2 values, Single" in preview
    assert 'value="Lead Rating"' in preview

    response = browser.post(url, {"field": "Person:Rating", "name": "Lead Rating"})

    made = Qualifier.objects.get()
    assert response.url == f"{TAB}#qualifier-{made.pk}"
    assert QualifierValueMapping.objects.count() == 2


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"field": "", "name": "Rating"}, "Choose a field first."),
        (
            {"field": "Person:Email", "name": "Rating"},
            NO_PICKLIST,
        ),
        (
            {"field": "Nothing:At:All", "name": "Rating"},
            NO_PICKLIST,
        ),
        ({"field": "Person:Rating", "name": ""}, "The qualifier has no name."),
        ({"field": "Person:Rating", "name": "Lead Score"}, "There is already a qualifier “Lead Score”."),
    ],
)
def test_auto_create_that_cannot_be_says_why(
    browser: Client, integration: Integration, rating: Qualifier, data: dict[str, str], words: str
) -> None:
    response = browser.post(reverse("integrations:qualifier_from_remote", args=["fakecrm"]), data)

    assert response.status_code == 422
    assert f"{words} Nothing is made." in said(response)
    assert Qualifier.objects.count() == 1


# --- Whose it is ------------------------------------------------------------------------------------------------------


@pytest.fixture
def foreign() -> Qualifier:
    other = Organization.objects.create(name="Linden Pack", slug="linden")
    make_member(other, "lin@linden.example")
    qualifier = Qualifier.objects.create(organization=other, name="Lead Score")
    qualifier.values.create(label="Hot")
    return qualifier


@pytest.mark.parametrize("address", [target_url, lambda qualifier: value_url(qualifier, "Hot")])
def test_another_organizations_qualifier_is_not_there(
    browser: Client, rated: Integration, foreign: Qualifier, address: Callable[[Qualifier], str]
) -> None:
    response = browser.post(address(foreign), {"remote_field": "Rating", "option": "P1"})

    assert response.status_code == 404
    assert not QualifierMapping.objects.filter(qualifier=foreign).exists()


def test_another_organizations_value_cannot_be_put_into_a_qualifier_of_ours(
    browser: Client, rated: Integration, rating: Qualifier, foreign: Qualifier
) -> None:
    value = foreign.values.get()
    url = reverse("integrations:qualifier_value", args=["fakecrm", rating.pk, "Person", value.pk])

    assert browser.post(url, {"option": "P1"}).status_code == 404
    assert not QualifierValueMapping.objects.exists()
