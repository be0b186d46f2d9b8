"""Refusals in no table of ours, as other people's clients met them: read by their words, then by their status."""

import json

import pytest

from integrations.contract import AuthenticationFailed, Cause, Throttled, Tokens, Unavailable
from integrations.providers.hubspot import PROVIDER, errors
from integrations.providers.hubspot.reply import Reply
from mobly_sync.http import Session
from tests.integrations.hubspot.scripted import Says
from tests.integrations.hubspot.test_sign_in import app_at

PAGE = "<html><title>Attention Required! | Cloudflare</title></html>"
VALUES = {
    "INVALID_ALPHA": Cause.DATA_VALUE_VALIDATION,
    "INVALID_NUMERIC": Cause.DATA_VALUE_VALIDATION,
    "MAX_LENGTH": Cause.DATA_VALUE_VALIDATION,
    "VALUE_TOO_LONG": Cause.DATA_VALUE_VALIDATION,
    "FORMAT_NOT_ALLOWED": Cause.DATA_VALUE_VALIDATION,
    "OWNER_DOES_NOT_EXIST": Cause.DATA_VALUE_VALIDATION,
    "UNKNOWN_PROPERTY": Cause.MISSING_REMOTE_FIELD,
    "OWNER_DOESNT_EXIST": Cause.DATA_VALUE_VALIDATION,
    "NOT_UNIQUE": Cause.DUPLICATE_RECORD,
    "MISSING_REQUIRED_VALUE": Cause.REQUIRED_FIELD_MISSING,
}


def said(message, category=None, **more):
    return {"status": "error", "message": message, **({"category": category} if category else {}), **more}


INVALID = "VALIDATION_ERROR"
ANSWERS = [
    (400, said("Invalid JSON input: a request body was expected, but none found", INVALID), Cause.INTERNAL),
    (400, said("The limit must not be greater than 100", INVALID), Cause.INTERNAL),
    (
        400,
        said("One or more associations are not valid", INVALID, context={"INVALID_OBJECT_IDS": ["1"]}),
        Cause.INTERNAL,
    ),
    (207, said("No default association exists between CONTACT and TASK", INVALID), Cause.INTERNAL),
    (400, said("Property with name foo does not exist", INVALID), Cause.MISSING_REMOTE_FIELD),
    (400, said("Property does not exist", error="PROPERTY_DOESNT_EXIST"), Cause.MISSING_REMOTE_FIELD),
    (400, said("Email address foo@bar is invalid", error="INVALID_EMAIL"), Cause.DATA_VALUE_VALIDATION),
    (400, said("Too many requests for this object", "RATE_LIMITS"), Cause.RATE_LIMITED),
    (402, said("Your portal does not have access to this feature"), Cause.PERMISSION),
    (403, said("This account is blocked", "BANNED"), Cause.PERMISSION),
    (403, PAGE, Cause.REMOTE_UNAVAILABLE),
    (521, "<html>", Cause.REMOTE_UNAVAILABLE),
    (415, "<h2>HTTP ERROR 415</h2>", Cause.INTERNAL),
    (400, None, Cause.INTERNAL),
    (400, {"message": {"a": 1}, "category": 7, "errors": "x", "context": [1]}, Cause.INTERNAL),
]


@pytest.mark.parametrize("code", VALUES)
def test_a_code_of_one_value_is_read_by_its_words(code):
    row = {"isValid": False, "message": "No.", "error": code, "name": "city"}
    body = said(f"Property values were not valid: {json.dumps([row])}", INVALID)

    fault = errors.error_of(Reply(400, body), write=True).fault

    assert (fault.cause, fault.field, fault.message) == (VALUES[code], "city", "No.")


@pytest.mark.parametrize(("status", "body", "cause"), ANSWERS)
def test_an_answer_is_read_by_its_code_and_words_then_by_its_status(status, body, cause):
    reply = Reply(status, body, readable=not isinstance(body, str))
    fault = errors.fault_of(body, reply) if status == 207 else errors.error_of(reply, write=True).fault

    assert fault.cause is cause
    assert fault.message


@pytest.mark.parametrize("code", ["INTERNAL_ERROR", "SERVICE_UNAVAILABLE"])
def test_one_of_a_batch_that_hubspot_could_not_do_is_tried_again(code):
    fault = errors.fault_of(said("internal error", code), Reply(207, {}))

    assert (fault.cause, fault.transient) == (Cause.REMOTE_UNAVAILABLE, True)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (403, PAGE, Unavailable),
        (400, {"status": "BAD_CLIENT_ID", "message": "missing or unknown client id"}, AuthenticationFailed),
        (400, {"error": "invalid_grant", "error_description": "x"}, AuthenticationFailed),
        (429, {"message": "limit"}, Throttled),
    ],
)
def test_a_page_in_the_sign_ins_place_does_not_end_a_connection(scripted, status, body, error):
    app = app_at(scripted(Says(status, body)).url)

    with Session(allowed_hosts=app.hosts) as session, pytest.raises(error):
        PROVIDER.refresh(session, app, Tokens("a", "r"))
