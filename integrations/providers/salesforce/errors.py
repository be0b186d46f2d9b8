"""What Salesforce's refusals mean: one table of codes, and the few short functions for what a table cannot say."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from integrations.contract import Cause, Fault, RemoteRef, Step
from integrations.contract.codewords import cause_by_words

AUTH_CODES = frozenset({"INVALID_SESSION_ID", "INVALID_AUTH_HEADER", "Bad_OAuth_Token", "Missing_OAuth_Token"})
STALE_CODES = frozenset({"ENTITY_IS_DELETED", "NOT_FOUND", "INVALID_CROSS_REFERENCE_KEY", "INVALID_ID_FIELD"})
CONVERTED = "CANNOT_UPDATE_CONVERTED_LEAD"
DUPLICATE_VALUE = "DUPLICATE_VALUE"

# A code that is not here is read by its words, then by its status; what says nothing in either is of a row
# REMOTE_RULE, of a whole call INTERNAL.
CAUSES: Mapping[str, Cause] = {
    **dict.fromkeys(AUTH_CODES, Cause.AUTHENTICATION),
    "REQUIRED_FIELD_MISSING": Cause.REQUIRED_FIELD_MISSING,
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": Cause.DATA_VALUE_VALIDATION,
    "STRING_TOO_LONG": Cause.DATA_VALUE_VALIDATION,
    "INVALID_EMAIL_ADDRESS": Cause.DATA_VALUE_VALIDATION,
    "NUMBER_OUTSIDE_VALID_RANGE": Cause.DATA_VALUE_VALIDATION,
    "INVALID_TYPE_ON_FIELD_IN_RECORD": Cause.DATA_VALUE_VALIDATION,
    "FIELD_INTEGRITY_EXCEPTION": Cause.DATA_VALUE_VALIDATION,
    "INACTIVE_OWNER_OR_USER": Cause.DATA_VALUE_VALIDATION,
    "INVALID_FIELD": Cause.MISSING_REMOTE_FIELD,
    "INVALID_TYPE": Cause.MISSING_REMOTE_FIELD,
    "INVALID_FIELD_FOR_INSERT_UPDATE": Cause.PERMISSION,
    "INSUFFICIENT_ACCESS": Cause.PERMISSION,
    "INSUFFICIENT_ACCESS_OR_READONLY": Cause.PERMISSION,
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": Cause.PERMISSION,
    "CANNOT_INSERT_UPDATE_ENTITY": Cause.PERMISSION,
    "API_DISABLED_FOR_ORG": Cause.PERMISSION,
    "API_CURRENTLY_DISABLED": Cause.PERMISSION,
    "TXN_SECURITY_NO_ACCESS": Cause.PERMISSION,
    "DUPLICATES_DETECTED": Cause.DUPLICATE_RECORD,
    "DUPLICATE_VALUE": Cause.DUPLICATE_RECORD,
    "DUPLICATE_EXTERNAL_ID": Cause.AMBIGUOUS_MATCH,
    "CANNOT_UPDATE_CONVERTED_LEAD": Cause.RECORD_LOCKED,
    "ENTITY_IS_LOCKED": Cause.RECORD_LOCKED,
    "UNABLE_TO_LOCK_ROW": Cause.RECORD_LOCKED,
    "ENTITY_IS_DELETED": Cause.INTERNAL,
    "NOT_FOUND": Cause.INTERNAL,
    "INVALID_CROSS_REFERENCE_KEY": Cause.DATA_VALUE_VALIDATION,
    "MALFORMED_ID": Cause.INTERNAL,
    "MISSING_ARGUMENT": Cause.INTERNAL,
    "MALFORMED_QUERY": Cause.INTERNAL,
    "MALFORMED_SEARCH": Cause.INTERNAL,
    "INVALID_QUERY_LOCATOR": Cause.INTERNAL,
    "JSON_PARSER_ERROR": Cause.INTERNAL,
    "PROCESSING_HALTED": Cause.INTERNAL,
    "ALL_OR_NONE_OPERATION_ROLLED_BACK": Cause.INTERNAL,
    "GONE": Cause.INTERNAL,
    "UNSUPPORTED_API_VERSION": Cause.INTERNAL,
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": Cause.REMOTE_RULE,
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": Cause.REMOTE_RULE,
    "CANNOT_EXECUTE_FLOW_TRIGGER": Cause.REMOTE_RULE,
    "STORAGE_LIMIT_EXCEEDED": Cause.REMOTE_RULE,
    "INVALID_OPERATION": Cause.REMOTE_RULE,
    "INVALID_PERSON_ACCOUNT_OPERATION": Cause.REMOTE_RULE,
    "INVALID_ASSIGNMENT_RULE": Cause.REMOTE_RULE,
    "REQUEST_LIMIT_EXCEEDED": Cause.RATE_LIMITED,
    "SERVER_UNAVAILABLE": Cause.REMOTE_UNAVAILABLE,
    "UNKNOWN_EXCEPTION": Cause.REMOTE_UNAVAILABLE,
}

# What a status says where no code does.
STATUSES = {
    300: Cause.AMBIGUOUS_MATCH,
    401: Cause.AUTHENTICATION,
    403: Cause.PERMISSION,
    423: Cause.RECORD_LOCKED,
    429: Cause.RATE_LIMITED,
}

# What may work when tried again without anybody changing anything.
TRANSIENT_CODES = frozenset(
    {"UNABLE_TO_LOCK_ROW", "ENTITY_IS_LOCKED", "REQUEST_LIMIT_EXCEEDED", "SERVER_UNAVAILABLE", "UNKNOWN_EXCEPTION"}
)

_PREFIXES = {
    "001": "Account",
    "003": "Contact",
    "00Q": "Lead",
    "701": "Campaign",
    "00v": "CampaignMember",
    "00T": "Task",
}
_ACTIVITIES = ("Task", "Event")
_TAGS = re.compile(r"</?(?:a|b|br|div|em|i|li|ol|p|span|strong|u|ul)\b[^<>]*>", re.I)
_COLUMN = re.compile(r"No such column '([^']+)'")
_ENTITY = re.compile(r"on (?:entity|sobject of type) '?(\w+)")
_LISTED = re.compile(r"(?:Required fields are missing|Unable to create/update fields): \[?([\w.]+)")
_RECORD_ID = re.compile(r"\b([0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?)\b")
_CROWDED = "Too many SOQL queries"
_KEY_FIELD = "external ID field does not exist"
_XML = re.compile(r"<errorCode>([^<]*)</errorCode>\s*<message>([^<]*)</message>")


@dataclass(frozen=True, slots=True)
class Refusal:
    """One entry of an error answer, whichever of its shapes it came in."""

    code: str
    message: str
    fields: tuple[str, ...] = ()
    body: Mapping[str, Any] = ()  # type: ignore[assignment]  # filled by `refusals`


def refusals(body: Any) -> list[Refusal]:
    """The errors of a body: an array (single call), an object, a row's `errors`, plain text, nothing at all."""
    if isinstance(body, str):
        listed = _XML.findall(body)
        if listed:
            return [Refusal(code, plain(said), (), {}) for code, said in listed]
        words = plain(body)
        # The identity service answers a bare code.
        return [Refusal(words if words in AUTH_CODES else "", words, (), {})] if words else []
    if isinstance(body, Mapping):
        if isinstance(body.get("errors"), list) and body["errors"]:
            return refusals(body["errors"])
        return [_refusal(body)] if body else []
    if isinstance(body, list):
        return [entry for item in body for entry in refusals(item)]
    return []


def _refusal(body: Mapping[str, Any]) -> Refusal:
    code = body.get("errorCode") or body.get("statusCode") or body.get("error") or ""
    said = body.get("message") or body.get("error_description") or ""
    fields = body.get("fields")
    names = tuple(str(name) for name in fields if name) if isinstance(fields, list) else ()
    return Refusal(str(code), plain(str(said)), names, body)


def plain(said: str) -> str:
    """The vendor's text as a person reads it: entities resolved, markup of flow messages left out."""
    return re.sub(r"[ \t]{2,}", " ", _TAGS.sub(" ", html.unescape(said))).strip()


def fault_of(
    body: Any,
    *,
    object_name: str = "",
    sent: Mapping[str, Any] | None = None,
    step: Step = Step.PERSON,
    status: int | None = None,
    request_id: str = "",
    row: bool = False,
    record_url: str = "",
) -> Fault:
    """What an error answer means. `row`: it concerns one row of a collection, `sent` its values.

    `record_url` is where records are shown, ending before the id, for links to the records a refusal names.
    """
    found = refusals(body)
    first = found[0] if found else Refusal("", "", (), {})
    code = first.code
    message = "\n".join(dict.fromkeys(entry.message for entry in found if entry.message))
    name = _field_of(first)
    cause = _cause(first, name, object_name, status, row)
    records = _named_records(first, record_url)
    return Fault(
        cause=cause,
        message=message or f"Salesforce answered {status or 'with an error'} without saying why.",
        step=step,
        code=code or (str(status) if status else ""),
        field=name,
        value=shown(sent[name]) if sent and name in sent else "",
        object=object_name or _entity_of(first.message),
        status=status,
        request_id=request_id,
        transient=code in TRANSIENT_CODES
        or cause in (Cause.RATE_LIMITED, Cause.REMOTE_UNAVAILABLE)
        or _locked(first.message)
        or _CROWDED in first.message,
        collides_with=records[0] if records and cause is Cause.DUPLICATE_RECORD else None,
        candidates=tuple(records[1:]) if cause is Cause.DUPLICATE_RECORD else tuple(records),
    )


def _cause(refusal: Refusal, name: str, object_name: str, status: int | None, row: bool) -> Cause:
    code, message = refusal.code, refusal.message
    cause = CAUSES.get(code) or cause_by_words(code, record=row)
    if cause is None:
        by_status = None if row or status is None else STATUSES.get(status)
        cause = by_status or (Cause.REMOTE_RULE if row and code else Cause.INTERNAL)
    if code == "REQUIRED_FIELD_MISSING" and not name:
        return Cause.INTERNAL
    if code == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY" and _locked(message):
        return Cause.RECORD_LOCKED
    if code == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY" and message.startswith("entity type cannot be"):
        return Cause.PERMISSION
    if code == "NOT_FOUND" and _KEY_FIELD in message:
        return Cause.MISSING_REMOTE_FIELD
    if code in ("INVALID_FIELD", "JSON_PARSER_ERROR") and _is_about_a_value(message):
        return Cause.DATA_VALUE_VALIDATION
    if _is_about_a_campaign(refusal, object_name):
        return Cause.CAMPAIGN_NOT_FOUND
    if cause is Cause.DATA_VALUE_VALIDATION and (object_name, name) == ("CampaignMember", "Status"):
        return Cause.CAMPAIGN_STATUS_INVALID
    if code == "INVALID_CROSS_REFERENCE_KEY" and object_name in _ACTIVITIES:
        # The person went away between two calls; trying again matches anew.
        return Cause.INTERNAL
    return cause


def _is_about_a_value(message: str) -> bool:
    """Bulk and JSON readers put a bad value under a field's or the parser's code: "... is not a valid value for the
    type xsd:date", "Cannot deserialize instance of int from VALUE_STRING value many"."""
    return "is not a valid value for the type" in message or "Cannot deserialize instance of" in message


def _is_about_a_campaign(refusal: Refusal, object_name: str) -> bool:
    if refusal.code not in ("INVALID_CROSS_REFERENCE_KEY", "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"):
        return False
    names_one = any(found.startswith("701") for found in _RECORD_ID.findall(refusal.message))
    return names_one or (object_name == "CampaignMember" and refusal.fields[:1] in ((), ("CampaignId",)))


def _locked(message: str) -> bool:
    return "UNABLE_TO_LOCK_ROW" in message or "unable to obtain exclusive access" in message


def crowded(fault: Fault) -> bool:
    """Whether the customer's triggers gave up because too many rows came at once: fewer may pass."""
    return _CROWDED in fault.message


def is_stale(fault: Fault) -> bool:
    """Whether the record we wrote to is gone, or is a lead that became a contact: match again."""
    if fault.code == CONVERTED:
        return True
    return fault.code in STALE_CODES and fault.field in ("", "Id", "AccountId")


def shown(value: Any) -> str:
    """What we sent, as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def object_of(record_id: str) -> str:
    """The object an id belongs to, by its key prefix; empty for one we never write."""
    return _PREFIXES.get(record_id[:3], "")


def _entity_of(message: str) -> str:
    match = _ENTITY.search(message)
    return match[1] if match else ""


def _field_of(refusal: Refusal) -> str:
    if refusal.fields:
        return refusal.fields[0]
    for pattern in (_COLUMN, _LISTED):
        match = pattern.search(refusal.message)
        if match:
            return match[1]
    return ""


def _named_records(refusal: Refusal, record_url: str) -> list[RemoteRef]:
    """The records a duplicate rule or a unique field names, in the vendor's order.

    Single calls spell the body's key `duplicateResut`, others `duplicateResult`.
    """
    found: list[tuple[str, str]] = []
    if refusal.code == "DUPLICATES_DETECTED":
        found = _matched_records(refusal.body)
    elif refusal.code in (DUPLICATE_VALUE, "DUPLICATE_EXTERNAL_ID"):
        named = _RECORD_ID.findall(refusal.message)
        found = [(object_of(record), record) for record in named if object_of(record)]
    unique = dict.fromkeys(found)
    return [RemoteRef(kind, record, f"{record_url}{record}" if record_url else "") for kind, record in unique]


def _matched_records(body: Mapping[str, Any]) -> list[tuple[str, str]]:
    result = body.get("duplicateResut") or body.get("duplicateResult")
    found = []
    for match in _dicts(result, "matchResults"):
        for matched in _dicts(match, "matchRecords"):
            record = matched.get("record")
            if isinstance(record, Mapping) and isinstance(record.get("Id"), str):
                kind = match.get("entityType") or object_of(record["Id"])
                found.append((str(kind), record["Id"]))
    return found


def _dicts(body: Any, name: str) -> list[Mapping[str, Any]]:
    inner = body.get(name) if isinstance(body, Mapping) else None
    return [item for item in inner if isinstance(item, Mapping)] if isinstance(inner, list) else []
