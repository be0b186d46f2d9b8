"""Signing in to Pipedrive: the popup's address, code to tokens, refresh, revoke, and the word that we were uninstalled.

The scopes belong to the registered app, not to the address; there is no PKCE. The secret goes in a Basic header. Every
answer names the company's own address (`api_domain`), to which all further calls go. A refresh answers the same refresh
token with sixty days more; whatever comes is kept.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

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
from integrations.providers.pipedrive import errors
from integrations.providers.pipedrive.reply import Reply
from mobly_sync.http import Failure, Session

LIFETIME = 3599
# Troubles of the sign-in itself, which say nothing about our token.
_PASSING = frozenset({"server_error", "temporarily_unavailable"})
OUR_APP = re.compile(r"invalid[ _]client|redirect_uri|unauthorized_client", re.I)
OPERATOR = "Pipedrive does not accept how Mobly is registered there. Tell whoever runs Mobly: {said}"


def authorization(app: App, *, redirect_uri: str, state: str) -> AuthorizationRequest:
    asked = {"client_id": app.client_id, "redirect_uri": redirect_uri, "state": state}
    return AuthorizationRequest(f"{app.login_url.rstrip('/')}/oauth/authorize?{urlencode(asked)}")


def exchange(session: Session, app: App, *, code: str, redirect_uri: str) -> Tokens:
    """Raises `AuthorizationRefused`, `Throttled`, `Unavailable`."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    reply = _sent(session, app, "token", form)
    if not _answered(reply):
        raise _final(reply, AuthorizationRefused)
    return _tokens(reply, Tokens(""))


def refresh(session: Session, app: App, tokens: Tokens) -> Tokens:
    """Raises `AuthenticationFailed` when it is final, `Unavailable` or `Throttled` when it may be tried again."""
    if not tokens.refresh_token:
        raise AuthenticationFailed(Fault(Cause.AUTHENTICATION, "There is no refresh token. Connect Pipedrive again."))
    reply = _sent(session, app, "token", {"grant_type": "refresh_token", "refresh_token": tokens.refresh_token})
    if not _answered(reply):
        raise _final(reply, AuthenticationFailed)
    return _tokens(reply, tokens)


def revoke(session: Session, app: App, tokens: Tokens) -> None:
    """End the refresh token, and the access tokens with it. Raises `ProviderError`."""
    if not tokens.refresh_token:
        return
    reply = _sent(session, app, "revoke", {"token": tokens.refresh_token, "token_type_hint": "refresh_token"})
    known = reply.status != 404 and errors.code_of(reply.body) != "invalid_grant"
    if not 200 <= reply.status < 300 and known:
        raise _final(reply, AuthenticationFailed)


def uninstalled(app: App, *, authorization: str, body: bytes) -> str:
    """The company that took our app away. Only Pipedrive knows our own credentials besides us.

    Raises `AuthorizationRefused`.
    """
    if not hmac.compare_digest(_credentials(authorization), f"{app.client_id}:{app.client_secret}".encode()):
        raise _not_the_vendor("The message does not carry the credentials of our app.")
    try:
        told = json.loads(body)
    except ValueError:
        told = None
    if not isinstance(told, dict) or not hmac.compare_digest(
        str(told.get("client_id", "")).encode(), app.client_id.encode()
    ):
        raise _not_the_vendor("The message is not about our app.")
    company = told.get("company_id")
    if isinstance(company, bool) or not isinstance(company, int | str) or not str(company).strip():
        raise _not_the_vendor("The message does not say which company it is about.")
    return str(company).strip()


def _credentials(authorization: str) -> bytes:
    kind, _, value = authorization.strip().partition(" ")
    try:
        return base64.b64decode(value.strip(), validate=True) if kind.lower() == "basic" else b""
    except (binascii.Error, ValueError):
        return b""


def _not_the_vendor(sentence: str) -> AuthorizationRefused:
    return AuthorizationRefused(Fault(Cause.AUTHENTICATION, sentence))


def _sent(session: Session, app: App, what: str, form: Mapping[str, str]) -> Reply:
    basic = base64.b64encode(f"{app.client_id}:{app.client_secret}".encode()).decode()
    try:
        answer = session.request(
            "POST",
            f"{app.login_url.rstrip('/')}/oauth/{what}",
            form=form,
            headers={"Authorization": f"Basic {basic}"},
        )
    except Failure as failure:
        raise errors.failed(failure, creates=False) from failure
    return errors.as_meant(Reply.of(answer))


def _answered(reply: Reply) -> bool:
    return 200 <= reply.status < 300


def _final(reply: Reply, final: type[ProviderError]) -> ProviderError:
    """A refusal of the sign-in: final when Pipedrive says why, whatever its wording; else to be tried again."""
    said = errors.message_of(reply.body)
    passing = errors.code_of(reply.body) in _PASSING
    if reply.status in (400, 401, 402, 403) and isinstance(reply.body, dict) and not passing:
        ours = OUR_APP.search(f"{said} {errors.code_of(reply.body)}")
        text = OPERATOR.format(said=said) if ours else said or f"Pipedrive answered {reply.status}."
        code = errors.code_of(reply.body)
        return final(Fault(Cause.AUTHENTICATION, text, code=code, status=reply.status, request_id=reply.request_id))
    error = errors.error_of(reply)
    if isinstance(error, Throttled | Unavailable):
        return error
    return Unavailable(replace(error.fault, cause=Cause.REMOTE_UNAVAILABLE, transient=True))


def _tokens(reply: Reply, before: Tokens) -> Tokens:
    body = reply.body if isinstance(reply.body, dict) else {}
    access = body.get("access_token")
    address = str(body.get("api_domain") or before.api_url).rstrip("/")
    if not isinstance(access, str) or not access or not address:
        text = "Pipedrive’s answer to the sign-in carries no access token or no address."
        raise Unavailable(
            Fault(Cause.REMOTE_UNAVAILABLE, text, status=reply.status, request_id=reply.request_id, transient=True)
        )
    seconds = body.get("expires_in")
    lifetime = timedelta(seconds=seconds if isinstance(seconds, int | float) else LIFETIME)
    said = body.get("scope")
    return Tokens(
        access_token=access,
        refresh_token=str(body.get("refresh_token") or before.refresh_token),
        expires_at=datetime.now(UTC) + lifetime,
        api_url=address,
        scopes=tuple(part for part in re.split(r"[,\s]+", said) if part) if isinstance(said, str) else before.scopes,
        extra=dict(before.extra),
    )
