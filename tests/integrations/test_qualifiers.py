"""The services of the Qualifiers tab, against what the vendor described."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from integrations import mapping, qualifiers, schema
from integrations.contract import FieldType, Option, RemoteField
from integrations.mapping import MappingRefused
from integrations.models import Integration, QualifierMapping, QualifierValueMapping
from integrations.qualifier_page import page_of
from integrations.qualifiers import Suggestion, suggestions
from leads.models import Organization, Qualifier, User
from tests.integrations.fake_provider import FakeProvider

LISTED = (Option("P1", "Hot"), Option("P2", "Follow-Up"), Option("P3", "Gone", active=False))


def picklist(*options: Option, kind: FieldType = FieldType.PICKLIST) -> RemoteField:
    return RemoteField("Rating", "Lead Rating", kind, restricted=True, options=options)


def put(integration: Integration, qualifier: Qualifier, remote: str, by: User) -> None:
    mapping.map_field(
        integration=integration,
        object_name="Person",
        source_key=f"qualifier:{qualifier.pk}",
        remote_field=remote,
        by=by,
    )


def set_option(integration: Integration, qualifier: Qualifier, label: str, option: str, by: User) -> None:
    qualifiers.map_value(
        integration=integration,
        object_name="Person",
        qualifier_id=qualifier.pk,
        value_id=qualifier.values.get(label=label).pk,
        option=option,
        by=by,
    )


def pairs() -> dict[str, str]:
    return dict(QualifierValueMapping.objects.values_list("value__label", "remote_value"))


def version(integration: Integration) -> int:
    return Integration.objects.get(pk=integration.pk).setup_version


@pytest.fixture
def rated(integration: Integration, rating: Qualifier, admin: User) -> Integration:
    """Lead Score goes to the picklist Rating."""
    put(integration, rating, "Rating", admin)
    return integration


@pytest.fixture
def describe(fake: FakeProvider) -> Callable[..., None]:
    """Let the vendor describe a field of Person differently."""

    def change(name: str, **changes: Any) -> None:
        person = fake.objects["Person"]
        fields = {**person.fields, name: replace(person.fields[name], **changes)}
        fake.objects["Person"] = replace(person, fields=fields)

    return change


# --- Suggestions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("Hot", Suggestion(LISTED[0], exact=True)),
        ("P1", Suggestion(LISTED[0], exact=True)),
        ("hot", Suggestion(LISTED[0], exact=False)),
        ("Follow up", Suggestion(LISTED[1], exact=False)),
        ("FOLLÓW-UP ", Suggestion(LISTED[1], exact=False)),
        ("Gone", None),
        ("Warm", None),
        ("!?", None),
    ],
)
def test_an_option_of_the_same_name_is_suggested(label: str, expected: Suggestion | None) -> None:
    assert suggestions({7: label}, picklist(*LISTED)) == ({7: expected} if expected else {})


def test_a_name_that_fits_two_options_suggests_none() -> None:
    assert suggestions({7: "hot"}, picklist(Option("1", "Hot"), Option("2", "HOT"))) == {}


def test_on_a_checkbox_yes_and_no_are_suggested_as_true_and_false() -> None:
    found = suggestions({1: "Yes", 2: "No", 3: "Perhaps"}, RemoteField("Sent", "Sent", FieldType.BOOLEAN))

    assert {pk: (entry.option.value, entry.exact) for pk, entry in found.items()} == {
        1: ("true", False),
        2: ("false", False),
    }


# --- One value --------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_value_goes_to_an_option_and_plans_become_stale(rated: Integration, rating: Qualifier, admin: User) -> None:
    before = version(rated)

    set_option(rated, rating, "Hot", "P1", admin)

    assert pairs() == {"Hot": "P1"}
    assert version(rated) == before + 1


@pytest.mark.django_db
def test_a_second_pick_replaces_the_first(rated: Integration, rating: Qualifier, admin: User) -> None:
    set_option(rated, rating, "Hot", "P1", admin)
    set_option(rated, rating, "Hot", "P2", admin)

    assert pairs() == {"Hot": "P2"}


@pytest.mark.django_db
def test_a_value_can_be_cleared(rated: Integration, rating: Qualifier, admin: User) -> None:
    set_option(rated, rating, "Hot", "P1", admin)
    before = version(rated)
    place = {"object_name": "Person", "qualifier_id": rating.pk, "value_id": rating.values.get(label="Hot").pk}

    assert qualifiers.clear_value(integration=rated, by=admin, **place) is True
    assert qualifiers.clear_value(integration=rated, by=admin, **place) is False
    assert pairs() == {}
    assert version(rated) == before + 2


@pytest.mark.django_db
def test_an_option_the_field_does_not_have_is_refused(rated: Integration, rating: Qualifier, admin: User) -> None:
    with pytest.raises(MappingRefused, match="“P9” is not an option of “Lead Rating” of Person any more"):
        set_option(rated, rating, "Hot", "P9", admin)

    assert pairs() == {}


@pytest.mark.django_db
def test_a_value_of_a_qualifier_without_a_field_is_refused(
    integration: Integration, rating: Qualifier, admin: User
) -> None:
    with pytest.raises(MappingRefused, match="goes to no field yet"):
        set_option(integration, rating, "Hot", "P1", admin)


@pytest.mark.django_db
def test_a_text_field_needs_no_options(integration: Integration, rating: Qualifier, admin: User) -> None:
    put(integration, rating, "Notes", admin)

    with pytest.raises(MappingRefused, match="“Notes” is no picklist"):
        set_option(integration, rating, "Hot", "P1", admin)


@pytest.mark.django_db
def test_a_value_of_another_organization_is_not_there(rated: Integration, rating: Qualifier, admin: User) -> None:
    other = Organization.objects.create(name="Linden Pack", slug="linden")
    foreign = Qualifier.objects.create(organization=other, name="Lead Score").values.create(label="Hot")

    with pytest.raises(MappingRefused, match="no such value any more"):
        qualifiers.map_value(
            integration=rated,
            object_name="Person",
            qualifier_id=rating.pk,
            value_id=foreign.pk,
            option="P1",
            by=admin,
        )


# --- Accept exact matches ---------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_exact_matches_are_accepted_and_nothing_else(
    rated: Integration, rating: Qualifier, admin: User, describe: Callable[..., None]
) -> None:
    describe("Rating", options=(Option("A", "Hot"), Option("B", "COLD")))
    schema.refresh(integration=rated)

    assert qualifiers.accept_exact(integration=rated, qualifier_id=rating.pk, by=admin) == 1
    assert pairs() == {"Hot": "A"}


@pytest.mark.django_db
def test_accepting_keeps_what_somebody_chose(
    rated: Integration, rating: Qualifier, admin: User, describe: Callable[..., None]
) -> None:
    describe("Rating", options=(Option("A", "Hot"), Option("B", "Cold")))
    schema.refresh(integration=rated)
    set_option(rated, rating, "Hot", "B", admin)

    assert qualifiers.accept_exact(integration=rated, qualifier_id=rating.pk, by=admin) == 1
    assert pairs() == {"Hot": "B", "Cold": "B"}


# --- Auto Create from CRM ---------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_picklist_becomes_a_qualifier_with_values_and_mapping(integration: Integration, admin: User) -> None:
    made = qualifiers.create_from_remote(
        integration=integration, object_name="Person", remote_field="Rating", name="Rating", by=admin
    )

    assert (made.name, made.kind, made.multiple, made.status) == ("Rating", "picklist", False, "active")
    assert [value.label for value in made.values.all()] == ["Priority 1", "Priority 2"]
    assert pairs() == {"Priority 1": "P1", "Priority 2": "P2"}
    assert page_of(integration).open == 0


@pytest.mark.django_db
def test_a_multi_select_becomes_a_multiple_qualifier_and_namesakes_are_told_apart(
    integration: Integration, admin: User, describe: Callable[..., None]
) -> None:
    describe(
        "Rating", type=FieldType.MULTI_PICKLIST, options=(Option("a", "Arms"), Option("b", "ARMS"), Option("c", ""))
    )
    schema.refresh(integration=integration)

    made = qualifiers.create_from_remote(
        integration=integration, object_name="Person", remote_field="Rating", name="Interest", by=admin
    )

    assert made.multiple is True
    assert pairs() == {"Arms (a)": "a", "ARMS (b)": "b", "c": "c"}


@pytest.mark.django_db
def test_a_name_that_is_taken_makes_nothing(integration: Integration, rating: Qualifier, admin: User) -> None:
    with pytest.raises(MappingRefused, match="There is already a qualifier “Lead Score”"):
        qualifiers.create_from_remote(
            integration=integration, object_name="Person", remote_field="Rating", name="Lead Score", by=admin
        )

    assert Qualifier.objects.count() == 1
    assert not QualifierMapping.objects.exists()


@pytest.mark.django_db
def test_a_field_that_takes_something_already_makes_nothing(rated: Integration, admin: User) -> None:
    with pytest.raises(MappingRefused, match="takes Lead Score already"):
        qualifiers.create_from_remote(
            integration=rated, object_name="Person", remote_field="Rating", name="Rating", by=admin
        )

    assert Qualifier.objects.count() == 1


@pytest.mark.django_db
def test_only_free_picklists_are_offered(integration: Integration, rating: Qualifier, admin: User) -> None:
    before = [
        (place.name, [remote.name for remote in fields]) for place, fields in qualifiers.sources_for_new(integration)
    ]
    put(integration, rating, "Rating", admin)

    assert before == [("Person", ["Rating"])]
    assert qualifiers.sources_for_new(integration) == []


# --- What the tab shows -----------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_values_without_an_option_are_counted(rated: Integration, rating: Qualifier, admin: User) -> None:
    set_option(rated, rating, "Hot", "P1", admin)

    page = page_of(rated)
    (section,) = page.sections

    assert (page.open, section.open, section.total) == (1, 1, 2)
    assert [(row.value.label, row.mapped_label, row.open) for row in section.rows()] == [
        ("Hot", "Priority 1", False),
        ("Cold", "", True),
    ]


@pytest.mark.django_db
def test_an_option_that_went_away_is_marked_in_its_row(
    rated: Integration, rating: Qualifier, admin: User, describe: Callable[..., None]
) -> None:
    set_option(rated, rating, "Hot", "P1", admin)
    set_option(rated, rating, "Cold", "P2", admin)
    describe("Rating", options=(Option("P2", "Priority 2", active=False),))

    schema.refresh(integration=rated)

    hot, cold = page_of(rated).sections[0].rows()
    assert hot.problem == "“P1” is no longer an option of “Lead Rating”."
    assert cold.problem == "“Priority 2” of “Lead Rating” is no longer active."
    assert page_of(rated).open == 2


@pytest.mark.django_db
def test_a_field_that_went_away_is_marked_in_its_section(rated: Integration, fake: FakeProvider) -> None:
    fake.drop_field("Person", "Rating")
    schema.refresh(integration=rated)

    (section,) = page_of(rated).sections

    assert section.broken is True
    assert section.targets[0].note.startswith("Rating is gone")
    assert list(section.rows()) == []


@pytest.mark.django_db
def test_archived_values_matter_only_while_leads_carry_them(
    rated: Integration, rating: Qualifier, organization: Organization
) -> None:
    rating.values.update(archived=True)
    lead = organization.leads.create(email="ada@brightforge.example")
    lead.answers.create(qualifier=rating, value=rating.values.get(label="Hot"))

    assert [row.value.label for row in page_of(rated).sections[0].rows()] == ["Hot"]


@pytest.mark.django_db
@pytest.mark.parametrize("status", [Qualifier.Status.DRAFT, Qualifier.Status.ARCHIVED])
def test_only_active_qualifiers_have_a_section(rated: Integration, rating: Qualifier, status: str) -> None:
    Qualifier.objects.update(status=status)

    assert page_of(rated).sections == []
