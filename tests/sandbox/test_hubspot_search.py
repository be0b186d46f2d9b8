"""Search in the simulated HubSpot: operators, pages, the lag of its index, its own limit."""

import pytest

from tests.sandbox.hubspot_portal import eq


def found(hubspot, *filters, kind="contacts", name="email", **body):
    answer = hubspot.search(kind, filterGroups=[{"filters": list(filters)}], properties=[name], **body)
    assert answer.status_code == 200, answer.text
    return [row["properties"][name] for row in answer.json()["results"]]


@pytest.fixture
def three(hubspot):
    hubspot.contact(email="ada@a.example", firstname="Ada", numemployees="1-5", closedate="1795000000000")
    hubspot.contact(email="bo@b.example", firstname="Bo Lee", numemployees="5-25", closedate="1796000000000")
    hubspot.contact(email="cy@c.example", firstname="ADA")
    return hubspot


@pytest.mark.parametrize(
    ("test", "emails"),
    [
        ({"propertyName": "email", "operator": "EQ", "value": "ADA@a.example"}, "ada"),
        ({"propertyName": "firstname", "operator": "EQ", "value": "ada"}, "ada cy"),
        ({"propertyName": "firstname", "operator": "NEQ", "value": "ada"}, "bo"),
        ({"propertyName": "email", "operator": "IN", "values": ["bo@b.example", "cy@c.example"]}, "bo cy"),
        ({"propertyName": "email", "operator": "IN", "values": ["BO@b.example"]}, ""),
        ({"propertyName": "email", "operator": "NOT_IN", "values": ["bo@b.example"]}, "ada cy"),
        ({"propertyName": "numemployees", "operator": "EQ", "value": "1-5"}, "ada"),
        ({"propertyName": "numemployees", "operator": "HAS_PROPERTY"}, "ada bo"),
        ({"propertyName": "numemployees", "operator": "NOT_HAS_PROPERTY"}, "cy"),
        ({"propertyName": "closedate", "operator": "LT", "value": "1795500000000"}, "ada"),
        ({"propertyName": "closedate", "operator": "LTE", "value": "1796000000000"}, "ada bo"),
        ({"propertyName": "closedate", "operator": "GT", "value": "2026-11-20"}, "bo"),
        ({"propertyName": "closedate", "operator": "GTE", "value": "1796000000000"}, "bo"),
        ({"propertyName": "closedate", "operator": "BETWEEN", "value": "1", "highValue": "1795500000000"}, "ada"),
        ({"propertyName": "firstname", "operator": "CONTAINS_TOKEN", "value": "lee"}, "bo"),
        ({"propertyName": "email", "operator": "CONTAINS_TOKEN", "value": "*.example"}, "ada bo cy"),
        ({"propertyName": "firstname", "operator": "NOT_CONTAINS_TOKEN", "value": "b*"}, "ada cy"),
    ],
)
def test_an_operator_finds(three, test, emails):
    assert [email.partition("@")[0] for email in found(three, test)] == emails.split()


def test_filters_of_a_group_all_hold_and_one_group_is_enough(three):
    answer = three.search(
        "contacts",
        filterGroups=[
            {"filters": [eq("firstname", "Ada"), eq("email", "cy@c.example")]},
            {"filters": [eq("firstname", "Bo Lee")]},
        ],
        properties=["email"],
    )

    assert [row["properties"]["email"] for row in answer.json()["results"]] == ["bo@b.example", "cy@c.example"]


def test_a_miss_has_no_paging(hubspot):
    answer = hubspot.search("companies", filterGroups=[{"filters": [eq("domain", "exampleco.example")]}])

    assert answer.json() == {"total": 0, "results": []}


def test_a_result_shows_what_was_asked_for_and_null_for_what_is_empty(hubspot):
    company = hubspot.company(name="Brightforge", domain="b.example")

    answer = hubspot.search("companies", filterGroups=[{"filters": [eq("domain", "B.example")]}], properties=["phone"])

    [row] = answer.json()["results"]
    assert row["properties"] == {
        "createdate": "2026-11-21T20:00:00.000Z",
        "hs_lastmodifieddate": "2026-11-21T20:00:00.000Z",
        "hs_object_id": company["id"],
        "phone": None,
    }


def test_several_companies_with_one_domain_are_all_found(hubspot):
    ids = [hubspot.company(domain="b.example")["id"] for _ in range(2)]

    domains = {"propertyName": "domain", "operator": "IN", "values": ["b.example", "c.example"]}
    assert found(hubspot, domains, kind="companies", name="hs_object_id") == ids


def test_pages_follow_each_other(three):
    first = three.search("contacts", limit=2, sorts=[{"propertyName": "email", "direction": "DESCENDING"}]).json()
    second = three.search("contacts", limit=2, after=first["paging"]["next"]["after"], sorts=["-email"]).json()

    emails = [row["properties"]["email"] for row in first["results"] + second["results"]]
    assert emails == ["cy@c.example", "bo@b.example", "ada@a.example"]
    assert first["total"] == 3
    assert "paging" not in second


def test_a_query_looks_at_the_usual_properties(three):
    answer = three.search("contacts", query="bo lee")

    assert [row["properties"]["firstname"] for row in answer.json()["results"]] == ["Bo Lee"]


@pytest.mark.parametrize(
    "body",
    [
        {"limit": 201},
        {"limit": 200, "after": "9900"},
        {"after": "x"},
        {"query": "x" * 3001},
        {"filterGroups": [{"filters": [eq("email", "x")]}] * 6},
        {"filterGroups": [{"filters": [eq("email", "x")] * 7}]},
        {"filterGroups": [{"filters": [eq("nickname", "x")]}]},
        {"filterGroups": [{"filters": [{"propertyName": "email", "operator": "LIKE", "value": "x"}]}]},
        {"filterGroups": [{"filters": [{"propertyName": "email", "operator": "IN", "value": "x"}]}]},
        {"filterGroups": [{"filters": [{"propertyName": "email", "operator": "EQ"}]}]},
    ],
)
def test_a_search_beyond_the_limits_is_refused(hubspot, body):
    answer = hubspot.search("contacts", **body)

    assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")


def test_the_index_lags_behind_the_store(hubspot, clock):
    contact = hubspot.contact(email="old@b.example", firstname="Ada")
    hubspot.switch(search_lag=5.0)
    hubspot.contact(email="new@b.example")
    hubspot.patch(f"/crm/v3/objects/contacts/{contact['id']}", {"properties": {"firstname": "Eva"}})

    at_once = found(hubspot, {"propertyName": "email", "operator": "HAS_PROPERTY"}, name="firstname")
    clock.advance(5)
    later = found(hubspot, {"propertyName": "email", "operator": "HAS_PROPERTY"}, name="firstname")

    assert at_once == ["Ada"]
    assert later == ["Eva", None]


def test_an_archived_record_lingers_in_the_index(hubspot, clock):
    contact = hubspot.contact(email="old@b.example")
    hubspot.switch(search_lag=5.0)
    hubspot.delete(f"/crm/v3/objects/contacts/{contact['id']}")

    at_once = found(hubspot)
    clock.advance(5)

    assert at_once == ["old@b.example"]
    assert found(hubspot) == []


def test_five_searches_a_second_then_a_refusal_without_retry_after(hubspot, clock):
    path = "/crm/v3/objects/contacts/search"
    statuses = [hubspot.post(path, {}).status_code for _ in range(5)]
    refused = hubspot.post("/crm/objects/2026-03/companies/search", {})
    clock.advance(1)
    after = hubspot.post(path, {}).status_code

    body = refused.json()
    assert statuses == [200] * 5
    assert refused.status_code == 429
    assert body == {
        "status": "error",
        "message": "You have reached your secondly limit.",
        "correlationId": refused.headers["X-HubSpot-Correlation-Id"],
        "category": "RATE_LIMITS",
    }
    assert "Retry-After" not in refused.headers
    assert after == 200


def test_search_answers_lack_the_interval_headers(hubspot):
    shown = [name for name in hubspot.search("contacts").headers if name.startswith("X-HubSpot-RateLimit")]

    assert shown == ["X-HubSpot-RateLimit-Daily", "X-HubSpot-RateLimit-Daily-Remaining"]


def test_a_fresh_account_shows_in_search_what_is_written_to_it(hubspot):
    hubspot.switch(search_lag=60)
    hubspot.company(name="Before", domain="before.example")
    hubspot.call("POST", "/_sandbox/reset")
    made = hubspot.company(name="After", domain="after.example")
    assert found(hubspot, eq("domain", "after.example"), kind="companies", name="hs_object_id") == [made["id"]]
