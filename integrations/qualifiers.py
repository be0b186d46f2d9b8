"""The services of the Qualifiers tab: which remote option each value of a qualifier goes to.

Which field a qualifier goes to is a mapping row like any other (`integrations.mapping.map_field` with the source
`qualifier:<id>`). Nothing is mapped without a person: `suggestions` only says what somebody may want to accept.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from integrations import audit, schema
from integrations.contract import FieldType, Option, RemoteField, RemoteObject, Role
from integrations.mapping import MappingRefused, map_field
from integrations.meanwhile import refuse_older_state, state_of_value
from integrations.models import Integration, QualifierMapping, QualifierValueMapping
from integrations.planning import QUALIFIER_PREFIX, takes_options
from integrations.values import FALSE, TRUE
from leads.models import Qualifier, QualifierValue, User
from leads.qualifiers import QualifierRefused, save_qualifier

CHECKBOX = (Option("true", "true"), Option("false", "false"))
# What a qualifier can be made from.
LISTS = (FieldType.PICKLIST, FieldType.MULTI_PICKLIST)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The option a value probably means; `exact` when they are called the same to the letter."""

    option: Option
    exact: bool


# --- Rules ------------------------------------------------------------------------------------------------------------


def options_for(remote: RemoteField) -> tuple[Option, ...]:
    """What a value can be mapped to now; empty where the vendor does not tell, then any text goes."""
    if remote.type is FieldType.BOOLEAN:
        return CHECKBOX
    return tuple(option for option in remote.options if option.active)


def suggestions(labels: Mapping[int, str], remote: RemoteField) -> dict[int, Suggestion]:
    """Value id -> the option of the same name: to the letter, else with case, accents and punctuation aside.

    A name that fits several options alike suggests none of them.
    """
    options = options_for(remote)
    found = ((value_id, _suggested(label, options, remote)) for value_id, label in labels.items())
    return {value_id: suggestion for value_id, suggestion in found if suggestion}


def _suggested(label: str, options: Sequence[Option], remote: RemoteField) -> Suggestion | None:
    same = [option for option in options if label in (option.label, option.value)]
    if len(same) == 1:
        return Suggestion(same[0], exact=True)
    plain = normalised(label)
    if remote.type is FieldType.BOOLEAN:
        word = "true" if plain in TRUE else "false" if plain in FALSE else ""
        return next((Suggestion(option, exact=False) for option in options if option.value == word), None)
    alike = [option for option in options if plain and plain in (normalised(option.label), normalised(option.value))]
    return Suggestion(alike[0], exact=False) if len(alike) == 1 else None


def normalised(name: str) -> str:
    """`Follow-Up  Café` -> `followupcafe`."""
    parts = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in parts if letter.isalnum())


# --- One value --------------------------------------------------------------------------------------------------------


def map_value(
    *,
    integration: Integration,
    object_name: str,
    qualifier_id: int,
    value_id: int,
    option: str,
    by: User,
    seen: str | None = None,
) -> QualifierValueMapping:
    """Send a value to a remote option, in place of what was said before.

    `seen` is the state of the value that the choice was made from (`integrations.meanwhile`). Raises `MappingRefused`,
    `ChangedMeanwhile`.
    """
    remote_object, remote = _remote(integration, object_name, qualifier_id)
    value = _value(integration, qualifier_id, value_id)
    options = options_for(remote)
    if options and option not in {each.value for each in options}:
        raise MappingRefused(
            f"“{option}” is not an option of “{remote.label}” of {remote_object.label} any more. Choose another one."
        )
    with transaction.atomic():
        mapping = _locked(integration, object_name, qualifier_id, remote.name)
        row = mapping.values.filter(value=value).first()
        if row is not None and row.remote_value == option:
            return row
        _refuse_older(mapping, remote_object, value, row, seen, by)
        mapping.updated_by = by
        mapping.save()
        before = audit.option_words(remote, row.remote_value) if row else audit.NOT_MAPPED
        after = audit.option_words(remote, option)
        audit.note_value(mapping=mapping, remote_object=remote_object, value=value, by=by, before=before, after=after)
        return QualifierValueMapping.objects.update_or_create(
            mapping=mapping, value=value, defaults={"remote_value": option}
        )[0]


@transaction.atomic
def clear_value(
    *,
    integration: Integration,
    object_name: str,
    qualifier_id: int,
    value_id: int,
    by: User,
    seen: str | None = None,
) -> bool:
    """Forget where a value goes; True when it was mapped. Raises `ChangedMeanwhile` when it is not as `seen`."""
    _bump(integration)
    rows = QualifierValueMapping.objects.filter(
        mapping__integration=integration, mapping__object=object_name, mapping__qualifier=qualifier_id, value=value_id
    )
    row = rows.select_related("value", "mapping__integration__organization", "mapping__qualifier").first()
    if row is None:
        return False
    remote_object = schema.remote_objects(integration).get(object_name)
    remote = remote_object.fields.get(row.mapping.remote_field) if remote_object else None
    _refuse_older(row.mapping, remote_object, row.value, row, seen, by)
    audit.note_value(
        mapping=row.mapping,
        remote_object=remote_object,
        value=row.value,
        by=by,
        before=audit.option_words(remote, row.remote_value),
        after=audit.NOT_MAPPED,
    )
    row.delete()
    return True


# --- One qualifier ----------------------------------------------------------------------------------------------------


@transaction.atomic
def accept_exact(*, integration: Integration, qualifier_id: int, by: User) -> int:
    """Map every value that has no option yet to the option of exactly its name, in each object the qualifier goes to.

    Answers how many were mapped.
    """
    _bump(integration)
    objects = schema.remote_objects(integration)
    mappings = (
        integration.qualifier_mappings.filter(qualifier=qualifier_id)
        .select_related("qualifier")
        .prefetch_related("values")
    )
    # An archived value matters as long as leads carry it.
    values = QualifierValue.objects.filter(
        Q(archived=False) | Q(answers__isnull=False),
        qualifier=qualifier_id,
        qualifier__organization=integration.organization,
    ).distinct()
    known = {value.pk: value for value in values}
    new = [
        QualifierValueMapping(mapping=mapping, value=known[value_id], remote_value=suggestion.option.value)
        for mapping, remote in _with_fields(mappings, objects)
        for value_id, suggestion in suggestions(_unmapped(mapping, known.values()), remote).items()
        if suggestion.exact
    ]
    QualifierValueMapping.objects.bulk_create(new)
    integration.qualifier_mappings.filter(pk__in={row.mapping_id for row in new}).update(updated_by=by)
    audit.note_values(integration=integration, by=by, said="Accept exact matches", objects=objects, rows=new)
    return len(new)


@transaction.atomic
def create_from_remote(
    *, integration: Integration, object_name: str, remote_field: str, name: str, by: User
) -> Qualifier:
    """Auto Create from CRM: a qualifier with the options of a remote picklist as its values, mapped one to one.

    Other person objects that have the same field, free and with these options, get the mapping too. Raises
    `MappingRefused`; then nothing is made.
    """
    objects = schema.remote_objects(integration)
    remote_object = objects.get(object_name)
    remote = remote_object.fields.get(remote_field) if remote_object else None
    if remote is None or remote.type not in LISTS or not options_for(remote):
        raise MappingRefused("This is not a picklist with options any more. Choose another field.")
    labels = _labels(options_for(remote))
    try:
        qualifier = save_qualifier(
            organization=integration.organization,
            by=by,
            values=list(labels.values()),
            name=name,
            multiple=remote.type is FieldType.MULTI_PICKLIST,
        )
    except QualifierRefused as refused:
        raise MappingRefused(refused.sentence) from refused
    by_label = {value.label: value for value in qualifier.values.all()}
    values = {option: by_label[label] for option, label in labels.items()}
    _map_all(integration, object_name, remote, qualifier, values, by)
    for other in _twins(integration, objects, object_name, remote):
        _map_all(integration, other, objects[other].fields[remote_field], qualifier, values, by)
    return qualifier


def sources_for_new(integration: Integration) -> list[tuple[RemoteObject, list[RemoteField]]]:
    """The picklists a qualifier can be made from: with options, writable, and nothing goes into them yet."""
    taken = _taken_fields(integration)
    found = [
        (
            remote_object,
            [
                remote
                for remote in remote_object.fields.values()
                if remote.type in LISTS
                and remote.writable
                and options_for(remote)
                and (remote_object.name, remote.name) not in taken
            ],
        )
        for remote_object in schema.remote_objects(integration).values()
        if remote_object.role is not Role.COMPANY
    ]
    return [(remote_object, fields) for remote_object, fields in found if fields]


# --- The parts --------------------------------------------------------------------------------------------------------


def _bump(integration: Integration) -> None:
    """First of all: the row lock puts all writers of one integration's setup in order."""
    Integration.objects.filter(pk=integration.pk).setup_changed()


def _remote(integration: Integration, object_name: str, qualifier_id: int) -> tuple[RemoteObject, RemoteField]:
    mapping = integration.qualifier_mappings.filter(object=object_name, qualifier=qualifier_id).first()
    if mapping is None:
        raise MappingRefused("This qualifier goes to no field yet. Choose its field first.")
    remote_object = schema.remote_objects(integration).get(object_name)
    remote = remote_object.fields.get(mapping.remote_field) if remote_object else None
    if remote_object is None or remote is None:
        raise MappingRefused(f"{mapping.remote_field} of {object_name} is gone. Choose another field first.")
    if not takes_options(remote):
        raise MappingRefused(f"“{remote.label}” is no picklist: the value is sent as it is and needs no option.")
    return remote_object, remote


def _value(integration: Integration, qualifier_id: int, value_id: int) -> QualifierValue:
    value = QualifierValue.objects.filter(
        pk=value_id, qualifier=qualifier_id, qualifier__organization=integration.organization
    ).first()
    if value is None:
        raise MappingRefused("The qualifier has no such value any more. Load the page again to see its values.")
    return value


def _locked(integration: Integration, object_name: str, qualifier_id: int, remote_field: str) -> QualifierMapping:
    """The mapping, once nobody else can change it. Refused when its field changed since it was looked at."""
    _bump(integration)
    mapping = integration.qualifier_mappings.filter(object=object_name, qualifier=qualifier_id).first()
    if mapping is None or mapping.remote_field != remote_field:
        raise MappingRefused("The qualifier was given another field at the same moment. Load the page again.")
    return mapping


def _refuse_older(
    mapping: QualifierMapping,
    remote_object: RemoteObject | None,
    value: QualifierValue,
    row: QualifierValueMapping | None,
    seen: str | None,
    by: User,
) -> None:
    now = state_of_value(mapping.remote_field, row.remote_value if row else "")
    if seen is None or seen == now:
        return
    remote = remote_object.fields.get(mapping.remote_field) if remote_object else None
    subject = audit.value_subject(mapping, remote_object, value)
    last = audit.last_of(integration=mapping.integration, area=audit.Area.QUALIFIERS, subject=subject)
    holds = f"it goes to “{audit.option_words(remote, row.remote_value)}” now" if row else "it goes nowhere now"
    refuse_older_state(now, seen, last=last, by=by, holds=holds)


def _with_fields(
    mappings: Iterable[QualifierMapping], objects: Mapping[str, RemoteObject]
) -> Iterator[tuple[QualifierMapping, RemoteField]]:
    for mapping in mappings:
        remote_object = objects.get(mapping.object)
        remote = remote_object.fields.get(mapping.remote_field) if remote_object else None
        if remote and takes_options(remote):
            yield mapping, remote


def _unmapped(mapping: QualifierMapping, values: Iterable[QualifierValue]) -> dict[int, str]:
    mapped = {row.value_id for row in mapping.values.all()}
    return {value.pk: value.label for value in values if value.pk not in mapped}


def _labels(options: Sequence[Option]) -> dict[str, str]:
    """Option value -> the label of the qualifier's value; two options of one name are told apart by their values."""
    names = [" ".join(option.label.split()) or option.value for option in options]
    often = {name.casefold() for name in names if sum(name.casefold() == other.casefold() for other in names) > 1}
    return {
        option.value: f"{name} ({option.value})" if name.casefold() in often else name
        for option, name in zip(options, names, strict=True)
    }


def _map_all(
    integration: Integration,
    object_name: str,
    remote: RemoteField,
    qualifier: Qualifier,
    values: Mapping[str, QualifierValue],
    by: User,
) -> None:
    map_field(
        integration=integration,
        object_name=object_name,
        source_key=f"{QUALIFIER_PREFIX}{qualifier.pk}",
        remote_field=remote.name,
        by=by,
    )
    mapping = QualifierMapping.objects.get(integration=integration, object=object_name, qualifier=qualifier)
    offered = {option.value for option in options_for(remote)}
    new = [
        QualifierValueMapping(mapping=mapping, value=value, remote_value=option)
        for option, value in values.items()
        if option in offered
    ]
    QualifierValueMapping.objects.bulk_create(new)
    objects = schema.remote_objects(integration)
    audit.note_values(integration=integration, by=by, said="Auto Create from CRM", objects=objects, rows=new)


def _twins(
    integration: Integration, objects: Mapping[str, RemoteObject], object_name: str, remote: RemoteField
) -> list[str]:
    """The other person objects with a free field of this name, this type and at least these options."""
    taken = _taken_fields(integration)
    wanted = {option.value for option in options_for(remote)}
    return [
        name
        for name, other in objects.items()
        if name != object_name
        and other.role is Role.PERSONA
        and (twin := other.fields.get(remote.name)) is not None
        and twin.type is remote.type
        and twin.writable
        and wanted <= {option.value for option in options_for(twin)}
        and (name, remote.name) not in taken
    ]


def _taken_fields(integration: Integration) -> set[tuple[str, str]]:
    rows = [
        *integration.field_mappings.values_list("object", "remote_field"),
        *integration.qualifier_mappings.values_list("object", "remote_field"),
        *integration.constants.filter(fallback=False).values_list("object", "remote_field"),
    ]
    return set(rows)
