"""Persons and organizations of the simulated Pipedrive: strict bodies, arrays replaced whole, nothing unique."""

import pytest

from tests.sandbox.pipedrive_company import error_of

PERSONS, ORGANIZATIONS = "/api/v2/persons", "/api/v2/organizations"
SCHEMA = "ERR_SCHEMA_VALIDATION_FAILED"
UNKNOWN_HASH = "0" * 40


def test_a_new_person_is_answered_whole(pipedrive):
    organization = pipedrive.organization()
    body = {
        "name": "Ada King Lovelace",
        "emails": [{"value": "ada@b.example"}, {"value": "home@b.example", "label": "home"}],
        "org_id": organization["id"],
    }

    person = pipedrive.person(**body)

    assert (person["id"], person["first_name"], person["last_name"]) == (1, "Ada", "King Lovelace")
    assert person["emails"] == [
        {"label": "work", "value": "ada@b.example", "primary": True},
        {"label": "home", "value": "home@b.example", "primary": False},
    ]
    assert (person["org_id"], person["owner_id"], person["visible_to"]) == (organization["id"], 2000001, 3)
    assert set(person["custom_fields"].values()) == {None}
    assert person["add_time"].endswith("Z")


def test_a_person_needs_a_name_or_both_of_its_parts(pipedrive):
    both = pipedrive.post(PERSONS, {"first_name": "Ada", "last_name": "Lovelace"})
    one = pipedrive.post(PERSONS, {"first_name": "Ada"})

    assert both.json()["data"]["name"] == "Ada Lovelace"
    assert error_of(one) == (
        400, "Validation failed: name: Parameter 'name' is required for this request", SCHEMA,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"name": 7}, "name: Expected string, received number"),
        ({"owner_id": "2000001"}, "owner_id: Expected number, received string"),
        ({"visible_to": "3"}, "visible_to: Expected one of 1, 3, 5, 7, received '3'"),
        ({"label_ids": [99]}, "label_ids: Expected one of 1, 2, 3, 4, received 99"),
        ({"add_time": "2026-11-21T20:00:00.123Z"}, "add_time: '2026-11-21T20:00:00.123Z' is not a valid datetime"),
        ({"emails": "a@b.example"}, "emails: Expected array, received string"),
        ({"emails": [{"value": "a", "primary": "true"}]}, "emails: Expected boolean, received string"),
        ({"emails": [{"value": "a", "primary": True}, {"value": "b", "primary": True}]},
         "emails: Only one item can be marked as primary"),
        ({"email": "a@b.example"}, "email: Parameter 'email' is not allowed for this request"),
        ({"org_id": 99}, "org_id: Organization with id 99 was not found"),
        ({"owner_id": 99}, "owner_id: User with id 99 was not found"),
    ],
)  # fmt: skip
def test_a_body_that_is_not_strictly_right_is_refused_whole(pipedrive, body, told):
    assert error_of(pipedrive.post(PERSONS, {"name": "Ada", **body})) == (400, f"Validation failed: {told}", SCHEMA)
    assert pipedrive.kept("persons") == []


def test_unknown_keys_are_told_all_at_once(pipedrive):
    answer = pipedrive.post(PERSONS, {"name": "Ada", UNKNOWN_HASH: 1, "custom_fields": {"x": 1}})

    assert error_of(answer)[1] == (
        f"Validation failed: {UNKNOWN_HASH}: Parameter '{UNKNOWN_HASH}' is not allowed for this request; "
        "x: Parameter 'x' is not allowed for this request"
    )


@pytest.mark.parametrize("nested", [{"custom_fields": {}}, [], "text"])
def test_custom_fields_nested_wrongly_are_an_unknown_error(pipedrive, nested):
    assert error_of(pipedrive.post(PERSONS, {"name": "Ada", "custom_fields": nested})) == (
        500, "Internal Server Error", "ERR_UNKNOWN",
    )  # fmt: skip


def test_a_body_that_is_no_json_is_an_unknown_error(pipedrive):
    assert error_of(pipedrive.post(PERSONS, data=b"{"))[0] == 500


@pytest.mark.parametrize(
    ("field_type", "good", "bad"),
    [
        ("varchar", "x" * 255, "x" * 256),
        ("text", "x" * 1000, 5),
        ("double", 1.5, "1.5"),
        ("date", "2026-11-21", "21.11.2026"),
        ("monetary", {"value": 5, "currency": "EUR"}, 5),
        ("time", {"value": "10:30:00", "timezone_name": "Europe/Berlin"}, {"value": "25:00"}),
        ("daterange", {"value": "2026-11-21", "until": "2026-11-22"}, "2026-11-21"),
        ("user", 2000001, "2000001"),
    ],
)
def test_values_of_custom_fields_have_the_type_of_their_field(pipedrive, field_type, good, bad):
    code = pipedrive.post("/api/v2/personFields", {"field_name": "F", "field_type": field_type}).json()["data"][
        "field_code"
    ]

    taken = pipedrive.post(PERSONS, {"name": "Ada", "custom_fields": {code: good}})
    refused = pipedrive.post(PERSONS, {"name": "Ada", "custom_fields": {code: bad}})

    assert taken.json()["data"]["custom_fields"][code] == good
    assert (refused.status_code, refused.json()["code"]) == (400, SCHEMA)
    assert refused.json()["error"].startswith(f"Validation failed: {code}: ")


def test_options_are_numbers_and_a_set_is_cleared_with_null(pipedrive):
    events, temperature = (pipedrive.field(name)["field_code"] for name in ("Events attended", "Lead temperature"))
    ids, hot = list(pipedrive.options("Events attended").values()), pipedrive.options("Lead temperature")["Hot"]
    person = pipedrive.person(custom_fields={events: ids, temperature: hot})
    path = f"{PERSONS}/{person['id']}"

    def told(value):
        return pipedrive.patch(path, {"custom_fields": {events: value}})

    assert person["custom_fields"][events] == ids
    assert error_of(told([]))[2] == SCHEMA
    assert error_of(told(["Automate Summit 2026"]))[2] == SCHEMA
    assert told(ids[:1]).json()["data"]["custom_fields"][events] == ids[:1]
    assert told(None).json()["data"]["custom_fields"][events] is None
    assert told(ids).json()["data"]["custom_fields"][temperature] == hot


def test_a_patch_changes_what_it_names_and_replaces_arrays_whole(pipedrive, clock):
    person = pipedrive.person(emails=[{"value": "a@b.example"}], phones=[{"value": "1"}], label_ids=[1, 2])
    clock.advance(1)

    changed = pipedrive.patch(f"{PERSONS}/{person['id']}", {"emails": [{"value": "c@d.example"}], "label_ids": [3]})

    data = changed.json()["data"]
    assert [row["value"] for row in data["emails"]] == ["c@d.example"]
    assert (data["label_ids"], data["phones"][0]["value"], data["name"]) == ([3], "1", "Ada Lovelace")
    assert data["update_time"] > person["update_time"]


def test_the_parts_of_an_address_that_are_missing_are_null(pipedrive):
    organization = pipedrive.organization(address={"value": "Main St 1, Chicago", "locality": "Chicago"})

    assert organization["address"]["locality"] == "Chicago"
    assert organization["address"]["postal_code"] is None
    assert error_of(pipedrive.post(ORGANIZATIONS, {"name": "B", "address": "Main St"}))[2] == SCHEMA


def test_the_same_person_twice_is_two_persons(pipedrive):
    ids = [pipedrive.person(emails=[{"value": "a@b.example"}])["id"] for _ in range(2)]

    assert pipedrive.found(term="A@B.example", fields="email", exact_match="true") == ids


def test_a_deleted_person_is_marked_absent_from_lists_and_gone_after_thirty_days(pipedrive, clock):
    person = pipedrive.person()
    path = f"{PERSONS}/{person['id']}"

    deleted, again = pipedrive.delete(path), pipedrive.delete(path)

    assert (deleted.status_code, deleted.json()) == (200, {"success": True, "data": {"id": person["id"]}})
    assert (again.status_code, again.json()["success"]) == (410, True)
    assert pipedrive.get(path).json()["data"]["is_deleted"] is True
    assert pipedrive.get(PERSONS).json()["data"] == []
    assert pipedrive.get(f"{PERSONS}?ids={person['id']}").json()["data"] == []
    assert error_of(pipedrive.patch(path, {"name": "B"}))[:2] == (404, "Entity was not found")
    clock.advance(31 * 86_400)
    assert error_of(pipedrive.get(path))[:2] == (404, "Entity was not found")


def test_ids_that_are_missing_are_absent_and_at_most_a_hundred_are_asked(pipedrive):
    ids = [pipedrive.person()["id"] for _ in range(3)]

    found = pipedrive.get(f"{PERSONS}?ids={ids[2]},999,{ids[0]}").json()["data"]
    many = pipedrive.get(f"{PERSONS}?ids={','.join(map(str, range(1, 102)))}")

    assert [row["id"] for row in found] == [ids[0], ids[2]]
    assert error_of(many)[0] == 400


def test_lists_go_page_by_page_with_a_cursor(pipedrive):
    ids = [pipedrive.person()["id"] for _ in range(5)]
    seen, cursor = [], ""
    while cursor is not None:
        page = pipedrive.get(f"{PERSONS}?limit=2&cursor={cursor}").json()
        seen.append([row["id"] for row in page["data"]])
        cursor = page["additional_data"]["next_cursor"]

    assert seen == [ids[:2], ids[2:4], ids[4:]]
    newest = pipedrive.get(f"{PERSONS}?limit=1&sort_by=update_time&sort_direction=desc").json()
    assert newest["data"][0]["id"] == ids[-1]
    assert error_of(pipedrive.get(f"{PERSONS}?limit=501"))[0] == 400
    assert error_of(pipedrive.get(f"{PERSONS}?cursor=nonsense"))[0] == 400


def test_updated_since_tells_what_changed_and_refuses_milliseconds(pipedrive, clock):
    old, touched = pipedrive.person(), pipedrive.person()
    clock.advance(60)
    pipedrive.patch(f"{PERSONS}/{touched['id']}", {"name": "B"})

    found = pipedrive.get(PERSONS, params={"updated_since": "2026-11-21T21:00:30+01:00"}).json()["data"]
    refused = pipedrive.get(f"{PERSONS}?updated_since=2026-11-21T20:00:00.000Z")

    assert old["update_time"] < "2026-11-21T20:00:30Z"
    assert [row["id"] for row in found] == [touched["id"]]
    assert error_of(refused)[2] == SCHEMA


def test_contact_sync_fields_are_refused_unless_it_is_on(pipedrive):
    body = {"name": "Ada", "job_title": "Engineer", "birthday": "1815-12-10"}
    off = pipedrive.post(PERSONS, body)
    pipedrive.switch(contact_sync=True)
    on = pipedrive.post(PERSONS, body)

    assert off.status_code == 403
    assert "job_title, birthday" in off.json()["error"]
    assert (on.json()["data"]["job_title"], on.json()["data"]["im"]) == ("Engineer", [])
    assert pipedrive.field("Job title")["field_code"] == "job_title"


def test_a_missing_owner_may_also_be_a_404(pipedrive):
    pipedrive.switch(missing_link="404")

    assert error_of(pipedrive.post(PERSONS, {"name": "Ada", "org_id": 99}))[:2] == (404, "Organization was not found")


def test_merging_unites_and_leaves_one(pipedrive):
    keep, lose = (
        pipedrive.person(emails=[{"value": "a@b.example"}]),
        pipedrive.person(emails=[{"value": "c@d.example"}]),
    )
    note = pipedrive.post("/api/v1/notes", {"content": "Hi", "person_id": lose["id"]}).json()["data"]

    merged = pipedrive.control("POST", "merge", {"object": "persons", "keep": keep["id"], "lose": lose["id"]})

    assert [row["value"] for row in merged["emails"]] == ["a@b.example", "c@d.example"]
    assert [row["id"] for row in pipedrive.kept("persons")] == [keep["id"]]
    assert pipedrive.get(f"/api/v1/notes/{note['id']}").json()["data"]["person_id"] == keep["id"]
