"""Contacts: found by the strongest key, written in batches, never doubled."""

import pytest

from integrations.contract import Cause, Step
from tests.integrations.hubspot.account import connect, deliver_to, lead
from tests.integrations.hubspot.scripted import Says

ODD = "O'Brien \\ 100 % \n “quoted”, <b> \U0001f916 שלום"


@pytest.fixture
def recommended(portal):
    """The account has the recommended properties, `mobly_lead_id` with unique values."""
    portal.vendor.add_recommended_fields()
    return portal


def test_a_new_lead_becomes_a_contact_with_a_link_people_can_open(portal):
    result = portal.one(lead("Ada@Acme.example", firstname="Ada", lastname="Meyer"))

    (contact,) = portal.vendor.records("contacts", email="ada@acme.example")
    assert (result.ok, result.created, result.person_written) == (True, True, True)
    assert result.person.id == contact["id"]
    assert result.person.url == f"{portal.vendor.url}/contacts/44556677/record/0-1/{contact['id']}"
    assert portal.contacts("email", "firstname") == [{"email": "ada@acme.example", "firstname": "Ada"}]


@pytest.mark.parametrize("version", ["v3", "2026-03", "2026-09"])
def test_every_path_family_delivers(hubspot_sandbox, version):
    portal = connect(hubspot_sandbox, version)

    result = portal.one(lead("ada@acme.example", firstname="Ada", company={"name": "Acme"}, domain="acme.example"))

    assert result.ok
    assert portal.companies("name", "domain") == [{"name": "Acme", "domain": "acme.example"}]


def test_an_existing_contact_is_updated_by_its_email(portal):
    known = portal.vendor.seed("contacts", email="ada@acme.example", firstname="A.", phone="1")

    result = portal.one(lead("ada@acme.example", firstname="Ada"))

    assert (result.person.id, result.created) == (known["id"], False)
    assert portal.contacts("firstname", "phone") == [{"firstname": "Ada", "phone": "1"}]


def test_a_secondary_address_finds_its_contact(portal):
    known = portal.vendor.seed("contacts", email="ada@acme.example", hs_additional_emails="ada@old.example")

    result = portal.one(lead("ada@old.example", firstname="Ada", if_blank={"phone": "7"}))

    assert result.person.id == known["id"]
    assert portal.contacts("email", "phone") == [{"email": "ada@acme.example", "phone": "7"}]


def test_the_stored_id_comes_before_the_email(portal):
    known = portal.vendor.seed("contacts", email="old@acme.example")
    portal.vendor.seed("contacts", email="other@acme.example")

    result = portal.one(lead("new@acme.example", known=known["id"], firstname="Ada"))

    assert result.person.id == known["id"]
    assert {row["email"] for row in portal.contacts("email")} == {"new@acme.example", "other@acme.example"}


def test_a_stored_id_that_is_gone_falls_through_to_the_email(portal):
    there = portal.vendor.seed("contacts", email="ada@acme.example")

    result = portal.one(lead("ada@acme.example", known="999", firstname="Ada"))

    assert (result.ok, result.person.id, result.created) == (True, there["id"], False)


def test_a_stored_id_that_is_gone_and_a_new_email_make_a_contact(portal):
    result = portal.one(lead("ada@acme.example", known="999", firstname="Ada"))

    assert (result.ok, result.created) == (True, True)
    assert portal.contacts("email") == [{"email": "ada@acme.example"}]


def test_a_merged_contact_is_followed_to_the_survivor(portal):
    old = portal.vendor.seed("contacts", email="old@acme.example")
    new = portal.vendor.seed("contacts", email="new@acme.example")
    path = portal.client.paths.objects("contacts", "/merge")
    portal.client.write("POST", path, {"primaryObjectId": new["id"], "objectIdToMerge": old["id"]})

    first = portal.one(lead(known=old["id"], firstname="Ada"))
    second = portal.one(lead(known=old["id"], firstname="Ada", if_blank={"phone": "7"}))

    assert (first.person.id, second.person.id) == (new["id"], new["id"])
    assert portal.contacts("firstname", "phone") == [{"firstname": "Ada", "phone": "7"}]


def test_write_if_blank_fills_only_what_is_empty(portal):
    portal.vendor.seed("contacts", email="ada@acme.example", jobtitle="Engineer")

    result = portal.one(lead("ada@acme.example", firstname="Ada", if_blank={"jobtitle": "Boss", "phone": "7"}))

    assert result.ok
    assert portal.contacts("firstname", "jobtitle", "phone") == [
        {"firstname": "Ada", "jobtitle": "Engineer", "phone": "7"}
    ]


def test_write_if_blank_is_written_into_a_new_contact(portal):
    portal.one(lead("ada@acme.example", if_blank={"jobtitle": "Boss"}))

    assert portal.contacts("jobtitle") == [{"jobtitle": "Boss"}]


def test_nothing_to_write_sends_nothing(portal):
    known = portal.vendor.seed("contacts", email="ada@acme.example", phone="1")

    result = portal.one(lead("ada@acme.example", unmapped=True, known=known["id"], if_blank={"phone": "7"}))

    assert (result.ok, result.person_written) == (True, True)
    assert portal.contacts("phone") == [{"phone": "1"}]
    assert [path for path in portal.vendor.stats()["by_path"] if "update" in path or "upsert" in path] == []


def test_odd_characters_arrive_as_they_were(portal):
    portal.one(lead("o'brien+50%@acme.example", firstname=ODD, message="x" * 300))

    assert portal.contacts("email", "firstname", "message") == [
        {"email": "o'brien+50%@acme.example", "firstname": ODD, "message": "x" * 300}
    ]


def test_values_are_sent_the_way_hubspot_takes_them(portal):
    options = [{"value": value, "label": value} for value in ("a", "b", "c")]
    portal.vendor.change_schema(
        "contacts",
        add=[
            {"name": "topics", "type": "enumeration", "fieldType": "checkbox", "options": options},
            {"name": "agreed", "type": "bool", "fieldType": "booleancheckbox"},
            {"name": "size", "type": "number", "fieldType": "number"},
            {"name": "met_on", "type": "date", "fieldType": "date"},
        ],
    )

    result = portal.one(
        lead("a@acme.example", topics=("a", "c"), agreed=True, size=12.0, met_on="2026-11-18", phone="  ")
    )

    assert result.ok
    assert portal.contacts("topics", "agreed", "size", "met_on", "phone") == [
        {"topics": "a;c", "agreed": "true", "size": "12", "met_on": "2026-11-18", "phone": None}
    ]


def test_two_leads_with_one_email_are_one_contact(portal):
    first, second = portal.deliver(lead("ada@acme.example", firstname="Ada"), lead("ADA@acme.example", phone="7"))

    assert first.person.id == second.person.id
    assert (first.created, second.created) == (True, False)
    assert portal.contacts("firstname", "phone") == [{"firstname": "Ada", "phone": "7"}]


def test_two_leads_with_one_stored_id_are_one_contact(portal):
    known = portal.vendor.seed("contacts", email="ada@acme.example")

    first, second = portal.deliver(lead(known=known["id"], firstname="Ada"), lead(known=known["id"], phone="7"))

    assert first.ok
    assert second.ok
    assert portal.contacts("firstname", "phone") == [{"firstname": "Ada", "phone": "7"}]


def test_results_out_of_order_go_to_the_right_leads(portal):
    leads = [lead(f"p{number}@acme.example", firstname=f"P{number}") for number in range(30)]

    results = portal.deliver(*leads)

    by_id = {row["id"]: row["properties"]["firstname"] for row in portal.vendor.records("contacts")}
    assert [by_id[result.person.id] for result in results] == [f"P{number}" for number in range(30)]


def test_a_bad_lead_in_a_batch_fails_alone_with_its_field_and_value(portal):
    good, bad, other = portal.deliver(lead("a@acme.example"), lead("not an address"), lead("c@acme.example"))

    assert (good.ok, other.ok) == (True, True)
    fault = bad.fault
    assert (fault.cause, fault.step, fault.code) == (Cause.DATA_VALUE_VALIDATION, Step.PERSON, "INVALID_EMAIL")
    assert (fault.field, fault.value, fault.object) == ("email", "not an address", "contacts")
    assert "is invalid" in fault.message
    assert fault.request_id


def test_the_story_has_this_leads_own_portion(portal):
    ada, _ = portal.deliver(lead("ada@acme.example", firstname="Ada"), lead("ben@acme.example", firstname="Ben"))

    (note,) = [note for note in ada.notes if note.step is Step.PERSON]
    assert note.sent["properties"] == {"email": "ada@acme.example", "firstname": "Ada"}
    assert note.answer["properties"]["firstname"] == "Ada"
    assert (note.status, bool(note.request_id)) == (200, True)


def test_an_email_that_another_contact_has_names_that_contact_with_its_link(portal):
    mine = portal.vendor.seed("contacts", email="ada@acme.example")
    other = portal.vendor.seed("contacts", email="ben@acme.example")

    result = portal.one(lead("ben@acme.example", known=mine["id"]))

    assert (result.fault.cause, result.fault.step) == (Cause.DUPLICATE_RECORD, Step.PERSON)
    assert result.fault.collides_with.id == other["id"]
    assert result.fault.collides_with.url.endswith(f"/record/0-1/{other['id']}")
    assert portal.contacts("email") == [{"email": "ada@acme.example"}, {"email": "ben@acme.example"}]


# --- Leads without an e-mail ----------------------------------------------------------------------------------------


def test_a_lead_without_email_is_found_by_our_own_unique_id(recommended):
    first = recommended.one(lead(firstname="Ada", mobly_id="m-1"))
    second = recommended.one(lead(firstname="Ada B.", mobly_id="m-1"))

    assert (first.created, second.created) == (True, False)
    assert recommended.contacts("firstname", "mobly_lead_id") == [{"firstname": "Ada B.", "mobly_lead_id": "m-1"}]


def test_a_doubtful_lead_without_email_is_recognised_by_our_own_id(recommended):
    there = recommended.vendor.seed("contacts", firstname="Ada", mobly_lead_id="m-1")

    result = recommended.one(lead(firstname="Ada", mobly_id="m-1", in_doubt=True))

    assert (result.person.id, result.created) == (there["id"], False)


def test_our_own_id_finds_the_contact_when_its_email_is_new(recommended):
    there = recommended.vendor.seed("contacts", firstname="Ada", mobly_lead_id="m-1")

    result = recommended.one(lead("ada@acme.example", firstname="Ada", mobly_id="m-1"))

    assert (result.ok, result.person.id) == (True, there["id"])
    assert recommended.contacts("email") == [{"email": "ada@acme.example"}]


def test_an_own_id_that_another_contact_has_names_that_contact(recommended):
    holder = recommended.vendor.seed("contacts", email="x@acme.example", mobly_lead_id="m-1")
    recommended.vendor.seed("contacts", email="ada@acme.example")

    result = recommended.one(lead("ada@acme.example", firstname="Ada", mobly_id="m-1"))

    assert result.fault.cause is Cause.DUPLICATE_RECORD
    assert result.fault.collides_with.id != ""
    assert len(recommended.vendor.records("contacts")) == 2
    assert holder["id"] in {row["id"] for row in recommended.vendor.records("contacts")}


def test_an_own_id_in_an_ordinary_property_is_no_key(portal):
    portal.vendor.change_schema("contacts", add=[{"name": "mobly_lead_id"}])

    result = portal.one(lead(firstname="Ada", mobly_id="m-1"))

    assert (result.ok, result.created) == (True, True)
    assert portal.contacts("mobly_lead_id") == [{"mobly_lead_id": "m-1"}]


def test_leads_without_any_key_are_created_one_by_one_in_a_batch(portal):
    first, second = portal.deliver(lead(firstname="Ada"), lead(firstname="Ada"))

    assert first.person.id != second.person.id
    assert len(portal.vendor.records("contacts")) == 2


def test_a_doubtful_lead_without_any_key_waits_for_a_person(portal):
    result = portal.one(lead(firstname="Ada", in_doubt=True))

    assert (result.fault.cause, result.fault.ambiguous, result.fault.step) == (Cause.UNCONFIRMED, True, Step.MATCH)
    assert portal.vendor.records("contacts") == []


def test_a_create_without_key_whose_answer_is_lost_waits_for_a_person(portal):
    portal.vendor.faults(cut_after_commit=1)

    result = portal.one(lead(firstname="Ada"))

    assert (result.fault.cause, result.fault.ambiguous, result.fault.transient) == (Cause.UNCONFIRMED, True, False)
    assert len(portal.vendor.records("contacts")) == 1


# --- Lost answers and races -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["cut_after_commit", "cut_before_commit", "truncate_body"])
def test_a_lost_answer_is_doubt_and_the_next_try_makes_no_double(portal, fault):
    portal.vendor.faults(**{fault: 1})
    first = portal.one(lead("ada@acme.example", firstname="Ada"))
    again = portal.one(lead("ada@acme.example", firstname="Ada", in_doubt=True))

    assert (first.fault.cause, first.fault.ambiguous, first.fault.transient) == (Cause.REMOTE_UNAVAILABLE, True, True)
    assert again.ok
    assert len(portal.vendor.records("contacts")) == 1


def test_search_lag_makes_no_double(portal):
    portal.vendor.faults(search_lag=60)

    portal.one(lead("ada@acme.example"))
    again = portal.one(lead("ada@acme.example", in_doubt=True))

    assert (again.ok, again.created) == (True, False)


def test_a_contact_somebody_else_just_created_is_updated(scripted, client_of):
    """Recording: `errors/batch_create_partial_207`."""
    conflict = {
        "status": "error",
        "category": "CONFLICT",
        "message": "Contact already exists. Existing ID: 171591000198",
        "context": {"objectWriteTraceId": ["0"], "existingId": ["171591000198"]},
    }
    server = scripted(
        Says(207, {"status": "COMPLETE", "results": [], "errors": [conflict], "numErrors": 1}),
        Says(200, {"results": [{"id": "171591000198", "properties": {"phone": ""}}]}),
        Says(200, {"results": [{"id": "171591000198", "properties": {}, "objectWriteTraceId": "0"}]}),
    )

    (result,) = deliver_to(client_of(server), lead("ada@acme.example", firstname="Ada"))

    assert (result.ok, result.person.id, result.created) == (True, "171591000198", False)
    assert [asked.path.rpartition("/")[2] for asked in server.asked] == ["upsert", "read", "update"]


def test_a_whole_batch_refused_for_a_conflict_is_settled_row_by_row(scripted, client_of):
    """Recording: `errors/batch_create_conflict_409`: no id, no row."""

    def answer(asked):
        inputs = asked.body["inputs"]
        emails = [row["id"] for row in inputs]
        if asked.path.endswith("/read"):
            return Says(200, {"results": [{"id": "7", "properties": {"email": "b@acme.example"}}]})
        if asked.path.endswith("/update"):
            return Says(200, {"results": [{"id": "7", "properties": {}}]})
        if "b@acme.example" in emails:
            return Says(409, {"status": "error", "message": "Contact already exists", "category": "CONFLICT"})
        made = [{"id": str(100 + ord(email[0])), "properties": {"email": email}, "new": True} for email in emails]
        return Says(200, {"results": made[::-1]})

    server = scripted(answer)
    leads = [lead(f"{letter}@acme.example") for letter in "abcd"]

    results = deliver_to(client_of(server), *leads)

    assert [result.person.id for result in results] == ["197", "7", "199", "200"]
    assert all(result.ok for result in results)
