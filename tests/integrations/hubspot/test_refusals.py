"""Every refusal HubSpot is known for, and the cause it becomes. Bodies are those of recordings and HubSpot's pages."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from integrations.contract import Cause
from integrations.providers.hubspot import errors
from integrations.providers.hubspot.reply import Reply
from tests.integrations.hubspot.account import deliver_to, lead
from tests.integrations.hubspot.scripted import Says


def envelope(message, category=None, **more):
    body = {"status": "error", "message": message, "correlationId": "c-1", **more}
    return {**body, "category": category} if category else body


def invalid(name, code, message, **more):
    listed = [{"isValid": False, "message": message, "error": code, "name": name, **more}]
    return envelope(f"Property values were not valid: {json.dumps(listed)}", "VALIDATION_ERROR")


EXPIRED = "The OAuth token used to make this call expired 75 second(s) ago."
NO_SCOPE = (
    "This app hasn't been granted all required scopes to make this call. Read more about required scopes here: x."
)
CASES = {
    "unknown property": (
        400,
        invalid("x", "PROPERTY_DOESNT_EXIST", 'Property "x" does not exist'),
        Cause.MISSING_REMOTE_FIELD,
    ),
    "read-only property": (
        400,
        invalid("x", "READ_ONLY_VALUE", '"x" is a read only property'),
        Cause.MISSING_REMOTE_FIELD,
    ),
    "option": (
        400,
        invalid("x", "INVALID_OPTION", "Hot was not one of the allowed options: [A, B]"),
        Cause.DATA_VALUE_VALIDATION,
    ),
    "option, long list": (
        400,
        invalid("x", "INVALID_OPTION", 'Hot was not one of the allowed options: [label: "A"\nvalue: "a"\n]'),
        Cause.DATA_VALUE_VALIDATION,
    ),
    "e-mail": (400, invalid("email", "INVALID_EMAIL", "Email address Hot is invalid"), Cause.DATA_VALUE_VALIDATION),
    "integer": (400, invalid("x", "INVALID_INTEGER", "Hot was not a valid number."), Cause.DATA_VALUE_VALIDATION),
    "long": (400, invalid("x", "INVALID_LONG", "Hot was not a valid long."), Cause.DATA_VALUE_VALIDATION),
    "date": (
        400,
        invalid("x", "INVALID_DATE", "Hot is at 10:00:00.000 UTC, not midnight!"),
        Cause.DATA_VALUE_VALIDATION,
    ),
    "a code not seen before": (400, invalid("x", "INVALID_PHASE_OF_MOON", "no"), Cause.DATA_VALUE_VALIDATION),
    "a rule's own code": (400, invalid("x", "CUSTOM_RULE", "Ask Mara first"), Cause.REMOTE_RULE),
    "required, named": (
        400,
        envelope("Some required properties were not set.", "VALIDATION_ERROR", context={"properties": ["x"]}),
        Cause.REQUIRED_FIELD_MISSING,
    ),
    "required, not named": (400, envelope("A deal is required here.", "VALIDATION_ERROR"), Cause.REMOTE_RULE),
    "an admin's rule": (400, envelope("No leads on Sundays.", "VALIDATION_ERROR"), Cause.REMOTE_RULE),
    "conflict with id": (
        409,
        envelope("Contact already exists. Existing ID: 12345", "CONFLICT"),
        Cause.DUPLICATE_RECORD,
    ),
    "conflict without id": (409, envelope("Contact already exists", "CONFLICT"), Cause.DUPLICATE_RECORD),
    "conflict, old": (
        409,
        {"status": "error", "message": "Contact already exists", "identityProfile": {"vid": 12345}},
        Cause.DUPLICATE_RECORD,
    ),
    "conflict, JSON in message": (
        409,
        envelope('Contact already exists: {"identityProfile": {"vid": 12345}}'),
        Cause.DUPLICATE_RECORD,
    ),
    "unique value taken": (
        400,
        invalid(
            "x",
            "CONFLICTING_UNIQUE_VALUE",
            "Cannot set PropertyValueCoordinates{propertyName=x, value=Hot} on 1. 12345 already has that value.",
        ),
        Cause.DUPLICATE_RECORD,
    ),
    "scope, in errors": (
        403,
        envelope(NO_SCOPE, "MISSING_SCOPES", errors=[{"message": "x", "context": {"requiredGranularScopes": ["s"]}}]),
        Cause.PERMISSION,
    ),
    "scope, on top": (
        403,
        envelope(
            "One or more of the following scopes are required.",
            "MISSING_SCOPES",
            context={"requiredGranularScopes": ["s"]},
        ),
        Cause.PERMISSION,
    ),
    "no credentials": (
        401,
        envelope("Authentication credentials not found.", "INVALID_AUTHENTICATION"),
        Cause.AUTHENTICATION,
    ),
    "expired": (401, envelope(EXPIRED, "EXPIRED_AUTHENTICATION", context={"expire time": ["x"]}), Cause.AUTHENTICATION),
    "401 of an old endpoint": (401, {"succeeded": False, "message": "You are not authorized"}, Cause.AUTHENTICATION),
    "auth code": (400, {"status": "BAD_AUTH_CODE", "message": "missing or unknown auth code"}, Cause.AUTHENTICATION),
    "auth code too old": (400, {"status": "EXPIRED_AUTH_CODE", "message": "expired"}, Cause.AUTHENTICATION),
    "refresh token": (400, {"status": "BAD_REFRESH_TOKEN", "message": "missing or invalid"}, Cause.AUTHENTICATION),
    "record missing": (404, envelope("resource not found", "OBJECT_NOT_FOUND"), Cause.INTERNAL),
    "object type": (400, envelope("Unable to infer object type from: butterflies"), Cause.INTERNAL),
    "JSON": (400, envelope("Invalid input JSON on line 3, column 9: x", "VALIDATION_ERROR"), Cause.INTERNAL),
    "duplicate ids": (
        400,
        envelope(
            "Duplicate IDs found in batch input: [1]. IDs must be unique", "VALIDATION_ERROR", context={"ids": ["1"]}
        ),
        Cause.INTERNAL,
    ),
    "too many inputs": (
        400,
        envelope("The maximum number of inputs supported in a batch request is 100.", "VALIDATION_ERROR"),
        Cause.INTERNAL,
    ),
    "path parameter": (
        400,
        envelope("Unable to parse value for path parameter: x", "VALIDATION_ERROR"),
        Cause.INTERNAL,
    ),
    "not unique": (
        400,
        envelope("Unable to perform update/upsert by non-unique 0-3 property dealname", "VALIDATION_ERROR"),
        Cause.INTERNAL,
    ),
    "query parameter, errors as texts": (
        400,
        envelope("validation error", errors=["query param x may not be null"]),
        Cause.INTERNAL,
    ),
    "a wrong path": (404, "<html><h1>404</h1></html>", Cause.INTERNAL),
    "a wrong method": (405, "", Cause.INTERNAL),
    "URI too long": (414, "<html>too long</html>", Cause.INTERNAL),
    "locked": (423, envelope("locked", "LOCKED"), Cause.RECORD_LOCKED),
    "moving": (477, envelope("This account is being moved."), Cause.REMOTE_UNAVAILABLE),
    "secondly": (429, envelope("You have reached your secondly limit.", "RATE_LIMITS"), Cause.RATE_LIMITED),
    "internal error": (500, envelope("internal error"), Cause.REMOTE_UNAVAILABLE),
    "empty 500": (500, "", Cause.REMOTE_UNAVAILABLE),
    "bad gateway": (502, "<html>502</html>", Cause.REMOTE_UNAVAILABLE),
    "cloudflare": (524, "<html>a timeout occurred</html>", Cause.REMOTE_UNAVAILABLE),
    "a body of another world": (400, [1, 2], Cause.INTERNAL),
    "nothing at all": (418, None, Cause.INTERNAL),
}


def error_of(status, body, *, write=False, headers=None):
    return errors.error_of(
        Reply(status, body, not isinstance(body, str), "h-1", (headers or {}).get("retry")), write=write
    )


@pytest.mark.parametrize("case", CASES)
def test_each_refusal_has_its_cause(case):
    status, body, cause = CASES[case]

    fault = error_of(status, body).fault

    assert (fault.cause, fault.status) == (cause, status)
    assert fault.message
    assert fault.request_id


@pytest.mark.parametrize(
    "case", ["option", "option, long list", "e-mail", "integer", "long", "date", "unique value taken"]
)
def test_a_refused_value_is_told_with_its_property(case):
    status, body, _ = CASES[case]

    fault = error_of(status, body).fault

    assert (fault.field, fault.value) == ("email" if case == "e-mail" else "x", "Hot")


@pytest.mark.parametrize(
    "case", ["conflict with id", "conflict, old", "conflict, JSON in message", "unique value taken"]
)
def test_a_conflict_names_the_record_in_the_way(case):
    status, body, _ = CASES[case]

    assert error_of(status, body).fault.collides_with.id == "12345"


def test_the_list_inside_the_message_counts_not_the_shorter_errors():
    """Recording: `errors/validation_many_400`."""
    inside = [
        {"isValid": False, "message": f"{name} does not exist", "error": "PROPERTY_DOESNT_EXIST", "name": name}
        for name in ("first000name", "last000name")
    ]
    short = [{"message": "x", "code": "PROPERTY_DOESNT_EXIST", "context": {"propertyName": ["first000name"]}}]

    found = errors.property_faults(envelope(f"Property values were not valid: {json.dumps(inside)}", errors=short))

    assert [fault.name for fault in found] == ["first000name", "last000name"]


def test_older_envelopes_tell_the_property_too():
    old = {
        "validationResults": [
            {"isValid": False, "name": "age", "error": "INVALID_INTEGER", "message": "x was not a valid number."}
        ]
    }
    listed = {"errors": [{"message": "x was not a valid long.", "code": "INVALID_LONG", "in": "age"}]}

    assert [(fault.name, fault.value) for fault in errors.property_faults(old)] == [("age", "x")]
    assert [(fault.name, fault.value) for fault in errors.property_faults(listed)] == [("age", "x")]


@pytest.mark.parametrize("shape", ["scope, in errors", "scope, on top"])
def test_the_missing_scope_is_named(shape):
    assert errors.missing_scopes(CASES[shape][1]) == ["s"]


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520, 524, 408])
def test_a_server_error_after_a_write_is_doubt_after_a_read_it_is_none(status):
    assert error_of(status, "<html>x</html>", write=True).fault.ambiguous is True
    assert error_of(status, "<html>x</html>", write=False).fault.ambiguous is False


@pytest.mark.parametrize("status", [400, 401, 403, 409, 423, 429, 477])
def test_a_refusal_was_certainly_not_carried_out(status):
    assert error_of(status, envelope("x"), write=True).fault.ambiguous is False


@pytest.mark.parametrize(
    ("body", "wait"),
    [
        (envelope("You have reached your secondly limit.", "RATE_LIMITS"), 1.0),
        (envelope("You have reached your secondly limit.", errorType="RATE_LIMIT", policyName="SECONDLY"), 1.0),
        (envelope("You have reached your ten_secondly_rolling limit."), 10.0),
        (envelope("Slow down.", policyName="TEN_SECONDLY_ROLLING"), 10.0),
        (envelope("Slow down."), 10.0),
        ("<html>429</html>", 10.0),
        (envelope("You have reached your daily limit.", policyName="DAILY"), 3600.0),
    ],
)
def test_how_long_to_wait_is_read_from_the_message(body, wait):
    assert error_of(429, body).fault.wait == wait


def test_the_daily_limit_ends_at_midnight_of_the_account(monkeypatch):
    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime(2026, 11, 21, 22, 30, tzinfo=UTC)

    monkeypatch.setattr(errors, "datetime", Clock)
    reply = Reply(429, envelope("You have reached your daily limit."))

    assert errors.wait_of(reply, timedelta(hours=-5)) == 6.5 * 3600
    assert errors.wait_of(reply, timedelta(hours=1)) == 0.5 * 3600


def test_what_the_server_says_about_waiting_comes_first():
    assert error_of(429, envelope("daily limit"), headers={"retry": 7.0}).fault.wait == 7.0
    assert error_of(477, envelope("moving"), headers={"retry": 7200.0}).fault.wait == 7200.0


def test_a_lock_is_tried_again_after_two_seconds():
    fault = error_of(423, envelope("locked")).fault

    assert (fault.transient, fault.wait) == (True, 2.0)


# --- Which rows are to blame ----------------------------------------------------------------------------------------


def refusing(bad, refusal):
    """A HubSpot that ignores trace ids and refuses a whole batch while one of its rows is bad."""

    def answer(asked):
        rows = asked.body["inputs"]
        if any(bad(row) for row in rows):
            return Says(400, refusal([row for row in rows if bad(row)]))
        return Says(
            200, {"results": [{"id": row["id"].partition("@")[0], "new": True, **row} | {"id": "9"} for row in rows]}
        )

    return answer


def listed_in_message(name, code, message):
    def body(rows):
        listed = [
            {"isValid": False, "name": name, "error": code, "message": message.format(row["properties"].get(name))}
            for row in rows
        ]
        return envelope(f"Property values were not valid: {json.dumps(listed)}", "VALIDATION_ERROR")

    return body


def test_the_bad_rows_of_a_refused_batch_are_taken_out_and_the_rest_is_sent_again(scripted, client_of):
    bad = lambda row: row["properties"].get("rating") == "Hot"  # noqa: E731
    said = listed_in_message("rating", "INVALID_OPTION", "{} was not one of the allowed options: [A]")
    server = scripted(refusing(bad, said))
    leads = [lead(f"p{number}@acme.example", rating="Hot" if number in (3, 7) else "A") for number in range(20)]

    results = deliver_to(client_of(server), *leads)

    assert [number for number, result in enumerate(results) if not result.ok] == [3, 7]
    assert (results[3].fault.field, results[3].fault.value) == ("rating", "Hot")
    told = results[3].notes[-1]
    assert told.sent["properties"] == {"email": "p3@acme.example", "rating": "Hot"}
    assert told.answer["message"] == "Hot was not one of the allowed options: [A]"
    assert len(server.asked) == 2


def test_a_property_that_is_gone_takes_out_all_who_sent_it(scripted, client_of):
    said = listed_in_message("rating", "PROPERTY_DOESNT_EXIST", 'Property "rating" does not exist')
    server = scripted(refusing(lambda row: "rating" in row["properties"], said))
    leads = [lead(f"p{n}@acme.example", **({"rating": "A"} if n < 5 else {})) for n in range(10)]

    results = deliver_to(client_of(server), *leads)

    assert [result.ok for result in results] == [False] * 5 + [True] * 5
    assert {result.fault.cause for result in results[:5]} == {Cause.MISSING_REMOTE_FIELD}
    assert len(server.asked) == 2


def test_a_refusal_that_names_nobody_is_halved_until_the_bad_one_stands_alone(scripted, client_of):
    said = lambda rows: envelope("No leads on Sundays.", "VALIDATION_ERROR")  # noqa: E731
    server = scripted(refusing(lambda row: row["id"] == "p5@acme.example", said))
    leads = [lead(f"p{number}@acme.example") for number in range(16)]

    results = deliver_to(client_of(server), *leads)

    assert [number for number, result in enumerate(results) if not result.ok] == [5]
    assert (results[5].fault.cause, results[5].fault.message) == (Cause.REMOTE_RULE, "No leads on Sundays.")
    assert len(server.asked) <= 9


def test_a_missing_permission_is_not_halved(scripted, client_of):
    server = scripted(Says(403, envelope(NO_SCOPE, "MISSING_SCOPES")))

    results = deliver_to(client_of(server), *[lead(f"p{number}@acme.example") for number in range(20)])

    assert {result.fault.cause for result in results} == {Cause.PERMISSION}
    assert len(server.asked) == 1


def test_a_row_nobody_speaks_of_is_in_doubt(scripted, client_of):
    said = {"status": "COMPLETE", "results": [{"id": "1", "properties": {"email": "a@acme.example"}, "new": True}]}
    server = scripted(Says(200, said))

    first, second = deliver_to(client_of(server), lead("a@acme.example"), lead("b@acme.example"))

    assert first.ok
    assert (second.fault.cause, second.fault.ambiguous) == (Cause.REMOTE_UNAVAILABLE, True)


def test_an_error_without_a_name_is_for_the_rows_without_a_result(scripted, client_of):
    """`numErrors` counts entries, not records."""
    said = {
        "status": "COMPLETE",
        "results": [{"id": "1", "properties": {"email": "a@acme.example"}, "new": True}],
        "numErrors": 1,
        "errors": [
            {"status": "error", "category": "VALIDATION_ERROR", "message": "No leads on Sundays.", "context": {}}
        ],
    }
    server = scripted(Says(207, said))

    results = deliver_to(client_of(server), lead("a@acme.example"), lead("b@acme.example"), lead("c@acme.example"))

    assert [result.ok for result in results] == [True, False, False]
    assert {result.fault.message for result in results[1:]} == {"No leads on Sundays."}
