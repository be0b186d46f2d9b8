"""The Mapping tab as values: one section per remote object, one row per source. Built in six queries."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from django.utils.text import slugify

from integrations import drift, fields
from integrations.constant_rows import ConstantRow, constant_rows, fallback_rows
from integrations.contract import FurtherObject, NewField, Provider, RemoteField, RemoteObject, Role
from integrations.mapping import taken_by
from integrations.meanwhile import state_of
from integrations.models import Constant, FieldMapping, Integration, QualifierMapping
from integrations.providers import provider_of
from integrations.schema import as_object, further_objects
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
    def state(self) -> str:
        return state_of(self.mapping)

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


@dataclass(frozen=True, slots=True)
class Hangs:
    """How a record of a further object hangs on the lead's person or company: `by` as (object, lookup) in words;
    `without` are the person objects that no lookup is chosen for.
    """

    by: tuple[tuple[str, str], ...]
    without: tuple[str, ...]


@dataclass(slots=True)
class Section:
    """One remote object with all its rows; `constants` are values of the admin's own, `fallbacks` a row for each field
    that a new record may not lack, `new_fields` those we offer to make there.
    """

    remote: RemoteObject
    rows: list[Row]
    new_fields: list[NewField]
    constants: list[ConstantRow]
    fallbacks: list[ConstantRow]
    further: Hangs | None = None

    @property
    def id(self) -> str:
        return slugify(self.remote.name)

    @property
    def mapped(self) -> int:
        return sum(row.mapping is not None for row in self.rows)

    @property
    def required(self) -> list[RemoteField]:
        """What the vendor asks for on every new record and nothing gives."""
        return [row.remote for row in self.fallbacks if row.missing and row.remote]

    @property
    def filled(self) -> int:
        """The rows that Clear object mappings empties."""
        return self.mapped + len(self.constants) + sum(row.constant is not None for row in self.fallbacks)

    def states_hidden(self, show: Show) -> list[str]:
        """The states of the filled rows that the filter leaves out."""
        rows = [row.state for row in self.rows if not row.shown(show)]
        return list(filter(None, [*rows, *(row.state for row in self.constants if not shows(row, show))]))

    def constants_shown(self, show: Show) -> list[ConstantRow]:
        return [row for row in self.constants if shows(row, show)]

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
        constants = [row for section in self.sections for row in section.constants]
        counts = {show: sum(row.shown(show) for row in rows) for show in Show}
        counts = {show: count + sum(shows(row, show) for row in constants) for show, count in counts.items()}
        # A fallback stands beside the rows and is counted only when it is broken.
        counts[Show.PROBLEMS] += sum(row.tone == "bad" for section in self.sections for row in section.fallbacks)
        return counts

    def rows(self) -> Iterator[Row]:
        return (row for section in self.sections for row in section.rows)

    def constant(self, object_name: str, field_name: str, *, fallback: bool) -> ConstantRow | None:
        section = self.section(object_name)
        rows = (section.fallbacks if fallback else section.constants) if section else []
        return next((row for row in rows if row.name == field_name), None)

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


def shows(row: ConstantRow, show: Show) -> bool:
    """Whether a constant stands in the list under this filter."""
    return row.tone == "bad" if show is Show.PROBLEMS else show is not Show.NOT_MAPPED


def row_id(object_name: str, source_key: str) -> str:
    return slugify(f"{object_name}-{source_key.replace(':', '-').replace('_', '-')}")


def page_of(integration: Integration) -> Page:
    schemas = list(integration.schemas.all())
    if not schemas:
        return Page()
    sources = sources_of(integration.organization)
    mapped = list(integration.field_mappings.all())
    qualifiers = list(integration.qualifier_mappings.all())
    constants = list(integration.constants.all())
    by_row: dict[tuple[str, str], FieldMapping | QualifierMapping] = {
        (mapping.object, mapping.mobly_field): mapping for mapping in mapped
    }
    by_row |= {(mapping.object, f"qualifier:{mapping.qualifier_id}"): mapping for mapping in qualifiers}
    provider = provider_of(integration.provider)
    sections = [
        _section(as_object(row), sources, by_row, [one for one in constants if one.object == row.object], provider)
        for row in schemas
    ]
    _tell_how_they_hang(sections, {one.name: one for one in further_objects(integration)})
    return Page(sections, min(row.fetched_at for row in schemas))


def candidates(integration: Integration, remote_object: RemoteObject, source: Source) -> list[Candidate]:
    """What the picker of one row offers: fields that fit first, each kind in the vendor's order."""
    taken = taken_by(
        integration.field_mappings.filter(object=remote_object.name),
        integration.qualifier_mappings.filter(object=remote_object.name).select_related("qualifier"),
        integration.constants.filter(object=remote_object.name),
    )
    found = []
    for remote in remote_object.fields.values():
        holder = taken.get(remote.name, "")
        found.append(Candidate(remote, fit(source, remote), "" if holder == source.label else holder))
    return sorted(found, key=lambda candidate: candidate.disabled)


def _tell_how_they_hang(sections: Iterable[Section], added: Mapping[str, FurtherObject]) -> None:
    """Fill `further` of those that an admin added."""
    main = [section.remote for section in sections if section.remote.role is not Role.OTHER]
    for section in sections:
        if one := added.get(section.remote.name):
            fields = section.remote.fields
            tied = [(remote, one.ties[remote.name]) for remote in main if remote.name in one.ties]
            without = [remote.label for remote in main if remote.role is Role.PERSONA and remote.name not in one.ties]
            section.further = Hangs(
                tuple((remote.label, fields[name].label if name in fields else name) for remote, name in tied),
                () if any(remote.role is Role.COMPANY for remote, _ in tied) else tuple(without),
            )


def _section(
    remote: RemoteObject,
    sources: list[Source],
    by_row: dict[tuple[str, str], FieldMapping | QualifierMapping],
    constants: list[Constant],
    provider: Provider,
) -> Section:
    rows = [_row(remote, source, by_row.get((remote.name, source.key))) for source in offered(sources, remote.role)]
    givers = {row.mapping.remote_field: row.source.label for row in rows if row.mapping}
    return Section(
        remote,
        rows,
        fields.missing_in(provider, remote),
        constant_rows(remote, constants, provider.name),
        fallback_rows(remote, constants, givers, provider.name),
    )


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
