"""HubSpot's refusals as data: a status and a body, with the wording of the recordings."""

import json
from collections.abc import Mapping, Sequence
from typing import Any


class Refusal(Exception):
    """An answer that is an error. The server adds `correlationId` to a JSON body; a text body is sent as HTML."""

    def __init__(self, status: int, body: dict[str, Any] | str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(body if isinstance(body, str) else body.get("message", ""))
        self.status = status
        self.body = body
        self.headers = dict(headers or {})


def error(status: int, message: str, category: str | None = "VALIDATION_ERROR", **more: Any) -> Refusal:
    body: dict[str, Any] = {"status": "error", "message": message}
    if category:
        body["category"] = category
    return Refusal(status, body | more)


def not_found(message: str = "resource not found") -> Refusal:
    refusal = error(404, message, "OBJECT_NOT_FOUND")
    refusal.headers["X-HubSpot-NotFound"] = "true"
    return refusal


def conflict(existing_id: str, *, singular: str = "Contact", told: bool = True) -> Refusal:
    """409. A whole batch that is refused does not say which record is in the way (`told=False`)."""
    where = f". Existing ID: {existing_id}" if told else ""
    return error(409, f"{singular} already exists{where}", "CONFLICT")


def invalid_values(faults: Sequence[Mapping[str, Any]]) -> Refusal:
    """400 with the whole list as JSON inside the message, and an `errors` list that is one short of it."""
    listed = faults[:-1] if len(faults) > 1 else faults
    return error(
        400,
        "Property values were not valid: " + json.dumps(list(faults), separators=(",", ":"), ensure_ascii=False),
        errors=[
            {"message": fault["message"], "code": fault["error"], "context": {"propertyName": [fault["name"]]}}
            for fault in listed
        ],
    )


def required_missing(singular: str, names: Sequence[str]) -> Refusal:
    """A record without a property that the object, or a rule of the account's admin, demands."""
    return error(
        400,
        f"Error creating {singular.upper()}. Some required properties were not set.",
        context={"properties": list(names)},
    )


def unknown_kind(name: str) -> Refusal:
    return error(400, f"Unable to infer object type from: {name}", None)


def batch_too_long(limit: int, count: int) -> Refusal:
    return error(
        400, f"The maximum number of inputs supported in a batch request is {limit}. This request has {count}."
    )


def duplicate_ids(ids: Sequence[str]) -> Refusal:
    return error(
        400,
        f"Duplicate IDs found in batch input: [{', '.join(ids)}]. IDs must be unique",
        context={"ids": list(ids)},
    )


def multi_status_error(refusal: Refusal, context: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """One entry of the `errors` list of a 207: the refusal without its correlation id, plus what it is about."""
    body = dict(refusal.body) if isinstance(refusal.body, dict) else {}
    known = body.pop("context", {})
    return body | {"context": {**known, **{key: list(values) for key, values in context.items()}}}
