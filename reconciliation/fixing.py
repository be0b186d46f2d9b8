"""Which fix belongs to a group of failed leads: what the drawer shows beside the cause. Reads only; `repairs` carries
it out.

A group is named by its cause, the field or qualifier at fault and the filters of the list it stands in, so that its
numbers are those of the list. Every part is found in a constant number of queries, however many leads wait.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Min

from integrations import schema
from integrations.contract import Cause, Option, RemoteField, RemoteObject, Role
from integrations.mapping import taken_by
from integrations.models import FieldMapping, Integration, QualifierMapping
from integrations.planning import takes_options
from integrations.qualifiers import options_for, suggestions
from integrations.sources import FIELDS, Source, of_qualifier, offered, sources_of
from integrations.types import fit
from leads.fields import BY_KEY, MoblyField
from leads.models import Lead, Qualifier, QualifierValue
from reconciliation import causes
from reconciliation.board import Group, Row, filters_from, groups_of, row_of
from reconciliation.models import SyncRecord
from reconciliation.records import Filters, SyncRecordQuerySet

# What a drawer lists of each; it says how many more there are.
VALUES = 20
LEADS = 5
DECISIONS = 20
KEPT = ("event", "q", "period")

OPTIONS = {Cause.NO_TAG_MAPPING, Cause.DATA_VALUE_VALIDATION}
FIELDS_AT_FAULT = {Cause.MISSING_REMOTE_FIELD, Cause.PERMISSION, Cause.DATA_VALUE_VALIDATION}
CORRECTED = {Cause.REQUIRED_FIELD_MISSING, Cause.DATA_VALUE_VALIDATION, Cause.REMOTE_RULE}
CAMPAIGNS = {Cause.CAMPAIGN_NOT_FOUND, Cause.CAMPAIGN_STATUS_INVALID}
DECIDED = {Cause.DUPLICATE_RECORD, Cause.AMBIGUOUS_MATCH, Cause.UNCONFIRMED}
# What is nobody's but one lead's.
OWN = {"email", "first_name", "last_name"}


@dataclass(frozen=True, slots=True)
class Key:
    """What names a group: `query` is the part of an address that says it again."""

    cause: str
    subject: str
    remote_field: str | None
    ours: bool | None
    filters: Filters
    kept: tuple[tuple[str, str], ...] = ()

    @property
    def pairs(self) -> list[tuple[str, str]]:
        named = [("cause", self.cause), ("subject", self.subject)]
        if self.remote_field is not None:
            named.append(("field", self.remote_field))
        if self.ours is not None:
            named.append(("ours", "1" if self.ours else "0"))
        return [*named, *self.kept]

    @property
    def query(self) -> str:
        return urlencode(self.pairs)

    @property
    def list_query(self) -> str:
        return urlencode([("list", "failed"), *self.kept])

    def records(self, integration: Integration) -> SyncRecordQuerySet:
        records = SyncRecord.objects.of(integration).failed().matching(self.filters).filter(subject=self.subject)
        if self.remote_field is not None:
            records = records.filter(remote_field=self.remote_field)
        return records if self.ours is None else records.filter(refused_by_us=self.ours)


def key_from(query: Any) -> Key | None:
    """The group an address or a form names; None when it names none."""
    filters = filters_from(query)
    if not filters.cause:
        return None
    said = {name: value.replace("\x00", "") for name in (*KEPT, "field", "ours") if (value := query.get(name))}
    return Key(
        cause=filters.cause,
        subject=filters.subject.replace("\x00", ""),
        remote_field=said.get("field", "")[:200] if "field" in query else None,
        ours=said["ours"] == "1" if "ours" in said else None,
        filters=filters,
        kept=tuple((name, said[name]) for name in KEPT if name in said),
    )


# --- What a drawer is made of -----------------------------------------------------------------------------------------


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


@dataclass(slots=True)
class Fix:
    """One group and the controls that repair it; what does not apply is empty."""

    key: Key
    group: Group
    pickers: list[Picker] = field(default_factory=list)
    fields: list[FieldRow] = field(default_factory=list)
    sources: list[SourceRow] = field(default_factory=list)
    correction: Correction | None = None
    leads: list[Row] = field(default_factory=list)
    decisions: list[Row] = field(default_factory=list)
    linkable: set[str] = field(default_factory=set)

    @property
    def cause(self) -> Cause:
        return Cause(self.group.cause)

    @property
    def of_campaigns(self) -> bool:
        return self.cause in CAMPAIGNS

    @property
    def decidable(self) -> bool:
        return self.cause in DECIDED

    @property
    def link(self) -> causes.Fix:
        return self.group.fix.fix

    @property
    def more_leads(self) -> int:
        return self.group.count - len(self.leads or self.decisions)

    @property
    def correctable(self) -> list[Wrong]:
        return [row for row in self.correction.rows if row.correctable] if self.correction else []


def fix_of(integration: Integration, vendor: str, key: Key) -> Fix | None:
    """The drawer of a group; None when no lead waits in it any more."""
    groups = groups_of(key.records(integration), vendor)
    if not groups:
        return None
    group = groups[0]
    key = Key(key.cause, key.subject, group.remote_field, group.refused_by_us, key.filters, key.kept)
    records = key.records(integration)
    fix, at_fault = Fix(key, group), AtFault(integration, key)
    if fix.cause in OPTIONS:
        fix.pickers = at_fault.pickers(records)
    if fix.cause in FIELDS_AT_FAULT and not fix.pickers:
        fix.fields = at_fault.field_rows()
    if fix.cause in CORRECTED and not fix.pickers:
        fix.correction = at_fault.correction(records)
    if fix.cause is Cause.REQUIRED_FIELD_MISSING and fix.correction is None:
        fix.sources = at_fault.source_rows()
    shown = DECISIONS if fix.decidable else LEADS
    rows = [row_of(integration, record, vendor) for record in records.for_list()[:shown]]
    if fix.decidable:
        fix.decisions, fix.linkable = rows, at_fault.personas()
    else:
        fix.leads = rows
    return fix


class AtFault:
    """The mappings around the field or qualifier that a group names."""

    def __init__(self, integration: Integration, key: Key) -> None:
        self.integration, self.key = integration, key

    @cached_property
    def objects(self) -> dict[str, RemoteObject]:
        return schema.remote_objects(self.integration)

    @cached_property
    def field_mappings(self) -> list[FieldMapping]:
        return list(self.integration.field_mappings.all())

    @cached_property
    def qualifier_mappings(self) -> list[QualifierMapping]:
        return list(self.integration.qualifier_mappings.select_related("qualifier").prefetch_related("values"))

    def personas(self) -> set[str]:
        return {name for name, remote in self.objects.items() if remote.role is Role.PERSONA}

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
        return mapping.qualifier.name == self.key.subject if self.key.ours else remote.name == self.key.remote_field

    # -- a field that does not take it

    def field_rows(self) -> list[FieldRow]:
        rows = []
        for object_name, source, current in self._mapped():
            remote_object = self.objects.get(object_name)
            if remote_object is None or current != self.key.remote_field:
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
        """The fields of this name that nothing goes into, and which of the organisation's sources could."""
        sources = sources_of(self.integration.organization)
        rows = []
        for remote_object in self.objects.values():
            remote = remote_object.fields.get(self.key.remote_field or "")
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
        row = next((row for row in self.field_mappings if row.remote_field == self.key.remote_field), None)
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
