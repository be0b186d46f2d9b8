"""Create recommended fields: what is made, that the connected user can write it, and what a refusal says."""

from __future__ import annotations

from integrations.contract import FieldType, NewField
from integrations.providers.salesforce import PROVIDER
from integrations.providers.salesforce.fields import metadata
from tests.integrations.salesforce.org import CONTACTS_ONLY, Org, lead

LEAD_ID = next(one for one in PROVIDER.recommended_fields("Lead") if one.mobly_field == "mobly_lead_id")
SCANS = next(one for one in PROVIDER.recommended_fields("Lead") if one.mobly_field == "number_of_scans")


def test_every_recommended_field_is_made_and_can_be_written(org: Org) -> None:
    for name in ("Lead", "Contact", "Account"):
        made = PROVIDER.create_fields(org.client, name, PROVIDER.recommended_fields(name))
        assert [one.problem for one in made if not one.made] == []

    lead_fields = PROVIDER.describe(org.client, {})[0].fields
    account = PROVIDER.describe(org.client, CONTACTS_ONLY)[1].fields
    for new in PROVIDER.recommended_fields("Lead"):
        remote = lead_fields[new.name]
        assert (remote.label, remote.type, remote.updatable) == (new.label, new.type, True)
    assert lead_fields["mobly_lead_id__c"].unique
    assert account["mobly_company_linkedin__c"].writable


def test_set_defaults_has_a_row_for_every_recommended_field() -> None:
    for name, _ in [*PROVIDER.object_names({}), *PROVIDER.object_names(CONTACTS_ONLY)]:
        candidates = {default.mobly_field: default.remote_fields for default in PROVIDER.defaults(name)}
        assert [
            new.name for new in PROVIDER.recommended_fields(name) if new.name not in candidates.get(new.mobly_field, ())
        ] == []


def test_a_lead_is_delivered_into_the_new_fields(org: Org) -> None:
    PROVIDER.create_fields(org.client, "Lead", [LEAD_ID, SCANS])

    result = org.one(
        lead(mobly_id="m-1", values={"mobly_number_scans__c": 3}, objects=("Lead",)), strategy="leads_only"
    )

    assert result.ok
    assert org.values("Lead", "mobly_lead_id__c", "mobly_number_scans__c") == [("m-1", 3.0)]


def test_fields_that_are_there_count_as_made(org: Org) -> None:
    org.sandbox.add_recommended_fields()
    before = org.client.calls

    made = PROVIDER.create_fields(org.client, "Lead", [LEAD_ID, SCANS])

    assert [one.name for one in made] == ["mobly_lead_id__c", "mobly_number_scans__c"]
    assert org.client.calls - before == 1
    assert org.sandbox.records("PermissionSet") == []


def test_a_field_that_is_there_but_hidden_is_opened(org: Org) -> None:
    body = {"FullName": "Lead.mobly_number_scans__c", "Metadata": {"type": "Number", "label": "Scans"}}
    org.client.request("POST", "tooling/sobjects/CustomField", json=body)

    made = PROVIDER.create_fields(org.client, "Lead", [SCANS])

    assert [one.name for one in made] == ["mobly_number_scans__c"]
    assert PROVIDER.describe(org.client, {})[0].fields["mobly_number_scans__c"].updatable


def test_a_second_round_uses_the_same_permission_set(org: Org) -> None:
    PROVIDER.create_fields(org.client, "Lead", [SCANS])
    PROVIDER.create_fields(org.client, "Contact", [SCANS])

    assert org.values("PermissionSet", "Name") == [("Mobly_Fields",)]
    assert len(org.sandbox.records("PermissionSetAssignment")) == 1
    assert org.values("FieldPermissions", "Field", "PermissionsEdit") == [
        ("Lead.mobly_number_scans__c", True),
        ("Contact.mobly_number_scans__c", True),
    ]


def test_a_user_without_the_right_is_told_which_one(org: Org) -> None:
    org.sandbox.faults(may_not_customize=True)

    made = PROVIDER.create_fields(org.client, "Lead", [LEAD_ID, SCANS])

    assert [one.made for one in made] == [False, False]
    assert "Customize Application" in made[1].problem
    assert len([one for one in org.exchanges if one.url.endswith("CustomField")]) == 1


def test_a_refusal_of_one_field_leaves_the_others(org: Org) -> None:
    odd = NewField("job_title", "mobly__twice__c", "Odd", FieldType.TEXT, 20)

    made = PROVIDER.create_fields(org.client, "Lead", [odd, SCANS])

    assert [one.made for one in made] == [False, True]
    assert made[0].problem.startswith("Salesforce did not make “Odd”: ")


def test_access_that_cannot_be_given_is_told_with_what_to_do(org: Org) -> None:
    org.sandbox.faults(hidden_objects="PermissionSet")

    made = PROVIDER.create_fields(org.client, "Lead", [SCANS])

    assert not made[0].made
    assert "cannot write it yet" in made[0].problem
    assert "Permission Sets, Object Settings, Lead" in made[0].problem


def test_the_label_of_a_new_field_fits_salesforce() -> None:
    long = NewField("job_title", "x__c", "A" * 60, FieldType.TEXT, 20)

    assert len(metadata("Lead", long)["Metadata"]["label"]) == 40
