"""The sign-in window: web server flow with PKCE; and refresh and revocation of every way to connect.

Salesforce says no lifetime; a 401 tells that it is over.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from urllib.parse import urlencode

from integrations.contract import (
    App,
    AuthenticationFailed,
    AuthorizationRefused,
    AuthorizationRequest,
    Cause,
    Fault,
    Refused,
    Step,
    Tokens,
    Unavailable,
)
from integrations.providers.salesforce import client_credentials, oauth, soap
from mobly_sync.http import Session

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
        "scope": " ".join(oauth.SCOPES),
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    return AuthorizationRequest(f"{oauth.endpoint(app.login_url, 'authorize')}?{urlencode(query)}", verifier)


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
    answer = oauth.post(session, app.login_url, "token", form)
    if answer.status != 200:
        raise AuthorizationRefused(oauth.fault_of(answer))
    # A sandbox's tokens are renewed where they were made.
    tokens = oauth.tokens_of(answer, Tokens(access_token="", extra={"login_url": app.login_url}))
    if not tokens.refresh_token:
        message = (
            "Salesforce gave no refresh token. Add the scope “Perform requests at any time (refresh_token)” to the app."
        )
        raise AuthorizationRefused(Fault(Cause.AUTHENTICATION, message, step=Step.PLAN))
    return tokens


def refresh(session: Session, app: App, tokens: Tokens) -> Tokens:
    """Fresh tokens, in the way the connection was made.

    Raises `AuthenticationFailed` when it is final, `Unavailable` or `Throttled` when it may be tried again.
    """
    match tokens.extra.get("method"):
        case client_credentials.METHOD:
            return client_credentials.refresh(session, app, tokens)
        case soap.METHOD:
            return soap.refresh(session, app, tokens)
    return _by_refresh_token(session, app, tokens)


def _by_refresh_token(session: Session, app: App, tokens: Tokens) -> Tokens:
    """The refresh token is the old one unless the org rotates them."""
    form = {
        "grant_type": "refresh_token",
        "refresh_token": tokens.refresh_token,
        "client_id": app.client_id,
        "client_secret": app.client_secret,
    }
    answer = oauth.post(session, tokens.extra.get("login_url") or app.login_url, "token", form)
    if answer.status == 200:
        return oauth.tokens_of(answer, tokens)
    fault = oauth.fault_of(answer)
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
    """Forget the refresh token and all it gave. A token that is unknown already is as good. Raises `ProviderError`.

    Without a refresh token the session ends. What a person gave us (consumer secret, password) is the org's own and
    stays valid there.
    """
    if tokens.extra.get("method") == soap.METHOD:
        soap.end(session, app, tokens)
        return
    base = tokens.extra.get("domain") or tokens.extra.get("login_url") or app.login_url
    answer = oauth.post(session, base, "revoke", {"token": tokens.refresh_token or tokens.access_token})
    if answer.status == 200:
        return
    fault = oauth.fault_of(answer)
    if fault.code not in _UNKNOWN_TOKEN:
        raise Refused(fault)
