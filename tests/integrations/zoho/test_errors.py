"""Every refusal of the fact sheet ends in its cause, with the field, the value and Zoho's own text in it."""

import json

import pytest

from integrations.contract import AuthenticationFailed, Cause, Refused, Throttled, Unavailable
from integrations.providers.zoho import errors
from integrations.providers.zoho.reply import Reply
from tests.integrations.hubspot.scripted import Says
from tests.integrations.zoho.org import deliver_to, lead


def item(code, message="", **details):
    return {"code": code, "details": details, "message": message, "status": "error"}


def at(name):
    return {"api_name": name, "json_path": f"$.data[0].{name}"}


LAYOUT_RULE = {"name": "Qualified leads", "id": "4001"}

ITEMS = [
    (item("MANDATORY_NOT_FOUND", "required field not found", **at("Phone")), Cause.REQUIRED_FIELD_MISSING),
    (
        item("MANDATORY_NOT_FOUND", "required field not found", **at("Phone"), layout_rule=LAYOUT_RULE),
        Cause.REQUIRED_FIELD_MISSING,
    ),
    (
        item("EXPECTED_FIELD_MISSING", "", expected_fields=[{"api_name": "Phone"}, {"api_name": "Mobile"}]),
        Cause.REQUIRED_FIELD_MISSING,
    ),
    (item("DEPENDENT_FIELD_MISSING", "dependent field missing", **at("State")), Cause.REQUIRED_FIELD_MISSING),
    (item("INVALID_DATA", "invalid data", **at("City"), maximum_length=100), Cause.DATA_VALUE_VALIDATION),
    (item("INVALID_DATA", "invalid data", **at("City"), expected_data_type="integer"), Cause.DATA_VALUE_VALIDATION),
    (item("INVALID_DATA", "invalid data", **at("City"), supported_values=["A"]), Cause.DATA_VALUE_VALIDATION),
    (item("INVALID_DATA", "The field value given for City is invalid", **at("City")), Cause.DATA_VALUE_VALIDATION),
    (item("PATTERN_NOT_MATCHED", "Please check whether the input values are correct", **at("City")),
     Cause.DATA_VALUE_VALIDATION),
    (item("MAPPING_MISMATCH", "mapping mismatch", **at("City")), Cause.DATA_VALUE_VALIDATION),
    (item("DEPENDENT_MISMATCH", "dependent mismatch", **at("City")), Cause.DATA_VALUE_VALIDATION),
    (item("INVALID_DATA", "the field api name given seems to be invalid", **at("City")), Cause.MISSING_REMOTE_FIELD),
    (item("MULTIPLE_OR_MULTI_ERRORS", "Multiple errors in the request",
          errors=[item("MANDATORY_NOT_FOUND", "required field not found", **at("Phone")),
                  item("INVALID_DATA", "invalid data", **at("City"), maximum_length=9)]),
     Cause.REQUIRED_FIELD_MISSING),
    (item("RECORD_LOCKED", "Sorry, you cannot perform this operation as the record is locked."), Cause.RECORD_LOCKED),
    (item("NOT_APPROVED", "record not approved"), Cause.RECORD_LOCKED),
    (item("NOT_REVIEWED", "record not reviewed"), Cause.RECORD_LOCKED),
    (item("RECORD_IN_BLUEPRINT", "The record is in blue print"), Cause.RECORD_LOCKED),
    (item("AUTHORIZATION_FAILED", "User does not have sufficient privilege"), Cause.PERMISSION),
    (item("NO_PERMISSION", "permission denied", permissions=["Crm_Implied_Create_Leads"]), Cause.PERMISSION),
    (item("DEPENDENT_SERVICE_ERROR", "", dependency_error="NO_PERMISSION"), Cause.PERMISSION),
    (item("DEPENDENT_SERVICE_ERROR", "", dependency_error="LIMIT_EXCEEDED"), Cause.RATE_LIMITED),
    (item("DEPENDENT_SERVICE_ERROR", "", dependency_error="PROCESSING_ERROR"), Cause.REMOTE_UNAVAILABLE),
    (item("DEPENDENT_SERVICE_ERROR", "", dependency_error="CANNOT_PROCESS"), Cause.REMOTE_UNAVAILABLE),
    (item("STORAGE_SPACE_EXCEEDED", "storage space exceeded"), Cause.PERMISSION),
    (item("LIMIT_EXCEEDED", "limit exceeded", limit_due_to="edition"), Cause.PERMISSION),
    (item("FEATURE_NOT_SUPPORTED", "not in this edition"), Cause.PERMISSION),
    (item("VALIDATION_RULE_FAILED", "Robots need an industry", **at("City")), Cause.REMOTE_RULE),
    (item("SOMETHING_NEW", "Zoho thought of something"), Cause.REMOTE_RULE),
]  # fmt: skip


@pytest.mark.parametrize(
    ("said", "cause"), ITEMS, ids=[f"{row['code']}-{number}" for number, (row, _) in enumerate(ITEMS)]
)
def test_a_refusal_of_a_record_has_its_cause(refused, said, cause):
    fault = refused(said, City="Oslo")

    assert (fault.cause, fault.message != "") == (cause, True)


REQUESTS = [
    (400, item("INVALID_MODULE", "the module name given seems to be invalid"), Refused, Cause.MISSING_REMOTE_FIELD),
    (401, item("OAUTH_SCOPE_MISMATCH", "invalid oauth scope to access this URL"), Refused, Cause.PERMISSION),
    (403, item("OAUTH_SCOPE_MISMATCH", "invalid oauth scope to access this URL"), Refused, Cause.PERMISSION),
    (403, item("NO_PERMISSION", "no", permissions=["Crm_Implied_Api_Access"]), Refused, Cause.PERMISSION),
    (400, item("AUTHORIZATION_FAILED", "no"), Refused, Cause.PERMISSION),
    (400, item("INVALID_QUERY", "column seems invalid", column_name="X"), Refused, Cause.MISSING_REMOTE_FIELD),
    (400, item("INVALID_QUERY", "invalid query formed", reason="where"), Refused, Cause.INTERNAL),
    (400, item("SYNTAX_ERROR", "error occurred while parsing the query"), Refused, Cause.INTERNAL),
    (404, item("INVALID_URL_PATTERN", "Please check if the URL"), Refused, Cause.INTERNAL),
    (400, item("INVALID_REQUEST_METHOD", "not a valid one"), Refused, Cause.INTERNAL),
    (400, item("REQUIRED_PARAM_MISSING", "missing", param_name="module"), Refused, Cause.INTERNAL),
    (400, item("UNABLE_TO_PARSE_DATA_TYPE", "either the request body"), Refused, Cause.INTERNAL),
    (400, item("LIMIT_EXCEEDED", "count of records", maximum_length=100, api_name="data"), Refused, Cause.INTERNAL),
    (418, item("SOMETHING_NEW", "Zoho thought of something"), Refused, Cause.INTERNAL),
    (401, item("INVALID_TOKEN", "invalid oauth token"), AuthenticationFailed, Cause.AUTHENTICATION),
    (401, item("AUTHENTICATION_FAILURE", "Authentication failed"), AuthenticationFailed, Cause.AUTHENTICATION),
    (412, item("ALREADY_MODIFIED", "modified meanwhile"), Refused, Cause.RECORD_LOCKED),
    (429, item("TOO_MANY_REQUESTS", "too many requests"), Throttled, Cause.RATE_LIMITED),
    (429, item("RATE_LIMIT_EXCEEDED", "too many requests"), Throttled, Cause.RATE_LIMITED),
    (500, item("INTERNAL_ERROR", "Internal Server Error"), Unavailable, Cause.REMOTE_UNAVAILABLE),
    (502, "<html><title>Bad gateway</title></html>", Unavailable, Cause.REMOTE_UNAVAILABLE),
    (503, item("SERVICE_UNAVAILABLE", "later"), Unavailable, Cause.REMOTE_UNAVAILABLE),
    (200, "<html>Sign in</html>", Unavailable, Cause.REMOTE_UNAVAILABLE),
    (200, "", Unavailable, Cause.REMOTE_UNAVAILABLE),
    (302, "", Unavailable, Cause.REMOTE_UNAVAILABLE),
]  # fmt: skip


@pytest.mark.parametrize("wrapped", [False, True])
@pytest.mark.parametrize(("status", "body", "error", "cause"), REQUESTS)
def test_a_refusal_of_a_request_has_its_cause_flat_and_wrapped(
    scripted, client_of, status, body, error, cause, wrapped
):
    said = {"data": [body]} if wrapped and isinstance(body, dict) else body

    with pytest.raises(error) as raised:
        client_of(scripted(Says(status, said))).get("Leads")

    assert (raised.value.fault.cause, raised.value.fault.ambiguous) == (cause, False)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (item("MANDATORY_NOT_FOUND", "required field not found", **at("Phone")), "Phone is required and has no value."),
        (
            item("MANDATORY_NOT_FOUND", "required field not found", **at("Phone"), layout_rule=LAYOUT_RULE),
            "The layout rule “Qualified leads” requires Phone.",
        ),
        (
            item("INVALID_DATA", "invalid data", **at("City"), maximum_length=3),
            "“Oslo” is longer than the 3 characters that City holds.",
        ),
        (
            item("INVALID_DATA", "invalid data", **at("City"), supported_values=["A"]),
            "“Oslo” is not an option of City.",
        ),
        (
            item("INVALID_DATA", "invalid data", **at("City"), expected_data_type="integer"),
            "“Oslo” is not what City takes, which is a whole number.",
        ),
        (
            item("INVALID_DATA", "The field value given for City is invalid", **at("City")),
            "“Oslo” is not accepted in City. Zoho CRM says: The field value given for City is invalid",
        ),
        (
            item("PATTERN_NOT_MATCHED", "invalid data", **at("City")),
            "“Oslo” does not have the form that City asks for.",
        ),
        (
            item("MAPPING_MISMATCH", "mapping mismatch", **at("City")),
            "“Oslo” in City does not go with another value of this record. Zoho CRM says: mapping mismatch",
        ),
        (
            item("DUPLICATE_DATA", "duplicate data", **at("Phone")),
            "Another record has the same value in Phone already.",
        ),
        (item("VALIDATION_RULE_FAILED", "Robots need an industry", **at("City")), "Robots need an industry"),
    ],
)
def test_a_refusal_is_told_in_words(refused, said, sentence):
    fault = refused(said, City="Oslo")

    assert fault.message == sentence
    assert fault.object == "Leads"


def test_the_field_and_the_value_are_kept(refused):
    fault = refused(item("INVALID_DATA", "invalid data", **at("City"), maximum_length=3), City="Oslo")

    assert (fault.field, fault.value, fault.code) == ("City", "Oslo", "INVALID_DATA")


def test_the_field_of_a_reference_is_ours_and_not_its_id():
    said = item("INVALID_DATA", "invalid data", api_name="id", json_path="$.data[3].Account_Name.id")

    assert (errors.field_of(said), errors.index_of(said)) == ("Account_Name", 3)
    assert errors.is_lost_reference(said, "Account_Name")
    assert not errors.is_gone(said)


def test_the_id_of_a_record_that_is_gone_is_no_fault_of_a_field():
    said = item("INVALID_DATA", "the id given seems to be invalid", api_name="id", json_path="$.data[3].id")

    assert errors.is_gone(said)
    assert errors.field_of(said) == ""


def test_a_refusal_that_names_one_record_of_the_batch_takes_out_that_one(scripted, client_of):
    def answer(asked):
        names = [row.get("First_Name") for row in asked.body["data"]]
        if "bad" in names:
            path = f"$.data[{names.index('bad')}].City"
            return Says(400, item("INVALID_DATA", "invalid data", api_name="City", json_path=path, maximum_length=3))
        rows = [
            {"code": "SUCCESS", "status": "success", "action": "insert", "details": {"id": str(n)}}
            for n, _ in enumerate(names, 1)
        ]
        return Says(200, {"data": rows})

    server = scripted(answer)
    results = deliver_to(
        client_of(server), *(lead(f"{name}@x.example", First_Name=name, City="Oslo") for name in ("a", "bad", "c"))
    )

    assert [result.ok for result in results] == [True, False, True]
    assert (results[1].fault.field, results[1].fault.value, len(server.asked)) == ("City", "Oslo", 2)


def test_a_refusal_that_names_nobody_is_halved_until_the_bad_record_stands_alone(scripted, client_of):
    def answer(asked):
        rows = asked.body["data"]
        if any(row.get("First_Name") == "bad" for row in rows):
            return Says(
                400, item("UNABLE_TO_PARSE_DATA_TYPE", "either the request body or parameters is in wrong format")
            )
        return Says(
            200,
            {
                "data": [
                    {"code": "SUCCESS", "status": "success", "action": "insert", "details": {"id": "9"}} for _ in rows
                ]
            },
        )

    names = ("a", "b", "bad", "d")
    results = deliver_to(client_of(scripted(answer)), *(lead(f"{name}@x.example", First_Name=name) for name in names))

    assert [result.ok for result in results] == [True, True, False, True]
    assert results[2].fault.cause is Cause.INTERNAL


def test_what_is_the_same_for_every_lead_is_asked_once(scripted, client_of):
    server = scripted(Says(403, item("NO_PERMISSION", "permission denied", permissions=["Crm_Implied_Create_Leads"])))

    results = deliver_to(client_of(server), *(lead(f"a{number}@x.example") for number in range(50)))

    assert {result.fault.cause for result in results} == {Cause.PERMISSION}
    assert "Crm_Implied_Create_Leads" in results[0].fault.message
    assert len(server.asked) == 1


@pytest.mark.parametrize("count", [0, 1, 3])
def test_an_answer_with_too_few_or_too_many_results_is_not_trusted(scripted, client_of, count):
    row = {"code": "SUCCESS", "status": "success", "action": "insert", "details": {"id": "9"}}
    results = deliver_to(
        client_of(scripted(Says(200, {"data": [row] * count}))), lead("a@x.example"), lead("b@x.example")
    )

    assert {(result.fault.cause, result.fault.ambiguous) for result in results} == {(Cause.REMOTE_UNAVAILABLE, True)}


@pytest.mark.parametrize(
    "body",
    [
        [], 7, None, "x", {"data": 7}, {"data": [7]}, {"data": [None]}, {"code": 7}, {"data": [{"code": 7}]},
        {"data": [{"code": "INVALID_DATA", "details": [], "message": None, "status": "error"}]},
        {"data": [{"code": "MULTIPLE_OR_MULTI_ERRORS", "details": {"errors": [7, {}]}, "status": "error"}]},
        {"data": [{"code": "DUPLICATE_DATA", "details": {"duplicate_record": 7}, "status": "error"}]},
        {"data": [{"code": "SUCCESS", "details": 7, "status": "success"}]},
    ],
)  # fmt: skip
@pytest.mark.parametrize("status", [200, 400])
def test_a_strange_answer_is_a_fault_and_never_a_crash(scripted, client_of, body, status):
    text = json.dumps(body)
    server = scripted(Says(status, text, {"Content-Type": "application/json"}))

    (result,) = deliver_to(client_of(server), lead("ada@x.example"))

    assert result.fault is not None
    assert result.fault.message


def test_a_code_that_nobody_knows_keeps_zohos_text():
    fault = errors.fault_of(item("BRAND_NEW", "Something happened"), Reply(400, None), row=True)

    assert (fault.cause, fault.code, fault.message) == (Cause.REMOTE_RULE, "BRAND_NEW", "Something happened")
