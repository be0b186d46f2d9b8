"""Sign-in: web server flow with PKCE, refresh, revocation. Salesforce says no lifetime; a 401 tells that it is over."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from integrations.contract import (
    App,
    AuthenticationFailed,
    AuthorizationRefused,
    AuthorizationRequest,
    Cause,
    Fault,
    Refused,
    Step,
    Throttled,
    Tokens,
    Unavailable,
)
from integrations.providers.salesforce import errors
from integrations.providers.salesforce.client import error_body, failed, request_id
from mobly_sync.http import Answer, Failure, Session, UnreadableAnswer

SCOPES = ("api", "refresh_token")

# Two refreshes at once: the other one wins, and trying again gives its tokens. Not a reason to disconnect.
_RACE = ("already being processed", "expired authorization code")
# What the token endpoint calls a token it does not know: revoking it again changes nothing.
_UNKNOWN_TOKEN = frozenset({"invalid_token", "unsupported_token_type"})


def authorization(app: App, *, redirect_uri: str, state: str) -> AuthorizationRequest:
    verifier = secrets.token_urlsafe(64)
    digest = hashlib.sha256(verifier.encode()).digest()
    query = {
        "response_type": "code",
        "client_id": app.client_id,
        "redirect_uri": redirect_uri,
        "state": state,
        "scope": " ".join(SCOPES),
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    return AuthorizationRequest(f"{_endpoint(app, 'authorize')}?{urlencode(query)}", verifier)


def exchange(session: Session, app: App, *, code: str, redirect_uri: str, code_verifier: str) -> Tokens:
    """Raises `AuthorizationRefused`, `Unavailable`, `Throttled`."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "redirect_uri": redirect_uri,
        "code_verifier": code_verifier,
    }
    answer = _post(session, app, "token", form)
    if answer.status != 200:
        raise AuthorizationRefused(_fault(answer))
    tokens = _tokens(answer, Tokens(access_token=""))
    if not tokens.refresh_token:
        message = (
            "Salesforce gave no refresh token. Add the scope “Perform requests at any time (refresh_token)” to the app."
        )
        raise AuthorizationRefused(Fault(Cause.AUTHENTICATION, message, step=Step.PLAN))
    return tokens


def refresh(session: Session, app: App, tokens: Tokens) -> Tokens:
    """Fresh tokens; the refresh token is the old one unless the org rotates them.

    Raises `AuthenticationFailed` when it is final, `Unavailable` or `Throttled` when it may be tried again.
    """
    form = {
        "grant_type": "refresh_token",
        "refresh_token": tokens.refresh_token,
        "client_id": app.client_id,
        "client_secret": app.client_secret,
    }
    answer = _post(session, app, "token", form)
    if answer.status == 200:
        return _tokens(answer, tokens)
    fault = _fault(answer)
    if any(words in fault.message.lower() for words in _RACE):
        waits = Fault(
            Cause.REMOTE_UNAVAILABLE,
            fault.message,
            Step.PLAN,
            code=fault.code,
            status=answer.status,
            transient=True,
            wait=2,
        )
        raise Unavailable(waits)
    raise AuthenticationFailed(fault)


def revoke(session: Session, app: App, tokens: Tokens) -> None:
    """Forget the refresh token and all it gave. A token that is unknown already is as good. Raises `ProviderError`."""
    answer = _post(session, app, "revoke", {"token": tokens.refresh_token or tokens.access_token})
    if answer.status == 200:
        return
    fault = _fault(answer)
    if fault.code not in _UNKNOWN_TOKEN:
        raise Refused(fault)


def _post(session: Session, app: App, endpoint: str, form: Mapping[str, str]) -> Answer:
    try:
        answer = session.request("POST", _endpoint(app, endpoint), form=form, headers={"Accept": "application/json"})
    except Failure as failure:
        raise failed(failure, writes=False) from failure
    if answer.status == 429 or _is_throttled(answer):
        raise Throttled(_fault(answer, Cause.RATE_LIMITED, transient=True))
    if answer.status >= 500 or 300 <= answer.status < 400:
        raise Unavailable(_fault(answer, Cause.REMOTE_UNAVAILABLE, transient=True))
    return answer


def _is_throttled(answer: Answer) -> bool:
    if answer.status not in (400, 403):
        return False
    said = errors.refusals(error_body(answer))
    return any(entry.code in ("REQUEST_LIMIT_EXCEEDED", "LOGIN_RATE_EXCEEDED") for entry in said)


def _tokens(answer: Answer, before: Tokens) -> Tokens:
    """The tokens of an answer; what it leaves out stays as it was. Raises `Unavailable` for an answer that is none."""
    said = _json(answer)
    access = said.get("access_token")
    api_url = said.get("instance_url") or before.api_url
    if not isinstance(access, str) or not access or not _is_address(api_url):
        message = "Salesforce’s token answer has no access token or no address of the org in it."
        raise Unavailable(Fault(Cause.REMOTE_UNAVAILABLE, message, Step.PLAN, status=answer.status, transient=True))
    organization, _, user = _ids_of(str(said.get("id") or ""))
    extra = {"organization_id": organization, "user_id": user} if organization else dict(before.extra)
    return Tokens(
        access_token=access,
        refresh_token=str(said.get("refresh_token") or before.refresh_token),
        expires_at=None,
        api_url=str(api_url).rstrip("/"),
        scopes=tuple(str(said.get("scope") or "").split()) or before.scopes or SCOPES,
        extra=extra,
    )


def _ids_of(identity: str) -> tuple[str, str, str]:
    """`https://login.salesforce.com/id/<organisation>/<user>` -> (organisation, "/", user), or three blanks."""
    _, marker, rest = identity.partition("/id/")
    return rest.partition("/") if marker else ("", "", "")


def _is_address(url: Any) -> bool:
    return isinstance(url, str) and urlsplit(url).scheme in ("http", "https") and bool(urlsplit(url).hostname)


def _json(answer: Answer) -> Mapping[str, Any]:
    try:
        said = answer.json()
    except UnreadableAnswer:
        return {}
    return said if isinstance(said, Mapping) else {}


def _fault(answer: Answer, cause: Cause = Cause.AUTHENTICATION, *, transient: bool = False) -> Fault:
    said = errors.refusals(error_body(answer))
    message = said[0].message if said and said[0].message else f"Salesforce answered {answer.status} at sign-in."
    if "request not supported on this domain" in message:
        message += " Use the org’s own address (My Domain) to sign in."
    return Fault(
        cause,
        message,
        step=Step.PLAN,
        code=said[0].code if said else "",
        status=answer.status,
        request_id=request_id(answer),
        transient=transient,
        wait=answer.retry_after,
    )


def _endpoint(app: App, name: str) -> str:
    return f"{app.login_url.rstrip('/')}/services/oauth2/{name}"
