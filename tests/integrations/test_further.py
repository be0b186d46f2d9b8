"""Further objects on the Mapping tab: what is offered, added, changed, removed and told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from integrations import further, schema
from integrations.contract import (
    Cause,
    Fault,
    FieldType,
    FurtherObject,
    OfferedObject,
    Option,
    ProviderError,
    RemoteField,
    RemoteObject,
    Role,
)
from integrations.mapping import map_field, set_defaults
from integrations.meanwhile import MappingRefused
from integrations.models import Integration
from integrations.setup import setup_of
from leads.models import Change, User
from tests.integrations.fake_provider import FakeClient, FakeProvider, text

HTMX = {"HX-Request": "true", "HX-Target": "drawer"}
TIES = {"Person": "Who"}


def visit() -> RemoteObject:
    high = (Option("High", "High"),)
    fields = [
        RemoteField("Who", "Visitor", FieldType.REFERENCE),
        RemoteField("Interest", "Interest", FieldType.PICKLIST, required=True, restricted=True, options=high),
        text("Name", "Company Name"),
    ]
    return RemoteObject("Visit", "Booth Visit", "Booth Visits", Role.OTHER, {one.name: one for one in fields})


@dataclass
class Visits:
    """A vendor with one object to add."""

    there: bool = True
    down: bool = False
    lookups: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: {"Person": ("Who", "Host")})

    def offered(self, client: FakeClient, options: Mapping[str, str]) -> list[OfferedObject]:
        if self.down:
            raise ProviderError(Fault(Cause.REMOTE_UNAVAILABLE, "Fake CRM did not answer.", transient=True))
        return [OfferedObject("Visit", "Booth Visit", self.lookups)] if self.there else []

    def describe(self, client: FakeClient, objects: Sequence[FurtherObject]) -> list[RemoteObject]:
        gone: dict[str, Any] = {"fields": {}, "readable": False, "creatable": False, "updatable": False}
        return [visit() if self.there else replace(visit(), **gone) for _ in objects]


@pytest.fixture
def visits(fake: FakeProvider) -> Visits:
    fake.further = Visits()
    return fake.further


@pytest.fixture
def added(visits: Visits, integration: Integration, admin: User) -> Integration:
    further.save_object(integration=integration, name="Visit", ties=TIES, by=admin)
    return integration


def tab(browser: Client) -> str:
    return browser.get(reverse("integrations:mapping", args=["fakecrm"])).content.decode()


def address() -> str:
    return reverse("integrations:further_objects", args=["fakecrm"])


def test_the_drawer_offers_the_objects_and_adding_one_makes_its_section(
    browser: Client, visits: Visits, integration: Integration
) -> None:
    assert f'href="{address()}"' in tab(browser)
    drawer = browser.get(address(), headers=HTMX).content.decode()
    assert "Booth Visit (Visit)" in drawer
    assert 'name="tie-Person"' in drawer

    saved = browser.post(address(), {"object": "Visit", "tie-Person": "Host"}, headers=HTMX)
    assert saved.headers["HX-Redirect"].endswith("#object-visit")
    integration.refresh_from_db()
    assert [(one.name, one.ties) for one in schema.further_objects(integration)] == [("Visit", {"Person": "Host"})]
    page = tab(browser)
    assert page.index('id="object-person"') < page.index('id="object-visit"')
    assert "Fake CRM requires 1 value on every new Booth Visit that no row gives: Interest." in page
    assert "tied to Person by “Host”" in page


def test_without_scripts_the_page_stands_with_the_drawer(browser: Client, visits: Visits, added: Integration) -> None:
    page = browser.get(address(), {"object": "Visit"}).content.decode()
    assert "Lookups of Booth Visit" in page
    assert '<option value="Who" selected>' in page
    assert browser.post(address(), {"object": "Visit", "tie-Person": "Host"}).status_code == 302
    assert browser.get(address()).content.decode().count("no further object to add") == 1


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({}, "Choose an object of the list"),
        ({"object": "Visit"}, "Choose the lookup by which a Booth Visit hangs on the person."),
        ({"object": "Visit", "tie-Person": "Fax"}, "Fax is no such lookup of Booth Visit."),
        ({"object": "Visit", "tie-Firm": "Who"}, "Who is no such lookup of Booth Visit."),
    ],
)
def test_what_is_no_choice_is_refused_in_words(
    browser: Client, visits: Visits, integration: Integration, sent: dict[str, str], words: str
) -> None:
    answer = browser.post(address(), sent, headers=HTMX)

    assert (answer.status_code, words in answer.content.decode()) == (422, True)
    integration.refresh_from_db()
    assert integration.further_objects == []


def test_a_vendor_that_is_away_is_told_and_nothing_is_saved(
    browser: Client, visits: Visits, integration: Integration
) -> None:
    visits.down = True

    assert "Fake CRM did not answer." in browser.get(address(), headers=HTMX).content.decode()
    assert browser.post(address(), {"object": "Visit", "tie-Person": "Who"}, headers=HTMX).status_code == 422


def test_a_vendor_without_further_objects_offers_none(browser: Client, integration: Integration, admin: User) -> None:
    assert "Add object" not in tab(browser)
    assert browser.get(address()).status_code == 404
    with pytest.raises(MappingRefused):
        further.save_object(integration=integration, name="Visit", ties=TIES, by=admin)


def test_set_defaults_fills_what_can_be_placed_and_is_silent_about_the_rest(added: Integration, admin: User) -> None:
    report = set_defaults(integration=added, object_name="Visit", by=admin)

    assert (report.filled, report.unplaced) == ([("Company Name", "Company Name")], [])


def test_it_is_described_again_with_every_refresh_and_one_that_is_gone_is_marked_in_place(
    browser: Client, visits: Visits, added: Integration, admin: User
) -> None:
    map_field(integration=added, object_name="Visit", source_key="company_name", remote_field="Name", by=admin)
    assert schema.refresh(integration=added).changed is False
    visits.there = False
    schema.refresh(integration=added)

    page = tab(browser)
    assert "Booth Visit is gone, or no longer shown to the connected user." in page
    assert "Name is gone, or no longer shown to the connected user." in page
    setup = setup_of(added)
    assert ([one.name for one in setup.further], dict(setup.objects["Visit"].fields)) == (["Visit"], {})


def test_removing_it_forgets_its_rows_and_says_so(browser: Client, added: Integration, admin: User) -> None:
    set_defaults(integration=added, object_name="Visit", by=admin)
    version = setup_of(added).version
    away = reverse("integrations:remove_object", args=["fakecrm", "Visit"])

    assert browser.post(away).status_code == 302
    assert browser.post(away).status_code == 404
    added.refresh_from_db()
    assert (added.further_objects, added.field_mappings.count()) == ([], 0)
    assert "object-visit" not in tab(browser)
    assert setup_of(added).version > version


def test_each_change_is_written_down_once(added: Integration, admin: User) -> None:
    for who in ("Who", "Host", "Host"):
        further.save_object(integration=added, name="Visit", ties={"Person": who}, by=admin)
    further.remove_object(integration=added, name="Visit", by=admin)

    said = Change.objects.filter(subject__contains="Booth Visit").order_by("pk")
    assert [(row.subject, row.before, row.after) for row in said] == [
        ("Add object Booth Visit", "", "Person by Who"),
        ("Lookups of Booth Visit", "Person by Who", "Person by Host"),
        ("Remove object Booth Visit", "Person by Host", ""),
    ]


def test_there_is_an_end_to_adding(added: Integration, admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(further, "MOST", 1)
    added.further_objects = [{"name": "Other", "label": "Other", "ties": TIES}]
    added.save()

    with pytest.raises(MappingRefused, match="1 further objects are mapped already"):
        further.save_object(integration=added, name="Visit", ties=TIES, by=admin)


def test_the_tab_asks_the_database_no_more_often_with_it(
    browser: Client, visits: Visits, integration: Integration, admin: User, django_assert_max_num_queries: Any
) -> None:
    tab(browser)
    with django_assert_max_num_queries(30) as before:
        tab(browser)
    further.save_object(integration=integration, name="Visit", ties=TIES, by=admin)
    with django_assert_max_num_queries(len(before)):
        tab(browser)
