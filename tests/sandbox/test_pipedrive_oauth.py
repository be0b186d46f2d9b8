"""Signing in to the simulated Pipedrive: one OAuth host, several companies."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import requests

from integrations.sandbox.person import allow
from integrations.sandbox.pipedrive.oauth import API_TOKEN, CLIENT_ID, CLIENT_SECRET, OTHER_API_TOKEN, SCOPES
from tests.sandbox.pipedrive_company import APP, BACK, error_of

ME = "/api/v1/users/me"


def test_a_user_who_allows_comes_back_with_a_code_and_gets_tokens(pipedrive):
    tokens = pipedrive.signed_in()
    access, refresh = tokens.pop("access_token"), tokens.pop("refresh_token")

    assert tokens == {
        "token_type": "Bearer",
        "scope": ",".join(SCOPES),
        "expires_in": 3599,
        "api_domain": f"{pipedrive.base}/halden-robotics",
    }
    assert (access[:4], len(access) > 768, refresh[:4]) == ("v1u:", True, "1:1:")
    assert pipedrive.get(ME, token=access).json()["data"]["company_domain"] == "halden-robotics"


def test_a_user_who_denies_comes_back_with_user_denied(pipedrive):
    assert allow(pipedrive.authorize_url(), answer="deny") == {"next": "1", "error": "user_denied", "state": "st 1"}


def test_the_other_company_has_its_own_api_records_and_hashes(pipedrive):
    pipedrive.person()
    tokens = pipedrive.signed_in(account="halden-sandbox")
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}

    def other(path):
        return requests.get(f"{tokens['api_domain']}{path}", headers=headers, timeout=5)

    assert tokens["api_domain"].endswith("/halden-sandbox")
    assert other(ME).json()["data"]["company_name"] == "Halden Sandbox Company"
    assert other("/api/v2/persons").json()["data"] == []
    codes = {row["field_name"]: row["field_code"] for row in other("/api/v2/personFields").json()["data"]}
    assert codes["Events attended"] != pipedrive.field("Events attended")["field_code"]
    assert (codes["name"] if "name" in codes else codes["Name"]) == "name"


def test_the_token_of_one_company_does_not_open_another(pipedrive):
    token = pipedrive.signed_in(account="halden-sandbox")["access_token"]

    answer = pipedrive.get(ME, token=token)

    assert (answer.status_code, answer.json()["error"]) == (403, "Scope and URL mismatch")


def test_the_oauth_host_itself_has_no_api(pipedrive):
    headers = {"x-api-token": API_TOKEN}

    for path in ("/api/v2/persons", "/api/v1/users/me", "/v1/notes"):
        assert requests.get(pipedrive.base + path, headers=headers, timeout=5).status_code == 404


@pytest.mark.parametrize(("token", "status"), [(API_TOKEN, 200), (OTHER_API_TOKEN, 403), ("none", 401)])
def test_a_personal_token_opens_its_company(pipedrive, token, status):
    for answer in (
        requests.get(f"{pipedrive.api}{ME}", headers={"x-api-token": token}, timeout=5),
        requests.get(f"{pipedrive.api}/v1/users/me", params={"api_token": token}, timeout=5),
    ):
        assert answer.status_code == status


def test_a_code_works_once_and_five_minutes(pipedrive, clock):
    def exchange(code):
        return pipedrive.token(grant_type="authorization_code", code=code, redirect_uri=BACK)

    first, late = (allow(pipedrive.authorize_url())["code"] for _ in range(2))
    statuses = [exchange(first).status_code, exchange(first).status_code]
    clock.advance(301)

    assert statuses == [200, 400]
    assert exchange(late).json() == {
        "success": False,
        "message": "Invalid grant: authorization_code has expired",
        "error": "invalid_grant",
    }


def test_refreshing_gives_the_same_refresh_token_sixty_days_more(pipedrive, clock):
    refresh = pipedrive.signed_in()["refresh_token"]
    for _ in range(2):
        clock.advance(59 * 86_400)
        again = pipedrive.token(grant_type="refresh_token", refresh_token=refresh).json()
        assert again["refresh_token"] == refresh
    clock.advance(61 * 86_400)

    dead = pipedrive.token(grant_type="refresh_token", refresh_token=refresh)

    assert (dead.status_code, dead.json()["message"]) == (400, "Invalid grant: refresh token is invalid")


@pytest.mark.parametrize(
    ("form", "auth", "message"),
    [
        ({"code": "x"}, APP, "Missing parameter: grant_type"),
        ({"grant_type": "password"}, APP, "Unsupported grant type: grant_type is invalid"),
        ({"grant_type": "authorization_code", "code": "x"}, APP, "Invalid grant: authorization_code is invalid"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, None,
         "Invalid client: cannot retrieve client credentials"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, (CLIENT_ID, "wrong"),
         "Invalid client: client is invalid"),
    ],
)  # fmt: skip
def test_the_token_endpoint_refuses_in_the_words_of_the_vendor(pipedrive, form, auth, message):
    answer = pipedrive.token(auth=auth, **form)

    assert (answer.status_code, answer.json()["message"]) == (400, message)


def test_the_token_endpoint_reads_forms_only_and_the_redirect_must_match(pipedrive):
    code = allow(pipedrive.authorize_url())["code"]
    json_sent = requests.post(f"{pipedrive.base}/oauth/token", json={}, auth=APP, timeout=5)
    elsewhere = pipedrive.token(grant_type="authorization_code", code=code, redirect_uri="https://other.example/")

    assert json_sent.json()["message"] == "Invalid request: content must be application/x-www-form-urlencoded"
    assert elsewhere.json()["message"] == "Invalid request: redirect_uri is invalid"


def test_an_expired_token_is_refused_until_refreshed(pipedrive):
    tokens = pipedrive.signed_in()
    pipedrive.switch(expired_token=True)

    refused = pipedrive.get(ME, token=tokens["access_token"])
    fresh = pipedrive.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"]).json()

    assert (refused.status_code, refused.json()["errorCode"]) == (401, 401)
    assert pipedrive.get(ME, token=fresh["access_token"]).status_code == 200


def test_revoking_ends_access_and_refresh(pipedrive):
    tokens = pipedrive.signed_in()
    form = {"token": tokens["refresh_token"], "token_type_hint": "refresh_token"}

    answer = requests.post(f"{pipedrive.base}/oauth/revoke", data=form, auth=APP, timeout=5)

    assert answer.status_code == 200
    assert pipedrive.get(ME, token=tokens["access_token"]).status_code == 401
    assert pipedrive.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"]).status_code == 400


@pytest.fixture
def listener():
    """A callback address that keeps what it is told."""
    heard, arrived = [], threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_DELETE(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.append((self.path, self.headers["Authorization"], json.loads(body)))
            self.send_response(204)
            self.end_headers()
            arrived.set()

        def log_message(self, *args):
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/callback", heard, arrived
    server.shutdown()
    server.server_close()


def test_uninstalling_ends_the_tokens_and_tells_the_app(pipedrive, listener):
    callback, heard, arrived = listener
    tokens = pipedrive.signed_in()

    pipedrive.control("POST", "uninstall", {"callback": callback})
    assert arrived.wait(10)

    path, authorization, body = heard[0]
    assert path == "/callback"
    assert authorization == requests.auth._basic_auth_str(CLIENT_ID, CLIENT_SECRET)
    assert (body["client_id"], body["company_id"], body["user_id"]) == (CLIENT_ID, 1000001, 2000001)
    assert pipedrive.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"]).status_code == 400


def test_a_scope_that_is_missing_refuses_what_needs_it(pipedrive):
    pipedrive.switch(missing_scope="contacts:full")

    assert error_of(pipedrive.get("/api/v2/persons"))[:2] == (403, "Scope and URL mismatch")
    assert pipedrive.get(ME).status_code == 200
