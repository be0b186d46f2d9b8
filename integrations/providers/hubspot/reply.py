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

    def list(self, key: str) -> list[dict[str, Any]]:
        """The objects of a list in the body; whatever else stands there is left out."""
        rows = self.body.get(key) if isinstance(self.body, dict) else None
        return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def correlation(body: Any) -> str:
    """The id to quote to HubSpot's support; older endpoints call it `requestId` or `guid`."""
    if not isinstance(body, dict):
        return ""
    return next((str(body[key]) for key in ("correlationId", "requestId", "guid") if body.get(key)), "")
