"""Marketing events of the simulated HubSpot and who came."""

import pytest

EVENTS = "/marketing/v3/marketing-events"
DATED = "/marketing/marketing-events/2026-03"
MOMENT = 1795291200000


def body(**more):
    return {
        "eventName": "Hannover Factory Days",
        "eventOrganizer": "Halden",
        "externalAccountId": "mobly",
        "externalEventId": "ev-1",
        **more,
    }


@pytest.fixture
def event(hubspot):
    answer = hubspot.post(f"{EVENTS}/events", body())
    assert answer.status_code == 200, answer.text
    return answer.json()


def person(email, **more):
    return {"email": email, "interactionDateTime": MOMENT, **more}


def attend(hubspot, state, *people, event_id="ev-1", account="mobly", by="email-create", events=EVENTS):
    return hubspot.post(
        f"{events}/attendance/{event_id}/{state}/{by}?externalAccountId={account}", {"inputs": list(people)}
    )


def states(hubspot, event):
    rows = hubspot.get(f"{EVENTS}/participations/{event['objectId']}/breakdown").json()["results"]
    return {row["associations"]["contact"]["email"]: row["properties"]["attendanceState"] for row in rows}


def test_an_event_has_the_recorded_shape(hubspot, event):
    assert event == {
        "eventName": "Hannover Factory Days",
        "eventType": None,
        "startDateTime": None,
        "endDateTime": None,
        "eventOrganizer": "Halden",
        "eventDescription": None,
        "eventUrl": None,
        "eventCancelled": False,
        "eventCompleted": False,
        "customProperties": [],
        "objectId": event["objectId"],
        "externalEventId": "ev-1",
        "eventStatus": "ONGOING",
        "eventStatusV2": "ongoing",
        "appInfo": {"id": "20000001", "name": "Mobly"},
        "registrants": 0,
        "attendees": 0,
        "cancellations": 0,
        "noShows": 0,
        "createdAt": "2026-11-21T20:00:00.000Z",
        "updatedAt": "2026-11-21T20:00:00.000Z",
    }


@pytest.mark.parametrize("missing", ["eventName", "eventOrganizer", "externalAccountId", "externalEventId"])
def test_an_event_needs_its_names_and_keys(hubspot, missing):
    answer = hubspot.post(f"{EVENTS}/events", body(**{missing: ""}))

    assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")
    assert missing in answer.json()["message"]


def test_a_known_key_is_a_conflict_and_another_account_is_another_event(hubspot, event):
    assert hubspot.post(f"{EVENTS}/events", body()).status_code == 409
    assert hubspot.post(f"{EVENTS}/events", body(externalAccountId="other")).status_code == 200


def test_an_upsert_changes_the_event_it_finds(hubspot, event):
    changed = hubspot.post(
        f"{EVENTS}/events/upsert", {"inputs": [body(eventName="Renamed"), body(externalEventId="2")]}
    )
    put = hubspot.put(f"{DATED}/events/ev-1", body(eventType="TRADESHOW"))

    first, second = changed.json()["results"]
    assert changed.status_code == 200
    assert (first["objectId"], first["eventName"]) == (event["objectId"], "Renamed")
    assert second["objectId"] != event["objectId"]
    assert (put.json()["objectId"], put.json()["eventType"]) == (event["objectId"], "TRADESHOW")


def test_an_event_is_read_by_both_its_ids(hubspot, event):
    assert hubspot.get(f"{DATED}/{event['objectId']}").json() == event
    external = hubspot.get(f"{EVENTS}/events/ev-1?externalAccountId=mobly").json()
    assert external["id"] == event["objectId"]
    assert hubspot.get(f"{EVENTS}/events/search?q=ev").json()["results"][0]["objectId"] == event["objectId"]
    assert hubspot.get(f"{EVENTS}/events/ev-1?externalAccountId=other").status_code == 404
    assert hubspot.get(f"{EVENTS}/999").status_code == 404


def test_a_missing_parameter_is_refused_with_texts_for_errors(hubspot, event):
    answer = hubspot.get(f"{EVENTS}/events/ev-1")

    text = answer.json()
    text.pop("correlationId")
    assert (answer.status_code, text) == (
        400,
        {
            "status": "error",
            "message": "validation error",
            "errors": ["query param externalAccountId may not be null"],
        },
    )


def test_the_list_shows_events_of_every_app_in_pages(hubspot):
    first = hubspot.get(f"{DATED}?limit=2").json()
    second = hubspot.get(f"{EVENTS}/", params={"limit": 2, "after": first["paging"]["next"]["after"]}).json()

    rows = first["results"] + second["results"]
    assert [(row["eventName"], row["eventStatus"], row["appInfo"]["name"]) for row in rows] == [
        ("Automate Summit 2026", "ONGOING", "Mobly"),
        ("Cobot Evening Chicago", "UPCOMING", "Ticket Desk"),
        ("Spring Open House 2026", "CANCELLED", "Mobly"),
    ]


def test_attendance_by_email_creates_the_contacts_that_are_missing(hubspot, event):
    known = hubspot.contact(email="a@b.example", firstname="Ada")
    people = [
        person("A@b.example", contactProperties={"firstname": "Ignored"}),
        person("new@b.example", contactProperties={"firstname": "New"}),
    ]

    answer = attend(hubspot, "register", *people)

    assert answer.status_code == 200
    assert answer.json()["status"] == "COMPLETE"
    assert answer.json()["results"][0] == {"email": "a@b.example", "vid": int(known["id"])}
    assert hubspot.values("contacts", "email", "firstname") == [("a@b.example", "Ada"), ("new@b.example", "New")]
    assert states(hubspot, event) == {"a@b.example": "REGISTERED", "new@b.example": "REGISTERED"}


def test_the_state_changes_and_repeating_it_is_harmless(hubspot, event):
    for state in ("register", "attend", "attend"):
        assert attend(hubspot, state, person("a@b.example"), events=DATED).status_code == 200
    attend(hubspot, "cancel", person("c@b.example"))

    shown = hubspot.get(f"{EVENTS}/{event['objectId']}").json()

    assert (shown["registrants"], shown["attendees"], shown["cancellations"]) == (2, 1, 1)
    assert states(hubspot, event) == {"a@b.example": "ATTENDED", "c@b.example": "CANCELLED"}


def test_an_event_of_another_app_is_reached_by_its_object_id_only(hubspot):
    other = hubspot.get(f"{EVENTS}/").json()["results"][1]

    by_key = attend(hubspot, "attend", person("a@b.example"), event_id="cobot-evening-chicago", account="ticket-desk-7")
    by_id = hubspot.post(
        f"{EVENTS}/{other['objectId']}/attendance/attend/email-create", {"inputs": [person("a@b.example")]}
    )

    assert by_key.status_code == 404
    assert by_id.status_code == 200
    assert states(hubspot, other) == {"a@b.example": "ATTENDED"}


def test_attendance_by_vid_needs_a_contact_that_is_there(hubspot, event):
    contact = hubspot.contact(email="a@b.example")

    there = attend(hubspot, "attend", {"vid": int(contact["id"]), "interactionDateTime": MOMENT}, by="create")
    missing = attend(hubspot, "attend", {"vid": 1, "interactionDateTime": MOMENT}, by="create")

    assert there.json()["results"] == [{"vid": int(contact["id"])}]
    assert missing.status_code == 404


@pytest.mark.parametrize(
    ("state", "people", "status"),
    [
        ("dance", [person("a@b.example")], 400),
        ("attend", [person("nobody")], 400),
        ("attend", [{"email": "a@b.example"}], 400),
        ("attend", [person(f"p{n}@b.example") for n in range(101)], 400),
    ],
)
def test_attendance_that_cannot_be_writes_nothing(hubspot, event, state, people, status):
    assert attend(hubspot, state, *people).status_code == status
    assert hubspot.kept("contacts") == []


def test_an_event_can_be_cancelled_completed_and_deleted(hubspot, event):
    assert hubspot.post(f"{EVENTS}/events/ev-1/cancel?externalAccountId=mobly").json()["eventStatus"] == "CANCELLED"
    hubspot.post(f"{EVENTS}/events", body(externalEventId="2"))
    done = hubspot.post(
        f"{EVENTS}/events/2/complete?externalAccountId=mobly",
        {"startDateTime": "2026-11-20T08:00:00Z", "endDateTime": "2026-11-20T18:00:00Z"},
    )
    assert (done.json()["eventStatus"], done.json()["endDateTime"]) == ("PAST", "2026-11-20T18:00:00.000Z")
    assert hubspot.delete(f"{EVENTS}/events/2?externalAccountId=mobly").status_code == 204
    assert hubspot.delete(f"{EVENTS}/{event['objectId']}").status_code == 204
    assert hubspot.get(f"{EVENTS}/{event['objectId']}").status_code == 404


@pytest.mark.parametrize("path", ["/marketing/v3/campaigns", "/marketing/campaigns/2026-03"])
def test_campaigns_are_listed(hubspot, path):
    rows = hubspot.get(path).json()

    assert rows["total"] == 2
    assert rows["results"][0]["properties"] == {"hs_name": "Trade shows 2026"}
    assert hubspot.get(f"{path}/{rows['results'][0]['id']}").json() == rows["results"][0]
    assert hubspot.get(f"{path}/none").status_code == 404
