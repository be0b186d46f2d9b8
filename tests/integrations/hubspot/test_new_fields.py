"""Create recommended fields: properties in a group of their own, and what a refusal says."""

from __future__ import annotations

from collections.abc import Callable

from integrations.contract import FieldType, NewField
from integrations.providers.hubspot import PROVIDER
from integrations.providers.hubspot.client import Client
from tests.integrations.hubspot.account import Portal
from tests.integrations.hubspot.scripted import Says, Scripted

CONTACT = PROVIDER.recommended_fields("contacts")
LEAD_ID = next(one for one in CONTACT if one.mobly_field == "mobly_lead_id")
SCANS = next(one for one in CONTACT if one.mobly_field == "number_of_scans")


def test_every_recommended_property_is_made_in_the_group_mobly(portal: Portal) -> None:
    made = PROVIDER.create_fields(portal.client, "contacts", CONTACT)

    assert [one.problem for one in made if not one.made] == []
    fields = PROVIDER.describe(portal.client, {})[0].fields
    assert {fields[new.name].group for new in CONTACT} == {"mobly"}
    assert fields["mobly_description"].type is FieldType.LONG_TEXT
    assert fields["mobly_number_scans"].type is FieldType.NUMBER
    assert fields["mobly_lead_id"].unique


def test_companies_get_theirs(portal: Portal) -> None:
    made = PROVIDER.create_fields(portal.client, "companies", PROVIDER.recommended_fields("companies"))

    assert [one.name for one in made] == ["mobly_company_industry"]
    assert PROVIDER.describe(portal.client, {})[1].fields["mobly_company_industry"].writable


def test_set_defaults_has_a_row_for_every_recommended_property() -> None:
    for name, _ in PROVIDER.object_names({}):
        candidates = {default.mobly_field: default.remote_fields for default in PROVIDER.defaults(name)}
        assert [
            new.name for new in PROVIDER.recommended_fields(name) if new.name not in candidates.get(new.mobly_field, ())
        ] == []


def test_properties_that_are_there_count_as_made(portal: Portal) -> None:
    PROVIDER.create_fields(portal.client, "contacts", [SCANS])

    made = PROVIDER.create_fields(portal.client, "contacts", [SCANS, LEAD_ID])

    assert [one.name for one in made] == ["mobly_number_scans", "mobly_lead_id"]


def test_a_refusal_of_one_property_leaves_the_others(portal: Portal) -> None:
    odd = NewField("job_title", "Not A Name", "Odd", FieldType.TEXT)

    made = PROVIDER.create_fields(portal.client, "contacts", [odd, SCANS])

    assert [one.made for one in made] == [False, True]
    assert made[0].problem.startswith("HubSpot did not make “Odd”: Property name 'Not A Name' must")


def test_a_batch_refused_as_a_whole_is_asked_one_by_one(
    scripted: Callable[..., Scripted], client_of: Callable[..., Client]
) -> None:
    exists = {"status": "error", "category": "OBJECT_ALREADY_EXISTS", "message": "exists"}
    refused = {"status": "error", "category": "VALIDATION_ERROR", "message": "Limit of unique properties reached."}
    server = scripted(Says(409, exists), Says(400, refused), Says(201, {"name": SCANS.name}), Says(400, refused))

    made = PROVIDER.create_fields(client_of(server), "contacts", [SCANS, LEAD_ID])

    assert [(one.name, one.problem) for one in made] == [
        ("mobly_number_scans", ""),
        ("", "HubSpot did not make “Mobly Lead ID”: Limit of unique properties reached."),
    ]
