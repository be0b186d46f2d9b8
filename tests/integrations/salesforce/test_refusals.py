"""What Salesforce refuses, row by row: the right cause, the field, the others untouched."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.contract import Cause, Step
from tests.integrations.salesforce.org import LEADS_ONLY, Org, lead

NASTY = 'O\'Brien \\ 100% _\n"x" <b>& 🎉 שלום'


def test_one_bad_row_leaves_the_others_written(org: Org) -> None:
    bad, good = org.deliver(lead("1", values={"FirstName": "x" * 300}), lead("2", "ben@acme.com"))

    assert (bad.fault.cause, bad.fault.step, bad.fault.code) == (
        Cause.DATA_VALUE_VALIDATION, Step.PERSON, "STRING_TOO_LONG",
    )  # fmt: skip
    assert (bad.fault.field, bad.fault.value, bad.fault.object) == ("FirstName", "x" * 300, "Lead")
    assert "First Name" in bad.fault.message
    assert not bad.person_written
    assert good.ok
    assert org.values("Lead", "Email") == [("ben@acme.com",)]


def test_every_character_arrives_as_it_was_typed(org: Org) -> None:
    fields = ("LastName", "Company", "Title", "City", "Street", "Description")

    result = org.one(lead(objects=("Lead",), values=dict.fromkeys(fields, NASTY)), **LEADS_ONLY)

    assert result.ok
    assert org.values("Lead", *fields) == [(NASTY,) * 6]


@pytest.mark.parametrize(
    ("values", "cause", "field"),
    [
        ({"Company": ""}, Cause.REQUIRED_FIELD_MISSING, "Company"),
        ({"Email": "not an address"}, Cause.DATA_VALUE_VALIDATION, "Email"),
        ({"NumberOfEmployees": "many"}, Cause.DATA_VALUE_VALIDATION, "NumberOfEmployees"),
        ({"GeocodeAccuracy": "Sideways"}, Cause.DATA_VALUE_VALIDATION, "GeocodeAccuracy"),
        ({"Foo__c": "x"}, Cause.MISSING_REMOTE_FIELD, "Foo__c"),
        ({"ConvertedDate": "2026-01-01"}, Cause.PERMISSION, "ConvertedDate"),
        ({"OwnerId": "0055g0000099999AAA"}, Cause.DATA_VALUE_VALIDATION, ""),
    ],
)
def test_a_value_that_salesforce_refuses(org: Org, values: dict[str, Any], cause: Cause, field: str) -> None:
    result = org.one(lead(objects=("Lead",), email="", values=values), **LEADS_ONLY)

    assert result.fault.cause is cause
    assert result.fault.field == field
    assert org.sandbox.records("Lead") == []


def test_a_value_outside_a_restricted_picklist_is_named(org: Org) -> None:
    result = org.one(lead(objects=("Lead",), values={"GeocodeAccuracy": "Sideways"}), **LEADS_ONLY)

    assert result.fault.value == "Sideways"
    assert result.fault.message == "Geocode Accuracy: bad value for restricted picklist field: Sideways"


def test_several_options_of_a_multi_picklist_arrive_joined(org: Org) -> None:
    values = ["Robots", "Grippers", "Service"]
    field = {"name": "Interest__c", "label": "Interest", "type": "multipicklist", "picklistValues": values}
    org.sandbox.change_schema("Lead", add=[field])

    org.one(lead(objects=("Lead",), values={"Interest__c": ("Robots", "Service")}), **LEADS_ONLY)

    assert org.values("Lead", "Interest__c") == [("Robots;Service",)]


def test_the_admins_own_rule_is_told_in_its_words(org: Org) -> None:
    org.sandbox.faults(
        validation_rule="Phone must begin with +.", validation_rule_field="Phone", validation_rule_pattern=r"^\+"
    )

    bad, good = org.deliver(lead("1", values={"Phone": "030"}), lead("2", "ben@acme.com", values={"Phone": "+4930"}))

    assert (bad.fault.cause, bad.fault.message) == (Cause.REMOTE_RULE, "Phone must begin with +.")
    assert good.ok


def test_a_trigger_that_fails_is_a_rule_of_the_customer(org: Org) -> None:
    org.sandbox.faults(trigger_failure=1)

    fault = org.one(lead()).fault

    assert (fault.cause, fault.code) == (Cause.REMOTE_RULE, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY")
    assert "MoblyGuard" in fault.message


def test_a_flow_that_fails_is_told_without_its_markup(org: Org) -> None:
    org.sandbox.faults(flow_failure=1)

    fault = org.one(lead()).fault

    assert fault.cause is Cause.REMOTE_RULE
    assert "“Route New Leads” process failed" in fault.message
    assert "<b>" not in fault.message


def test_triggers_that_take_few_rows_get_few(org: Org) -> None:
    org.sandbox.faults(trigger_rows=60)

    results = org.deliver(*[lead(str(n), f"p{n}@a.com") for n in range(200)])

    assert all(result.ok for result in results)
    assert len(org.sandbox.records("Lead")) == 200


def test_a_locked_row_may_be_tried_again(org: Org) -> None:
    org.sandbox.faults(row_lock=1)

    fault = org.one(lead()).fault

    assert (fault.cause, fault.transient, fault.ambiguous) == (Cause.RECORD_LOCKED, True, False)


def test_a_record_in_approval_is_locked(org: Org) -> None:
    there = org.sandbox.seed("Lead", LastName="Ruiz", Company="Acme", Email="ana@acme.com")
    org.sandbox.faults(in_approval=there["Id"])

    assert org.one(lead()).fault.cause is Cause.RECORD_LOCKED


def test_a_full_org_is_told(org: Org) -> None:
    org.sandbox.faults(storage_full=True)

    fault = org.one(lead()).fault

    assert (fault.cause, fault.code) == (Cause.REMOTE_RULE, "STORAGE_LIMIT_EXCEEDED")


def test_a_rule_that_blocks_duplicates_names_the_record(org: Org) -> None:
    contact = org.sandbox.seed("Contact", LastName="Ruiz", Email="ana@acme.com")
    org.sandbox.faults(duplicate_rule="block")

    fault = org.one(lead(objects=("Lead",)), **LEADS_ONLY).fault

    assert fault.cause is Cause.DUPLICATE_RECORD
    assert fault.message == "You're creating a duplicate record. We recommend you use an existing record instead."
    assert (fault.collides_with.object, fault.collides_with.id) == ("Contact", contact["Id"])


def test_a_rule_that_only_alerts_lets_the_record_pass(org: Org) -> None:
    org.sandbox.seed("Contact", LastName="Ruiz", Email="ana@acme.com")
    org.sandbox.faults(duplicate_rule="alert")

    assert org.one(lead(objects=("Lead",)), **LEADS_ONLY).ok


def test_a_field_that_is_read_only_for_this_user_is_a_matter_of_permission(org: Org) -> None:
    org.sandbox.faults(read_only_fields="Lead.Title")

    fault = org.one(lead(values={"Title": "CTO"})).fault

    assert (fault.cause, fault.field) == (Cause.PERMISSION, "Title")


def test_a_field_that_is_hidden_from_this_user_is_missing(org: Org) -> None:
    org.sandbox.faults(hidden_fields="Lead.Title")

    fault = org.one(lead(values={"Title": "CTO"})).fault

    assert (fault.cause, fault.field) == (Cause.MISSING_REMOTE_FIELD, "Title")


def test_an_object_this_user_may_not_create_is_a_matter_of_permission(org: Org) -> None:
    org.sandbox.faults(no_create="Lead")

    assert org.one(lead()).fault.cause is Cause.PERMISSION


def test_a_state_outside_the_list_is_a_value_fault(org: Org) -> None:
    org.sandbox.faults(state_country_picklists=True)

    fault = org.one(lead(objects=("Lead",), values={"Country": "Atlantis"}), **LEADS_ONLY).fault

    assert (fault.cause, fault.field, fault.value) == (Cause.DATA_VALUE_VALIDATION, "Country", "Atlantis")


def test_a_unique_field_names_the_record_it_collides_with(org: Org) -> None:
    unique = {"name": "Ext__c", "label": "Ext", "type": "string", "length": 20, "unique": True, "externalId": True}
    org.sandbox.change_schema("Lead", add=[unique])
    there = org.sandbox.seed("Lead", LastName="X", Company="Y", Ext__c="7")

    fault = org.one(lead(objects=("Lead",), values={"Ext__c": "7"}), **LEADS_ONLY).fault

    assert fault.cause is Cause.DUPLICATE_RECORD
    assert (fault.collides_with.object, fault.collides_with.id) == ("Lead", there["Id"])


def test_the_story_has_only_the_leads_own_part_of_what_was_sent_and_answered(org: Org) -> None:
    first, _ = org.deliver(lead("1"), lead("2", "ben@acme.com", "Meyer"))

    match, write = first.notes
    assert (match.step, write.step) == (Step.MATCH, Step.PERSON)
    assert match.sent == {"Email": "ana@acme.com"}
    assert write.sent == {
        "attributes": {"type": "Lead"},
        "LastName": "Ruiz",
        "Email": "ana@acme.com",
        "Company": "Acme",
    }
    assert write.answer == {"id": first.person.id, "success": True, "errors": []}
    assert write.status == 200
    assert "Meyer" not in str(first.notes)


def test_a_secret_in_a_value_does_not_reach_the_story(org: Org) -> None:
    result = org.one(lead(values={"Description": "Bearer 00D5g0000000001!AQEAQKabcdefghijkl"}))

    assert "AQEAQK" not in str(result.notes)
    assert "AQEAQK" in org.sandbox.records("Lead")[0]["Description"]
