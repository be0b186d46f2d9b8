"""Further objects of a mapping: which could be added, adding one with its lookups, taking it away again."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from integrations import audit, schema
from integrations.contract import FurtherObject, FurtherObjects, OfferedObject, RemoteObject
from integrations.mapping import clear_object
from integrations.meanwhile import MappingRefused
from integrations.models import Integration
from integrations.providers import options_of, provider_of
from integrations.tokens import open_client
from leads.models import User

# Each costs rows with every lead, and a section on the tab.
MOST = 5


def offered(integration: Integration) -> list[OfferedObject]:
    """What could be added, what is added already included. Asks the vendor: raises `ProviderError`."""
    provider = provider_of(integration.provider)
    if provider.further is None:
        return []
    return provider.further.offered(open_client(integration), options_of(provider, integration.options))


def save_object(*, integration: Integration, name: str, ties: Mapping[str, str], by: User) -> RemoteObject:
    """Add an object, or give one that is there other lookups; `ties` as in `FurtherObject`, blanks left out.

    Asks the vendor first. Raises `MappingRefused`, `ProviderError`; then nothing is saved.
    """
    wanted = _wanted(integration, name, {kind: field for kind, field in ties.items() if field})
    (remote,) = _provided(integration).describe(open_client(integration), [wanted])
    with transaction.atomic():
        row = Integration.objects.select_for_update().get(pk=integration.pk)
        known = {one.name: one for one in schema.further_objects(row)}
        before = known.get(name)
        if before == wanted:
            return remote
        if before is None and len(known) >= MOST:
            raise MappingRefused(f"{MOST} further objects are mapped already. Remove one first.")
        _keep(row, {**known, name: wanted})
        schema.put(integration=row, remote=remote)
        audit.note(
            integration=row,
            by=by,
            area=audit.Area.MAPPING,
            subject=f"{'Lookups of' if before else 'Add object'} {wanted.label}",
            before=_words(before) if before else "",
            after=_words(wanted),
        )
    integration.refresh_from_db()
    return remote


@transaction.atomic
def remove_object(*, integration: Integration, name: str, by: User) -> bool:
    """Take a further object away with everything mapped to it; its records stay at the vendor. True when it was there.

    The records are remembered: once it is added again, they go on.
    """
    row = Integration.objects.select_for_update().get(pk=integration.pk)
    known = {one.name: one for one in schema.further_objects(row)}
    gone = known.pop(name, None)
    if gone is None:
        return False
    clear_object(integration=row, object_name=name, by=by)
    _keep(row, known)
    row.schemas.filter(object=name).delete()
    audit.note(
        integration=row, by=by, area=audit.Area.MAPPING, subject=f"Remove object {gone.label}", before=_words(gone)
    )
    integration.refresh_from_db()
    return True


def _provided(integration: Integration) -> FurtherObjects:
    provider = provider_of(integration.provider)
    if provider.further is None:
        raise MappingRefused(f"{provider.name} takes no further objects.")
    return provider.further


def _wanted(integration: Integration, name: str, ties: Mapping[str, str]) -> FurtherObject:
    _provided(integration)
    found = next((one for one in offered(integration) if one.name == name), None)
    if found is None:
        raise MappingRefused("Choose an object of the list: this one is not, or no longer, among them.")
    if not ties:
        raise MappingRefused(f"Choose the lookup by which a {found.label} hangs on the person.")
    wrong = next((field for kind, field in ties.items() if field not in found.lookups.get(kind, ())), "")
    if wrong:
        raise MappingRefused(f"{wrong[:100]} is no such lookup of {found.label}. Load the page again to see them.")
    return FurtherObject(name, found.label, dict(ties))


def _keep(row: Integration, objects: Mapping[str, FurtherObject]) -> None:
    row.further_objects = [{"name": one.name, "label": one.label, "ties": dict(one.ties)} for one in objects.values()]
    row.save(update_fields=["further_objects"])
    Integration.objects.filter(pk=row.pk).setup_changed()


def _words(further: FurtherObject) -> str:
    return ", ".join(f"{kind} by {field}" for kind, field in sorted(further.ties.items()))
