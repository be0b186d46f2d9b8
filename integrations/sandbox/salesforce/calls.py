"""One REST call without HTTP around it: the same for a request of its own and for a part of a composite."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

NOT_FOUND = "The requested resource does not exist"


@dataclass
class Call:
    """A call inside `/services/data/v<version>/`; `body` is parsed JSON."""

    method: str
    path: str
    version: float
    args: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None

    @property
    def base(self) -> str:
        return f"/services/data/v{self.version:.1f}"

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers.items() if key.lower() == name.lower()), "")

    def option(self, header: str, name: str) -> str:
        """One `name=value` of a header such as `Sforce-Duplicate-Rule-Header: allowSave=true`."""
        for part in self.header(header).split(";"):
            key, _, value = part.partition("=")
            if key.strip().lower() == name.lower():
                return value.strip()
        return ""


@dataclass
class Answer:
    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


class Refused(Exception):
    """A refusal with the vendor's code; a single call and a row of a collection spell it differently."""

    def __init__(
        self,
        code: str,
        message: str,
        fields: list[str] | None = None,
        status: int = 400,
        more: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.fields, self.status, self.more = code, message, fields, status, more or {}

    def row(self) -> dict[str, Any]:
        error = {"statusCode": self.code, "message": self.message, "fields": self.fields or []}
        return {"success": False, "errors": [error]}

    def answer(self) -> Answer:
        body: dict[str, Any] = {**self.more, "message": self.message, "errorCode": self.code}
        if self.fields is not None:
            body["fields"] = self.fields
        return Answer(self.status, [body])


def missing(message: str = NOT_FOUND) -> Refused:
    return Refused("NOT_FOUND", message, status=404)
