"""Single records of the simulated HubSpot: what is stored, what is refused, in the recorded words."""

import json

import pytest

from integrations.sandbox.hubspot.vendor import HubSpot
from integrations.sandbox.store import Store
from tests.sandbox.hubspot_portal import Clock, Portal

CONTACTS = "/crm/v3/objects/contacts"


def faults(answer):
    """The list that HubSpot puts as JSON into the message."""
    message = answer.json()["message"]
    assert message.startswith("Property values were not valid: [")
    return json.loads(message.partition(": ")[2])


def refusal_of(hubspot, **properties):
    answer = hubspot.post(CONTACTS, {"properties": properties})
    assert answer.status_code == 400
    return [(fault["name"], fault["error"], fault["message"]) for fault in faults(answer)]


def test_a_created_contact_carries_the_automatic_properties(hubspot):
    answer = hubspot.post(CONTACTS, {"properties": {"email": "Lina@Brightforge.example", "firstname": "Lina"}})

    contact = answer.json()
    number = contact["id"]
    assert answer.status_code == 201
    assert contact == {
        "id": number,
        "properties": {
            "createdate": "2026-11-21T20:00:00.000Z",
            "email": "lina@brightforge.example",
            "firstname": "Lina",
            "hs_all_contact_vids": number,
            "hs_associated_target_accounts": "0",
            "hs_email_domain": "brightforge.example",
            "hs_full_name_or_email": "Lina",
            "hs_is_contact": "true",
            "hs_is_unworked": "true",
            "hs_lifecyclestage_lead_date": "1795291200000",
            "hs_object_id": number,
            "hs_object_source": "INTEGRATION",
            "hs_object_source_id": "20000001",
            "hs_object_source_label": "INTEGRATION",
            "hs_pipeline": "contacts-lifecycle-pipeline",
            "lastmodifieddate": "2026-11-21T20:00:00.000Z",
            "lifecyclestage": "lead",
            "num_notes": "0",
        },
        "createdAt": "2026-11-21T20:00:00.000Z",
        "updatedAt": "2026-11-21T20:00:00.000Z",
        "archived": False,
        "url": f"{hubspot.base}/contacts/44556677/record/0-1/{number}",
    }


def test_a_company_takes_its_domain_for_its_website(hubspot):
    assert hubspot.company(domain="exampleco.example")["properties"]["website"] == "exampleco.example"


def test_two_companies_may_share_a_domain(hubspot):
    assert hubspot.company(domain="a.example")["id"] != hubspot.company(domain="a.example")["id"]


def test_a_contact_is_found_by_id_and_by_email(hubspot):
    contact = hubspot.contact(email="o'brien@b.example", lastname="O'Brien")

    by_email = hubspot.get(
        f"{CONTACTS}/O'Brien@B.example", params={"idProperty": "email", "properties": "lastname,phone"}
    )

    assert hubspot.get(f"{CONTACTS}/{contact['id']}").json()["properties"]["lastname"] == "O'Brien"
    assert by_email.json()["properties"] == {
        "createdate": "2026-11-21T20:00:00.000Z",
        "hs_object_id": contact["id"],
        "lastmodifieddate": "2026-11-21T20:00:00.000Z",
        "lastname": "O'Brien",
        "phone": None,
    }


def test_a_missing_record_is_a_404_with_its_header(hubspot):
    answer = hubspot.get(f"{CONTACTS}/1")

    assert answer.status_code == 404
    assert (answer.json()["message"], answer.json()["category"]) == ("resource not found", "OBJECT_NOT_FOUND")
    assert answer.headers["X-HubSpot-NotFound"] == "true"


def test_a_known_email_is_a_conflict_that_names_the_record(hubspot):
    contact = hubspot.contact(email="a@b.example")

    answer = hubspot.post(CONTACTS, {"properties": {"email": "A@B.example"}})

    body = answer.json()
    assert body.pop("correlationId") == answer.headers["X-HubSpot-Correlation-Id"]
    assert (answer.status_code, body) == (
        409,
        {"status": "error", "message": f"Contact already exists. Existing ID: {contact['id']}", "category": "CONFLICT"},
    )


@pytest.mark.parametrize(
    ("name", "value", "code", "message"),
    [
        ("nickname", "x", "PROPERTY_DOESNT_EXIST", 'Property "nickname" does not exist'),
        ("email", "nobody at home", "INVALID_EMAIL", "Email address nobody at home is invalid"),
        ("createdate", "1", "READ_ONLY_VALUE", '"createdate" is a read only property; its value cannot be set.'),
        ("hs_object_id", "1", "READ_ONLY_VALUE", '"hs_object_id" is a read only property; its value cannot be set.'),
        ("associatedcompanyid", "1,5", "INVALID_INTEGER", "1,5 was not a valid number."),
        ("associatedcompanyid", " 5", "INVALID_INTEGER", " 5 was not a valid number."),
        ("closedate", "soon", "INVALID_LONG", "soon was not a valid long."),
        (
            "numemployees", "7", "INVALID_OPTION",
            "7 was not one of the allowed options: [1-5, 5-25, 25-50, 50-100, 100-500, 500-1000, 1000+]",
        ),
        ("hs_content_membership_status", "Active", "INVALID_OPTION",
         "Active was not one of the allowed options: [active, inactive]"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_is_refused_with_its_code(hubspot, name, value, code, message):
    assert refusal_of(hubspot, **{name: value}) == [(name, code, message)]


def test_the_list_of_errors_is_one_short_of_the_list_in_the_message(hubspot):
    answer = hubspot.post(CONTACTS, {"properties": {"first000name": "a", "last000name": "b", "age000": "c"}})

    assert [fault["name"] for fault in faults(answer)] == ["first000name", "last000name", "age000"]
    assert answer.json()["errors"] == [
        {
            "message": f'Property "{name}" does not exist',
            "code": "PROPERTY_DOESNT_EXIST",
            "context": {"propertyName": [name]},
        }
        for name in ("first000name", "last000name")
    ]


def test_a_custom_list_refuses_in_the_longer_form(hubspot):
    options = [{"label": "Art", "value": "art"}, {"label": "Travel", "value": "travel"}]
    hubspot.post(
        "/crm/v3/properties/contacts",
        {"name": "interests", "label": "Interests", "type": "enumeration", "fieldType": "checkbox",
         "groupName": "contactinformation", "options": options},
    )  # fmt: skip

    [(_, code, message)] = refusal_of(hubspot, interests="art;swimming")

    assert code == "INVALID_OPTION"
    assert message.startswith('swimming was not one of the allowed options: [label: "Art"\nvalue: "art"\n')
    assert hubspot.contact(interests="travel;art")["properties"]["interests"] == "travel;art"


@pytest.mark.parametrize(
    ("type_name", "given", "kept"),
    [
        ("date", "2026-11-21", "2026-11-21"),
        ("date", "1795219200000", "2026-11-21"),
        ("datetime", "2026-11-21T21:00:00+01:00", "2026-11-21T20:00:00.000Z"),
        ("datetime", "1795291200000", "2026-11-21T20:00:00.000Z"),
        ("number", 41, "41"),
        ("number", 4.5, "4.5"),
        ("bool", True, "true"),
        ("string", "a\nb \\ ' % ; مرحبا 🙂", "a\nb \\ ' % ; مرحبا 🙂"),
        ("string", None, None),
    ],
)
def test_values_are_kept_as_strings(hubspot, type_name, given, kept):
    field_type = {"bool": "booleancheckbox", "string": "text", "datetime": "date"}.get(type_name, type_name)
    hubspot.post(
        "/crm/v3/properties/contacts",
        {"name": "extra", "label": "Extra", "type": type_name, "fieldType": field_type,
         "groupName": "contactinformation"},
    )  # fmt: skip

    made = hubspot.post(CONTACTS, {"properties": {"extra": given}})

    assert made.status_code == 201, made.text
    assert hubspot.values("contacts", "extra") == [(kept,)]


def test_a_date_must_be_midnight(hubspot):
    hubspot.post(
        "/crm/v3/properties/contacts",
        {"name": "day", "label": "Day", "type": "date", "fieldType": "date", "groupName": "contactinformation"},
    )

    [(_, code, message)] = refusal_of(hubspot, day="1537870414000")

    assert (code, message) == ("INVALID_DATE", "1537870414000 is at 10:13:34.000 UTC, not midnight!")


def test_a_text_has_a_limit(hubspot):
    assert hubspot.contact(message="x" * 65_536)["properties"]["message"] == "x" * 65_536
    assert refusal_of(hubspot, message="x" * 65_537)[0][:2] == ("message", "INVALID_LENGTH")


def test_an_update_echoes_what_was_sent_and_a_few_more(hubspot, clock):
    contact = hubspot.contact(email="a@b.example", firstname="Ada", phone="1")
    clock.advance(60)

    answer = hubspot.patch(f"{CONTACTS}/{contact['id']}", {"properties": {"lastname": "Byron"}})

    assert answer.status_code == 200
    assert answer.json()["properties"] == {
        "createdate": "2026-11-21T20:00:00.000Z",
        "hs_email_domain": "b.example",
        "hs_is_unworked": "true",
        "hs_object_id": contact["id"],
        "hs_object_source": "INTEGRATION",
        "hs_object_source_id": "20000001",
        "hs_object_source_label": "INTEGRATION",
        "hs_pipeline": "contacts-lifecycle-pipeline",
        "lastmodifieddate": "2026-11-21T20:01:00.000Z",
        "lastname": "Byron",
        "lifecyclestage": "lead",
    }
    assert hubspot.values("contacts", "firstname", "lastname", "phone") == [("Ada", "Byron", "1")]


def test_an_empty_text_clears(hubspot):
    contact = hubspot.contact(email="a@b.example", phone="1")

    hubspot.patch(f"{CONTACTS}/a@b.example?idProperty=email", {"properties": {"phone": ""}})

    shown = hubspot.get(f"{CONTACTS}/{contact['id']}", params={"properties": "phone"}).json()
    assert shown["properties"]["phone"] is None


def test_an_update_without_properties_is_refused(hubspot):
    contact = hubspot.contact(email="a@b.example")

    answer = hubspot.patch(f"{CONTACTS}/{contact['id']}", {"properties": {}})

    assert answer.status_code == 400
    assert answer.json()["message"] == "No properties found to update, please provide at least one."


def test_an_update_cannot_take_another_contacts_email(hubspot):
    first, second = hubspot.contact(email="a@b.example"), hubspot.contact(email="c@b.example")

    answer = hubspot.patch(f"{CONTACTS}/{second['id']}", {"properties": {"email": "a@b.example"}})

    assert (answer.status_code, answer.json()["message"]) == (
        409,
        f"Contact already exists. Existing ID: {first['id']}",
    )


def test_the_lifecycle_stage_moves_forward_only_unless_cleared(hubspot):
    contact = hubspot.contact(email="a@b.example", lifecyclestage="opportunity")
    path = f"{CONTACTS}/{contact['id']}"

    back = hubspot.patch(path, {"properties": {"lifecyclestage": "lead"}}).json()
    forward = hubspot.patch(path, {"properties": {"lifecyclestage": "customer"}}).json()
    hubspot.patch(path, {"properties": {"lifecyclestage": ""}})
    after_clearing = hubspot.patch(path, {"properties": {"lifecyclestage": "lead"}}).json()

    assert back["properties"]["lifecyclestage"] == "opportunity"
    assert forward["properties"]["lifecyclestage"] == "customer"
    assert after_clearing["properties"]["lifecyclestage"] == "lead"


def test_an_archived_record_is_gone_and_its_email_free(hubspot):
    contact = hubspot.contact(email="a@b.example")

    assert hubspot.delete(f"{CONTACTS}/{contact['id']}").status_code == 204
    assert hubspot.get(f"{CONTACTS}/{contact['id']}").status_code == 404
    assert hubspot.get(f"{CONTACTS}/{contact['id']}?archived=true").json()["archived"] is True
    assert hubspot.delete(f"{CONTACTS}/{contact['id']}").status_code == 204
    assert hubspot.contact(email="a@b.example")["id"] != contact["id"]


def test_a_merged_id_keeps_resolving_and_its_email_becomes_a_second_one(hubspot):
    winner, loser = hubspot.contact(email="a@b.example"), hubspot.contact(email="old@b.example", phone="1")

    merged = hubspot.post(f"{CONTACTS}/merge", {"primaryObjectId": winner["id"], "objectIdToMerge": loser["id"]})

    assert merged.json()["id"] == winner["id"]
    assert hubspot.get(f"{CONTACTS}/{loser['id']}").json()["id"] == winner["id"]
    assert hubspot.get(f"{CONTACTS}/old@b.example?idProperty=email").json()["id"] == winner["id"]
    assert hubspot.values("contacts", "email", "hs_additional_emails", "hs_merged_object_ids", "phone") == [
        ("a@b.example", "old@b.example", loser["id"], "1")
    ]
    assert hubspot.post(CONTACTS, {"properties": {"email": "old@b.example"}}).status_code == 409


def test_a_page_of_records_says_where_the_next_begins(hubspot):
    made = [hubspot.contact(email=f"{letter}@b.example")["id"] for letter in "abc"]

    first = hubspot.get(CONTACTS, params={"limit": 2}).json()
    second = hubspot.get(CONTACTS, params={"limit": 2, "after": first["paging"]["next"]["after"]}).json()

    assert [row["id"] for row in first["results"] + second["results"]] == made
    assert "paging" not in second


@pytest.mark.parametrize("kind", ["notes", "calls", "emails", "meetings", "communications", "tasks"])
def test_an_activity_needs_its_timestamp(hubspot, kind):
    without = hubspot.post(f"/crm/v3/objects/{kind}", {"properties": {}})
    with_it = hubspot.post(f"/crm/v3/objects/{kind}", {"properties": {"hs_timestamp": "1795291200000"}})

    assert without.status_code == 400
    assert without.json()["context"] == {"properties": ["hs_timestamp"]}
    assert with_it.status_code == 201
    assert with_it.json()["properties"]["hs_timestamp"] == "2026-11-21T20:00:00.000Z"


def test_an_unknown_object_type_is_refused_without_a_category(hubspot):
    answer = hubspot.get("/crm/v3/objects/butterflies")

    body = answer.json()
    body.pop("correlationId")
    assert (answer.status_code, body) == (
        400,
        {"status": "error", "message": "Unable to infer object type from: butterflies"},
    )


@pytest.mark.parametrize(
    "path", ["/crm/v3/objects/CONTACT", "/crm/objects/2026-03/0-1", "/crm/objects/2026-09/contact"]
)
def test_every_spelling_of_a_type_in_both_families_reaches_the_same_records(hubspot, path):
    contact = hubspot.contact(email="a@b.example")

    assert hubspot.get(f"{path}/{contact['id']}").json()["id"] == contact["id"]


def test_broken_json_is_refused_with_its_place(hubspot):
    answer = hubspot.post(CONTACTS, data=b'{\n "properties": {\n')

    assert answer.status_code == 400
    assert answer.json()["message"].startswith("Invalid input JSON on line 3, column 1: ")


def test_records_survive_a_restart(serve, tmp_path):
    first = Portal(serve(HubSpot(Store(tmp_path / "hubspot.sqlite3"))), Clock())
    first.post(
        "/crm/v3/properties/contacts",
        {"name": "badge", "label": "Badge", "type": "string", "fieldType": "text", "groupName": "contactinformation",
         "hasUniqueValue": True},
    )  # fmt: skip
    contact = first.contact(email="a@b.example", badge="B7")
    first.server.stop()

    again = Portal(serve(HubSpot(Store(tmp_path / "hubspot.sqlite3"))), Clock())

    assert again.get(f"{CONTACTS}/b7?idProperty=badge").json()["id"] == contact["id"]
    assert again.contact(email="c@b.example")["id"] != contact["id"]
