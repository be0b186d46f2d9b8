"""OAuth in its four ways, the consent page, SOAP login, and what becomes of tokens."""

import base64
import hashlib
import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests

from integrations.sandbox import person
from integrations.sandbox.salesforce.account import ACCOUNTS, CREDENTIALS, FIXED_TOKEN

BACK = "http://127.0.0.1:8000/integrations/salesforce/callback"
VERIFIER = "a-verifier-of-at-least-forty-three-characters-long"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
CLIENT = {"client_id": CREDENTIALS["client_id"], "client_secret": CREDENTIALS["client_secret"]}
PASSWORD = {
    **CLIENT,
    "grant_type": "password",
    "username": CREDENTIALS["username"],
    "password": CREDENTIALS["password"] + CREDENTIALS["security_token"],
}


@pytest.fixture
def base(salesforce):
    return salesforce.base


def asked(**more):
    return {
        "response_type": "code",
        "client_id": CLIENT["client_id"],
        "redirect_uri": BACK,
        "state": "s 1",
        "scope": "api refresh_token",
        "code_challenge": CHALLENGE,
        **more,
    }


def consent_page(base, **more):
    """A browser that has signed in, and the page it sees then."""
    browser = requests.Session()
    return browser, person.signed_in(browser, f"{base}/services/oauth2/authorize?{urlencode(asked(**more))}")[0]


def consent(base, answer="allow", **more):
    """Click through the page as a browser would; returns the query of the redirect."""
    browser, page = consent_page(base, **more)
    assert page.status_code == 200
    sent = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page.text))
    answer = {**sent, **more, "answer": answer}
    reply = browser.post(f"{base}/services/oauth2/authorize", data=answer, allow_redirects=False, timeout=5)
    assert reply.headers["Location"].startswith(BACK + "?")
    return {key: values[0] for key, values in parse_qs(urlsplit(reply.headers["Location"]).query).items()}


def token(base, **form):
    return requests.post(f"{base}/services/oauth2/token", data={**CLIENT, **form}, timeout=5)


def by_code(base, **more):
    code = consent(base)["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
    return token(base, **{**form, **more})


def refresh(base, value):
    return token(base, grant_type="refresh_token", refresh_token=value)


def refusal(answer):
    return answer.status_code, answer.json()["error"], answer.json()["error_description"]


def works(base, access):
    answer = requests.get(
        f"{base}/services/data/v60.0/limits", headers={"Authorization": f"Bearer {access}"}, timeout=5
    )
    return answer.status_code == 200


def test_the_consent_page_names_app_user_and_scopes(base):
    page = consent_page(base)[1].text

    assert "<b>Mobly</b> asks to:" in page
    assert CREDENTIALS["username"] in page
    assert "Manage user data via APIs" in page
    assert "Halden Robotics" in page


def test_allow_leads_back_with_code_and_state(base):
    answer = consent(base)

    assert set(answer) == {"code", "state"}
    assert answer["state"] == "s 1"


def test_deny_leads_back_with_access_denied(base):
    answer = consent(base, answer="deny")

    assert answer == {"error": "access_denied", "error_description": "end-user denied authorization", "state": "s 1"}


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"client_id": "somebody"}, "invalid_client_id"),
        ({"redirect_uri": "javascript:alert(1)"}, "redirect_uri_mismatch"),
        ({"redirect_uri": "http://crm.example/back"}, "redirect_uri_mismatch"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
    ],
)
def test_a_wrong_request_is_refused_on_a_page_and_never_redirected(base, wrong, code):
    answer = requests.get(f"{base}/services/oauth2/authorize", params=asked(**wrong), timeout=5)

    assert answer.status_code == 400
    assert code in answer.text


def test_a_code_becomes_tokens_without_expires_in(base):
    body = by_code(base).json()

    assert set(body) == {
        "access_token", "refresh_token", "signature", "scope", "instance_url", "id", "token_type", "issued_at"
    }  # fmt: skip
    assert body["instance_url"] == base
    assert body["issued_at"].isdigit()
    assert body["access_token"].startswith("00D")
    assert works(base, body["access_token"])


def test_the_identity_says_which_account_and_user(base):
    body = by_code(base).json()
    bearer = {"Authorization": f"Bearer {body['access_token']}"}

    identity = requests.get(body["id"], headers=bearer, timeout=5).json()
    userinfo = requests.get(f"{base}/services/oauth2/userinfo", headers=bearer, timeout=5).json()

    assert identity["organization_id"] == userinfo["organization_id"] == next(iter(ACCOUNTS))
    assert identity["username"] == userinfo["preferred_username"] == CREDENTIALS["username"]


def test_a_person_may_choose_another_account(base):
    other = list(ACCOUNTS)[1]
    code = consent(base, org=other)["code"]

    body = token(base, grant_type="authorization_code", code=code, redirect_uri=BACK, code_verifier=VERIFIER).json()

    assert f"/id/{other}/" in body["id"]


def test_without_the_refresh_scope_there_is_no_refresh_token(base):
    code = consent(base, scope="api")["code"]

    body = token(base, grant_type="authorization_code", code=code, redirect_uri=BACK, code_verifier=VERIFIER).json()

    assert "refresh_token" not in body


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"code_verifier": ""}, "invalid_grant"),
        ({"code_verifier": "another"}, "invalid_request"),
        ({"redirect_uri": "http://127.0.0.1/other"}, "redirect_uri_mismatch"),
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"client_id": "wrong"}, "invalid_client_id"),
        ({"code": "unknown"}, "invalid_grant"),
        ({"grant_type": "magic"}, "unsupported_grant_type"),
    ],
)
def test_a_wrong_exchange_is_refused(base, wrong, error):
    answer = by_code(base, **wrong)

    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_a_code_works_once(base):
    code = consent(base)["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
    token(base, **form)

    assert refusal(token(base, **form)) == (400, "invalid_grant", "expired authorization code")


def test_a_token_request_may_come_chunked(base):
    body = "&".join(f"{key}={value}" for key, value in PASSWORD.items()).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}

    answer = requests.post(
        f"{base}/services/oauth2/token", data=iter([body[:20], body[20:]]), headers=headers, timeout=5
    )

    assert answer.status_code == 200


def test_refresh_gives_a_new_access_token_and_keeps_the_refresh_token(base):
    kept = by_code(base).json()["refresh_token"]

    first, second = refresh(base, kept).json(), refresh(base, kept).json()

    assert first["access_token"] != second["access_token"]
    assert "refresh_token" not in first


def test_rotation_kills_the_old_refresh_token(base, salesforce):
    old = by_code(base).json()["refresh_token"]
    salesforce.switch(refresh_rotation=True)

    new = refresh(base, old).json()["refresh_token"]

    assert refusal(refresh(base, old)) == (400, "invalid_grant", "expired access/refresh token")
    assert refresh(base, new).status_code == 200


def test_a_refresh_race_is_refused_once(base, salesforce):
    kept = by_code(base).json()["refresh_token"]
    salesforce.switch(refresh_race=1)

    assert refusal(refresh(base, kept)) == (400, "invalid_grant", "token request is already being processed")
    assert refresh(base, kept).status_code == 200


def test_the_refresh_token_can_be_revoked_by_switch(base, salesforce):
    kept = by_code(base).json()["refresh_token"]
    salesforce.switch(refresh_revoked=True)

    assert refusal(refresh(base, kept)) == (400, "invalid_grant", "expired access/refresh token")


def test_expired_access_tokens_come_back_by_refresh(base, salesforce):
    body = by_code(base).json()
    salesforce.switch(expired_token=True)

    assert not works(base, body["access_token"])
    assert works(base, refresh(base, body["refresh_token"]).json()["access_token"])


def test_a_revoked_app_refreshes_no_more_but_may_be_allowed_again(base, salesforce):
    body = by_code(base).json()
    salesforce.switch(revoked_app=True)

    assert not works(base, body["access_token"])
    assert refresh(base, body["refresh_token"]).status_code == 400
    assert works(base, by_code(base).json()["access_token"])


def test_revoking_the_refresh_token_ends_the_session_too(base):
    body = by_code(base).json()

    answer = requests.post(f"{base}/services/oauth2/revoke", data={"token": body["refresh_token"]}, timeout=5)

    assert answer.status_code == 200
    assert not works(base, body["access_token"])
    assert refresh(base, body["refresh_token"]).status_code == 400


def test_revoking_an_unknown_token_is_refused(base):
    answer = requests.post(f"{base}/services/oauth2/revoke", data={"token": "nothing"}, timeout=5)

    assert refusal(answer) == (400, "unsupported_token_type", "this token type is not supported")


def test_introspection_tells_live_from_dead(base, salesforce):
    body = by_code(base).json()
    form = {**CLIENT, "token": body["access_token"], "token_type_hint": "access_token"}

    live = requests.post(f"{base}/services/oauth2/introspect", data=form, timeout=5).json()
    salesforce.switch(expired_token=True)
    dead = requests.post(f"{base}/services/oauth2/introspect", data=form, timeout=5).json()

    assert (live["active"], live["username"]) == (True, CREDENTIALS["username"])
    assert dead == {"active": False}


def test_client_credentials_may_come_in_the_header(base):
    answer = requests.post(
        f"{base}/services/oauth2/token",
        data={"grant_type": "client_credentials"},
        auth=(CLIENT["client_id"], CLIENT["client_secret"]),
        timeout=5,
    ).json()

    assert answer["api_instance_url"] == base
    assert "refresh_token" not in answer
    assert works(base, answer["access_token"])


def test_client_credentials_need_a_user(base, salesforce):
    salesforce.switch(client_credentials_off=True)

    answer = token(base, grant_type="client_credentials")

    assert refusal(answer) == (400, "invalid_grant", "no client credentials user enabled")


def test_the_password_flow_takes_password_and_security_token_in_one(base):
    answer = token(base, **PASSWORD).json()

    assert works(base, answer["access_token"])
    assert "refresh_token" not in answer


def test_a_wrong_password_is_said(base):
    answer = token(base, **{**PASSWORD, "password": CREDENTIALS["password"]})

    assert refusal(answer) == (400, "invalid_grant", "authentication failure - Invalid Password")


def test_the_password_flow_can_be_switched_off(base, salesforce):
    salesforce.switch(password_flow_off=True)

    assert refusal(token(base, **PASSWORD))[:2] == (400, "unsupported_grant_type")


def soap_login(base, version="64.0", password=CREDENTIALS["password"] + CREDENTIALS["security_token"]):
    body = (
        '<?xml version="1.0"?><e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
        f'<login xmlns="urn:partner.soap.sforce.com"><username>{CREDENTIALS["username"]}</username>'
        f"<password>{password}</password></login></e:Body></e:Envelope>"
    )
    headers = {"Content-Type": "text/xml", "SOAPAction": "login"}
    return requests.post(f"{base}/services/Soap/u/{version}", data=body, headers=headers, timeout=5)


def test_soap_login_gives_a_session(base):
    answer = soap_login(base)

    session = re.search("<sessionId>(.*)</sessionId>", answer.text)[1]
    assert works(base, session)
    assert "<organizationName>Halden Robotics</organizationName>" in answer.text
    assert f"<serverUrl>{base}/services/Soap/u/64.0/00D" in answer.text
    assert "<sessionSecondsValid>7200</sessionSecondsValid>" in answer.text


def test_a_failed_soap_login_is_a_fault_with_500(base):
    answer = soap_login(base, password="wrong")

    assert answer.status_code == 500
    assert "<faultcode>sf:INVALID_LOGIN</faultcode>" in answer.text
    assert "Invalid username, password, security token; or user locked out." in answer.text


def test_soap_login_ends_with_version_64(base):
    answer = soap_login(base, version="65.0")

    assert answer.status_code == 500
    assert "UNSUPPORTED_API_VERSION" in answer.text


def test_soap_login_can_be_switched_off(base, salesforce):
    salesforce.switch(soap_login_off=True)

    assert "SOAP API login() is disabled by default in this org." in soap_login(base).text


@pytest.mark.parametrize("body", ["", "<a", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "<a><query/></a>"])
def test_other_soap_is_refused(base, body):
    answer = requests.post(f"{base}/services/Soap/u/60.0", data=body, timeout=5)

    assert answer.status_code == 500
    assert "INVALID_OPERATION" in answer.text


def test_a_dead_token_is_401_as_recorded(base):
    answer = requests.get(f"{base}/services/data/v60.0/limits", headers={"Authorization": "Bearer x"}, timeout=5)

    assert answer.status_code == 401
    assert answer.json() == [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]


def test_the_fixed_token_lives_again_after_a_reset(base, salesforce):
    salesforce.switch(expired_token=True)
    assert not works(base, FIXED_TOKEN)

    salesforce.post("/_sandbox/reset")

    assert works(base, FIXED_TOKEN)


def test_discovery_names_the_endpoints(base):
    body = requests.get(f"{base}/.well-known/openid-configuration", timeout=5).json()

    assert body["token_endpoint"] == f"{base}/services/oauth2/token"
