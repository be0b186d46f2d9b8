"""One API call as the endpoints see it, and what they answer."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from .faults import HubSpotFaults
from .refusals import batch_too_long, error

DATED = ("2026-03", "2026-09")
RULES_SINCE = "2026-09"


class Answer(NamedTuple):
    """Status, JSON body (None: empty) and extra headers."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = {}


@dataclass
class Call:
    """What was asked: path version (`v3`, `v4` or a date), query, body, and by which app it was asked."""

    version: str
    args: Mapping[str, str]
    raw: bytes
    app_id: str
    faults: HubSpotFaults
    lists: Mapping[str, list[str]] = field(default_factory=dict)
    base_url: str = ""
    portal_id: int = 0

    @cached_property
    def json(self) -> Any:
        """The body. Raises `Refusal` with HubSpot's sentence when it is no JSON."""
        try:
            return json.loads(self.raw)
        except (UnicodeDecodeError, json.JSONDecodeError) as broken:
            line, column = getattr(broken, "lineno", 1), getattr(broken, "colno", 1)
            reason = getattr(broken, "msg", "the body is not UTF-8")
            raise error(400, f"Invalid input JSON on line {line}, column {column}: {reason}") from broken

    @property
    def object(self) -> dict[str, Any]:
        if not isinstance(self.json, dict):
            raise error(
                400, "Invalid input JSON on line 1, column 1: Cannot deserialize the body from a non-object value"
            )
        return self.json

    def inputs(self, limit: int) -> list[dict[str, Any]]:
        """The `inputs` of a batch. Raises `Refusal` when there are none, too many, or one is no object."""
        rows = self.object.get("inputs")
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise error(400, "Invalid input JSON on line 1, column 1: inputs must be a list of objects")
        if not rows:
            raise error(400, "The batch request has no inputs.")
        if len(rows) > limit:
            raise batch_too_long(limit, len(rows))
        return rows

    @property
    def enforces_rules(self) -> bool:
        """From 2026-09 on the admin's validation rules hold for API writes too."""
        return self.version >= RULES_SINCE if self.version in DATED else False

    def names(self, key: str) -> list[str]:
        """A query parameter that may be repeated or comma-separated."""
        return [name for part in self.lists.get(key, ()) for name in part.split(",") if name]

    def number(self, key: str, default: int, most: int) -> int:
        text = self.args.get(key, "")
        if not text:
            return default
        if not text.isdigit() or not 0 < int(text) <= most:
            raise error(400, f"Unable to parse value for query parameter: {key}. It must be between 1 and {most}.")
        return int(text)


def properties_of(row: Mapping[str, Any]) -> dict[str, Any]:
    properties = row.get("properties", {})
    if not isinstance(properties, dict):
        raise error(400, "Invalid input JSON on line 1, column 1: properties must be an object")
    return properties


def texts_of(row: Mapping[str, Any], key: str) -> list[str]:
    """An optional list of texts, numbers taken as texts."""
    values = row.get(key)
    if values is None:
        return []
    if not isinstance(values, list) or any(isinstance(value, (dict, list)) for value in values):
        raise error(400, f"Invalid input JSON on line 1, column 1: {key} must be a list of texts")
    return [str(value) for value in values]


def text_of(row: Mapping[str, Any], key: str) -> str:
    """A required scalar of an input, as text."""
    value = row.get(key)
    if value is None or isinstance(value, (dict, list)) or str(value).strip() == "":
        raise error(400, f"Invalid input JSON on line 1, column 1: some required fields were not set: [{key}]")
    return str(value)
