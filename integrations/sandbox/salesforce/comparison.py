"""How SOQL compares values: text without case, ids at 18 characters, moments in UTC."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from typing import Any

from .ids import normal_id
from .schema import Field
from .values import moment


def like_pattern(value: str) -> re.Pattern[str]:
    """`%` is any text, `_` one letter, a backslash takes the next one as it is."""
    parts, position = [], 0
    while position < len(value):
        letter = value[position]
        if letter == "\\" and value[position + 1 : position + 2] in ("%", "_"):
            position += 1
            parts.append(re.escape(value[position]))
        else:
            parts.append({"%": ".*", "_": "."}.get(letter, re.escape(letter)))
        position += 1
    return re.compile("".join(parts), re.IGNORECASE | re.DOTALL)


def comparable(known: Field, value: Any) -> Any:
    """The value as it is compared: text without case, ids at 18 characters, moments in UTC."""
    if value is None:
        return None
    kind = known["type"]
    if kind in ("id", "reference"):
        return normal_id(value) or str(value)
    if kind == "datetime":
        return moment(value)
    if kind == "date":
        return value.isoformat() if isinstance(value, datetime.date) else str(value)[:10]
    return value.casefold() if isinstance(value, str) else value


def ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """Nothing is smaller or greater than null."""
    return lambda left, right: left is not None and right is not None and compare(left, right)


COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": ordered(lambda left, right: left < right),
    ">": ordered(lambda left, right: left > right),
    "<=": ordered(lambda left, right: left <= right),
    ">=": ordered(lambda left, right: left >= right),
}
