"""Pipedrive's refusals as causes: tables first, short functions for what a table cannot say.

The wording of most refusals is not documented: the code decides first, then the phrase, then the status. An unknown one
is never an exception: it becomes `REMOTE_RULE` or `INTERNAL` with Pipedrive's own text kept.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.contract import (
    AuthenticationFailed,
    Cause,
    Fault,
    ProviderError,
    Refused,
    Throttled,
    Unavailable,
)
from integrations.contract.codewords import BLOCKED
from integrations.providers.pipedrive.reply import BURST, DAILY, Reply
from mobly_sync.http import Failure, HostRefused, NotSent

INVALID, UNKNOWN = "ERR_SCHEMA_VALIDATION_FAILED", "ERR_UNKNOWN"

STATUSES = {
    400: Cause.DATA_VALUE_VALIDATION,
    401: Cause.AUTHENTICATION,
    402: Cause.AUTHENTICATION,
    403: Cause.PERMISSION,
    404: Cause.INTERNAL,
    405: Cause.INTERNAL,
    406: Cause.INTERNAL,
    409: Cause.REMOTE_RULE,
    410: Cause.INTERNAL,
    413: Cause.INTERNAL,
    415: Cause.INTERNAL,
    422: Cause.DATA_VALUE_VALIDATION,
    423: Cause.RECORD_LOCKED,
    429: Cause.RATE_LIMITED,
    501: Cause.INTERNAL,
}

# What the text of a 400 says, the first that fits. An unknown key is a field that was deleted.
PHRASES = tuple(
    (re.compile(words, re.I), cause)
    for words, cause in (
        (
            r"is not allowed for this request|\bis not allowed(?:$|;)|invalid field\(s\) in the payload"
            r"|\bunknown (?:field|key|parameter|property)\b|\bfields? \S+ (?:(?:was )?not found|does not exist)",
            Cause.MISSING_REMOTE_FIELD,
        ),
        (r"\bpermissions?\b", Cause.PERMISSION),
        (r"\blimit reached\b|\breached (?:your|the) limit\b", Cause.PERMISSION),
        (r"\balready exists\b", Cause.DUPLICATE_RECORD),
        (r"\bis locked\b", Cause.RECORD_LOCKED),
        (r"\bJSON\b|POST request is not allowed", Cause.INTERNAL),
        (
            r"\brequired\b|\bmust be (?:given|linked)\b|\bmandatory\b|\bis missing\b"
            r"|\b(?:cannot|must not|not allowed to) be empty\b",
            Cause.REQUIRED_FIELD_MISSING,
        ),
    )
)
_CAPPED = "feature_capping"
# What a refusal without a status of its own says, the first that fits: the status its like is sent with.
SPOKEN = tuple(
    (re.compile(words, re.I), status)
    for words, status in (
        (r"\bunauthori[sz]ed\b|\binvalid[_ ](?:token|grant|client)\b|\btoken (?:is|has|was) \w+", 401),
        (r"\bpayment required\b", 402),
        (r"\bover limit\b|\brate.?limit|\btoo many requests\b", 429),
        (r"\bforbidden\b|\baccess denied\b|\bscope\b|\bpermissions?\b|\bcontact.?sync\b", 403),
        (r"\bnot found\b|\bno longer exists?\b|\bdo(?:es)? not exist\b|\b(?:was|is|been) deleted\b", 404),
        (r"^validation failed\b|\binvalid\b|\bmust be\b|\bis not a\b|\btoo long\b|^bad request", 400),
    )
)
# Fields that stand only with Contact Sync on; writing one otherwise is a 403.
CONTACT_SYNC = ("job_title", "notes", "birthday", "im", "postal_address")
_CONTACT_SYNC = re.compile(r"contact.?sync", re.I)
_SYNCED = re.compile(rf"\b({'|'.join(CONTACT_SYNC)})\b")

_PARAMETER = re.compile(r"Parameter '([^']+)'")
_PATH = re.compile(r"(?:^|;\s*|Validation failed:\s*)([A-Za-z0-9_.\[\]]+):\s")

NOT_OPEN = (
    "The Pipedrive company account is not open: its trial is over or it is not paid. "
    "Open it in Pipedrive, then choose Connect."
)
TRAFFIC_BLOCKED = (
    "Pipedrive has blocked our traffic for a while, because too much was asked at once. "
    "Nothing is sent until the pause is over; tell whoever runs Mobly if it comes back."
)
SPENT = "Pipedrive’s daily API budget of your company is used up. Sending goes on when it is renewed at midnight."

BURST_WAIT = 2.0
# How long we keep away after a block, in seconds.
BLOCK_WAIT = 1800.0
AN_HOUR = 3600.0


class Rejected(Refused):
    """A 4xx about what was sent; `reply` has the whole answer."""

    def __init__(self, fault: Fault, reply: Reply) -> None:
        super().__init__(fault)
        self.reply = reply

    @property
    def gone(self) -> bool:
        """The record asked for is not there."""
        return self.reply.status in (404, 410)


def as_meant(reply: Reply) -> Reply:
    """A refusal that came as a success (`success: false` with a 2xx) under the status it should have had: by the number
    in it, by its code, by its words. One that says nothing we know stays as it is, and is taken for an outage.
    """
    if not 200 <= reply.status < 300 or not isinstance(reply.body, dict) or reply.body.get("success") is not False:
        return reply
    status = _spoken_status(code_of(reply.body), message_of(reply.body))
    return replace(reply, status=status) if status else reply


def _spoken_status(code: str, message: str) -> int:
    """0 where nothing tells."""
    if re.fullmatch(r"[45]\d\d", code):
        return int(code)
    if code == INVALID or PHRASES[0][0].search(message):
        return 400
    if code.startswith(_CAPPED):
        return 403
    if told := next((status for words, status in SPOKEN if words.search(f"{message} {code}")), 0):
        return told
    return 400 if any(words.search(message) for words, _ in PHRASES) else 0


def failed(failure: Failure, *, creates: bool) -> ProviderError:
    """The error for a call without a usable answer. Only a create may not simply be sent again."""
    if isinstance(failure, HostRefused):
        return Refused(Fault(Cause.INTERNAL, str(failure), code="HOST_REFUSED"))
    ambiguous = creates and not isinstance(failure, NotSent)
    return Unavailable(Fault(Cause.REMOTE_UNAVAILABLE, str(failure), ambiguous=ambiguous, transient=True))


def unsent(error: ProviderError) -> ProviderError:
    """The same error for what was not sent because of it."""
    return type(error)(replace(error.fault, ambiguous=False)) if not isinstance(error, Rejected) else error


def error_of(reply: Reply, *, creates: bool = False) -> ProviderError:
    """The error for an answer that is not a success, or one that cannot be read."""
    status = reply.status
    if status == 403 and isinstance(reply.body, str) and reply.body:
        return Throttled(_fault(reply, Cause.RATE_LIMITED, TRAFFIC_BLOCKED, code=BLOCKED, wait=BLOCK_WAIT))
    if status == 429:
        return _throttled(reply)
    if status in (401, 402):
        text = NOT_OPEN if status == 402 else message_of(reply.body) or "Pipedrive no longer accepts our access."
        return AuthenticationFailed(_fault(reply, Cause.AUTHENTICATION, text))
    if status == 501:
        return Rejected(_fault(reply, Cause.INTERNAL), reply)
    # A page with a 400 or 404, or nothing at all, is not the API's answer: it never says no without its JSON.
    if status >= 500 or status < 400 or status == 408 or (status in (400, 404) and not reply.readable):
        return Unavailable(_outage(reply, creates=creates))
    return Rejected(fault_of(reply), reply)


def incomplete(reply: Reply, *, creates: bool) -> ProviderError:
    """A success that does not say what it should: taken for an outage, never for an empty list."""
    text = f"Pipedrive answered {reply.status} without the data that belongs there."
    return Unavailable(
        _fault(reply, Cause.REMOTE_UNAVAILABLE, text, code="INCOMPLETE", ambiguous=creates, transient=True)
    )


def stuck(error: ProviderError) -> ProviderError:
    """The same body failed again and again: it is the body."""
    return Refused(
        replace(error.fault, cause=Cause.INTERNAL, ambiguous=False, transient=False, message=f"{error.fault.message} "
                "Pipedrive fails at this record every time.")
    )  # fmt: skip


def fault_of(reply: Reply) -> Fault:
    """The fault a refusal describes. Text of the unknown key as seen live by a third party's client."""
    message, code, status = message_of(reply.body), code_of(reply.body), reply.status
    cause = STATUSES.get(status, Cause.INTERNAL)
    if status in (400, 409, 422) or code == INVALID:
        cause = next((told for phrase, told in PHRASES if phrase.search(message)), cause)
    if code.startswith(_CAPPED):
        cause = Cause.PERMISSION
    if status == 403 and (_CONTACT_SYNC.search(message) or _SYNCED.search(message)):
        cause = Cause.MISSING_REMOTE_FIELD
    field = named_field(message) if status in (400, 403, 422) else ""
    # A record that is gone is looked for anew at the next try.
    return _fault(reply, cause, code=code, field=field, transient=status in (404, 410, 423))


def named_field(message: str) -> str:
    """The field a refusal names, by our name for it; of several the first."""
    found = _PARAMETER.search(message) or _PATH.search(message)
    if found is None:
        synced = _SYNCED.search(message)
        if synced:
            return synced[1]
        return "name" if re.search(r"\bname must be given\b", message, re.I) else ""
    parts = [part for part in re.split(r"[.\[\]]+", found[1]) if part and part != "custom_fields"]
    return parts[0] if parts else ""


def _throttled(reply: Reply) -> Throttled:
    """The burst has nothing left; else it is the daily budget. The headers are the only difference."""
    if is_burst(reply):
        wait = float(reply.limits.get(f"{BURST}reset", 0) or BURST_WAIT)
        return Throttled(_fault(reply, Cause.RATE_LIMITED, code="BURST", transient=True, wait=wait))
    return Throttled(
        _fault(reply, Cause.RATE_LIMITED, SPENT, code="DAILY", transient=True, wait=until_tomorrow(datetime.now(UTC)))
    )


def is_burst(reply: Reply) -> bool:
    return reply.limits.get(f"{BURST}remaining") == 0 or reply.limits.get(f"{DAILY}remaining", 0) > 0


def until_tomorrow(now: datetime) -> float:
    """Seconds until the budget may be back. The zone of its midnight is not told: refused in the first half of our day,
    the other midnight may be near, so we ask once an hour; after that we wait for midnight UTC.
    """
    if now.hour < 12:
        return AN_HOUR
    midnight = (now + timedelta(days=1)).replace(hour=0, minute=1, second=0, microsecond=0)
    return (midnight - now).total_seconds()


def _outage(reply: Reply, *, creates: bool) -> Fault:
    text = f"Pipedrive answered {reply.status}: {message_of(reply.body) or 'no text'}"
    return _fault(reply, Cause.REMOTE_UNAVAILABLE, text, code=code_of(reply.body), ambiguous=creates, transient=True)


def _fault(reply: Reply, cause: Cause, message: str = "", **more: Any) -> Fault:
    said = message or message_of(reply.body) or f"Pipedrive answered {reply.status} without a text."
    return Fault(cause, said, **{"status": reply.status, "request_id": reply.request_id, **more})


def message_of(body: Any) -> str:
    """The text of a refusal; of a page its plain words, cut to a line."""
    if isinstance(body, dict):
        if isinstance(body.get("error"), dict):
            return message_of(body["error"])
        said = next((body[key] for key in ("error", "message", "error_info") if isinstance(body.get(key), str)), "")
        # The sign-in endpoints put a code into `error` and the words into `message`.
        return body["message"] if isinstance(body.get("message"), str) and " " not in said else said
    if isinstance(body, str):
        return " ".join(re.sub(r"<(script|style).*?</\1>|<[^>]*>", " ", body, flags=re.S | re.I).split())[:300]
    return ""


def code_of(body: Any) -> str:
    if not isinstance(body, dict):
        return ""
    said = next((body[key] for key in ("code", "errorCode") if isinstance(body.get(key), str | int)), "")
    error = body.get("error")
    return str(said) or (error if isinstance(error, str) and " " not in error else "")
