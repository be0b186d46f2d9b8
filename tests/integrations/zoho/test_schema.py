"""Fields as Zoho describes them, Set Defaults, and the fields we offer to make."""

import pytest

from integrations.contract import FieldType, Option, Role
from integrations.providers.zoho import PROVIDER
from integrations.providers.zoho.defaults import LABEL
from integrations.providers.zoho.schema import remote_field
from leads.fields import MOBLY_FIELDS
from tests.integrations.zoho.org import AS_CONTACTS


def described(org, name="Leads", options=None):
    return next(remote for remote in PROVIDER.describe(org.client, options or {}) if remote.name == name)


def test_the_setting_decides_which_modules_there_are():
    assert PROVIDER.object_names({}) == [("Leads", Role.PERSONA), ("Contacts", Role.PERSONA)]
    assert PROVIDER.object_names(AS_CONTACTS) == [("Contacts", Role.PERSONA), ("Accounts", Role.COMPANY)]


def test_fields_have_their_type_length_and_requirement(org):
    fields = described(org).fields

    assert (fields["Last_Name"].type, fields["Last_Name"].length, fields["Last_Name"].required) == (
        FieldType.TEXT,
        80,
        True,
    )
    assert (fields["No_of_Employees"].type, fields["No_of_Employees"].length) == (FieldType.NUMBER, None)
    assert fields["Designation"].label == "Title"
    assert (fields["Description"].type, fields["Website"].type) == (FieldType.LONG_TEXT, FieldType.URL)
    assert fields["Product_Interest"].type is FieldType.MULTI_PICKLIST


def test_references_and_what_zoho_fills_in_cannot_be_written(org):
    fields = described(org).fields

    assert {fields[name].writable for name in ("Owner", "Converted_Contact", "Created_Time", "Full_Name", "Tag")} == {
        False
    }
    assert described(org, "Contacts").fields["Account_Name"].writable is False


def test_an_option_is_read_by_its_label_and_sent_by_its_value(org):
    status = described(org).fields["Lead_Status"]

    assert Option("Id. Decision Makers", "Identify Decision Makers") in status.options
    assert "-None-" not in [option.value for option in status.options]
    assert status.restricted


def test_a_field_the_layout_requires_is_required(org):
    org.vendor.faults(layout_mandatory="Leads.Phone")

    assert described(org).fields["Phone"].required


def test_layouts_that_cannot_be_read_leave_what_the_fields_say(org):
    org.vendor.faults(missing_scope="ZohoCRM.settings.layouts.READ", layout_mandatory="Leads.Phone")
    fields = described(org).fields

    assert (fields["Phone"].required, fields["Last_Name"].required) == (False, True)


def test_rights_on_the_module_are_told(org):
    org.vendor.faults(no_permission="Leads.create")

    assert (described(org).creatable, described(org).updatable) == (False, True)


def test_a_company_is_required_where_the_organization_says_so(org):
    assert described(org).fields["Company"].required
    org.vendor.faults(company_mandatory=False)
    assert not described(org).fields["Company"].required


@pytest.mark.parametrize(
    ("change", "writable"),
    [
        ({}, (True, True)),
        ({"read_only": True}, (False, False)),
        ({"field_read_only": True}, (False, False)),
        ({"operation_type": {"api_create": True, "api_update": False}}, (True, False)),
        ({"data_type": "lookup"}, (False, False)),
        ({"data_type": "subform"}, (False, False)),
        ({"data_type": "formula"}, (False, False)),
        ({"data_type": "a kind of tomorrow"}, (False, False)),
    ],
)
def test_a_field_is_written_only_if_everything_lets_us(change, writable):
    row = {"api_name": "X", "data_type": "text", "operation_type": {"api_create": True, "api_update": True}, **change}
    remote = remote_field(row)

    assert (remote.creatable, remote.updatable) == writable


def test_a_field_with_hardly_anything_said_is_described_all_the_same():
    remote = remote_field({"api_name": "X", "pick_list_values": 7, "length": "long", "tooltip": 7})

    assert (remote.label, remote.type, remote.options, remote.length) == ("X", FieldType.OTHER, (), None)


@pytest.mark.parametrize("options", [{}, AS_CONTACTS])
def test_defaults_place_every_field_zoho_has_a_place_for(org, options):
    for name, _ in PROVIDER.object_names(options):
        made = PROVIDER.create_fields(org.client, name, PROVIDER.recommended_fields(name))
        assert [one.problem for one in made if not one.made] == []
        there = described(org, name, options).fields
        lines = PROVIDER.defaults(name)
        placed = [next((field for field in line.remote_fields if field in there), None) for line in lines]
        assert None not in placed
        assert len(set(placed)) == len(placed)
        assert all(there[field].writable for field in placed)


def test_leads_have_a_default_for_every_mobly_field():
    assert {line.mobly_field for line in PROVIDER.defaults("Leads")} == {field.key for field in MOBLY_FIELDS}


def test_recommended_fields_keep_to_zohos_length_of_a_label():
    for name in ("Leads", "Contacts", "Accounts"):
        fields = PROVIDER.recommended_fields(name)
        assert all(len(field.label) <= LABEL for field in fields)
        assert len({field.label for field in fields}) == len(fields)


def test_recommended_fields_are_made_five_at_a_time_and_once(org):
    fields = PROVIDER.recommended_fields("Leads")
    first = PROVIDER.create_fields(org.client, "Leads", fields)
    org.vendor.forget_stats()

    again = PROVIDER.create_fields(org.client, "Leads", fields)

    assert [made.name for made in first] == [made.name for made in again]
    assert org.paths() == {"GET /settings/fields": 1}
    remote = described(org).fields
    assert (remote["Mobly_Lead_ID"].unique, remote["Mobly_All_Events"].type) == (True, FieldType.LONG_TEXT)
    assert remote["Mobly_Recent_Campaign"].label == "Mobly Recent Campaign"


def test_fields_that_may_not_be_made_are_said_one_by_one(org):
    org.vendor.faults(missing_scope="ZohoCRM.settings.fields.CREATE")

    made = PROVIDER.create_fields(org.client, "Leads", PROVIDER.recommended_fields("Leads")[:2])

    assert [one.made for one in made] == [False, False]
    assert "Connect again" in made[0].problem


def test_several_options_are_joined_with_semicolons():
    assert PROVIDER.multi_value(["a", "", "b"]) == "a;b"
