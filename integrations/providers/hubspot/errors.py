"""HubSpot's refusals as causes: tables first, short functions for what a table cannot say.

An unknown code is never an exception: it becomes `REMOTE_RULE` or `INTERNAL` with HubSpot's own text kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.contract import (
    AuthenticationFailed,
    Cause,
    Fault,
    ProviderError,
    Refused,
    RemoteRef,
    Throttled,
    Unavailable,
)
from integrations.contract.codewords import cause_by_words
from integrations.providers.hubspot.reply import Reply, correlation
from mobly_sync.http import Failure, HostRefused, NotSent

# Codes of single properties: inside the message's JSON, in `errors[]`, in `validationResults`.
PROPERTY_CODES = {
    "PROPERTY_DOESNT_EXIST": Cause.MISSING_REMOTE_FIELD,
    "READ_ONLY_VALUE": Cause.MISSING_REMOTE_FIELD,
    "INVALID_OPTION": Cause.DATA_VALUE_VALIDATION,
    "INVALID_EMAIL": Cause.DATA_VALUE_VALIDATION,
    "INVALID_INTEGER": Cause.DATA_VALUE_VALIDATION,
    "INVALID_LONG": Cause.DATA_VALUE_VALIDATION,
    "INVALID_DATE": Cause.DATA_VALUE_VALIDATION,
    "INVALID_LENGTH": Cause.DATA_VALUE_VALIDATION,
    "CONFLICTING_UNIQUE_VALUE": Cause.DUPLICATE_RECORD,
    "REQUIRED": Cause.REQUIRED_FIELD_MISSING,
    "REQUIRED_PROPERTY": Cause.REQUIRED_FIELD_MISSING,
    "REQUIRED_FIELD": Cause.REQUIRED_FIELD_MISSING,
}

# `category` of the envelope; `status` and `error` of the sign-in endpoints.
CATEGORIES = {
    "INVALID_AUTHENTICATION": Cause.AUTHENTICATION,
    "EXPIRED_AUTHENTICATION": Cause.AUTHENTICATION,
    "BAD_AUTH_CODE": Cause.AUTHENTICATION,
    "EXPIRED_AUTH_CODE": Cause.AUTHENTICATION,
    "BAD_REFRESH_TOKEN": Cause.AUTHENTICATION,
    "MISSING_SCOPES": Cause.PERMISSION,
    "RATE_LIMITS": Cause.RATE_LIMITED,
    "CONFLICT": Cause.DUPLICATE_RECORD,
    "OBJECT_ALREADY_EXISTS": Cause.DUPLICATE_RECORD,
    "OBJECT_NOT_FOUND": Cause.INTERNAL,
    "VALIDATION_ERROR": Cause.REMOTE_RULE,
}

# Sentences that complain about our request itself; the category does not tell them from an admin's rule.
OUR_REQUEST = re.compile(
    r"Invalid input JSON|Invalid JSON|Duplicate IDs found in batch|The maximum number of inputs"
    r"|Unable to parse value for|Unable to infer object type|Unable to perform update/upsert by non-unique"
    r"|No properties found to update|validation error$|The limit must|No default association exists"
    r"|One or more associations"
)

_NO_SUCH_PROPERTY = re.compile(r"\bpropert(?:y|ies)\b[^.;:]* do(?:es)?(?: not|n't) exist", re.I)

STATUSES = {
    401: Cause.AUTHENTICATION,
    402: Cause.PERMISSION,
    403: Cause.PERMISSION,
    409: Cause.DUPLICATE_RECORD,
    423: Cause.RECORD_LOCKED,
    429: Cause.RATE_LIMITED,
    477: Cause.REMOTE_UNAVAILABLE,
}

# Seconds; the daily limit ends at midnight of the account's zone.
WAITS = {"ten_secondly": 10.0, "secondly": 1.0}
DEFAULT_WAIT = 10.0
DAILY_WAIT = 3600.0
LOCK_WAIT = 2.0

_EXISTING = (re.compile(r"Existing ID:\s*(\d+)", re.I), re.compile(r"(\d+) already has that value"))
_REQUIRED = re.compile(r"\brequired\b|\bmust (?:be set|have a value)\b|\bmandatory\b", re.I)
_QUOTED_VALUE = (
    re.compile(r"Email address (?P<value>.*) is invalid", re.S),
    re.compile(r"(?P<value>.*) was not (?:one of the allowed options|a valid )", re.S),
    re.compile(r"propertyName=\w+, value=(?P<value>.*)\} on ", re.S),
    re.compile(r"(?P<value>.*) is at \S+ UTC, not midnight", re.S),
)


class Rejected(Refused):
    """A 4xx about what was sent; `reply` has the whole answer, which may say which rows are bad."""

    def __init__(self, fault: Fault, reply: Reply) -> None:
        super().__init__(fault)
        self.reply = reply


@dataclass(frozen=True, slots=True)
class PropertyFault:
    """What HubSpot says about one property. `value` is what was sent, where the text repeats it."""

    name: str
    code: str
    message: str
    value: str = ""

    @property
    def cause(self) -> Cause:
        return PROPERTY_CODES.get(self.code) or cause_by_words(self.code, record=True) or Cause.REMOTE_RULE


def failed(failure: Failure, *, write: bool) -> ProviderError:
    """The error for a call without a usable answer."""
    if isinstance(failure, HostRefused):
        return Refused(Fault(Cause.INTERNAL, str(failure), code="HOST_REFUSED"))
    ambiguous = write and not isinstance(failure, NotSent)
    return Unavailable(Fault(Cause.REMOTE_UNAVAILABLE, str(failure), ambiguous=ambiguous, transient=True))


def error_of(reply: Reply, *, write: bool, utc_offset: timedelta | None = None) -> ProviderError:
    """The error for an answer that is not a success, or one that cannot be read."""
    status = reply.status
    if status == 429 or CATEGORIES.get(code_of(reply.body)) is Cause.RATE_LIMITED:
        fault = replace(fault_of(reply.body, reply), cause=Cause.RATE_LIMITED)
        return Throttled(replace(fault, transient=True, wait=wait_of(reply, utc_offset)))
    if status == 477:
        return Unavailable(replace(fault_of(reply.body, reply), transient=True, wait=reply.retry_after))
    if status == 401:
        return AuthenticationFailed(fault_of(reply.body, reply))
    # A page with a 403 is the edge's, which says nothing about our rights.
    blocked = status == 403 and not reply.readable and bool(reply.body)
    if status >= 500 or status < 400 or status == 408 or blocked:
        return Unavailable(
            Fault(
                Cause.REMOTE_UNAVAILABLE,
                f"HubSpot answered {status}: {message_of(reply.body) or 'no text'}",
                code=code_of(reply.body),
                status=status,
                request_id=reply.request_id,
                ambiguous=write,
                transient=True,
                wait=reply.retry_after,
            )
        )
    return Rejected(fault_of(reply.body, reply), reply)


def wait_of(reply: Reply, utc_offset: timedelta | None = None) -> float:
    """Seconds until a 429 is over. HubSpot sends no Retry-After: message or `policyName` say which limit it was."""
    if reply.retry_after is not None:
        return reply.retry_after
    policy = str(reply.body.get("policyName", "")) if isinstance(reply.body, dict) else ""
    said = f"{policy} {message_of(reply.body)}".lower()
    for name, wait in WAITS.items():
        if name in said:
            return wait
    if "daily" in said:
        return DAILY_WAIT if utc_offset is None else _until_midnight(utc_offset)
    return DEFAULT_WAIT


def _until_midnight(utc_offset: timedelta) -> float:
    there = datetime.now(UTC) + utc_offset
    midnight = (there + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight - there).total_seconds()


def fault_of(body: Any, reply: Reply, *, status: int | None = None) -> Fault:
    """The fault an envelope describes: a whole answer's, or one entry of the `errors` of a 207."""
    found = property_faults(body)
    message, code = message_of(body), code_of(body)
    status = reply.status if status is None else status
    common = Fault(
        Cause.INTERNAL,
        message or f"HubSpot answered {status} without a text.",
        code=code,
        status=status,
        request_id=correlation(body) or reply.request_id,
    )
    if found:
        return _of_properties(common, body, found)
    named = named_property(body)
    cause = _cause(body, message, code, status, named)
    other = existing_id(body) if cause is Cause.DUPLICATE_RECORD else ""
    return replace(
        common,
        cause=cause,
        field=named,
        collides_with=RemoteRef("contacts", other) if other else None,
        # A record that is gone is looked for anew at the next try; a lock is held for moments.
        transient=cause in (Cause.RECORD_LOCKED, Cause.RATE_LIMITED, Cause.REMOTE_UNAVAILABLE)
        or code == "OBJECT_NOT_FOUND",
        wait=LOCK_WAIT if cause is Cause.RECORD_LOCKED else None,
    )


def _cause(body: Any, message: str, code: str, status: int, named: str) -> Cause:
    if OUR_REQUEST.match(message):
        return Cause.INTERNAL
    if existing_id(body) and status in (400, 409):
        return Cause.DUPLICATE_RECORD
    if code in PROPERTY_CODES:
        return PROPERTY_CODES[code]
    if status in (400, 207) and _NO_SUCH_PROPERTY.search(message):
        return Cause.MISSING_REMOTE_FIELD
    if status in (400, 207) and named and _REQUIRED.search(message):
        return Cause.REQUIRED_FIELD_MISSING
    known = CATEGORIES.get(code) or STATUSES.get(status) or cause_by_words(code, record=False)
    # The sign-in's older endpoints name single values' codes for the whole answer.
    return known or (Cause.DATA_VALUE_VALIDATION if code.startswith("INVALID_") else Cause.INTERNAL)


def _of_properties(common: Fault, body: Any, found: list[PropertyFault]) -> Fault:
    first = found[0]
    messages = list(dict.fromkeys(fault.message for fault in found if fault.message))
    other = existing_id(first.message) if first.cause is Cause.DUPLICATE_RECORD else ""
    return replace(
        common,
        cause=first.cause,
        message="; ".join(messages) or common.message,
        code=first.code,
        field=first.name,
        value=first.value,
        collides_with=RemoteRef("contacts", other) if other else None,
    )


def message_of(body: Any) -> str:
    """The text of an envelope; of a page its plain words, cut to a line."""
    if isinstance(body, dict):
        said = body.get("message") or body.get("error_description") or body.get("error") or ""
        return said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)
    if isinstance(body, str):
        return " ".join(re.sub(r"<(script|style).*?</\1>|<[^>]*>", " ", body, flags=re.S | re.I).split())[:300]
    return ""


def code_of(body: Any) -> str:
    if not isinstance(body, dict):
        return ""
    for key in ("category", "status", "errorType", "error"):
        said = body.get(key)
        # The sign-in endpoints put their code into `status` and call everything a BAD_REQUEST.
        if isinstance(said, str) and said and said not in ("error", "BAD_REQUEST"):
            return said
    return ""


def property_faults(body: Any) -> list[PropertyFault]:
    """What is said about single properties: the JSON inside the message, which may say more than `errors[]` does.

    Recording: `errors/validation_many_400`.
    """
    if not isinstance(body, Mapping):
        return []
    inside = _json_inside(message_of(body))
    if isinstance(inside, dict):
        inside = inside.get("validationResults", [])
    listed = inside if isinstance(inside, list) and inside else body.get("validationResults") or []
    found = list(_from_results(listed))
    return found or list(_from_errors(body.get("errors")))


def _json_inside(message: str) -> Any:
    start = min((at for at in (message.find("[{"), message.find('{"')) if at >= 0), default=-1)
    if start < 0:
        return None
    try:
        return json.JSONDecoder().raw_decode(message[start:])[0]
    except ValueError:
        return None


def _from_results(rows: Any) -> Iterator[PropertyFault]:
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, dict) and row.get("isValid") is not True and isinstance(row.get("name"), str):
            message = str(row.get("localizedErrorMessage") or row.get("message") or "")
            value = row.get("propertyValue")
            yield PropertyFault(
                row["name"], str(row.get("error") or ""), message, str(value) if value is not None else quoted(message)
            )


def _from_errors(rows: Any) -> Iterator[PropertyFault]:
    for row in rows if isinstance(rows, list) else []:
        if not isinstance(row, dict) or not row.get("code"):
            continue  # `errors` may hold texts, or scopes
        message = str(row.get("message") or "")
        for name in _listed(row.get("context"), "propertyName") or (
            [row["in"]] if isinstance(row.get("in"), str) else []
        ):
            yield PropertyFault(name, str(row["code"]), message, quoted(message))


def quoted(message: str) -> str:
    """The value a refusal repeats: “X was not one of the allowed options: [...]”."""
    for pattern in _QUOTED_VALUE:
        match = pattern.match(message) or pattern.search(message)
        if match:
            return match["value"]
    return ""


def named_property(body: Any) -> str:
    """The property an envelope without property codes is about, where its context names one."""
    for entry in _entries(body):
        found = context_of(entry, "propertyName", "propertyNames", "properties", "property")
        if found:
            return found[0]
    return ""


def _entries(body: Any) -> list[Mapping[str, Any]]:
    """The envelope itself, then what its `errors` list has; there may be texts among them."""
    if not isinstance(body, Mapping):
        return []
    rows = body.get("errors")
    return [body, *(row for row in (rows if isinstance(rows, list) else []) if isinstance(row, Mapping))]


def _listed(context: Any, key: str) -> list[str]:
    values = context.get(key) if isinstance(context, Mapping) else None
    values = [values] if isinstance(values, str | int) else values
    return [str(value) for value in values] if isinstance(values, list) else []


def context_of(entry: Any, *keys: str) -> list[str]:
    """The values an error entry's context has under these keys."""
    context = entry.get("context") if isinstance(entry, Mapping) else None
    return [value for key in keys for value in _listed(context, key)]


def existing_id(body: Any) -> str:
    """The record a conflict names: in the context, in the text, or as `identityProfile.vid` of older endpoints."""
    if isinstance(body, Mapping):
        told = context_of(body, "existingId")
        profile = body.get("identityProfile") or (_json_inside(message_of(body)) or {})
        if isinstance(profile, Mapping):
            profile = profile.get("identityProfile", profile)
            told = told or ([str(profile["vid"])] if isinstance(profile, Mapping) and profile.get("vid") else [])
        if told:
            return told[0]
    message = body if isinstance(body, str) else message_of(body)
    for pattern in _EXISTING:
        match = pattern.search(message)
        if match:
            return match[1]
    return ""


def missing_scopes(body: Any) -> list[str]:
    """The scopes a MISSING_SCOPES asks for, from either of its two shapes."""
    found = [scope for row in _entries(body) for scope in context_of(row, "requiredGranularScopes", "requiredScopes")]
    return list(dict.fromkeys(found))
