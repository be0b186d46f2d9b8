"""Further objects: one record for each lead beside its person."""

from __future__ import annotations

from typing import Any

import pytest

from integrations import further, switches
from integrations.constants import clear_constant, set_constant
from integrations.contract import Cause, Feature
from integrations.mapping import map_field
from leads.capture import edit_lead
from leads.models import Lead
from reconciliation import actions, repairs
from reconciliation.fixing import Key
from reconciliation.models import Effect, SyncRecord
from reconciliation.preview import Verdict, preview_of
from reconciliation.records import Filters
from tests.contract.conftest import Crm, crms

pytestmark = crms(Feature.FURTHER_OBJECTS)


def added(crm: Crm) -> None:
    """The further object stands on the Mapping tab: e-mail, job title as the short text, an option for all."""
    vendor = crm.vendor
    found = next(one for one in further.offered(crm.integration) if one.name == vendor.further_object)
    ties = {kind: fields[0] for kind, fields in found.lookups.items()}
    further.save_object(integration=crm.integration, name=found.name, ties=ties, by=crm.admin)
    for source, field in (("email", vendor.further_email), ("job_title", vendor.further_text)):
        map_field(
            integration=crm.integration, object_name=found.name, source_key=source, remote_field=field, by=crm.admin
        )
    fallback(crm)


def fallback(crm: Crm) -> None:
    set_constant(
        integration=crm.integration,
        object_name=crm.vendor.further_object,
        remote_field=crm.vendor.further_picklist,
        value=crm.vendor.further_option,
        fallback=True,
        by=crm.admin,
    )


def visits(crm: Crm) -> list[dict[str, Any]]:
    return crm.vendor.records(crm.vendor.further_object)


def said(crm: Crm) -> list[tuple[Any, ...]]:
    names = (crm.vendor.further_email, crm.vendor.further_text, crm.vendor.further_picklist)
    return [tuple(visit.get(name) for name in names) for visit in visits(crm)]


def failed_beside_the_person(crm: Crm, lead: Lead) -> SyncRecord:
    record = crm.failed(lead)
    assert record.remote_id == crm.one(lead).id
    return record


def test_it_is_made_once_changed_with_the_lead_and_costs_nothing_while_nothing_changes(crm: Crm) -> None:
    added(crm)
    lead = crm.capture(job_title="Engineer")
    crm.cleared(lead)
    (first,) = visits(crm)
    crm.vendor.forget_stats()
    crm.cleared(lead)
    assert crm.vendor.stats()["calls"] == 0

    lead = edit_lead(lead=lead, values={"job_title": "CTO"}, by=crm.admin)
    crm.cleared(lead)
    (second,) = visits(crm)
    assert second["Id"] == first["Id"]
    assert said(crm) == [("ada@brightforge.example", "CTO", crm.vendor.further_option)]


def test_leads_who_were_sent_before_it_was_added_get_theirs(crm: Crm) -> None:
    lead = crm.capture(job_title="Engineer")
    crm.cleared(lead)
    added(crm)
    crm.pushed(lead)

    assert len(visits(crm)) == len(crm.there(lead)) == 1


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_whichever_answer_is_lost_there_is_one_of_it(crm: Crm, nth: int) -> None:
    added(crm)
    lead = crm.capture(last_name="Doubtful")
    crm.vendor.faults(cut_after_commit=nth)
    for _ in range(nth + 3):
        crm.send(lead)

    assert crm.record(lead).state == SyncRecord.State.CLEARED, crm.why(lead)
    assert (len(crm.there(lead)), len(visits(crm))) == (1, 1)


@pytest.mark.parametrize("asks", [True, False])
def test_of_several_the_admin_chooses_or_the_oldest_is_taken(crm: Crm, asks: bool) -> None:
    added(crm)
    lead = crm.capture(job_title="Engineer")
    crm.cleared(lead)
    (oldest,) = visits(crm)
    later = crm.vendor.copy_further(oldest)
    # Nobody knows any more which one was the lead's.
    Effect.objects.filter(kind=Effect.Kind.FURTHER).delete()
    key, value = crm.vendor.ask
    if asks:
        switches.set_option(integration=crm.integration, key=key, value=value, by=crm.admin)
    crm.send(edit_lead(lead=lead, values={"job_title": "CTO"}, by=crm.admin))
    texts = {visit["Id"]: visit[crm.vendor.further_text] for visit in visits(crm)}
    if not asks:
        assert texts == {oldest["Id"]: "CTO", later: "Engineer"}
        assert later in crm.record(lead).warnings[0]
        return

    record = crm.record(lead)
    assert (record.cause, record.subject) == (Cause.AMBIGUOUS_MATCH, "Booth Visit")
    assert [entry["id"] for entry in record.collides_with] == [oldest["Id"], later]
    assert "Choose the one that is meant." in preview_of(integration=crm.integration, lead=lead).warnings[0]
    assert set(texts.values()) == {"Engineer"}
    chosen = {"object_name": crm.vendor.further_object, "remote_id": later}
    group = Key(Filters(cause=record.cause, subject=record.subject))
    repairs.decide(integration=crm.integration, key=group, record=record, by=crm.admin, **chosen)
    crm.cleared(lead)
    texts = {visit["Id"]: visit[crm.vendor.further_text] for visit in visits(crm)}
    assert texts == {oldest["Id"]: "Engineer", later: "CTO"}


def test_one_that_was_deleted_at_the_vendor_is_made_again(crm: Crm) -> None:
    added(crm)
    lead = crm.capture(job_title="Engineer")
    crm.cleared(lead)
    crm.vendor.delete(crm.vendor.further_object, visits(crm)[0]["Id"])
    crm.cleared(edit_lead(lead=lead, values={"job_title": "CTO"}, by=crm.admin))

    assert [text for _, text, _ in said(crm)] == ["CTO"]


def test_a_value_that_does_not_fit_fails_with_its_name_and_the_person_arrives(crm: Crm) -> None:
    added(crm)
    lead = crm.capture(job_title="x" * 100)
    record = failed_beside_the_person(crm, lead)
    assert (record.cause, record.subject, record.refused_by_us) == (Cause.DATA_VALUE_VALIDATION, "Job Title", True)
    assert (record.value, visits(crm)) == ("x" * 100, [])
    actions.push_lead(integration=crm.integration, lead=lead)
    failed_beside_the_person(crm, lead)
    # Nothing but the refused record is left.
    assert preview_of(integration=crm.integration, lead=lead).verdict is Verdict.CANNOT

    crm.cleared(edit_lead(lead=lead, values={"job_title": "CTO"}, by=crm.admin))
    assert len(visits(crm)) == 1


def test_a_value_it_may_not_lack_fails_with_its_name_until_there_is_a_fallback(crm: Crm) -> None:
    added(crm)
    where = {"object_name": crm.vendor.further_object, "remote_field": crm.vendor.further_picklist}
    clear_constant(integration=crm.integration, by=crm.admin, **where)
    lead = crm.capture()
    record = failed_beside_the_person(crm, lead)
    assert (record.cause, record.remote_field) == (Cause.REQUIRED_FIELD_MISSING, crm.vendor.further_picklist)

    fallback(crm)
    crm.pushed(lead)
    assert len(visits(crm)) == 1


def test_an_option_that_was_removed_at_the_vendor_fails_with_its_field(crm: Crm) -> None:
    added(crm)
    change = {"field": crm.vendor.further_picklist, "remove": [crm.vendor.further_option]}
    crm.vendor.change_schema(crm.vendor.further_object, picklist=change)
    lead = crm.capture()
    record = failed_beside_the_person(crm, lead)

    assert (record.cause, record.value) == (Cause.DATA_VALUE_VALIDATION, crm.vendor.further_option)
    assert (record.remote_field, record.subject) == (crm.vendor.further_picklist, "Interest")


@pytest.mark.parametrize(("rights", "cause"), [(True, Cause.PERMISSION), (False, Cause.MISSING_REMOTE_FIELD)])
def test_an_object_that_is_gone_or_closed_to_us_fails_the_lead_beside_its_person(
    crm: Crm, rights: bool, cause: Cause
) -> None:
    added(crm)
    lead = crm.capture()
    crm.vendor.take_further(rights=rights)
    assert failed_beside_the_person(crm, lead).cause == cause
    crm.read_fields_again()
    crm.integration.refresh_from_db()
    later = crm.capture("grace@navy.example", last_name="Hopper")
    record = failed_beside_the_person(crm, later)
    assert (record.cause, record.refused_by_us) == (cause, not rights)

    further.remove_object(integration=crm.integration, name=crm.vendor.further_object, by=crm.admin)
    crm.pushed(later)


def test_it_follows_a_converted_lead(crm: Crm) -> None:
    added(crm)
    lead = crm.capture(job_title="Engineer")
    crm.cleared(lead)
    before = visits(crm)[0]
    crm.vendor.convert(crm.one(lead))
    crm.cleared(edit_lead(lead=lead, values={"first_name": "Augusta"}, by=crm.admin))

    (visit,) = visits(crm)
    assert (visit["Id"], crm.record(lead).remote_id) == (before["Id"], crm.one(lead).id)
    assert crm.one(lead).id in visit.values()


def test_preview_shows_what_is_then_written(crm: Crm) -> None:
    added(crm)
    lead = crm.capture(job_title="Engineer")
    shown = preview_of(integration=crm.integration, lead=lead)
    part = next(part for part in shown.parts if part.object == crm.vendor.further_object)
    assert (shown.verdict, part.new, part.is_person) == (Verdict.CREATES, True, False)
    assert visits(crm) == []
    crm.cleared(lead)

    assert {line.remote_field: line.sent for line in part.lines} == {
        crm.vendor.further_email: "ada@brightforge.example",
        crm.vendor.further_text: "Engineer",
        crm.vendor.further_picklist: crm.vendor.further_option,
    }
    assert preview_of(integration=crm.integration, lead=lead).verdict is Verdict.NOTHING
