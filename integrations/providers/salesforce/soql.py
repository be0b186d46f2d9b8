"""SOQL as text. Every value that enters a statement goes through `text` or `like`; there is no other way in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest

# A statement may have 100,000 characters; the rest is for SELECT, FROM and what else stands in WHERE.
STATEMENT = 100_000
VALUES = 500
_ROOM = 90_000

_ESCAPES = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f", '"': '\\"'}
_TO_ESCAPE = re.compile(r"[\\'\n\r\t\x08\f\"]")
_CONTROL = re.compile(r"[\x00-\x07\x0b\x0e-\x1f\x7f]")
_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")


def text(value: str) -> str:
    """A quoted literal. Control characters that SOQL cannot spell are left out."""
    return f"'{_TO_ESCAPE.sub(lambda match: _ESCAPES[match[0]], _CONTROL.sub('', value))}'"


def like(fragment: str) -> str:
    """A quoted pattern that finds the fragment anywhere, `%` and `_` in it taken as they are."""
    inner = text(fragment)[1:-1]
    return "'%" + re.sub(r"[%_]", lambda match: f"\\{match[0]}", inner) + "%'"


def is_id(value: str) -> bool:
    return _ID.fullmatch(value) is not None


def same(one: str, other: str) -> bool:
    """Whether two ids name one record; Salesforce writes them with 15 or with 18 characters."""
    return key(one) == key(other)


def key(record_id: str) -> str:
    """The 15 characters that identify a record, however its id was written."""
    return record_id[:15]


def select(fields: Iterable[str], object_name: str, where: str = "", tail: str = "") -> str:
    """One statement; a field named twice, in whatever case, is selected once."""
    unique = {name.lower(): name for name in reversed(list(fields))}
    names = ", ".join(reversed(unique.values()))
    parts = [f"SELECT {names} FROM {object_name}"]  # noqa: S608 -- values are escaped by `text`
    if where:
        parts.append(f"WHERE {where}")
    if tail:
        parts.append(tail)
    return " ".join(parts)


def among(field: str, values: Sequence[str]) -> str:
    return f"{field} IN ({', '.join(text(value) for value in values)})"


def chunks(values: Iterable[str], most: int = VALUES, room: int = _ROOM) -> Iterator[list[str]]:
    """The values, each once and in order, in groups that fit a statement: at most so many, and its length."""
    group: list[str] = []
    size = 0
    for value in dict.fromkeys(values):
        cost = len(text(value)) + 2
        if group and (len(group) == most or size + cost > room):
            yield group
            group, size = [], 0
        group.append(value)
        size += cost
    if group:
        yield group


def selects(
    fields: Sequence[str], object_name: str, field: str, values: Iterable[str], most: int = VALUES
) -> list[str]:
    """As many statements as it takes to find the records whose `field` is one of the values."""
    return [select(fields, object_name, among(field, group)) for group in chunks(values, most)]


def selects_any(fields: Sequence[str], object_name: str, keys: Mapping[str, Iterable[str]]) -> list[str]:
    """As few statements as it takes to find the records that have one of the values in one of the key fields.

    Each field's values stand in an IN of their own, joined by OR: both sides are indexed, so the query stays selective.
    """
    groups = [
        [among(field, group) for group in chunks(values, room=_ROOM // len(keys))] for field, values in keys.items()
    ]
    wheres = (" OR ".join(filter(None, together)) for together in zip_longest(*groups, fillvalue=""))
    return [select(fields, object_name, where) for where in wheres]


def either(conditions: Iterable[str]) -> Iterator[str]:
    """The conditions joined by OR, in groups that fit a statement."""
    group: list[str] = []
    size = 0
    for condition in dict.fromkeys(conditions):
        if group and (len(group) == VALUES // 5 or size + len(condition) > _ROOM):
            yield " OR ".join(group)
            group, size = [], 0
        group.append(f"({condition})")
        size += len(condition) + 6
    if group:
        yield " OR ".join(group)
