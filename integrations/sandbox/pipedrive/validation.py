"""The strict bodies of v2: every key known, every type as it should be, nothing taken for something else."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from ..store import Record
from .refusals import invalid, not_allowed, unknown

MAX_VARCHAR = 255
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d([Zz]|[+-]\d\d:\d\d)")
_TIME = re.compile(r"([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?")

Rule = Callable[[Any], Any]


class Invalid(Exception):
    """A value that cannot be, with the end of the sentence about it."""


def checked(body: Mapping[str, Any], rules: Mapping[str, Rule]) -> Record:
    """The body with every value as it is kept. Raises `Refusal` 400 with all faults at once."""
    clean, faults = _sifted(body, rules)
    if faults:
        raise invalid(faults)
    return clean


def _sifted(body: Mapping[str, Any], rules: Mapping[str, Rule]) -> tuple[Record, list[str]]:
    faults: list[str] = []
    clean: Record = {}
    for key, value in body.items():
        try:
            if key not in rules:
                raise Faults([not_allowed(key)])
            clean[key] = rules[key](value)
        except Invalid as fault:
            faults.append(f"{key}: {fault}")
        except Faults as several:
            faults += several.sentences
    return clean, faults


class Faults(Exception):
    """Several faults inside one value, as finished sentences."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__("; ".join(sentences))
        self.sentences = sentences


def kind_of(value: Any) -> str:
    for kind, name in ((bool, "boolean"), ((int, float), "number"), (str, "string"), (list, "array"), (dict, "object")):
        if isinstance(value, kind):
            return name
    return "null"


def _expected(what: str, value: Any) -> Invalid:
    return Invalid(f"Expected {what}, received {kind_of(value)}")


def integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _expected("number", value)
    return value


def number(value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _expected("number", value)
    return value


def boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _expected("boolean", value)
    return value


def text(value: Any) -> str:
    if not isinstance(value, str):
        raise _expected("string", value)
    return value


def varchar(value: Any) -> str:
    if len(text(value)) > MAX_VARCHAR:
        raise Invalid(f"String must contain at most {MAX_VARCHAR} character(s)")
    return str(value)


def filled(value: Any) -> str:
    if not varchar(value).strip():
        raise Invalid("String must contain at least 1 character(s)")
    return str(value)


def moment(value: Any) -> str:
    """RFC 3339 in whole seconds, kept in UTC; milliseconds are refused."""
    if not _MOMENT.fullmatch(text(value)):
        raise Invalid(f"'{value}' is not a valid datetime")
    try:
        told = datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid(f"'{value}' is not a valid datetime") from None
    return f"{told:%Y-%m-%dT%H:%M:%SZ}"


def day(value: Any) -> str:
    try:
        if len(text(value)) != 10:
            raise ValueError
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise Invalid(f"'{value}' is not a valid date") from None


def clock_time(value: Any) -> str:
    if not _TIME.fullmatch(text(value)):
        raise Invalid(f"'{value}' is not a valid time")
    return str(value)


def or_null(rule: Rule) -> Rule:
    """Null clears the value."""
    return lambda value: None if value is None else rule(value)


def one_of(*allowed: Any) -> Rule:
    def rule(value: Any) -> Any:
        if isinstance(value, bool) or value not in allowed:
            raise Invalid(f"Expected one of {', '.join(map(str, allowed))}, received {value!r}")
        return value

    return rule


def object_of(rules: Mapping[str, Rule], *needed: str) -> Rule:
    def rule(value: Any) -> Record:
        if not isinstance(value, dict):
            raise _expected("object", value)
        for key in needed:
            if value.get(key) is None:
                raise Invalid(f"'{key}' is required")
        strange = [key for key in value if key not in rules]
        if strange:
            raise Faults([not_allowed(key) for key in strange])
        return {key: rules[key](part) for key, part in value.items()}

    return rule


def list_of(rule: Rule) -> Rule:
    def many(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise _expected("array", value)
        return [rule(part) for part in value]

    return many


_CONTACT = object_of({"value": varchar, "label": or_null(varchar), "primary": boolean}, "value")


def contacts(value: Any) -> list[Record]:
    """E-mails or phones: the first is primary unless one says so; two that say so are refused."""
    rows: list[Record] = [] if value is None else list_of(_CONTACT)(value)
    if sum(row.get("primary", False) for row in rows) > 1:
        raise Invalid("Only one item can be marked as primary")
    chosen = any(row.get("primary") for row in rows)
    return [
        {
            "label": row.get("label") or "work",
            "value": row["value"],
            "primary": row.get("primary", False) if chosen else place == 0,
        }
        for place, row in enumerate(rows)
    ]


ADDRESS_PARTS = ("value", "country", "admin_area_level_1", "admin_area_level_2", "locality", "sublocality", "route",
                 "street_number", "subpremise", "postal_code")  # fmt: skip


def address(value: Any) -> Record | None:
    """Parts that are not given become null."""
    if value is None:
        return None
    given = object_of(dict.fromkeys(ADDRESS_PARTS, or_null(text)), "value")(value)
    return {part: given.get(part) for part in ADDRESS_PARTS}


# Custom fields


def chosen_ids(options: list[Record]) -> Rule:
    """Ids of options, each once."""
    known = [row["id"] for row in options]
    pick = list_of(one_of(*known))
    return lambda value: list(dict.fromkeys(pick(value)))


def _set_of(options: list[Record]) -> Rule:
    def rule(value: Any) -> list[int]:
        if value == []:
            raise Invalid("Array must contain at least 1 element(s); use null to clear the value")
        return chosen_ids(options)(value)

    return rule


_MONEY = object_of({"value": number, "currency": text}, "value", "currency")
_SPAN = object_of({"value": day, "until": day}, "value")
_AT = object_of({"value": clock_time, "timezone_name": or_null(text)}, "value")
_BETWEEN = object_of({"value": clock_time, "until": clock_time, "timezone_name": or_null(text)}, "value")
_BY_TYPE: dict[str, Rule] = {
    "varchar": varchar, "varchar_auto": varchar, "text": text, "phone": text, "double": number, "monetary": _MONEY,
    "date": day, "daterange": _SPAN, "time": _AT, "timerange": _BETWEEN, "address": address, "user": integer,
    "org": integer, "people": integer,
}  # fmt: skip


def custom_rule(field: Mapping[str, Any]) -> Rule:
    """How a value of the custom field must look; null clears it."""
    if field["field_type"] == "enum":
        return or_null(one_of(*[row["id"] for row in field["options"]]))
    if field["field_type"] == "set":
        return or_null(_set_of(field["options"]))
    return or_null(_BY_TYPE[field["field_type"]])


def custom_values(fields: Mapping[str, Record]) -> Rule:
    """The `custom_fields` of a body. Raises `Refusal` 500 for one nested wrongly, as the real one does."""

    def rule(value: Any) -> Record:
        if not isinstance(value, dict) or isinstance(value.get("custom_fields"), (dict, list)):
            raise unknown()
        clean, faults = _sifted(value, {code: custom_rule(field) for code, field in fields.items() if code in value})
        if faults:
            raise Faults(faults)
        return clean

    return rule
