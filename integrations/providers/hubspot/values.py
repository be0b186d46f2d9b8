"""Values as HubSpot takes them: every value is a string."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any


def text(value: Any) -> str:
    """One value as HubSpot's string: `true`, plain digits, options joined with `;`, no blanks at the ends."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f").removesuffix(".0")
    if isinstance(value, tuple | list | set | frozenset):
        return joined(text(part) for part in value)
    return "" if value is None else str(value).strip()


def joined(values: Iterable[str]) -> str:
    return ";".join(value for value in values if value)


def properties(values: Mapping[str, Any]) -> dict[str, str]:
    """The values that say something; a blank one never goes out, for HubSpot it would clear the property."""
    spoken = {name: text(value) for name, value in values.items()}
    return {name: value for name, value in spoken.items() if value}


def iso(moment: datetime) -> str:
    """UTC with milliseconds, as HubSpot prints moments."""
    moment = moment.astimezone(UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"


def milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def moment_of(value: Any) -> datetime | None:
    """A moment HubSpot printed: ISO, or milliseconds since 1970."""
    said = str(value or "").strip()
    try:
        if said.lstrip("-").isdigit():
            return datetime.fromtimestamp(int(said) / 1000, UTC)
        moment = datetime.fromisoformat(said)
    except (ValueError, OverflowError, OSError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def domain_of(value: Any) -> str:
    """The bare lower-case host of what stands in a `domain` property."""
    host = str(value or "").strip().lower().partition("://")[2] or str(value or "").strip().lower()
    return host.partition("/")[0].partition(":")[0].removeprefix("www.").rstrip(".")
