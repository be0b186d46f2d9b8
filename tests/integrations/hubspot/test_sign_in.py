"""Connecting to HubSpot over its real sign-in, in both path families."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from integrations.contract import AuthenticationFailed, AuthorizationRefused, Cause, Throttled, Tokens, Unavailable
from integrations.providers.hubspot import PROVIDER
from integrations.providers.hubspot.auth import OPTIONAL_SCOPES, SCOPES
from mobly_sync.http import Session
from tests.integrations.hubspot.account import REDIRECT, app_at, approve, connect
from tests.integrations.hubspot.scripted import Says

REFUSED_TOKEN = {"status": "BAD_REFRESH_TOKEN", "message": "missing or invalid refresh token", "correlationId": "c-1"}


@pytest.fixture
def session():
    with Session(allowed_hosts=["127.0.0.1"], read_timeout=5) as made:
        yield made


def test_the_popup_asks_for_every_scope_and_no_pkce():
    asked = PROVIDER.authorization(app_at("https://app.hubspot.com"), redirect_uri=REDIRECT, state="s-1")

    query = {key: values[0] for key, values in parse_qs(urlsplit(asked.url).query).items()}
    assert asked.url.startswith("https://app.hubspot.com/oauth/authorize?")
    assert query["scope"].split() == list(SCOPES)
    assert query["optional_scope"].split() == list(OPTIONAL_SCOPES)
    assert (query["state"], query["redirect_uri"]) == ("s-1", REDIRECT)
    assert "code_challenge" not in query
    assert asked.code_verifier == ""


def test_a_code_becomes_tokens_that_know_their_end_their_scopes_and_their_account(portal):
    tokens = portal.source.tokens

    assert tokens.refresh_token
    assert timedelta(minutes=29) < tokens.expires_at - datetime.now(UTC) < timedelta(minutes=31)
    assert set(SCOPES) <= set(tokens.scopes)
    assert tokens.extra == {"portal_id": "44556677", "ui_url": portal.vendor.url, "utc_offset_ms": "-18000000"}


@pytest.mark.parametrize("version", ["v3", "2026-03", "2026-09"])
def test_every_path_family_connects_and_names_the_account(hubspot_sandbox, version):
    portal = connect(hubspot_sandbox, version)

    account = PROVIDER.account(portal.client)

    assert (account.id, account.name, account.kind) == ("44556677", "halden.example", "STANDARD")
    assert account.user == "mobly.integration@halden.example"
    assert account.url == hubspot_sandbox.url


def test_a_code_that_is_used_twice_is_refused(portal, session):
    asked = PROVIDER.authorization(portal.app, redirect_uri=REDIRECT, state="s")
    code = approve(asked.url)["code"]
    PROVIDER.exchange(session, portal.app, code=code, redirect_uri=REDIRECT, code_verifier="")

    with pytest.raises(AuthorizationRefused) as refused:
        PROVIDER.exchange(session, portal.app, code=code, redirect_uri=REDIRECT, code_verifier="")

    assert (refused.value.fault.cause, refused.value.fault.code) == (Cause.AUTHENTICATION, "BAD_AUTH_CODE")
    assert refused.value.fault.message == "missing or unknown auth code"


def test_a_refresh_keeps_the_refresh_token_and_what_was_known(portal, session):
    before = portal.source.tokens

    after = PROVIDER.refresh(session, portal.app, before)

    assert after.access_token != before.access_token
    assert (after.refresh_token, after.extra, after.scopes) == (before.refresh_token, before.extra, before.scopes)


def test_a_revoked_refresh_token_is_final(portal, session):
    portal.vendor.faults(refresh_revoked=True)

    with pytest.raises(AuthenticationFailed) as failed:
        PROVIDER.refresh(session, portal.app, portal.source.tokens)

    assert (failed.value.fault.cause, failed.value.fault.code) == (Cause.AUTHENTICATION, "BAD_REFRESH_TOKEN")


@pytest.mark.parametrize(
    ("says", "error"),
    [
        (Says(400, {"error": "invalid_grant", "error_description": "expired"}), AuthenticationFailed),
        (Says(400, REFUSED_TOKEN), AuthenticationFailed),
        (Says(429, {"message": "You have reached your secondly limit."}), Throttled),
        (Says(502, "<html>Bad gateway</html>"), Unavailable),
        (Says(404, "<html>404</html>"), Unavailable),
        (Says(200, "<html>maintenance</html>"), Unavailable),
        (Says(200, {"token_type": "bearer"}), Unavailable),
        (Says(200, {"access_token": "abcdef"}, cut=True), Unavailable),
    ],
)
def test_a_refresh_tells_final_from_try_again(scripted, session, says, error):
    server = scripted(says)

    with pytest.raises(error) as failed:
        PROVIDER.refresh(session, app_at(server.url), Tokens("a", "r"))

    assert type(failed.value) is error


def test_secrets_travel_in_the_body_only(scripted, session):
    server = scripted(Says(200, {"access_token": "new", "expires_in": 1800}))

    tokens = PROVIDER.refresh(session, app_at(server.url), Tokens("a", "r", scopes=("oauth",)))

    assert server.asked[0].path == "/oauth/2026-03/token"
    assert "client_secret=" in server.asked[0].body
    assert (tokens.refresh_token, tokens.scopes) == ("r", ("oauth",))


@pytest.mark.parametrize("version", ["v3", "2026-03"])
def test_disconnecting_ends_the_refresh_token_and_may_be_repeated(hubspot_sandbox, session, version):
    portal = connect(hubspot_sandbox, version)

    PROVIDER.revoke(session, portal.app, portal.source.tokens)
    PROVIDER.revoke(session, portal.app, portal.source.tokens)

    with pytest.raises(AuthenticationFailed):
        PROVIDER.refresh(session, portal.app, portal.source.tokens)


def test_a_revoke_that_did_not_arrive_is_said(scripted, session):
    server = scripted(Says(503, "<html>down</html>"))

    with pytest.raises(Unavailable):
        PROVIDER.revoke(session, app_at(server.url), Tokens("a", "r"))


def test_a_removed_app_cannot_say_who_it_is(portal):
    portal.vendor.faults(revoked_app=True)

    with pytest.raises(AuthenticationFailed) as failed:
        PROVIDER.account(portal.client)

    assert failed.value.fault.cause is Cause.AUTHENTICATION


def test_the_regional_address_of_an_account_is_the_one_people_open(scripted, client_of):
    details = {"portalId": 12, "accountType": "STANDARD", "uiDomain": "app-eu1.hubspot.com"}
    holder = {"active": True, "hub_domain": "acme.example", "user": "mara@acme.example", "scopes": ["oauth"]}
    server = scripted(Says(200, details), Says(200, holder))

    account = PROVIDER.account(client_of(server))

    assert account.url == "https://app-eu1.hubspot.com"
