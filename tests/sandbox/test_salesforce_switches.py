"""Every switch of the fault panel that Salesforce adds, seen from a client."""

import time

import pytest
import requests

from tests.sandbox.salesforce_org import error, part, row


def create(client, name="Lead", headers=None, **values):
    return client.post(f"sobjects/{name}", {"LastName": "Raman", "Company": "Acme", **values}, headers=headers)


def contact(client, **values):
    return client.post("sobjects/Contact", {"LastName": "Raman", **values})


def test_a_blocking_duplicate_rule_names_the_record(salesforce):
    known = contact(salesforce, Email="priya@x.com").json()["id"]
    salesforce.switch(duplicate_rule="block")

    answer = create(salesforce, Email="PRIYA@x.com", headers={"Sforce-Duplicate-Rule-Header": "allowSave=true"})

    body = answer.json()[0]
    result = body["duplicateResut"]
    assert (answer.status_code, body["errorCode"]) == (400, "DUPLICATES_DETECTED")
    assert (result["allowSave"], result["duplicateRuleEntityType"]) == (False, "Lead")
    match = result["matchResults"][0]
    assert (match["entityType"], match["matchRecords"][0]["record"]["Id"]) == ("Contact", known)


def test_an_alerting_duplicate_rule_lets_pass_who_insists(salesforce):
    create(salesforce, Email="priya@x.com")
    salesforce.switch(duplicate_rule="alert")
    insist = {"Sforce-Duplicate-Rule-Header": "allowSave=true; includeRecordDetails=true"}

    assert error(create(salesforce, Email="priya@x.com")) == (400, "DUPLICATES_DETECTED", "Use one of these records?")
    assert create(salesforce, Email="priya@x.com", headers=insist).status_code == 201


def test_a_duplicate_row_has_the_plain_row_shape(salesforce):
    create(salesforce, Email="priya@x.com")
    salesforce.switch(duplicate_rule="block")

    result = salesforce.rows("POST", [row("Lead", LastName="A", Company="B", Email="priya@x.com")])[0]

    assert (result["success"], result["errors"][0]["statusCode"]) == (False, "DUPLICATES_DETECTED")
    assert set(result["errors"][0]) == {"statusCode", "message", "fields"}


def test_a_validation_rule_speaks_the_admins_words(salesforce):
    text = "Phone must start with + and the country code."
    salesforce.switch(validation_rule=text, validation_rule_field="Phone", validation_rule_pattern=r"^\+")

    answer = create(salesforce, Phone="0800")

    assert answer.json() == [{"message": text, "errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "fields": ["Phone"]}]
    assert create(salesforce, Phone="+49").status_code == 201
    assert create(salesforce).status_code == 201


def test_a_validation_rule_without_field_refuses_every_person(salesforce):
    salesforce.switch(validation_rule="Not today.")

    assert error(create(salesforce))[2] == "Not today."
    assert salesforce.post("sobjects/Account", {"Name": "Acme"}).status_code == 201


def test_a_locked_row_is_free_after_n_tries(salesforce):
    salesforce.switch(row_lock=2)

    tried = [create(salesforce) for _ in range(3)]

    assert [answer.status_code for answer in tried] == [400, 400, 201]
    assert error(tried[0])[1] == "UNABLE_TO_LOCK_ROW"
    assert error(tried[0])[2].startswith("unable to obtain exclusive access to this record or 1 records: ")


def test_a_record_in_approval_is_locked(salesforce):
    free, locked = salesforce.lead(), salesforce.lead(Email="locked@x.com")
    salesforce.switch(in_approval="locked@x.com")

    results = salesforce.rows("PATCH", [row("Lead", id=record, Title="x") for record in (free, locked)])

    assert [result["success"] for result in results] == [True, False]
    assert results[1]["errors"][0]["statusCode"] == "ENTITY_IS_LOCKED"


@pytest.mark.parametrize(
    ("switch", "code", "words"),
    [
        ("trigger_failure", "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "execution of BeforeInsert"),
        (
            "flow_failure",
            "CANNOT_EXECUTE_FLOW_TRIGGER",
            "We can't save this record because the “Route New Leads” process",
        ),
    ],
)
def test_a_trigger_or_flow_fails_the_next_rows(salesforce, switch, code, words):
    salesforce.switch(**{switch: 1})

    results = salesforce.rows("POST", [row("Lead", LastName="A", Company="B") for _ in range(2)])

    assert [result["success"] for result in results] == [False, True]
    assert results[0]["errors"][0]["statusCode"] == code
    assert words in results[0]["errors"][0]["message"]


def test_too_many_rows_for_a_trigger_fail_together_and_pass_in_smaller_batches(salesforce):
    salesforce.switch(trigger_rows=2)
    rows = [row("Lead", LastName="A", Company="B") for _ in range(3)]

    failed = salesforce.rows("POST", rows)
    passed = salesforce.rows("POST", rows[:2])

    assert {result["errors"][0]["message"] for result in failed} == {
        "MoblyGuard: System.LimitException: Too many SOQL queries: 101"
    }
    assert all(result["success"] for result in passed)


def test_a_full_storage_refuses_creates_only(salesforce):
    lead = salesforce.lead()
    salesforce.switch(storage_full=True)

    assert error(create(salesforce))[1] == "STORAGE_LIMIT_EXCEEDED"
    assert salesforce.patch(f"sobjects/Lead/{lead}", {"Title": "x"}).status_code == 204


def test_states_and_countries_must_match_the_lists(salesforce):
    salesforce.switch(state_country_picklists=True)

    wrong = create(salesforce, Country="Narnia")
    right = create(salesforce, Country="united states", State="California")

    assert error(wrong)[:2] == (400, "FIELD_INTEGRITY_EXCEPTION")
    assert error(wrong)[2].startswith("There's a problem with this country, even though it may appear correct.")
    body = salesforce.get(f"sobjects/Lead/{right.json()['id']}").json()
    assert [body[name] for name in ("Country", "CountryCode", "State", "StateCode")] == [
        "United States", "US", "California", "CA"
    ]  # fmt: skip


def test_a_state_needs_its_country(salesforce):
    salesforce.switch(state_country_picklists=True)

    assert "country/territory must be specified" in error(create(salesforce, State="California"))[2]
    assert error(create(salesforce, Country="Germany", State="California"))[1] == "FIELD_INTEGRITY_EXCEPTION"


def test_on_create_the_code_wins_and_on_update_a_disagreement_is_refused(salesforce):
    salesforce.switch(state_country_picklists=True)

    record = create(salesforce, Country="France", CountryCode="DE").json()["id"]
    refused = salesforce.patch(f"sobjects/Lead/{record}", {"Country": "France", "CountryCode": "DE"})

    assert salesforce.get(f"sobjects/Lead/{record}").json()["Country"] == "Germany"
    assert error(refused)[1] == "FIELD_INTEGRITY_EXCEPTION"
    assert salesforce.patch(f"sobjects/Lead/{record}", {"Country": None, "CountryCode": None}).status_code == 204


def test_contacts_and_accounts_have_their_own_address_fields(salesforce):
    salesforce.switch(state_country_picklists=True)

    made = contact(salesforce, MailingCountryCode="US", MailingStateCode="NY").json()["id"]
    body = salesforce.get(f"sobjects/Contact/{made}").json()

    assert (body["MailingCountry"], body["MailingState"]) == ("United States", "New York")
    assert (
        error(salesforce.post("sobjects/Account", {"Name": "A", "BillingCountry": "Nowhere"}))[1]
        == "FIELD_INTEGRITY_EXCEPTION"
    )


def test_a_read_only_field_refuses_writes_and_says_so_in_describe(salesforce):
    salesforce.switch(read_only_fields="Lead.Title")

    described = {field["name"]: field for field in salesforce.get("sobjects/Lead/describe").json()["fields"]}

    assert (described["Title"]["createable"], described["Title"]["updateable"]) == (False, False)
    assert error(create(salesforce, Title="x"))[1] == "INVALID_FIELD_FOR_INSERT_UPDATE"


def test_an_object_may_be_hidden_or_not_be_written(salesforce):
    salesforce.switch(hidden_objects="Contact", no_create="Lead", no_edit="Account")
    account = salesforce.create("Account", Name="Acme")

    assert salesforce.get("sobjects/Contact/describe").status_code == 404
    assert error(create(salesforce))[:2] == (403, "INSUFFICIENT_ACCESS_OR_READONLY")
    assert error(salesforce.patch(f"sobjects/Account/{account}", {"Phone": "1"}))[:2] == (
        403,
        "INSUFFICIENT_ACCESS_OR_READONLY",
    )


def test_the_daily_limit_is_said_in_header_and_refusal(salesforce):
    salesforce.switch(daily_limit=2)

    answers = [salesforce.get("limits") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 403]
    assert answers[2].json() == [{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}]
    assert answers[1].headers["Sforce-Limit-Info"] == "api-usage=2/2"
    assert "Retry-After" not in answers[2].headers


def test_the_daily_limit_can_be_reached_by_switch(salesforce):
    salesforce.switch(daily_limit_reached=True)

    assert error(salesforce.get("limits")) == (403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")


def test_long_calls_have_a_limit_of_their_own(salesforce):
    salesforce.switch(long_call_limit=1)

    assert error(salesforce.get("limits"))[2] == "ConcurrentRequests (Concurrent API Requests) Limit exceeded."
    assert salesforce.get("limits").status_code == 200


def test_the_api_may_be_switched_off(salesforce):
    salesforce.switch(api_disabled=True)

    assert error(salesforce.get("limits")) == (
        403, "API_DISABLED_FOR_ORG", "The REST API is not enabled for this Organization."
    )  # fmt: skip


def test_apex_takes_its_time_on_writes_only(salesforce):
    salesforce.switch(apex_seconds=0.3)

    started = time.monotonic()
    salesforce.get("limits")
    read = time.monotonic() - started
    create(salesforce)
    written = time.monotonic() - started - read

    assert read < 0.3 <= written


def test_a_cut_after_the_write_leaves_the_record_to_be_found(salesforce):
    salesforce.post("/_sandbox/recommended-fields")
    salesforce.switch(cut_after_commit=1)
    write = part("w", "PATCH", "composite/sobjects/Lead/mobly_lead_id__c", {
        "records": [row("Lead", LastName="A", Company="B", mobly_lead_id__c="k-1")]
    })  # fmt: skip

    with pytest.raises(requests.ConnectionError):
        salesforce.composite(write)
    ((status, results),) = salesforce.composite(write)

    assert (status, results[0]["created"]) == (200, False)
    assert len(salesforce.records("Lead")) == 1


def test_a_rate_limit_has_no_retry_after(salesforce):
    salesforce.switch(rate_limit_next=1)

    answer = salesforce.get("limits")

    assert error(answer)[:2] == (403, "REQUEST_LIMIT_EXCEEDED")
    assert "Retry-After" not in answer.headers


def test_a_server_error_is_unknown_exception(salesforce):
    salesforce.switch(server_error=1)

    assert error(salesforce.get("limits"))[:2] == (500, "UNKNOWN_EXCEPTION")


def test_a_pattern_spoils_the_token_endpoint_alone(salesforce):
    salesforce.switch(html_503=1, path="oauth2/token")

    assert salesforce.get("limits").status_code == 200
    assert requests.post(f"{salesforce.base}/services/oauth2/token", data={}, timeout=5).status_code == 503


@pytest.mark.parametrize(("switch", "value"), [("campaign_rights", "some"), ("duplicate_rule", "maybe"), ("path", "(")])
def test_a_switch_takes_only_what_it_knows(salesforce, switch, value):
    answer = salesforce.patch("/_sandbox/faults", {switch: value})

    assert answer.status_code == 400
    assert value in answer.json()["error"]


def test_the_panel_shows_every_switch(salesforce):
    page = salesforce.get("/_sandbox/panel").text

    for name in salesforce.get("/_sandbox/faults").json():
        assert f'name="{name}"' in page


def test_the_panel_leaves_what_was_left_blank_as_it_is_by_default(salesforce):
    salesforce.call("POST", "/_sandbox/panel", data={"row_lock": "1", "daily_limit": "", "answer": "apply"})

    faults = salesforce.get("/_sandbox/faults").json()
    assert (faults["row_lock"], faults["daily_limit"], faults["campaign_rights"]) == (1, 100_000, "full")


def test_queries_do_not_lag_so_there_is_no_switch_for_it(salesforce):
    assert "search_lag" not in salesforce.get("/_sandbox/faults").json()
    assert salesforce.patch("/_sandbox/faults", {"search_lag": 2}).status_code == 400
