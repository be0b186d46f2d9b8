"""COQL over the records: columns and criteria against the fields, keys looked up in the indexes."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from typing import Any

from ..store import Record
from .calls import Answer, Call
from .coql import Criterion, Pair, Query, parse
from .fields import Field
from .org import INDEXED_TYPES, Org
from .reads import nothing, value_of
from .refusals import Refused, required
from .writes import need

NUMBERS = ("integer", "bigint", "double", "currency", "percent")
REFERENCES = ("lookup", "ownerlookup", "userlookup")
MAX_JOINS = 2
Test = Callable[[Record], bool]


def run(org: Org, call: Call) -> Answer:
    """POST /coql."""
    text = call.document().get("select_query")
    if not isinstance(text, str) or not text.strip():
        raise required("select_query", "$")
    query = parse(text)
    module = _module(org, query.module)
    need(org, module, "view")
    view = View(org, module)
    columns = [view.column(name) for name in query.columns]
    test = view.test(query.where)
    rows = [row for row in view.candidates(query.where) if view.visible(row, query.where) and test(row)]
    if query.counted:
        return Answer(200, {"data": [{f"COUNT({query.columns[0]})": len(rows)}], "info": _info(1, more=False)})
    _sort(view, rows, query)
    cut = rows[query.offset : query.offset + query.limit]
    info = _info(len(cut), more=query.offset + query.limit < len(rows))
    if not cut:
        return nothing(org, info)
    return Answer(200, {"data": [{**{c.name: c.shown(r) for c in columns}, "id": r["id"]} for r in cut], "info": info})


def _info(count: int, *, more: bool) -> dict[str, Any]:
    return {"count": count, "more_records": more}


def _module(org: Org, name: str) -> str:
    try:
        return org.module(name)
    except Refused as refused:
        raise Refused("INVALID_QUERY", "module given seems to be invalid", {"module_name": name}) from refused


def credits_of(text: Any) -> int:
    """1, 2 or 3 credits by the query's LIMIT; a text that cannot be read costs one."""
    try:
        limit = parse(text).limit if isinstance(text, str) else 0
    except Refused:
        limit = 0
    return 3 if limit > 1000 else 2 if limit > 200 else 1


class Column:
    """A field of the module or, as `Account_Name.Website`, of a record it points to."""

    def __init__(self, org: Org, module: str, name: str) -> None:
        self.org, self.name = org, name
        self.steps: list[tuple[str, Field]] = []
        *through, last = name.split(".")
        for step in through:
            field = _field(org, module, step, name)
            if field["data_type"] != "lookup" or len(through) > MAX_JOINS:
                raise _unknown(name)
            self.steps.append((module, field))
            module = field["lookup"]
        self.module, self.field = module, _field(org, module, last, name)

    def record(self, row: Record) -> Record | None:
        for _, field in self.steps:
            target = self.org.get(field["lookup"], (row.get(field["api_name"]) or {}).get("id"))
            if target is None:
                return None
            row = target
        return row

    def shown(self, row: Record) -> Any:
        record = self.record(row)
        if record is None:
            return None
        value = value_of(self.org, self.module, record, self.field, self.field["api_name"])
        return {"id": value["id"]} if self.field["data_type"] in REFERENCES and value else value

    def plain(self, row: Record) -> Any:
        """The value as it is compared: text without case, references by id, moments in UTC."""
        value = self.shown(row)
        if isinstance(value, dict):
            return value["id"]
        return comparable(self.field, value)


def _field(org: Org, module: str, name: str, full: str) -> Field:
    if name == "id":
        return {"api_name": "id", "data_type": "text", "field_label": "Id", "number": 0, "options": []}
    field = org.fields(module).get(name)
    if field is None:
        raise _unknown(full)
    return field


def _unknown(name: str) -> Refused:
    return Refused("INVALID_QUERY", "column given seems to be invalid", {"column_name": name})


def comparable(field: Field, value: Any) -> Any:
    if isinstance(value, str) and field["data_type"] == "datetime":
        try:
            return datetime.datetime.fromisoformat(value).timestamp()
        except ValueError:
            return value
    if isinstance(value, list):
        return [str(one).casefold() for one in value]
    return value.casefold() if isinstance(value, str) else value


class View:
    """One module as a query sees it."""

    def __init__(self, org: Org, module: str) -> None:
        self.org, self.module = org, module
        self._columns: dict[str, Column] = {}

    def column(self, name: str) -> Column:
        if name not in self._columns:
            self._columns[name] = Column(self.org, self.module, name)
        return self._columns[name]

    def visible(self, row: Record, where: Criterion | Pair) -> bool:
        """Converted leads show only when the query asks about the conversion."""
        if not row.get("$converted") or self.org.faults.converted_in_coql:
            return True
        return any(name.startswith("Converted") for name in self._columns)

    def candidates(self, where: Criterion | Pair) -> list[Record]:
        """A few records by index where the criteria allow it, else all; oldest first."""
        few = self._few(where)
        return self.org.all(self.module) if few is None else [few[one] for one in sorted(few)]

    def _few(self, where: Criterion | Pair) -> dict[str, Record] | None:
        """By id, the records that can fulfil the condition; None when no index tells."""
        if isinstance(where, Pair):
            left, right = self._few(where.left), self._few(where.right)
            if where.word == "or":
                return None if left is None or right is None else {**left, **right}
            if left is None or right is None:
                return right if left is None else left
            return left if len(left) <= len(right) else right
        if where.operator not in ("in", "="):
            return None
        values = where.value if where.operator == "in" else (where.value,)
        if where.column == "id":
            found = [self.org.get(self.module, str(value)) for value in values]
            return {row["id"]: row for row in found if row}
        column = self.column(where.column)
        indexed = self.org.store.indexed(self.module, where.column)
        if column.steps or not indexed or column.field["data_type"] not in INDEXED_TYPES:
            return None
        return {row["id"]: row for value in values for row in self.org.find_all(self.module, where.column, value)}

    def test(self, where: Criterion | Pair) -> Test:
        """The condition as a function of a record. Raises `Refused`."""
        if isinstance(where, Pair):
            left, right = self.test(where.left), self.test(where.right)
            if where.word == "and":
                return lambda row: left(row) and right(row)
            return lambda row: left(row) or right(row)
        column = self.column(where.column)
        if column.field["data_type"] == "textarea":
            raise Refused("INVALID_QUERY", "data type not supported", {"column_name": where.column})
        compare = _comparison(column.field, where)
        return lambda row: compare(column.plain(row))


def _comparison(field: Field, where: Criterion) -> Callable[[Any], bool]:
    operator, negated = where.operator.removeprefix("not "), where.operator.startswith("not ")
    if operator in ("is", "is not"):
        return lambda value: (value is None) == (operator == "is")
    if operator == "like":
        pattern = _pattern(str(where.value))
        return lambda value: (value is not None and bool(pattern.fullmatch(str(value)))) != negated
    if operator == "in":
        wanted = {_typed(field, where, one) for one in where.value}
        return lambda value: _among(value, wanted) != negated
    if operator == "between":
        low, high = (_typed(field, where, one) for one in where.value)
        return lambda value: (value is not None and low <= value <= high) != negated
    target = _typed(field, where, where.value)
    if operator in ("=", "!="):
        return lambda value: _among(value, {target}) == (operator == "=")
    ordered = {"<": lambda v: v < target, ">": lambda v: v > target, "<=": lambda v: v <= target,
               ">=": lambda v: v >= target}[operator]  # fmt: skip
    return lambda value: value is not None and ordered(value)


def _among(value: Any, wanted: set[Any]) -> bool:
    return bool(wanted & set(value)) if isinstance(value, list) else value in wanted


def _pattern(text: str) -> re.Pattern[str]:
    parts = [".*" if letter == "%" else re.escape(letter) for letter in text]
    return re.compile("".join(parts), re.IGNORECASE | re.DOTALL)


def _typed(field: Field, where: Criterion, value: Any) -> Any:
    """A literal as the field compares it. Raises `Refused`."""
    data_type = field["data_type"]
    ok = isinstance(value, str)
    if data_type == "boolean":
        ok = isinstance(value, bool)
    elif data_type in NUMBERS:
        ok = isinstance(value, (int, float)) and not isinstance(value, bool)
    elif data_type in REFERENCES or field["api_name"] == "id":
        ok, value = isinstance(value, (int, str)) and not isinstance(value, bool), str(value)
    elif data_type == "datetime" and ok:
        try:
            return datetime.datetime.fromisoformat(value).timestamp()
        except ValueError:
            ok = False
    if not ok:
        raise Refused("INVALID_QUERY", "value given seems to be invalid for the column", {"column_name": where.column})
    return comparable(field, value)


def _sort(view: View, rows: list[Record], query: Query) -> None:
    for name, descending in reversed(query.order):
        column = view.column(name)
        rows.sort(key=lambda row, c=column: _sortable(c.plain(row)), reverse=descending)  # type: ignore[misc]


def _sortable(value: Any) -> tuple[bool, Any]:
    return (value is not None, str(value) if isinstance(value, (list, dict)) else value if value is not None else 0)
