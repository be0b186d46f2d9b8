"""Limits, headers and switches of the simulated HubSpot."""

import json

import pytest
import requests

from tests.sandbox.test_hubspot_oauth import signed_in

CONTACTS = "/crm/v3/objects/contacts"
NEW = {"properties": {"email": "a@b.example"}}


def limit_headers(answer):
    prefix = "X-HubSpot-RateLimit-"
    return {name.removeprefix(prefix): value for name, value in answer.headers.items() if name.startswith(prefix)}


def test_a_private_app_is_shown_all_limits(hubspot):
    assert limit_headers(hubspot.get(CONTACTS)) == {
        "Daily": "250000",
        "Daily-Remaining": "249999",
        "Interval-Milliseconds": "10000",
        "Max": "100",
        "Remaining": "99",
        "Secondly": "10",
        "Secondly-Remaining": "9",
    }


def test_an_oauth_app_is_shown_no_daily_limit(hubspot):
    token = signed_in(hubspot)["access_token"]

    assert limit_headers(hubspot.get(CONTACTS, token=token)) == {
        "Interval-Milliseconds": "10000",
        "Max": "110",
        "Remaining": "109",
        "Secondly": "11",
        "Secondly-Remaining": "10",
    }


def test_the_hundred_and_eleventh_call_in_ten_seconds_is_refused(hubspot, clock):
    token = signed_in(hubspot)["access_token"]
    statuses = {hubspot.get("/account-info/v3/details", token=token).status_code for _ in range(110)}
    refused = hubspot.get("/account-info/v3/details", token=token)
    other_app = hubspot.get("/account-info/v3/details")
    clock.advance(10)

    body = refused.json()
    assert statuses == {200}
    assert refused.status_code == 429
    assert body == {
        "status": "error",
        "message": "You have reached your ten_secondly_rolling limit.",
        "errorType": "RATE_LIMIT",
        "correlationId": body["correlationId"],
        "policyName": "TEN_SECONDLY_ROLLING",
        "requestId": body["correlationId"],
    }
    assert "Retry-After" not in refused.headers
    assert other_app.status_code == 200
    assert hubspot.get("/account-info/v3/details", token=token).status_code == 200


def test_real_limits_can_be_switched_off(hubspot):
    hubspot.switch(real_limits=False)

    assert {hubspot.post(f"{CONTACTS}/search", {}).status_code for _ in range(8)} == {200}


@pytest.mark.parametrize("policy", ["SECONDLY", "TEN_SECONDLY_ROLLING", "DAILY"])
def test_a_forced_refusal_names_its_policy(hubspot, policy):
    hubspot.switch(rate_limit_next=1, rate_limit_policy=policy)

    refused = hubspot.get(CONTACTS)

    assert (refused.status_code, refused.json()["policyName"]) == (429, policy)
    assert hubspot.get(CONTACTS).status_code == 200


def test_a_policy_that_does_not_exist_is_refused_in_words(hubspot):
    answer = requests.patch(f"{hubspot.base}/_sandbox/faults", json={"rate_limit_policy": "HOURLY"}, timeout=5)

    assert answer.status_code == 400
    assert "SECONDLY" in answer.json()["error"]


def test_the_daily_limit_holds_until_switched_off(hubspot):
    hubspot.switch(daily_limit_reached=True)
    refused = [hubspot.get(CONTACTS) for _ in range(2)]
    hubspot.switch(daily_limit_reached=False)

    assert [answer.json()["message"] for answer in refused] == ["You have reached your daily limit."] * 2
    assert hubspot.get(CONTACTS).status_code == 200


def test_a_wrong_path_is_an_html_page_and_a_wrong_method_an_empty_405(hubspot):
    wrong = hubspot.get("/crm/v3/nothing", token="")
    method = hubspot.put(CONTACTS)

    assert (wrong.status_code, wrong.headers["Content-Type"]) == (404, "text/html;charset=utf-8")
    assert wrong.text.startswith("<!DOCTYPE html>")
    assert (method.status_code, method.content) == (405, b"")


def test_every_answer_has_a_correlation_id_of_its_own(hubspot):
    answers = [hubspot.get(CONTACTS), hubspot.get(f"{CONTACTS}/1"), hubspot.get("/crm/v3/nothing")]

    assert len({answer.headers["X-HubSpot-Correlation-Id"] for answer in answers}) == 3


def test_server_errors_come_with_a_body_without_one_and_as_a_page(hubspot):
    hubspot.switch(server_error=1)
    told = hubspot.post(CONTACTS, NEW)
    hubspot.switch(empty_500=1)
    empty = hubspot.post(CONTACTS, NEW)
    hubspot.switch(html_503=1)
    page = hubspot.post(CONTACTS, NEW)

    assert (told.status_code, told.json()["message"]) == (500, "internal error")
    assert (empty.status_code, empty.content) == (500, b"")
    assert (page.status_code, page.text[:9]) == (503, "<!DOCTYPE")
    assert hubspot.kept("contacts") == []


def test_a_lock_spoils_writes_only(hubspot):
    hubspot.switch(locked=1)

    assert hubspot.get(CONTACTS).status_code == 200
    assert hubspot.post(f"{CONTACTS}/batch/read", {"inputs": [{"id": "1"}]}).status_code == 207
    assert hubspot.post(CONTACTS, NEW).status_code == 423
    assert hubspot.post(CONTACTS, NEW).status_code == 201


def test_an_account_that_moves_says_when_to_come_back(hubspot):
    hubspot.switch(account_moving=1)

    answer = hubspot.get(CONTACTS)

    assert (answer.status_code, answer.headers["Retry-After"]) == (477, "3600")


def test_a_cut_after_the_write_leaves_the_contact_there(hubspot):
    hubspot.switch(cut_after_commit=1)

    with pytest.raises(requests.ConnectionError):
        hubspot.post(CONTACTS, NEW)
    assert hubspot.values("contacts", "email") == [("a@b.example",)]


def test_a_cut_before_the_write_leaves_nothing(hubspot):
    hubspot.switch(cut_before_commit=1)

    with pytest.raises(requests.ConnectionError):
        hubspot.post(CONTACTS, NEW)
    assert hubspot.kept("contacts") == []


def test_a_truncated_answer_is_no_json(hubspot):
    hubspot.switch(truncate_body=1)

    with pytest.raises(requests.RequestException):
        hubspot.post(CONTACTS, NEW)
    assert hubspot.values("contacts", "email") == [("a@b.example",)]


def test_a_missing_scope_is_named(hubspot):
    hubspot.switch(missing_scope="crm.lists.write")

    answer = hubspot.put("/crm/v3/lists/1/memberships/add", [])

    assert (answer.status_code, answer.json()["category"]) == (403, "MISSING_SCOPES")
    assert answer.json()["errors"][0]["context"] == {"requiredGranularScopes": ["crm.lists.write"]}
    assert hubspot.get("/crm/v3/lists/1").status_code == 200


@pytest.mark.parametrize(
    ("path", "status"), [("/crm/v3", 201), ("/crm/objects/2026-03", 201), ("/crm/objects/2026-09", 400)]
)
def test_the_admins_rules_hold_from_2026_09_on(hubspot, path, status):
    path = path.replace("/crm/v3", "/crm/v3/objects")

    hubspot.switch(required_properties="phone, jobtitle")
    required = hubspot.post(f"{path}/contacts", {"properties": {"email": "a@b.example", "phone": "1"}})
    hubspot.switch(required_properties="", rule_message="Phone must start with + and the country code.")
    rule = hubspot.post(f"{path}/contacts", {"properties": {"email": "c@b.example"}})

    assert (required.status_code, rule.status_code) == (status, status)
    if status == 400:
        assert required.json()["context"] == {"properties": ["jobtitle"]}
        assert rule.json()["message"] == "Phone must start with + and the country code."


def test_the_account_may_bring_companies_by_itself(hubspot):
    hubspot.switch(company_auto_creation=True)

    contact = hubspot.contact(email="a@brightforge.example")
    hubspot.contact(email="b@brightforge.example")
    hubspot.contact(email="c@gmail.com")

    assert hubspot.values("companies", "domain") == [("brightforge.example",)]
    linked = hubspot.get(f"/crm/v4/objects/contacts/{contact['id']}/associations/companies").json()["results"]
    assert [kind["typeId"] for kind in linked[0]["associationTypes"]] == [279, 1]


def test_a_switch_with_a_pattern_reaches_the_token_endpoint(hubspot):
    hubspot.switch(path="/oauth/v1/token", server_error=1)

    spoiled = hubspot.session.post(f"{hubspot.base}/oauth/v1/token", data={}, timeout=5)

    assert spoiled.status_code == 500
    assert hubspot.session.post(f"{hubspot.base}/oauth/v1/token", data={}, timeout=5).status_code == 400


WRONG = [
    None, 5, "text", [], [[]], {}, {"inputs": None}, {"inputs": 5}, {"inputs": []}, {"inputs": [5]}, {"inputs": [{}]},
    {"inputs": [{"id": {}}]}, {"inputs": [{"id": "x", "idProperty": {}, "properties": {"email": "a@b.c"}}]},
    {"inputs": [{"id": "x", "properties": [1]}]}, {"inputs": [{"properties": {"email": []}}]},
    {"inputs": [{"from": 1, "to": 2, "types": 3}]}, {"inputs": [{"from": {"id": "1"}, "to": [], "types": [{}]}]},
    {"inputs": [{"properties": {}, "associations": "x"}]}, {"inputs": [{"properties": {}, "associations": [5]}]},
    {"inputs": [{"name": 5}]}, {"inputs": [{"email": "a@b.c", "interactionDateTime": "soon"}]},
    {"properties": 5}, {"properties": {"email": {}}}, {"filterGroups": 5}, {"filterGroups": [{"filters": [5]}]},
    {"filterGroups": [{"filters": [{"propertyName": [], "operator": {}}]}]}, {"sorts": [[]]}, {"limit": "x"},
    {"filterGroups": [{"filters": [{"propertyName": "email", "operator": "IN", "values": [[]]}]}]},
    {"name": [], "objectTypeId": {}, "processingType": 5}, {"query": 5, "count": "x"}, {"processingTypes": 5},
    {"listIds": 5}, {"recordIdsToAdd": 5}, {"recordIdsToAdd": [{}]}, {"eventName": {}, "startDateTime": {}},
    {"name": "x", "label": "X", "type": [], "fieldType": {}, "groupName": 5}, {"primaryObjectId": 1},
]  # fmt: skip
PATHS = [
    ("POST", CONTACTS), ("POST", f"{CONTACTS}/search"), ("POST", f"{CONTACTS}/merge"),
    *[("POST", f"{CONTACTS}/batch/{action}") for action in ("create", "read", "update", "upsert", "archive")],
    ("POST", "/crm/v3/properties/contacts"), ("POST", "/crm/v3/properties/contacts/groups"),
    ("PATCH", "/crm/v3/properties/contacts/phone"), ("POST", "/crm/v3/properties/contacts/batch/create"),
    ("POST", "/crm/v3/properties/contacts/batch/read"), ("POST", "/crm/v3/properties/contacts/batch/archive"),
    *[("POST", f"/crm/v4/associations/contacts/companies/batch/{action}")
      for action in ("create", "associate/default", "read", "archive")],
    ("PUT", "/crm/v4/objects/contacts/1/associations/companies/2"), ("POST", "/crm/v3/lists"),
    ("POST", "/crm/v3/lists/search"), ("PUT", "/crm/v3/lists/1/memberships/add"),
    ("PUT", "/crm/v3/lists/1/memberships/add-and-remove"), ("POST", "/marketing/v3/marketing-events/events"),
    ("POST", "/marketing/v3/marketing-events/events/upsert"), ("PUT", "/marketing/v3/marketing-events/events/e"),
    ("PATCH", "/marketing/v3/marketing-events/555442000001"),
    ("POST", "/marketing/v3/marketing-events/555442000001/attendance/attend/email-create"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_a_wrong_body_is_refused_and_never_breaks_the_server(hubspot, method, path):
    hubspot.switch(real_limits=False)

    broken = [
        wrong for wrong in WRONG if hubspot.call(method, path, data=json.dumps(wrong).encode()).status_code >= 500
    ]

    assert broken == []
