"""What stands now, as the plain values that a plan is written from and compared with; ten queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from integrations.contract import RemoteField, RemoteObject, WriteBehaviour
from integrations.meanwhile import state_of
from integrations.models import CampaignMapping, FieldMapping, Integration, QualifierMapping
from integrations.planning import QUALIFIER_PREFIX
from integrations.providers import provider_of
from integrations.schema import remote_objects
from integrations.sources import Source, offered, sources_of
from leads.models import QualifierValue


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a source goes; `state` as `integrations.meanwhile` has it."""

    remote_field: str
    behaviour: WriteBehaviour
    state: str


@dataclass(frozen=True, slots=True)
class Held:
    """A constant or fallback."""

    value: str
    behaviour: WriteBehaviour
    fallback: bool
    state: str


@dataclass(frozen=True, slots=True)
class Joined:
    """A campaign on the list. `events` are ids in the order of their names."""

    pk: int
    kind: str
    remote_id: str
    name: str
    events: tuple[int, ...]
    threshold: int
    status: str
    status_qualifier: int | None
    status_by_value: Mapping[int, str]

    @property
    def state(self) -> str:
        by_value = sorted(self.status_by_value.items())
        return repr((sorted(self.events), self.threshold, self.status, self.status_qualifier, by_value))


@dataclass(frozen=True, slots=True)
class Standing:
    """One integration's configuration. `values` is (object, qualifier, value) -> remote option; `labels` qualifier ->
    value id -> label, for picklists; `events` id -> name.
    """

    vendor: str
    campaigns_known: bool
    objects: Mapping[str, RemoteObject]
    sources: tuple[Source, ...] = ()
    rows: Mapping[tuple[str, str], Placed] = field(default_factory=dict)
    constants: Mapping[tuple[str, str], Held] = field(default_factory=dict)
    values: Mapping[tuple[str, int, int], str] = field(default_factory=dict)
    labels: Mapping[int, Mapping[int, str]] = field(default_factory=dict)
    campaigns: tuple[Joined, ...] = ()
    events: Mapping[int, str] = field(default_factory=dict)

    def offered(self, remote_object: RemoteObject) -> list[Source]:
        return offered(list(self.sources), remote_object.role)

    def field(self, object_name: str, name: str) -> RemoteField | None:
        remote_object = self.objects.get(object_name)
        return remote_object.fields.get(name) if remote_object else None

    def qualifier_names(self) -> dict[int, str]:
        return {source.qualifier.pk: source.label for source in self.sources if source.qualifier}


def standing_of(integration: Integration) -> Standing:
    provider = provider_of(integration.provider)
    sources = tuple(sources_of(integration.organization))
    qualifiers = list(integration.qualifier_mappings.prefetch_related("values"))
    rows: dict[tuple[str, str], FieldMapping | QualifierMapping] = {
        (row.object, row.mobly_field): row for row in integration.field_mappings.all()
    }
    rows |= {(row.object, f"{QUALIFIER_PREFIX}{row.qualifier_id}"): row for row in qualifiers}
    return Standing(
        vendor=provider.name,
        campaigns_known=provider.capabilities.campaigns,
        objects=remote_objects(integration),
        sources=sources,
        rows={
            place: Placed(row.remote_field, WriteBehaviour(row.behaviour), state_of(row)) for place, row in rows.items()
        },
        constants={
            (row.object, row.remote_field): Held(row.value, WriteBehaviour(row.behaviour), row.fallback, state_of(row))
            for row in integration.constants.all()
        },
        values={
            (row.object, row.qualifier_id, value.value_id): value.remote_value
            for row in qualifiers
            for value in row.values.all()
        },
        labels=_labels(sources),
        campaigns=tuple(map(_joined, integration.campaign_mappings.prefetch_related("events"))),
        events=dict(integration.organization.events.order_by("name", "pk").values_list("pk", "name")),
    )


def _labels(sources: tuple[Source, ...]) -> dict[int, dict[int, str]]:
    labels: dict[int, dict[int, str]] = {source.qualifier.pk: {} for source in sources if source.qualifier}
    values = QualifierValue.objects.filter(qualifier__in=list(labels))
    for value in values:
        labels[value.qualifier_id][value.pk] = value.label
    return labels


def _joined(row: CampaignMapping) -> Joined:
    events = sorted(row.events.all(), key=lambda event: (event.name, event.pk))
    return Joined(
        pk=row.pk,
        kind=row.kind,
        remote_id=row.remote_id,
        name=row.name,
        events=tuple(event.pk for event in events),
        threshold=row.scan_threshold,
        status=row.status,
        status_qualifier=row.status_qualifier_id,
        status_by_value={int(value): said for value, said in row.status_by_value.items()},
    )
