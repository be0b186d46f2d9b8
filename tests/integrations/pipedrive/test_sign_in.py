"""Signing in: the popup, code to tokens, refresh, revoke, and the word that the app was uninstalled."""

import base64
import json
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from integrations.contract import AuthenticationFailed, AuthorizationRefused, Throttled, Tokens, Unavailable
from integrations.providers.pipedrive import PROVIDER
from integrations.sandbox.person import allow
from mobly_sync.http import Session
from tests.integrations.hubspot.scripted import Says
from tests.integrations.pipedrive.company import REDIRECT, app_at


def exchanged(app, code="c", redirect=REDIRECT):
    with Session(allowed_hosts=app.hosts) as session:
        return PROVIDER.exchange(session, app, code=code, redirect_uri=redirect, code_verifier="")


def refreshed(app, tokens):
    with Session(allowed_hosts=app.hosts) as session:
        return PROVIDER.refresh(session, app, tokens)


def test_the_address_names_neither_scopes_nor_a_challenge(company):
    asked = PROVIDER.authorization(company.app, redirect_uri=REDIRECT, state="s-1")

    query = parse_qs(urlsplit(asked.url).query)
    assert set(query) == {"client_id", "redirect_uri", "state"}
    assert (query["state"], asked.code_verifier) == (["s-1"], "")


def test_a_code_becomes_tokens_with_the_address_of_the_company(company):
    tokens = company.source.tokens

    assert tokens.api_url == f"{company.vendor.url}/halden-robotics"
    assert {"base", "contacts:full", "activities:full", "search:read", "users:read"} <= set(tokens.scopes)
    assert 3000 < (tokens.expires_at - datetime.now(UTC)).total_seconds() < 3700


def test_a_refresh_keeps_the_refresh_token(company):
    before = company.source.tokens

    after = refreshed(company.app, before)

    assert (after.refresh_token, after.api_url) == (before.refresh_token, before.api_url)
    assert after.access_token != before.access_token


def test_a_code_is_good_for_one_use(company):
    url = PROVIDER.authorization(company.app, redirect_uri=REDIRECT, state="s").url
    code = allow(url)["code"]
    exchanged(company.app, code)

    with pytest.raises(AuthorizationRefused):
        exchanged(company.app, code)


def test_a_dead_refresh_token_is_final(company):
    company.vendor.faults(revoked_app=True)

    with pytest.raises(AuthenticationFailed) as raised:
        refreshed(company.app, company.source.tokens)

    assert raised.value.fault.code == "invalid_grant"


def test_without_a_refresh_token_there_is_nothing_to_refresh(company):
    with pytest.raises(AuthenticationFailed):
        refreshed(company.app, Tokens("a"))


def test_a_refusal_of_our_app_is_for_the_operator(company):
    stranger = type(company.app)(**{**_fields(company.app), "client_secret": "wrong"})

    with pytest.raises(AuthenticationFailed) as raised:
        refreshed(stranger, company.source.tokens)

    assert "Tell whoever runs Mobly" in raised.value.fault.message


def _fields(app):
    return {name: getattr(app, name) for name in app.__dataclass_fields__}


@pytest.mark.parametrize(
    "answer",
    [Says(500, "oops"), Says(200, {"token_type": "Bearer"}), Says(200, "<html>"), Says(403, "<html>blocked</html>"),
     Says(200, {"access_token": "t"})],
)  # fmt: skip
def test_what_is_no_answer_may_be_tried_again(scripted, answer):
    with pytest.raises((Unavailable, Throttled)) as raised:
        refreshed(app_at(scripted(answer).url), Tokens("a", "r"))

    assert raised.value.fault.message


def test_disconnect_ends_the_tokens(company):
    tokens = company.source.tokens
    with Session(allowed_hosts=company.app.hosts) as session:
        PROVIDER.revoke(session, company.app, tokens)
        PROVIDER.revoke(session, company.app, tokens)

    with pytest.raises(AuthenticationFailed):
        refreshed(company.app, tokens)


def test_the_account_is_the_company(company):
    account = PROVIDER.account(company.client)

    assert (account.id, account.name, account.user, account.url) == (
        "1000001",
        "Halden Robotics",
        "mobly.integration@halden.example",
        f"{company.vendor.url}/halden-robotics",
    )


def message(app, *, company_id=1000001, secret=None, client_id=None):
    packed = base64.b64encode(f"{app.client_id}:{secret or app.client_secret}".encode()).decode()
    body = {"client_id": client_id or app.client_id, "company_id": company_id, "user_id": 1, "timestamp": "x"}
    return {"authorization": f"Basic {packed}", "body": json.dumps(body).encode()}


def test_an_uninstall_names_the_account_it_is_about(company):
    said = PROVIDER.uninstalled(company.app, **message(company.app))

    assert said == PROVIDER.account(company.client).id


@pytest.mark.parametrize(
    "said",
    [
        {"authorization": "", "body": b"{}"},
        {"authorization": "Basic ???", "body": b"{}"},
        {"authorization": "Bearer x", "body": b"{}"},
        {**message(app_at("x"), secret="guessed")},
        {**message(app_at("x"), client_id="another-app")},
        {**message(app_at("x"), company_id=None)},
        {**message(app_at("x"), company_id=True)},
        {**message(app_at("x")), "body": b"\xff not JSON"},
        {**message(app_at("x")), "body": b"[]"},
    ],
)
def test_an_uninstall_that_is_not_pipedrives_is_refused(said):
    with pytest.raises(AuthorizationRefused):
        PROVIDER.uninstalled(app_at("x"), **said)
