"""The services of the Mapping tab. Every pick is saved at once; each save bumps the integration's setup version.

A `source` is a Mobly field's key or `qualifier:<id>` (`integrations.sources`). A remote field takes one source only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from integrations import audit, schema
from integrations.contract import Default, RemoteField, RemoteObject, Role, WriteBehaviour
from integrations.meanwhile import ChangedMeanwhile, differ, refuse_older
from integrations.meanwhile import MappingRefused as MappingRefused
from integrations.models import Constant, FieldMapping, Integration, QualifierMapping
from integrations.providers import provider_of
from integrations.sources import Source, offered, sources_of
from integrations.types import Fit, fit
from leads.fields import BY_KEY
from leads.models import User

Mapped = FieldMapping | QualifierMapping


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved row: what it maps and how well the types fit (`fit.sentence` is a warning when there is one)."""

    mapping: Mapped
    remote: RemoteField
    fit: Fit


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A Mobly field Set Defaults found no place for: no candidate exists (`missing` names the first), or `reason`."""

    label: str
    missing: str = ""
    reason: str = ""


@dataclass(slots=True)
class DefaultsReport:
    """What Set Defaults did: `filled` as (Mobly label, remote label), `kept` rows that were mapped already."""

    filled: list[tuple[str, str]] = field(default_factory=list)
    kept: int = 0
    unplaced: list[Unplaced] = field(default_factory=list)

    @property
    def missing(self) -> list[Unplaced]:
        return [entry for entry in self.unplaced if entry.missing]

    @property
    def unfit(self) -> list[Unplaced]:
        return [entry for entry in self.unplaced if entry.reason]


# --- One row ----------------------------------------------------------------------------------------------------------


def map_field(
    *,
    integration: Integration,
    object_name: str,
    source_key: str,
    remote_field: str,
    by: User,
    behaviour: WriteBehaviour | None = None,
    seen: str | None = None,
) -> Saved:
    """Send a source into a remote field, in place of what its row said before; `behaviour` None leaves it as it is.

    `seen` is the state of the row the pick was made from (`integrations.meanwhile`). Raises `MappingRefused`,
    `ChangedMeanwhile`.
    """
    remote_object, source = _row(integration, object_name, source_key)
    remote = remote_object.fields.get(remote_field)
    if remote is None:
        raise MappingRefused(
            f"{remote_object.label} has no field {remote_field}. Choose Refresh to read the fields again."
        )
    fitness = fit(source, remote)
    if fitness.refused:
        raise MappingRefused(f"“{remote.label}” was not saved. {fitness.sentence}")
    try:
        with transaction.atomic():
            _lock(integration)
            row = _standing(integration, object_name, source_key)
            if row and row.remote_field == remote.name and behaviour in (None, row.behaviour):
                return Saved(row, remote, fitness)
            refuse_older(row, seen, by=by, holds=_holds(row, remote_object))
            _refuse_taken(integration, remote_object, source, remote)
            before = audit.place_words(row, remote_object)
            mapping = _write(integration, object_name, source, remote.name, behaviour, by)
            audit.note_row(row=mapping, remote_object=remote_object, by=by, before=before)
    except IntegrityError as error:
        raise MappingRefused(f"“{remote.label}” was given to another row at the same moment.") from error
    return Saved(mapping, remote, fitness)


@transaction.atomic
def clear_field(
    *, integration: Integration, object_name: str, source_key: str, by: User, seen: str | None = None
) -> bool:
    """Empty one row; True when it was mapped. Raises `ChangedMeanwhile` when it is not as `seen`."""
    _lock(integration)
    mapping = _standing(integration, object_name, source_key)
    if mapping is None:
        return False
    remote_object = schema.remote_objects(integration).get(object_name)
    refuse_older(mapping, seen, by=by, holds=_holds(mapping, remote_object))
    before = audit.place_words(mapping, remote_object)
    audit.note_row(row=mapping, remote_object=remote_object, by=by, before=before, after=audit.NOT_MAPPED)
    mapping.delete()
    return True


@transaction.atomic
def set_behaviour(
    *,
    integration: Integration,
    object_name: str,
    source_key: str,
    behaviour: WriteBehaviour,
    by: User,
    seen: str | None = None,
) -> None:
    """Overwrite or Write if Blank. Raises `MappingRefused` for a row that is not mapped, `ChangedMeanwhile`."""
    _lock(integration)
    mapping = _standing(integration, object_name, source_key)
    if mapping and mapping.behaviour == behaviour.value:
        return
    remote_object = schema.remote_objects(integration).get(object_name)
    refuse_older(mapping, seen, by=by, holds=_holds(mapping, remote_object))
    if mapping is None:
        raise MappingRefused("This row is not mapped. Choose a field first.")
    before = mapping.get_behaviour_display()
    mapping.behaviour, mapping.updated_by = behaviour.value, by
    mapping.save(update_fields=["behaviour", "updated_by", "updated_at"])
    audit.note_row(
        row=mapping,
        remote_object=remote_object,
        by=by,
        part="write behaviour",
        before=before,
        after=mapping.get_behaviour_display(),
    )


# --- One object -------------------------------------------------------------------------------------------------------


def set_defaults(*, integration: Integration, object_name: str, by: User) -> DefaultsReport:
    """Fill the recommended mapping of an object: only empty rows, only fields that exist, can be written and are free.

    Raises `MappingRefused` for an object that is not there.
    """
    lines = provider_of(integration.provider).defaults(object_name)
    report = fill_rows(integration=integration, object_name=object_name, lines=lines, by=by)
    if object_name in {row["name"] for row in integration.further_objects}:
        # Nobody expects a place for every Mobly field there.
        report.unplaced = report.unfit
    return report


@transaction.atomic
def fill_rows(
    *,
    integration: Integration,
    object_name: str,
    lines: Iterable[Default],
    by: User,
    said: str = "Set Defaults",
) -> DefaultsReport:
    """As `set_defaults`, by these lines alone. `said`: what the admin did, as it is written down."""
    remote_object = _object(integration, object_name)
    _lock(integration)
    rows = {source.key: source for source in offered(sources_of(integration.organization), remote_object.role)}
    mapped = set(
        FieldMapping.objects.filter(integration=integration, object=object_name).values_list("mobly_field", flat=True)
    )
    taken = _taken(integration, object_name)
    report = DefaultsReport()
    new: list[FieldMapping] = []
    for default in lines:
        source = rows.get(default.mobly_field)
        if source is None:
            continue
        if source.key in mapped:
            report.kept += 1
            continue
        remote, reason = _first_place(source, _candidates(default, remote_object), remote_object, taken)
        if remote is None:
            missing = "" if reason else next(iter(default.remote_fields or default.labels))
            report.unplaced.append(Unplaced(source.label, missing, reason))
            continue
        taken[remote.name] = source.label
        report.filled.append((source.label, remote.label))
        new.append(
            FieldMapping(
                integration=integration,
                object=object_name,
                mobly_field=source.key,
                remote_field=remote.name,
                behaviour=default.behaviour.value,
                updated_by=by,
            )
        )
    FieldMapping.objects.bulk_create(new)
    audit.note_rows(integration=integration, by=by, remote_object=remote_object, said=said, filled=new)
    return report


@transaction.atomic
def clear_object(*, integration: Integration, object_name: str, by: User, seen: Iterable[str] | None = None) -> int:
    """Empty every row of an object, its qualifiers, constants and fallbacks too; answers how many there were.

    `seen` are the states of the rows as they were shown. Raises `ChangedMeanwhile`; then nothing is emptied.
    """
    _lock(integration)
    fields = integration.field_mappings.filter(object=object_name)
    qualifiers = integration.qualifier_mappings.filter(object=object_name)
    constants = integration.constants.filter(object=object_name)
    rows: list[Mapped] = [*fields, *qualifiers.select_related("qualifier")]
    values = list(constants)
    if seen is not None and (rows or values) and differ([*rows, *values], seen):
        raise ChangedMeanwhile("Nothing was cleared: rows changed meanwhile. They are shown as they are now.")
    remote_object = schema.remote_objects(integration).get(object_name)
    cleared = [*rows, *values]
    audit.note_cleared(integration=integration, by=by, remote_object=remote_object, name=object_name, rows=cleared)
    fields.delete()
    qualifiers.delete()
    constants.delete()
    return len(rows) + len(values)


def persona_mapped(integration: Integration) -> bool:
    """Whether any Mobly field goes to a persona object: without one no lead flows."""
    personas = integration.schemas.filter(role=Role.PERSONA.value).values("object")
    return integration.field_mappings.filter(object__in=personas).exists()


# --- The parts --------------------------------------------------------------------------------------------------------


def _lock(integration: Integration) -> None:
    """Bump the version first: the row lock puts all writers of one integration's setup in order."""
    Integration.objects.filter(pk=integration.pk).setup_changed()


def _object(integration: Integration, name: str) -> RemoteObject:
    remote_object = schema.remote_objects(integration).get(name)
    if remote_object is None:
        raise MappingRefused(f"{name} is not an object of this integration. Choose Refresh to read the objects again.")
    return remote_object


def _row(integration: Integration, object_name: str, source_key: str) -> tuple[RemoteObject, Source]:
    remote_object = _object(integration, object_name)
    sources = offered(sources_of(integration.organization), remote_object.role)
    source = next((source for source in sources if source.key == source_key), None)
    if source is None:
        raise MappingRefused(
            f"{remote_object.label} has no row for this Mobly field. Load the page again to see its rows."
        )
    return remote_object, source


def _mappings(integration: Integration, source_key: str) -> QuerySet[FieldMapping] | QuerySet[QualifierMapping]:
    field_key, _, qualifier_id = source_key.partition(":")
    if qualifier_id:
        return integration.qualifier_mappings.filter(qualifier_id=int(qualifier_id) if qualifier_id.isdecimal() else 0)
    return integration.field_mappings.filter(mobly_field=field_key)


def _standing(integration: Integration, object_name: str, source_key: str) -> Mapped | None:
    return _mappings(integration, source_key).filter(object=object_name).select_related("updated_by").first()


def _holds(row: Mapped | None, remote_object: RemoteObject | None) -> str:
    if row is None:
        return ""
    remote = remote_object.fields.get(row.remote_field) if remote_object else None
    return f"it goes to “{remote.label if remote else row.remote_field}” now, {row.get_behaviour_display()}"


def _write(
    integration: Integration,
    object_name: str,
    source: Source,
    remote_field: str,
    behaviour: WriteBehaviour | None,
    by: User,
) -> Mapped:
    changes = {"remote_field": remote_field, "updated_by": by, **({"behaviour": behaviour.value} if behaviour else {})}
    if source.qualifier is None:
        return FieldMapping.objects.update_or_create(
            integration=integration, object=object_name, mobly_field=source.key, defaults=changes
        )[0]
    before = QualifierMapping.objects.filter(
        integration=integration, object=object_name, qualifier=source.qualifier
    ).first()
    if before and before.remote_field != remote_field:
        before.values.all().delete()  # options of the field before
    return QualifierMapping.objects.update_or_create(
        integration=integration, object=object_name, qualifier=source.qualifier, defaults=changes
    )[0]


def _taken(integration: Integration, object_name: str) -> dict[str, str]:
    """Remote field -> the label of what goes into it."""
    return taken_by(
        integration.field_mappings.filter(object=object_name),
        integration.qualifier_mappings.filter(object=object_name).select_related("qualifier"),
        integration.constants.filter(object=object_name),
    )


def taken_by(
    fields: Iterable[FieldMapping], qualifiers: Iterable[QualifierMapping], constants: Iterable[Constant] = ()
) -> dict[str, str]:
    """Remote field -> the label of what goes into it, for the rows of one object. A fallback takes nothing."""
    taken = {row.remote_field: BY_KEY[row.mobly_field].label for row in fields if row.mobly_field in BY_KEY}
    given = {row.remote_field: "a constant" for row in constants if not row.fallback}
    return {**taken, **{row.remote_field: row.qualifier.name for row in qualifiers}, **given}


def _refuse_taken(integration: Integration, remote_object: RemoteObject, source: Source, remote: RemoteField) -> None:
    holder = _taken(integration, remote_object.name).get(remote.name)
    if holder and holder != source.label:
        raise MappingRefused(f"“{remote.label}” takes {holder} already. Clear that row first.")


def _candidates(default: Default, remote_object: RemoteObject) -> tuple[str, ...]:
    """API names to try: those the default names, then those of the fields with its labels."""
    wanted = [label.casefold() for label in default.labels]
    by_label = {remote.label.casefold(): name for name, remote in reversed(list(remote_object.fields.items()))}
    return (*default.remote_fields, *(by_label[label] for label in wanted if label in by_label))


def _first_place(
    source: Source, candidates: tuple[str, ...], remote_object: RemoteObject, taken: Mapping[str, str]
) -> tuple[RemoteField | None, str]:
    """The first candidate that exists, can be written, fits and is free; else why the last that exists did not do."""
    reason = ""
    for name in candidates:
        remote = remote_object.fields.get(name)
        if remote is None:
            continue
        fitness = fit(source, remote)
        if fitness.refused:
            reason = f"“{remote.label}”: {fitness.sentence}"
        elif name in taken:
            reason = f"“{remote.label}” takes {taken[name]} already."
        else:
            return remote, ""
    return None, reason
