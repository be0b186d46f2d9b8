"""The services of the Mapping tab, against what the vendor described."""

from __future__ import annotations

from dataclasses import replace

import pytest

from integrations import mapping, schema, switches
from integrations.contract import WriteBehaviour
from integrations.mapping import MappingRefused, Unplaced
from integrations.models import FieldMapping, Integration, QualifierMapping
from integrations.sections import Show, candidates, page_of
from integrations.sources import FIELDS
from integrations.types import Grade
from leads.models import Organization, Qualifier, User
from tests.integrations.fake_provider import FakeProvider

pytestmark = pytest.mark.django_db


def put(integration: Integration, source: str, remote: str, by: User, object_name: str = "Person") -> mapping.Saved:
    return mapping.map_field(
        integration=integration, object_name=object_name, source_key=source, remote_field=remote, by=by
    )


def rows(integration: Integration) -> dict[str, str]:
    return dict(FieldMapping.objects.filter(integration=integration).values_list("mobly_field", "remote_field"))


def version(integration: Integration) -> int:
    return Integration.objects.get(pk=integration.pk).setup_version


def test_a_pick_is_saved_with_overwrite(integration: Integration, admin: User) -> None:
    saved = put(integration, "email", "Email", admin)

    assert saved.mapping.behaviour == WriteBehaviour.OVERWRITE
    assert saved.mapping.updated_by == admin
    assert rows(integration) == {"email": "Email"}


def test_a_second_pick_replaces_the_first_and_keeps_the_behaviour(integration: Integration, admin: User) -> None:
    put(integration, "job_title", "Title", admin)
    mapping.set_behaviour(
        integration=integration,
        object_name="Person",
        source_key="job_title",
        behaviour=WriteBehaviour.IF_BLANK,
        by=admin,
    )

    put(integration, "job_title", "Title_Short", admin)

    row = FieldMapping.objects.get()
    assert (row.remote_field, row.behaviour) == ("Title_Short", "if_blank")


def test_every_change_bumps_the_setup_version(integration: Integration, admin: User) -> None:
    before = version(integration)

    put(integration, "email", "Email", admin)
    mapping.set_behaviour(
        integration=integration, object_name="Person", source_key="email", behaviour=WriteBehaviour.IF_BLANK, by=admin
    )
    mapping.clear_field(integration=integration, object_name="Person", source_key="email", by=admin)
    mapping.set_defaults(integration=integration, object_name="Person", by=admin)
    mapping.clear_object(integration=integration, object_name="Person", by=admin)

    assert version(integration) == before + 5


def test_an_incompatible_pick_is_refused_with_the_reason(integration: Integration, admin: User) -> None:
    with pytest.raises(MappingRefused, match=r"“Birthday” was not saved\. A date field cannot hold text\."):
        put(integration, "job_title", "Birthday", admin)

    assert rows(integration) == {}


def test_a_lossy_pick_is_saved_with_a_warning(integration: Integration, admin: User) -> None:
    saved = put(integration, "job_title", "Title_Short", admin)

    assert saved.fit.grade is Grade.LOSSY
    assert saved.fit.sentence == "Holds 10 characters. A lead with more is not sent."


def test_a_read_only_field_is_refused(integration: Integration, admin: User) -> None:
    with pytest.raises(MappingRefused, match="Read-only for the connected user"):
        put(integration, "job_title", "Formula", admin)


def test_a_remote_field_takes_one_source(integration: Integration, admin: User) -> None:
    put(integration, "first_name", "Title", admin)

    with pytest.raises(MappingRefused, match=r"“Title” takes First Name already\. Clear that row first\."):
        put(integration, "job_title", "Title", admin)


def test_a_qualifier_and_a_field_do_not_share_a_remote_field(
    integration: Integration, admin: User, rating: Qualifier
) -> None:
    put(integration, f"qualifier:{rating.pk}", "Notes", admin)

    with pytest.raises(MappingRefused, match="takes Lead Score already"):
        put(integration, "description", "Notes", admin)


@pytest.mark.parametrize(
    ("object_name", "source", "remote", "words"),
    [
        ("Nothing", "email", "Email", "is not an object of this integration"),
        ("Person", "email", "Nothing", "has no field Nothing"),
        ("Person", "nothing", "Email", "has no row for this Mobly field"),
        ("Person", "qualifier:999", "Rating", "has no row for this Mobly field"),
        ("Person", "qualifier:x", "Rating", "has no row for this Mobly field"),
    ],
)
def test_what_is_not_there_is_refused_in_words(
    integration: Integration, admin: User, object_name: str, source: str, remote: str, words: str
) -> None:
    with pytest.raises(MappingRefused, match=words):
        put(integration, source, remote, admin, object_name)


def test_a_qualifier_is_mapped_like_a_field(integration: Integration, admin: User, rating: Qualifier) -> None:
    put(integration, f"qualifier:{rating.pk}", "Rating", admin)

    assert QualifierMapping.objects.get().remote_field == "Rating"


def test_a_qualifier_that_moves_forgets_the_options_of_the_field_before(
    integration: Integration, admin: User, rating: Qualifier
) -> None:
    row = put(integration, f"qualifier:{rating.pk}", "Rating", admin).mapping
    assert isinstance(row, QualifierMapping)
    row.values.create(value=rating.values.first(), remote_value="P1")

    put(integration, f"qualifier:{rating.pk}", "Notes", admin)

    assert row.values.count() == 0


def test_a_qualifier_of_another_organization_cannot_be_mapped(integration: Integration, admin: User) -> None:
    other = Organization.objects.create(name="Zeta Works", slug="zeta")
    foreign = Qualifier.objects.create(organization=other, name="Secret")

    with pytest.raises(MappingRefused, match="has no row for this Mobly field"):
        put(integration, f"qualifier:{foreign.pk}", "Rating", admin)


def test_an_archived_qualifier_keeps_its_row_until_it_is_cleared(
    integration: Integration, admin: User, rating: Qualifier
) -> None:
    key = f"qualifier:{rating.pk}"
    put(integration, key, "Rating", admin)
    Qualifier.objects.update(status=Qualifier.Status.ARCHIVED)
    assert key in {row.source.key for row in page_of(integration).rows()}

    mapping.clear_field(integration=integration, object_name="Person", source_key=key, by=admin)

    assert key not in {row.source.key for row in page_of(integration).rows()}


def test_the_behaviour_of_an_empty_row_is_refused(integration: Integration, admin: User) -> None:
    with pytest.raises(MappingRefused, match="This row is not mapped"):
        mapping.set_behaviour(
            integration=integration,
            object_name="Person",
            source_key="email",
            behaviour=WriteBehaviour.IF_BLANK,
            by=admin,
        )


# --- Set Defaults, Clear ----------------------------------------------------------------------------------------------


def test_set_defaults_reports_what_it_filled_kept_and_could_not_place(integration: Integration, admin: User) -> None:
    put(integration, "first_name", "Notes", admin)

    report = mapping.set_defaults(integration=integration, object_name="Person", by=admin)

    assert rows(integration) == {
        "first_name": "Notes",
        "last_name": "LastName",
        "email": "Email",
        "company_name": "Company",
    }
    assert report.filled == [("Last Name", "Last Name"), ("Email", "Email"), ("Company Name", "Company")]
    assert report.kept == 1
    assert report.unplaced == [
        Unplaced("All Scanned Events", missing="mobly_all_events"),
        Unplaced("Job Title", reason="“Formula”: Read-only for the connected user."),
    ]


def test_set_defaults_does_not_take_a_field_from_another_row(integration: Integration, admin: User) -> None:
    put(integration, "personal_email", "Email", admin)

    report = mapping.set_defaults(integration=integration, object_name="Person", by=admin)

    assert Unplaced("Email", reason="“Email” takes Personal Email already.") in report.unplaced
    assert rows(integration)["personal_email"] == "Email"


def test_set_defaults_twice_changes_nothing(integration: Integration, admin: User) -> None:
    mapping.set_defaults(integration=integration, object_name="Person", by=admin)

    again = mapping.set_defaults(integration=integration, object_name="Person", by=admin)

    assert (again.filled, again.kept) == ([], 4)


def test_clear_object_clears_fields_and_qualifiers_of_that_object(
    integration: Integration, admin: User, rating: Qualifier
) -> None:
    mapping.set_defaults(integration=integration, object_name="Person", by=admin)
    put(integration, f"qualifier:{rating.pk}", "Rating", admin)

    assert mapping.clear_object(integration=integration, object_name="Person", by=admin) == 5
    assert rows(integration) == {}
    assert not QualifierMapping.objects.exists()


def test_one_mapped_persona_field_is_enough_for_leads_to_flow(integration: Integration, admin: User) -> None:
    assert mapping.persona_mapped(integration) is False

    put(integration, "email", "Email", admin)

    assert mapping.persona_mapped(integration) is True


# --- Drift ------------------------------------------------------------------------------------------------------------


def test_a_vanished_field_is_marked_in_its_row(integration: Integration, admin: User, fake: FakeProvider) -> None:
    put(integration, "job_title", "Title", admin)
    before = version(integration)
    fake.drop_field("Person", "Title")

    refreshed = schema.refresh(integration=integration)

    assert refreshed.changed is True
    assert version(integration) == before + 1
    (row,) = [row for row in page_of(integration).rows() if row.shown(Show.PROBLEMS)]
    assert (row.source.key, row.tone) == ("job_title", "bad")
    assert row.note.startswith("Title is gone")


def test_a_field_that_became_read_only_is_marked_in_its_row(
    integration: Integration, admin: User, fake: FakeProvider
) -> None:
    put(integration, "job_title", "Title", admin)
    person = fake.objects["Person"]
    locked = replace(person.fields["Title"], creatable=False, updatable=False)
    fake.objects["Person"] = replace(person, fields={**person.fields, "Title": locked})

    schema.refresh(integration=integration)

    (row,) = [row for row in page_of(integration).rows() if row.tone]
    assert row.note == "“Title” is read-only for the connected user. Give it edit access or choose another field."


def test_a_refresh_that_finds_nothing_new_does_not_make_plans_stale(integration: Integration) -> None:
    before = version(integration)

    assert schema.refresh(integration=integration).changed is False
    assert version(integration) == before


def test_the_schema_comes_back_as_it_was_described(integration: Integration, fake: FakeProvider) -> None:
    assert schema.remote_objects(integration) == {"Person": fake.objects["Person"]}


def test_required_fields_without_a_row_are_listed(integration: Integration, admin: User) -> None:
    put(integration, "last_name", "LastName", admin)

    (section,) = page_of(integration).sections

    assert [field.name for field in section.required] == ["Company"]


def test_a_pickers_unusable_fields_stand_last_with_their_reason(integration: Integration, admin: User) -> None:
    put(integration, "first_name", "FirstName", admin)
    (section,) = page_of(integration).sections
    title = next(source for source in FIELDS if source.key == "job_title")

    offered = candidates(integration, section.remote, title)

    disabled = {entry.remote.name: entry.note for entry in offered if entry.disabled}
    assert disabled["FirstName"] == "Takes First Name already."
    assert disabled["Birthday"] == "A date field cannot hold text."
    assert [entry.disabled for entry in offered] == sorted(entry.disabled for entry in offered)
    assert {entry.remote.name: entry.note for entry in offered}["Rating"] == "Only its 2 options fit."


def test_a_company_object_has_only_rows_about_the_company(integration: Integration, admin: User) -> None:
    switches.set_option(integration=integration, key="strategy", value="firms", by=admin)

    firm = page_of(integration).section("Firm")

    assert firm is not None
    assert {row.source.group for row in firm.rows} == {"Company"}
