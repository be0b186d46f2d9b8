"""Constants and fallbacks as rows of the Mapping tab: what each holds, what control it is typed into, what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.text import slugify

from integrations.constants import checked, shown_value, takes_constants, takes_fallback
from integrations.contract import FieldType, Option, RemoteField, RemoteObject
from integrations.meanwhile import MappingRefused, state_of
from integrations.models import Constant
from integrations.types import badge

YES_OR_NO = (Option("true", "Yes"), Option("false", "No"))
_INPUTS = {
    FieldType.NUMBER: "number",
    FieldType.DATE: "date",
    FieldType.DATETIME: "datetime-local",
    FieldType.EMAIL: "email",
    FieldType.URL: "url",
    FieldType.PHONE: "tel",
}


@dataclass(frozen=True, slots=True)
class Control:
    """What a value is typed into. `kind`: `one` of the options, `several` of them, any text with them as `ideas`, or
    `text`, of the HTML type `input`. `value` is as the control wants it; `chosen` are the options ticked.
    """

    kind: str
    input: str = "text"
    value: str = ""
    chosen: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    length: int | None = None


def control_for(remote: RemoteField | None, value: str = "") -> Control:
    """An option that is gone stays in the list as long as it is the value."""
    if remote is None:
        return Control("text", value=value)
    options = YES_OR_NO if remote.type is FieldType.BOOLEAN else tuple(one for one in remote.options if one.active)
    several = remote.type is FieldType.MULTI_PICKLIST
    chosen = tuple(value.split(";")) if several and value else (value,) if value else ()
    if options and (several or remote.restricted or remote.type is FieldType.BOOLEAN):
        known = {option.value for option in options}
        gone = tuple(Option(part, shown_value(part, remote)) for part in chosen if part not in known)
        return Control("several" if several else "one", value=value, chosen=chosen, options=(*options, *gone))
    if options:
        return Control("ideas", value=value, options=options, length=remote.length)
    kind = _INPUTS.get(remote.type, "text")
    return Control("text", kind, _typed(value) if kind == "datetime-local" else value, length=remote.length)


def _typed(value: str) -> str:
    """A moment as an input of the browser takes it, in the time of the server."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return ""
    return (timezone.localtime(moment) if timezone.is_aware(moment) else moment).strftime("%Y-%m-%dT%H:%M")


@dataclass(frozen=True, slots=True)
class ConstantRow:
    """One remote field with a value of the admin's own, or one that a new record may not lack (`fallback`).

    `giver` is the label of what goes into the field otherwise. `tone` is `bad` when the value can no longer be sent;
    `note` says why.
    """

    object: str
    name: str
    remote: RemoteField | None
    constant: Constant | None = None
    fallback: bool = False
    giver: str = ""
    tone: str = ""
    note: str = ""

    @property
    def id(self) -> str:
        return constant_id(self.object, self.name, fallback=self.fallback)

    @property
    def label(self) -> str:
        return self.remote.label if self.remote else self.name

    @property
    def badge(self) -> str:
        return badge(self.remote) if self.remote else ""

    @property
    def state(self) -> str:
        return state_of(self.constant)

    @property
    def control(self) -> Control:
        return control_for(self.remote, self.constant.value if self.constant else "")

    @property
    def missing(self) -> bool:
        """No new record can be made: nothing goes into the field, and there is no fallback."""
        return self.fallback and not self.constant and not self.giver and bool(self.remote and self.remote.required)


def constant_id(object_name: str, field_name: str, *, fallback: bool) -> str:
    return slugify(f"{'fallback' if fallback else 'constant'}-{object_name}-{field_name}")


def constant_rows(remote: RemoteObject, constants: Iterable[Constant], vendor: str) -> list[ConstantRow]:
    return [_row(remote, row.remote_field, row, vendor) for row in constants if not row.fallback]


def fallback_rows(
    remote: RemoteObject, constants: Iterable[Constant], givers: Mapping[str, str], vendor: str
) -> list[ConstantRow]:
    """A row for each field that a new record may not lack, save those with a constant, and for what else has a
    fallback from before. `givers`: remote field -> label of what goes into it.
    """
    constants = list(constants)
    constant = {row.remote_field for row in constants if not row.fallback}
    kept = {row.remote_field: row for row in constants if row.fallback}
    required = [field.name for field in remote.required() if field.name not in constant and takes_fallback(field)]
    names = dict.fromkeys([*required, *kept])
    return [_row(remote, name, kept.get(name), vendor, fallback=True, giver=givers.get(name, "")) for name in names]


def _row(
    remote: RemoteObject, name: str, row: Constant | None, vendor: str, *, fallback: bool = False, giver: str = ""
) -> ConstantRow:
    field = remote.fields.get(name)
    note = _problem(field, name, row, vendor) if row else ""
    return ConstantRow(remote.name, name, field, row, fallback, giver, "bad" if note else "", note)


def _problem(field: RemoteField | None, name: str, row: Constant, vendor: str) -> str:
    """Why a value can no longer be sent, as a sentence; empty when it can."""
    if field is None:
        return f"{name} is gone, or no longer shown to the connected user. Clear this row."
    if not (takes_fallback(field) if row.fallback else takes_constants(field)):
        return f"“{field.label}” is read-only for the connected user. Give it edit access or clear this row."
    try:
        checked(row.value, field, vendor=vendor)
    except MappingRefused as refused:
        return refused.sentence
    return ""
