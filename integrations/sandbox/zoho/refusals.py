"""Refusals as Zoho words them: the same object for a whole request and for one record of a batch."""

from __future__ import annotations

from typing import Any

INVALID_ID = "the id given seems to be invalid"
INVALID_RELATED = "the related id given seems to be invalid"
STATE_MESSAGES = {
    "RECORD_LOCKED": "Sorry, you cannot perform this operation as the record is locked.",
    "NOT_APPROVED": "record not approved",
    "NOT_REVIEWED": "record not reviewed",
    "RECORD_IN_BLUEPRINT": "The record is in blue print",
    "AUTHORIZATION_FAILED": "User does not have sufficient privilege to perform this operation",
    "CONVERTED_RECORD": "can't update the converted record",
    "DEPENDENT_SERVICE_ERROR": "the dependent service failed to process the record",
    "STORAGE_SPACE_EXCEEDED": "storage space exceeded",
    "LIMIT_EXCEEDED": "limit exceeded",
    "FEATURE_NOT_SUPPORTED": "the feature is not supported in this edition",
    "INTERNAL_ERROR": "Internal server error occurred.",
}
STATE_DETAILS: dict[str, dict[str, Any]] = {
    "DEPENDENT_SERVICE_ERROR": {"dependency_error": "PROCESSING_ERROR"},
    "LIMIT_EXCEEDED": {"limit_due_to": "edition"},
}


class Refused(Exception):
    """A refusal with the vendor's code. `wrapped` refusals stand in `data[]` whatever the switch says."""

    def __init__(
        self, code: str, message: str, details: dict[str, Any] | None = None, status: int = 400, wrapped: bool = False
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.details = code, message, details or {}
        self.status, self.wrapped = status, wrapped

    def item(self) -> dict[str, Any]:
        return {"code": self.code, "details": self.details, "message": self.message, "status": "error"}


def of_field(code: str, message: str, name: str, at: str, **details: Any) -> Refused:
    """A refusal of one field; `at` is the record's place, such as `$.data[3]`."""
    return Refused(code, message, {**details, "api_name": name, "json_path": f"{at}.{name}"})


def required(name: str, at: str, **details: Any) -> Refused:
    return of_field("MANDATORY_NOT_FOUND", "required field not found", name, at, **details)


def wrong_type(name: str, at: str, expected: str) -> Refused:
    return of_field("INVALID_DATA", "invalid data", name, at, expected_data_type=expected)


def invalid_id(at: str) -> Refused:
    """The id inside a record of a batch."""
    return of_field("INVALID_DATA", INVALID_ID, "id", at)


def invalid_path_id(message: str = INVALID_ID, index: int = 1) -> Refused:
    """An id in the address."""
    return Refused("INVALID_DATA", message, {"resource_path_index": index})


def missing_param(name: str) -> Refused:
    return Refused("REQUIRED_PARAM_MISSING", "One of the expected parameter is missing", {"param_name": name})


def invalid_module(name: str) -> Refused:
    return Refused("INVALID_MODULE", "the module name given seems to be invalid", {"resource_path_index": 0})


def no_permission(right: str, status: int = 403) -> Refused:
    return Refused("NO_PERMISSION", "permission denied", {"permissions": [right]}, status)


def in_state(code: str) -> Refused:
    """A record that cannot be written as it stands."""
    message = STATE_MESSAGES.get(code, code.replace("_", " ").lower())
    return Refused(code, message, dict(STATE_DETAILS.get(code, {})))


INVALID_TOKEN = Refused("INVALID_TOKEN", "invalid oauth token", status=401)
WRONG_URL = Refused("INVALID_URL_PATTERN", "Please check if the URL trying to access is a correct one", status=404)
WRONG_METHOD = Refused("INVALID_REQUEST_METHOD", "The http request method type is not a valid one")
INTERNAL = Refused("INTERNAL_ERROR", "Internal Server Error", status=500)
