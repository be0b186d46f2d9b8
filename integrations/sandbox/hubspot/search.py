"""Search: filters, sorting and pages over the index, which lags behind the store."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from ..store import Record
from . import records
from .account import Account
from .calls import Answer, Call, texts_of
from .kinds import Kind
from .objects import kind_in
from .refusals import error

MOST = 10_000
PAGE_LIMIT = 200
MAX_GROUPS, MAX_FILTERS, MAX_ALL = 5, 6, 18
MAX_QUERY = 3000
DEFAULT_TEXT = {
    "contacts": ("firstname", "lastname", "email", "phone", "mobilephone", "company", "hs_additional_emails"),
    "companies": ("name", "domain", "website", "phone"),
}

Matcher = Callable[[Mapping[str, str]], bool]


def search(account: Account, call: Call, kind_name: str) -> Answer:
    """POST {type}/search: matches of any filter group, a page of them."""
    kind = kind_in(kind_name)
    body = call.object
    matches = _matcher(account, kind, body)
    rows = [row for row in account.searchable(kind) if matches(row["properties"])]
    _sort(rows, kind, body.get("sorts") or [])
    start, limit = _page(body)
    page = rows[start : start + limit]
    wanted = texts_of(body, "properties")
    answer: Record = {
        "total": len(rows),
        "results": [records.shown(kind, row, ui_url=call.base_url, wanted=wanted) for row in page],
    }
    if start + limit < len(rows):
        answer["paging"] = {"next": {"after": str(start + limit)}}
    return Answer(200, answer)


def _page(body: Mapping[str, Any]) -> tuple[int, int]:
    limit = body.get("limit") or 10
    if isinstance(limit, str) and limit.isdigit():
        limit = int(limit)
    if isinstance(limit, bool) or not isinstance(limit, int) or not 0 < limit <= PAGE_LIMIT:
        raise error(400, f"Invalid limit {limit}: it must be between 1 and {PAGE_LIMIT}.")
    after = str(body.get("after") or "0")
    if not after.isdigit():
        raise error(400, f"Invalid paging value: after={after}")
    if int(after) + limit > MOST:
        raise error(400, f"Search results are limited to {MOST}: after + limit is {int(after) + limit}.")
    return int(after), limit


def _matcher(account: Account, kind: Kind, body: Mapping[str, Any]) -> Matcher:
    groups = _groups(body.get("filterGroups") or body.get("filters") or [])
    definitions = account.definitions(kind)
    compiled = [[_compiled(row, definitions) for row in group] for group in groups]
    query = body.get("query") or ""
    if not isinstance(query, str) or len(query) > MAX_QUERY:
        raise error(400, f"The query may have at most {MAX_QUERY} characters.")
    words = query.casefold().split()
    names = DEFAULT_TEXT.get(kind.name, ())

    def matches(values: Mapping[str, str]) -> bool:
        if words:
            text = " ".join(values.get(name, "") for name in names).casefold()
            if not all(word in text for word in words):
                return False
        return not compiled or any(all(test(values) for test in group) for group in compiled)

    return matches


def _groups(rows: Any) -> list[list[Record]]:
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise error(400, "Invalid input JSON on line 1, column 1: filterGroups must be a list of objects")
    if rows and "propertyName" in rows[0]:
        rows = [{"filters": rows}]
    groups = [row.get("filters") or [] for row in rows]
    if not all(isinstance(group, list) and all(isinstance(row, dict) for row in group) for group in groups):
        raise error(400, "Invalid input JSON on line 1, column 1: filters must be a list of objects")
    if len(groups) > MAX_GROUPS or any(len(g) > MAX_FILTERS for g in groups) or sum(map(len, groups)) > MAX_ALL:
        raise error(
            400,
            f"A search takes at most {MAX_GROUPS} filter groups of {MAX_FILTERS} filters, {MAX_ALL} filters in all.",
        )
    return groups


def _compiled(row: Record, definitions: Mapping[str, Record]) -> Matcher:
    name, operator = row.get("propertyName"), row.get("operator")
    definition = definitions.get(name) if isinstance(name, str) else None
    if definition is None or definition["archived"]:
        raise error(400, f"There was a problem with the request: property {name} does not exist.")
    make = OPERATORS.get(operator) if isinstance(operator, str) else None
    if make is None:
        raise error(400, f"Invalid operator {operator}. Operators are {', '.join(OPERATORS)}.")
    return make(definition["name"], _comparable(definition["type"]), row)


def _comparable(type_name: str) -> Callable[[Any], Any]:
    """How values of a type compare: numbers and moments as numbers, options exactly, texts without regard to case."""
    if type_name == "number":
        return _as_number
    if type_name in ("date", "datetime"):
        return _as_milliseconds
    return (lambda value: str(value).casefold()) if type_name == "string" else str


def _as_number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _as_milliseconds(value: Any) -> float | None:
    if str(value).lstrip("-").isdigit():
        return float(value)
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000


def _one(row: Mapping[str, Any], key: str = "value") -> Any:
    if row.get(key) in (None, ""):
        raise error(400, f"operator {row['operator']} requires a value ({key})")
    return row[key]


def _many(row: Mapping[str, Any]) -> list[Any]:
    values = row.get("values")
    if not isinstance(values, list) or not values:
        raise error(400, f"operator {row['operator']} requires values")
    return values


def _equals(name: str, to: Callable[[Any], Any], row: Record) -> Matcher:
    wanted = to(_one(row))
    return lambda values: name in values and to(values[name]) == wanted


def _in(name: str, to: Callable[[Any], Any], row: Record) -> Matcher:
    # The documents ask for lower case in the values of a text property: others are never found.
    wanted = {value if isinstance(value, str) and to("A") == "a" else to(value) for value in _many(row)}
    return lambda values: name in values and to(values[name]) in wanted


def _not(make: Callable[..., Matcher]) -> Callable[..., Matcher]:
    def negated(name: str, to: Callable[[Any], Any], row: Record) -> Matcher:
        test = make(name, to, row)
        return lambda values: not test(values)

    return negated


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[..., Matcher]:
    def make(name: str, to: Callable[[Any], Any], row: Record) -> Matcher:
        bound = to(_one(row))

        def test(values: Mapping[str, str]) -> bool:
            value = to(values[name]) if name in values else None
            return value is not None and bound is not None and compare(value, bound)

        return test

    return make


def _between(name: str, to: Callable[[Any], Any], row: Record) -> Matcher:
    low, high = to(_one(row)), to(_one(row, "highValue"))

    def test(values: Mapping[str, str]) -> bool:
        value = to(values[name]) if name in values else None
        return None not in (value, low, high) and low <= value <= high

    return test


def _has(name: str, to: Callable[[Any], Any], row: Record) -> Matcher:
    return lambda values: bool(values.get(name))


def _contains(name: str, to: Callable[[Any], Any], row: Record) -> Matcher:
    """One word of the text, `*` standing for its rest."""
    wanted = str(_one(row)).casefold()

    def fits(word: str) -> bool:
        if wanted.endswith("*") and wanted.startswith("*") and len(wanted) > 1:
            return wanted[1:-1] in word
        if wanted.endswith("*"):
            return word.startswith(wanted[:-1])
        return word.endswith(wanted[1:]) if wanted.startswith("*") else word == wanted

    return lambda values: any(fits(word) for word in _words(values.get(name, "")))


def _words(text: str) -> set[str]:
    folded = text.casefold()
    parts = "".join(letter if letter.isalnum() else " " for letter in folded).split()
    return {folded, *folded.split(), *parts}


OPERATORS: dict[str, Callable[..., Matcher]] = {
    "EQ": _equals,
    "NEQ": _not(_equals),
    "LT": _ordered(lambda value, bound: value < bound),
    "LTE": _ordered(lambda value, bound: value <= bound),
    "GT": _ordered(lambda value, bound: value > bound),
    "GTE": _ordered(lambda value, bound: value >= bound),
    "BETWEEN": _between,
    "IN": _in,
    "NOT_IN": _not(_in),
    "HAS_PROPERTY": _has,
    "NOT_HAS_PROPERTY": _not(_has),
    "CONTAINS_TOKEN": _contains,
    "NOT_CONTAINS_TOKEN": _not(_contains),
}


def _sort(rows: list[Record], kind: Kind, sorts: Any) -> None:
    """By the one sort rule HubSpot takes (an object, or a text with a leading minus), else by creation."""
    if not isinstance(sorts, list) or len(sorts) > 1:
        raise error(400, "A search takes one sort rule.")
    name, down = kind.created, False
    if sorts and isinstance(sorts[0], dict):
        name, down = str(sorts[0].get("propertyName")), sorts[0].get("direction") == "DESCENDING"
    elif sorts:
        name, down = str(sorts[0]).removeprefix("-"), str(sorts[0]).startswith("-")
    rows.sort(key=lambda row: (row["properties"].get(name) is None, row["properties"].get(name) or ""), reverse=down)
