"""Which record a lead becomes, by each strategy, over the sandbox's SOQL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from integrations.contract import Cause, Step
from tests.integrations.salesforce.org import CONTACTS_ONLY, LEADS_ONLY, Org, lead


def test_a_new_person_becomes_a_lead(org: Org) -> None:
    result = org.one(lead(values={"FirstName": "Ana"}))

    assert result.ok
    assert result.created
    assert result.person_written
    assert result.person is not None
    assert result.person.object == "Lead"
    assert result.person.url == f"{org.sandbox.url}/{result.person.id}"
    assert org.values("Lead", "FirstName", "LastName", "Email", "Company") == [("Ana", "Ruiz", "ana@acme.com", "Acme")]


def test_four_hundred_new_persons_cost_one_look_and_one_write(org: Org) -> None:
    batch = [lead(str(n), f"p{n}@example.com", f"Person {n}") for n in range(400)]

    assert org.calls_of(*batch) == 2
    assert len(org.sandbox.records("Lead")) == 400
    assert org.client.calls == org.sandbox.stats()["calls"]


def test_stored_ids_cost_no_look(org: Org) -> None:
    first = org.one(lead())

    calls = org.calls_of(lead(known=("Lead", first.person.id), values={"Title": "CTO"}))

    assert calls == 1
    assert org.values("Lead", "Title") == [("CTO",)]


def test_a_lead_with_the_same_e_mail_is_updated_whatever_its_case(org: Org) -> None:
    there = org.sandbox.seed("Lead", LastName="Ruiz", Company="Acme", Email="Ana@ACME.com")

    result = org.one(lead(values={"Title": "CTO"}))

    assert not result.created
    assert result.person.id == there["Id"]
    assert org.values("Lead", "Id", "Title") == [(there["Id"], "CTO")]


def test_a_contact_goes_before_a_lead(org: Org) -> None:
    org.sandbox.seed("Lead", LastName="Ruiz", Company="Acme", Email="ana@acme.com")
    contact = org.sandbox.seed("Contact", LastName="Ruiz", Email="ana@acme.com")

    result = org.one(lead(values={"Title": "CTO"}))

    assert (result.person.object, result.person.id) == ("Contact", contact["Id"])
    assert org.values("Lead", "Title") == [(None,)]
    assert org.values("Contact", "Title") == [("CTO",)]


def test_leads_only_leaves_contacts_alone(org: Org) -> None:
    org.sandbox.seed("Contact", LastName="Ruiz", Email="ana@acme.com")

    result = org.one(lead(objects=("Lead",)), **LEADS_ONLY)

    assert result.person.object == "Lead"
    assert result.created
    assert len(org.sandbox.records("Contact")) == 1


def test_our_own_id_finds_the_record_after_the_e_mail_changed(org: Org) -> None:
    org.sandbox.add_recommended_fields()
    first = org.one(lead(mobly_id="7f3a"))

    second = org.one(lead(email="ana.ruiz@acme.com", mobly_id="7f3a"))

    assert second.person.id == first.person.id
    assert org.values("Lead", "Email") == [("ana.ruiz@acme.com",)]


def test_of_several_matches_the_oldest_is_updated_with_a_warning(org: Org) -> None:
    younger = org.sandbox.seed(
        "Lead", LastName="R", Company="A", Email="ana@acme.com", CreatedDate="2026-03-01T00:00:00.000+0000"
    )
    older = org.sandbox.seed(
        "Lead", LastName="R", Company="A", Email="ana@acme.com", CreatedDate="2026-01-01T00:00:00.000+0000"
    )

    result = org.one(lead(values={"Title": "CTO"}))

    assert result.person.id == older["Id"]
    there = f"The oldest, {older['Id']}, is updated; there is also {younger['Id']}."
    assert result.warnings == [f"2 records in Salesforce match by e-mail. {there}"]


def test_of_several_matches_none_is_touched_where_the_admin_wants_to_be_asked(org: Org) -> None:
    ids = {org.sandbox.seed("Lead", LastName="R", Company="A", Email="ana@acme.com")["Id"] for _ in range(2)}

    result = org.one(lead(values={"Title": "CTO"}), several_matches="ask")

    assert result.fault.cause is Cause.AMBIGUOUS_MATCH
    assert result.fault.step is Step.MATCH
    assert {candidate.id for candidate in result.fault.candidates} == ids
    assert org.values("Lead", "Title") == [(None,), (None,)]


def test_a_converted_lead_leads_to_its_contact(org: Org) -> None:
    there = org.sandbox.seed("Lead", LastName="Ruiz", Company="Acme", Email="ana@acme.com")
    contact = org.convert(there["Id"])["contact"]

    result = org.one(lead(known=("Lead", there["Id"]), values={"Title": "CTO"}))

    assert result.ok
    assert (result.person.object, result.person.id) == ("Contact", contact)
    assert org.values("Contact", "Title") == [("CTO",)]


def test_a_converted_lead_found_by_e_mail_leads_to_a_contact_with_another_e_mail(org: Org) -> None:
    contact = org.sandbox.seed("Contact", LastName="Ruiz", Email="private@acme.com", Title="CEO")
    org.sandbox.seed(
        "Lead",
        LastName="Ruiz",
        Company="Acme",
        Email="ana@acme.com",
        IsConverted=True,
        ConvertedContactId=contact["Id"],
    )

    result = org.one(lead(if_blank={"Title": "CTO", "Phone": "1"}))

    assert result.person.id == contact["Id"]
    assert org.values("Contact", "Title", "Phone") == [("CEO", "1")]


@pytest.mark.parametrize("known", ["Lead", "Contact", None])
def test_a_lead_whose_contact_was_deleted_after_the_conversion_is_created_anew(org: Org, known: str | None) -> None:
    there = org.sandbox.seed("Lead", LastName="Ruiz", Company="Acme", Email="ana@acme.com")
    contact = org.convert(there["Id"])["contact"]
    org.delete(contact)
    stored = {"Lead": there["Id"], "Contact": contact}

    result = org.one(lead(known=(known, stored[known]) if known else None))

    assert result.fault is None
    assert result.created
    assert result.person.object == "Lead"
    assert result.person.id != there["Id"]


def test_a_converted_lead_is_locked_for_leads_only(org: Org) -> None:
    there = org.sandbox.seed("Lead", LastName="Ruiz", Company="Acme", Email="ana@acme.com")
    org.convert(there["Id"])

    result = org.one(lead(objects=("Lead",)), **LEADS_ONLY)

    assert result.fault.cause is Cause.RECORD_LOCKED
    assert "converted to a contact" in result.fault.message
    assert not result.fault.transient
    assert len(org.sandbox.records("Lead")) == 1


def test_an_open_lead_is_taken_before_a_locked_one(org: Org) -> None:
    gone = org.sandbox.seed(
        "Lead", LastName="R", Company="A", Email="ana@acme.com", CreatedDate="2026-01-01T00:00:00.000+0000"
    )
    org.convert(gone["Id"])
    there = org.sandbox.seed("Lead", LastName="R", Company="A", Email="ana@acme.com")

    result = org.one(lead(objects=("Lead",)), **LEADS_ONLY)

    assert result.person.id == there["Id"]
    assert result.warnings == []


def test_a_stored_id_that_was_deleted_falls_through_to_the_e_mail_in_the_same_delivery(org: Org) -> None:
    gone = org.one(lead())
    org.delete(gone.person.id)
    there = org.sandbox.seed("Lead", LastName="Ruiz", Company="Acme", Email="ana@acme.com")

    result = org.one(lead(known=("Lead", gone.person.id), values={"Title": "CTO"}))

    assert result.ok
    assert result.person.id == there["Id"]
    assert not result.created
    assert org.values("Lead", "Id", "Title") == [(there["Id"], "CTO")]


def test_a_stored_id_that_was_deleted_without_another_record_is_created_anew(org: Org) -> None:
    gone = org.one(lead())
    org.delete(gone.person.id)

    result = org.one(lead(known=("Lead", gone.person.id)))

    assert result.created
    assert result.person.id != gone.person.id
    assert [note.step for note in result.notes] == [Step.MATCH, Step.PERSON, Step.MATCH, Step.PERSON]


def test_a_stored_id_of_an_object_outside_the_strategy_is_not_used(org: Org) -> None:
    there = org.sandbox.seed("Lead", LastName="Ruiz", Company="Acme", Email="ana@acme.com")

    result = org.one(lead(known=("Lead", there["Id"]), objects=("Contact",)), **CONTACTS_ONLY)

    assert result.person.object == "Contact"
    assert result.created


def test_two_leads_with_one_e_mail_in_one_batch_become_one_record(org: Org) -> None:
    first, second = org.deliver(lead("1", values={"Title": "CEO", "Phone": "1"}), lead("2", values={"Title": "CTO"}))

    assert first.person == second.person
    assert (first.created, second.created) == (True, False)
    assert org.values("Lead", "Title", "Phone") == [("CTO", "1")]


def test_two_leads_of_one_record_are_one_row_of_the_collection(org: Org) -> None:
    there = org.sandbox.seed("Lead", LastName="Ruiz", Company="Acme", Email="ana@acme.com")

    first, second = org.deliver(
        lead("1", values={"Title": "CEO"}), lead("2", email="", known=("Lead", there["Id"]), values={"Title": "CTO"})
    )

    assert first.ok
    assert second.ok
    assert first.person == second.person
    assert org.values("Lead", "Title") == [("CTO",)]
    assert "2 leads of this push belong to the Lead" in first.warnings[0]


def test_people_without_an_e_mail_stay_apart(org: Org) -> None:
    org.deliver(lead("1", email=""), lead("2", email=""))

    assert org.values("Lead", "LastName") == [("Ruiz",), ("Ruiz",)]


@pytest.mark.parametrize(
    "email",
    [
        "o'brien@acme.com",
        "back\\slash@acme.com",
        "per%cent@acme.com",
        "line\nbreak@acme.com",
        'quo"te@acme.com',
        "a_b@acme.com",
    ],
)
def test_an_e_mail_with_any_character_finds_its_own_record_only(org: Org, email: str) -> None:
    other = org.sandbox.seed("Lead", LastName="Other", Company="A", Email="axb@acme.com")
    there = org.sandbox.seed("Lead", LastName="O'Brien", Company="A", Email=email)

    result = org.one(lead(email=email, last_name="O'Brien \\ % \n", known=None, values={"Title": "CTO"}))

    assert result.person is None or result.person.id == there["Id"]
    assert [note.answer[0]["Id"] for note in result.notes if note.step is Step.MATCH] == [there["Id"]]
    assert org.sandbox.records("Lead", email="axb@acme.com")[0]["Id"] == other["Id"]


def test_an_e_mail_longer_than_the_field_is_not_looked_for_and_is_refused_with_its_name(org: Org) -> None:
    result = org.one(lead(email=f"{'x' * 290}@acme.com"))

    assert result.fault.cause is Cause.DATA_VALUE_VALIDATION
    assert result.fault.field == "Email"


def test_write_if_blank_fills_what_is_empty_and_leaves_the_rest(org: Org) -> None:
    org.sandbox.seed("Lead", LastName="Ruiz", Company="Acme", Email="ana@acme.com", Title="CEO", Phone=" ")

    result = org.one(lead(objects=("Lead",), if_blank={"Title": "CTO", "Phone": "1", "City": "Bonn"}), **LEADS_ONLY)

    assert result.ok
    assert org.values("Lead", "Title", "Phone", "City") == [("CEO", "1", "Bonn")]


def test_write_if_blank_is_read_for_a_stored_id_too(org: Org) -> None:
    there = org.sandbox.seed("Lead", LastName="Ruiz", Company="Acme", Email="ana@acme.com", Title="CEO")

    org.one(lead(known=("Lead", there["Id"]), if_blank={"Title": "CTO"}))

    assert org.values("Lead", "Title") == [("CEO",)]


def test_a_fallback_is_written_into_new_records_only(org: Org) -> None:
    there = org.sandbox.seed("Lead", LastName="Ruiz", Company="Acme", Email="ana@acme.com")

    org.deliver(
        lead("1", on_create={"LeadSource": "Event"}), lead("2", "ben@acme.com", on_create={"LeadSource": "Event"})
    )

    assert {record["Id"] == there["Id"]: record["LeadSource"] for record in org.sandbox.records("Lead")} == {
        True: None,
        False: "Event",
    }


def test_a_field_of_write_if_blank_that_is_gone_is_the_fault_of_the_leads_that_have_it(org: Org) -> None:
    org.sandbox.change_schema("Lead", remove=["Rating"])

    first, second = org.deliver(
        lead("1", objects=("Lead",), if_blank={"Rating": "Hot"}), lead("2", "ben@acme.com"), **LEADS_ONLY
    )

    assert first.fault.cause is Cause.MISSING_REMOTE_FIELD
    assert (first.fault.object, first.fault.field) == ("Lead", "Rating")
    assert second.ok
    assert org.values("Lead", "Email") == [("ben@acme.com",)]


def test_an_unchanged_person_is_looked_up_and_not_written(org: Org) -> None:
    there = org.sandbox.seed("Lead", LastName="Ruiz", Company="Acme", Email="ana@acme.com")

    result = org.one(lead(known=("Lead", there["Id"]), values={"Title": "CTO"}, person_unchanged=True))

    assert result.ok
    assert result.person.id == there["Id"]
    assert not result.person_written
    assert org.values("Lead", "Title") == [(None,)]


def test_an_unchanged_person_who_is_gone_is_written_again(org: Org) -> None:
    gone = org.one(lead())
    org.delete(gone.person.id)

    result = org.one(lead(known=("Lead", gone.person.id), person_unchanged=True))

    assert result.created
    assert result.person_written


def test_a_contact_for_which_nothing_is_mapped_is_known_and_left_as_it_is(org: Org) -> None:
    contact = org.sandbox.seed("Contact", LastName="Ruiz", Email="ana@acme.com")

    result = org.one(lead(objects=("Lead",)))

    assert result.ok
    assert result.person.id == contact["Id"]
    assert result.warnings == [
        "The lead belongs to a Contact, and no field is mapped for that; nothing was written to it."
    ]
    assert org.sandbox.records("Lead") == []


def test_a_new_lead_with_the_e_mail_another_one_is_just_being_given_is_the_same_record(org: Org) -> None:
    there = org.sandbox.seed("Lead", LastName="Ruiz", Company="Acme", Email="old@acme.com")

    first, second = org.deliver(lead("1", known=("Lead", there["Id"])), lead("2"))

    assert first.person == second.person
    assert org.values("Lead", "Email") == [("ana@acme.com",)]


def test_a_record_made_with_our_own_id_between_look_and_write_is_taken(org: Org) -> None:
    org.sandbox.add_recommended_fields()
    made = before_the_first_write(
        org, lambda: org.sandbox.seed("Lead", LastName="Ruiz", Company="Acme", mobly_lead_id__c="7f3a")
    )

    result = org.one(lead(email="", mobly_id="7f3a"))

    assert result.ok
    assert result.person.id == made[0]["Id"]
    assert len(org.sandbox.records("Lead")) == 1


def before_the_first_write(org: Org, act: Callable[[], Any]) -> list[Any]:
    """Something another program does between our look and our write; its results."""
    send, done = org.client._send, []

    def watched(*call: Any) -> Any:
        if call[-1] and not done:
            done.append(act())
        return send(*call)

    org.client._send = watched  # type: ignore[method-assign]
    return done
