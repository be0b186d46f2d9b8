"""Every refusal Pipedrive is known for, and the cause it becomes. Bodies are those of the fact sheet."""

from datetime import UTC, datetime

import pytest

from integrations.contract import (
    AuthenticationFailed,
    Cause,
    Membership,
    ProviderError,
    Refused,
    Throttled,
    Unavailable,
)
from integrations.providers.pipedrive import errors
from integrations.providers.pipedrive.reply import Reply
from tests.integrations.hubspot.scripted import Says
from tests.integrations.pipedrive.company import deliver_to, lead, logged

HASH = "946947d1b02fd3ef20798d6112ec5d895a686a21"
PAGE = "<!DOCTYPE html><html><body><h1>Sorry, you have been blocked</h1></body></html>"


def said(error, **more):
    return {"success": False, "error": error, "error_info": "Please check.", "data": None, **more}


def invalid(text):
    return {"success": False, "error": f"Validation failed: {text}", "code": "ERR_SCHEMA_VALIDATION_FAILED"}


UNKNOWN_KEY = invalid(f"{HASH}: Parameter '{HASH}' is not allowed for this request")
CASES = {
    "unknown key": (400, UNKNOWN_KEY, Refused, Cause.MISSING_REMOTE_FIELD, HASH),
    "unknown keys": (
        400,
        invalid(f"custom_fields.{HASH}: Parameter 'custom_fields.{HASH}' is not allowed for this request; x: y"),
        Refused,
        Cause.MISSING_REMOTE_FIELD,
        HASH,
    ),
    "wrong type": (400, invalid("owner_id: Expected number"), Refused, Cause.DATA_VALUE_VALIDATION, "owner_id"),
    "wrong e-mail": (400, invalid("emails[0].value: Bad"), Refused, Cause.DATA_VALUE_VALIDATION, "emails"),
    "empty set": (400, invalid(f"{HASH}: Array must contain"), Refused, Cause.DATA_VALUE_VALIDATION, HASH),
    "no name": (400, invalid("name: Parameter 'name' is required"), Refused, Cause.REQUIRED_FIELD_MISSING, "name"),
    "no title": (400, invalid("title: Required"), Refused, Cause.REQUIRED_FIELD_MISSING, "title"),
    "no name, v1": (400, said("Name must be given."), Refused, Cause.REQUIRED_FIELD_MISSING, "name"),
    "another 400": (400, said("Bad luck"), Refused, Cause.DATA_VALUE_VALIDATION, ""),
    "expired": (401, said("unauthorized access", errorCode=401), AuthenticationFailed, Cause.AUTHENTICATION, ""),
    "unpaid": (402, said("Payment required"), AuthenticationFailed, Cause.AUTHENTICATION, ""),
    "scope": (403, said("Scope and URL mismatch", errorCode=403), Refused, Cause.PERMISSION, ""),
    "visibility": (403, said("You do not have permissions to do this."), Refused, Cause.PERMISSION, ""),
    "plan": (
        403,
        said("Couldn't add the deal. Open deals limit reached.", code="feature_capping_open_deals_limit"),
        Refused,
        Cause.PERMISSION,
        "",
    ),
    "contact sync": (
        403,
        said("Contact Sync is not enabled: job_title cannot be written."),
        Refused,
        Cause.MISSING_REMOTE_FIELD,
        "job_title",
    ),
    "block": (403, PAGE, Throttled, Cause.RATE_LIMITED, ""),
    "gone": (404, said("Entity was not found"), Refused, Cause.INTERNAL, ""),
    "gone for good": (410, said("gone"), Refused, Cause.INTERNAL, ""),
    "method": (405, said("Method not allowed"), Refused, Cause.INTERNAL, ""),
    "content type": (415, said("Unsupported"), Refused, Cause.INTERNAL, ""),
    "not implemented": (501, said("Not implemented"), Refused, Cause.INTERNAL, ""),
    "conflict": (409, said("A rule of ours"), Refused, Cause.REMOTE_RULE, ""),
    "teapot": (418, said("I am a teapot"), Refused, Cause.INTERNAL, ""),
    "limit": (429, said("Request over limit"), Throttled, Cause.RATE_LIMITED, ""),
    "vendor": (500, {"success": False, "error": "Internal Server Error", "code": "ERR_UNKNOWN"}, Unavailable,
               Cause.REMOTE_UNAVAILABLE, ""),
    "maintenance": (503, "<html>Back soon</html>", Unavailable, Cause.REMOTE_UNAVAILABLE, ""),
    "redirect": (302, "", Unavailable, Cause.REMOTE_UNAVAILABLE, ""),
    "no words": (400, [], Refused, Cause.DATA_VALUE_VALIDATION, ""),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_refusal_becomes_its_cause(case):
    status, body, kind, cause, field = CASES[case]
    reply = Reply(status, body, readable=not isinstance(body, str), request_id="c-1")

    error = errors.error_of(reply)

    assert isinstance(error, kind)
    assert (error.fault.cause, error.fault.field, error.fault.request_id) == (cause, field, "c-1")
    assert error.fault.message


# What carries its meaning in the status alone cannot be told once the status is gone.
SILENT = ("another 400", "block", "conflict", "teapot", "method", "content type", "not implemented", "gone for good",
          "maintenance", "redirect", "no words")  # fmt: skip


@pytest.mark.parametrize("case", [case for case in CASES if case not in SILENT])
def test_a_refusal_that_came_as_a_success_becomes_the_same(case):
    status, body, kind, cause, field = CASES[case]

    error = errors.error_of(errors.as_meant(Reply(200, body)), creates=True)

    assert isinstance(error, kind)
    assert (error.fault.cause, error.fault.field) == (cause, field)
    # A refusal made nothing; only Pipedrive's own error may have.
    assert error.fault.ambiguous == (status >= 500)


@pytest.mark.parametrize("body", [said("Bad luck"), {"success": False}, {"success": False, "data": None, "code": 7}])
def test_a_success_that_says_no_without_a_known_word_stays_an_outage(body):
    assert isinstance(errors.error_of(errors.as_meant(Reply(200, body))), Unavailable)


@pytest.mark.parametrize("status", [404, 200])
def test_a_person_that_is_gone_is_looked_for_anew_whatever_the_status_of_the_refusal(scripted, client_of, status):
    def answer(asked):
        if asked.method == "PATCH":
            return Says(status, said("Person was not found"))
        if asked.method == "POST":
            return Says(200, {"success": True, "data": {"id": 8, "name": "Ada", "emails": []}})
        if "Fields" in asked.path:
            return Says(200, {"success": True, "data": [_field()]})
        known = [{"id": 7, "name": "Old", "emails": [], "is_deleted": False}] if "ids=7" in asked.path else []
        return Says(200, {"success": True, "data": known})

    (result,) = deliver_to(client_of(scripted(answer)), lead("ada@acme.example", known="7"))

    assert (result.fault, result.person.id) == (None, "8")


def test_the_burst_is_waited_out_and_the_budget_until_tomorrow():
    over = said("Request over limit")
    burst = errors.error_of(Reply(429, over, limits={"x-ratelimit-remaining": 0, "x-ratelimit-reset": 2}))
    daily = errors.error_of(Reply(429, over, limits={"x-ratelimit-remaining": 12}))
    silent = errors.error_of(Reply(429, over))

    assert (burst.fault.code, burst.fault.wait) == ("BURST", 2.0)
    assert (daily.fault.code, silent.fault.code) == ("DAILY", "DAILY")
    assert (daily.fault.wait or 0) > 60


def test_the_zone_of_the_budgets_midnight_is_not_told_so_the_first_half_of_our_day_asks_again():
    assert errors.until_tomorrow(datetime(2026, 11, 21, 0, 5, tzinfo=UTC)) == 3600
    assert errors.until_tomorrow(datetime(2026, 11, 21, 18, 0, tzinfo=UTC)) == 6 * 3600 + 60


def test_a_field_deleted_after_mapping_is_named_with_the_leads_value(recommended):
    code = recommended.code("Job Title")
    recommended.one(lead("first@acme.example", values={code: "CTO"}))
    recommended.vendor.change_schema("persons", remove=["Job Title"])

    refused = recommended.one(lead("ada@acme.example", values={code: "CEO"}))
    recommended.vendor.forget_stats()
    known = recommended.one(lead("bo@acme.example", values={code: "COO"}))

    for result, value in ((refused, "CEO"), (known, "COO")):
        assert (result.fault.cause, result.fault.field, result.fault.value, result.fault.object) == (
            Cause.MISSING_REMOTE_FIELD,
            code,
            value,
            "persons",
        )
    assert recommended.calls("POST") == 0


def test_contact_sync_switched_off_is_a_missing_field(company):
    result = company.one(lead("ada@acme.example", job_title="CTO"))

    assert (result.fault.cause, result.fault.field, result.fault.value) == (
        Cause.MISSING_REMOTE_FIELD,
        "job_title",
        "CTO",
    )


def test_a_lost_permission_fails_the_lead_and_not_the_connection(company):
    company.vendor.faults(no_permission=1, path="POST .*/persons")

    refused, fine = company.deliver(lead("ada@acme.example")), company.deliver(lead("bo@acme.example"))

    assert (refused[0].fault.cause, fine[0].ok) == (Cause.PERMISSION, True)


def test_an_expired_token_is_renewed_once_for_all_that_were_on_their_way(company):
    company.vendor.faults(expired_token=True)

    results = company.deliver(*(lead(f"p{number}@acme.example") for number in range(12)))

    assert all(result.ok for result in results)
    assert company.source.renewals == 1


def test_credentials_that_are_no_longer_accepted_stop_the_whole_batch(company):
    company.deliver(lead("first@acme.example"))
    company.source.session = None
    company.vendor.faults(revoked_app=True)

    with pytest.raises(AuthenticationFailed):
        company.deliver(*(lead(f"p{number}@acme.example") for number in range(12)))

    assert company.vendor.records("persons", email="p1@acme.example") == []


def test_a_company_that_is_not_paid_says_so(company):
    company.vendor.faults(unpaid=True)

    with pytest.raises(AuthenticationFailed) as raised:
        company.one(lead("ada@acme.example"))

    assert raised.value.fault.message == errors.NOT_OPEN


def test_a_block_stops_everything(company):
    company.vendor.faults(html_403=1, path="POST .*/persons")
    leads = [lead(f"p{number}@acme.example") for number in range(30)]

    company.client.at_once = 1
    with pytest.raises(Throttled) as raised:
        company.deliver(*leads)

    assert (raised.value.fault.code, raised.value.fault.wait) == ("BLOCKED", errors.BLOCK_WAIT)
    assert company.calls("POST") == 1


def test_a_spent_budget_parks_the_batch_until_tomorrow(company):
    company.vendor.faults(budget_spent=True)

    with pytest.raises(Throttled) as raised:
        company.one(lead("ada@acme.example"))

    assert raised.value.fault.code == "DAILY"
    assert company.calls("persons") <= 2


def test_a_burst_is_waited_out_without_the_engine_noticing(company):
    company.vendor.faults(rate_limit_next=1, path="POST .*/persons")

    result = company.one(lead("ada@acme.example"))

    assert result.ok
    assert company.calls("POST") == 2


@pytest.mark.parametrize("switch", ["html_200", "without_data", "truncate_body"])
def test_half_an_answer_is_an_outage_and_never_an_empty_list(company, switch):
    company.vendor.seed("persons", email="ada@acme.example", name="Ada")
    company.vendor.faults(**{switch: 2})

    with pytest.raises(Unavailable):
        company.one(lead("ada@acme.example"))

    company.vendor.faults(**{switch: 0})
    assert not company.one(lead("ada@acme.example")).created


def test_the_same_body_that_fails_again_and_again_is_our_fault(company):
    company.vendor.faults(server_error=10, path="POST .*/persons")
    causes = [company.one(lead("ada@acme.example")).fault.cause for _ in range(5)]

    assert causes == [Cause.REMOTE_UNAVAILABLE] * 4 + [Cause.INTERNAL]


def test_an_organization_that_went_away_is_matched_again_at_the_next_try(scripted, client_of):
    def answer(asked):
        if asked.method == "POST" and "/organizations" in asked.path:
            return Says(200, {"success": True, "data": {"id": 7, "name": "Acme"}})
        if asked.method == "POST":
            return Says(404, said("Organization was not found"))
        return Says(200, {"success": True, "data": [_field()] if "Fields" in asked.path else []})

    fault = fault_of(client_of(scripted(answer)), lead("ada@acme.example", name="Acme"))

    assert (fault.cause, fault.transient) == (Cause.DATA_VALUE_VALIDATION, True)


def _field():
    return {"field_code": "name", "field_name": "Name", "field_type": "varchar", "is_custom_field": False}


STRANGE = (
    {"success": True, "data": [1, None, {"id": None}], "additional_data": 5},
    {"success": True, "data": {"items": [{"item": None}, {"item": {"id": "x", "emails": 3}}]}},
    {"success": True, "data": [{"id": 1, "emails": "x", "custom_fields": [], "name": None, "is_deleted": False}]},
)


@pytest.mark.parametrize("body", STRANGE)
def test_a_strange_answer_is_an_outage_and_no_crash(scripted, client_of, body):
    wanted = lead(
        "ada@acme.example",
        known="1",
        name="Acme",
        engagements=(logged(),),
        memberships=(Membership("2", "label", "Hot"),),
    )

    fault = fault_of(client_of(scripted(Says(200, body))), wanted)

    assert fault.cause in (Cause.REMOTE_UNAVAILABLE, Cause.CAMPAIGN_NOT_FOUND)


def fault_of(client, delivery):
    """What became of a delivery, raised or told."""
    try:
        return deliver_to(client, delivery)[0].fault
    except ProviderError as error:
        return error.fault
