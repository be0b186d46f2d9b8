"""One request: what it costs, what it says, and every strange way it may end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from integrations.contract import (
    AuthenticationFailed,
    Cause,
    EngagementKind,
    EngagementWrite,
    Fault,
    FurtherWrite,
    ProviderError,
    RecordWrite,
    Refused,
    Throttled,
    Tokens,
    Unavailable,
)
from integrations.providers.salesforce import PROVIDER
from integrations.providers.salesforce.client import SalesforceClient
from tests.integrations.salesforce.org import Held, Org, Scripted, app_of, lead, scripted_client, session_of

Script = Callable[..., Scripted]
JSON = "application/json;charset=UTF-8"
DEAD = {"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}
NO_REST = {"message": "This session is not valid for use with the REST API", "errorCode": "INVALID_SESSION_ID"}
HTML = "<html><body>Sorry</body></html>"


def composite(*answers: tuple[int, Any]) -> tuple[int, str, Any]:
    inner = [{"body": body, "httpStatusCode": status, "httpHeaders": {}} for status, body in answers]
    return (200, JSON, {"compositeResponse": inner})


def rows(*bodies: Any) -> tuple[int, Any]:
    return (200, list(bodies))


NOBODY = (200, {"totalSize": 0, "done": True, "records": []})
DONE = {"id": "00Q5g000001AbCdEAK", "success": True, "errors": []}
CALLS = [
    ((503, "text/html", HTML), Unavailable, Cause.REMOTE_UNAVAILABLE),
    ((500, JSON, [{"errorCode": "UNKNOWN_EXCEPTION", "message": "x"}]), Unavailable, Cause.REMOTE_UNAVAILABLE),
    ((503, JSON, [{"errorCode": "SERVER_UNAVAILABLE", "message": "x"}]), Unavailable, Cause.REMOTE_UNAVAILABLE),
    ((502, "text/plain", ""), Unavailable, Cause.REMOTE_UNAVAILABLE),
    ((200, "text/html", HTML), Unavailable, Cause.REMOTE_UNAVAILABLE),
    ((404, "text/html", HTML), Unavailable, Cause.REMOTE_UNAVAILABLE),
    ((302, "text/html", ""), Unavailable, Cause.REMOTE_UNAVAILABLE),
    ((200, JSON, ""), Unavailable, Cause.REMOTE_UNAVAILABLE),
    ((200, JSON, []), Unavailable, Cause.REMOTE_UNAVAILABLE),
    ((200, JSON, {"compositeResponse": []}), Unavailable, Cause.REMOTE_UNAVAILABLE),
    ((200, JSON, {"compositeResponse": ["x", "y"]}), Unavailable, Cause.REMOTE_UNAVAILABLE),
    ((403, JSON, [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "x"}]), Throttled, Cause.RATE_LIMITED),
    ((429, JSON, ""), Throttled, Cause.RATE_LIMITED),
    ((403, JSON, [{"errorCode": "API_DISABLED_FOR_ORG", "message": "x"}]), Refused, Cause.PERMISSION),
    ((410, JSON, [{"errorCode": "GONE", "message": "x"}]), Refused, Cause.INTERNAL),
    ((404, JSON, [{"errorCode": "NOT_FOUND", "message": "x"}]), Refused, Cause.INTERNAL),
    ((400, JSON, [{"errorCode": "JSON_PARSER_ERROR", "message": "x"}]), Refused, Cause.INTERNAL),
    ((400, JSON, {"errorCode": "JSON_PARSER_ERROR", "message": "x"}), Refused, Cause.INTERNAL),
    ((400, "text/plain", "what?"), Refused, Cause.INTERNAL),
    ((400, JSON, ""), Refused, Cause.INTERNAL),
]  # fmt: skip


def ended(client: SalesforceClient) -> tuple[Fault, type[ProviderError] | None]:
    """How a delivery of one lead failed: the fault, and the error when it was raised for the whole batch.

    A refusal of a batch of one is told as that lead's.
    """
    try:
        result = PROVIDER.deliver(client, [lead()], {})["1"]
    except ProviderError as error:
        return error.fault, type(error)
    assert result.fault is not None
    return result.fault, None


@pytest.mark.parametrize(("answer", "error", "cause"), CALLS)
def test_a_look_that_fails_as_a_whole(
    scripted: Script, answer: tuple[int, str, Any], error: type[ProviderError], cause: Cause
) -> None:
    fault, raised = ended(scripted_client(scripted(answer)))

    assert raised in (error, None)
    assert fault.cause is cause
    assert fault.message
    assert fault.ambiguous is False


@pytest.mark.parametrize(("answer", "error", "cause"), CALLS)
def test_a_write_that_fails_as_a_whole(
    scripted: Script, answer: tuple[int, str, Any], error: type[ProviderError], cause: Cause
) -> None:
    fault, raised = ended(scripted_client(scripted(composite(NOBODY, NOBODY), answer)))

    assert raised in (error, None)
    assert fault.cause is cause
    assert fault.ambiguous is (error is Unavailable)


def test_a_batch_that_is_refused_for_what_may_lie_in_one_lead_is_raised_to_be_split(scripted: Script) -> None:
    client = scripted_client(scripted((400, JSON, [{"errorCode": "JSON_PARSER_ERROR", "message": "x"}])))

    with pytest.raises(Refused):
        PROVIDER.deliver(client, [lead("1"), lead("2", "ben@acme.com")], {})


@pytest.mark.parametrize("body", [[DEAD], DEAD, [NO_REST], ""])
def test_a_dead_session_is_renewed_once_in_whatever_shape_it_is_told(scripted: Script, body: Any) -> None:
    server = scripted((401, JSON, body), (200, JSON, {"DailyApiRequests": {"Max": 5, "Remaining": 4}}))
    client = scripted_client(server)

    assert client.get("limits") == {"DailyApiRequests": {"Max": 5, "Remaining": 4}}
    assert client.calls == 2


def test_a_session_that_stays_dead_is_a_failed_authentication(scripted: Script) -> None:
    client = scripted_client(scripted((401, JSON, [DEAD]), (401, JSON, [DEAD])))

    with pytest.raises(AuthenticationFailed) as raised:
        client.get("limits")

    assert (raised.value.fault.cause, raised.value.fault.code) == (Cause.AUTHENTICATION, "INVALID_SESSION_ID")


def test_an_address_outside_the_list_is_never_called() -> None:
    app = app_of("http://127.0.0.1:9", hosts=("login.salesforce.com",))
    client = PROVIDER.client(session_of(app), app, Held(app, Tokens("00D5g!FAKE", api_url="http://127.0.0.1:9")))

    with pytest.raises(Refused) as raised:
        client.get("limits")

    assert raised.value.fault.cause is Cause.INTERNAL


def test_a_part_of_a_composite_that_fell_over_leaves_its_rows_in_doubt(scripted: Script) -> None:
    down = (503, [{"errorCode": "SERVER_UNAVAILABLE", "message": "Too busy"}])
    client = scripted_client(scripted(composite(NOBODY, NOBODY), composite(down)))

    result = PROVIDER.deliver(client, [lead()], {})["1"]

    assert (result.fault.cause, result.fault.ambiguous, result.fault.message) == (
        Cause.REMOTE_UNAVAILABLE, True, "Too busy",
    )  # fmt: skip


@pytest.mark.parametrize("body", [None, {}, [], [DONE, DONE], ["x"], "text"])
def test_an_answer_to_a_collection_that_is_none_leaves_its_rows_in_doubt(scripted: Script, body: Any) -> None:
    client = scripted_client(scripted(composite(NOBODY, NOBODY), composite((200, body))))

    result = PROVIDER.deliver(client, [lead()], {})["1"]

    assert (result.fault.cause, result.fault.ambiguous) == (Cause.REMOTE_UNAVAILABLE, True)


def test_a_collection_refused_for_an_object_that_is_gone_costs_only_its_rows(scripted: Script) -> None:
    gone = (400, [{"errorCode": "INVALID_TYPE", "message": "sObject type 'Visit__c' is not supported."}])
    other = {**DONE, "id": "00Q5g000001AbCeEAK"}
    written, logged = composite(rows(DONE, other)), composite(rows(DONE))
    client = scripted_client(scripted(composite(NOBODY, NOBODY), written, composite(gone), logged))
    visit = FurtherWrite(RecordWrite("Visit__c", {"Booth__c": "A1"}), "Visit", {"Lead": "Lead__c"})
    call = EngagementWrite("e1", EngagementKind.CALL, "Call", "Demo.", datetime(2026, 11, 19, tzinfo=UTC))
    batch = [lead("1", "a@a.com", further=(visit,)), lead("2", "b@a.com", engagements=(call,))]

    results = PROVIDER.deliver(client, batch, {})

    assert (results["1"].fault.cause, results["1"].fault.object) == (Cause.MISSING_REMOTE_FIELD, "Visit__c")
    assert (results["2"].ok, list(results["2"].engagements)) == (True, ["e1"])


def test_a_collection_refused_for_a_named_field_costs_only_the_rows_that_have_it(scripted: Script) -> None:
    refused = (400, [{"errorCode": "INVALID_FIELD", "message": "No such column 'Foo__c' on sobject of type Lead"}])
    client = scripted_client(scripted(composite(NOBODY, NOBODY), composite(refused), composite(rows(DONE))))

    results = PROVIDER.deliver(client, [lead("1", "a@a.com", values={"Foo__c": "x"}), lead("2", "b@a.com")], {})

    assert (results["1"].fault.cause, results["1"].fault.field) == (Cause.MISSING_REMOTE_FIELD, "Foo__c")
    assert results["2"].ok


def test_a_collection_refused_without_a_name_is_halved_until_the_bad_row_stands_alone(scripted: Script) -> None:
    refused = (400, [{"errorCode": "JSON_PARSER_ERROR", "message": "Cannot deserialize instance of int from x"}])
    client = scripted_client(
        scripted(
            composite(NOBODY, NOBODY),
            composite(refused),
            composite(refused, rows({**DONE, "id": "00Q5g000001AbCeEAK"})),
        )
    )

    results = PROVIDER.deliver(client, [lead("1", "a@a.com"), lead("2", "b@a.com")], {})

    assert results["1"].fault.cause is Cause.DATA_VALUE_VALIDATION
    assert results["2"].ok


def test_a_collection_refused_for_lack_of_rights_is_not_tried_again(scripted: Script) -> None:
    refused = (403, [{"errorCode": "INSUFFICIENT_ACCESS", "message": "insufficient access"}])
    client = scripted_client(scripted(composite(NOBODY, NOBODY), composite(refused)))

    results = PROVIDER.deliver(client, [lead("1", "a@a.com"), lead("2", "b@a.com")], {})

    assert {result.fault.cause for result in results.values()} == {Cause.PERMISSION}


def test_a_long_list_is_read_to_its_end(scripted: Script) -> None:
    more = "/services/data/v64.0/query/01g-2000"
    first = {"totalSize": 2, "done": False, "nextRecordsUrl": more, "records": [{"Id": "1"}]}
    server = scripted(composite((200, first)), (200, JSON, {"totalSize": 2, "done": True, "records": [{"Id": "2"}]}))

    found = scripted_client(server).query(["SELECT Id FROM Lead"])

    assert found == [[{"Id": "1"}, {"Id": "2"}]]
    assert server.bodies[1][0] == f"GET {more} HTTP/1.1"


def test_a_list_that_is_cut_off_is_an_outage(scripted: Script) -> None:
    first = {"totalSize": 2, "done": False, "nextRecordsUrl": "/services/data/v64.0/query/01g-2000", "records": [{}]}
    client = scripted_client(scripted(composite((200, first)), (200, JSON, {"records": "gone"})))

    with pytest.raises(Unavailable):
        client.query(["SELECT Id FROM Lead"])


def test_the_daily_use_is_read_from_the_header(org: Org) -> None:
    PROVIDER.account(org.client)

    assert org.client.usage == (1, 100_000)


def test_calls_are_counted_as_salesforce_counts_them(org: Org) -> None:
    PROVIDER.describe(org.client, {})
    PROVIDER.campaigns(org.client)
    org.one(lead())

    assert org.client.calls == org.sandbox.stats()["calls"] == 4


def test_updates_run_no_assignment_rules_and_creates_do(org: Org) -> None:
    there = org.one(lead())
    org.one(lead(known=("Lead", there.person.id)))

    sent = [part for body in org.sent() for part in body["compositeRequest"] if part["method"] in ("POST", "PATCH")]
    assert [(part["method"], part["httpHeaders"].get("Sforce-Auto-Assign")) for part in sent] == [
        ("POST", None),
        ("PATCH", "FALSE"),
    ]
    assert all("allowSave=true" in part["httpHeaders"]["Sforce-Duplicate-Rule-Header"] for part in sent)


def test_rows_per_request_is_a_setting_with_a_ceiling(org: Org) -> None:
    few, many = Org(org.sandbox, rows_per_request=50), Org(org.sandbox, rows_per_request=9999)

    assert few.calls_of(*[lead(str(n), f"few{n}@a.com") for n in range(100)]) == 3
    assert many.calls_of(*[lead(str(n), f"many{n}@a.com") for n in range(400)]) == 2
    assert many.client.rows == 1000


def test_looking_at_a_record_gives_the_asked_values(org: Org) -> None:
    there = org.one(lead(values={"Title": "CTO"})).person

    assert PROVIDER.look(org.client, there, ["LastName", "Title", "Phone"]) == {
        "LastName": "Ruiz", "Title": "CTO", "Phone": None,
    }  # fmt: skip


def test_looking_at_a_record_that_is_gone_gives_none(org: Org) -> None:
    there = org.one(lead()).person
    org.delete(there.id)

    assert PROVIDER.look(org.client, there, ["LastName"]) is None
