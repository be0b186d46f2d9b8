"""An answer of Zoho as the rest of this folder reads it. JSON is hoped for, never assumed; 204 means: nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mobly_sync.http import Answer, UnreadableAnswer

CREDITS_LEFT = "X-API-CREDITS-REMAINING"


@dataclass(frozen=True, slots=True)
class Reply:
    """`body` is the JSON, or the text where there was none; `readable` tells which. `credits_left` where told."""

    status: int
    body: Any
    readable: bool = True
    retry_after: float | None = None
    credits_left: int | None = None

    @classmethod
    def of(cls, answer: Answer) -> Reply:
        left = answer.headers.get(CREDITS_LEFT, "").strip()
        credits_left = int(left) if left.isdigit() else None
        if not answer.body:
            return cls(answer.status, None, answer.status == 204, answer.retry_after, credits_left)
        try:
            return cls(answer.status, answer.json(), True, answer.retry_after, credits_left)
        except UnreadableAnswer:
            return cls(answer.status, answer.text, False, answer.retry_after, credits_left)

    @property
    def request_id(self) -> str:
        """Zoho gives its answers no id."""
        return ""

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def rows(self, key: str = "data") -> list[dict[str, Any]]:
        """The objects of a list in the body; whatever else stands there is left out."""
        found = self.body.get(key) if isinstance(self.body, dict) else None
        return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []

    @property
    def records(self) -> list[dict[str, Any]]:
        """The records among the rows: objects with an id."""
        return [row for row in self.rows() if isinstance(row.get("id"), str) and row["id"]]

    @property
    def more(self) -> bool:
        info = self.body.get("info") if isinstance(self.body, dict) else None
        return isinstance(info, dict) and info.get("more_records") is True

    def results(self, key: str, count: int) -> list[dict[str, Any]]:
        """One result per row that was sent, in its order; empty when this is no such answer."""
        found = [row for row in self.rows(key) if "code" in row or "status" in row]
        whole = self.body.get(key) if isinstance(self.body, dict) else None
        return found if isinstance(whole, list) and len(whole) == len(found) == count else []


def refusal_of(body: Any) -> dict[str, Any]:
    """The one refusal of a whole request: flat, or wrapped in `data` as the vendor's examples sometimes have it."""
    if not isinstance(body, dict):
        return {}
    if isinstance(body.get("code"), str):
        return body
    for key in ("data", "fields", "modules", "users", "org"):
        rows = body.get(key)
        if isinstance(rows, list) and rows and isinstance(rows[0], dict) and isinstance(rows[0].get("code"), str):
            return rows[0]
    return body


def details_of(item: Any) -> dict[str, Any]:
    found = item.get("details") if isinstance(item, dict) else None
    return found if isinstance(found, dict) else {}
