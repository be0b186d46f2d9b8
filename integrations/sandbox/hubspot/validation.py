"""Whether a value may stand in a property, and how HubSpot stores it: every value a string, dates normalised.

Texts and codes are those of recorded refusals (`validation_many_400`) and of refusals quoted in public issue threads.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from .refusals import error

MAX_TEXT = 65_536
LIFECYCLE = (
    "subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity", "customer", "evangelist",
    "other",
)  # fmt: skip

_EMAIL = re.compile(r"[^\s@<>(),;:\"\[\]\\]+@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+")
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)")
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_DAY_MS = 86_400_000


class Invalid(Exception):
    """A value that HubSpot does not take: the code and the sentence it gives."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def check(
    properties: Mapping[str, Any], definitions: Mapping[str, Mapping[str, Any]], *, portal_id: int
) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """The values as stored, and one fault for each that cannot be. Raises `Refusal` for a value that is no scalar."""
    clean: dict[str, str] = {}
    faults: list[dict[str, Any]] = []
    for name, raw in properties.items():
        value = as_text(name, raw)
        definition = definitions.get(name)
        if definition is None or definition["archived"]:
            faults.append(_fault(name, "PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist'))
            continue
        try:
            clean[name] = stored(value, definition)
        except Invalid as invalid:
            known = {"localizedErrorMessage": str(invalid), "propertyValue": value, "portalId": portal_id}
            faults.append(_fault(name, invalid.code, str(invalid)) | known)
    return clean, faults


def _fault(name: str, code: str, message: str) -> dict[str, Any]:
    return {"isValid": False, "message": message, "error": code, "name": name}


def as_text(name: str, raw: Any) -> str:
    if raw is None:
        return ""
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, (str, int, float)):
        return str(raw)
    kind = "Array" if isinstance(raw, list) else "Object"
    raise error(
        400,
        f"Invalid input JSON on line 1, column 1: Cannot deserialize value of type `java.lang.String` "
        f'from {kind} value (property "{name}")',
    )


def stored(value: str, definition: Mapping[str, Any]) -> str:
    """The value as HubSpot keeps it. Raises `Invalid`."""
    name = definition["name"]
    if definition["calculated"] or definition["modificationMetadata"]["readOnlyValue"]:
        raise Invalid("READ_ONLY_VALUE", f'"{name}" is a read only property; its value cannot be set.')
    if value == "":
        return ""
    if name == "email" and definition.get("hubspotDefined"):
        return _email(value)
    return _BY_TYPE.get(definition["type"], _text)(value, definition)


def _email(value: str) -> str:
    folded = value.strip().lower()
    if not _EMAIL.fullmatch(folded) or len(folded) > 254:
        raise Invalid("INVALID_EMAIL", f"Email address {value} is invalid")
    return folded


def _text(value: str, definition: Mapping[str, Any]) -> str:
    if len(value) > MAX_TEXT:
        # No recording shows this refusal; only the limit is documented.
        sentence = f'The value of property "{definition["name"]}" has {len(value)} characters, more than {MAX_TEXT}.'
        raise Invalid("INVALID_LENGTH", sentence)
    return value


def _number(value: str, definition: Mapping[str, Any]) -> str:
    if not _NUMBER.fullmatch(value):
        raise Invalid("INVALID_INTEGER", f"{value} was not a valid number.")
    return value.lstrip("+")


def _date(value: str, definition: Mapping[str, Any]) -> str:
    if _ISO_DAY.fullmatch(value):
        return moment_of(value).date().isoformat()
    moment = moment_of(value)
    milliseconds = round(moment.timestamp() * 1000)
    if milliseconds % _DAY_MS:
        raise Invalid(
            "INVALID_DATE", f"{value} is at {moment:%H:%M:%S}.{moment.microsecond // 1000:03} UTC, not midnight!"
        )
    return moment.date().isoformat()


def _datetime(value: str, definition: Mapping[str, Any]) -> str:
    return iso(moment_of(value))


def moment_of(value: str) -> datetime:
    try:
        if re.fullmatch(r"-?\d{1,15}", value):
            return datetime.fromtimestamp(int(value) / 1000, UTC)
        moment = datetime.fromisoformat(value)
    except (ValueError, OverflowError, OSError):
        raise Invalid("INVALID_LONG", f"{value} was not a valid long.") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _enumeration(value: str, definition: Mapping[str, Any]) -> str:
    if definition["externalOptions"]:
        return value
    allowed = {option["value"] for option in definition["options"]}
    chosen = [part for part in value.split(";") if part] if definition["fieldType"] == "checkbox" else [value]
    for part in chosen:
        if part not in allowed:
            raise Invalid("INVALID_OPTION", f"{part} was not one of the allowed options: [{_listed(definition)}]")
    return ";".join(dict.fromkeys(chosen))


def _bool(value: str, definition: Mapping[str, Any]) -> str:
    if value not in ("true", "false"):
        raise Invalid("INVALID_OPTION", f"{value} was not one of the allowed options: [true, false]")
    return value


def _listed(definition: Mapping[str, Any]) -> str:
    """Both spellings are on record; here HubSpot's own properties use the short one, custom ones the long one."""
    options = definition["options"]
    if definition.get("hubspotDefined"):
        return ", ".join(option["value"] for option in options)
    return ", ".join(
        f'label: "{o["label"]}"\nvalue: "{o["value"]}"\ndisplay_order: {o["displayOrder"]}\n'
        f"hidden: {str(o['hidden']).lower()}\nread_only: false\n"
        for o in options
    )


_BY_TYPE = {"number": _number, "date": _date, "datetime": _datetime, "enumeration": _enumeration, "bool": _bool}


def iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"


def may_follow(current: str | None, wanted: str) -> bool:
    """Whether the lifecycle stage may become `wanted`: forward only, or anything after it was cleared."""
    if not current or not wanted or current not in LIFECYCLE or wanted not in LIFECYCLE:
        return True
    return LIFECYCLE.index(wanted) >= LIFECYCLE.index(current)


def iso_of(seconds: float) -> str:
    """Seconds since 1970 as HubSpot writes moments."""
    return iso(datetime.fromtimestamp(seconds, UTC))
