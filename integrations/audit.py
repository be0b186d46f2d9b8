"""What is written down of an integration's changes, and the words for it. `leads.audit` keeps and shows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from integrations.contract import RemoteField, RemoteObject, WriteBehaviour
from integrations.models import Constant, FieldMapping, Integration, QualifierMapping, QualifierValueMapping
from leads import audit
from leads.fields import BY_KEY
from leads.models import Change, QualifierValue, User

Area = Change.Area
NOT_MAPPED = "Not mapped"

Mapped = FieldMapping | QualifierMapping


def note(
    *, integration: Integration, by: User | None, area: Change.Area, subject: str, before: str = "", after: str = ""
) -> None:
    """As `leads.audit.note`, of this integration."""
    audit.note(
        organization=integration.organization,
        by=by,
        area=area,
        subject=subject,
        before=before,
        after=after,
        provider=integration.provider,
    )


def last_of(*, integration: Integration, area: Change.Area, subject: str) -> Change | None:
    """The last change that was written down of a thing, by its `subject`."""
    said = Change.objects.filter(organization=integration.organization_id, provider=integration.provider, area=area)
    return said.filter(subject=subject[:300]).newest_first().first()


# --- Rows of the Mapping tab ------------------------------------------------------------------------------------------


def note_row(
    *, row: Mapped, remote_object: RemoteObject | None, by: User, before: str, after: str | None = None, part: str = ""
) -> None:
    """One row: where it went `before`, as `place_words` says it, and where it goes now; or one `part` of the row."""
    place = remote_object.label if remote_object else row.object
    note(
        integration=row.integration,
        by=by,
        area=Area.MAPPING if isinstance(row, FieldMapping) else Area.QUALIFIERS,
        subject=", ".join(filter(None, [f"{_label(row)} on {place}", part])),
        before=before,
        after=place_words(row, remote_object) if after is None else after,
    )


def note_rows(
    *, integration: Integration, by: User, remote_object: RemoteObject, said: str, filled: Sequence[FieldMapping]
) -> None:
    """Many rows that were filled at once."""
    note(
        integration=integration,
        by=by,
        area=Area.MAPPING,
        subject=f"{said} on {remote_object.label}",
        after=_rows(filled, remote_object),
    )


def note_cleared(
    *,
    integration: Integration,
    by: User,
    remote_object: RemoteObject | None,
    name: str,
    rows: Sequence[Mapped | Constant],
) -> None:
    """All rows of the object of this API name, which is about to be emptied; its constants too."""
    note(
        integration=integration,
        by=by,
        area=Area.MAPPING,
        subject=f"Clear {remote_object.label if remote_object else name}",
        before=_rows(rows, remote_object),
    )


# --- Values of the Qualifiers tab -------------------------------------------------------------------------------------


def note_value(
    *,
    mapping: QualifierMapping,
    remote_object: RemoteObject | None,
    value: QualifierValue,
    by: User,
    before: str,
    after: str,
) -> None:
    """Which option one value goes to, as `option_words` says it."""
    note(
        integration=mapping.integration,
        by=by,
        area=Area.QUALIFIERS,
        subject=value_subject(mapping, remote_object, value),
        before=before,
        after=after,
    )


def value_subject(mapping: QualifierMapping, remote_object: RemoteObject | None, value: QualifierValue) -> str:
    """`Lead Score on Lead, value Hot`."""
    place = remote_object.label if remote_object else mapping.object
    return f"{mapping.qualifier.name} on {place}, value {value.label}"


def note_values(
    *,
    integration: Integration,
    by: User,
    said: str,
    objects: Mapping[str, RemoteObject],
    rows: Sequence[QualifierValueMapping],
) -> None:
    """Many values that were mapped at once: one entry for each object they go to."""
    for mapping in {row.mapping_id: row.mapping for row in rows}.values():
        remote_object = objects.get(mapping.object)
        remote = remote_object.fields.get(mapping.remote_field) if remote_object else None
        of_mapping = [row for row in rows if row.mapping_id == mapping.pk]
        note(
            integration=integration,
            by=by,
            area=Area.QUALIFIERS,
            subject=f"{mapping.qualifier.name} on {remote_object.label if remote_object else mapping.object}, {said}",
            after=_pairs(of_mapping, remote),
        )


def _pairs(rows: Iterable[QualifierValueMapping], remote: RemoteField | None) -> str:
    pairs = [f"{row.value.label} → {option_words(remote, row.remote_value)}" for row in rows]
    return audit.counted("value", "values", pairs)


def _rows(rows: Sequence[Mapped | Constant], remote_object: RemoteObject | None) -> str:
    return audit.counted("row", "rows", [f"{_label(row)} → {place_words(row, remote_object)}" for row in rows])


def _label(row: Mapped | Constant) -> str:
    if isinstance(row, Constant):
        return f"“{row.value}”"
    if isinstance(row, QualifierMapping):
        return row.qualifier.name
    return BY_KEY[row.mobly_field].label if row.mobly_field in BY_KEY else row.mobly_field


# --- Words ------------------------------------------------------------------------------------------------------------


def place_words(row: Mapped | Constant | None, remote_object: RemoteObject | None) -> str:
    """Where a row goes: `Email (Email__c), Write if Blank`; a qualifier with its values: `Rating, 1 value: Hot → P1`.

    Overwrite is what a row does if nobody says otherwise, and is left out.
    """
    if row is None:
        return NOT_MAPPED
    said = field_words(remote_object, row.remote_field)
    if row.behaviour != WriteBehaviour.OVERWRITE.value:
        said = f"{said}, {row.get_behaviour_display()}"
    if not isinstance(row, QualifierMapping):
        return said
    remote = remote_object.fields.get(row.remote_field) if remote_object else None
    values = row.values.select_related("value").order_by("value__position", "value_id")
    return ", ".join(filter(None, [said, _pairs(values, remote)]))


def field_words(remote_object: RemoteObject | None, name: str) -> str:
    """`Lead Rating (Rating)`, as the vendor calls it and as its API does; only the latter when it is gone."""
    remote = remote_object.fields.get(name) if remote_object else None
    return f"{remote.label} ({name})" if remote and remote.label != name else name


def option_words(remote: RemoteField | None, value: str) -> str:
    option = remote.option(value) if remote else None
    return f"{option.label} ({value})" if option and option.label != value else value
