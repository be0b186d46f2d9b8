"""Lists of the simulated HubSpot."""

import pytest

LISTS = "/crm/v3/lists"


def make(hubspot, name="Hannover visitors", processing="MANUAL", path=LISTS):
    return hubspot.post(path, {"name": name, "objectTypeId": "0-1", "processingType": processing})


@pytest.fixture
def list_id(hubspot):
    return make(hubspot).json()["list"]["listId"]


@pytest.mark.parametrize("path", [LISTS, "/crm/v3/lists/", "/crm/lists/2026-03", "/crm/lists/2026-09"])
def test_a_list_is_made_in_the_recorded_shape(hubspot, path):
    answer = make(hubspot, path=path)

    assert answer.status_code == 200
    made = answer.json()["list"]
    assert made == {
        "listId": made["listId"],
        "listVersion": 1,
        "createdAt": "2026-11-21T20:00:00.000Z",
        "updatedAt": "2026-11-21T20:00:00.000Z",
        "filtersUpdatedAt": "2026-11-21T20:00:00.000Z",
        "processingStatus": "COMPLETE",
        "createdById": "9000001",
        "updatedById": "9000001",
        "processingType": "MANUAL",
        "objectTypeId": "0-1",
        "name": "Hannover visitors",
    }


def test_a_name_is_unique_case_aside(hubspot, list_id):
    answer = make(hubspot, "HANNOVER visitors")

    assert answer.status_code == 400
    assert answer.json()["subCategory"] == "ILS.DUPLICATE_LIST_NAMES"


def test_search_pages_through_the_lists(hubspot):
    first = hubspot.post(f"{LISTS}/search", {"count": 3}).json()
    second = hubspot.post(f"{LISTS}/search", {"count": 3, "offset": first["offset"]}).json()

    assert (first["total"], first["hasMore"], first["offset"]) == (4, True, 3)
    assert (second["hasMore"], second["offset"]) == (False, 4)
    assert [row["name"] for row in first["lists"] + second["lists"]] == [
        "Automate Summit 2026 visitors",
        "Hannover Factory Days 2027 visitors",
        "All customers",
        "Target accounts 2026",
    ]
    assert first["lists"][0]["additionalProperties"] == {"hs_list_reference_count": "0", "hs_list_size": "0"}


def test_search_takes_a_text_and_kinds(hubspot):
    body = {"query": "2026", "processingTypes": ["MANUAL", "SNAPSHOT"], "offset": 0, "count": 20}

    names = [row["name"] for row in hubspot.post(f"{LISTS}/search", body).json()["lists"]]

    assert names == ["Automate Summit 2026 visitors", "Target accounts 2026"]


def test_a_list_is_found_by_its_name(hubspot):
    make(hubspot, "A/B & C visitors")

    known = hubspot.get(f"{LISTS}/object-type-id/0-1/name/A%2FB%20%26%20C%20visitors")
    unknown = hubspot.get(f"{LISTS}/object-type-id/0-1/name/X")

    assert known.json()["list"]["name"] == "A/B & C visitors"
    assert unknown.status_code == 400
    assert unknown.json()["message"] == "List does not exist with name X and object type ID 0-1."


def test_a_missing_list_is_a_404(hubspot):
    for answer in (hubspot.get(f"{LISTS}/999"), hubspot.put(f"{LISTS}/999/memberships/add", ["1"])):
        assert (answer.status_code, answer.json()["category"]) == (404, "OBJECT_NOT_FOUND")


def test_members_are_added_once_and_unknown_ones_named(hubspot, list_id):
    first, second = hubspot.contact(email="a@b.example")["id"], hubspot.contact(email="c@b.example")["id"]
    path = f"{LISTS}/{list_id}/memberships"

    added = hubspot.put(f"{path}/add", [first, int(second), "77"])
    again = hubspot.put(f"{path}/add", [first, second])

    assert added.status_code == 200
    assert added.json() == {"recordsIdsAdded": [first, second], "recordIdsRemoved": [], "recordIdsMissing": ["77"]}
    assert again.json() == {"recordsIdsAdded": [], "recordIdsRemoved": [], "recordIdsMissing": []}
    members = hubspot.get(path).json()
    assert members["total"] == 2
    assert [row["recordId"] for row in members["results"]] == [first, second]
    assert hubspot.get(f"{LISTS}/{list_id}").json()["list"]["size"] == 2


def test_members_come_in_pages(hubspot, list_id):
    ids = [hubspot.contact(email=f"{letter}@b.example")["id"] for letter in "abc"]
    hubspot.put(f"{LISTS}/{list_id}/memberships/add", ids)

    first = hubspot.get(f"{LISTS}/{list_id}/memberships?limit=2").json()
    second = hubspot.get(f"{LISTS}/{list_id}/memberships?limit=2&after={first['paging']['next']['after']}").json()

    assert [row["recordId"] for row in first["results"] + second["results"]] == ids
    assert "paging" not in second


def test_members_can_be_removed(hubspot, list_id):
    contact = hubspot.contact(email="a@b.example")["id"]
    path = f"{LISTS}/{list_id}/memberships"
    hubspot.put(f"{path}/add", [contact])

    removed = hubspot.put(f"{path}/remove", [contact, "77"]).json()
    swapped = hubspot.put(f"{path}/add-and-remove", {"recordIdsToAdd": [contact], "recordIdsToRemove": ["77"]}).json()

    assert removed["recordIdsRemoved"] == [contact]
    assert swapped["recordsIdsAdded"] == [contact]


def test_a_dynamic_list_takes_no_members(hubspot):
    dynamic = make(hubspot, "Rule", "DYNAMIC").json()["list"]["listId"]
    contact = hubspot.contact(email="a@b.example")["id"]

    answer = hubspot.put(f"{LISTS}/{dynamic}/memberships/add", [contact])

    assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")
    assert "DYNAMIC" in answer.json()["message"]
    assert hubspot.get(f"{LISTS}/{dynamic}/memberships").json()["total"] == 0


def test_a_record_knows_its_lists(hubspot, list_id):
    contact = hubspot.contact(email="a@b.example")["id"]
    hubspot.put(f"{LISTS}/{list_id}/memberships/add", [contact])

    rows = hubspot.get(f"{LISTS}/records/0-1/{contact}/memberships").json()["results"]

    assert [row["listId"] for row in rows] == [list_id]


def test_an_archived_contact_leaves_its_lists_and_a_merged_one_hands_them_over(hubspot, list_id):
    first, second, third = (hubspot.contact(email=f"{letter}@b.example")["id"] for letter in "abc")
    hubspot.put(f"{LISTS}/{list_id}/memberships/add", [first, second])

    hubspot.delete(f"/crm/v3/objects/contacts/{first}")
    hubspot.post("/crm/v3/objects/contacts/merge", {"primaryObjectId": third, "objectIdToMerge": second})

    assert [row["recordId"] for row in hubspot.get(f"{LISTS}/{list_id}/memberships").json()["results"]] == [third]


def test_a_list_can_be_renamed_and_deleted(hubspot, list_id):
    renamed = hubspot.put(f"{LISTS}/{list_id}/update-list-name?listName=Other")

    assert renamed.json()["updatedList"]["name"] == "Other"
    assert hubspot.get(f"{LISTS}?listIds={list_id}").json()["lists"][0]["name"] == "Other"
    assert hubspot.delete(f"{LISTS}/{list_id}").status_code == 204
    assert hubspot.get(f"{LISTS}/{list_id}").status_code == 404


def test_a_thousand_members_are_one_call(hubspot, list_id):
    for start in range(0, 1000, 100):
        inputs = [{"id": f"p{n}@b.example", "idProperty": "email", "properties": {}} for n in range(start, start + 100)]
        hubspot.post("/crm/v3/objects/contacts/batch/upsert", {"inputs": inputs})
    ids = [row["id"] for row in hubspot.kept("contacts")]

    assert len(hubspot.put(f"{LISTS}/{list_id}/memberships/add", ids).json()["recordsIdsAdded"]) == 1000
