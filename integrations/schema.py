"""The remote schema as the vendor last described it, kept with its time. Nothing of it is a list in code."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from integrations.contract import FieldType, FurtherObject, Option, RemoteField, RemoteObject, Role
from integrations.drift import differences
from integrations.models import Integration, RemoteSchema
from integrations.providers import options_of, provider_of
from integrations.tokens import open_client
from leads.audit import note
from leads.models import Change, User


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh found: `changed` when anything differs from what was known."""

    objects: dict[str, RemoteObject]
    fetched_at: datetime
    changed: bool


def remote_objects(integration: Integration) -> dict[str, RemoteObject]:
    """The cached objects by API name, in the order of the Mapping tab; empty before the first connection. One query."""
    return {row.object: as_object(row) for row in integration.schemas.all()}


def further_objects(integration: Integration) -> tuple[FurtherObject, ...]:
    """The objects an admin added, in the order they were added."""
    return tuple(FurtherObject(row["name"], row["label"], row["ties"]) for row in integration.further_objects)


def refresh(*, integration: Integration, by: User | None = None) -> Refreshed:
    """Ask the vendor to describe its objects and keep the answer.

    `by` chose Refresh, or connected again: what differs from before is written down. Elsewhere it follows from
    something that is told itself. Raises `ProviderError`; then the old schema stays.
    """
    provider = provider_of(integration.provider)
    options = options_of(provider, integration.options)
    client, further = open_client(integration), further_objects(integration)
    described = provider.describe(client, options)
    if provider.further is not None and further:
        described += provider.further.describe(client, further)
    return store(integration=integration, objects=described, by=by)


@transaction.atomic
def store(*, integration: Integration, objects: list[RemoteObject], by: User | None = None) -> Refreshed:
    """Replace the cached schema by `objects`, which are in the order of the Mapping tab."""
    now = timezone.now()
    known = remote_objects(integration)
    rows = [as_row(integration, remote, position, now) for position, remote in enumerate(objects)]
    RemoteSchema.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["integration", "object"],
        update_fields=[
            "label",
            "plural",
            "role",
            "position",
            "readable",
            "creatable",
            "updatable",
            "fields",
            "fetched_at",
        ],
    )
    integration.schemas.exclude(object__in=[remote.name for remote in objects]).delete()
    found = {remote.name: remote for remote in objects}
    changed = known != found
    if changed:
        Integration.objects.filter(pk=integration.pk).setup_changed()
        if by is not None and known:
            _note(integration, by, differences(known, found))
    return Refreshed(found, now, changed)


def _note(integration: Integration, by: User, told: str) -> None:
    note(
        organization=integration.organization,
        by=by,
        area=Change.Area.MAPPING,
        subject=f"Fields read from {provider_of(integration.provider).name}",
        after=told,
        provider=integration.provider,
    )


def put(*, integration: Integration, remote: RemoteObject) -> None:
    """Keep one further object beside those that are known, last; the caller's transaction, and its setup version."""
    standing = integration.schemas.filter(object=remote.name).first()
    last = max(integration.schemas.values_list("position", flat=True), default=-1)
    row = as_row(integration, remote, standing.position if standing else last + 1, timezone.now())
    row.pk = standing.pk if standing else None
    row.save()


# --- Between the contract and the column ------------------------------------------------------------------------------


def as_row(integration: Integration, remote: RemoteObject, position: int, now: datetime) -> RemoteSchema:
    return RemoteSchema(
        integration=integration,
        object=remote.name,
        label=remote.label,
        plural=remote.plural,
        role=remote.role.value,
        position=position,
        readable=remote.readable,
        creatable=remote.creatable,
        updatable=remote.updatable,
        fields=[asdict(field) for field in remote.fields.values()],
        fetched_at=now,
    )


def as_object(row: RemoteSchema) -> RemoteObject:
    fields = (_as_field(plain) for plain in row.fields)
    return RemoteObject(
        name=row.object,
        label=row.label,
        plural=row.plural,
        role=Role(row.role),
        fields={field.name: field for field in fields},
        readable=row.readable,
        creatable=row.creatable,
        updatable=row.updatable,
    )


def _as_field(plain: dict[str, Any]) -> RemoteField:
    return RemoteField(
        **{
            **plain,
            "type": FieldType(plain["type"]),
            "options": tuple(Option(**option) for option in plain["options"]),
        }
    )
