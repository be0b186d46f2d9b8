"""Properties as remote fields, the recommended mapping, and the connection check."""

import pytest

from integrations.contract import Cause, FieldType, Refused, RemoteRef, Role, Tokens
from integrations.providers.hubspot import PROVIDER
from integrations.providers.hubspot.schema import remote_field
from integrations.sandbox.hubspot import oauth
from tests.integrations.hubspot.account import Held
from tests.integrations.hubspot.scripted import Says


@pytest.fixture
def objects(portal):
    return {described.name: described for described in PROVIDER.describe(portal.client, {})}


def definition(**more):
    return {
        "name": "x",
        "label": "X",
        "type": "string",
        "fieldType": "text",
        "groupName": "contactinformation",
        "options": [],
        "modificationMetadata": {"readOnlyValue": False},
        **more,
    }


def test_contacts_come_first_then_companies(objects):
    assert [(entry.name, entry.role, entry.label, entry.plural) for entry in objects.values()] == [
        ("contacts", Role.PERSONA, "Contact", "Contacts"),
        ("companies", Role.COMPANY, "Company", "Companies"),
    ]
    assert PROVIDER.object_names({}) == [("contacts", Role.PERSONA), ("companies", Role.COMPANY)]


def test_the_email_is_unique_and_everything_else_is_what_hubspot_says(objects):
    email = objects["contacts"].fields["email"]

    assert (email.type, email.unique, email.writable, email.custom) == (FieldType.EMAIL, True, True, False)
    assert objects["contacts"].fields["firstname"].label == "First Name"


def test_hidden_properties_are_left_out(objects):
    assert "associatedcompanyid" not in objects["contacts"].fields
    assert remote_field("contacts", definition()).name == "x"


@pytest.mark.parametrize(
    "more",
    [
        {"calculated": True},
        {"modificationMetadata": {"readOnlyValue": True}},
        {"fieldType": "calculation_score"},
    ],
)
def test_what_hubspot_keeps_to_itself_cannot_be_written(more):
    assert remote_field("contacts", definition(**more)).writable is False


@pytest.mark.parametrize(
    ("kind", "shape", "expected"),
    [
        ("string", "text", FieldType.TEXT),
        ("string", "textarea", FieldType.LONG_TEXT),
        ("string", "html", FieldType.LONG_TEXT),
        ("string", "phonenumber", FieldType.PHONE),
        ("phone_number", "phonenumber", FieldType.PHONE),
        ("number", "number", FieldType.NUMBER),
        ("date", "date", FieldType.DATE),
        ("datetime", "date", FieldType.DATETIME),
        ("bool", "booleancheckbox", FieldType.BOOLEAN),
        ("enumeration", "booleancheckbox", FieldType.BOOLEAN),
        ("enumeration", "select", FieldType.PICKLIST),
        ("enumeration", "radio", FieldType.PICKLIST),
        ("enumeration", "checkbox", FieldType.MULTI_PICKLIST),
        ("object_coordinates", "text", FieldType.OTHER),
        ("something_new", "text", FieldType.OTHER),
    ],
)
def test_each_property_type_has_its_field_type(kind, shape, expected):
    assert remote_field("contacts", definition(type=kind, fieldType=shape)).type is expected


def test_options_keep_their_order_and_hidden_ones_are_inactive():
    rows = [
        {"value": "b", "label": "B", "displayOrder": 1},
        {"value": "c", "label": "C", "displayOrder": -1},
        {"value": "a", "label": "A", "displayOrder": 0, "hidden": True},
    ]

    described = remote_field("contacts", definition(type="enumeration", fieldType="select", options=rows))

    assert [(option.value, option.active) for option in described.options] == [("a", False), ("b", True), ("c", True)]
    assert described.restricted is True


def test_options_kept_elsewhere_are_not_checked():
    described = remote_field("contacts", definition(type="enumeration", fieldType="select", externalOptions=True))

    assert (described.options, described.restricted) == ((), False)


def test_several_options_are_joined_with_semicolons():
    assert PROVIDER.multi_value(["a", "b"]) == "a;b"


def test_every_default_has_a_place_in_a_fresh_account_with_the_recommended_properties(portal):
    portal.vendor.add_recommended_fields()
    objects = {described.name: described for described in PROVIDER.describe(portal.client, {})}

    placed = {
        name: {
            default.mobly_field: next((field for field in default.remote_fields if field in described.fields), "")
            for default in PROVIDER.defaults(name)
        }
        for name, described in objects.items()
    }

    assert placed["contacts"]["first_name"] == "firstname"
    assert placed["contacts"]["linkedin"] == "hs_linkedin_url"
    assert placed["contacts"]["description"] == "mobly_description"
    assert placed["contacts"]["mobly_lead_id"] == "mobly_lead_id"
    assert [field for field, remote in placed["companies"].items() if not remote] == ["company_industry"]
    assert all(objects[name].fields[remote].writable for name in placed for remote in placed[name].values() if remote)
    assert len({remote for remote in placed["contacts"].values() if remote}) == len(
        [r for r in placed["contacts"].values() if r]
    )


def test_an_unknown_object_has_no_defaults():
    assert PROVIDER.defaults("deals") == ()


def test_a_missing_scope_to_read_properties_is_a_permission(portal):
    portal.vendor.faults(missing_scope="crm.schemas.companies.read")

    with pytest.raises(Refused) as refused:
        PROVIDER.describe(portal.client, {})

    assert (refused.value.fault.cause, refused.value.fault.code) == (Cause.PERMISSION, "MISSING_SCOPES")


# --- The connection check -------------------------------------------------------------------------------------------


def check(portal, **mapped):
    return {line.title: line for line in PROVIDER.check(portal.client, {}, mapped)}


def test_a_good_connection_has_only_green_lines(portal):
    lines = check(portal, contacts=["email", "firstname"], companies=["name"])

    assert all(line.ok for line in lines.values())
    assert lines["Signed in"].detail == "mobly.integration@halden.example at halden.example, account 44556677."
    assert lines["API version"].detail == "2026-03"
    assert lines["Contacts: mapped properties"].detail == "All 2 can be written."
    assert {"Contacts: can read", "Contacts: can create", "Contacts: can edit", "Companies: can edit"} <= set(lines)


def test_mapped_properties_that_are_gone_or_read_only_are_named_with_the_fix(portal):
    lines = check(portal, contacts=["email", "nowhere", "hubspotscore"])

    line = lines["Contacts: mapped properties"]
    assert line.ok is False
    assert line.detail == "No longer in HubSpot: nowhere. Read-only in HubSpot: hubspotscore."
    assert "Mapping tab" in line.fix


def test_a_scope_that_was_not_granted_is_named(scripted, client_of):
    granted = ["oauth", "crm.objects.contacts.read", "crm.schemas.contacts.read", "crm.lists.read"]

    def answer(asked):
        if asked.path.endswith("/introspect"):
            return Says(
                200, {"active": True, "hub_domain": "acme.example", "user": "m@acme.example", "scopes": granted}
            )
        if asked.path.endswith("/companies"):
            body = {"message": "One or more of the following scopes are required.", "category": "MISSING_SCOPES",
                    "context": {"requiredGranularScopes": ["crm.schemas.companies.read"]}}  # fmt: skip
            return Says(403, {"status": "error", **body})
        if asked.path.endswith("/details"):
            return Says(200, {"portalId": 12, "uiDomain": "app.hubspot.com"})
        return Says(200, {"results": []}, {"X-HubSpot-RateLimit-Daily-Remaining": "248572"})

    server = scripted(answer)

    lines = {line.title: line for line in PROVIDER.check(client_of(server), {}, {})}

    assert (lines["Contacts: can read"].ok, lines["Contacts: can create"].ok) == (True, False)
    assert lines["Contacts: can edit"].detail == "Not granted: crm.objects.contacts.write."
    assert lines["Companies: properties can be read"].detail == "Not granted: crm.schemas.companies.read."
    assert lines["Static lists"].detail == "Not granted: crm.lists.write."
    assert lines["Marketing events"].ok is False
    assert lines["API calls left today"].detail == "248,572."


def test_a_static_token_needs_no_introspection(portal):
    portal.client.tokens = Held(Tokens(oauth.PRIVATE_TOKEN))

    account = PROVIDER.account(portal.client)

    assert (account.id, account.user) == ("44556677", "")
    assert portal.client.daily_left > 200_000


# --- What stands there now ------------------------------------------------------------------------------------------


def test_the_present_values_of_a_record_are_read_from_the_store(portal):
    there = portal.vendor.seed("contacts", email="ada@acme.example", firstname="Ada")

    values = PROVIDER.look(portal.client, RemoteRef("contacts", there["id"]), ["firstname", "phone"])

    assert values == {"firstname": "Ada", "phone": None}


def test_a_record_that_is_gone_has_no_values(portal):
    assert PROVIDER.look(portal.client, RemoteRef("contacts", "999"), ["firstname"]) is None
    assert PROVIDER.look(portal.client, RemoteRef("companies", "999"), ["name"]) is None
