"""Pipedrive's refusals as data: a status and a body, with the wording of recordings and documents."""

from collections.abc import Iterable
from typing import Any

CHECK = "Please check developers.pipedrive.com for more information about Pipedrive API."


class Refusal(Exception):
    """An answer that is an error. A text body is sent as HTML."""

    def __init__(self, status: int, body: dict[str, Any] | str) -> None:
        super().__init__(body if isinstance(body, str) else body.get("error") or body.get("message", ""))
        self.status, self.body = status, body


def error(status: int, sentence: str, *, info: str = CHECK, **more: Any) -> Refusal:
    """The envelope that both versions share; v2 adds `code`, sign-in refusals add `errorCode`."""
    body = {"success": False, "error": sentence, "error_info": info, "data": None, "additional_data": None}
    return Refusal(status, body | more)


def invalid(faults: Iterable[str]) -> Refusal:
    """400 of the body's schema; each fault begins with the key and a colon."""
    sentence = f"Validation failed: {'; '.join(faults)}"
    return Refusal(400, {"success": False, "error": sentence, "code": "ERR_SCHEMA_VALIDATION_FAILED"})


def not_allowed(key: str) -> str:
    """What Pipedrive says of a key that it does not know, among them custom fields that were deleted."""
    return f"{key}: Parameter '{key}' is not allowed for this request"


def required(key: str) -> str:
    return f"{key}: Parameter '{key}' is required for this request"


def missing(what: str = "Entity") -> Refusal:
    """404 of a record that is not there."""
    return error(404, f"{what} was not found", info="Object was not found.", code="ERR_NOT_FOUND")


def unknown() -> Refusal:
    """500, also for a body Pipedrive cannot read."""
    return Refusal(500, {"success": False, "error": "Internal Server Error", "code": "ERR_UNKNOWN"})


def unauthorized(sentence: str = "unauthorized access") -> Refusal:
    body = {"success": False, "error": sentence, "errorCode": 401, "error_info": CHECK}
    return Refusal(401, body)


def scope_mismatch() -> Refusal:
    body = {"success": False, "error": "Scope and URL mismatch", "errorCode": 403, "error_info": CHECK}
    return Refusal(403, body)
