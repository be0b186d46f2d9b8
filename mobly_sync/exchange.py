"""One request and its answer as they may be kept and shown: without secrets, and not without end."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import requests

from mobly_sync.redaction import redact, redact_text

# Characters of a body that `as_dict` keeps.
KEPT_CHARACTERS = 200_000


@dataclass(eq=False)
class Exchange:
    """What was sent and what came back. Everything public here is redacted, and only when somebody looks.

    `error` is a sentence when no whole answer came; `status` is None when not even its head came. `milliseconds`
    covers the whole call.
    """

    method: str
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    status: int | None = None
    milliseconds: int = 0
    error: str = ""
    _url: str = field(default="", repr=False)
    _request_headers: Mapping[str, Any] = field(default_factory=dict, repr=False)
    _request_body: bytes = field(default=b"", repr=False)
    _answer_headers: Mapping[str, Any] = field(default_factory=dict, repr=False)
    _answer_body: bytes = field(default=b"", repr=False)

    @classmethod
    def of(cls, prepared: requests.PreparedRequest) -> "Exchange":
        body = prepared.body or b""
        return cls(
            method=prepared.method or "",
            _url=prepared.url or "",
            _request_headers=dict(prepared.headers),
            _request_body=body.encode() if isinstance(body, str) else bytes(body),
        )

    def answered(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.status, self._answer_headers, self._answer_body = status, dict(headers), body

    def failed(self, error: str, seconds: float) -> None:
        self.error, self.milliseconds = error, round(seconds * 1000)

    @cached_property
    def url(self) -> str:
        return redact_text(self._url)

    @cached_property
    def request_headers(self) -> dict[str, str]:
        return dict(redact(self._request_headers))

    @cached_property
    def request_body(self) -> str:
        return str(redact(self._request_body))

    @property
    def answer_headers(self) -> dict[str, str]:
        return dict(redact(self._answer_headers))

    @property
    def answer_body(self) -> str:
        return str(redact(self._answer_body))

    def as_dict(self) -> dict[str, Any]:
        """For a JSON column: ISO time, texts cut to `KEPT_CHARACTERS` with a note of how much is missing."""
        return {
            "method": self.method,
            "url": self.url,
            "request_headers": self.request_headers,
            "request_body": _kept(self.request_body),
            "status": self.status,
            "answer_headers": self.answer_headers,
            "answer_body": _kept(self.answer_body),
            "started_at": self.started_at.isoformat(),
            "milliseconds": self.milliseconds,
            "error": self.error,
        }


def _kept(text: str) -> str:
    more = len(text) - KEPT_CHARACTERS
    return text if more <= 0 else f"{text[:KEPT_CHARACTERS]} … ({more} characters more)"
