"""Further objects: one record for each lead, which hangs on its person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from integrations.contract import Cause, Delivery, FurtherObject, FurtherWrite, RecordWrite, RemoteRef, Role, Step
from integrations.providers.salesforce import PROVIDER
from mobly_sync.http import Exchange
from tests.integrations.salesforce.org import CONTACTS_ONLY, LEADS_ONLY, Org, lead, session_of

VISIT = "Booth_Visit__c"
TIES = {"Lead": "Lead__c", "Contact": "Contact__c"}
ADDED = FurtherObject(VISIT, "Booth Visit", TIES)


def visit(
    interest: str = "High",
    *,
    known: str = "",
    ties: Mapping[str, str] = TIES,
    if_blank: Mapping[str, Any] | None = None,
    **rest: Any,
) -> tuple[FurtherWrite, ...]:
    values = {"Interest__c": interest} if interest else {}
    write = RecordWrite(VISIT, values, if_blank or {})
    return (FurtherWrite(write, "Booth Visit", ties, known=RemoteRef(VISIT, known) if known else None, **rest),)


def stored(org: Org, delivery: Delivery) -> tuple[tuple[str, str], str]:
    """The lead is sent; answers its person and its visit."""
    result = org.one(delivery)
    assert result.ok, result.fault
    assert result.person
    return (result.person.object, result.person.id), result.further[VISIT]


def test_only_custom_objects_with_a_lookup_to_the_strategys_objects_are_offered(org: Org) -> None:
    assert PROVIDER.further is not None
    before = org.client.calls
    offered = PROVIDER.further.offered(org.client, {})

    assert [(one.name, one.label, one.lookups) for one in offered] == [
        (VISIT, "Booth Visit", {"Lead": ("Lead__c",), "Contact": ("Contact__c",)})
    ]
    assert org.client.calls - before == 1
    accounts = PROVIDER.further.offered(org.client, CONTACTS_ONLY)[0]
    assert accounts.lookups == {"Contact": ("Contact__c",), "Account": ("Account__c",)}
    org.sandbox.faults(no_create=VISIT)
    assert PROVIDER.further.offered(org.client, LEADS_ONLY) == []


def test_it_is_described_and_one_that_is_gone_comes_without_fields(org: Org) -> None:
    assert PROVIDER.further is not None
    described, gone = PROVIDER.further.describe(org.client, [ADDED, FurtherObject("Gone__c", "Gone", TIES)])

    assert (described.role, described.label, described.creatable) == (Role.OTHER, "Booth Visit", True)
    assert [remote.name for remote in described.required()] == ["Interest__c"]
    assert (gone.name, gone.label, dict(gone.fields), gone.creatable) == ("Gone__c", "Gone", {}, False)


def test_a_new_persons_record_is_made_with_its_lookup_in_one_call_more(org: Org) -> None:
    without = org.calls_of(lead("0", "bo@acme.com", "Bo"))
    calls = org.calls_of(lead(further=visit()))

    assert calls == without + 1
    [(person,)] = [row for row in org.values("Lead", "Id") if row[0] != org.values("Lead", "Id")[0][0]]
    assert org.values(VISIT, "Lead__c", "Contact__c", "Interest__c") == [(person, None, "High")]


def test_a_person_who_has_one_already_keeps_it(org: Org) -> None:
    person, first = stored(org, lead(further=visit("Low")))
    assert stored(org, lead(known=person, further=visit("High"))) == (person, first)

    assert org.values(VISIT, "Id", "Interest__c") == [(first, "High")]


def test_a_stored_record_is_changed_and_nothing_is_read_for_it(org: Org) -> None:
    person, first = stored(org, lead(further=visit("Low")))
    calls = org.calls_of(lead(known=person, further=visit("Medium", known=first)))

    assert calls == 2  # the person, then the visit
    assert org.values(VISIT, "Id", "Interest__c") == [(first, "Medium")]
    assert org.calls_of(lead(known=person, further=visit("Medium", known=first, unchanged=True))) == 1


def test_a_stored_record_that_was_deleted_is_found_by_its_lookup_or_made_again(org: Org) -> None:
    person, first = stored(org, lead(further=visit("Low")))
    org.delete(first)
    _, second = stored(org, lead(known=person, further=visit("High", known=first)))

    assert second != first
    assert stored(org, lead(known=person, further=visit("High", known=first))) == (person, second)
    assert org.values(VISIT, "Id") == [(second,)]


def test_an_answer_that_was_lost_leaves_one_record(org: Org) -> None:
    spoilt: list[Exchange] = []

    def spoil(exchange: Exchange) -> None:
        """The line drops behind the visit, once the person is written."""
        if not spoilt:
            spoilt.append(exchange)
            org.sandbox.faults(cut_after_commit=1)

    known = org.one(lead()).person
    assert known
    asked = lead(known=(known.object, known.id), further=visit())
    client = PROVIDER.client(session_of(org.app, recorder=spoil), org.app, org.tokens)
    org.client, whole = client, org.client
    first = org.one(asked)
    org.client = whole
    second = org.one(replace(asked, in_doubt=True, person_unchanged=True))

    assert first.person_written
    assert first.fault
    assert (first.fault.ambiguous, first.further) == (True, {})
    assert (second.ok, org.values(VISIT, "Id")) == (True, [(second.further[VISIT],)])


def test_leads_of_a_batch_share_the_calls(org: Org) -> None:
    batch = [lead(str(n), f"p{n}@a.com", further=visit()) for n in range(100)]

    assert org.calls_of(*batch) == 3
    assert len(set(org.values(VISIT, "Lead__c"))) == 100


def test_two_leads_who_are_one_person_have_one_record(org: Org) -> None:
    results = org.deliver(lead("1", further=visit("Low")), lead("2", further=visit("High")))

    assert org.values(VISIT, "Id", "Interest__c") == [(results[0].further[VISIT], "High")]
    assert results[0].further == results[1].further


def test_the_record_of_a_converted_lead_goes_on_to_the_contact(org: Org) -> None:
    person, first = stored(org, lead(further=visit("Low")))
    contact = org.convert(person[1])["contact"]
    moved, again = stored(org, lead(known=person, further=visit("Low", known=first, unchanged=True)))

    assert (moved, again) == (("Contact", contact), first)
    assert org.values(VISIT, "Contact__c") == [(contact,)]


def test_a_person_for_whom_no_lookup_is_chosen_gets_no_record_and_a_warning(org: Org) -> None:
    result = org.one(lead(further=visit(ties={"Contact": "Contact__c"})))

    assert (result.ok, result.further, org.values(VISIT, "Id")) == (True, {VISIT: ""}, [])
    assert result.warnings == ["No Booth Visit was written: the lead is a Lead, and no lookup to that is chosen."]


def test_without_a_lookup_to_the_person_it_hangs_on_the_account(org: Org) -> None:
    ties = {"Account": "Account__c"}
    batch = [
        lead(
            str(n), f"p{n}@acme.com", company="Acme", domain="acme.com", objects=("Contact",), further=visit(ties=ties)
        )
        for n in range(2)
    ]
    results = org.deliver(*batch, **CONTACTS_ONLY)

    assert [result.fault for result in results] == [None, None]
    assert org.values(VISIT, "Account__c", "Contact__c") == [(org.values("Account", "Id")[0][0], None)]


def test_write_if_blank_leaves_what_is_there(org: Org) -> None:
    person, first = stored(org, lead(further=visit(if_blank={"Booth__c": "A1"})))
    again = visit("", known=first, if_blank={"Booth__c": "B2", "Email__c": "ana@acme.com"})
    stored(org, lead(known=person, further=again))

    assert org.values(VISIT, "Booth__c", "Email__c") == [("A1", "ana@acme.com")]


@pytest.mark.parametrize(
    ("values", "cause", "field", "value"),
    [
        ({}, Cause.REQUIRED_FIELD_MISSING, "Interest__c", ""),
        ({"Interest__c": "Warm"}, Cause.DATA_VALUE_VALIDATION, "Interest__c", "Warm"),
        ({"Interest__c": "Low", "Gone__c": "x"}, Cause.MISSING_REMOTE_FIELD, "Gone__c", "x"),
    ],
)
def test_a_refused_record_leaves_the_person_written(
    org: Org, values: dict[str, str], cause: Cause, field: str, value: str
) -> None:
    write = FurtherWrite(RecordWrite(VISIT, {"Booth__c": "A1", **values}), "Booth Visit", TIES)
    bad, good = org.deliver(lead("1", further=(write,)), lead("2", "bo@acme.com", further=visit()))

    assert bad.person_written
    assert bad.fault
    assert (bad.fault.cause, bad.fault.step, bad.fault.object) == (cause, Step.FURTHER, VISIT)
    assert (bad.fault.field, bad.fault.value) == (field, value)
    assert (good.ok, len(org.values(VISIT, "Id"))) == (True, 1)


@pytest.mark.parametrize(
    ("switch", "cause"), [("hidden_objects", Cause.MISSING_REMOTE_FIELD), ("no_create", Cause.PERMISSION)]
)
@pytest.mark.parametrize("met", [False, True])
def test_an_object_that_is_hidden_or_closed_to_us_is_told_as_such(
    org: Org, switch: str, cause: Cause, met: bool
) -> None:
    known = org.one(lead()).person if met else None
    org.sandbox.faults(**{switch: VISIT})
    result = org.one(lead(known=(known.object, known.id) if known else None, further=visit()))

    assert result.person_written
    assert result.fault
    assert (result.fault.cause, result.fault.step, result.fault.object) == (cause, Step.FURTHER, VISIT)


def test_a_look_finds_the_record_and_writes_nothing(org: Org) -> None:
    new = PROVIDER.find(org.client, lead(further=visit()), {})
    person, first = stored(org, lead(further=visit("Low")))
    there = PROVIDER.find(org.client, lead(known=person, further=visit("High")), {})

    assert (new.further, new.sends[VISIT]) == ({VISIT: None}, {"Interest__c": "High"})
    assert there.further[VISIT]
    assert (there.further[VISIT].id, there.sends[VISIT]) == (first, {"Interest__c": "High"})
    assert org.values(VISIT, "Interest__c") == [("Low",)]
