"""Values on their way in: type, length, options, form. One field and one value at a time; no records."""

from __future__ import annotations

import datetime
import re
from typing import Any

from .calls import Refused
from .ids import normal_id
from .schema import Field

EMAIL = re.compile(r"[^\s@,;:<>()\[\]\"]+@[^\s@,;:<>()\[\]\"]+\.[^\s@,;:<>()\[\]\".]{2,}")
NUMBERS = ("int", "double", "currency", "percent")
TEXTS = ("string", "textarea", "phone", "url", "email", "picklist", "multipicklist", "combobox", "encryptedstring")


def stamp(seconds: float) -> str:
    """A moment as the API shows it: `2026-05-06T11:29:35.000+0000`."""
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def moment(value: Any) -> datetime.datetime:
    """A date, datetime or ISO text as a moment in UTC. Raises ValueError."""
    if isinstance(value, datetime.datetime):
        found = value
    elif isinstance(value, datetime.date):
        found = datetime.datetime(value.year, value.month, value.day)
    else:
        found = datetime.datetime.fromisoformat(str(value))
    return found.replace(tzinfo=datetime.UTC) if found.tzinfo is None else found.astimezone(datetime.UTC)


def stored(field: Field, value: Any) -> Any:
    """The value as the account keeps it; blank text is null. Raises `Refused`."""
    if value is None:
        return None
    kind = field["type"]
    if kind == "boolean":
        return _boolean(field, value)
    if kind in NUMBERS:
        return _number(field, value)
    if kind in ("date", "datetime"):
        return _day_or_moment(field, value)
    if kind in ("reference", "id"):
        return _reference(field, value)
    return _text(field, value)


def wrong_kind(field: Field, value: Any) -> Refused:
    message = f"{field['label']}: value not of required type: {value}"
    return Refused("INVALID_TYPE_ON_FIELD_IN_RECORD", message, [field["name"]])


def _boolean(field: Field, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise wrong_kind(field, value)


def _number(field: Field, value: Any) -> int | float | None:
    if value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise wrong_kind(field, value)
    try:
        number = float(value)
    except ValueError as error:
        raise wrong_kind(field, value) from error
    whole = field["precision"] - field["scale"] if field["precision"] else field["digits"] or 9
    if abs(number) >= 10**whole:
        message = f"{field['label']}: value outside of valid range on numeric field: {value}"
        raise Refused("NUMBER_OUTSIDE_VALID_RANGE", message, [field["name"]])
    if field["type"] == "int":
        if number != int(number):
            raise wrong_kind(field, value)
        return int(number)
    return round(number, field["scale"]) if field["precision"] else number


def _day_or_moment(field: Field, value: Any) -> str | None:
    if value == "":
        return None
    try:
        if field["type"] == "date":
            return datetime.date.fromisoformat(str(value)[:10]).isoformat()
        return stamp(moment(value).timestamp())
    except (ValueError, OverflowError) as error:
        raise wrong_kind(field, value) from error


def _reference(field: Field, value: Any) -> str | None:
    if value == "":
        return None
    found = normal_id(value)
    if found is None:
        message = f"{field['label']}: id value of incorrect type: {value}"
        raise Refused("MALFORMED_ID", message, [field["name"]])
    return found


def _text(field: Field, value: Any) -> str | None:
    if isinstance(value, bool):
        value = "true" if value else "false"
    elif isinstance(value, (int, float)):
        value = str(value)
    elif not isinstance(value, str):
        raise wrong_kind(field, value)
    value = value.strip()
    if not value:
        return None
    label, name, kind = field["label"], [field["name"]], field["type"]
    if kind == "email" and not EMAIL.fullmatch(value):
        raise Refused("INVALID_EMAIL_ADDRESS", f"{label}: invalid email address: {value}", name)
    if kind in ("picklist", "multipicklist"):
        return _option(field, value)
    if field["length"] and len(value) > field["length"]:
        message = f"{label}: data value too large: {value} (max length={field['length']})"
        raise Refused("STRING_TOO_LONG", message, name)
    return value


def _option(field: Field, value: str) -> str:
    multiple = field["type"] == "multipicklist"
    parts = [part.strip() for part in value.split(";")] if multiple else [value]
    allowed = {option["value"].casefold(): option["value"] for option in field["picklistValues"] if option["active"]}
    kept = []
    for part in parts:
        known = allowed.get(part.casefold())
        if known is None and field["restrictedPicklist"]:
            message = f"{field['label']}: bad value for restricted picklist field: {part}"
            raise Refused("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, [field["name"]])
        if len(part) > (field["length"] or 255):
            message = f"{field['label']}: data value too large: {part} (max length={field['length'] or 255})"
            raise Refused("STRING_TOO_LONG", message, [field["name"]])
        kept.append(known if known and field["restrictedPicklist"] else part)
    return ";".join(kept)
