"""An answer of Pipedrive as the rest of this folder reads it. JSON is hoped for, never assumed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from mobly_sync.http import Answer, UnreadableAnswer

BURST = "x-ratelimit-"
DAILY = "x-daily-ratelimit-token-"


@dataclass(frozen=True, slots=True)
class Reply:
    """`body` is the JSON, or the text where there was none; `readable` tells which. `limits` are the rate headers."""

    status: int
    body: Any
    readable: bool = True
    request_id: str = ""
    limits: Mapping[str, int] = field(default_factory=dict)
    # When the server says it answered.
    date: datetime | None = None

    @classmethod
    def of(cls, answer: Answer) -> Reply:
        try:
            body, readable = answer.json(), True
        except UnreadableAnswer:
            body, readable = answer.text, False
        limits = {
            key.lower(): int(value)
            for key, value in answer.headers.items()
            if key.lower().startswith((BURST, DAILY)) and value.strip().isdigit()
        }
        return cls(
            answer.status,
            body,
            readable,
            answer.headers.get("x-correlation-id", ""),
            limits,
            _moment(answer.headers.get("Date", "")),
        )

    @property
    def ok(self) -> bool:
        """A success with something in it; a 200 that lacks `data` is none."""
        return 200 <= self.status < 300 and isinstance(self.body, dict) and self.body.get("success") is not False

    @property
    def data(self) -> Any:
        return self.body.get("data") if isinstance(self.body, dict) else None

    @property
    def record(self) -> dict[str, Any]:
        """The one record of the answer, empty where there is none."""
        return self.data if isinstance(self.data, dict) else {}

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The records of a list or of a search, in whichever of its shapes."""
        found = self.data.get("items") if isinstance(self.data, dict) else self.data
        rows = [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
        return [row["item"] if isinstance(row.get("item"), dict) else row for row in rows]

    @property
    def next_cursor(self) -> str:
        """Where a v2 list goes on; empty on its last page."""
        found = self._more.get("next_cursor")
        return found if isinstance(found, str) else ""

    @property
    def next_start(self) -> int | None:
        """Where a v1 list goes on; None on its last page."""
        paging = self._more.get("pagination")
        if not isinstance(paging, dict) or not paging.get("more_items_in_collection"):
            return None
        found = paging.get("next_start")
        return found if isinstance(found, int) else None

    @property
    def _more(self) -> Mapping[str, Any]:
        found = self.body.get("additional_data") if isinstance(self.body, dict) else None
        return found if isinstance(found, dict) else {}


def _moment(said: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(said)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
