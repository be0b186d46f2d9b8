"""Create recommended fields on the Mapping tab: what is offered, made, filled and told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from integrations.contract import Feature
from integrations.fields import FieldsRefused, create_fields, missing_fields
from integrations.models import FieldMapping, Integration
from leads.models import User
from tests.integrations.fake_provider import FakeProvider

HTMX = {"HX-Request": "true", "HX-Target": "drawer"}
BOTH = ["description", "mobly_lead_id"]


def address(object_name: str = "Person") -> str:
    return reverse("integrations:new_fields", args=["fakecrm", object_name])


def make(browser: Client, keys: list[str], **headers: str) -> Any:
    return browser.post(address(), {"fields_to_make": keys}, headers=headers)


def filled(integration: Integration) -> dict[str, str]:
    return dict(FieldMapping.objects.filter(integration=integration).values_list("mobly_field", "remote_field"))


def test_what_the_object_lacks_is_missing(integration: Integration) -> None:
    assert [new.name for new in missing_fields(integration=integration, object_name="Person")] == [
        "mobly_description",
        "mobly_lead_id",
    ]
    assert missing_fields(integration=integration, object_name="Firm") == []


def test_the_section_offers_to_make_them(browser: Client, integration: Integration) -> None:
    page = browser.get(reverse("integrations:mapping", args=["fakecrm"])).content.decode()

    assert f'href="{address()}"' in page


def test_a_vendor_that_takes_no_fields_offers_none(
    browser: Client, integration: Integration, fake: FakeProvider
) -> None:
    has = {feature: words for feature, words in fake.capabilities.has.items() if feature is not Feature.CREATE_FIELDS}
    fake.capabilities = replace(fake.capabilities, has=has, lacks={Feature.CREATE_FIELDS: "It does not."})

    page = browser.get(reverse("integrations:mapping", args=["fakecrm"])).content.decode()

    assert "Create recommended fields" not in page
    assert browser.get(address()).status_code == 404


def test_the_drawer_lists_each_field_chosen_before_anything_is_made(
    browser: Client, integration: Integration, fake: FakeProvider
) -> None:
    drawer = browser.get(address(), headers=HTMX).content.decode()

    assert "Mobly Description <code>mobly_description</code>" in drawer
    assert "Text, 255 characters, unique" in drawer
    assert drawer.count(" checked>") == 2
    assert "mobly_description" not in fake.objects["Person"].fields


def test_what_was_made_fills_its_empty_rows(browser: Client, integration: Integration) -> None:
    said = make(browser, BOTH, **HTMX)

    assert said.status_code == 200
    assert filled(integration) == {"description": "mobly_description", "mobly_lead_id": "mobly_lead_id"}
    page = said.content.decode()
    assert '<aside class="drawer"' not in page
    assert 'id="object-person"' in page
    assert "has 2 of the recommended fields more" in page


def test_a_row_that_is_mapped_stays_as_it_is(integration: Integration, admin: User) -> None:
    FieldMapping.objects.create(
        integration=integration, object="Person", mobly_field="description", remote_field="Notes"
    )

    report = create_fields(integration=integration, object_name="Person", keys=BOTH, by=admin)

    assert report.filled == ["Mobly Lead ID"]
    assert filled(integration)["description"] == "Notes"


def test_only_the_chosen_fields_are_made(browser: Client, integration: Integration, fake: FakeProvider) -> None:
    make(browser, ["description"])

    assert "mobly_description" in fake.objects["Person"].fields
    assert "mobly_lead_id" not in fake.objects["Person"].fields


def test_what_was_not_made_stays_chosen_with_its_reason(
    browser: Client, integration: Integration, fake: FakeProvider
) -> None:
    fake.refuses_fields = {"Mobly Lead ID"}

    said = make(browser, BOTH, **HTMX)

    page = said.content.decode()
    assert said.status_code == 422
    assert "1 made, 1 not." in page
    assert "The plan allows no more fields." in page
    assert 'value="mobly_lead_id" checked' in page
    assert 'name="fields_to_make" value="description"' not in page
    assert filled(integration) == {"description": "mobly_description"}


def test_choosing_nothing_is_said_beside_the_list(browser: Client, integration: Integration) -> None:
    said = make(browser, [], **HTMX)

    assert (said.status_code, "Choose at least one field." in said.content.decode()) == (422, True)


def test_a_vendor_that_is_down_makes_nothing_and_keeps_the_choice(
    browser: Client, integration: Integration, fake: FakeProvider
) -> None:
    fake.down = True

    said = make(browser, ["description"], **HTMX)

    page = said.content.decode()
    assert said.status_code == 422
    assert "No field was made: " in page
    assert 'value="description" checked' in page
    assert 'value="mobly_lead_id" checked' not in page


def test_without_a_script_the_page_comes_back_with_the_news(browser: Client, integration: Integration) -> None:
    said = browser.post(address(), {"fields_to_make": BOTH}, follow=True)

    assert said.redirect_chain[0][0].endswith("#object-person")
    assert "Fake CRM has these fields now: Mobly Description, Mobly Lead ID. 2 rows were filled." in (
        said.content.decode()
    )


def test_asking_twice_makes_nothing_twice(browser: Client, integration: Integration) -> None:
    make(browser, BOTH)

    assert make(browser, BOTH, **HTMX).status_code == 200
    assert FieldMapping.objects.filter(integration=integration).count() == 2


def test_an_object_nobody_offers_is_not_found(browser: Client, integration: Integration) -> None:
    assert browser.get(address("Nothing")).status_code == 404


def test_a_wish_for_no_recommended_field_is_refused(integration: Integration, admin: User) -> None:
    with pytest.raises(FieldsRefused, match="Choose at least one field"):
        create_fields(integration=integration, object_name="Person", keys=["email"], by=admin)


def test_the_number_of_queries_does_not_grow_with_the_fields(
    integration: Integration, admin: User, fake: FakeProvider, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(30) as one:
        create_fields(integration=integration, object_name="Person", keys=["description"], by=admin)
    FieldMapping.objects.all().delete()
    with django_assert_max_num_queries(len(one)):
        create_fields(integration=integration, object_name="Person", keys=BOTH, by=admin)


def test_a_vendor_that_chooses_the_names_is_not_promised_ours(
    browser: Client, integration: Integration, fake: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fake, "capabilities", replace(fake.capabilities, names_fields=False))

    drawer = browser.get(address(), headers=HTMX).content.decode()

    assert "chooses the API name of each." in drawer
    assert "<code>mobly_" not in drawer
