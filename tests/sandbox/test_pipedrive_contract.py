"""Requests to the simulated Pipedrive and its answers held against the vendor's OpenAPI files, rewritten small.

What the files leave out was added from the vendor's guides: first and last names, the v2 shape of persons.
"""

from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.openapi import Contract

FILE = Path(__file__).with_name("openapi") / "pipedrive.json"
contract = Contract(FILE, strict_bodies=True)


@pytest.fixture
def checked(pipedrive):
    """Calls the company; both ways are held against the files."""

    def call(method, path, body=None, status=200, **query):
        told = {key: str(value) for key, value in query.items()}
        contract.check_request(method, path, told, body)
        answer = pipedrive.call(method, f"{path}?{urlencode(told)}", body)
        assert answer.status_code == status, answer.text
        contract.check_response(method, path, answer.status_code, answer.json())
        return answer.json()["data"]

    return call


def test_connecting_and_describing(checked):
    checked("GET", "/api/v1/users/me")
    checked("GET", "/api/v1/users")
    checked("GET", "/api/v1/users/2000002")
    checked("GET", "/api/v1/users/find", term="tom@halden.example", search_by_email=1)
    checked("GET", "/api/v1/currencies")
    checked("GET", "/api/v1/activityTypes")
    everything = "ui_visibility,important_fields,required_fields"
    checked("GET", "/api/v2/personFields", include_fields=everything, limit=500)
    checked("GET", "/api/v2/organizationFields", include_fields=everything, limit=500)


def test_making_and_changing_fields(checked):
    body = {"field_name": "Interest", "field_type": "set", "options": [{"label": "Arms"}]}
    code = checked("POST", "/api/v2/personFields", body)["field_code"]
    path = f"/api/v2/personFields/{code}"
    option = checked("POST", f"{path}/options", [{"label": "Grippers"}])[0]
    checked("PATCH", f"{path}/options", [{"id": option["id"], "label": "Hands"}])
    checked("DELETE", f"{path}/options", [{"id": option["id"]}])
    checked("PATCH", path, {"field_name": "Interests"})
    checked("GET", path)
    assert checked("DELETE", path)["field_name"] == "Interests"


def test_persons_and_organizations(checked, pipedrive):
    code = pipedrive.field("Lead temperature")["field_code"]
    organization = checked("POST", "/api/v2/organizations", {"name": "Acme", "address": {"value": "Main St"}})
    person = checked(
        "POST",
        "/api/v2/persons",
        {
            "first_name": "Ada",
            "last_name": "Lovelace",
            "emails": [{"value": "ada@b.example", "primary": True, "label": "work"}],
            "phones": [{"value": "+1 312 555 0100"}],
            "org_id": organization["id"],
            "owner_id": 2000002,
            "visible_to": 3,
            "label_ids": [1],
            "custom_fields": {code: pipedrive.options("Lead temperature")["Hot"]},
        },
    )
    for kind, record in (("persons", person), ("organizations", organization)):
        checked("PATCH", f"/api/v2/{kind}/{record['id']}", {"name": "New name", "label_ids": []})
        checked("GET", f"/api/v2/{kind}/{record['id']}")
        checked("GET", f"/api/v2/{kind}", ids=record["id"], limit=1)
        checked("GET", f"/api/v2/{kind}", updated_since="2026-01-01T00:00:00Z", sort_by="update_time", limit=500)
        checked("GET", f"/api/v2/{kind}/search", term="new name", fields="name", exact_match="true")
        checked("DELETE", f"/api/v2/{kind}/{record['id']}")


def test_pages_have_a_cursor_of_text_or_null(checked, pipedrive):
    for _ in range(3):
        pipedrive.person()
    first = pipedrive.get("/api/v2/persons?limit=2").json()

    contract.check_response("GET", "/api/v2/persons", 200, first)
    assert len(checked("GET", "/api/v2/persons", limit=2, cursor=first["additional_data"]["next_cursor"])) == 1


def test_searching_one_field_and_all(checked, pipedrive):
    pipedrive.control("POST", "recommended-fields")
    code = pipedrive.field("Mobly Lead ID")["field_code"]
    pipedrive.person(custom_fields={code: "L-1"})

    assert checked("GET", "/api/v2/itemSearch/field", term="L-1", entity_type="person", match="exact", field=code)
    checked("GET", "/api/v2/itemSearch", term="ada", item_types="person", fields="name")


def test_activities_notes_and_leads(checked, pipedrive):
    person = pipedrive.person()
    activity = {
        "subject": "Booth visit",
        "type": "meeting",
        "participants": [{"person_id": person["id"], "primary": True}],
        "due_date": "2026-11-21",
        "due_time": "10:30",
        "duration": "00:15",
        "done": True,
        "note": "<p>Met</p>",
        "location": {"value": "Hall 7"},
        "attendees": [{"email": "ada@b.example"}],
    }
    made = checked("POST", "/api/v2/activities", activity)
    checked("PATCH", f"/api/v2/activities/{made['id']}", {"done": False})
    checked("GET", "/api/v2/activities", person_id=person["id"], updated_since="2026-01-01T00:00:00Z")
    checked("DELETE", f"/api/v2/activities/{made['id']}")
    note = checked("POST", "/api/v1/notes", {"content": "Hi", "person_id": person["id"]}, 201)
    checked("PUT", f"/api/v1/notes/{note['id']}", {"content": "Hello"})
    checked("GET", "/api/v1/notes", person_id=person["id"], start=0, limit=10)
    checked("DELETE", f"/api/v1/notes/{note['id']}")
    label = checked("GET", "/api/v1/leadLabels")[0]
    lead = checked("POST", "/api/v1/leads", {"title": "Arms", "person_id": person["id"], "label_ids": [label["id"]]})
    checked("PATCH", f"/api/v1/leads/{lead['id']}", {"is_archived": True})
    checked("GET", "/api/v1/leads", person_id=person["id"])
    checked("GET", "/api/v1/leadSources")


def test_what_the_sandbox_refuses_the_files_refuse_too(pipedrive):
    for body in ({"name": 7}, {"name": "Ada", "email": "x"}, {"name": "Ada", "emails": [{"mail": "x"}]}):
        with pytest.raises(AssertionError, match="is not what the OpenAPI file says"):
            contract.check_request("POST", "/api/v2/persons", {}, body)
        assert pipedrive.post("/api/v2/persons", body).status_code == 400


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (("GET", "/api/v2/shoes"), "The file has no path /api/v2/shoes"),
        (("PUT", "/api/v2/persons"), "The file has no PUT /api/v2/persons"),
        (("GET", "/api/v2/persons", "size=9"), "The query has “size”, which the file does not know"),
        (("GET", "/api/v2/persons", "limit=ten"), r"query limit: \$: 'ten' is not of type 'number'"),
        (("GET", "/api/v2/persons/ada"), r"path id: \$: 'ada' is not of type 'number'"),
        (("GET", "/api/v2/persons/search"), "The query lacks “term”"),
        (("GET", "/api/v2/persons", {}, {}), "The file knows no body here"),
    ],
)
def test_a_call_the_files_do_not_know_is_told_in_words(call, told):
    with pytest.raises(AssertionError, match=told):
        contract.check_request(*call)


def test_an_answer_the_files_do_not_know_is_told_in_words():
    with pytest.raises(AssertionError, match=r"\$\.data\.id: 'one' is not of type 'number'"):
        contract.check_response("GET", "/api/v2/persons/1", 200, {"success": True, "data": {"id": "one"}})
    with pytest.raises(AssertionError, match="The file knows no answer 404, only 2XX"):
        contract.check_response("GET", "/api/v2/persons/1", 404, {})
