"""Activities on v2, notes and leads on v1: nothing is deduplicated."""

import pytest

from tests.sandbox.pipedrive_company import error_of

ACTIVITIES, NOTES, LEADS = "/api/v2/activities", "/api/v1/notes", "/api/v1/leads"


@pytest.fixture
def person(pipedrive):
    return pipedrive.person()


def test_an_activity_follows_its_primary_participant(pipedrive, person):
    body = {
        "subject": "Booth visit",
        "type": "meeting",
        "person_id": 99,
        "participants": [{"person_id": person["id"]}],
        "due_date": "2026-11-21",
        "due_time": "10:30",
        "done": True,
    }

    made = pipedrive.post(ACTIVITIES, body).json()["data"]

    assert (made["person_id"], made["participants"]) == (person["id"], [{"person_id": person["id"], "primary": True}])
    assert (made["done"], made["marked_as_done_time"]) == (True, made["add_time"])


def test_the_same_activity_and_note_twice_stay_two(pipedrive, person):
    activity = {"subject": "Call", "type": "call", "participants": [{"person_id": person["id"], "primary": True}]}
    note = {"content": "Met at the booth", "person_id": person["id"]}
    for _ in range(2):
        pipedrive.post(ACTIVITIES, activity)
        pipedrive.post(NOTES, note)

    assert len(pipedrive.get(f"{ACTIVITIES}?person_id={person['id']}").json()["data"]) == 2
    assert len(pipedrive.get(f"{NOTES}?person_id={person['id']}").json()["data"]) == 2


@pytest.mark.parametrize(
    "body",
    [
        {"type": "skydive"},
        {"due_time": "noon"},
        {"due_date": "tomorrow"},
        {"done": 1},
        {"participants": [{"person_id": 99}]},
        {"org_id": 99},
        {"user_id": 1},
    ],
)
def test_an_activity_that_is_not_strictly_right_is_refused(pipedrive, body):
    assert error_of(pipedrive.post(ACTIVITIES, {"subject": "S", **body}))[2] == "ERR_SCHEMA_VALIDATION_FAILED"


def test_an_unknown_activity_type_may_also_be_taken(pipedrive):
    pipedrive.switch(lax_activity_type=True)

    assert pipedrive.post(ACTIVITIES, {"subject": "S", "type": "skydive"}).json()["data"]["type"] == "skydive"


def test_activity_types_name_their_key_strings(pipedrive):
    rows = pipedrive.get("/api/v1/activityTypes").json()["data"]

    keys = [row["key_string"] for row in rows]
    assert keys[:6] == ["call", "meeting", "task", "deadline", "email", "lunch"]
    assert [row["key_string"] for row in rows if row["is_custom_flag"]] == ["booth_visit"]


def test_activities_change_and_go(pipedrive):
    made = pipedrive.post(ACTIVITIES, {"subject": "S"}).json()["data"]
    path = f"{ACTIVITIES}/{made['id']}"

    changed = pipedrive.patch(path, {"done": True, "note": "<p>Done</p>"}).json()["data"]
    pipedrive.delete(path)

    assert (changed["done"], changed["note"], changed["type"]) == (True, "<p>Done</p>", "call")
    assert pipedrive.get(path).json()["data"]["is_deleted"] is True
    assert pipedrive.get(ACTIVITIES).json()["data"] == []


def test_a_note_is_kept_without_its_scripts_and_with_the_time_it_says(pipedrive, person):
    body = {
        "content": '<p onclick="x()">Tea &amp; talk<br><a href="javascript:x">now</a></p><script>alert(1)</script>',
        "person_id": person["id"],
        "add_time": "2026-11-18 09:30:00",
    }

    answer = pipedrive.post(NOTES, body)

    note = answer.json()["data"]
    assert answer.status_code == 201
    assert note["content"] == "<p>Tea &amp; talk<br><a>now</a></p>"
    assert (note["add_time"], note["person"], note["active_flag"]) == (
        "2026-11-18 09:30:00", {"name": "Ada Lovelace"}, True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        ({"person_id": 1}, 400, "Content must be given."),
        ({"content": "x"}, 400, "The note must be attached to a lead, deal, person, organization or project."),
        ({"content": "x", "person_id": 99}, 404, "Person not found"),
        ({"content": "x", "person_id": 1, "add_time": "2026-11-18T09:30:00Z"}, 400,
         "add_time must be in the format YYYY-MM-DD HH:MM:SS."),
    ],
)  # fmt: skip
def test_a_note_that_cannot_be_is_refused_in_the_v1_envelope(pipedrive, person, body, status, told):
    answer = pipedrive.post(NOTES, body)

    assert (answer.status_code, answer.json()["error"]) == (status, told)
    assert set(answer.json()) == {"success", "error", "error_info", "data", "additional_data"}


def test_notes_page_by_start_and_change_by_put(pipedrive, person):
    ids = [pipedrive.post(NOTES, {"content": str(n), "person_id": person["id"]}).json()["data"]["id"] for n in range(3)]

    first = pipedrive.get(f"{NOTES}?person_id={person['id']}&limit=2").json()
    second = pipedrive.get(f"{NOTES}?person_id={person['id']}&limit=2&start=2").json()
    changed = pipedrive.put(f"{NOTES}/{ids[0]}", {"content": "new"}).json()["data"]

    assert first["additional_data"]["pagination"] == {
        "start": 0, "limit": 2, "more_items_in_collection": True, "next_start": 2,
    }  # fmt: skip
    assert [row["id"] for row in second["data"]] == ids[2:]
    assert second["additional_data"]["pagination"]["more_items_in_collection"] is False
    assert changed["content"] == "new"
    assert pipedrive.delete(f"{NOTES}/{ids[0]}").json() == {"success": True, "data": True}
    assert pipedrive.get(f"{NOTES}/{ids[0]}").json()["data"]["active_flag"] is False


def test_leads_are_made_changed_and_listed_on_v1(pipedrive, person):
    label = pipedrive.get("/api/v1/leadLabels").json()["data"][0]
    made = pipedrive.post(LEADS, {"title": "Arms", "person_id": person["id"], "label_ids": [label["id"]]})
    lead = made.json()["data"]

    changed = pipedrive.patch(f"{LEADS}/{lead['id']}", {"title": "Grippers"}).json()["data"]
    listed = pipedrive.get(f"{LEADS}?person_id={person['id']}").json()

    assert (made.status_code, lead["label_ids"], changed["title"]) == (200, [label["id"]], "Grippers")
    assert listed["additional_data"]["pagination"]["more_items_in_collection"] is False
    assert pipedrive.delete(f"{LEADS}/{lead['id']}").json()["data"] == {"id": lead["id"]}
    missing = pipedrive.get(f"{LEADS}/{lead['id']}")
    assert (missing.status_code, missing.json()["error"]) == (404, "requested lead not found")


@pytest.mark.parametrize(("said", "note", "lead"), [("recorded", 201, 200), ("200", 200, 200), ("201", 201, 201)])
def test_creates_on_v1_answer_as_switched(pipedrive, person, said, note, lead):
    pipedrive.switch(v1_created=said)

    assert pipedrive.post(NOTES, {"content": "x", "person_id": person["id"]}).status_code == note
    assert pipedrive.post(LEADS, {"title": "x", "person_id": person["id"]}).status_code == lead


@pytest.mark.parametrize("status", ["404", "410"])
def test_retired_v1_paths_are_gone(pipedrive, status):
    pipedrive.switch(retired_v1=status)

    for path in ("persons", "persons/1", "organizations/search", "activities", "itemSearch/field", "deals"):
        assert pipedrive.get(f"/api/v1/{path}").status_code == int(status)
