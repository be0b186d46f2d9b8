"""Refusals whose wording is documented nowhere, as other people's clients met them: the phrase, then the status."""

import pytest

from integrations.contract import AuthenticationFailed, Cause, Throttled, Tokens, Unavailable
from integrations.providers.pipedrive import errors
from integrations.providers.pipedrive.reply import Reply
from tests.integrations.hubspot.scripted import Says
from tests.integrations.pipedrive.test_sign_in import app_at, refreshed

WORDS = [
    (400, "Invalid field(s) in the payload: abc", Cause.MISSING_REMOTE_FIELD),
    (400, 'Validation failed: title2: "title2" is not allowed', Cause.MISSING_REMOTE_FIELD),
    (400, "Custom field 0a1b does not exist", Cause.MISSING_REMOTE_FIELD),
    (400, '"name" is not allowed to be empty', Cause.REQUIRED_FIELD_MISSING),
    (400, "Cannot add note because deal does not exist or you have no permissions to access it.", Cause.PERMISSION),
    (400, "You have reached your limit of custom fields", Cause.PERMISSION),
    (400, "Field with this name already exists", Cause.DUPLICATE_RECORD),
    (409, "Person already exists", Cause.DUPLICATE_RECORD),
    (409, "Something is in the way", Cause.REMOTE_RULE),
    (400, "The person is locked", Cause.RECORD_LOCKED),
    (400, "Unexpected token u in JSON at position 0", Cause.INTERNAL),
    (400, "Inserting ID with POST request is not allowed.", Cause.INTERNAL),
    (400, "A lead must be linked to a person or an organization", Cause.REQUIRED_FIELD_MISSING),
    (400, "name cannot be empty", Cause.REQUIRED_FIELD_MISSING),
    (400, "Parameter 'name' is missing", Cause.REQUIRED_FIELD_MISSING),
    (400, "phone: must be a string", Cause.DATA_VALUE_VALIDATION),
    (422, "Unprocessable entity", Cause.DATA_VALUE_VALIDATION),
    (403, "This feature is not available in your plan", Cause.PERMISSION),
    (500, "Internal Server Error occurred. Pipedrive staff was notified about this.", Cause.REMOTE_UNAVAILABLE),
]
SHAPES = [
    (403, "error code: 1020", Cause.RATE_LIMITED),
    (403, "", Cause.PERMISSION),
    (403, None, Cause.PERMISSION),
    (400, "<html>400 Bad Request</html>", Cause.REMOTE_UNAVAILABLE),
    (404, "<html>Not here</html>", Cause.REMOTE_UNAVAILABLE),
    (413, "<html>Too large</html>", Cause.INTERNAL),
    (525, "<html>", Cause.REMOTE_UNAVAILABLE),
    (400, {"error": {"message": "name is required", "code": 3}}, Cause.REQUIRED_FIELD_MISSING),
    (400, {"error": 7, "code": None, "message": [1]}, Cause.DATA_VALUE_VALIDATION),
    (400, {"error": "Too many", "code": "feature_capping_custom_fields_limit"}, Cause.PERMISSION),
]


@pytest.mark.parametrize(("status", "words", "cause"), WORDS)
def test_a_refusal_is_read_by_its_phrase(status, words, cause):
    fault = errors.error_of(Reply(status, {"success": False, "error": words, "data": None})).fault

    assert fault.cause is cause
    assert words in fault.message


@pytest.mark.parametrize(("status", "body", "cause"), SHAPES)
def test_no_shape_of_an_answer_is_too_strange(status, body, cause):
    fault = errors.error_of(Reply(status, body, readable=not isinstance(body, str))).fault

    assert fault.cause is cause
    assert fault.message


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, {"error": "server_error"}, Unavailable),
        (400, "<html>", Unavailable),
        (403, "<html>blocked</html>", Throttled),
        (400, {"error": "invalid_grant", "message": "Invalid grant: refresh token is invalid"}, AuthenticationFailed),
    ],
)
def test_a_trouble_of_the_sign_in_itself_is_no_end_of_the_connection(scripted, status, body, error):
    with pytest.raises(error):
        refreshed(app_at(scripted(Says(status, body)).url), Tokens("a", "r"))
