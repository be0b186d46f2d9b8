"""The Qualifiers tab as values: a section per active qualifier, a target per remote object it can go to, a row per
value. Built in six queries, however many there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db.models import Prefetch

from integrations import drift
from integrations.contract import Option, RemoteField, RemoteObject
from integrations.meanwhile import state_of, state_of_value
from integrations.models import Integration, QualifierMapping
from integrations.planning import takes_options
from integrations.qualifiers import Suggestion, options_for, suggestions
from integrations.schema import as_object
from integrations.sections import row_id
from integrations.sources import Source, of_qualifier, offered
from integrations.types import fit
from leads.models import Qualifier, QualifierValue


@dataclass(frozen=True, slots=True)
class ValueRow:
    """One value at one remote field. `mapped` is the remote option's value, empty when none; `problem` says why it
    can no longer be sent; `value.lead_count` is how many leads carry it."""

    object: str
    remote_field: str
    value: QualifierValue
    mapped: str
    options: tuple[Option, ...]
    suggestion: Suggestion | None = None
    problem: str = ""

    @property
    def id(self) -> str:
        return row_id(self.object, f"value:{self.value.pk}")

    @property
    def state(self) -> str:
        return state_of_value(self.remote_field, self.mapped)

    @property
    def open(self) -> bool:
        """Whether a lead that carries the value would fail."""
        return not self.mapped or bool(self.problem)

    @property
    def mapped_label(self) -> str:
        return next((option.label for option in self.options if option.value == self.mapped), self.mapped)

    @property
    def offered(self) -> bool:
        """Whether the mapped option is among those that can be chosen."""
        return not self.mapped or any(option.value == self.mapped for option in self.options)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a qualifier goes in one remote object. `tone` is `bad` when it cannot go there any more, `warn` when it
    fits badly; `note` says why."""

    source: Source
    remote_object: RemoteObject
    mapping: QualifierMapping | None = None
    remote: RemoteField | None = None
    tone: str = ""
    note: str = ""
    rows: tuple[ValueRow, ...] = ()

    @property
    def id(self) -> str:
        return row_id(self.remote_object.name, self.source.key)

    @property
    def state(self) -> str:
        return state_of(self.mapping)

    @property
    def remote_label(self) -> str:
        if self.remote:
            return self.remote.label
        return self.mapping.remote_field if self.mapping else ""

    @property
    def takes_options(self) -> bool:
        return self.source.options and self.remote is not None and takes_options(self.remote)

    @property
    def options_count(self) -> int:
        return len(options_for(self.remote)) if self.remote else 0


@dataclass(frozen=True, slots=True)
class QualifierSection:
    """One qualifier with its targets."""

    qualifier: Qualifier
    targets: list[Target]

    @property
    def id(self) -> str:
        return f"qualifier-{self.qualifier.pk}"

    @property
    def mapped(self) -> bool:
        return any(target.mapping for target in self.targets)

    @property
    def broken(self) -> bool:
        return any(target.tone == "bad" for target in self.targets)

    def rows(self) -> Iterator[ValueRow]:
        return (row for target in self.targets for row in target.rows)

    @property
    def total(self) -> int:
        return sum(1 for _ in self.rows())

    @property
    def open(self) -> int:
        """How many values have no option."""
        return sum(row.open for row in self.rows())

    @property
    def exact(self) -> int:
        return sum(bool(row.suggestion and row.suggestion.exact) for row in self.rows())

    @property
    def suggested(self) -> int:
        return sum(bool(row.suggestion) for row in self.rows())

    @property
    def open_leads(self) -> int:
        """How many leads carry a value without an option; 0 where it cannot be told by adding up."""
        if self.qualifier.multiple:
            return 0
        return sum({row.value.pk: row.value.lead_count for row in self.rows() if row.open}.values())  # type: ignore[attr-defined]

    def target(self, object_name: str) -> Target | None:
        return next((target for target in self.targets if target.remote_object.name == object_name), None)


@dataclass(frozen=True, slots=True)
class QualifierPage:
    sections: list[QualifierSection] = field(default_factory=list)
    known: bool = False  # whether the vendor's fields were ever read

    @property
    def open(self) -> int:
        return sum(section.open for section in self.sections)

    def section(self, qualifier_id: int) -> QualifierSection | None:
        return next((section for section in self.sections if section.qualifier.pk == qualifier_id), None)

    def row(self, object_name: str, qualifier_id: int, value_id: int) -> ValueRow | None:
        section = self.section(qualifier_id)
        target = section.target(object_name) if section else None
        return next((row for row in target.rows if row.value.pk == value_id), None) if target else None


def page_of(integration: Integration) -> QualifierPage:
    objects = [as_object(row) for row in integration.schemas.all()]
    qualifiers = (
        Qualifier.objects.filter(organization=integration.organization_id)
        .active()
        .prefetch_related("events", Prefetch("values", QualifierValue.objects.with_counts()))
    )
    mappings = {
        (mapping.object, mapping.qualifier_id): mapping
        for mapping in integration.qualifier_mappings.prefetch_related("values")
    }
    sections = [QualifierSection(qualifier, _targets(qualifier, objects, mappings)) for qualifier in qualifiers]
    return QualifierPage(sections, known=bool(objects))


def _targets(
    qualifier: Qualifier, objects: list[RemoteObject], mappings: dict[tuple[str, int], QualifierMapping]
) -> list[Target]:
    """A target for each remote object whose records can carry a qualifier."""
    source = of_qualifier(qualifier)
    return [
        _target(qualifier, source, remote, mappings.get((remote.name, qualifier.pk)))
        for remote in objects
        if offered([source], remote.role)
    ]


def _target(
    qualifier: Qualifier, source: Source, remote_object: RemoteObject, mapping: QualifierMapping | None
) -> Target:
    if mapping is None:
        return Target(source, remote_object)
    remote = remote_object.fields.get(mapping.remote_field)
    gone = drift.of_field(remote_object, mapping.remote_field)
    if remote is None or gone:
        return Target(source, remote_object, mapping, remote, "bad", gone)
    fitness = fit(source, remote)
    if fitness.refused:
        return Target(source, remote_object, mapping, remote, "bad", f"Its type changed. {fitness.sentence}")
    rows = _rows(qualifier, mapping, remote) if source.options and takes_options(remote) else ()
    return Target(
        source, remote_object, mapping, remote, "warn" if fitness.sentence else "", fitness.sentence, tuple(rows)
    )


def _rows(qualifier: Qualifier, mapping: QualifierMapping, remote: RemoteField) -> Iterator[ValueRow]:
    mapped = {row.value_id: row.remote_value for row in mapping.values.all()}
    # An archived value matters as long as leads carry it.
    values = [value for value in qualifier.values.all() if not value.archived or value.lead_count]  # type: ignore[attr-defined]
    suggested = suggestions({value.pk: value.label for value in values if value.pk not in mapped}, remote)
    options = options_for(remote)
    for value in values:
        option = mapped.get(value.pk, "")
        problem = drift.of_option(remote, option) if option else ""
        yield ValueRow(mapping.object, remote.name, value, option, options, suggested.get(value.pk), problem)
