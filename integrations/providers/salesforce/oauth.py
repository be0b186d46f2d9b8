"""Salesforce's token endpoint: one form posted, tokens or a refusal read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from integrations.contract import Cause, Fault, Step, Throttled, Tokens, Unavailable
from integrations.providers.salesforce import errors
from integrations.providers.salesforce.client import error_body, failed, is_page, request_id
from mobly_sync.http import Answer, Failure, Session, UnreadableAnswer

SCOPES = ("api", "refresh_token")
_PASSING = frozenset({"unknown_error", "server_error", "temporarily_unavailable"})
_RATE = re.compile(r"\b(?:rate|logins?) (?:limit )?exceeded", re.I)


def post(session: Session, base: str, name: str, form: Mapping[str, str]) -> Answer:
    """The answer of `token` or `revoke` at this address. Raises `Unavailable`, `Throttled`, `Refused`."""
    try:
        answer = session.request("POST", endpoint(base, name), form=form, headers={"Accept": "application/json"})
    except Failure as failure:
        raise failed(failure, writes=False) from failure
    if answer.status == 429 or _is_throttled(answer):
        raise Throttled(fault_of(answer, Cause.RATE_LIMITED, transient=True))
    if answer.status >= 500 or 300 <= answer.status < 400 or _passes(answer):
        raise Unavailable(fault_of(answer, Cause.REMOTE_UNAVAILABLE, transient=True))
    return answer


def _is_throttled(answer: Answer) -> bool:
    if answer.status not in (400, 403):
        return False
    said = errors.refusals(error_body(answer))
    return any(
        entry.code in ("REQUEST_LIMIT_EXCEEDED", "LOGIN_RATE_EXCEEDED") or _RATE.search(entry.message) for entry in said
    )


def _passes(answer: Answer) -> bool:
    """A trouble of the sign-in server itself, which says nothing about what we signed in with."""
    if answer.status == 200:
        return False
    return is_page(answer) or any(entry.code in _PASSING for entry in errors.refusals(error_body(answer)))


def tokens_of(answer: Answer, before: Tokens) -> Tokens:
    """The tokens of an answer; what it leaves out stays as it was. Raises `Unavailable` for an answer that is none."""
    said = _json(answer)
    access = said.get("access_token")
    api_url = said.get("instance_url") or before.api_url
    if not isinstance(access, str) or not access or not is_address(api_url):
        message = "Salesforce’s token answer has no access token or no address of the org in it."
        raise Unavailable(Fault(Cause.REMOTE_UNAVAILABLE, message, Step.PLAN, status=answer.status, transient=True))
    organization, _, user = _ids_of(str(said.get("id") or ""))
    who = {"organization_id": organization, "user_id": user} if organization else {}
    return Tokens(
        access_token=access,
        refresh_token=str(said.get("refresh_token") or before.refresh_token),
        expires_at=None,
        api_url=str(api_url).rstrip("/"),
        scopes=tuple(str(said.get("scope") or "").split()) or before.scopes or SCOPES,
        extra={**before.extra, **who},
    )


def _ids_of(identity: str) -> tuple[str, str, str]:
    """`https://login.salesforce.com/id/<organization>/<user>` -> (organization, "/", user), or three blanks."""
    _, marker, rest = identity.partition("/id/")
    return rest.partition("/") if marker else ("", "", "")


def is_address(url: Any) -> bool:
    return isinstance(url, str) and urlsplit(url).scheme in ("http", "https") and bool(urlsplit(url).hostname)


def _json(answer: Answer) -> Mapping[str, Any]:
    try:
        said = answer.json()
    except UnreadableAnswer:
        return {}
    return said if isinstance(said, Mapping) else {}


def fault_of(answer: Answer, cause: Cause = Cause.AUTHENTICATION, *, transient: bool = False) -> Fault:
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


def endpoint(base: str, name: str) -> str:
    return f"{base.rstrip('/')}/services/oauth2/{name}"
