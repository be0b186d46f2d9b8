"""One API call without HTTP around it: the same for a request of its own and for a part of a composite."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .refusals import Refused


@dataclass
class Call:
    """A call inside `/crm/v8/`; `path` begins with a slash, `body` is parsed JSON."""

    method: str
    path: str
    args: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers.items() if key.lower() == name.lower()), "")

    def names(self, name: str) -> list[str]:
        """A comma-separated argument."""
        return [part.strip() for part in self.args.get(name, "").split(",") if part.strip()]

    def number(self, name: str, default: int, most: int | None = None) -> int:
        """A whole number from 1 on. Raises `Refused`."""
        text = self.args.get(name, "")
        if not text:
            return default
        if not text.isdigit() or int(text) < 1 or (most is not None and int(text) > most):
            details: dict[str, Any] = {"param_name": name}
            raise Refused("INVALID_DATA", "invalid data", {**details, **({"maximum": most} if most else {})})
        return int(text)

    def document(self) -> dict[str, Any]:
        """The body as an object. Raises `Refused`."""
        if not isinstance(self.body, dict):
            raise Refused("INVALID_DATA", "body", {"expected_data_type": "jsonobject"})
        return self.body

    def rows(self, name: str = "data", most: int = 100) -> list[Any]:
        """The list under `name` of the body. Raises `Refused`."""
        rows = self.document().get(name)
        if rows is None:
            raise Refused(
                "MANDATORY_NOT_FOUND", "required field not found", {"api_name": name, "json_path": f"$.{name}"}
            )
        if not isinstance(rows, list):
            details = {"expected_data_type": "jsonarray", "api_name": name, "json_path": f"$.{name}"}
            raise Refused("INVALID_DATA", "invalid data", details)
        if len(rows) > most:
            message = "count of records in your request exceeds the limit"
            raise Refused("LIMIT_EXCEEDED", message, {"maximum_length": most, "api_name": name}, wrapped=True)
        if not rows:
            raise Refused("INVALID_DATA", "invalid data", {"minimum_length": 1, "api_name": name}, wrapped=True)
        return rows


@dataclass
class Answer:
    """`body` None is an answer without a body."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


NOTHING = 204
