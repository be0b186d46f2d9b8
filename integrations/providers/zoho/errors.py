"""Zoho's refusals as causes: tables first, short functions for what a table cannot say.

The same object stands flat for a whole request and inside `data[]` for one record. An unknown code is never an
exception: of a record it is `REMOTE_RULE`, of a request `INTERNAL`, with Zoho's own text kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
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
from integrations.providers.zoho import values
from integrations.providers.zoho.reply import Reply, details_of, refusal_of
from mobly_sync.http import Failure, HostRefused, NotSent

CAUSES: Mapping[str, Cause] = {
    # Who we are and what we may do.
    "INVALID_TOKEN": Cause.AUTHENTICATION,
    "AUTHENTICATION_FAILURE": Cause.AUTHENTICATION,
    "AUTHENTICATION_FAILED": Cause.AUTHENTICATION,
    "OAUTH_SCOPE_MISMATCH": Cause.PERMISSION,
    "NO_PERMISSION": Cause.PERMISSION,
    "AUTHORIZATION_FAILED": Cause.PERMISSION,
    "STORAGE_SPACE_EXCEEDED": Cause.PERMISSION,
    "FEATURE_NOT_SUPPORTED": Cause.PERMISSION,
    "FEATURE_NOT_ENABLED": Cause.PERMISSION,
    "LIMIT_REACHED": Cause.PERMISSION,
    # What was sent.
    "INVALID_MODULE": Cause.MISSING_REMOTE_FIELD,
    "MANDATORY_NOT_FOUND": Cause.REQUIRED_FIELD_MISSING,
    "EXPECTED_FIELD_MISSING": Cause.REQUIRED_FIELD_MISSING,
    "DEPENDENT_FIELD_MISSING": Cause.REQUIRED_FIELD_MISSING,
    "INVALID_DATA": Cause.DATA_VALUE_VALIDATION,
    "PATTERN_NOT_MATCHED": Cause.DATA_VALUE_VALIDATION,
    "MAPPING_MISMATCH": Cause.DATA_VALUE_VALIDATION,
    "DEPENDENT_MISMATCH": Cause.DATA_VALUE_VALIDATION,
    "DUPLICATE_DATA": Cause.DUPLICATE_RECORD,
    "AMBIGUITY_DURING_PROCESSING": Cause.AMBIGUOUS_MATCH,
    # What stands there.
    "RECORD_LOCKED": Cause.RECORD_LOCKED,
    "NOT_APPROVED": Cause.RECORD_LOCKED,
    "NOT_REVIEWED": Cause.RECORD_LOCKED,
    "RECORD_IN_BLUEPRINT": Cause.RECORD_LOCKED,
    "CONVERTED_RECORD": Cause.RECORD_LOCKED,
    "ID_ALREADY_CONVERTED": Cause.RECORD_LOCKED,
    "ALREADY_MODIFIED": Cause.RECORD_LOCKED,
    # How busy Zoho is.
    "TOO_MANY_REQUESTS": Cause.RATE_LIMITED,
    "RATE_LIMIT_EXCEEDED": Cause.RATE_LIMITED,
    "INTERNAL_ERROR": Cause.REMOTE_UNAVAILABLE,
    "INTERNAL_SERVER_ERROR": Cause.REMOTE_UNAVAILABLE,
    "SERVICE_UNAVAILABLE": Cause.REMOTE_UNAVAILABLE,
    # Ours to get right.
    "INVALID_URL_PATTERN": Cause.INTERNAL,
    "INVALID_REQUEST_METHOD": Cause.INTERNAL,
    "REQUIRED_PARAM_MISSING": Cause.INTERNAL,
    "EXPECTED_PARAM_MISSING": Cause.INTERNAL,
    "PARAM_EXCEPTION": Cause.INTERNAL,
    "UNABLE_TO_PARSE_DATA_TYPE": Cause.INTERNAL,
    "SYNTAX_ERROR": Cause.INTERNAL,
    "INVALID_QUERY": Cause.INTERNAL,
    "LIMIT_EXCEEDED": Cause.INTERNAL,
    "DISCRETE_PAGINATION_LIMIT_EXCEEDED": Cause.INTERNAL,
    "HEADER_LIMIT_EXCEEDED": Cause.INTERNAL,
    "NOT_ALLOWED": Cause.INTERNAL,
    "NOT_SUPPORTED": Cause.INTERNAL,
}

# `details.dependency_error` of DEPENDENT_SERVICE_ERROR.
DEPENDENCIES = {"NO_PERMISSION": Cause.PERMISSION, "LIMIT_EXCEEDED": Cause.RATE_LIMITED}

STATUSES = {401: Cause.AUTHENTICATION, 403: Cause.PERMISSION, 429: Cause.RATE_LIMITED}

SEVERAL = "MULTIPLE_OR_MULTI_ERRORS"
CONVERTED = frozenset({"CONVERTED_RECORD", "ID_ALREADY_CONVERTED"})
# Seconds. Zoho sends no Retry-After: requests count in a rolling 24 hours, tokens in ten minutes.
WAIT = 20.0
CREDITS_WAIT = 1800.0
TOKEN_WAIT = 120.0

_NO_SUCH_ID = "the id given seems to be invalid"
_NO_SUCH_RELATED = "the related id given seems to be invalid"
_NO_SUCH_FIELD = "field api name given seems to be invalid"
# Words of a refusal that say nothing about the value; ours take their place.
_MUTE = frozenset({"", "invalid data", "duplicate data", "required field not found"})
_INDEX = re.compile(r"\$\.\w+\[(\d+)\]")


class Rejected(Refused):
    """A 4xx about the request as a whole; `reply` has the whole answer."""

    def __init__(self, fault: Fault, reply: Reply) -> None:
        super().__init__(fault)
        self.reply = reply


def failed(failure: Failure, *, write: bool) -> ProviderError:
    """The error for a call without a usable answer."""
    if isinstance(failure, HostRefused):
        return Refused(Fault(Cause.INTERNAL, str(failure), code="HOST_REFUSED"))
    ambiguous = write and not isinstance(failure, NotSent)
    return Unavailable(Fault(Cause.REMOTE_UNAVAILABLE, str(failure), ambiguous=ambiguous, transient=True))


def error_of(reply: Reply, *, write: bool) -> ProviderError:
    """The error for an answer that is not a success, or one that cannot be read."""
    item = refusal_of(reply.body)
    code = code_of(item)
    if reply.status == 429 or _known(code, row=False) is Cause.RATE_LIMITED:
        return Throttled(replace(fault_of(item, reply), cause=Cause.RATE_LIMITED, transient=True, wait=wait_of(reply)))
    if reply.status == 401 and code != "OAUTH_SCOPE_MISMATCH":
        return AuthenticationFailed(replace(fault_of(item, reply), cause=Cause.AUTHENTICATION))
    # A page with a 403 is the edge's, which says nothing about our rights.
    blocked = reply.status == 403 and not reply.readable and bool(reply.body)
    if reply.status >= 500 or reply.status < 400 or reply.status == 408 or blocked:
        return Unavailable(
            Fault(
                Cause.REMOTE_UNAVAILABLE,
                f"Zoho CRM answered {reply.status}: {message_of(item or reply.body) or 'no text'}",
                code=code,
                status=reply.status,
                ambiguous=write,
                transient=True,
                wait=reply.retry_after,
            )
        )
    return Rejected(fault_of(item, reply), reply)


def wait_of(reply: Reply) -> float:
    if reply.retry_after is not None:
        return reply.retry_after
    return CREDITS_WAIT if reply.credits_left == 0 else WAIT


def fault_of(
    item: Any, reply: Reply, *, sent: Mapping[str, Any] | None = None, object_name: str = "", row: bool = False
) -> Fault:
    """The fault one refusal describes. `sent` is what stood in that record; `row`: it is about one record of a
    batch.
    """
    inner = first_of(item)
    code, details = code_of(inner), details_of(inner)
    field = field_of(inner)
    value = values.text((sent or {}).get(field)) if field else ""
    cause = _cause(inner, code, details, reply.status, row=row)
    there = duplicate_of(inner)
    return Fault(
        cause,
        _words(inner, code, details, field, value) or f"Zoho CRM answered {reply.status} without a text.",
        code=code,
        field=field,
        value=value,
        object=object_name,
        status=reply.status,
        transient=cause in (Cause.RECORD_LOCKED, Cause.REMOTE_UNAVAILABLE, Cause.RATE_LIMITED) or is_gone(inner),
        wait=wait_of(reply) if cause is Cause.RATE_LIMITED else None,
        collides_with=RemoteRef(there[0] or object_name, there[1])
        if there and cause is Cause.DUPLICATE_RECORD
        else None,
    )


def _cause(item: Mapping[str, Any], code: str, details: Mapping[str, Any], status: int, *, row: bool) -> Cause:
    message = message_of(item).lower()
    if code == "INVALID_DATA":
        return _invalid(item, message, details, row=row)
    if code == "DEPENDENT_SERVICE_ERROR":
        return DEPENDENCIES.get(str(details.get("dependency_error")), Cause.REMOTE_UNAVAILABLE)
    if code == "LIMIT_EXCEEDED" and details.get("limit_due_to"):
        return Cause.PERMISSION
    if code == "INVALID_QUERY" and details.get("column_name"):
        return Cause.MISSING_REMOTE_FIELD
    if code == "NOT_ALLOWED" and row:
        return Cause.REMOTE_RULE
    known = _known(code, row=row) or STATUSES.get(status)
    return known or (Cause.REMOTE_RULE if row else Cause.INTERNAL)


def _known(code: str, *, row: bool) -> Cause | None:
    return CAUSES.get(code) or cause_by_words(code, record=row)


def _invalid(item: Mapping[str, Any], message: str, details: Mapping[str, Any], *, row: bool) -> Cause:
    if _NO_SUCH_FIELD in message:
        return Cause.MISSING_REMOTE_FIELD
    if _NO_SUCH_RELATED in message:
        return Cause.CAMPAIGN_NOT_FOUND
    if _NO_SUCH_ID in message:
        # Its own id, or that of an owner or of another record it refers to.
        return Cause.DATA_VALUE_VALIDATION if row and field_of(item) else Cause.INTERNAL
    # Without a field of a record it is about what we sent around the records.
    named = details.get("api_name") not in (None, "data", "duplicate_check_fields")
    return Cause.DATA_VALUE_VALIDATION if row or named else Cause.INTERNAL


# --- Reading a refusal ------------------------------------------------------------------------------------------------


def first_of(item: Any) -> dict[str, Any]:
    """The refusal itself, or the first of several inside it."""
    if not isinstance(item, dict):
        return {}
    if code_of(item) == SEVERAL:
        inside = details_of(item).get("errors")
        for one in inside if isinstance(inside, list) else ():
            if isinstance(one, dict) and code_of(one):
                return one
    return item


def code_of(item: Any) -> str:
    if not isinstance(item, dict):
        return ""
    said = item.get("code") or item.get("error")
    return said if isinstance(said, str) else ""


def message_of(item: Any) -> str:
    """The text of a refusal; of a page its plain words, cut to a line."""
    if isinstance(item, dict):
        said = item.get("message") or item.get("error_description") or item.get("error") or ""
        return said if isinstance(said, str) else str(said)
    if isinstance(item, str):
        return " ".join(re.sub(r"<(script|style).*?</\1>|<[^>]*>", " ", item, flags=re.S | re.I).split())[:300]
    return ""


def field_of(item: Any) -> str:
    """The field of ours a refusal names: by `json_path`, whose first name is what we sent, else by `api_name`."""
    details = details_of(item)
    path = str(details.get("json_path") or "")
    names = [part for part in re.sub(r"\[\d+\]", "", path).split(".")[2:] if part]
    listed = details.get("expected_fields")
    if not names and isinstance(listed, list) and listed and isinstance(listed[0], dict):
        return str(listed[0].get("api_name") or "")
    said = names[0] if names else str(details.get("api_name") or details.get("column_name") or "")
    return "" if said in ("id", "data") else said


def index_of(item: Any) -> int | None:
    """Which record of the batch a refusal is about."""
    match = _INDEX.match(str(details_of(item).get("json_path") or ""))
    return int(match[1]) if match else None


def is_gone(item: Any) -> bool:
    """Whether the record itself is not there any more: its own id, not that of something it refers to."""
    inner = first_of(item)
    if code_of(inner) != "INVALID_DATA" or _NO_SUCH_ID not in message_of(inner).lower():
        return False
    path = str(details_of(inner).get("json_path") or "")
    return not path or re.fullmatch(r"\$\.\w+\[\d+\]\.id", path) is not None


def is_lost_reference(item: Any, field: str) -> bool:
    """Whether what this field refers to is not there any more."""
    inner = first_of(item)
    if code_of(inner) != "INVALID_DATA" or field_of(inner) != field:
        return False
    return _NO_SUCH_ID in message_of(inner).lower() or str(details_of(inner).get("json_path", "")).endswith(".id")


def is_converted(item: Any) -> bool:
    return code_of(first_of(item)) in CONVERTED


def duplicate_of(item: Any) -> tuple[str, str] | None:
    """(module, id) of the record that has the unique value already."""
    details = details_of(first_of(item))
    there = details.get("duplicate_record")
    if isinstance(there, dict) and there.get("id"):
        module = there.get("module")
        name = module.get("api_name") if isinstance(module, dict) else module
        return str(name or ""), str(there["id"])
    return ("", str(details["id"])) if details.get("id") else None


def has_several(item: Any) -> bool:
    """Whether more records than the named one have the value."""
    return details_of(first_of(item)).get("more_records") in (True, "true")


# --- Words ----------------------------------------------------------------------------------------------------------


def label(field: str) -> str:
    """A field's name as people read it, where only its API name is known."""
    return field.removesuffix("__s").replace("_", " ").strip() or "The record"


def _words(item: Mapping[str, Any], code: str, details: Mapping[str, Any], field: str, value: str) -> str:
    """Zoho's own text, led by a sentence with the field and the value in it where its text says neither."""
    said = message_of(item)
    ours = _sentence(code, details, label(field), _shown(value)) if field else ""
    if not ours:
        return _request_words(code, details, said)
    if said.lower() in _MUTE:
        return ours
    return f"{ours} Zoho CRM says: {said}"


def _sentence(code: str, details: Mapping[str, Any], name: str, value: str) -> str:
    if code == "MANDATORY_NOT_FOUND":
        rule = details.get("layout_rule")
        asked_by = rule.get("name") if isinstance(rule, Mapping) else ""
        return f"The layout rule “{asked_by}” requires {name}." if asked_by else f"{name} is required and has no value."
    if code in ("EXPECTED_FIELD_MISSING", "DEPENDENT_FIELD_MISSING"):
        return f"{name} is required with the other values of this record and has none."
    if code == "DUPLICATE_DATA":
        return f"Another record has {value or 'the same value'} in {name} already."
    said = value or "The value"
    if code == "PATTERN_NOT_MATCHED":
        return f"{said} does not have the form that {name} asks for."
    if code in ("MAPPING_MISMATCH", "DEPENDENT_MISMATCH"):
        return f"{said} in {name} does not go with another value of this record."
    if code != "INVALID_DATA":
        return ""
    if details.get("maximum_length"):
        return f"{said} is longer than the {details['maximum_length']} characters that {name} holds."
    if details.get("supported_values"):
        return f"{said} is not an option of {name}."
    if details.get("expected_data_type"):
        return f"{said} is not what {name} takes, which is {_kind(details['expected_data_type'])}."
    return f"{value} is not accepted in {name}." if value else ""


def _request_words(code: str, details: Mapping[str, Any], said: str) -> str:
    if code == "OAUTH_SCOPE_MISMATCH":
        return f"The connection lacks a permission that was not asked for. Click Connect again. Zoho CRM says: {said}"
    permissions = details.get("permissions")
    if code == "NO_PERMISSION" and isinstance(permissions, list) and permissions:
        if "Crm_Implied_Api_Access" in permissions:
            return f"API access is switched off in the profile of the connected user. Zoho CRM says: {said}"
        return f"The profile of the connected user lacks {', '.join(map(str, permissions))}. Zoho CRM says: {said}"
    return said


def _kind(said: Any) -> str:
    return {"jsonarray": "a list of options", "jsonobject": "a record", "integer": "a whole number"}.get(
        str(said), f"a value of the type {said}"
    )


def _shown(value: str) -> str:
    return f"“{value if len(value) <= 80 else value[:77] + '…'}”" if value else ""
