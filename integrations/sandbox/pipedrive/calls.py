"""One API call as the endpoints see it, and what they answer."""

import json
import re
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


def whole(text: str) -> int | None:
    """A number from 0 on that an id or a count can be; None for any other text."""
    return int(text) if re.fullmatch("[0-9]{1,15}", text) else None


@dataclass
class Call:
    """What was asked: of which company and by which of its users."""

    company: Company
    user_id: int
    args: Mapping[str, str]
    raw: bytes
    faults: PipedriveFaults

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

    def ids(self, most: int) -> list[int]:
        """The `ids` of the query, each once, in order. Raises `Refusal` 400."""
        given = self.names("ids")
        numbers = {number for one in given if (number := whole(one)) is not None}
        if len(given) > most or len(numbers) < len(set(given)):
            raise invalid([f"ids: Expected at most {most} numbers separated by commas"])
        return sorted(numbers)

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
        number = whole(text)
        if number is None:
            raise invalid([f"{name}: Expected a number, received '{text}'"])
        if most is not None and not 0 < number <= most:
            raise invalid([f"{name}: Expected a number between 1 and {most}, received {number}"])
        return number

    def limit(self) -> int:
        return self.number("limit", PAGE, MOST) or PAGE

    def start(self) -> int:
        """The v1 way to page."""
        number = whole(self.args.get("start") or "0")
        if number is None:
            raise error(400, "Invalid pagination start.")
        return number
