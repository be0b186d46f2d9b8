"""Describe as the contract wants it, and Set Defaults against what an org really has."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.contract import Cause, FieldType, Option, Refused, Role, WriteBehaviour
from integrations.providers.salesforce import PROVIDER
from integrations.providers.salesforce.schema import remote_field
from leads.fields import BY_KEY
from tests.integrations.salesforce.org import CONTACTS_ONLY, LEADS_ONLY, Org

NO_PLACE = {"company_name", "company_website", "company_industry", "company_size"}


@pytest.mark.parametrize(
    ("options", "objects"),
    [
        ({}, [("Lead", Role.PERSONA), ("Contact", Role.PERSONA)]),
        ({"strategy": "nonsense"}, [("Lead", Role.PERSONA), ("Contact", Role.PERSONA)]),
        (LEADS_ONLY, [("Lead", Role.PERSONA)]),
        (CONTACTS_ONLY, [("Contact", Role.PERSONA), ("Account", Role.COMPANY)]),
    ],
)
def test_the_strategy_decides_the_objects(options: dict[str, str], objects: list[tuple[str, Role]]) -> None:
    assert PROVIDER.object_names(options) == objects


@pytest.mark.parametrize("options", [{}, LEADS_ONLY, CONTACTS_ONLY])
def test_all_objects_are_described_in_one_call(org: Org, options: dict[str, str]) -> None:
    described = PROVIDER.describe(org.client, options)

    assert org.client.calls == 1
    assert [(remote.name, remote.role) for remote in described] == PROVIDER.object_names(options)
    assert all(remote.readable and remote.creatable and remote.updatable for remote in described)


def test_a_lead_is_described_as_salesforce_tells_it(org: Org) -> None:
    lead = PROVIDER.describe(org.client, {})[0]

    assert (lead.label, lead.plural) == ("Lead", "Leads")
    assert [remote.name for remote in lead.required()] == ["LastName", "Company"]
    email, rating, street = lead.fields["Email"], lead.fields["Rating"], lead.fields["Street"]
    assert (email.label, email.type, email.length) == ("Email", FieldType.EMAIL, 80)
    assert (rating.type, rating.restricted) == (FieldType.PICKLIST, False)
    assert [option.value for option in rating.options] == ["Hot", "Warm", "Cold"]
    assert (street.type, street.length, street.group) == (FieldType.TEXT, 255, "Address")
    assert lead.fields["Description"].type is FieldType.LONG_TEXT
    assert lead.fields["NumberOfEmployees"].type is FieldType.NUMBER
    assert lead.fields["OwnerId"].type is FieldType.REFERENCE
    assert lead.fields["GeocodeAccuracy"].restricted
    assert not lead.fields["ConvertedDate"].writable
    assert not lead.fields["Name"].writable


def test_an_account_needs_a_name(org: Org) -> None:
    account = PROVIDER.describe(org.client, CONTACTS_ONLY)[1]

    assert [remote.name for remote in account.required()] == ["Name"]


def test_a_custom_field_shows_after_it_was_added(org: Org) -> None:
    org.sandbox.add_recommended_fields()

    lead = PROVIDER.describe(org.client, LEADS_ONLY)[0]

    own_id = lead.fields["mobly_lead_id__c"]
    assert (own_id.custom, own_id.unique, own_id.type, own_id.group) == (True, True, FieldType.TEXT, "Custom")


def test_a_hidden_field_is_not_described(org: Org) -> None:
    org.sandbox.faults(hidden_fields="Lead.Title", read_only_fields="Lead.Phone")

    lead = PROVIDER.describe(org.client, LEADS_ONLY)[0]

    assert "Title" not in lead.fields
    assert not lead.fields["Phone"].writable


def test_a_hidden_object_is_told(org: Org) -> None:
    org.sandbox.faults(hidden_objects="Contact")

    with pytest.raises(Refused) as raised:
        PROVIDER.describe(org.client, {})

    assert raised.value.fault.cause is Cause.MISSING_REMOTE_FIELD
    assert raised.value.fault.message == "Salesforce has no object Contact that the connected user may see."


@pytest.mark.parametrize(
    ("vendor_type", "length", "kind"),
    [
        ("string", 80, FieldType.TEXT), ("encryptedstring", 80, FieldType.TEXT), ("textarea", 255, FieldType.TEXT),
        ("textarea", 32000, FieldType.LONG_TEXT), ("email", 80, FieldType.EMAIL), ("phone", 40, FieldType.PHONE),
        ("url", 255, FieldType.URL), ("picklist", 255, FieldType.PICKLIST), ("combobox", 255, FieldType.PICKLIST),
        ("multipicklist", 4099, FieldType.MULTI_PICKLIST), ("boolean", 0, FieldType.BOOLEAN),
        ("int", 0, FieldType.NUMBER), ("double", 0, FieldType.NUMBER), ("currency", 0, FieldType.NUMBER),
        ("percent", 0, FieldType.NUMBER), ("date", 0, FieldType.DATE), ("datetime", 0, FieldType.DATETIME),
        ("time", 0, FieldType.OTHER), ("reference", 18, FieldType.REFERENCE), ("id", 18, FieldType.OTHER),
        ("address", 0, FieldType.OTHER), ("location", 0, FieldType.OTHER), ("anyType", 0, FieldType.OTHER),
        ("something new", 0, FieldType.OTHER),
    ],
)  # fmt: skip
def test_a_field_type_in_our_words(vendor_type: str, length: int, kind: FieldType) -> None:
    remote = remote_field({"name": "X", "type": vendor_type, "length": length})

    assert remote.type is kind
    assert remote.length == (length or None)


@pytest.mark.parametrize(
    ("said", "required"),
    [
        ({"createable": True, "nillable": False, "defaultedOnCreate": False}, True),
        ({"createable": True, "nillable": False, "defaultedOnCreate": True}, False),
        ({"createable": True, "nillable": True, "defaultedOnCreate": False}, False),
        ({"createable": False, "nillable": False, "defaultedOnCreate": False}, False),
        ({}, False),
    ],
)
def test_when_a_field_is_required(said: dict[str, Any], required: bool) -> None:
    assert remote_field({"name": "X", "type": "string", **said}).required is required


def test_options_keep_value_label_and_whether_they_are_active() -> None:
    values = [
        {"value": "hot", "label": "Hot", "active": True},
        {"value": "old", "label": None, "active": False},
        {"value": None},
        "odd",
    ]

    remote = remote_field({"name": "X", "type": "picklist", "restrictedPicklist": True, "picklistValues": values})

    assert remote.options == (Option("hot", "Hot"), Option("old", "old", active=False))
    assert remote.restricted


def test_a_describe_field_with_half_its_keys_is_read_all_the_same() -> None:
    remote = remote_field({"name": "X", "picklistValues": "odd", "length": None})

    assert (remote.label, remote.type, remote.options, remote.length) == ("X", FieldType.OTHER, (), None)


# --- Set Defaults ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("object_name", ["Lead", "Contact", "Account"])
def test_defaults_name_mobly_fields_that_exist_and_each_once(object_name: str) -> None:
    keys = [default.mobly_field for default in PROVIDER.defaults(object_name)]

    assert set(keys) <= set(BY_KEY)
    assert len(keys) == len(set(keys))


def test_every_mobly_field_has_its_place_on_a_lead() -> None:
    assert {default.mobly_field for default in PROVIDER.defaults("Lead")} == set(BY_KEY)


def test_every_mobly_field_but_the_companys_own_has_its_place_on_a_contact() -> None:
    assert set(BY_KEY) - {default.mobly_field for default in PROVIDER.defaults("Contact")} == NO_PLACE


def test_an_account_is_filled_where_it_is_blank() -> None:
    assert {default.behaviour for default in PROVIDER.defaults("Account")} == {WriteBehaviour.IF_BLANK}


def test_an_unknown_object_has_no_defaults() -> None:
    assert PROVIDER.defaults("Opportunity") == ()


@pytest.mark.parametrize(
    ("object_name", "options", "placed"),
    [
        ("Lead", {}, {"FirstName", "LastName", "Email", "Title", "Phone", "Company", "Website", "Industry",
                      "NumberOfEmployees", "Street", "City", "State", "PostalCode", "Country", "Description"}),
        ("Contact", {}, {"FirstName", "LastName", "Email", "Title", "Phone", "MailingStreet", "MailingCity",
                         "MailingState", "MailingPostalCode", "MailingCountry", "Description"}),
        ("Account", CONTACTS_ONLY, {"Name", "Website", "Industry", "NumberOfEmployees", "BillingStreet", "BillingCity",
                                    "BillingState", "BillingPostalCode", "BillingCountry"}),
    ],
)  # fmt: skip
def test_a_plain_org_has_a_writable_field_for_the_defaults(
    org: Org, object_name: str, options: dict[str, str], placed: set[str]
) -> None:
    remote = next(one for one in PROVIDER.describe(org.client, options) if one.name == object_name)

    first = [
        next((name for name in default.remote_fields if name in remote.fields and remote.fields[name].writable), None)
        for default in PROVIDER.defaults(object_name)
    ]
    assert {name for name in first if name} == placed


def test_recommended_fields_win_where_the_admin_made_them(org: Org) -> None:
    org.sandbox.add_recommended_fields()
    lead = PROVIDER.describe(org.client, LEADS_ONLY)[0]

    places = {
        default.mobly_field: next((name for name in default.remote_fields if name in lead.fields), None)
        for default in PROVIDER.defaults("Lead")
    }
    assert places["description"] == "mobly_description__c"
    assert places["number_of_scans"] == "mobly_number_scans__c"
    assert places["mobly_lead_id"] == "mobly_lead_id__c"


def test_several_options_are_joined_with_a_semicolon() -> None:
    assert PROVIDER.multi_value(["Robots", "Service"]) == "Robots;Service"
