"""The Mapping tab as values: one section per remote object, one row per source. Built in five queries."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from django.utils.text import slugify

from integrations import drift, fields
from integrations.contract import NewField, Provider, RemoteField, RemoteObject, Role
from integrations.mapping import taken_by
from integrations.models import FieldMapping, Integration, QualifierMapping
from integrations.providers import provider_of
from integrations.schema import as_object
from integrations.sources import Source, offered, sources_of
from integrations.types import Fit, badge, fit


class Show(enum.StrEnum):
    """The filter above the sections."""

    ALL = "all"
    MAPPED = "mapped"
    NOT_MAPPED = "not-mapped"
    PROBLEMS = "problems"


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `tone` is `bad` for drift, `warn` for a lossy mapping, empty otherwise; `note` says why."""

    object: str
    source: Source
    mapping: FieldMapping | QualifierMapping | None = None
    remote: RemoteField | None = None
    tone: str = ""
    note: str = ""

    @property
    def id(self) -> str:
        return row_id(self.object, self.source.key)

    @property
    def remote_label(self) -> str:
        if self.remote:
            return self.remote.label
        return self.mapping.remote_field if self.mapping else ""

    def shown(self, show: Show) -> bool:
        match show:
            case Show.MAPPED:
                return self.mapping is not None
            case Show.NOT_MAPPED:
                return self.mapping is None
            case Show.PROBLEMS:
                return self.tone == "bad"
        return True


@dataclass(slots=True)
class Section:
    """One remote object with all its rows; `required` are the fields the vendor asks for and nothing is mapped to,
    `new_fields` those we offer to make there.
    """

    remote: RemoteObject
    rows: list[Row]
    required: list[RemoteField]
    new_fields: list[NewField]

    @property
    def id(self) -> str:
        return slugify(self.remote.name)

    @property
    def mapped(self) -> int:
        return sum(row.mapping is not None for row in self.rows)

    @property
    def role_word(self) -> str:
        return {Role.PERSONA: "Person", Role.COMPANY: "Company", Role.OTHER: "Other"}[self.remote.role]

    def groups(self, show: Show) -> list[tuple[str, list[Row]]]:
        shown = [row for row in self.rows if row.shown(show)]
        return [(name, list(rows)) for name, rows in groupby(shown, key=lambda row: row.source.group)]

    def row(self, source_key: str) -> Row | None:
        return next((row for row in self.rows if row.source.key == source_key), None)


@dataclass(slots=True)
class Page:
    """Everything the tab shows. `fetched_at` is None before the vendor was ever asked."""

    sections: list[Section] = field(default_factory=list)
    fetched_at: datetime | None = None

    def counts(self) -> dict[Show, int]:
        rows = list(self.rows())
        return {show: sum(row.shown(show) for row in rows) for show in Show}

    def rows(self) -> Iterator[Row]:
        return (row for section in self.sections for row in section.rows)

    def section(self, object_name: str) -> Section | None:
        return next((section for section in self.sections if section.remote.name == object_name), None)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One entry of a row's picker. `taken_by` is the label of the source that has it already."""

    remote: RemoteField
    fit: Fit
    taken_by: str = ""

    @property
    def disabled(self) -> bool:
        return self.fit.refused or bool(self.taken_by)

    @property
    def note(self) -> str:
        return f"Takes {self.taken_by} already." if self.taken_by and not self.fit.refused else self.fit.sentence

    @property
    def badge(self) -> str:
        return badge(self.remote)


def row_id(object_name: str, source_key: str) -> str:
    return slugify(f"{object_name}-{source_key.replace(':', '-').replace('_', '-')}")


def page_of(integration: Integration) -> Page:
    schemas = list(integration.schemas.all())
    if not schemas:
        return Page()
    sources = sources_of(integration.organization)
    mapped = list(integration.field_mappings.all())
    qualifiers = list(integration.qualifier_mappings.all())
    by_row: dict[tuple[str, str], FieldMapping | QualifierMapping] = {
        (mapping.object, mapping.mobly_field): mapping for mapping in mapped
    }
    by_row |= {(mapping.object, f"qualifier:{mapping.qualifier_id}"): mapping for mapping in qualifiers}
    provider = provider_of(integration.provider)
    sections = [_section(as_object(row), sources, by_row, provider) for row in schemas]
    return Page(sections, min(row.fetched_at for row in schemas))


def candidates(integration: Integration, remote_object: RemoteObject, source: Source) -> list[Candidate]:
    """What the picker of one row offers: fields that fit first, each kind in the vendor's order."""
    taken = taken_by(
        integration.field_mappings.filter(object=remote_object.name),
        integration.qualifier_mappings.filter(object=remote_object.name).select_related("qualifier"),
    )
    found = []
    for remote in remote_object.fields.values():
        holder = taken.get(remote.name, "")
        found.append(Candidate(remote, fit(source, remote), "" if holder == source.label else holder))
    return sorted(found, key=lambda candidate: candidate.disabled)


def _section(
    remote: RemoteObject,
    sources: list[Source],
    by_row: dict[tuple[str, str], FieldMapping | QualifierMapping],
    provider: Provider,
) -> Section:
    rows = [_row(remote, source, by_row.get((remote.name, source.key))) for source in offered(sources, remote.role)]
    used = {row.mapping.remote_field for row in rows if row.mapping}
    unmet = [field for field in remote.required() if field.name not in used]
    return Section(remote, rows, unmet, fields.missing_in(provider, remote))


def _row(remote: RemoteObject, source: Source, mapping: FieldMapping | QualifierMapping | None) -> Row:
    if mapping is None:
        return Row(remote.name, source)
    target = remote.fields.get(mapping.remote_field)
    gone = drift.of_field(remote, mapping.remote_field)
    if target is None or gone:
        return Row(remote.name, source, mapping, target, "bad", gone)
    fitness = fit(source, target)
    if fitness.refused:
        return Row(remote.name, source, mapping, target, "bad", f"Its type changed. {fitness.sentence}")
    return Row(remote.name, source, mapping, target, "warn" if fitness.sentence else "", fitness.sentence)
