"""Values of the admin's own: constants, which go into every record, and fallbacks for fields a new record may not lack.

A remote field takes one of them, and a constant only where no Mobly field or qualifier goes.
"""

from __future__ import annotations

from collections.abc import Container
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, URLValidator
from django.db import transaction
from django.utils import timezone

from integrations import audit, schema, values
from integrations.contract import FieldType, RemoteField, RemoteObject, WriteBehaviour
from integrations.mapping import taken_by
from integrations.meanwhile import MappingRefused, refuse_older
from integrations.models import Constant, Integration
from integrations.providers import provider_of
from integrations.types import HOLDER
from leads.models import Change, User

LONGEST = 10_000
# A record's id and what we do not know are nothing a person types.
_UNFIT = (FieldType.REFERENCE, FieldType.OTHER)


# --- Rules ------------------------------------------------------------------------------------------------------------


def takes_constants(remote: RemoteField) -> bool:
    return remote.writable and remote.type not in _UNFIT


def takes_fallback(remote: RemoteField) -> bool:
    return remote.creatable and remote.type not in _UNFIT


def free_fields(remote_object: RemoteObject, taken: Container[str]) -> list[RemoteField]:
    """The fields a new constant may go to, in the vendor's order."""
    return [remote for name, remote in remote_object.fields.items() if takes_constants(remote) and name not in taken]


def field_for(remote_object: RemoteObject, remote_field: str, *, fallback: bool) -> RemoteField:
    """The field of that name, where a value of one's own may go. Raises `MappingRefused` with the reason."""
    remote = remote_object.fields.get(remote_field)
    if remote is None:
        raise MappingRefused(
            f"{remote_object.label} has no field {remote_field}. Choose Refresh to read the fields again."
        )
    if fallback and not remote.creatable:
        raise MappingRefused(f"“{remote.label}” cannot be written in a new {remote_object.label}.")
    if not remote.writable:
        raise MappingRefused(f"“{remote.label}” is read-only for the connected user.")
    return remote


def checked(text: str, remote: RemoteField, *, vendor: str) -> str:
    """`text` as it is kept: in the kind the field takes, times with their zone, options joined by semicolons.

    Raises `MappingRefused` with the reason.
    """
    text = text.strip()
    if not text:
        raise MappingRefused(f"“{remote.label}” needs a value.")
    if len(text) > LONGEST or "\x00" in text:
        raise MappingRefused(f"A value has at most {LONGEST:,} characters, and no control characters.")
    if remote.type in _UNFIT:
        raise MappingRefused(f"{HOLDER[remote.type]} takes no value of your own.")
    try:
        fitted = values.fit(text, remote)
    except values.Unfit as unfit:
        raise MappingRefused(unfit.sentence.format(vendor=vendor)) from None
    if remote.type is FieldType.EMAIL:
        _validate(EmailValidator(), text, "is not an e-mail address. It looks like info@yourdomain.com.")
    elif remote.type is FieldType.URL:
        _validate(URLValidator(), text, "is not a web address. It looks like https://yourdomain.com.")
    return _kept(fitted, remote)


def _validate(validator: EmailValidator | URLValidator, text: str, problem: str) -> None:
    try:
        validator(text)
    except ValidationError:
        raise MappingRefused(f"“{text[:80]}” {problem}") from None


def _kept(fitted: object, remote: RemoteField) -> str:
    if isinstance(fitted, bool):
        return "true" if fitted else "false"
    if isinstance(fitted, tuple):
        return ";".join(dict.fromkeys(fitted))
    if remote.type is FieldType.DATETIME:
        moment = datetime.fromisoformat(str(fitted))
        return (timezone.make_aware(moment) if timezone.is_naive(moment) else moment).isoformat()
    return str(fitted)


def shown_value(value: str, remote: RemoteField | None) -> str:
    """A kept value as people read it: the labels of its options."""
    if remote is None:
        return value
    if remote.type is FieldType.BOOLEAN:
        return {"true": "Yes", "false": "No"}.get(value, value)
    if not remote.options:
        return value
    parts = value.split(";") if remote.type is FieldType.MULTI_PICKLIST else [value]
    options = [remote.option(part) for part in parts]
    return "; ".join(option.label if option else part for part, option in zip(parts, options, strict=True))


# --- Services ---------------------------------------------------------------------------------------------------------


def set_constant(
    *,
    integration: Integration,
    object_name: str,
    remote_field: str,
    value: str,
    by: User,
    behaviour: WriteBehaviour | None = None,
    fallback: bool = False,
    seen: str | None = None,
) -> Constant:
    """Give a remote field a value of one's own, in place of the one before; `behaviour` None leaves it as it is.

    `seen` is the state the form was shown (`integrations.meanwhile`). Raises `MappingRefused`, `ChangedMeanwhile`.
    """
    remote_object, remote = _field(integration, object_name, remote_field, fallback=fallback)
    text = checked(value, remote, vendor=provider_of(integration.provider).name)
    with transaction.atomic():
        _lock(integration)
        row = _row(integration, object_name, remote_field)
        kind = behaviour.value if behaviour else row.behaviour if row else WriteBehaviour.OVERWRITE.value
        if row is not None and (row.value, row.behaviour, row.fallback) == (text, kind, fallback):
            return row
        refuse_older(row, seen, by=by, holds=_holds(row, remote))
        _refuse_taken(integration, remote_object, remote, row, fallback)
        saved, _ = Constant.objects.update_or_create(
            integration=integration,
            object=object_name,
            remote_field=remote_field,
            defaults={"value": text, "behaviour": kind, "fallback": fallback, "updated_by": by},
        )
        _note(integration, by, remote_object, remote, row, saved)
    return saved


@transaction.atomic
def clear_constant(
    *, integration: Integration, object_name: str, remote_field: str, by: User, seen: str | None = None
) -> bool:
    """Take the value away; True when there was one. Raises `ChangedMeanwhile`."""
    _lock(integration)
    row = _row(integration, object_name, remote_field)
    if row is None:
        return False
    remote_object = schema.remote_objects(integration).get(object_name)
    remote = remote_object.fields.get(remote_field) if remote_object else None
    refuse_older(row, seen, by=by, holds=_holds(row, remote))
    _note(integration, by, remote_object, remote, row, None)
    row.delete()
    return True


# --- The parts --------------------------------------------------------------------------------------------------------


def _lock(integration: Integration) -> None:
    """As in `integrations.mapping`: the version's row lock puts all writers of one setup in order."""
    Integration.objects.filter(pk=integration.pk).setup_changed()


def _field(
    integration: Integration, object_name: str, remote_field: str, *, fallback: bool
) -> tuple[RemoteObject, RemoteField]:
    remote_object = schema.remote_objects(integration).get(object_name)
    if remote_object is None:
        raise MappingRefused(
            f"{object_name} is not an object of this integration. Choose Refresh to read the objects again."
        )
    return remote_object, field_for(remote_object, remote_field, fallback=fallback)


def _row(integration: Integration, object_name: str, remote_field: str) -> Constant | None:
    found = integration.constants.select_related("updated_by")
    return found.filter(object=object_name, remote_field=remote_field).first()


def _refuse_taken(
    integration: Integration, remote_object: RemoteObject, remote: RemoteField, row: Constant | None, fallback: bool
) -> None:
    if fallback:
        if row is not None and not row.fallback:
            raise MappingRefused(f"“{remote.label}” has a constant already, which no lead lacks. Clear that row first.")
        return
    holder = taken_by(
        integration.field_mappings.filter(object=remote_object.name),
        integration.qualifier_mappings.filter(object=remote_object.name).select_related("qualifier"),
    ).get(remote.name)
    if holder:
        raise MappingRefused(f"“{remote.label}” takes {holder} already. Clear that row first.")


def _holds(row: Constant | None, remote: RemoteField | None) -> str:
    if row is None:
        return ""
    shown = shown_value(row.value, remote)
    shown = shown if len(shown) <= 80 else f"{shown[:77]}…"
    return f"it is “{shown}” now" if row.fallback else f"it is “{shown}” now, {row.get_behaviour_display()}"


def _note(
    integration: Integration,
    by: User,
    remote_object: RemoteObject | None,
    remote: RemoteField | None,
    before: Constant | None,
    after: Constant | None,
) -> None:
    row = after or before
    if row is None:
        return
    place = remote_object.label if remote_object else row.object
    kind = "Fallback" if row.fallback else "Constant"
    audit.note(
        integration=integration,
        by=by,
        area=Change.Area.MAPPING,
        subject=f"{kind} for {audit.field_words(remote_object, row.remote_field)} on {place}",
        before=_told(before, remote),
        after=_told(after, remote),
    )


def _told(row: Constant | None, remote: RemoteField | None) -> str:
    if row is None:
        return "None"
    shown = shown_value(row.value, remote)
    return shown if row.fallback else f"{shown}, {row.get_behaviour_display()}"
