"""Limits, headers and switches of the simulated Pipedrive."""

import pytest
import requests

from integrations.sandbox.pipedrive.oauth import API_TOKEN
from tests.sandbox.pipedrive_company import error_of

ME, PERSONS = "/api/v1/users/me", "/api/v2/persons"
SEARCH = "/api/v2/persons/search?term=ada&fields=name"


@pytest.fixture
def hasty(pipedrive):
    """A company whose clock stands still between calls."""
    pipedrive.pause = 0
    return pipedrive


def shown(answer):
    return {name: int(value) for name, value in answer.headers.items() if name.startswith("x-") and "limit" in name}


def test_every_answer_shows_what_is_left(hasty):
    token = hasty.signed_in()["access_token"]

    answers = [hasty.get(ME, token=token), hasty.post(PERSONS, {"name": "Ada"}, token=token)]

    assert [shown(answer) for answer in answers] == [
        {
            "x-ratelimit-limit": 160,
            "x-ratelimit-remaining": 159 - place,
            "x-ratelimit-reset": 2,
            "x-daily-ratelimit-token-limit": 2_100_000,
            "x-daily-ratelimit-token-remaining": 2_100_000 - spent,
        }
        for place, spent in enumerate((2, 7))
    ]
    assert len({answer.headers["x-correlation-id"] for answer in answers}) == 2
    assert "x-daily-requests-left" not in answers[1].headers


def test_personal_tokens_have_a_smaller_burst_and_count_their_writes(hasty):
    read, written = hasty.get(ME), hasty.post(PERSONS, {"name": "Ada"})

    assert read.headers["x-ratelimit-limit"] == "40"
    assert "x-daily-requests-left" not in read.headers
    assert written.headers["x-daily-requests-left"] == "9999"


@pytest.mark.parametrize(
    ("method", "path", "cost"),
    [
        ("GET", ME, 2),
        ("GET", "/api/v1/notes", 20),
        ("POST", "/api/v1/notes", 10),
        ("GET", PERSONS, 10),
        ("GET", f"{PERSONS}/1", 1),
        ("POST", PERSONS, 5),
        ("PATCH", f"{PERSONS}/1", 5),
        ("DELETE", f"{PERSONS}/1", 3),
        ("GET", SEARCH, 20),
        ("GET", "/api/v2/personFields", 10),
    ],
)
def test_a_call_costs_what_the_vendor_takes(pipedrive, method, path, cost):
    pipedrive.person()
    before = pipedrive.vendor.limits.spent("halden-robotics")

    pipedrive.call(method, path, {} if method in ("POST", "PATCH") else None)

    assert pipedrive.vendor.limits.spent("halden-robotics") - before == cost


def test_the_burst_is_counted_per_token_in_two_seconds(hasty, clock):
    hasty.switch(plan="lite")
    token = hasty.signed_in()["access_token"]

    statuses = {hasty.get(ME, token=token).status_code for _ in range(80)}
    refused, other = hasty.get(ME, token=token), hasty.get(ME)
    clock.advance(2)

    assert statuses == {200}
    assert error_of(refused)[:2] == (429, "Request over limit")
    assert (refused.headers["x-ratelimit-remaining"], refused.headers["x-ratelimit-reset"]) == ("0", "2")
    assert "Retry-After" not in refused.headers
    assert other.status_code == 200
    assert hasty.get(ME, token=token).status_code == 200


def test_ten_searches_in_two_seconds_are_allowed_on_every_plan(hasty, clock):
    hasty.switch(plan="ultimate")

    statuses = [hasty.get(SEARCH).status_code for _ in range(11)]
    read = hasty.get(ME)
    clock.advance(2)

    assert statuses == [200] * 10 + [429]
    assert read.status_code == 200
    assert hasty.get(SEARCH).status_code == 200


def test_a_spent_budget_is_refused_with_room_in_the_burst_until_the_next_day(hasty, clock):
    hasty.switch(daily_tokens=21)

    first, refused = hasty.get(SEARCH), hasty.get(ME)
    cheap = hasty.get(f"{PERSONS}/1")
    clock.advance(86_400)

    assert first.headers["x-daily-ratelimit-token-remaining"] == "1"
    assert error_of(refused)[:2] == (429, "Request over limit")
    assert int(refused.headers["x-ratelimit-remaining"]) > 0
    assert refused.headers["x-daily-ratelimit-token-remaining"] == "0"
    assert cheap.status_code == 404
    assert hasty.get(ME).status_code == 200


def test_going_on_after_refusals_earns_an_html_page(hasty, clock):
    hasty.switch(block_after=5, plan="lite")
    for _ in range(25):
        last = hasty.get(ME)
    clock.advance(3)
    blocked = hasty.get(ME)
    clock.advance(60)

    assert last.status_code == 429
    assert (blocked.status_code, blocked.headers["Content-Type"]) == (403, "text/html; charset=UTF-8")
    assert "Cloudflare" in blocked.text
    assert hasty.get(ME).status_code == 200


@pytest.mark.parametrize(("kind", "room"), [("burst", False), ("budget", True)])
def test_a_forced_refusal_looks_like_the_limit_it_names(pipedrive, kind, room):
    pipedrive.switch(rate_limit_next=1, rate_limit_kind=kind)

    refused = pipedrive.get(ME)

    assert (refused.status_code, int(refused.headers["x-ratelimit-remaining"]) > 0) == (429, room)
    assert pipedrive.get(ME).status_code == 200


def test_real_limits_can_be_switched_off(hasty):
    hasty.switch(real_limits=False)

    assert {hasty.get(SEARCH).status_code for _ in range(50)} == {200}


@pytest.mark.parametrize(
    ("switch", "status", "told"),
    [
        ({"unpaid": True}, 402, "Payment required: the company's account is not open."),
        ({"budget_spent": True}, 429, "Request over limit"),
        ({"no_permission": 1}, 403, "You do not have permissions to do this."),
        ({"plan_limit": 1}, 403, "The limit of your plan is reached."),
        ({"server_error": 1}, 500, "Internal Server Error"),
        ({"missing_scope": "contacts:full"}, 403, "Scope and URL mismatch"),
    ],
)
def test_a_switch_refuses_a_write(pipedrive, switch, status, told):
    pipedrive.switch(**switch)

    assert error_of(pipedrive.post(PERSONS, {"name": "Ada"}))[:2] == (status, told)
    assert pipedrive.kept("persons") == []


def test_a_plan_limit_is_told_by_its_code(pipedrive):
    pipedrive.switch(plan_limit=1)

    answer = pipedrive.post("/api/v2/personFields", {"field_name": "F", "field_type": "varchar"})

    assert error_of(answer)[2].startswith("feature_capping_")


def test_a_record_may_be_gone(pipedrive):
    person = pipedrive.person()
    pipedrive.switch(gone=1)

    assert pipedrive.get(PERSONS).status_code == 200
    assert pipedrive.get(f"{PERSONS}/{person['id']}").status_code == 410
    assert pipedrive.get(f"{PERSONS}/{person['id']}").status_code == 200


def test_answers_may_be_pages_or_lack_their_data(pipedrive):
    pipedrive.switch(html_503=1)
    outage = pipedrive.get(PERSONS)
    pipedrive.switch(html_403=1)
    blocked = pipedrive.get(PERSONS)
    pipedrive.switch(html_200=1)
    page = pipedrive.get(PERSONS)
    pipedrive.switch(without_data=1)
    hollow = pipedrive.get(PERSONS)

    assert [answer.status_code for answer in (outage, blocked, page, hollow)] == [503, 403, 200, 200]
    assert all(answer.text.startswith("<!DOCTYPE html>") for answer in (outage, blocked, page))
    assert hollow.json() == {"success": True}


@pytest.mark.parametrize(("switch", "arrived"), [("cut_before_commit", 0), ("cut_after_commit", 1)])
def test_a_broken_connection_leaves_the_write_or_not(pipedrive, switch, arrived):
    pipedrive.switch(**{switch: 1})

    with pytest.raises(requests.ConnectionError):
        pipedrive.post(PERSONS, {"name": "Ada"})

    assert len(pipedrive.kept("persons")) == arrived


@pytest.mark.parametrize("faults", [{"plan": "gold"}, {"retired_v1": "200"}, {"rate_limit_kind": "daily"}])
def test_a_switch_that_cannot_be_is_refused_in_words(pipedrive, faults):
    answer = requests.patch(f"{pipedrive.base}/_sandbox/faults", json=faults, timeout=5)

    assert answer.status_code == 400
    assert "is one of" in answer.json()["error"]


def test_unknown_paths_and_methods_are_refused_in_json(pipedrive):
    unknown, method = pipedrive.get("/api/v2/nothing"), pipedrive.put(PERSONS, {})

    assert (unknown.status_code, method.status_code) == (404, 405)
    assert unknown.json()["error"] == "Unknown method."
    assert requests.get(f"{pipedrive.base}/nobody/api/v2/persons", timeout=5).status_code == 404


def test_calls_are_counted_as_the_vendor_would(pipedrive):
    pipedrive.person()
    pipedrive.signed_in()

    stats = pipedrive.control("GET", "stats")

    assert (stats["calls"], stats["created"]) == (1, {"persons": 1})
    assert stats["by_path"] == {"POST /halden-robotics/api/v2/persons": 1}


def test_a_reset_leaves_a_fresh_company_and_living_tokens(pipedrive):
    token = pipedrive.signed_in()["access_token"]
    code = pipedrive.field("Events attended")["field_code"]
    pipedrive.person()

    pipedrive.control("POST", "reset")

    assert pipedrive.get(PERSONS, token=token).json()["data"] == []
    assert pipedrive.field("Events attended")["field_code"] == code
    assert requests.get(f"{pipedrive.api}{ME}", headers={"x-api-token": API_TOKEN}, timeout=5).status_code == 200
