"""GET /{module}/search: by e-mail, phone, word or criteria, over an index that lags behind."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from ..store import Record
from .calls import Answer, Call
from .fields import Field
from .org import Org
from .query import comparable
from .reads import listed, value_of, wanted_fields
from .refusals import Refused
from .writes import need

WAYS = ("criteria", "email", "phone", "word")
MAX_CONDITIONS = 15
MAX_HITS = 2000
Test = Callable[[Record], bool]
OPERATORS = (
    "equals", "not_equal", "starts_with", "in", "between", "greater_than", "greater_equal", "less_than", "less_equal",
)  # fmt: skip


def search(org: Org, call: Call, module: str) -> Answer:
    """One of `criteria`, `email`, `phone`, `word`."""
    module = org.module(module)
    need(org, module, "view")
    way = next((way for way in WAYS if call.args.get(way)), None)
    if way is None:
        message = "One of the expected parameter is missing"
        raise Refused("EXPECTED_PARAM_MISSING", message, {"param_names": list(WAYS)})
    names = wanted_fields(org, module, call, obligatory=False)
    test = {"criteria": _by_criteria, "email": _by_email, "phone": _by_phone, "word": _by_word}[way](
        org, module, call.args[way]
    )
    rows = [row for row in org.lag.seen(module, org.all(module), org.clock()) if _shown(row, call) and test(row)]
    return listed(org, call, module, rows[:MAX_HITS], names)


def _shown(row: Record, call: Call) -> bool:
    converted = call.args.get("converted", "false")
    return converted == "both" or bool(row.get("$converted")) == (converted == "true")


def _by_email(org: Org, module: str, text: str) -> Test:
    """Also a part of the address matches."""
    return _containing(org, module, ("email",), text)


def _by_phone(org: Org, module: str, text: str) -> Test:
    return _containing(org, module, ("phone",), text)


def _by_word(org: Org, module: str, text: str) -> Test:
    if len(text) < 2:
        raise Refused("INVALID_DATA", "invalid data", {"param_name": "word", "minimum_length": 2})
    return _containing(org, module, ("text", "email", "phone", "website", "picklist"), text)


def _containing(org: Org, module: str, kinds: tuple[str, ...], text: str) -> Test:
    names = [name for name, field in org.fields(module).items() if field["data_type"] in kinds and name != "Tag"]
    wanted = text.casefold()
    return lambda row: any(wanted in str(row[name]).casefold() for name in names if row.get(name))


# Criteria: ((A:equals:x)and(B:in:y,z))


def _by_criteria(org: Org, module: str, text: str) -> Test:
    reader = _Criteria(org, module, text)
    test = reader.group()
    if reader.at < len(reader.tokens):
        raise _invalid()
    if reader.conditions > MAX_CONDITIONS:
        raise Refused("LIMIT_EXCEEDED", "limit exceeded", {"limit": MAX_CONDITIONS, "param_name": "criteria"})
    return test


def _invalid() -> Refused:
    return Refused("INVALID_QUERY", "invalid query formed", {"param_name": "criteria"})


def _tokens(text: str) -> Iterator[str]:
    """Brackets, `and`, `or` between brackets, and conditions with their escapes."""
    pattern = re.compile(r"\s*(\(|\)|(?:and|or)(?=\s*\()|(?:\\.|[^()\\])+)", re.DOTALL | re.IGNORECASE)
    position = 0
    while position < len(text.rstrip()):
        match = pattern.match(text, position)
        if match is None:
            raise _invalid()
        yield match[1]
        position = match.end()


class _Criteria:
    def __init__(self, org: Org, module: str, text: str) -> None:
        self.org, self.module = org, module
        self.tokens = list(_tokens(text))
        self.at = self.conditions = 0

    def take(self, wanted: str = "") -> str:
        token = self.tokens[self.at] if self.at < len(self.tokens) else ""
        if not token or (wanted and token != wanted):
            raise _invalid()
        self.at += 1
        return token

    def group(self) -> Test:
        """One or more parts in brackets, joined by one word."""
        test = self.part()
        while self.at < len(self.tokens) and self.tokens[self.at].lower() in ("and", "or"):
            word, left, right = self.take().lower(), test, self.part()
            test = _both(left, right) if word == "and" else _either(left, right)
        return test

    def part(self) -> Test:
        if self.at < len(self.tokens) and self.tokens[self.at] != "(":
            return self.condition(self.take())
        self.take("(")
        inner = self.group()
        self.take(")")
        return inner

    def condition(self, text: str) -> Test:
        self.conditions += 1
        parts = re.split(r"(?<!\\):", text, maxsplit=2)
        if len(parts) != 3 or parts[1] not in OPERATORS:
            raise _invalid()
        name, operator, value = parts
        field = self.org.fields(self.module).get(name)
        if name == "id":
            field = {"api_name": "id", "data_type": "text"}
        if field is None or field["data_type"] == "textarea":
            raise Refused("INVALID_QUERY", "invalid query formed", {"api_name": name, "param_name": "criteria"})
        return _test(self.org, self.module, field, operator, value)


def _both(left: Test, right: Test) -> Test:
    return lambda row: left(row) and right(row)


def _either(left: Test, right: Test) -> Test:
    return lambda row: left(row) or right(row)


def _test(org: Org, module: str, field: Field, operator: str, text: str) -> Test:
    split = re.split(r"(?<!\\),", text) if operator in ("in", "between") else [text]
    values = [_literal(field, re.sub(r"\\(.)", r"\1", one)) for one in split]

    def plain(row: Record) -> Any:
        value = value_of(org, module, row, field, field["api_name"])
        return value.get("id") if isinstance(value, dict) else comparable(field, value)

    def test(row: Record) -> bool:
        value = plain(row)
        if isinstance(value, list):
            return bool(set(values) & set(value)) != (operator == "not_equal")
        if operator in ("equals", "in", "not_equal"):
            return (value in values) != (operator == "not_equal")
        if value is None or isinstance(value, str) != isinstance(values[0], str):
            return False
        if operator == "starts_with":
            return str(value).startswith(str(values[0]))
        if operator == "between":
            return bool(values[0] <= value <= values[-1])
        return bool(
            {
                "greater_than": value > values[0],
                "greater_equal": value >= values[0],
                "less_than": value < values[0],
                "less_equal": value <= values[0],
            }[operator]
        )

    return test


def _literal(field: Field, text: str) -> Any:
    if field["data_type"] == "boolean":
        return text.strip().lower() == "true"
    if field["data_type"] in ("integer", "bigint", "double", "currency", "percent"):
        try:
            return float(text)
        except ValueError as error:
            raise _invalid() from error
    return comparable(field, text)
