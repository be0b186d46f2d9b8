"""One API call as the endpoints see it, and what they answer."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from .company import Company
from .faults import PipedriveFaults
from .refusals import error, invalid, unknown

PAGE, MOST = 100, 500


class Answer(NamedTuple):
    """Status and JSON body."""

    status: int
    body: Any


def told(data: Any, status: int = 200, **more: Any) -> Answer:
    return Answer(status, {"success": True, "data": data} | more)


@dataclass
class Call:
    """What was asked: of which company and by which of its users."""

    company: Company
    user_id: int
    args: Mapping[str, str]
    raw: bytes
    faults: PipedriveFaults
    base_url: str = ""

    @cached_property
    def json(self) -> Any:
        """The body. Raises `Refusal` when it is no JSON."""
        try:
            return json.loads(self.raw)
        except (UnicodeDecodeError, json.JSONDecodeError) as broken:
            raise unknown() from broken

    @property
    def object(self) -> dict[str, Any]:
        if not isinstance(self.json, dict):
            raise invalid(["body: Expected an object"])
        return self.json

    def flag(self, name: str) -> bool:
        return self.args.get(name, "").lower() in ("true", "1")

    def names(self, name: str) -> list[str]:
        """A comma-separated query parameter."""
        return [part.strip() for part in self.args.get(name, "").split(",") if part.strip()]

    def number(self, name: str, default: int | None = None, most: int | None = None) -> int | None:
        """A whole number of the query. Raises `Refusal` 400."""
        text = self.args.get(name, "")
        if text == "":
            return default
        if not text.isdigit() or len(text) > 15:
            raise invalid([f"{name}: Expected a number, received '{text}'"])
        number = int(text)
        if most is not None and not 0 < number <= most:
            raise invalid([f"{name}: Expected a number between 1 and {most}, received {number}"])
        return number

    def limit(self) -> int:
        return self.number("limit", PAGE, MOST) or PAGE

    def start(self) -> int:
        """The v1 way to page."""
        text = self.args.get("start", "0") or "0"
        if not text.isdigit():
            raise error(400, "Invalid pagination start.")
        return int(text)
