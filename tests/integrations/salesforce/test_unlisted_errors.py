"""Refusals in no table of ours, as other people's clients met them: read by their words, then by their status."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from integrations.contract import AuthenticationFailed, Cause, ProviderError, Throttled, Tokens, Unavailable
from integrations.providers.salesforce import PROVIDER
from integrations.providers.salesforce.errors import fault_of
from tests.integrations.salesforce.org import Scripted, app_of, scripted_client, session_of

Script = Callable[..., Scripted]
JSON, HTML, XML = "application/json", "text/html", "application/xml"
FIELD_XML = "<Errors><Error><errorCode>INVALID_FIELD</errorCode><message>No such column 'x'</message></Error></Errors>"

ROWS = [
    ("FIELD_FILTER_VALIDATION_EXCEPTION", "Value does not match filter criteria.", Cause.DATA_VALUE_VALIDATION),
    ("TOO_MANY_ENUM_VALUE", "too many values", Cause.DATA_VALUE_VALIDATION),
    ("INVALID_CURRENCY_ISO", "invalid currency", Cause.DATA_VALUE_VALIDATION),
    ("TEXT_DATA_OUTSIDE_SUPPORTED_CHARSET", "charset", Cause.DATA_VALUE_VALIDATION),
    ("TRANSFER_REQUIRES_READ", "The new owner must have read permission", Cause.PERMISSION),
    ("UNAVAILABLE_RECORDTYPE_EXCEPTION", "Unable to find default record type", Cause.PERMISSION),
    ("INVALID_READ_ONLY_USER_DML", "read only user", Cause.PERMISSION),
    ("RECORD_IN_USE_BY_WORKFLOW", "in use", Cause.RECORD_LOCKED),
    ("ALREADY_IN_PROCESS", "Cannot submit object already in process.", Cause.RECORD_LOCKED),
    ("REQUEST_RUNNING_TOO_LONG", "stopped", Cause.REMOTE_UNAVAILABLE),
    ("TOO_MANY_APEX_REQUESTS", "too many", Cause.RATE_LIMITED),
    ("DUPLICATE_COMM_NICKNAME", "taken", Cause.DUPLICATE_RECORD),
    ("INVALID_OPERATION", "a trigger's word", Cause.REMOTE_RULE),
    ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "entity type cannot be inserted: Lead", Cause.PERMISSION),
    ("LIMIT_EXCEEDED", "a limit of the org", Cause.REMOTE_RULE),
]
CALLS: list[tuple[int, str, Any, Cause]] = [
    (400, JSON, [{"errorCode": "QUERY_TIMEOUT", "message": "running for too long"}], Cause.REMOTE_UNAVAILABLE),
    (400, JSON, [{"errorCode": "QUERY_TOO_COMPLICATED", "message": "too many fields"}], Cause.INTERNAL),
    (403, JSON, [{"errorCode": "FUNCTIONALITY_NOT_ENABLED", "message": "x"}], Cause.PERMISSION),
    (403, JSON, [{"errorCode": "SOMETHING_NEW", "message": "x"}], Cause.PERMISSION),
    (403, JSON, {}, Cause.PERMISSION),
    (403, "text/plain", "Bad_OAuth_Token", Cause.AUTHENTICATION),
    (
        404,
        JSON,
        [{"errorCode": "NOT_FOUND", "message": "Provided external ID field does not exist or is not accessible: X__c"}],
        Cause.MISSING_REMOTE_FIELD,
    ),
    (
        300,
        JSON,
        ["/services/data/v64.0/sobjects/Lead/00Q1", "/services/data/v64.0/sobjects/Lead/00Q2"],
        Cause.AMBIGUOUS_MATCH,
    ),
    (414, HTML, "<h1>URI Too Long</h1>", Cause.INTERNAL),
    (400, XML, FIELD_XML, Cause.MISSING_REMOTE_FIELD),
    (500, JSON, [{"errorCode": 5, "message": None, "fields": {"a": 1}}], Cause.REMOTE_UNAVAILABLE),
    (400, JSON, [None], Cause.INTERNAL),
]
SIGN_INS: list[tuple[int, str, Any, type[ProviderError]]] = [
    (400, JSON, {"error": "unknown_error", "error_description": "retry your request"}, Unavailable),
    (400, JSON, {"error": "invalid_grant", "error_description": "login rate exceeded"}, Throttled),
    (400, HTML, "<html>Bad Request</html>", Unavailable),
    (
        400,
        JSON,
        {"error": "OAUTH_APP_BLOCKED", "error_description": "this app is blocked by admin"},
        AuthenticationFailed,
    ),
    (400, JSON, {"error": "invalid_grant", "error_description": "activation secret invalid"}, AuthenticationFailed),
]


@pytest.mark.parametrize(("code", "message", "cause"), ROWS, ids=[row[0] for row in ROWS])
def test_a_code_nobody_listed_is_read_by_its_words(code: str, message: str, cause: Cause) -> None:
    fault = fault_of({"success": False, "errors": [{"statusCode": code, "message": message, "fields": []}]}, row=True)

    assert (fault.cause, fault.code, fault.message) == (cause, code, message)
    assert fault.transient is (cause in (Cause.RATE_LIMITED, Cause.REMOTE_UNAVAILABLE))


@pytest.mark.parametrize(("status", "kind", "body", "cause"), CALLS)
def test_a_whole_call_is_read_by_its_code_then_by_its_status(
    scripted: Script, status: int, kind: str, body: Any, cause: Cause
) -> None:
    with pytest.raises(ProviderError) as raised:
        scripted_client(scripted(*[(status, kind, body)] * 2)).get("limits")

    assert raised.value.fault.cause is cause
    assert raised.value.fault.message


@pytest.mark.parametrize(("status", "kind", "body", "error"), SIGN_INS)
def test_a_trouble_of_the_sign_in_itself_is_no_end_of_the_connection(
    scripted: Script, status: int, kind: str, body: Any, error: type[ProviderError]
) -> None:
    app = app_of(scripted((status, kind, body)).url)

    with pytest.raises(error):
        PROVIDER.refresh(session_of(app), app, Tokens("old", "refresh", api_url=app.api_url))


def test_a_status_its_campaign_does_not_have_is_said_as_such() -> None:
    said = "Status: bad value for restricted picklist field: Went"
    entry = {"statusCode": "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "message": said, "fields": ["Status"]}

    fault = fault_of({"errors": [entry]}, row=True, object_name="CampaignMember")

    assert fault.cause is Cause.CAMPAIGN_STATUS_INVALID
