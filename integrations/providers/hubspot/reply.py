"""An answer of HubSpot as the rest of this folder reads it. JSON is hoped for, never assumed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from mobly_sync.http import Answer, UnreadableAnswer

CORRELATION = "X-HubSpot-Correlation-Id"


@dataclass(frozen=True, slots=True)
class Reply:
    """`body` is the JSON, or the text where there was none; `readable` tells which."""

    status: int
    body: Any
    readable: bool = True
    request_id: str = ""
    retry_after: float | None = None
    limits: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, answer: Answer) -> Reply:
        try:
            body, readable = answer.json(), True
        except UnreadableAnswer:
            body, readable = answer.text, False
        prefix = "x-hubspot-ratelimit-"
        limits = {
            key.lower().removeprefix(prefix): value
            for key, value in answer.headers.items()
            if key.lower().startswith(prefix)
        }
        found = answer.headers.get(CORRELATION) or ""
        return cls(answer.status, body, readable, found or correlation(body), answer.retry_after, limits)

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def rows(self, key: str) -> list[dict[str, Any]]:
        """The objects of a list in the body; whatever else stands there is left out."""
        found = self.body.get(key) if isinstance(self.body, dict) else None
        return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []

    @property
    def records(self) -> list[dict[str, Any]]:
        """The records among the `results`: objects with an id."""
        return [row for row in self.rows("results") if isinstance(row.get("id"), str | int)]


def properties_of(record: Any) -> dict[str, Any]:
    """The properties of a record, empty where it has none."""
    found = record.get("properties") if isinstance(record, dict) else None
    return found if isinstance(found, dict) else {}


def next_page(reply: Reply) -> str:
    """The cursor of the page after this one; empty on the last."""
    found: Any = reply.body
    for key in ("paging", "next", "after"):
        found = found.get(key) if isinstance(found, dict) else None
    return str(found) if found else ""


def linked_ids(reply: Reply) -> dict[str, list[str]]:
    """What an association read tells: the far ids by the near one."""
    found: dict[str, list[str]] = {}
    for row in reply.rows("results"):
        start, ends = row.get("from"), row.get("to")
        if isinstance(start, dict) and isinstance(ends, list):
            ids = [
                str(end["toObjectId"]) for end in ends if isinstance(end, dict) and end.get("toObjectId") is not None
            ]
            found.setdefault(str(start.get("id")), []).extend(ids)
    return found


def correlation(body: Any) -> str:
    """The id to quote to HubSpot's support; older endpoints call it `requestId` or `guid`."""
    if not isinstance(body, dict):
        return ""
    return next((str(body[key]) for key in ("correlationId", "requestId", "guid") if body.get(key)), "")
