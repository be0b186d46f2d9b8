"""Metadata of the simulated Zoho: modules, fields, layouts, related lists, users; and new fields."""

import pytest


def fields(zoho, module="Leads", **args):
    rows = zoho.get("settings/fields", params={"module": module, **args}).json()["fields"]
    return {row["api_name"]: row for row in rows}


def created(zoho, *rows, module="Leads"):
    return zoho.post(f"settings/fields?module={module}", {"fields": list(rows)})


def test_the_organization_and_its_users(zoho):
    org = zoho.get("org").json()["org"][0]
    users = zoho.get("users").json()
    current = zoho.get("users?type=CurrentUser").json()["users"]

    assert (org["company_name"], org["zgid"], org["type"]) == ("Halden Robotics", "60012345", "Production")
    assert [user["email"] for user in users["users"]] == ["mobly.integration@halden.example", "tom@halden.example"]
    assert users["info"] == {"per_page": 200, "count": 2, "page": 1, "more_records": False}
    assert [user["profile"]["name"] for user in current] == ["Administrator"]


def test_modules_say_what_can_be_done_with_them(zoho):
    zoho.switch(no_permission="Leads.create", hidden_modules="Accounts")

    rows = {row["api_name"]: row for row in zoho.get("settings/modules").json()["modules"]}

    assert list(rows) == ["Home", "Leads", "Contacts", "Campaigns", "Notes"]
    assert (rows["Leads"]["creatable"], rows["Contacts"]["creatable"]) == (False, True)
    assert rows["Home"]["api_supported"] is False
    assert zoho.get("settings/fields?module=Accounts").json()["code"] == "INVALID_MODULE"


def test_fields_need_a_module(zoho):
    answer = zoho.get("settings/fields")

    assert answer.status_code == 400
    assert (answer.json()["code"], answer.json()["details"]) == ("REQUIRED_PARAM_MISSING", {"param_name": "module"})


def test_a_field_has_the_shape_of_the_vendors(zoho):
    name = fields(zoho)["Last_Name"]

    known = ("data_type", "json_type", "length", "system_mandatory", "unique", "external")
    assert {key: name[key] for key in known} == {
        "data_type": "text", "json_type": "string", "length": 80, "system_mandatory": True, "unique": {},
        "external": None,
    }  # fmt: skip
    assert name["operation_type"] == {"web_create": True, "web_update": True, "api_create": True, "api_update": True}
    assert (len(name["id"]), name["field_read_only"], name["read_only"]) == (19, False, False)
    assert name["layout_associations"][0]["api_name"] == "Standard__s"


def test_an_option_may_be_renamed(zoho):
    options = fields(zoho)["Lead_Status"]["pick_list_values"]

    assert {key: options[-1][key] for key in ("display_value", "actual_value", "reference_value", "type")} == {
        "display_value": "Identify Decision Makers",
        "actual_value": "Id. Decision Makers",
        "reference_value": "Identify Decision Makers",
        "type": "used",
    }
    assert options[0]["display_value"] == "-None-"


def test_computed_fields_cannot_be_written(zoho):
    known = fields(zoho)

    assert {name for name, row in known.items() if row["read_only"]} >= {"Full_Name", "Created_Time", "Converted__s"}
    assert known["Full_Name"]["operation_type"]["api_create"] is False


def test_lookups_name_their_module(zoho):
    assert fields(zoho, "Contacts")["Account_Name"]["lookup"]["module"]["api_name"] == "Accounts"


def test_company_is_mandatory_by_a_switch(zoho):
    before = fields(zoho)["Company"]["system_mandatory"]
    zoho.switch(company_mandatory=False)

    assert (before, fields(zoho)["Company"]["system_mandatory"]) == (True, False)


def test_the_layout_tells_what_fields_do_not(zoho):
    zoho.switch(layout_mandatory="Leads.Phone")

    layout = zoho.get("settings/layouts?module=Leads").json()["layouts"][0]

    rows = {row["api_name"]: row for row in layout["sections"][0]["fields"]}
    assert (rows["Phone"]["required"], rows["Phone"]["system_mandatory"]) == (True, False)
    assert fields(zoho)["Phone"]["system_mandatory"] is False


def test_the_statuses_of_members_are_read_from_the_related_lists_field(zoho):
    lists = {
        row["api_name"]: row for row in zoho.get("settings/related_lists?module=Campaigns").json()["related_lists"]
    }
    field = lists["Leads"]["fields"][0]

    options = zoho.get(f"settings/fields/{field['id']}/pick_list_values?module=Campaigns").json()["pick_list_values"]
    whole = zoho.get(f"settings/fields/{field['id']}?module=Campaigns").json()["fields"][0]

    assert field["api_name"] == whole["api_name"] == "Member_Status"
    assert [row["actual_value"] for row in options][:3] == ["Planned", "Invited", "Sent"]
    assert [row["id"] for row in whole["pick_list_values"]] == [row["id"] for row in options]


def test_a_new_field_gets_its_name_from_its_label(zoho):
    answer = created(
        zoho,
        {"field_label": "Badge No. 1", "data_type": "text", "length": 100, "unique": {"case_sensitive": False}},
        {"field_label": "Booth Size", "data_type": "picklist", "pick_list_values": [{"display_value": "Big"}]},
    )

    assert answer.status_code == 201
    assert {row["message"] for row in answer.json()["fields"]} == {"field created"}
    known = fields(zoho)
    assert (known["Badge_No_1"]["unique"], known["Badge_No_1"]["custom_field"]) == ({"case_sensitive": False}, True)
    assert [row["actual_value"] for row in known["Booth_Size"]["pick_list_values"]] == ["-None-", "Big"]
    assert answer.json()["fields"][0]["details"]["id"] == known["Badge_No_1"]["id"]


@pytest.mark.parametrize(
    ("row", "code", "details"),
    [
        (
            {"field_label": "Most Recent Mobly Campaign", "data_type": "text"},
            "INVALID_DATA",
            {"maximum_length": 25, "api_name": "field_label", "json_path": "$.fields[0].field_label"},
        ),
        (
            {"field_label": "Email", "data_type": "text"},
            "DUPLICATE_DATA",
            {"api_name": "field_label", "json_path": "$.fields[0].field_label"},
        ),
        (
            {"data_type": "text"},
            "MANDATORY_NOT_FOUND",
            {"api_name": "field_label", "json_path": "$.fields[0].field_label"},
        ),
        (
            {"field_label": "Size", "data_type": "picklist"},
            "MANDATORY_NOT_FOUND",
            {"api_name": "pick_list_values", "json_path": "$.fields[0].pick_list_values"},
        ),
        (
            {"field_label": "Size", "data_type": "text", "length": 256},
            "INVALID_DATA",
            {"maximum_length": 255, "api_name": "length", "json_path": "$.fields[0].length"},
        ),
    ],
)
def test_a_wrong_new_field_is_refused(zoho, row, code, details):
    answer = created(zoho, row)

    refused = answer.json()["fields"][0]
    assert (answer.status_code, refused["code"], refused["details"]) == (400, code, details)


def test_five_fields_a_call_and_some_may_fail(zoho):
    rows = [{"field_label": f"New {number}", "data_type": "integer"} for number in range(6)]

    refused = created(zoho, *rows)
    mixed = created(zoho, rows[0], {"field_label": "Phone", "data_type": "phone"})

    assert refused.json()["data"][0]["details"] == {"maximum_length": 5, "api_name": "fields"}
    assert (mixed.status_code, [row["status"] for row in mixed.json()["fields"]]) == (207, ["success", "error"])


def test_a_custom_field_can_be_deleted_and_a_system_field_not(zoho):
    created(zoho, {"field_label": "Badge", "data_type": "text"})
    known = fields(zoho)

    gone = zoho.delete(f"settings/fields/{known['Badge']['id']}?module=Leads")
    kept = zoho.delete(f"settings/fields/{known['Email']['id']}?module=Leads")

    assert (gone.status_code, kept.status_code) == (200, 400)
    assert "Badge" not in fields(zoho)


def test_the_recommended_fields_come_once(zoho):
    first = zoho.control("POST", "recommended-fields").json()["created"]
    second = zoho.control("POST", "recommended-fields").json()["created"]

    assert len(first) == 18
    assert second == []
    known = fields(zoho, "Contacts")
    assert max(len(row["field_label"]) for row in known.values() if row["custom_field"]) <= 25
    assert (known["Mobly_Lead_ID"]["unique"], known["Mobly_Lead_ID"]["length"]) == ({"case_sensitive": False}, 100)
    assert known["Mobly_Number_of_Scans"]["data_type"] == "integer"


def test_the_control_api_changes_the_schema(zoho):
    zoho.lead(City="Graz")
    change = {
        "add": [{"api_name": "Hall", "data_type": "picklist", "options": ["A", ["Bee", "B"]]}],
        "remove": ["Fax"],
        "rename": {"City": "Town"},
        "picklist": {"field": "Rating", "add": ["Hot"], "rename": {"Active": "Very active"}},
    }

    zoho.control("PATCH", "schema/Leads", change)

    known = fields(zoho)
    assert known["Hall"]["pick_list_values"][2]["actual_value"] == "B"
    assert "Fax" not in known
    ratings = {row["actual_value"]: row["display_value"] for row in known["Rating"]["pick_list_values"]}
    assert (ratings["Active"], ratings["Hot"]) == ("Very active", "Hot")
    assert zoho.values("Leads", "Town") == [("Graz",)]
    assert zoho.control("PATCH", "schema/Leads", {"remove": ["Nothing"]}).json() == {
        "error": "Leads has no field “Nothing”."
    }
