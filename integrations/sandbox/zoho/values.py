"""One value against its field: what Zoho takes, and in which form it keeps it."""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING, Any

from .fields import Field, length_of
from .refusals import INVALID_ID, of_field, wrong_type

if TYPE_CHECKING:
    from .org import Org

EMAIL = re.compile(r"[^\s@<>(),;:\"\[\]]+@[^\s@<>(),;:\"\[\]]+\.[^\s@.<>(),;:\"\[\]]{2,}")
PHONE = re.compile(r"[\w\s+().,;#/-]+")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)")
DAY = re.compile(r"\d{4}-\d\d-\d\d")
WHOLE_DIGITS = {"integer": 9, "bigint": 18}


def checked(org: Org, field: Field, value: Any, at: str) -> Any:
    """The value as it is kept; None clears the field. Raises `Refused`."""
    if value is None:
        return None
    return CHECKS[field["data_type"]](org, field, value, at)


def _text(org: Org, field: Field, value: Any, at: str) -> Any:
    if field.get("json_type") == "jsonarray":
        return _tags(org, field, value, at)
    if not isinstance(value, str):
        raise wrong_type(field["api_name"], at, "string")
    if len(value) > length_of(field):
        raise of_field("INVALID_DATA", "invalid data", field["api_name"], at, maximum_length=length_of(field))
    return value or None


def _email(org: Org, field: Field, value: Any, at: str) -> Any:
    value = _text(org, field, value, at)
    if value is not None and not EMAIL.fullmatch(value):
        raise wrong_type(field["api_name"], at, "email")
    return value


def _phone(org: Org, field: Field, value: Any, at: str) -> Any:
    value = _text(org, field, value, at)
    if value is not None and not PHONE.fullmatch(value):
        raise wrong_type(field["api_name"], at, "phone")
    return value


def _website(org: Org, field: Field, value: Any, at: str) -> Any:
    value = _text(org, field, value, at)
    if value is not None and re.search(r"\s", value):
        raise wrong_type(field["api_name"], at, "website")
    return value


def _tags(org: Org, field: Field, value: Any, at: str) -> Any:
    if not isinstance(value, list):
        raise wrong_type(field["api_name"], at, "jsonarray")
    if not all(isinstance(tag, dict) and isinstance(tag.get("name"), str) for tag in value):
        raise wrong_type(field["api_name"], at, "jsonobject")
    return [{"name": tag["name"]} for tag in value] or None


def _boolean(org: Org, field: Field, value: Any, at: str) -> Any:
    if not isinstance(value, bool):
        raise wrong_type(field["api_name"], at, "boolean")
    return value


def _whole(org: Org, field: Field, value: Any, at: str) -> Any:
    if isinstance(value, str) and field["data_type"] == "bigint" and re.fullmatch(r"-?\d+", value):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise wrong_type(field["api_name"], at, "integer" if field["data_type"] == "integer" else "long")
    digits = WHOLE_DIGITS[field["data_type"]]
    if abs(value) >= 10**digits:
        raise of_field("INVALID_DATA", "invalid data", field["api_name"], at, maximum_length=digits)
    return value


def _decimal(org: Org, field: Field, value: Any, at: str) -> Any:
    if not isinstance(value, (int, float)) or isinstance(value, bool) or abs(value) >= 10 ** length_of(field):
        raise wrong_type(field["api_name"], at, "double")
    return value


def _day(org: Org, field: Field, value: Any, at: str) -> Any:
    try:
        if isinstance(value, str) and DAY.fullmatch(value):
            return datetime.date.fromisoformat(value).isoformat()
    except ValueError:
        pass  # a day that the calendar lacks is refused like any other text
    raise wrong_type(field["api_name"], at, "date")


def _moment(org: Org, field: Field, value: Any, at: str) -> Any:
    try:
        if isinstance(value, str) and MOMENT.fullmatch(value):
            return org.place.moment(datetime.datetime.fromisoformat(value).timestamp())
    except (ValueError, OverflowError):
        pass  # such as the 31st of February
    raise wrong_type(field["api_name"], at, "datetime")


def _option(org: Org, field: Field, value: Any, at: str) -> Any:
    if not isinstance(value, str):
        raise wrong_type(field["api_name"], at, "picklist")
    _listed(org, field, [value], at)
    return None if value in ("", "-None-") else value


def _options(org: Org, field: Field, value: Any, at: str) -> Any:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise wrong_type(field["api_name"], at, "jsonarray")
    _listed(org, field, value, at)
    return list(dict.fromkeys(value)) or None


def _listed(org: Org, field: Field, values: list[str], at: str) -> None:
    """An admin may rename an option: writes take its actual value, not the one shown."""
    known = [actual for _, actual in field["options"]]
    if not org.faults.any_option and any(value and value not in known for value in values):
        raise of_field("INVALID_DATA", "invalid data", field["api_name"], at, supported_values=known)


def _lookup(org: Org, field: Field, value: Any, at: str) -> Any:
    if not isinstance(value, dict):
        raise wrong_type(field["api_name"], at, "jsonobject")
    if org.get(field["lookup"], value.get("id")) is None:
        raise of_field("INVALID_DATA", INVALID_ID, "id", f"{at}.{field['api_name']}")
    return {"id": str(value["id"])}


def _person(org: Org, field: Field, value: Any, at: str) -> Any:
    if not isinstance(value, dict):
        raise wrong_type(field["api_name"], at, "jsonobject")
    person_id = str(value.get("id", ""))
    if org.place.person(person_id) is None:
        raise of_field("INVALID_DATA", INVALID_ID, "id", f"{at}.{field['api_name']}")
    return {"id": person_id}


CHECKS = {
    "text": _text, "textarea": _text, "email": _email, "phone": _phone, "website": _website, "boolean": _boolean,
    "integer": _whole, "bigint": _whole, "double": _decimal, "currency": _decimal, "percent": _decimal, "date": _day,
    "datetime": _moment, "picklist": _option, "multiselectpicklist": _options, "lookup": _lookup,
    "ownerlookup": _person, "userlookup": _person,
}  # fmt: skip
