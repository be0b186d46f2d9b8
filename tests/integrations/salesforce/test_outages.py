"""Calls that fail as a whole: what is raised, what is told lead by lead, and that nothing is created twice."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from integrations.contract import (
    AuthenticationFailed,
    Cause,
    EngagementKind,
    EngagementWrite,
    Membership,
    Step,
    Throttled,
    Unavailable,
)
from tests.integrations.salesforce.org import CONTACTS_ONLY, Org, lead

WRITES = "POST .*composite"


def test_a_look_that_gets_no_answer_was_not_a_write(org: Org) -> None:
    org.sandbox.faults(path=WRITES, cut_before_commit=1)

    with pytest.raises(Unavailable) as raised:
        org.one(lead())

    assert not raised.value.fault.ambiguous
    assert raised.value.fault.transient


def test_a_write_without_an_answer_may_have_happened(org: Org) -> None:
    org.sandbox.faults(cut_after_commit=1)

    with pytest.raises(Unavailable) as raised:
        org.one(lead())

    assert raised.value.fault.ambiguous
    assert len(org.sandbox.records("Lead")) == 1


def test_after_a_lost_answer_the_record_is_found_and_not_created_again(org: Org) -> None:
    org.sandbox.faults(cut_after_commit=1)
    with pytest.raises(Unavailable):
        org.one(lead())

    result = org.one(lead(in_doubt=True))

    assert result.ok
    assert not result.created
    assert len(org.sandbox.records("Lead")) == 1


def test_after_a_lost_answer_that_was_never_processed_the_record_is_created(org: Org) -> None:
    org.sandbox.faults(cut_before_commit=1)
    with pytest.raises(Unavailable):
        org.one(lead())

    assert org.one(lead(in_doubt=True)).created
    assert len(org.sandbox.records("Lead")) == 1


def test_without_an_e_mail_the_record_is_known_by_all_its_values(org: Org) -> None:
    delivery = {"email": "", "values": {"FirstName": "Ana", "Title": "CTO", "Description": "one\ntwo"}}
    org.sandbox.faults(cut_after_commit=1)
    with pytest.raises(Unavailable):
        org.one(lead(**delivery))

    result = org.one(lead(**delivery, in_doubt=True))

    assert result.ok
    assert not result.created
    assert len(org.sandbox.records("Lead")) == 1


def test_without_an_e_mail_and_without_a_namesake_the_record_is_created(org: Org) -> None:
    org.sandbox.seed("Lead", LastName="Meyer", Company="Acme")

    assert org.one(lead(email="", in_doubt=True)).created


def test_without_an_e_mail_a_namesake_with_other_values_leaves_it_unconfirmed(org: Org) -> None:
    there = org.sandbox.seed("Lead", LastName="Ruiz", Company="Acme", Title="CEO")

    result = org.one(lead(email="", values={"Title": "CTO"}, in_doubt=True))

    assert (result.fault.cause, result.fault.step) == (Cause.UNCONFIRMED, Step.MATCH)
    assert [candidate.id for candidate in result.fault.candidates] == [there["Id"]]
    assert len(org.sandbox.records("Lead")) == 1


def test_our_own_id_confirms_a_person_without_an_e_mail(org: Org) -> None:
    org.sandbox.add_recommended_fields()
    org.sandbox.faults(cut_after_commit=1)
    with pytest.raises(Unavailable):
        org.one(lead(email="", mobly_id="7f3a"))

    result = org.one(lead(email="", mobly_id="7f3a", in_doubt=True))

    assert result.ok
    assert len(org.sandbox.records("Lead")) == 1


@pytest.mark.parametrize("switch", [{"html_503": 1}, {"server_error": 1}])
def test_an_outage_is_told(org: Org, switch: dict[str, int]) -> None:
    org.sandbox.faults(**switch)

    with pytest.raises(Unavailable) as raised:
        org.one(lead())

    assert raised.value.fault.cause is Cause.REMOTE_UNAVAILABLE
    assert raised.value.fault.transient
    assert not raised.value.fault.ambiguous


def test_an_answer_cut_off_in_the_middle_is_no_answer(org: Org) -> None:
    org.sandbox.faults(truncate_body=1)

    with pytest.raises(Unavailable):
        org.one(lead())


def test_the_daily_limit_is_a_throttle_and_nothing_was_processed(org: Org) -> None:
    org.sandbox.faults(daily_limit_reached=True)

    with pytest.raises(Throttled) as raised:
        org.one(lead())

    assert raised.value.fault.cause is Cause.RATE_LIMITED
    assert raised.value.fault.message == "TotalRequests Limit exceeded."
    assert not raised.value.fault.ambiguous


def test_the_limit_of_long_calls_is_a_throttle(org: Org) -> None:
    org.sandbox.faults(long_call_limit=1)

    with pytest.raises(Throttled):
        org.one(lead())


def test_an_api_switched_off_is_a_matter_of_permission_for_all(org: Org) -> None:
    org.sandbox.faults(api_disabled=True)

    first, second = org.deliver(lead("1"), lead("2", "ben@acme.com"))

    assert first.fault.cause is second.fault.cause is Cause.PERMISSION
    assert org.client.calls == 1


def test_an_expired_session_is_renewed_once_and_the_work_goes_on(org: Org) -> None:
    org.sandbox.faults(expired_token=True)

    assert org.one(lead()).ok
    assert org.tokens.renewals == 1


def test_a_revoked_app_is_final(org: Org) -> None:
    org.sandbox.faults(revoked_app=True)

    with pytest.raises(AuthenticationFailed) as raised:
        org.one(lead())

    assert raised.value.fault.message == "expired access/refresh token"


def test_an_object_hidden_from_the_user_is_the_fault_of_every_lead_in_one_call(org: Org) -> None:
    org.sandbox.faults(hidden_objects="Contact")

    first, second = org.deliver(lead("1"), lead("2", "ben@acme.com"))

    assert first.fault.cause is second.fault.cause is Cause.MISSING_REMOTE_FIELD
    assert org.client.calls == 1


@pytest.mark.parametrize("switch", [{"html_503": 1}, {"api_disabled": True}, {"row_lock": 1}])
def test_who_came_in_doubt_leaves_in_doubt_as_long_as_it_is_not_cleared_up(org: Org, switch: dict[str, int]) -> None:
    org.sandbox.faults(**switch)

    doubtful, fresh = org.deliver(lead("1", in_doubt=True), lead("2", "ben@acme.com"))

    assert doubtful.fault.ambiguous
    assert fresh.ok or not fresh.fault.ambiguous


def test_once_something_is_written_a_later_outage_is_the_fault_of_the_leads_it_concerns(org: Org) -> None:
    slow = Org(org.sandbox, rows_per_request=1)
    second_write_fails(slow)

    first, second, third = slow.deliver(*[lead(str(n), f"p{n}@a.com") for n in range(3)])

    assert first.ok
    assert (second.fault.cause, second.fault.ambiguous) == (Cause.REMOTE_UNAVAILABLE, True)
    assert second.fault.step is Step.PERSON
    assert (third.fault.cause, third.fault.ambiguous) == (Cause.REMOTE_UNAVAILABLE, False)


def test_a_person_stays_written_when_joining_gets_no_answer(org: Org) -> None:
    campaign = (Membership(org.campaign(), "campaign"),)
    call = (EngagementWrite("e1", EngagementKind.CALL, "Call", "Notes", datetime(2026, 11, 19, tzinfo=UTC)),)
    second_write_fails(org)

    result = org.one(lead(memberships=campaign, engagements=call))

    assert result.person_written
    assert (result.fault.cause, result.fault.step, result.fault.ambiguous) == (
        Cause.REMOTE_UNAVAILABLE, Step.MEMBERSHIP, True,
    )  # fmt: skip
    again = org.one(
        lead(
            known=("Lead", result.person.id),
            memberships=campaign,
            engagements=call,
            in_doubt=True,
            person_unchanged=True,
        )
    )
    assert again.ok
    assert len(org.sandbox.records("CampaignMember")) == 1
    assert len(org.sandbox.records("Task")) == 1


def test_an_account_stays_known_when_its_contact_gets_no_answer(org: Org) -> None:
    second_write_fails(org)

    result = org.one(lead(company="Acme", domain="acme.com"), **CONTACTS_ONLY)

    assert result.company is not None
    assert (result.fault.cause, result.fault.step) == (Cause.REMOTE_UNAVAILABLE, Step.PERSON)
    again = org.one(
        lead(company="Acme", domain="acme.com", known_account=result.company.id, in_doubt=True), **CONTACTS_ONLY
    )
    assert again.ok
    assert len(org.sandbox.records("Account")) == 1
    assert len(org.sandbox.records("Contact")) == 1


def second_write_fails(org: Org) -> None:
    """The second writing call of the client loses its answer after Salesforce did the work."""
    send, writes = org.client._send, []

    def watched(tokens, method, path, json, params, is_write):  # type: ignore[no-untyped-def]
        if is_write:
            writes.append(path)
            if len(writes) == 2:
                org.sandbox.faults(cut_after_commit=1)
        return send(tokens, method, path, json, params, is_write)

    org.client._send = watched  # type: ignore[method-assign]
