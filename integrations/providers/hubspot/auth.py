"""Signing in to HubSpot: the popup's address, code to tokens, refresh, revoke, and who a token belongs to.

Access tokens live 1,800 seconds; the refresh token stays the same. PKCE is not documented for the authorize page, so it
is not used. Secrets go in the body, never in an address (the numbered revoke is the vendor's exception).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from integrations.contract import (
    App,
    AuthenticationFailed,
    AuthorizationRefused,
    AuthorizationRequest,
    Cause,
    Fault,
    ProviderError,
    Throttled,
    Tokens,
    Unavailable,
)
from integrations.providers.hubspot import errors
from integrations.providers.hubspot.paths import Paths
from integrations.providers.hubspot.reply import Reply
from mobly_sync.http import Failure, Session

SCOPES = (
    "oauth",
    "crm.objects.contacts.read",
    "crm.objects.contacts.write",
    "crm.objects.companies.read",
    "crm.objects.companies.write",
    "crm.schemas.contacts.read",
    "crm.schemas.contacts.write",
    "crm.schemas.companies.read",
    "crm.schemas.companies.write",
    "crm.lists.read",
    "crm.lists.write",
    "crm.objects.marketing_events.read",
    "crm.objects.marketing_events.write",
)
OPTIONAL_SCOPES = ("crm.objects.owners.read", "marketing.campaigns.read")
LIFETIME = 1800


def authorization(app: App, *, redirect_uri: str, state: str) -> AuthorizationRequest:
    asked = {
        "client_id": app.client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(SCOPES),
        "optional_scope": " ".join(OPTIONAL_SCOPES),
        "state": state,
    }
    return AuthorizationRequest(f"{app.login_url.rstrip('/')}/oauth/authorize?{urlencode(asked)}")


def exchange(session: Session, app: App, *, code: str, redirect_uri: str, code_verifier: str = "") -> Tokens:
    """Raises `AuthorizationRefused`, `Throttled`, `Unavailable`."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    if code_verifier:
        form["code_verifier"] = code_verifier
    reply = _signed(session, app, form)
    if not reply.ok:
        raise _final(reply, AuthorizationRefused)
    tokens = _tokens(app, reply, Tokens(""))
    return replace(tokens, extra={**tokens.extra, **_places(session, app, tokens)})


def refresh(session: Session, app: App, tokens: Tokens) -> Tokens:
    """Raises `AuthenticationFailed` when it is final, `Unavailable` or `Throttled` when it may be tried again."""
    if not tokens.refresh_token:
        raise AuthenticationFailed(Fault(Cause.AUTHENTICATION, "There is no refresh token. Connect HubSpot again."))
    reply = _signed(session, app, {"grant_type": "refresh_token", "refresh_token": tokens.refresh_token})
    if not reply.ok:
        raise _final(reply, AuthenticationFailed)
    return _tokens(app, reply, tokens)


def revoke(session: Session, app: App, tokens: Tokens) -> None:
    """End the refresh token. One that HubSpot no longer knows is as good as ended. Raises `ProviderError`."""
    if not tokens.refresh_token:
        return
    method, path = Paths(app.api_version).revoke(tokens.refresh_token)
    form = {"token": tokens.refresh_token, "token_type_hint": "refresh_token", **_us(app)} if method == "POST" else None
    reply = _sent(session, app, method, path, form)
    if not reply.ok and reply.status != 404 and errors.code_of(reply.body) != "BAD_REFRESH_TOKEN":
        raise errors.error_of(reply, write=False)


def introspect(session: Session, app: App, tokens: Tokens) -> dict[str, Any]:
    """Who a token belongs to: hub_id, hub_domain, user, scopes. Raises `AuthenticationFailed` for a dead one."""
    form = {"token": tokens.access_token, "token_type_hint": "access_token", **_us(app)}
    reply = _sent(session, app, "POST", Paths(app.api_version).introspect, form)
    if not reply.ok or not isinstance(reply.body, dict):
        raise errors.error_of(reply, write=False)
    if not reply.body.get("active"):
        sentence = "HubSpot no longer accepts our access: the app was removed or its tokens were revoked."
        raise AuthenticationFailed(Fault(Cause.AUTHENTICATION, sentence, request_id=reply.request_id))
    return reply.body


def ui_url(app: App, details: Mapping[str, Any]) -> str:
    """Where people open this account, from the account details' `uiDomain`; the sign-in host if it is that one."""
    domain = str(details.get("uiDomain") or "").strip("/")
    login = urlsplit(app.login_url)
    if not domain or domain in (login.netloc, app.login_url.rstrip("/")):
        return app.login_url.rstrip("/")
    return domain if "://" in domain else f"https://{domain}"


def _us(app: App) -> dict[str, str]:
    return {"client_id": app.client_id, "client_secret": app.client_secret}


def _signed(session: Session, app: App, form: Mapping[str, str]) -> Reply:
    return _sent(session, app, "POST", Paths(app.api_version).token, {**form, **_us(app)})


def _sent(session: Session, app: App, method: str, path: str, form: Mapping[str, str] | None) -> Reply:
    try:
        return Reply.of(session.request(method, f"{app.api_url.rstrip('/')}{path}", form=form))
    except Failure as failure:
        raise errors.failed(failure, write=False) from failure


def _final(reply: Reply, final: type[ProviderError]) -> ProviderError:
    """A refusal of the token endpoint: final for a 400, 401 and 403 of its own, whatever its wording; a page in its
    place, and all else, is to be tried again.
    """
    if reply.status in (400, 401, 403) and (reply.readable or not reply.body):
        fault = errors.fault_of(reply.body, reply)
        return final(replace(fault, cause=Cause.AUTHENTICATION))
    error = errors.error_of(reply, write=False)
    if isinstance(error, Throttled | Unavailable):
        return error
    return Unavailable(replace(error.fault, cause=Cause.REMOTE_UNAVAILABLE, transient=True))


def _tokens(app: App, reply: Reply, before: Tokens) -> Tokens:
    body = reply.body if isinstance(reply.body, dict) else {}
    access = body.get("access_token")
    if not isinstance(access, str) or not access:
        raise Unavailable(
            Fault(
                Cause.REMOTE_UNAVAILABLE,
                "HubSpot's answer to the sign-in carries no access token.",
                status=reply.status,
                request_id=reply.request_id,
                transient=True,
            )
        )
    seconds = body.get("expires_in")
    lifetime = timedelta(seconds=seconds if isinstance(seconds, int | float) else LIFETIME)
    scopes = body.get("scopes")
    extra = dict(before.extra)
    if body.get("hub_id"):
        extra["portal_id"] = str(body["hub_id"])
    return Tokens(
        access_token=access,
        refresh_token=str(body.get("refresh_token") or before.refresh_token),
        expires_at=datetime.now(UTC) + lifetime,
        api_url=app.api_url,
        scopes=tuple(map(str, scopes)) if isinstance(scopes, list) else before.scopes,
        extra=extra,
    )


def _places(session: Session, app: App, tokens: Tokens) -> dict[str, str]:
    """Portal, browser address and offset from UTC, for links and for the end of a daily limit.

    Only nice to have: records carry their own links, so a failure here does not spoil the connection.
    """
    try:
        reply = Reply.of(
            session.request(
                "GET", f"{app.api_url.rstrip('/')}{Paths(app.api_version).account}", bearer=tokens.access_token
            )
        )
    except Failure:
        return {}
    if not reply.ok or not isinstance(reply.body, dict) or not reply.body.get("portalId"):
        return {}
    return {
        "portal_id": str(reply.body["portalId"]),
        "ui_url": ui_url(app, reply.body),
        "utc_offset_ms": str(reply.body.get("utcOffsetMilliseconds", "")),
    }
