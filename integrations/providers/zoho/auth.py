"""Signing in to Zoho: the popup's address, code to tokens, refresh, revoke.

The person may live in another data centre than the one the sign-in starts at; the callback says which. Failures of the
token endpoint come with HTTP 200. A refresh answers no refresh token. There is no PKCE.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from integrations.contract import (
    App,
    AuthenticationFailed,
    AuthorizationRefused,
    AuthorizationRequest,
    Cause,
    Fault,
    ProviderError,
    Refused,
    Step,
    Throttled,
    Tokens,
    Unavailable,
)
from integrations.providers.zoho import errors, places
from integrations.providers.zoho.reply import Reply
from mobly_sync.http import Failure, Session

SCOPES = (
    "ZohoCRM.modules.ALL",
    "ZohoCRM.settings.fields.READ",
    "ZohoCRM.settings.fields.CREATE",
    "ZohoCRM.settings.modules.READ",
    "ZohoCRM.settings.layouts.READ",
    "ZohoCRM.settings.related_lists.READ",
    "ZohoCRM.users.READ",
    "ZohoCRM.org.READ",
    "ZohoCRM.coql.READ",
)
LIFETIME = 3600
# What the token endpoint says of one that is over already.
_UNKNOWN_TOKEN = frozenset({"invalid_token", "invalid_code"})
# Troubles of the sign-in server itself, which say nothing about our token.
_PASSING = frozenset({"general_error", "server_error", "internal_error", "temporarily_unavailable"})


def authorization(app: App, *, redirect_uri: str, state: str) -> AuthorizationRequest:
    asked = {
        "response_type": "code",
        "client_id": app.client_id,
        "scope": ",".join(SCOPES),
        "redirect_uri": redirect_uri,
        # Without the first there is no refresh token, without the second none for a repeated consent.
        "access_type": "offline",
        "prompt": "consent",
        "state": state,
    }
    return AuthorizationRequest(f"{app.login_url.rstrip('/')}/oauth/v2/auth?{urlencode(asked)}")


def exchange(session: Session, app: App, *, code: str, redirect_uri: str, callback: Mapping[str, str] | None) -> Tokens:
    """Raises `AuthorizationRefused`, `Throttled`, `Unavailable`."""
    said = (callback or {}).get("accounts-server", "")
    server = places.accounts_server(app, said)
    if not server:
        sentence = (
            f"The sign-in came back from “{said[:200]}”, which is no data centre of Zoho. Nothing was sent there."
        )
        raise AuthorizationRefused(_fault(sentence, "unknown_accounts_server"))
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri, **_us(app, server)}
    reply = _asked(session, server, "token", form)
    refused = _refusal(reply)
    if refused is not None:
        raise AuthorizationRefused(refused)
    tokens = _tokens(app, reply, server, Tokens(""), AuthorizationRefused)
    if not tokens.refresh_token:
        sentence = "Zoho gave no refresh token. Connect again, and accept what Zoho asks for."
        raise AuthorizationRefused(_fault(sentence, "no_refresh_token"))
    return replace(tokens, extra={**tokens.extra, **_organization(session, app, tokens)})


def refresh(session: Session, app: App, tokens: Tokens) -> Tokens:
    """Raises `AuthenticationFailed` when it is final, `Unavailable` or `Throttled` when it may be tried again."""
    server = places.accounts_server(app, tokens.extra.get("accounts_server", ""))
    if not tokens.refresh_token or not server:
        raise AuthenticationFailed(_fault("The connection to Zoho CRM is not complete. Connect again.", "no_token"))
    form = {"grant_type": "refresh_token", "refresh_token": tokens.refresh_token, **_us(app, server)}
    reply = _asked(session, server, "token", form)
    refused = _refusal(reply)
    if refused is not None:
        raise AuthenticationFailed(refused)
    return _tokens(app, reply, server, tokens, AuthenticationFailed)


def revoke(session: Session, app: App, tokens: Tokens) -> None:
    """End the refresh token. One that Zoho no longer knows is as good as ended. Raises `ProviderError`."""
    server = places.accounts_server(app, tokens.extra.get("accounts_server", ""))
    if not tokens.refresh_token or not server:
        return
    reply = _asked(session, server, "token/revoke", None, {"token": tokens.refresh_token})
    refused = _refusal(reply, answers_token=False)
    if refused is not None and refused.code not in _UNKNOWN_TOKEN:
        raise Refused(refused)


def _us(app: App, server: str) -> dict[str, str]:
    return {"client_id": app.client_id, "client_secret": places.secret(app, server)}


def _asked(
    session: Session,
    server: str,
    endpoint: str,
    form: Mapping[str, str] | None,
    params: Mapping[str, str] | None = None,
) -> Reply:
    try:
        return Reply.of(session.request("POST", f"{server}/oauth/v2/{endpoint}", form=form, params=params))
    except Failure as failure:
        raise errors.failed(failure, write=False) from failure


def _refusal(reply: Reply, *, answers_token: bool = True) -> Fault | None:
    """What the sign-in server said no with, whatever its status. Raises `Throttled`, `Unavailable` for what passes."""
    body = reply.body if isinstance(reply.body, dict) else {}
    code = errors.code_of(body)
    words = f"{code} {errors.message_of(body)}".lower()
    if reply.status == 429 or "access denied" in words or "too many requests" in words:
        wait = reply.retry_after if reply.retry_after is not None else errors.TOKEN_WAIT
        sentence = "Zoho gives no more access tokens for some minutes, because too many were asked for."
        raise Throttled(
            Fault(Cause.RATE_LIMITED, sentence, Step.PLAN, code=code, status=reply.status, transient=True, wait=wait)
        )
    if reply.status >= 500 or 300 <= reply.status < 400 or not reply.readable or code.lower() in _PASSING:
        raise Unavailable(_away(reply))
    if not code and reply.ok and (not answers_token or body.get("access_token")):
        return None
    if not code and reply.ok:
        raise Unavailable(_away(reply))
    return _fault(_explained(code, errors.message_of(body)), code, reply.status)


def _explained(code: str, said: str) -> str:
    known = {
        "invalid_code": "Zoho no longer accepts this connection: it was revoked, or its code was used or too old.",
        "invalid_client": "Zoho does not know our app in this data centre. Enable it there in the API console.",
        "invalid_client_secret": "Zoho does not accept our app's secret here. Whoever runs Mobly can set it.",
        "invalid_redirect_uri": "The redirect address is not one of those entered in the API console.",
    }
    sentence = known.get(code, "Zoho refused the sign-in.")
    return f"{sentence} Zoho says: {said}" if said else sentence


def _away(reply: Reply) -> Fault:
    said = errors.message_of(reply.body) or "no text"
    return Fault(
        Cause.REMOTE_UNAVAILABLE,
        f"Zoho's sign-in answered {reply.status}: {said}",
        Step.PLAN,
        status=reply.status,
        transient=True,
        wait=reply.retry_after,
    )


def _fault(sentence: str, code: str = "", status: int | None = None) -> Fault:
    return Fault(Cause.AUTHENTICATION, sentence, Step.PLAN, code=code, status=status)


def _tokens(app: App, reply: Reply, server: str, before: Tokens, final: type[ProviderError]) -> Tokens:
    """The tokens of an answer; what it leaves out stays as it was. Raises `final` for an API that is not Zoho's."""
    body: dict[str, Any] = reply.body
    said = str(body.get("api_domain") or before.api_url)
    api_url = places.api_domain(app, said)
    if not api_url:
        sentence = f"Zoho named “{said[:200]}” as its API, which is none of Zoho's addresses. Nothing was sent there."
        raise final(_fault(sentence, "unknown_api_domain"))
    seconds = body.get("expires_in")
    lifetime = seconds if isinstance(seconds, int | float) and not isinstance(seconds, bool) else LIFETIME
    scopes = str(body.get("scope") or "").replace(",", " ").split()
    return Tokens(
        access_token=str(body["access_token"]),
        refresh_token=str(body.get("refresh_token") or before.refresh_token),
        expires_at=datetime.now(UTC) + timedelta(seconds=lifetime),
        api_url=api_url,
        scopes=tuple(scopes) or before.scopes,
        extra={**before.extra, "accounts_server": server},
    )


def _organization(session: Session, app: App, tokens: Tokens) -> dict[str, str]:
    """The organization's ids, for links to records.

    Only nice to have: links work without them, so a failure here does not spoil the connection.
    """
    headers = {"Authorization": f"Zoho-oauthtoken {tokens.access_token}"}
    try:
        reply = Reply.of(session.request("GET", f"{tokens.api_url}/crm/{app.api_version}/org", headers=headers))
    except Failure:
        return {}
    row = next(iter(reply.rows("org")), {}) if reply.ok else {}
    return {key: str(row[key]) for key in ("zgid", "id") if row.get(key)}
