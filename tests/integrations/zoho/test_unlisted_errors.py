"""Refusals in no table of ours, as other people's clients met them: read by their words, then by their status."""

import pytest

from integrations.contract import Cause
from integrations.providers.zoho import errors
from integrations.providers.zoho.reply import Reply

CITY = {"api_name": "City", "json_path": "$.data[0].City"}
NO_SUCH_ID = "the id given seems to be invalid"


def item(code, message="no", **details):
    return {"code": code, "details": details, "message": message, "status": "error"}


RECORDS = [
    (item("INVALID_DATA", NO_SUCH_ID, api_name="id", json_path="$.data[0].id"), Cause.INTERNAL),
    (item("INVALID_DATA", NO_SUCH_ID, api_name="id", json_path="$.data[0].Owner.id"), Cause.DATA_VALUE_VALIDATION),
    (item("INVALID_PICKLIST_VALUE", **CITY), Cause.DATA_VALUE_VALIDATION),
    (item("VALUE_TOO_LONG", **CITY), Cause.DATA_VALUE_VALIDATION),
    (item("RESERVED_KEYWORD_NOT_ALLOWED", **CITY), Cause.DATA_VALUE_VALIDATION),
    (item("CANNOT_BE_UPDATED", **CITY), Cause.MISSING_REMOTE_FIELD),
    (item("MANDATORY_FIELD_MISSING", **CITY), Cause.REQUIRED_FIELD_MISSING),
    (item("DUPLICATE_LINKING_DATA"), Cause.DUPLICATE_RECORD),
    (item("ALREADY_USED"), Cause.DUPLICATE_RECORD),
    (item("AMBIGUITY_DURING_PROCESSING"), Cause.AMBIGUOUS_MATCH),
    (item("UNAPPROVED_RECORD"), Cause.RECORD_LOCKED),
    (item("LOCKED_BY_PROCESS"), Cause.RECORD_LOCKED),
    (item("NO_API_PERMISSION"), Cause.PERMISSION),
    (item("TOO_MANY_REQUESTS"), Cause.RATE_LIMITED),
    (item("INTERNAL_ERROR"), Cause.REMOTE_UNAVAILABLE),
    (item("NOT_ALLOWED"), Cause.REMOTE_RULE),
    (item("RECORD_NOT_IN_PROCESS"), Cause.REMOTE_RULE),
    (item("FUNCTION_EXECUTION_FAILED"), Cause.REMOTE_RULE),
]
REQUESTS = [
    (400, item("LIMIT_REACHED"), Cause.PERMISSION),
    (403, item("LICENSE_LIMIT_EXCEEDED"), Cause.PERMISSION),
    (403, item("SOMETHING_NEW"), Cause.PERMISSION),
    (400, item("API_LIMIT_EXCEEDED"), Cause.RATE_LIMITED),
    (400, item("CONCURRENCY_LIMIT_EXCEEDED"), Cause.RATE_LIMITED),
    (401, item("AUTHENTICATION_FAILED"), Cause.AUTHENTICATION),
    (400, item("JSON_PARSE_ERROR"), Cause.INTERNAL),
    (403, "<html>captcha</html>", Cause.REMOTE_UNAVAILABLE),
    (413, "<html>too large</html>", Cause.INTERNAL),
    (400, {"code": 4820, "message": None, "details": []}, Cause.INTERNAL),
    (400, item("INVALID_DATA", ["x"], json_path=7, api_name=None, expected_fields="x"), Cause.INTERNAL),
    (400, [1], Cause.INTERNAL),
]


@pytest.mark.parametrize(("said", "cause"), RECORDS, ids=[row["code"] for row, _ in RECORDS])
def test_a_code_of_one_record_is_read_by_its_words(said, cause):
    fault = errors.fault_of(said, Reply(200, {"data": [said]}), sent={"City": "Oslo"}, row=True)

    assert (fault.cause, fault.code) == (cause, said["code"])
    assert fault.message


@pytest.mark.parametrize(("status", "body", "cause"), REQUESTS)
def test_a_whole_request_is_read_by_its_code_then_by_its_status(status, body, cause):
    fault = errors.error_of(Reply(status, body, readable=not isinstance(body, str)), write=True).fault

    assert fault.cause is cause
    assert fault.message
