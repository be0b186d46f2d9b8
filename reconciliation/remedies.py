"""What can be done about a field or qualifier at fault: the parts of the fix-it drawer, found in the mappings
around it. Reads only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Count, Min

from integrations import schema
from integrations.constants import takes_fallback
from integrations.contract import Option, RemoteField, RemoteObject, Role
from integrations.mapping import taken_by
from integrations.models import FieldMapping, Integration, QualifierMapping
from integrations.planning import takes_options
from integrations.qualifiers import options_for, suggestions
from integrations.sources import FIELDS, Source, of_qualifier, offered, sources_of
from integrations.types import fit
from leads.fields import BY_KEY, MoblyField
from leads.models import Lead, Qualifier, QualifierValue
from reconciliation.records import SyncRecordQuerySet

# So many values are listed; the drawer says how many more there are.
VALUES = 20
# What is nobody's but one lead's.
OWN = {"email", "first_name", "last_name"}


@dataclass(frozen=True, slots=True)
class ValueRow:
    """A qualifier value without a valid option: how many leads of the group carry it, and what it probably means."""

    value: QualifierValue
    count: int
    suggested: str = ""
    exact: bool = False
    was: str = ""

    @property
    def key(self) -> str:
        return str(self.value.pk)


@dataclass(frozen=True, slots=True)
class Picker:
    """The values of a qualifier to be mapped to one field. Objects whose field has the same options share a picker."""

    qualifier: Qualifier
    objects: tuple[RemoteObject, ...]
    remote: RemoteField
    options: tuple[Option, ...]
    rows: tuple[ValueRow, ...]

    @property
    def name(self) -> str:
        return f"option:{self.objects[0].name}:"

    @property
    def where(self) -> str:
        return " and ".join(each.label for each in self.objects)


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A mapping row whose remote field is at fault: `offers` are the free fields that take its values."""

    remote_object: RemoteObject
    source: Source
    current: str
    offers: tuple[RemoteField, ...]

    @property
    def name(self) -> str:
        return f"field:{self.remote_object.name}:{self.source.key}"


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A required remote field that nothing goes into: `offers` are the Mobly fields that could."""

    remote_object: RemoteObject
    remote: RemoteField
    offers: tuple[Source, ...]

    @property
    def name(self) -> str:
        return f"source:{self.remote_object.name}:{self.remote.name}"


@dataclass(frozen=True, slots=True)
class FallbackRow:
    """A required remote field that can be given a value for leads that have none."""

    remote_object: RemoteObject
    remote: RemoteField

    @property
    def name(self) -> str:
        return f"fallback:{self.remote_object.name}:{self.remote.name}"

    @property
    def options(self) -> tuple[Option, ...]:
        return options_for(self.remote)


@dataclass(frozen=True, slots=True)
class Wrong:
    """A value of the leads that the vendor does not take; `lead` when only one has it."""

    number: int
    value: str
    count: int
    lead: Lead | None
    correctable: bool


@dataclass(frozen=True, slots=True)
class Correction:
    """The values of one Mobly field, each to be replaced; `more` are not listed."""

    field: MoblyField
    remote: RemoteField | None
    rows: tuple[Wrong, ...]
    more: int = 0

    @property
    def options(self) -> tuple[Option, ...]:
        options = options_for(self.remote) if self.remote else ()
        return options if self.remote and self.remote.restricted else ()


class AtFault:
    """The mappings around the field or qualifier that a group names."""

    def __init__(self, integration: Integration, *, subject: str, remote_field: str, ours: bool) -> None:
        self.integration, self.subject, self.remote_field, self.ours = integration, subject, remote_field, ours

    @cached_property
    def objects(self) -> dict[str, RemoteObject]:
        return schema.remote_objects(self.integration)

    @cached_property
    def field_mappings(self) -> list[FieldMapping]:
        return list(self.integration.field_mappings.all())

    @cached_property
    def qualifier_mappings(self) -> list[QualifierMapping]:
        return list(self.integration.qualifier_mappings.select_related("qualifier").prefetch_related("values"))

    def linkable(self) -> set[str]:
        """The objects of which a person may say that a record is the lead's: persons and further ones."""
        persons = {name for name, remote in self.objects.items() if remote.role is Role.PERSONA}
        return persons | {one.name for one in schema.further_objects(self.integration)}

    # -- values without an option

    def pickers(self, records: SyncRecordQuerySet) -> list[Picker]:
        """One for each set of options that the qualifier's values go to, with the values that have none of them."""
        places = list(self._places())
        if not places:
            return []
        carried = list(
            QualifierValue.objects.filter(
                qualifier=places[0][0].qualifier_id,
                qualifier__organization=self.integration.organization_id,
                answers__lead__sync_records__in=records,
            )
            .annotate(lead_count=Count("answers__lead", distinct=True))
            .order_by("-lead_count", "position", "id")
        )
        found: dict[tuple[Any, ...], Picker] = {}
        for mapping, remote_object, remote in places:
            rows = tuple(_without_option(mapping, remote, carried))
            if not rows:
                continue
            options = options_for(remote)
            same = (options, tuple((row.value.pk, row.was) for row in rows))
            known = found.get(same)
            objects = (*known.objects, remote_object) if known else (remote_object,)
            found[same] = Picker(mapping.qualifier, objects, remote, options, rows)
        return list(found.values())

    def _places(self) -> Iterator[tuple[QualifierMapping, RemoteObject, RemoteField]]:
        for mapping in self.qualifier_mappings:
            remote_object = self.objects.get(mapping.object)
            remote = remote_object.fields.get(mapping.remote_field) if remote_object else None
            if remote_object and remote and takes_options(remote) and self._meant(mapping, remote):
                yield mapping, remote_object, remote

    def _meant(self, mapping: QualifierMapping, remote: RemoteField) -> bool:
        """A refusal of ours names the qualifier, one of the vendor's the field."""
        if mapping.qualifier.kind != Qualifier.Kind.PICKLIST:
            return False
        return mapping.qualifier.name == self.subject if self.ours else remote.name == self.remote_field

    # -- a field that does not take it

    def field_rows(self) -> list[FieldRow]:
        rows = []
        for object_name, source, current in self._mapped():
            remote_object = self.objects.get(object_name)
            if remote_object is None or current != self.remote_field:
                continue
            taken = self._taken(object_name)
            offers = tuple(
                remote
                for remote in remote_object.fields.values()
                if remote.name != current and remote.name not in taken and not fit(source, remote).refused
            )
            rows.append(FieldRow(remote_object, source, current, offers))
        return rows

    def source_rows(self) -> list[SourceRow]:
        """The fields of this name that nothing goes into, and which of the organization's sources could."""
        sources = sources_of(self.integration.organization)
        rows = []
        for remote_object in self.objects.values():
            remote = remote_object.fields.get(self.remote_field)
            if remote is None or not remote.writable or remote.name in self._taken(remote_object.name):
                continue
            used = {source.key for object_name, source, _ in self._mapped() if object_name == remote_object.name}
            offers = tuple(
                source
                for source in offered(sources, remote_object.role)
                if source.key not in used and not fit(source, remote).refused
            )
            if offers:
                rows.append(SourceRow(remote_object, remote, offers))
        return rows

    def fallback_rows(self) -> list[FallbackRow]:
        """The required fields of this name; an empty value of a lead is then filled when it is sent."""
        named = ((each, each.fields.get(self.remote_field)) for each in self.objects.values())
        return [
            FallbackRow(each, remote) for each, remote in named if remote and remote.required and takes_fallback(remote)
        ]

    def _mapped(self) -> Iterator[tuple[str, Source, str]]:
        by_key = {source.key: source for source in FIELDS}
        for row in self.field_mappings:
            if row.mobly_field in by_key:
                yield row.object, by_key[row.mobly_field], row.remote_field
        for mapping in self.qualifier_mappings:
            yield mapping.object, of_qualifier(mapping.qualifier), mapping.remote_field

    def _taken(self, object_name: str) -> Mapping[str, str]:
        return taken_by(
            [row for row in self.field_mappings if row.object == object_name],
            [row for row in self.qualifier_mappings if row.object == object_name],
        )

    # -- values of the leads

    def correction(self, records: SyncRecordQuerySet) -> Correction | None:
        """The Mobly field that goes into the field at fault, with the values that failed, most frequent first."""
        row = next((row for row in self.field_mappings if row.remote_field == self.remote_field), None)
        entry = BY_KEY.get(row.mobly_field) if row else None
        if row is None or entry is None or not entry.editable:
            return None
        remote_object = self.objects.get(row.object)
        remote = remote_object.fields.get(row.remote_field) if remote_object else None
        found = list(
            records.values("value")
            .annotate(count=Count("id"), only=Min("lead_id"))
            .order_by("-count", "value")[: VALUES + 1]
        )
        alone = Lead.objects.in_bulk([each["only"] for each in found[:VALUES] if each["count"] == 1])
        rows = tuple(
            Wrong(
                number,
                each["value"],
                each["count"],
                alone.get(each["only"]) if each["count"] == 1 else None,
                correctable=each["count"] == 1 or entry.key not in OWN,
            )
            for number, each in enumerate(found[:VALUES])
        )
        more = records.values("value").distinct().count() - len(rows) if len(found) > VALUES else 0
        return Correction(entry, remote, rows, more)


def _without_option(
    mapping: QualifierMapping, remote: RemoteField, carried: Sequence[QualifierValue]
) -> Iterator[ValueRow]:
    valid = {option.value for option in options_for(remote)}
    mapped = {row.value_id: row.remote_value for row in mapping.values.all()}
    lacking = [value for value in carried if value.pk not in mapped or (valid and mapped[value.pk] not in valid)]
    meant = suggestions({value.pk: value.label for value in lacking}, remote)
    for value in lacking:
        found = meant.get(value.pk)
        yield ValueRow(
            value,
            value.lead_count,  # type: ignore[attr-defined]
            found.option.value if found else "",
            found.exact if found else False,
            mapped.get(value.pk, ""),
        )
