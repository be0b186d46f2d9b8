"""Fields of the simulated Pipedrive: hashes of each company, options with numbers, fields that go."""

import re

import pytest

from tests.sandbox.pipedrive_company import error_of

FIELDS = "/api/v2/personFields"


def test_a_fresh_company_has_system_fields_and_two_of_its_own(pipedrive):
    rows = {row["field_name"]: row for row in pipedrive.get(f"{FIELDS}?limit=500").json()["data"]}

    assert [o["label"] for o in rows["Labels"]["options"]] == ["Customer", "Hot lead", "Warm lead", "Cold lead"]
    assert (rows["Labels"]["field_code"], rows["Email"]["field_code"]) == ("label_ids", "emails")
    assert [name for name, row in rows.items() if row["is_custom_field"]] == ["Events attended", "Lead temperature"]
    assert [o["label"] for o in rows["Lead temperature"]["options"]] == ["Hot", "Warm", "Cold"]
    assert re.fullmatch("[0-9a-f]{40}", rows["Events attended"]["field_code"])
    assert all(isinstance(o["id"], int) for o in rows["Events attended"]["options"])
    assert "ui_visibility" not in rows["Name"]


def test_further_parts_of_a_definition_come_on_request(pipedrive):
    pipedrive.switch(required_fields="Lead temperature")
    path = f"{FIELDS}?limit=500&include_fields=ui_visibility,important_fields,required_fields"

    rows = {row["field_name"]: row for row in pipedrive.get(path).json()["data"]}

    assert rows["Name"]["required_fields"] == {"enabled": True}
    assert rows["Lead temperature"]["required_fields"] == {"enabled": True}
    assert rows["Events attended"]["required_fields"] == {"enabled": False}
    assert rows["Name"]["ui_visibility"]["show_in_add_deal_dialog"] == {"show": False, "order": None}


def test_required_fields_bind_the_api_only_when_switched(pipedrive):
    code = pipedrive.field("Lead temperature")["field_code"]
    pipedrive.switch(required_fields="Lead temperature")
    free = pipedrive.post("/api/v2/persons", {"name": "Ada"})
    pipedrive.switch(required_binds=True)
    bound = pipedrive.post("/api/v2/persons", {"name": "Ada"})

    assert free.status_code == 200
    assert error_of(bound)[1] == f"Validation failed: {code}: Parameter '{code}' is required for this request"


def test_a_field_is_made_with_options_and_gets_more(pipedrive):
    body = {"field_name": "Interest", "field_type": "enum", "options": [{"label": "Arms"}]}
    made = pipedrive.post(FIELDS, body).json()["data"]
    path = f"{FIELDS}/{made['field_code']}/options"

    added = pipedrive.post(path, [{"label": "Grippers"}, {"label": "Service"}])
    again = pipedrive.post(path, [{"label": "New"}, {"label": "arms"}])

    assert made["is_custom_field"] is True
    assert [row["label"] for row in added.json()["data"]] == ["Grippers", "Service"]
    assert error_of(again)[0] == 400
    assert list(pipedrive.options("Interest")) == ["Arms", "Grippers", "Service"]


def test_options_can_be_renamed_and_removed(pipedrive):
    field, ids = pipedrive.field("Lead temperature"), pipedrive.options("Lead temperature")
    path = f"{FIELDS}/{field['field_code']}/options"
    person = pipedrive.person(custom_fields={field["field_code"]: ids["Cold"]})

    pipedrive.patch(path, [{"id": ids["Hot"], "label": "Boiling"}])
    pipedrive.delete(path, json=[{"id": ids["Cold"]}])

    assert list(pipedrive.options("Lead temperature")) == ["Boiling", "Warm"]
    shown = pipedrive.get(f"/api/v2/persons/{person['id']}").json()["data"]
    assert shown["custom_fields"][field["field_code"]] is None


@pytest.mark.parametrize(
    "body",
    [
        {"field_name": "F"},
        {"field_type": "varchar"},
        {"field_name": "F", "field_type": "colour"},
        {"field_name": "F", "field_type": "enum"},
        {"field_name": "F", "field_type": "varchar", "options": [{"label": "A"}]},
        {"name": "F", "field_type": "varchar"},
    ],
)
def test_a_field_that_cannot_be_is_refused(pipedrive, body):
    assert error_of(pipedrive.post(FIELDS, body))[2] == "ERR_SCHEMA_VALIDATION_FAILED"


def test_a_deleted_field_vanishes_and_its_hash_is_not_allowed_any_more(pipedrive):
    code = pipedrive.field("Lead temperature")["field_code"]
    hot = pipedrive.options("Lead temperature")["Hot"]
    person = pipedrive.person(custom_fields={code: hot})

    pipedrive.control("PATCH", "schema/persons", {"remove": ["Lead temperature"]})
    answer = pipedrive.patch(f"/api/v2/persons/{person['id']}", {"custom_fields": {code: hot}})

    assert error_of(answer) == (
        400,
        f"Validation failed: {code}: Parameter '{code}' is not allowed for this request",
        "ERR_SCHEMA_VALIDATION_FAILED",
    )
    assert code not in pipedrive.get(f"/api/v2/persons/{person['id']}").json()["data"]["custom_fields"]


def test_the_recommended_fields_are_made_once(pipedrive):
    made = pipedrive.control("POST", "recommended-fields")["created"]
    again = pipedrive.control("POST", "recommended-fields")["created"]

    assert (len(made), again) == (10, [])
    assert pipedrive.field("Mobly Number of Scans")["field_type"] == "double"
    assert pipedrive.field("Mobly Lead ID")["field_type"] == "varchar"


def test_the_schema_can_be_changed_as_an_admin_would(pipedrive):
    change = {
        "add": [{"name": "Badge", "type": "varchar"}],
        "rename": {"Events attended": "Events"},
        "picklist": {"field": "Lead temperature", "add": ["Icy"], "remove": ["Hot"], "rename": {"Warm": "Tepid"}},
    }

    rows = {row["field_name"]: row for row in pipedrive.control("PATCH", "schema/persons", change)["fields"]}

    assert {"Badge", "Events"} <= set(rows)
    assert [o["label"] for o in rows["Lead temperature"]["options"]] == ["Tepid", "Cold", "Icy"]


def test_a_system_field_cannot_be_deleted(pipedrive):
    assert error_of(pipedrive.delete(f"{FIELDS}/name"))[0] == 403
    assert error_of(pipedrive.delete(f"{FIELDS}/nothing"))[0] == 404
