"""Every row of Salesforce's error table: what a code means, and what the fault tells."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.contract import Cause, RemoteRef, Step
from integrations.providers.salesforce import errors
from integrations.providers.salesforce.errors import fault_of

LOCKED = "unable to obtain exclusive access to this record or 1 records: 00Q5g000001AbCdEAK"
TABLE: list[tuple[str, str, list[str], Cause]] = [
    ("INVALID_SESSION_ID", "Session expired or invalid", [], Cause.AUTHENTICATION),
    ("REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName, Company]", ["LastName", "Company"],
     Cause.REQUIRED_FIELD_MISSING),
    ("REQUIRED_FIELD_MISSING", "At least 1 record is required", [], Cause.INTERNAL),
    ("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "Rating: bad value for restricted picklist field: X", ["Rating"],
     Cause.DATA_VALUE_VALIDATION),
    ("STRING_TOO_LONG", "First Name: data value too large: xxx (max length=40)", ["FirstName"],
     Cause.DATA_VALUE_VALIDATION),
    ("INVALID_EMAIL_ADDRESS", "Email: invalid email address: x", ["Email"], Cause.DATA_VALUE_VALIDATION),
    ("NUMBER_OUTSIDE_VALID_RANGE", "Employees: value outside of valid range", ["NumberOfEmployees"],
     Cause.DATA_VALUE_VALIDATION),
    ("INVALID_TYPE_ON_FIELD_IN_RECORD", "Employees: value not of required type: many", ["NumberOfEmployees"],
     Cause.DATA_VALUE_VALIDATION),
    ("JSON_PARSER_ERROR", "Cannot deserialize instance of int from VALUE_STRING value many or request may be missing",
     [], Cause.DATA_VALUE_VALIDATION),
    ("JSON_PARSER_ERROR", "Unexpected character at [line:1, column:2]", [], Cause.INTERNAL),
    ("FIELD_INTEGRITY_EXCEPTION", "There's a problem with this country, even though it may appear correct.",
     ["Country"], Cause.DATA_VALUE_VALIDATION),
    ("INVALID_FIELD", "No such column 'Foo__c' on sobject of type Lead", [], Cause.MISSING_REMOTE_FIELD),
    ("INVALID_FIELD", "Failed to deserialize field at col 3. Due to, 'x' is not a valid value for the type xsd:date",
     [], Cause.DATA_VALUE_VALIDATION),
    ("INVALID_TYPE", "sObject type 'Foo' is not supported.", [], Cause.MISSING_REMOTE_FIELD),
    ("INVALID_FIELD_FOR_INSERT_UPDATE", "Unable to create/update fields: Title. Please check the security settings",
     ["Title"], Cause.PERMISSION),
    ("INSUFFICIENT_ACCESS", "insufficient access", [], Cause.PERMISSION),
    ("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id", [], Cause.PERMISSION),
    ("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", "insufficient access rights on cross-reference id", [],
     Cause.PERMISSION),
    ("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
     "insufficient access rights on cross-reference id: 7015g000000XyZaAAK", [], Cause.CAMPAIGN_NOT_FOUND),
    ("API_DISABLED_FOR_ORG", "The REST API is not enabled for this Organization.", [], Cause.PERMISSION),
    ("API_CURRENTLY_DISABLED", "API is not enabled for this user", [], Cause.PERMISSION),
    ("DUPLICATES_DETECTED", "Use one of these records?", [], Cause.DUPLICATE_RECORD),
    ("DUPLICATE_VALUE", "duplicate value found: Ext__c duplicates value on record with id: 00Q5g000001AbCdEAK", [],
     Cause.DUPLICATE_RECORD),
    ("DUPLICATE_EXTERNAL_ID", "Ext__c: more than one record found for external id field", [], Cause.AMBIGUOUS_MATCH),
    ("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", [], Cause.RECORD_LOCKED),
    ("ENTITY_IS_LOCKED", "entity is locked for editing", [], Cause.RECORD_LOCKED),
    ("UNABLE_TO_LOCK_ROW", LOCKED, [], Cause.RECORD_LOCKED),
    ("ENTITY_IS_DELETED", "entity is deleted", [], Cause.INTERNAL),
    ("NOT_FOUND", "The requested resource does not exist", [], Cause.INTERNAL),
    ("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [], Cause.DATA_VALUE_VALIDATION),
    ("INVALID_CROSS_REFERENCE_KEY", "Owner ID: id value of incorrect type", ["OwnerId"], Cause.DATA_VALUE_VALIDATION),
    ("MALFORMED_ID", "bad id x", [], Cause.INTERNAL),
    ("MISSING_ARGUMENT", "Id not specified in an update call", [], Cause.INTERNAL),
    ("MALFORMED_QUERY", "unexpected token: x", [], Cause.INTERNAL),
    ("MALFORMED_SEARCH", "unexpected token: x", [], Cause.INTERNAL),
    ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Phone must begin with +.", [], Cause.REMOTE_RULE),
    ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "Guard: execution of BeforeInsert", [], Cause.REMOTE_RULE),
    ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", f"Guard: System.DmlException: UNABLE_TO_LOCK_ROW, {LOCKED}", [],
     Cause.RECORD_LOCKED),
    ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "Guard: System.LimitException: Too many SOQL queries: 101", [],
     Cause.REMOTE_RULE),
    ("CANNOT_EXECUTE_FLOW_TRIGGER", "We can't save this record because the “X” process failed.", [], Cause.REMOTE_RULE),
    ("INACTIVE_OWNER_OR_USER", "operation performed with inactive user", ["OwnerId"], Cause.DATA_VALUE_VALIDATION),
    ("STORAGE_LIMIT_EXCEEDED", "storage limit exceeded", [], Cause.REMOTE_RULE),
    ("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", [], Cause.RATE_LIMITED),
    ("SERVER_UNAVAILABLE", "Server too busy", [], Cause.REMOTE_UNAVAILABLE),
    ("UNKNOWN_EXCEPTION", "An unexpected error occurred.", [], Cause.REMOTE_UNAVAILABLE),
    ("GONE", "The requested API version is retired.", [], Cause.INTERNAL),
    ("SOMETHING_NEW_IN_SUMMER", "A text nobody has seen.", [], Cause.REMOTE_RULE),
]  # fmt: skip


@pytest.mark.parametrize(("code", "message", "fields", "cause"), TABLE)
def test_the_cause_of_a_row_error(code: str, message: str, fields: list[str], cause: Cause) -> None:
    fault = fault_of(
        {"success": False, "errors": [{"statusCode": code, "message": message, "fields": fields}]}, row=True
    )

    assert fault.cause is cause
    assert fault.code == code
    assert fault.message == message


@pytest.mark.parametrize(("code", "message", "fields", "cause"), TABLE[:-1])
def test_a_single_call_spells_the_same_error_another_way(
    code: str, message: str, fields: list[str], cause: Cause
) -> None:
    assert fault_of([{"errorCode": code, "message": message, "fields": fields}]).cause is cause


def test_an_unknown_code_of_a_whole_call_is_our_own_fault() -> None:
    assert fault_of([{"errorCode": "SOMETHING_NEW", "message": "x"}]).cause is Cause.INTERNAL


@pytest.mark.parametrize(
    ("code", "message", "transient"),
    [
        ("UNABLE_TO_LOCK_ROW", LOCKED, True),
        ("ENTITY_IS_LOCKED", "entity is locked for editing", True),
        ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "Too many SOQL queries: 101", True),
        ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", LOCKED, True),
        ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "Guard: no", False),
        ("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", False),
        ("STRING_TOO_LONG", "too long", False),
    ],
)
def test_what_may_work_when_tried_again(code: str, message: str, transient: bool) -> None:
    assert fault_of({"errors": [{"statusCode": code, "message": message}]}, row=True).transient is transient


def test_a_fault_names_the_field_and_what_we_sent_in_it() -> None:
    body = [{"statusCode": "INVALID_EMAIL_ADDRESS", "message": "email field: invalid email address: badone",
             "fields": ["email_field__c"]}]  # fmt: skip

    fault = fault_of(
        body, row=True, sent={"email_field__c": "badone"}, object_name="Contact", step=Step.PERSON, status=200
    )

    assert (fault.field, fault.value, fault.object, fault.status) == ("email_field__c", "badone", "Contact", 200)
    assert fault.message == "email field: invalid email address: badone"


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ("No such column 'Foo__c' on sobject of type Lead", "Foo__c"),
        (
            "\nselect Foo__c\n   ^\nERROR at Row:1:Column:35\nNo such column 'Foo__c' on entity 'Lead'. If you are",
            "Foo__c",
        ),
        ("Unable to create/update fields: Title, Phone. Please check", "Title"),
        ("Required fields are missing: [LastName, Company]", "LastName"),
        ("Something else", ""),
    ],
)
def test_the_field_is_read_out_of_the_message_where_it_is_not_listed(message: str, field: str) -> None:
    assert fault_of([{"errorCode": "INVALID_FIELD", "message": message}]).field == field


def test_entities_in_a_message_are_resolved() -> None:
    body = [{"errorCode": "STRING_TOO_LONG", "message": "Bachelor&#39;s Degree &amp; more: data value too large"}]

    assert fault_of(body).message == "Bachelor's Degree & more: data value too large"


def test_markup_of_a_flow_is_left_out_and_a_less_than_stays() -> None:
    said = "It failed.<br/>Details: <b>age &lt; 18</b>"

    assert (
        fault_of([{"errorCode": "CANNOT_EXECUTE_FLOW_TRIGGER", "message": said}]).message
        == "It failed. Details: age < 18"
    )


def test_several_rules_at_once_are_all_told() -> None:
    rules = [{"statusCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "message": text} for text in ("One.", "Two.", "One.")]

    assert fault_of({"success": False, "errors": rules}, row=True).message == "One.\nTwo."


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ([{"message": "m", "errorCode": "X"}], "m"),
        ({"message": "m", "errorCode": "X"}, "m"),
        ({"error": "invalid_grant", "error_description": "m"}, "m"),
        ("m", "m"),
        (["m"], "m"),
        ([[{"message": "m"}]], "m"),
        ({"errors": []}, "Salesforce answered 400 without saying why."),
        ("", "Salesforce answered 400 without saying why."),
        (None, "Salesforce answered 400 without saying why."),
        ([], "Salesforce answered 400 without saying why."),
        ({}, "Salesforce answered 400 without saying why."),
        (42, "Salesforce answered 400 without saying why."),
        ([None, 7], "Salesforce answered 400 without saying why."),
        ([{"message": None, "errorCode": None, "fields": None}], "Salesforce answered 400 without saying why."),
        ([{"message": {"a": 1}, "fields": "Name"}], "{'a': 1}"),
    ],
)
def test_no_shape_of_an_error_answer_is_too_strange(body: Any, message: str) -> None:
    assert fault_of(body, status=400).message == message


def duplicate_body(spelling: str, kind: str = "Lead") -> list[dict[str, Any]]:
    record = {"attributes": {"type": kind, "url": "/services/data/v64.0/x"}, "Id": "0035g000001AbCdEAK"}
    other = {"Id": "0035g000001AbCeEAK"}
    matched = {"entityType": "Contact", "matchRecords": [{"record": record}, {"record": other}], "success": True}
    return [
        {
            spelling: {"allowSave": False, "duplicateRule": "DR", "matchResults": [matched]},
            "errorCode": "DUPLICATES_DETECTED",
            "message": "You're creating a duplicate record.",
        }
    ]


@pytest.mark.parametrize("spelling", ["duplicateResut", "duplicateResult"])
def test_a_duplicate_rule_names_the_record_in_either_spelling(spelling: str) -> None:
    fault = fault_of(duplicate_body(spelling), object_name="Lead", record_url="https://halden.example/")

    there = RemoteRef("Contact", "0035g000001AbCdEAK", "https://halden.example/0035g000001AbCdEAK")
    assert fault.collides_with == there
    assert [candidate.id for candidate in fault.candidates] == ["0035g000001AbCeEAK"]


@pytest.mark.parametrize(
    "result", [None, [], "x", {"matchResults": "x"}, {"matchResults": [{"matchRecords": [None, {}]}]}]
)
def test_a_duplicate_rule_without_details_names_nobody(result: Any) -> None:
    fault = fault_of([{"duplicateResut": result, "errorCode": "DUPLICATES_DETECTED", "message": "Twice."}])

    assert fault.cause is Cause.DUPLICATE_RECORD
    assert fault.collides_with is None


def test_a_unique_field_names_the_record_it_collides_with() -> None:
    message = "duplicate value found: Ext__c duplicates value on record with id: 00Q5g000001AbCdEAK"

    fault = fault_of([{"errorCode": "DUPLICATE_VALUE", "message": message}], object_name="Lead")

    assert fault.collides_with == RemoteRef("Lead", "00Q5g000001AbCdEAK")


@pytest.mark.parametrize(
    ("code", "field", "stale"),
    [
        ("ENTITY_IS_DELETED", "", True),
        ("NOT_FOUND", "", True),
        ("INVALID_CROSS_REFERENCE_KEY", "", True),
        ("INVALID_CROSS_REFERENCE_KEY", "AccountId", True),
        ("INVALID_CROSS_REFERENCE_KEY", "OwnerId", False),
        ("CANNOT_UPDATE_CONVERTED_LEAD", "", True),
        ("ENTITY_IS_LOCKED", "", False),
    ],
)
def test_which_refusals_mean_that_the_record_must_be_matched_again(code: str, field: str, stale: bool) -> None:
    fault = fault_of([{"errorCode": code, "message": "x", "fields": [field] if field else []}])

    assert errors.is_stale(fault) is stale


def test_a_person_who_vanished_before_the_task_is_tried_again() -> None:
    body = [{"statusCode": "INVALID_CROSS_REFERENCE_KEY", "message": "invalid cross reference id", "fields": []}]

    assert fault_of(body, object_name="Task", row=True).cause is Cause.INTERNAL


def test_a_member_whose_campaign_vanished_is_told_so() -> None:
    body = [{"statusCode": "INVALID_CROSS_REFERENCE_KEY", "message": "invalid cross reference id", "fields": []}]

    assert fault_of(body, object_name="CampaignMember", row=True).cause is Cause.CAMPAIGN_NOT_FOUND
