"""Sign-in with PKCE, refresh, revocation, and who we are then."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from integrations.contract import (
    AuthenticationFailed,
    AuthorizationRefused,
    Cause,
    ProviderError,
    Refused,
    Throttled,
    Tokens,
    Unavailable,
)
from integrations.providers.salesforce import PROVIDER
from tests.integrations.salesforce.org import CALLBACK, Org, Scripted, app_of, code_of, session_of, sign_in
from tests.vendors import SandboxVendor

Script = Callable[..., Scripted]
JSON = "application/json;charset=UTF-8"
OLD = Tokens("old", "refresh-old", api_url="https://halden.example", scopes=("api",), extra={"user_id": "005"})


def test_the_popup_goes_to_the_login_host_with_a_challenge() -> None:
    request = PROVIDER.authorization(app_of("https://login.salesforce.com/"), redirect_uri=CALLBACK, state="s&=")

    address = urlsplit(request.url)
    query = {name: values[0] for name, values in parse_qs(address.query).items()}
    digest = hashlib.sha256(request.code_verifier.encode()).digest()
    assert address[:3] == ("https", "login.salesforce.com", "/services/oauth2/authorize")
    assert query == {
        "response_type": "code",
        "client_id": "sandbox-salesforce-consumer-key",
        "redirect_uri": CALLBACK,
        "state": "s&=",
        "scope": "api refresh_token",
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    assert 43 <= len(request.code_verifier) <= 128


def test_every_popup_has_a_secret_of_its_own() -> None:
    verifiers = {
        PROVIDER.authorization(app_of("https://a.example"), redirect_uri=CALLBACK, state="s").code_verifier
        for _ in range(5)
    }

    assert len(verifiers) == 5


def test_a_code_becomes_tokens(salesforce_sandbox: SandboxVendor) -> None:
    tokens = sign_in(app_of(salesforce_sandbox.url))

    assert tokens.access_token.startswith("00D")
    assert tokens.refresh_token
    assert tokens.expires_at is None
    assert tokens.api_url == salesforce_sandbox.url
    assert tokens.scopes == ("api", "refresh_token")
    assert tokens.extra["organization_id"].startswith("00D")
    assert tokens.extra["user_id"].startswith("005")


def test_a_person_who_says_no_comes_back_without_a_code(salesforce_sandbox: SandboxVendor) -> None:
    code, _, back = code_of(app_of(salesforce_sandbox.url), answer="deny")

    assert code == ""
    assert back["error"] == ["access_denied"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"code": "stolen"}, "invalid authorization code"),
        ({"code_verifier": ""}, "missing required code verifier"),
        ({"code_verifier": "x" * 50}, "invalid code verifier"),
        ({"redirect_uri": "http://localhost/elsewhere"}, "redirect_uri must match configuration"),
    ],
)
def test_a_code_that_is_not_ours_is_refused(
    salesforce_sandbox: SandboxVendor, change: dict[str, str], message: str
) -> None:
    app = app_of(salesforce_sandbox.url)
    code, verifier, _ = code_of(app)
    given = {"code": code, "redirect_uri": CALLBACK, "code_verifier": verifier, **change}

    with pytest.raises(AuthorizationRefused) as raised:
        PROVIDER.exchange(session_of(app), app, **given)

    assert raised.value.fault.message == message


def test_a_code_is_good_for_once(salesforce_sandbox: SandboxVendor) -> None:
    app = app_of(salesforce_sandbox.url)
    code, verifier, _ = code_of(app)
    given = {"code": code, "redirect_uri": CALLBACK, "code_verifier": verifier}
    PROVIDER.exchange(session_of(app), app, **given)

    with pytest.raises(AuthorizationRefused):
        PROVIDER.exchange(session_of(app), app, **given)


def test_an_app_with_a_wrong_secret_is_refused(scripted: Script) -> None:
    server = scripted((400, JSON, {"error": "invalid_client", "error_description": "invalid client credentials"}))
    app = app_of(server.url)

    with pytest.raises(AuthorizationRefused) as raised:
        PROVIDER.exchange(session_of(app), app, code="c", redirect_uri=CALLBACK, code_verifier="v")

    assert (raised.value.fault.cause, raised.value.fault.code) == (Cause.AUTHENTICATION, "invalid_client")


def test_a_sign_in_without_a_refresh_token_names_the_scope_to_add(scripted: Script) -> None:
    server = scripted((200, JSON, {"access_token": "a", "instance_url": "https://halden.example"}))
    app = app_of(server.url)

    with pytest.raises(AuthorizationRefused) as raised:
        PROVIDER.exchange(session_of(app), app, code="c", redirect_uri=CALLBACK, code_verifier="v")

    assert "refresh_token" in raised.value.fault.message


def test_a_refresh_keeps_the_refresh_token_when_none_comes(org: Org) -> None:
    before = org.tokens.current()

    after = PROVIDER.refresh(session_of(org.app), org.app, before)

    assert after.access_token != before.access_token
    assert after.refresh_token == before.refresh_token
    assert after.extra == before.extra


def test_a_refresh_takes_the_new_refresh_token_where_the_org_rotates_them(org: Org) -> None:
    org.sandbox.faults(refresh_rotation=True)
    before = org.tokens.current()

    after = PROVIDER.refresh(session_of(org.app), org.app, before)

    assert after.refresh_token not in ("", before.refresh_token)
    with pytest.raises(AuthenticationFailed):
        PROVIDER.refresh(session_of(org.app), org.app, before)


def test_two_refreshes_at_once_are_no_reason_to_disconnect(org: Org) -> None:
    org.sandbox.faults(refresh_race=1)

    with pytest.raises(Unavailable) as raised:
        PROVIDER.refresh(session_of(org.app), org.app, org.tokens.current())

    assert raised.value.fault.message == "token request is already being processed"
    assert raised.value.fault.transient
    assert PROVIDER.refresh(session_of(org.app), org.app, org.tokens.current()).access_token


def test_a_refresh_token_that_was_revoked_is_final(org: Org) -> None:
    org.sandbox.faults(refresh_revoked=True)

    with pytest.raises(AuthenticationFailed) as raised:
        PROVIDER.refresh(session_of(org.app), org.app, org.tokens.current())

    assert (raised.value.fault.cause, raised.value.fault.message) == (
        Cause.AUTHENTICATION, "expired access/refresh token",
    )  # fmt: skip


FINAL = [
    ("invalid_grant", "expired access/refresh token"),
    ("invalid_grant", "authentication failure"),
    ("invalid_grant", "authentication failure - Invalid Password"),
    ("invalid_grant", "inactive user"),
    ("invalid_grant", "activation secret invalid"),
    ("invalid_grant", "no client credentials user enabled"),
    ("invalid_grant", "user hasn't approved this consumer"),
    ("invalid_client_id", "client identifier invalid"),
    ("invalid_client", "invalid client credentials"),
    ("unsupported_grant_type", "grant type not supported"),
    ("OAUTH_EC_APP_NOT_FOUND", "External client app is not installed in this org"),
]


@pytest.mark.parametrize(("error", "description"), FINAL)
def test_a_refresh_that_salesforce_refuses_is_final(scripted: Script, error: str, description: str) -> None:
    app = app_of(scripted((400, JSON, {"error": error, "error_description": description})).url)

    with pytest.raises(AuthenticationFailed) as raised:
        PROVIDER.refresh(session_of(app), app, OLD)

    assert (raised.value.fault.code, raised.value.fault.message) == (error, description)


@pytest.mark.parametrize("description", ["token request is already being processed", "expired authorization code"])
def test_either_text_of_the_race_is_tried_again(scripted: Script, description: str) -> None:
    app = app_of(scripted((400, JSON, {"error": "invalid_grant", "error_description": description})).url)

    with pytest.raises(Unavailable):
        PROVIDER.refresh(session_of(app), app, OLD)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((503, "text/html", "<html>down</html>"), Unavailable),
        ((500, JSON, ""), Unavailable),
        ((302, "text/html", ""), Unavailable),
        ((200, "text/html", "<html>login</html>"), Unavailable),
        ((200, JSON, ["odd"]), Unavailable),
        ((200, JSON, {"access_token": "a", "instance_url": "javascript:1"}), Unavailable),
        ((429, JSON, ""), Throttled),
        ((403, JSON, {"error": "LOGIN_RATE_EXCEEDED", "error_description": "too many"}), Throttled),
        ((400, JSON, ""), AuthenticationFailed),
        ((400, "text/plain", "nope"), AuthenticationFailed),
    ],
)
def test_no_answer_of_the_token_endpoint_is_too_strange(
    scripted: Script, answer: tuple[int, str, Any], error: type[ProviderError]
) -> None:
    app = app_of(scripted(answer).url)

    with pytest.raises(error) as raised:
        PROVIDER.refresh(session_of(app), app, OLD)

    assert raised.value.fault.message


def test_a_sign_in_at_the_wrong_host_is_told_what_to_do(scripted: Script) -> None:
    said = {"error": "invalid_grant", "error_description": "request not supported on this domain"}
    app = app_of(scripted((400, JSON, said)).url)

    with pytest.raises(AuthenticationFailed) as raised:
        PROVIDER.refresh(session_of(app), app, OLD)

    assert "My Domain" in raised.value.fault.message


def test_revoking_ends_both_tokens(org: Org) -> None:
    tokens = org.tokens.current()

    PROVIDER.revoke(session_of(org.app), org.app, tokens)

    with pytest.raises(AuthenticationFailed):
        PROVIDER.refresh(session_of(org.app), org.app, tokens)


def test_revoking_what_is_revoked_already_is_as_good(org: Org) -> None:
    PROVIDER.revoke(session_of(org.app), org.app, org.tokens.current())

    assert PROVIDER.revoke(session_of(org.app), org.app, org.tokens.current()) is None


def test_revoking_that_fails_is_told(scripted: Script) -> None:
    app = app_of(scripted((400, JSON, {"error": "invalid_request", "error_description": "no"})).url)

    with pytest.raises(Refused):
        PROVIDER.revoke(session_of(app), app, OLD)


def test_revoking_during_an_outage_is_told(scripted: Script) -> None:
    app = app_of(scripted((503, "text/html", "<html/>")).url)

    with pytest.raises(Unavailable):
        PROVIDER.revoke(session_of(app), app, OLD)


def test_a_login_host_that_cannot_be_reached_is_told() -> None:
    app = app_of("http://127.0.0.1:9")

    with pytest.raises(Unavailable) as raised:
        PROVIDER.refresh(session_of(app), app, OLD)

    assert not raised.value.fault.ambiguous


def test_the_account_is_the_org_and_the_user_in_one_call(org: Org) -> None:
    account = PROVIDER.account(org.client)

    assert org.client.calls == 1
    assert (account.name, account.user, account.kind) == (
        "Halden Robotics", "mobly.integration@halden.example", "Enterprise Edition",
    )  # fmt: skip
    assert account.id == org.tokens.current().extra["organization_id"]
    assert account.url == org.sandbox.url


def test_a_token_never_shows_in_what_is_recorded(org: Org) -> None:
    PROVIDER.account(org.client)

    kept = str([exchange.as_dict() for exchange in org.exchanges])
    assert org.tokens.current().access_token not in kept
    assert org.tokens.current().access_token not in repr(org.tokens.current())


def test_a_sandbox_org_is_signed_in_and_renewed_at_its_own_address(org: Org) -> None:
    window = next(way for way in PROVIDER.methods if way.key == "sandbox_window")
    production = app_of("http://127.0.0.1:9", regions=(org.app.login_url,))

    tokens = sign_in(window.app(production))
    renewed = PROVIDER.refresh(session_of(production), production, tokens)
    PROVIDER.revoke(session_of(production), production, renewed)

    with pytest.raises(AuthenticationFailed):
        PROVIDER.refresh(session_of(production), production, tokens)
