"""Values as Zoho takes them: JSON of the field's own kind, several options as an array."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

T = TypeVar("T")


def wire(value: Any) -> Any:
    """One value as it is sent; a text without blanks at its ends."""
    if isinstance(value, tuple | list | set | frozenset):
        return [wire(part) for part in value if not is_blank(part)]
    return value.strip() if isinstance(value, str) else value


def spoken(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that say something: for Zoho a blank one would clear the field."""
    sent = {name: wire(value) for name, value in values.items()}
    return {name: value for name, value in sent.items() if not is_blank(value)}


def is_blank(value: Any) -> bool:
    """Whether there is nothing in it. False and 0 are values."""
    return value is None or value in ([], ()) or (isinstance(value, str) and not value.strip())


def text(value: Any) -> str:
    """A sent value as people read it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return "; ".join(text(part) for part in value)
    if isinstance(value, Mapping):
        return str(value.get("name") or value.get("id") or "")
    return "" if value is None else str(value)


def joined(values: Iterable[str]) -> str:
    return ";".join(value for value in values if value)


def chunks(items: Iterable[T], size: int) -> list[list[T]]:
    listed = list(items)
    return [listed[start : start + size] for start in range(0, len(listed), size)]
