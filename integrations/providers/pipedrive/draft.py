"""One record as it shall be: what stands there, and what leads bring, merged as Pipedrive asks for it.

Pipedrive replaces its lists (e-mails, phones, labels, options of a multi-option field) whole, so they are sent with
what others put there. Types are strict: option ids are numbers, numbers are numbers. A blank never clears, and what
stands there already is not sent again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from integrations.contract import RecordWrite
from integrations.providers.pipedrive.schema import (
    ADDRESS,
    EMAILS,
    EMAILS_HOME,
    FIRST_NAME,
    LABEL_IDS,
    LAST_NAME,
    NAME,
    ORGANIZATION,
    ORGANIZATIONS,
    OWNER,
    PHONES,
    PHONES_OTHER,
    Definition,
    field_type,
)

# part of our names -> the list it stands in, and its label there.
LISTS = {
    EMAILS: (EMAILS, "work"),
    EMAILS_HOME: (EMAILS, "home"),
    PHONES: (PHONES, "work"),
    PHONES_OTHER: (PHONES, "other"),
}
_WHOLE = re.compile(r"[+-]?\d+")


class Draft:
    """A record in the making. `present` is what was read of it, None for a new one."""

    def __init__(self, kind: str, definitions: Mapping[str, Definition], present: Mapping[str, Any] | None) -> None:
        self.kind = kind
        self.definitions = definitions
        self.present: Mapping[str, Any] = present or {}
        self._now: dict[str, Any] = {}
        self._custom: dict[str, Any] = {}
        self._parts: dict[str, str] = {}

    def put(self, write: RecordWrite) -> None:
        """What one lead brings."""
        for name, value in self.given(write).items():
            # Another lead of the same record may have said it already.
            fallback = name in write.on_create and name not in write.values and name not in write.if_blank
            if not (fallback and self.value_of(name)):
                self._set(name, value)

    def given(self, write: RecordWrite) -> dict[str, Any]:
        """The values of a write that are wanted here: all for a new record, else what overwrites or fills a blank."""
        new = not self.present
        given = write.for_create() if new else {**write.values, **self._blanks(write.if_blank)}
        return {name: value for name, value in given.items() if not _blank(value)}

    def outcome(self, write: RecordWrite) -> dict[str, Any]:
        """What stands in the fields of a write once the draft is sent, by our names; lists as they are merged."""
        body = self.body()
        custom = {**(self.present.get("custom_fields") or {}), **body.get("custom_fields", {})}
        after = {**self.present, **body, "custom_fields": custom}
        return {name: self._parts.get(name) or plain(self.kind, after, name) for name in self.given(write)}

    def link(self, organization_id: str) -> None:
        if str(self.present.get(ORGANIZATION) or "") != organization_id:
            self._now[ORGANIZATION] = int(organization_id)

    def own(self, user_id: int) -> None:
        """Who a new record belongs to, where no mapping says it."""
        self._now.setdefault(OWNER, user_id)

    def tick(self, name: str, option_id: str) -> None:
        """One option more of a field that takes several."""
        self._set(name, (option_id,))

    def body(self) -> dict[str, Any]:
        """What to send: all of a new record, of another only what differs."""
        now = {**({NAME: self._whole_name()} if self._parts else {}), **self._now}
        changed = {name: value for name, value in now.items() if not _same(self.present.get(name), value)}
        custom = {name: value for name, value in self._custom.items() if not _same(self._stands(name), value)}
        return {**changed, **({"custom_fields": custom} if custom else {})}

    def value_of(self, name: str) -> str:
        """What we sent in a field, as a text."""
        found = self._custom.get(name, self._parts.get(name, self._now.get(LISTS.get(name, (name, ""))[0])))
        return "" if found is None else str(_read(found))

    # -- one value

    def _set(self, name: str, value: Any) -> None:
        if name in LISTS and self.kind != ORGANIZATIONS:
            self._add(*LISTS[name], value, primary=name in (EMAILS, PHONES))
        elif name == LABEL_IDS:
            self._now[LABEL_IDS] = _merged(self._now.get(LABEL_IDS, self.present.get(LABEL_IDS)), value)
        elif name in (FIRST_NAME, LAST_NAME) and self.kind != ORGANIZATIONS:
            self._rename(name, str(value).strip())
        elif name == OWNER:
            self._now[OWNER] = _number(value)
        elif name == ADDRESS and self.kind == ORGANIZATIONS:
            self._now[ADDRESS] = {"value": str(value)}
        elif not self._is_custom(name):
            self._now[name] = value
        elif field_type(name, self.definitions.get(name)) == "set":
            self._custom[name] = _merged(self._custom.get(name, self._stands(name)), value)
        else:
            definition = self.definitions.get(name) or {}
            self._custom[name] = wire(field_type(name, definition), value, self._stands(name), definition)

    def _is_custom(self, name: str) -> bool:
        definition = self.definitions.get(name)
        return bool(definition.get("is_custom_field")) if definition else len(name) == 40

    def _stands(self, name: str) -> Any:
        custom = self.present.get("custom_fields")
        return custom.get(name) if isinstance(custom, dict) else None

    def _blanks(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in values.items() if not self._filled(name)}

    def _filled(self, name: str) -> bool:
        if name in LISTS and self.kind != ORGANIZATIONS:
            key, label = LISTS[name]
            rows = _entries(self.present.get(key))
            return any(name == key or row.get("label") == label for row in rows)
        if name in (FIRST_NAME, LAST_NAME) and self.kind != ORGANIZATIONS:
            return bool(self._names()[name])
        found = self._stands(name) if self._is_custom(name) else self.present.get(name)
        return not _blank(found.get("value") if isinstance(found, dict) else found)

    def _names(self) -> dict[str, str]:
        """First and last name as they stand. Pipedrive splits a whole name at its first blank."""
        first, last = (str(self.present.get(part) or "").strip() for part in (FIRST_NAME, LAST_NAME))
        if not first and not last:
            first, _, last = str(self.present.get(NAME) or "").strip().partition(" ")
        return {FIRST_NAME: first, LAST_NAME: last}

    def _rename(self, part: str, value: str) -> None:
        self._parts[part] = value

    def _whole_name(self) -> str:
        """The parts go out as one name: only that is in every version of Pipedrive's own description."""
        given = _joined(self._parts)
        # Pipedrive made a first name of a last name that came alone; it is the same name all the same.
        return given if given == self.present.get(NAME) else _joined({**self._names(), **self._parts})

    def _add(self, key: str, label: str, value: Any, *, primary: bool) -> None:
        rows = [dict(row) for row in self._now.get(key) or _entries(self.present.get(key))]
        values = [value] if primary or key == EMAILS else str(value).split(";")
        for one in (str(part).strip() for part in values):
            if not one or any(_alike(key, row.get("value"), one) for row in rows):
                continue
            new = {"value": one, "label": label, "primary": primary or not rows}
            if new["primary"]:
                rows = [{**row, "primary": False} for row in rows]
            rows = [new, *rows] if primary else [*rows, new]
        if rows:
            self._now[key] = rows


def _joined(parts: Mapping[str, str]) -> str:
    return " ".join(part for part in (parts.get(FIRST_NAME, ""), parts.get(LAST_NAME, "")) if part)


def wire(vendor_type: str, value: Any, standing: Any = None, definition: Mapping[str, Any] | None = None) -> Any:
    """One value as Pipedrive's strict types want it. An amount keeps the currency it stands in, a time its zone."""
    match vendor_type:
        case "monetary":
            kept = standing.get("currency") if isinstance(standing, dict) else ""
            return {"value": _amount(value), "currency": kept or (definition or {}).get("currency", "")}
        case "daterange" | "timerange":
            start, _, end = _text(value).partition("/")
            return {"value": start.strip(), "until": end.strip() or start.strip(), **_zone(standing)}
        case "time":
            return {"value": _text(value).strip(), **_zone(standing)}
        case "enum" | "user" | "org" | "people":
            return _number(value)
        case "double" | "int":
            return _amount(value)
        case "boolean":
            return bool(value)
        case "address":
            return {"value": str(value)}
        case _:
            return _text(value)


def _amount(value: Any) -> Any:
    return value if isinstance(value, int | float) else _number(value)


def _zone(standing: Any) -> dict[str, Any]:
    zone = standing.get("timezone_name") if isinstance(standing, dict) else None
    return {"timezone_name": zone} if zone else {}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple | list):
        return "; ".join(str(part) for part in value)
    return str(value)


def _number(value: Any) -> Any:
    """An option's id as a number; what is none goes as it is, and Pipedrive says what is wrong with it."""
    said = value[0] if isinstance(value, tuple | list) and len(value) == 1 else value
    return int(said) if isinstance(said, str) and _WHOLE.fullmatch(said) else said


def _merged(standing: Any, value: Any) -> list[Any]:
    """Options that stand and those that come, each once."""
    come = value if isinstance(value, tuple | list) else (value,)
    stand = standing if isinstance(standing, list) else [] if standing is None else [standing]
    return list(dict.fromkeys([*stand, *(_number(one) for one in come)]))


def _entries(rows: Any) -> list[dict[str, Any]]:
    """The e-mails or phones that say something; Pipedrive keeps an empty one where there is none."""
    listed = [row for row in rows if isinstance(row, dict) and row.get("value")] if isinstance(rows, list) else []
    return [{key: row[key] for key in ("value", "label", "primary") if row.get(key) is not None} for row in listed]


def _alike(key: str, one: Any, other: str) -> bool:
    """The same e-mail whatever its case; the same number however it is grouped."""
    if key == EMAILS:
        return str(one).strip().lower() == other.lower()
    return _digits(one) == _digits(other)


def _digits(said: Any) -> str:
    found = re.sub(r"[^\d+]", "", str(said or ""))
    return found or str(said or "").strip().lower()


def _blank(value: Any) -> bool:
    return value is None or value in ((), [], {}) or (isinstance(value, str) and not value.strip())


def _same(present: Any, value: Any) -> bool:
    if isinstance(value, dict) and isinstance(present, dict):
        return all(present.get(part) == said for part, said in value.items())
    if isinstance(value, list) and isinstance(present, list):
        if value and isinstance(value[0], dict):
            return _entries(present) == _entries(value)
        return set(map(str, present)) == set(map(str, value))
    return bool(present == value) and isinstance(present, bool) == isinstance(value, bool)


def plain(kind: str, record: Mapping[str, Any], name: str) -> Any:
    """One of our fields as it stands in a record, as people read it: texts, numbers, lists of option ids as texts."""
    if name in LISTS and kind != ORGANIZATIONS:
        key, label = LISTS[name]
        rows = _entries(record.get(key))
        if name == key:
            first = next((row for row in rows if row.get("primary")), rows[0] if rows else {})
            return first.get("value")
        return "; ".join(str(row["value"]) for row in rows if row.get("label") == label) or None
    custom = record.get("custom_fields")
    found = custom.get(name) if isinstance(custom, dict) and name in custom else record.get(name)
    found = _read(found)
    return [str(one) for one in found] if isinstance(found, list) else found


def _read(found: Any) -> Any:
    """A value of several parts as people write it: an amount, a day, or two with a slash between them."""
    if not isinstance(found, dict):
        return found
    start, end = found.get("value"), found.get("until")
    return f"{start}/{end}" if end and end != start else start
