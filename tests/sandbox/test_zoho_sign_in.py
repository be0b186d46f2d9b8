"""Sign-in at the simulated Zoho: two data centres, tokens, and a token endpoint that says no with HTTP 200."""

import pytest
import requests

from tests.sandbox.zoho_org import BACK


def test_the_callback_names_location_and_accounts_server(zoho):
    us, eu = zoho.consent(), zoho.consent("eu")

    assert {key: value for key, value in us.items() if key != "code"} == {
        "location": "us", "accounts-server": zoho.base, "state": "st"
    }  # fmt: skip
    assert (eu["location"], eu["accounts-server"]) == ("eu", f"{zoho.base}/eu")


def test_a_person_may_deny(zoho):
    assert zoho.consent(answer="deny") == {"error": "access_denied", "state": "st"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"client_id": "nobody"}, "invalid_client"),
        ({"redirect_uri": "somewhere"}, "invalid_redirect_uri"),
        ({"scope": "Everything"}, "invalid_scope"),
        ({"response_type": "token"}, "invalid_response_type"),
    ],
)
def test_a_wrong_start_is_shown_on_a_page(zoho, change, code):
    page = requests.get(zoho.authorize_url(**change), timeout=5)

    assert page.status_code == 400
    assert code in page.text


def test_the_token_answer_names_the_api_domain(zoho):
    tokens = zoho.signed_in("eu")

    assert list(tokens) == ["access_token", "refresh_token", "scope", "api_domain", "token_type", "expires_in"]
    assert (tokens["api_domain"], tokens["token_type"], tokens["expires_in"]) == (f"{zoho.base}/api-eu", "Bearer", 3600)
    org = zoho.get("org", at="eu", token=tokens["access_token"]).json()["org"][0]
    assert org["company_name"] == "Halden Robotics Europe"


def test_the_other_data_centre_refuses_the_token(zoho):
    token = zoho.signed_in("eu")["access_token"]

    refused = zoho.get("org", token=token)

    assert refused.status_code == 401
    assert refused.json() == {
        "code": "INVALID_TOKEN", "details": {}, "message": "invalid oauth token", "status": "error"
    }  # fmt: skip


def test_a_code_of_the_other_data_centre_is_invalid_with_http_200(zoho):
    code = zoho.consent("eu")["code"]

    answer = zoho.token(grant_type="authorization_code", code=code, redirect_uri=BACK)

    assert (answer.status_code, answer.json()) == (200, {"error": "invalid_code"})


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"client_id": "nobody"}, "invalid_client"),
        ({"client_secret": "wrong"}, "invalid_client_secret"),
        ({"redirect_uri": "http://elsewhere.example"}, "invalid_redirect_uri"),
        ({"code": "1000.none"}, "invalid_code"),
    ],
)
def test_token_failures_answer_200(zoho, form, error):
    good = {"grant_type": "authorization_code", "code": zoho.consent()["code"], "redirect_uri": BACK}

    answer = zoho.token(**{**good, **form})

    assert (answer.status_code, answer.json()) == (200, {"error": error})


def test_a_code_works_once_and_for_three_minutes(zoho, clock):
    first, second = zoho.consent()["code"], zoho.consent()["code"]
    form = {"grant_type": "authorization_code", "redirect_uri": BACK}
    used = [zoho.token(code=first, **form).json() for _ in range(2)]
    clock.advance(181)

    assert "access_token" in used[0]
    assert used[1] == zoho.token(code=second, **form).json() == {"error": "invalid_code"}


def test_a_refresh_answer_has_no_refresh_token(zoho):
    tokens = zoho.signed_in()

    again = zoho.refresh(tokens["refresh_token"]).json()

    assert "refresh_token" not in again
    assert zoho.get("org", token=again["access_token"]).status_code == 200


def test_only_offline_access_gives_a_refresh_token(zoho):
    assert "refresh_token" not in zoho.signed_in(access_type="online")


def test_a_repeated_consent_gives_one_only_when_asked_to_prompt(zoho):
    zoho.signed_in()

    assert "refresh_token" not in zoho.signed_in(prompt="")
    assert "refresh_token" in zoho.signed_in()


def test_an_access_token_lives_an_hour(zoho, clock):
    token = zoho.signed_in()["access_token"]
    alive = zoho.get("org", token=token)
    clock.advance(3600)

    assert alive.status_code == 200
    assert alive.headers["X-ACCESSTOKEN-RESET"] == "2026-11-21T15:00:00-06:00"
    assert zoho.get("org", token=token).status_code == 401


def test_the_sixteenth_access_token_kills_the_oldest(zoho, clock):
    tokens = zoho.signed_in()
    given = [tokens["access_token"]]
    for _ in range(15):
        clock.advance(61)
        given.append(zoho.refresh(tokens["refresh_token"]).json()["access_token"])

    assert [zoho.get("org", token=token).status_code for token in given[:2]] == [401, 200]


@pytest.mark.parametrize("status", [400, 200])
def test_ten_tokens_in_ten_minutes_are_the_limit(zoho, clock, status):
    zoho.switch(throttle_status=status)
    tokens = zoho.signed_in()
    answers = [zoho.refresh(tokens["refresh_token"]) for _ in range(10)]
    clock.advance(601)

    assert [answer.status_code for answer in answers] == [200] * 9 + [status]
    assert answers[-1].json() == {
        "error_description": "You have made too many requests continuously. Please try again after some time.",
        "status": "failure",
        "error": "Access Denied",
    }
    assert "access_token" in zoho.refresh(tokens["refresh_token"]).json()


def test_token_limits_can_be_switched_off(zoho):
    zoho.switch(token_limits=False)
    refresh = zoho.signed_in()["refresh_token"]

    assert {"access_token" in zoho.refresh(refresh).json() for _ in range(12)} == {True}


def test_the_twenty_first_refresh_token_drops_the_oldest(zoho, clock):
    given = []
    for _ in range(21):
        given.append(zoho.signed_in())
        clock.advance(1)

    assert zoho.refresh(given[0]["refresh_token"]).json() == {"error": "invalid_code"}
    assert zoho.get("org", token=given[0]["access_token"]).status_code == 401
    assert "access_token" in zoho.refresh(given[1]["refresh_token"]).json()


def test_revoking_ends_refresh_and_access_tokens(zoho):
    tokens = zoho.signed_in()

    url = f"{zoho.base}/oauth/v2/token/revoke"
    revoked = requests.post(url, params={"token": tokens["refresh_token"]}, timeout=5)

    assert (revoked.status_code, revoked.json()) == (200, {"status": "success"})
    assert zoho.refresh(tokens["refresh_token"]).json() == {"error": "invalid_code"}
    assert zoho.get("org", token=tokens["access_token"]).status_code == 401


def test_access_tokens_die_in_the_middle_of_a_run(zoho):
    tokens = zoho.signed_in()
    zoho.switch(expire_in_calls=2)

    assert [zoho.get("org", token=tokens["access_token"]).status_code for _ in range(2)] == [200, 401]
    assert "access_token" in zoho.refresh(tokens["refresh_token"]).json()


def test_the_app_can_be_revoked(zoho):
    tokens = zoho.signed_in()
    zoho.switch(revoked_app=True)

    assert zoho.get("org", token=tokens["access_token"]).status_code == 401
    assert zoho.refresh(tokens["refresh_token"]).json() == {"error": "invalid_code"}


@pytest.mark.parametrize("status", [401, 403])
def test_a_call_needs_its_scope(zoho, status):
    zoho.switch(scope_mismatch_status=status)
    token = zoho.signed_in(scope="ZohoCRM.modules.leads.READ,ZohoCRM.org.READ")["access_token"]

    assert zoho.get("Leads?fields=Email", token=token).status_code == 204
    refused = zoho.coql("select id from Leads where id is not null", token=token)
    assert (refused.status_code, refused.json()["code"]) == (status, "OAUTH_SCOPE_MISMATCH")
    assert zoho.post("Leads", {"data": [{"Last_Name": "X"}]}, token=token).status_code == status


def test_search_may_need_a_scope_of_its_own(zoho):
    token = zoho.signed_in(scope="ZohoCRM.modules.ALL")["access_token"]
    before = zoho.get("Leads/search?word=ada", token=token)
    zoho.switch(search_needs_scope=True)

    assert before.status_code == 204
    assert zoho.get("Leads/search?word=ada", token=token).status_code == 401


def test_the_locations_are_told(zoho):
    info = requests.get(f"{zoho.base}/oauth/serverinfo", timeout=5).json()

    assert info == {"result": "success", "locations": {"us": zoho.base, "eu": f"{zoho.base}/eu"}}


def test_a_call_without_a_token_is_refused(zoho):
    answer = zoho.get("org", token="")

    assert (answer.status_code, answer.json()["code"]) == (401, "AUTHENTICATION_FAILURE")
