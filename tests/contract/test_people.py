"""What becomes of one person, and of many."""

from __future__ import annotations

import pytest

from integrations import switches
from integrations.contract import Cause, Feature
from leads.capture import edit_lead
from reconciliation import actions
from reconciliation.models import SyncRecord
from tests.contract.conftest import Crm, crms

AWKWARD = 'Zoë O\'Brien \\ 100% "q"; <b>&amp;</b> (a,b) \U0001f4a1 עברית'


def test_a_new_person_arrives_with_its_values(crm: Crm) -> None:
    lead = crm.capture(last_name="Lovelace", job_title="Engineer")
    crm.cleared(lead)

    there = crm.one(lead)
    assert there.email == "ada@brightforge.example"
    assert crm.vendor.shown(there.values[crm.vendor.job_title]) == "Engineer"
    assert crm.record(lead).remote_id == there.id
    assert crm.record(lead).remote_url.startswith("http")


def test_a_corrected_lead_changes_the_same_record(crm: Crm) -> None:
    lead = crm.capture(job_title="Engineer")
    crm.cleared(lead)
    lead = edit_lead(lead=lead, values={"job_title": "CTO"}, by=crm.admin)
    crm.cleared(lead)

    assert crm.vendor.shown(crm.one(lead).values[crm.vendor.job_title]) == "CTO"


def test_a_blank_value_clears_nothing_at_the_vendor(crm: Crm) -> None:
    lead = crm.capture(job_title="Engineer")
    crm.cleared(lead)
    lead = edit_lead(lead=lead, values={"job_title": "", "first_name": "Augusta"}, by=crm.admin)
    crm.cleared(lead)

    assert crm.vendor.shown(crm.one(lead).values[crm.vendor.job_title]) == "Engineer"


def test_an_unchanged_lead_costs_no_call(crm: Crm) -> None:
    lead = crm.capture()
    crm.cleared(lead)
    crm.vendor.forget_stats()
    crm.cleared(lead)

    assert crm.vendor.stats()["calls"] == 0


def test_a_person_who_is_there_already_is_found_by_the_email(crm: Crm) -> None:
    lead = crm.capture(last_name="Hopper", email="grace@navy.example")
    crm.cleared(lead)
    SyncRecord.objects.update(remote_id="", remote_object="", acknowledged="")
    crm.pushed(lead)

    assert crm.record(lead).remote_id == crm.one(lead).id


def test_awkward_characters_arrive_intact(crm: Crm) -> None:
    lead = crm.capture("o'brien@brightforge.example", last_name="Awkward", first_name="O'Zoë", job_title=AWKWARD)
    crm.cleared(lead)

    assert crm.vendor.shown(crm.one(lead).values[crm.vendor.job_title]) == AWKWARD
    assert crm.one(lead).email == "o'brien@brightforge.example"


@pytest.mark.parametrize("cut", ["cut_before_commit", "cut_after_commit"])
def test_a_write_without_an_answer_leaves_exactly_one_record(crm: Crm, cut: str) -> None:
    lead = crm.capture(last_name="Doubtful")
    crm.vendor.faults(path=crm.vendor.writes_person, **{cut: 1})
    crm.send(lead)
    assert crm.vendor.switches()[cut] == 0
    for _ in range(3):
        crm.send(lead)

    assert crm.record(lead).state == SyncRecord.State.CLEARED, crm.why(lead)
    assert len(crm.there(lead)) == 1


def test_a_lead_whose_email_changes_while_it_is_in_doubt_is_not_doubled(crm: Crm) -> None:
    lead = crm.capture(last_name="Doubtful")
    crm.vendor.faults(path=crm.vendor.writes_person, cut_after_commit=1)
    crm.send(lead)
    lead = edit_lead(lead=lead, values={"email": "augusta@brightforge.example"}, by=crm.admin)
    for _ in range(3):
        crm.send(lead)

    record = crm.record(lead)
    if record.state == SyncRecord.State.FAILED:
        # Nothing but the old e-mail could have told: a person looks.
        assert record.cause == Cause.UNCONFIRMED, crm.why(lead)
        assert "ada@brightforge.example" in record.message
        actions.link(record=record, object_name=crm.one(lead).object, remote_id=crm.one(lead).id)
    crm.pushed(lead)
    assert crm.vendor.holds(crm.one(lead).values, crm.email_field, "augusta@brightforge.example")


@pytest.mark.parametrize("broken", ["truncate_body", "server_error", "html_503"])
def test_an_outage_passes_by_itself(crm: Crm, broken: str) -> None:
    lead = crm.capture(last_name="Patient")
    crm.vendor.faults(**{broken: 1})
    for _ in range(4):
        crm.send(lead)

    assert crm.record(lead).state == SyncRecord.State.CLEARED, crm.why(lead)
    assert len(crm.there(lead)) == 1


def test_throttling_rests_the_lane_and_uses_up_no_try(crm: Crm) -> None:
    lead = crm.capture()
    crm.vendor.throttle()
    crm.send(lead)

    record = crm.record(lead)
    assert (record.state, record.cause, record.tries) == ("waiting", Cause.RATE_LIMITED, 0)
    crm.pushed(lead)
    assert len(crm.there(lead)) == 1


def test_two_leads_of_one_email_in_one_batch_are_one_record(crm: Crm) -> None:
    # Two organizations' imports may hold the same person under names that Mobly does not join: sent, they are one.
    first = crm.capture("twin@brightforge.example", last_name="Twin")
    second = crm.capture("other@brightforge.example", last_name="Twin", first_name="Bea")
    type(second).objects.filter(pk=second.pk).update(email="TWIN@brightforge.example")
    crm.cleared(first, second)

    assert crm.record(first).remote_id == crm.record(second).remote_id
    assert len([one for one in crm.vendor.persons() if one.email.casefold() == "twin@brightforge.example"]) == 1


def test_of_several_records_for_one_key_the_oldest_is_used_with_a_warning(crm: Crm) -> None:
    oldest, _ = crm.vendor.double("ada@brightforge.example")
    lead = crm.capture(last_name="Twice", company_website="https://brightforge.example")
    crm.cleared(lead)

    record = crm.record(lead)
    assert oldest in (record.remote_id, record.remote_company_id)
    assert record.warnings


def test_an_admin_who_wants_to_decide_between_several_records_is_asked(crm: Crm) -> None:
    key, value = crm.vendor.ask
    switches.set_option(integration=crm.integration, key=key, value=value, by=crm.admin)
    both = crm.vendor.double("ada@brightforge.example")
    lead = crm.capture(last_name="Twice", company_website="https://brightforge.example")

    record = crm.failed(lead)

    assert record.cause == Cause.AMBIGUOUS_MATCH
    assert {entry["id"] for entry in record.collides_with} >= set(both)


@crms(Feature.REQUIRED_FIELDS)
def test_a_value_that_no_person_may_lack_fails_with_the_fields_name(crm: Crm) -> None:
    lead = crm.lacking()

    record = crm.failed(lead)

    assert record.cause == Cause.REQUIRED_FIELD_MISSING
    assert crm.vendor.required_label in f"{record.subject} {record.message}"


@crms(Feature.FIELD_LENGTHS)
def test_a_text_too_long_for_its_field_fails_with_the_fields_name_and_the_value(crm: Crm) -> None:
    lead = crm.capture(job_title="x" * 300)

    record = crm.failed(lead)

    assert (record.cause, record.subject) == (Cause.DATA_VALUE_VALIDATION, "Job Title")
    assert "xxx" in f"{record.value} {record.message}"


def test_an_option_removed_at_the_vendor_fails_with_the_qualifier_and_the_value(crm: Crm) -> None:
    label = next(option.label for option in crm.fields()[crm.vendor.picklist].options if option.active)
    gone = crm.fields()[crm.vendor.picklist]
    option = next(one for one in gone.options if one.label == label)
    qualifier = crm.qualify(label)
    lead = crm.capture()
    crm.answers(lead, qualifier, label)
    crm.vendor.take_option(option.value)

    record = crm.failed(lead)

    assert record.cause == Cause.DATA_VALUE_VALIDATION, crm.why(lead)
    assert record.subject in ("Temperature", gone.label)
    assert label in f"{record.value} {record.message}"


def test_a_value_nobody_mapped_fails_and_nothing_of_the_lead_is_sent(crm: Crm) -> None:
    qualifier = crm.qualify("Unheard of")
    lead = crm.capture()
    crm.answers(lead, qualifier, "Unheard of")

    record = crm.failed(lead)

    assert (record.cause, record.subject) == (Cause.NO_TAG_MAPPING, "Temperature")
    assert crm.there(lead) == []


def test_a_field_that_vanished_fails_with_its_name_once_the_fields_are_read_again(crm: Crm) -> None:
    lead = crm.capture(job_title="Engineer")
    crm.vendor.take_field(crm.vendor.job_title)
    crm.read_fields_again()

    record = crm.failed(lead)

    assert (record.cause, record.subject) == (Cause.MISSING_REMOTE_FIELD, "Job Title")


def test_a_right_that_was_taken_from_our_user_fails_as_such(crm: Crm) -> None:
    lead = crm.capture()
    crm.vendor.take_rights()

    record = crm.failed(lead)

    assert record.cause == Cause.PERMISSION, crm.why(lead)
    assert record.message


def test_one_bad_lead_of_a_batch_does_not_stop_the_others(crm: Crm) -> None:
    label = next(option.label for option in crm.fields()[crm.vendor.picklist].options if option.active)
    value = next(one.value for one in crm.fields()[crm.vendor.picklist].options if one.label == label)
    qualifier = crm.qualify(label)
    good = [crm.capture(f"good{number}@x.example", last_name=f"Good{number}") for number in range(3)]
    bad = crm.capture("bad@x.example", last_name="Bad")
    crm.answers(bad, qualifier, label)
    crm.vendor.take_option(value)
    crm.send(*good, bad)

    assert [crm.why(lead) for lead in good if crm.record(lead).state != "cleared"] == []
    assert [len(crm.there(lead)) for lead in good] == [1, 1, 1]
    assert (crm.record(bad).state, crm.record(bad).cause) == ("failed", Cause.DATA_VALUE_VALIDATION)


def test_a_record_deleted_at_the_vendor_is_made_again(crm: Crm) -> None:
    lead = crm.capture(job_title="Engineer")
    crm.cleared(lead)
    before = crm.one(lead)
    crm.vendor.remove(before)
    lead = edit_lead(lead=lead, values={"job_title": "CTO"}, by=crm.admin)
    crm.cleared(lead)

    assert crm.one(lead).id != before.id


@pytest.mark.parametrize("survives", [True, False])
def test_a_record_merged_at_the_vendor_is_not_doubled(crm: Crm, survives: bool) -> None:
    lead = crm.capture(job_title="Engineer")
    crm.cleared(lead)
    crm.vendor.merge(crm.one(lead), survives=survives)
    lead = edit_lead(lead=lead, values={"job_title": "CTO"}, by=crm.admin)
    crm.cleared(lead)

    there = [one for one in crm.vendor.persons() if one.id == crm.record(lead).remote_id]
    assert [crm.vendor.shown(one.values[crm.vendor.job_title]) for one in there] == ["CTO"]
    assert len(crm.there(lead)) <= 1


@crms(Feature.CONVERSION)
def test_a_converted_record_is_followed(crm: Crm) -> None:
    lead = crm.capture(job_title="Engineer")
    crm.cleared(lead)
    before = crm.one(lead)
    crm.vendor.convert(before)
    lead = edit_lead(lead=lead, values={"job_title": "CTO"}, by=crm.admin)
    crm.cleared(lead)

    assert crm.record(lead).remote_id != before.id
    assert len(crm.there(lead)) == 1


@crms(Feature.CONVERSION)
@pytest.mark.parametrize("followed", [True, False], ids=["known as a contact", "known as a lead"])
def test_a_person_deleted_after_a_conversion_is_made_anew(crm: Crm, followed: bool) -> None:
    lead = crm.capture(job_title="Engineer")
    crm.cleared(lead)
    crm.vendor.convert(crm.one(lead))
    if followed:
        lead = edit_lead(lead=lead, values={"job_title": "CTO"}, by=crm.admin)
        crm.cleared(lead)
    gone = crm.one(lead)
    crm.vendor.remove(gone)
    lead = edit_lead(lead=lead, values={"job_title": "CEO"}, by=crm.admin)
    crm.cleared(lead)

    assert gone.id != crm.one(lead).id == crm.record(lead).remote_id


def test_no_secret_is_kept_in_the_story(crm: Crm) -> None:
    lead = crm.capture()
    crm.cleared(lead)
    kept = str(list(crm.record(lead).attempts.values()))

    assert "Ada" in kept
    assert not [secret for secret in crm.secrets() if secret in kept]
