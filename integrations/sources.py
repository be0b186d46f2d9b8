"""What stands on the left of a mapping row: a Mobly field, or one of the organization's qualifiers."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from integrations.contract import Role
from integrations.planning import QUALIFIER_PREFIX
from leads.fields import MOBLY_FIELDS, Group, MoblyField, Type
from leads.models import Organization, Qualifier

QUALIFIERS = "Qualifiers"

_TYPES: dict[str, Type] = {
    Qualifier.Kind.PICKLIST: Type.LIST,
    Qualifier.Kind.TEXT: Type.TEXT,
    Qualifier.Kind.NUMBER: Type.NUMBER,
    Qualifier.Kind.BOOLEAN: Type.BOOLEAN,
    Qualifier.Kind.NOTE: Type.TEXT,
}


@dataclass(frozen=True, slots=True)
class Source:
    """`key` is the Mobly field's key or `qualifier:<id>`; `group` the heading it stands under. `options`: its values
    are mapped to remote options one by one; `multiple`: a lead may carry several; `long`: its text may be long."""

    key: str
    label: str
    type: Type
    group: str
    long: bool = False
    options: bool = False
    multiple: bool = False
    recommended: str = ""
    qualifier: Qualifier | None = None


def of_field(field: MoblyField) -> Source:
    return Source(
        field.key,
        field.label,
        field.type,
        field.group.value,
        long=field.long,
        multiple=field.type is Type.LIST,
        recommended=field.recommended,
    )


def of_qualifier(qualifier: Qualifier) -> Source:
    return Source(
        f"{QUALIFIER_PREFIX}{qualifier.pk}",
        qualifier.name,
        _TYPES[qualifier.kind],
        QUALIFIERS,
        long=qualifier.kind == Qualifier.Kind.NOTE,
        options=qualifier.kind == Qualifier.Kind.PICKLIST,
        multiple=qualifier.kind == Qualifier.Kind.PICKLIST and qualifier.multiple,
        qualifier=qualifier,
    )


FIELDS: tuple[Source, ...] = tuple(of_field(field) for field in MOBLY_FIELDS)


def sources_of(organization: Organization) -> list[Source]:
    """Every source of an organization in the order of the Mapping tab; one query, for the qualifiers.

    An archived qualifier is left out, unless it is still mapped: it holds a remote field, and its row can free it.
    """
    archived = Q(status=Qualifier.Status.ARCHIVED, mappings__isnull=True)
    qualifiers = Qualifier.objects.filter(organization=organization).exclude(archived).distinct()
    return [*FIELDS, *(of_qualifier(qualifier) for qualifier in qualifiers)]


def offered(sources: list[Source], role: Role) -> list[Source]:
    """Those that make sense for an object: a company record takes what describes the company."""
    if role is Role.COMPANY:
        return [source for source in sources if source.group == Group.COMPANY.value]
    return sources
