"""Batches of the simulated HubSpot: order, partial success, refusal of the whole, upsert."""

import json

import pytest

from tests.sandbox.hubspot_portal import by_id

CONTACTS = "/crm/v3/objects/contacts"


def create(hubspot, *rows, kind="contacts", trace=False):
    inputs = [{"properties": row, **({"objectWriteTraceId": str(n)} if trace else {})} for n, row in enumerate(rows)]
    return hubspot.post(f"/crm/v3/objects/{kind}/batch/create", {"inputs": inputs})


def upsert(hubspot, *rows, key="email", path="/crm/v3/objects", trace=False):
    inputs = [
        {"id": value, "idProperty": key, "properties": row, **({"objectWriteTraceId": str(n)} if trace else {})}
        for n, (value, row) in enumerate(rows)
    ]
    return hubspot.post(f"{path}/contacts/batch/upsert", {"inputs": inputs})


def test_results_come_in_another_order_than_the_inputs(hubspot):
    emails = [f"{letter}@b.example" for letter in "abcdefgh"]

    answer = create(hubspot, *({"email": email} for email in emails))

    results = [row["properties"]["email"] for row in answer.json()["results"]]
    assert answer.status_code == 201
    assert answer.json()["status"] == "COMPLETE"
    assert results != emails
    assert sorted(results) == emails


@pytest.mark.parametrize("action", ["create", "update", "upsert", "read", "archive"])
def test_a_batch_takes_a_hundred_inputs(hubspot, action):
    inputs = [{"id": str(n), "idProperty": "email", "properties": {"firstname": "x"}} for n in range(101)]

    answer = hubspot.post(f"{CONTACTS}/batch/{action}", {"inputs": inputs})

    assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")
    assert "100" in answer.json()["message"]


def test_one_bad_input_refuses_the_whole_batch(hubspot):
    answer = create(hubspot, {"email": "a@b.example"}, {"first000name": "x"}, {"last000name": "y"})

    assert answer.status_code == 400
    listed = json.loads(answer.json()["message"].partition(": ")[2])
    assert listed == [
        {
            "isValid": False,
            "message": f'Property "{name}" does not exist',
            "error": "PROPERTY_DOESNT_EXIST",
            "name": name,
        }
        for name in ("first000name", "last000name")
    ]
    assert len(answer.json()["errors"]) == 1
    assert hubspot.kept("contacts") == []


def test_a_known_email_refuses_the_whole_batch_without_saying_which(hubspot):
    hubspot.contact(email="a@b.example")

    answer = create(hubspot, {"email": "new@b.example"}, {"email": "a@b.example"})

    body = answer.json()
    body.pop("correlationId")
    assert (answer.status_code, body) == (
        409,
        {"status": "error", "message": "Contact already exists", "category": "CONFLICT"},
    )
    assert hubspot.values("contacts", "email") == [("a@b.example",)]


def test_with_trace_ids_the_good_inputs_are_written(hubspot):
    known = hubspot.contact(email="a@b.example")

    answer = create(hubspot, {"email": "a@b.example"}, {"email": "new@b.example"}, {"email": "no"}, trace=True)

    body = answer.json()
    assert answer.status_code == 207
    assert [(row["objectWriteTraceId"], row["properties"]["email"]) for row in body["results"]] == [
        ("1", "new@b.example")
    ]
    assert body["numErrors"] == 2
    assert body["errors"][0] == {
        "status": "error",
        "category": "CONFLICT",
        "message": f"Contact already exists. Existing ID: {known['id']}",
        "context": {"objectWriteTraceId": ["0"], "existingId": [known["id"]]},
    }
    assert body["errors"][1]["category"] == "VALIDATION_ERROR"
    assert body["errors"][1]["context"] == {"objectWriteTraceId": ["2"]}
    assert "correlationId" not in body["errors"][0]


def test_trace_ids_that_repeat_do_not_count(hubspot):
    inputs = [
        {"properties": {"email": email}, "objectWriteTraceId": "same"} for email in ("a@b.example", "not an address")
    ]

    assert hubspot.post(f"{CONTACTS}/batch/create", {"inputs": inputs}).status_code == 400
    assert hubspot.kept("contacts") == []


def test_the_same_email_twice_in_a_traced_batch_makes_one_contact(hubspot):
    answer = create(hubspot, {"email": "a@b.example"}, {"email": "A@b.example"}, trace=True)

    made = answer.json()["results"][0]["id"]
    assert answer.status_code == 207
    assert answer.json()["errors"][0]["context"]["existingId"] == [made]
    assert hubspot.values("contacts", "email") == [("a@b.example",)]


def test_a_batch_can_link_what_it_creates(hubspot):
    contact, company = hubspot.contact(email="a@b.example"), hubspot.company(name="Brightforge")
    links = [
        {"to": {"id": record["id"]}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": number}]}
        for record, number in ((contact, 202), (company, 190))
    ]
    note = {"properties": {"hs_note_body": "Wants a demo", "hs_timestamp": "1795291200000"}, "associations": links}

    answer = hubspot.post("/crm/v3/objects/notes/batch/create", {"inputs": [note]})

    made = answer.json()["results"][0]["id"]
    assert answer.status_code == 201
    for kind, record, type_name in (
        ("contacts", contact, "contact_to_note"),
        ("companies", company, "company_to_note"),
    ):
        linked = hubspot.get(f"/crm/v3/objects/{kind}/{record['id']}?associations=notes").json()["associations"]
        assert linked["notes"]["results"] == [{"id": made, "type": type_name}]


def test_a_link_to_a_record_that_is_not_there_writes_nothing(hubspot):
    note = {
        "properties": {"hs_timestamp": "1795291200000"},
        "associations": [
            {"to": {"id": "1"}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 202}]}
        ],
    }

    assert hubspot.post("/crm/v3/objects/notes/batch/create", {"inputs": [note]}).status_code == 404
    assert hubspot.kept("notes") == []


def test_an_upsert_says_what_is_new(hubspot):
    known = hubspot.contact(email="a@b.example", firstname="Ada")

    answer = upsert(hubspot, ("A@b.example", {"lastname": "Byron"}), ("new@b.example", {"lastname": "Kay"}))

    assert answer.status_code == 200
    rows = {row["properties"].get("email"): row for row in answer.json()["results"]}
    assert {email: row["new"] for email, row in rows.items()} == {"a@b.example": False, "new@b.example": True}
    assert rows["a@b.example"]["id"] == known["id"]
    assert hubspot.values("contacts", "email", "firstname", "lastname") == [
        ("a@b.example", "Ada", "Byron"),
        ("new@b.example", None, "Kay"),
    ]


@pytest.mark.parametrize("path", ["/crm/objects/2026-03", "/crm/objects/2026-09"])
def test_the_dated_paths_upsert_too(hubspot, path):
    assert upsert(hubspot, ("a@b.example", {"lastname": "Kay"}), path=path).json()["results"][0]["new"] is True


def test_an_upsert_repeated_creates_nothing(hubspot):
    rows = [(f"p{n}@b.example", {"lastname": f"P{n}"}) for n in range(100)]

    upsert(hubspot, *rows)
    again = upsert(hubspot, *rows)

    assert {row["new"] for row in again.json()["results"]} == {False}
    assert len(hubspot.kept("contacts")) == 100


def test_ids_that_repeat_refuse_an_upsert(hubspot):
    answer = upsert(hubspot, ("a@b.example", {}), ("A@b.example", {}))

    assert answer.status_code == 400
    assert answer.json()["message"] == "Duplicate IDs found in batch input: [A@b.example]. IDs must be unique"
    assert answer.json()["context"] == {"ids": ["A@b.example"]}


def test_only_unique_properties_can_be_upserted_by(hubspot):
    answer = upsert(hubspot, ("Ada", {}), key="firstname")

    assert answer.status_code == 400
    assert answer.json()["message"] == "Unable to perform update/upsert by non-unique 0-1 property firstname"


def test_a_property_made_unique_is_a_key(hubspot):
    hubspot.session.post(f"{hubspot.base}/_sandbox/recommended-fields", timeout=5)

    first = upsert(hubspot, ("lead-1", {"email": "a@b.example"}), key="mobly_lead_id").json()["results"][0]
    again = upsert(hubspot, ("lead-1", {"email": "new@b.example"}), key="mobly_lead_id").json()["results"][0]
    clash = hubspot.post(CONTACTS, {"properties": {"email": "c@b.example", "mobly_lead_id": "lead-1"}})

    assert (first["new"], again["new"], again["id"]) == (True, False, first["id"])
    assert hubspot.values("contacts", "email", "mobly_lead_id") == [("new@b.example", "lead-1")]
    assert clash.status_code == 400
    assert clash.json()["errors"][0]["code"] == "CONFLICTING_UNIQUE_VALUE"
    assert first["id"] in clash.json()["errors"][0]["message"]


def test_a_secondary_email_finds_the_contact_and_stays_secondary(hubspot):
    winner, loser = hubspot.contact(email="a@b.example"), hubspot.contact(email="old@b.example")
    hubspot.post(f"{CONTACTS}/merge", {"primaryObjectId": winner["id"], "objectIdToMerge": loser["id"]})

    answer = upsert(hubspot, ("old@b.example", {"email": "old@b.example", "phone": "1"}))

    assert [(row["id"], row["new"]) for row in answer.json()["results"]] == [(winner["id"], False)]
    assert hubspot.values("contacts", "email", "phone") == [("a@b.example", "1")]


def test_an_update_of_several_answers_by_id(hubspot):
    first, second = hubspot.contact(email="a@b.example"), hubspot.contact(email="c@b.example")
    inputs = [
        {"id": first["id"], "properties": {"phone": "1"}},
        {"id": "c@b.example", "idProperty": "email", "properties": {"phone": "2"}},
    ]

    answer = hubspot.post(f"{CONTACTS}/batch/update", {"inputs": inputs})

    assert answer.status_code == 200
    assert {key: row["properties"]["phone"] for key, row in by_id(answer).items()} == {
        first["id"]: "1",
        second["id"]: "2",
    }


def test_an_update_of_a_missing_record_leaves_the_others_written(hubspot):
    contact = hubspot.contact(email="a@b.example")
    inputs = [{"id": key, "properties": {"phone": "1"}} for key in (contact["id"], "1")]

    answer = hubspot.post(f"{CONTACTS}/batch/update", {"inputs": inputs})

    assert answer.status_code == 207
    assert by_id(answer).keys() == {contact["id"]}
    assert answer.json()["errors"][0]["context"] == {"ids": ["1"]}


def test_a_read_sees_a_write_at_once_and_names_what_is_missing(hubspot):
    hubspot.switch(search_lag=30.0)
    contact = hubspot.contact(email="a@b.example", firstname="Ada")

    answer = hubspot.post(
        f"{CONTACTS}/batch/read",
        {
            "idProperty": "email",
            "properties": ["firstname"],
            "inputs": [{"id": "A@b.example"}, {"id": "none@b.example"}],
        },
    )

    body = answer.json()
    assert answer.status_code == 207
    assert by_id(answer)[contact["id"]]["properties"]["firstname"] == "Ada"
    assert body["numErrors"] == 1
    assert body["errors"] == [
        {
            "status": "error",
            "category": "OBJECT_NOT_FOUND",
            "message": "Could not get some CONTACT objects, they may be deleted or not exist. "
            "Check that ids are valid.",
            "context": {"ids": ["none@b.example"]},
        }
    ]


def test_a_read_without_named_properties_shows_the_default_ones(hubspot):
    contact = hubspot.contact(email="a@b.example", phone="1")

    answer = hubspot.post(f"{CONTACTS}/batch/read", {"inputs": [{"id": contact["id"]}]})

    assert answer.status_code == 200
    assert by_id(answer)[contact["id"]]["properties"].keys() == {
        "createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname",
    }  # fmt: skip


def test_an_archive_answers_204_with_nothing(hubspot):
    contact = hubspot.contact(email="a@b.example")

    answer = hubspot.post(f"{CONTACTS}/batch/archive", {"inputs": [{"id": contact["id"]}, {"id": "1"}]})

    assert (answer.status_code, answer.content) == (204, b"")
    assert hubspot.kept("contacts") == []


def test_a_batch_of_companies_may_hold_the_same_domain_twice(hubspot):
    answer = create(hubspot, {"domain": "a.example"}, {"domain": "a.example"}, kind="companies")

    assert answer.status_code == 201
    assert len(by_id(answer)) == 2
