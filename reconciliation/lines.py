"""Preview's lines: captured value, value to be sent, value in the CRM now, field by field. Pure; imports no Django."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from integrations.contract import FieldType, RecordWrite, RemoteField, RemoteObject
from integrations.planning import Answered, LeadSnapshot, Setup

CONSTANT, FALLBACK, MOBLY = "Constant", "Fallback", "Set by Mobly"


class Fate(enum.StrEnum):
    """What becomes of one remote field."""

    CREATE = "create"  # fills what is empty now
    UPDATE = "update"  # differs from what is there
    SAME = "same"  # sent, and there already
    SENT = "sent"  # sent; what is there now is not known
    KEPT = "kept"  # Write if Blank, and it is not blank
    LEFT = "left"  # not sent: the vendor's rules, or acknowledged before
    NEW_ONLY = "new_only"  # a fallback, for new records alone
    BLANK = "blank"  # no value, and a blank never clears
    STOPPED = "stopped"  # nothing of this lead is sent

    @property
    def changes(self) -> bool:
        return self in (Fate.CREATE, Fate.UPDATE, Fate.SENT)


@dataclass(frozen=True, slots=True)
class Line:
    """One remote field. `source` is the Mobly field or qualifier, or Constant, Fallback, Set by Mobly; the values are
    as people read them, empty where there is none.
    """

    source: str
    remote_field: str
    remote_label: str
    captured: str
    sent: str
    now: str
    fate: Fate
    at_fault: bool = False
    # The lead has no value: the one for new records goes.
    fallback: bool = False

    @property
    def from_lead(self) -> bool:
        return self.source not in (CONSTANT, FALLBACK, MOBLY)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one remote record: `sends` by remote field, `present` likewise. `new`: it will be created.
    `present` is None where nobody could look; `sends` is None where nothing is sent, for `at_fault` if that is told.
    """

    sends: Mapping[str, Any] | None
    present: Mapping[str, Any] | None = None
    new: bool = False
    at_fault: str = ""


def lines_of(
    lead: LeadSnapshot, setup: Setup, remote: RemoteObject, write: RecordWrite | None, known: Known
) -> list[Line]:
    """A line per mapped field of the object in the order of the mapping, then what goes there besides."""
    lines = []
    captured = dict(_captured(lead, setup, remote.name))
    planned = write or RecordWrite(remote.name)
    besides = [*planned.for_create(), *(known.sends or ())]
    for name in dict.fromkeys([*captured, *besides]):
        source, said = captured.get(name) or (_besides(planned, name), "")
        lines.append(_line(source, said, name, remote.fields.get(name), planned, known))
    return lines


def wanted_fields(setup: Setup, remote: RemoteObject, write: RecordWrite | None, sends: Iterable[str]) -> list[str]:
    """The fields of the object to read: whatever a line is about and the vendor still has."""
    mapped = [rule.remote_field for rule in setup.fields if rule.object == remote.name]
    mapped += [rule.remote_field for rule in setup.qualifiers if rule.object == remote.name]
    names = dict.fromkeys([*mapped, *(write.for_create() if write else ()), *sends])
    return [name for name in names if name in remote.fields]


def _captured(lead: LeadSnapshot, setup: Setup, object_name: str) -> Iterable[tuple[str, tuple[str, str]]]:
    for rule in setup.fields:
        if rule.object == object_name:
            yield rule.remote_field, (rule.label, shown(lead.values.get(rule.mobly_field)))
    for qualifier in setup.qualifiers:
        if qualifier.object == object_name:
            yield qualifier.remote_field, (qualifier.name, _answer(lead.answers.get(qualifier.qualifier_id)))


def _answer(answered: Answered | None) -> str:
    if answered is None:
        return ""
    return "; ".join(answered.values.values()) or answered.text


def _besides(planned: RecordWrite, name: str) -> str:
    if name in planned.values or name in planned.if_blank:
        return CONSTANT
    return FALLBACK if name in planned.on_create else MOBLY


def _line(
    source: str, captured: str, name: str, remote: RemoteField | None, planned: RecordWrite, known: Known
) -> Line:
    now = (known.present or {}).get(name)
    fate = _fate(name, remote, planned, known, now)
    value = (known.sends or {}).get(name)
    return Line(
        source,
        name,
        remote.label if remote else name,
        captured,
        shown(value, remote) if fate.changes or fate is Fate.SAME else "",
        shown(now, remote),
        fate,
        bool(known.at_fault) and known.at_fault == name,
        source not in (FALLBACK, CONSTANT) and name in planned.on_create and name in (known.sends or ()),
    )


def _fate(name: str, remote: RemoteField | None, planned: RecordWrite, known: Known, now: Any) -> Fate:
    if known.sends is None:
        return Fate.STOPPED
    if name in known.sends:
        if known.new:
            return Fate.CREATE
        if known.present is None:
            return Fate.SENT
        if same(known.sends[name], now, remote):
            return Fate.SAME
        return Fate.CREATE if not shown(now) else Fate.UPDATE
    if name in planned.values:
        return Fate.LEFT
    if name in planned.if_blank:
        return Fate.KEPT if shown(now) or known.present is None else Fate.LEFT
    return Fate.NEW_ONLY if name in planned.on_create else Fate.BLANK


# --- Values as people read them ---------------------------------------------------------------------------------------


def shown(value: Any, remote: RemoteField | None = None) -> str:
    """A value in words: options by their labels, a checkbox as Yes or No, a list joined by `; `."""
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return str(value.get("name") or value.get("value") or value.get("id") or "")
    if remote is not None and remote.type is FieldType.BOOLEAN and (truth := _truth(value)) is not None:
        return "Yes" if truth else "No"
    if remote is not None and remote.type in (FieldType.PICKLIST, FieldType.MULTI_PICKLIST):
        return "; ".join(_option(remote, part) for part in _parts(value, remote))
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list | tuple):
        return "; ".join(shown(part) for part in value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def same(sent: Any, present: Any, remote: RemoteField | None) -> bool:
    """Whether what is sent is there already, however the two are spelled on the wire."""
    if remote is None:
        return shown(sent) == shown(present)
    match remote.type:
        case FieldType.MULTI_PICKLIST:
            return set(_parts(sent, remote)) == set(_parts(present, remote))
        case FieldType.BOOLEAN:
            return bool(_truth(sent)) == bool(_truth(present))
        case FieldType.NUMBER:
            return _number(sent) == _number(present)
        case FieldType.DATE:
            return shown(sent)[:10] == shown(present)[:10]
        case FieldType.DATETIME:
            return _moment(sent) == _moment(present)
        case FieldType.EMAIL:
            return shown(sent).casefold() == shown(present).casefold()
    return shown(sent, remote) == shown(present, remote)


def _parts(value: Any, remote: RemoteField) -> list[str]:
    if value is None:
        return []
    if isinstance(value, str) and remote.type is FieldType.MULTI_PICKLIST:
        return [part.strip() for part in value.split(";") if part.strip()]
    parts = value if isinstance(value, list | tuple) else (value,)
    return [text for part in parts if (text := shown(part))]


def _option(remote: RemoteField, value: str) -> str:
    option = remote.option(value)
    return option.label if option else value


def _truth(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(str(value).strip().lower())


def _number(value: Any) -> float | str:
    try:
        return float(shown(value))
    except ValueError:
        return shown(value)


def _moment(value: Any) -> Any:
    try:
        moment = datetime.fromisoformat(shown(value))
    except ValueError:
        return shown(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
