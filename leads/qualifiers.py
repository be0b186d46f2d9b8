"""Qualifiers: defining them, and what a lead carries for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction

from leads.audit import differing, note
from leads.changes import announce
from leads.identity import MAX_LENGTH, CaptureRefused
from leads.models import Answer, Change, Event, Lead, Organization, Qualifier, QualifierValue, User

# Qualifier id -> ids of picked values, or a text for the kinds without values.
Answers = Mapping[int, "Sequence[int] | str"]

YES = {"true", "yes", "y", "1", "on"}
NO = {"false", "no", "n", "0", "off"}


class QualifierRefused(Exception):
    """The qualifier cannot be saved like this; `field` is the Qualifier field at fault, or `values`."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Picked:
    """One meeting's answers for one lead. `adds` keeps what a Multiple qualifier already carries."""

    lead: Lead
    answers: Answers
    adds: bool


# --- Defining -------------------------------------------------------------------------------------------------------


@transaction.atomic
def save_qualifier(
    *,
    organization: Organization,
    qualifier: Qualifier | None = None,
    by: User | None,
    values: Sequence[str | tuple[int | None, str]] | None = None,
    events: Iterable[Event] | None = None,
    **fields: Any,
) -> Qualifier:
    """Make a qualifier, or change the given one. `fields` are Qualifier's own.

    `values` are all its values in order, each a label, or (id, label) where a known value is renamed; a known value
    that is missing is archived if leads carry it, else removed. None leaves the values alone. `events`: empty for all
    events. Raises `QualifierRefused`.
    """
    # The organization's row is the lock: two people who make the same qualifier at the same moment wait in line.
    Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    new = qualifier is None
    qualifier = (
        Qualifier(organization=organization, position=organization.qualifiers.count())
        if qualifier is None
        else organization.qualifiers.select_for_update(no_key=True).get(pk=qualifier.pk)
    )
    kind = qualifier.kind
    before = {} if new else _parts(qualifier)
    for field, value in fields.items():
        setattr(qualifier, field, value)
    qualifier.name = " ".join(qualifier.name.replace("\x00", "").split())
    _check(qualifier, kind_before=None if new else kind)
    qualifier.save()
    renamed = [] if values is None else _save_values(qualifier, values)
    if events is not None:
        qualifier.events.set(events)
    _note(qualifier, by, before)
    if renamed:
        # A text field of a CRM shows the labels themselves.
        announce(leads=list(Lead.objects.filter(answers__value__in=renamed).distinct().order_by("pk")), fresh=False)
    return qualifier


@transaction.atomic
def move_qualifier(*, qualifier: Qualifier, up: bool, by: User) -> bool:
    """Let it change places with the one before it, or behind it; False when there is none."""
    organization = Organization.objects.select_for_update(no_key=True).get(pk=qualifier.organization_id)
    ordered = list(organization.qualifiers.all())
    place = ordered.index(qualifier)
    other = place - 1 if up else place + 1
    if not 0 <= other < len(ordered):
        return False
    before = _in_order(ordered)
    ordered[place], ordered[other] = ordered[other], ordered[place]
    # Places that were typed in may be the same or far apart.
    for position, each in enumerate(ordered):
        each.position = position
    Qualifier.objects.bulk_update(ordered, ["position"])
    area, after = Change.Area.QUALIFIERS, _in_order(ordered)
    note(organization=organization, by=by, area=area, subject="Display order", before=before, after=after)
    return True


def _in_order(qualifiers: Sequence[Qualifier]) -> str:
    return ", ".join(qualifier.name for qualifier in qualifiers)


def _note(qualifier: Qualifier, by: User | None, before: Mapping[str, str]) -> None:
    was, now = differing(before, _parts(qualifier))
    note(
        organization=qualifier.organization,
        by=by,
        area=Change.Area.QUALIFIERS,
        subject=before.get("Name") or qualifier.name,
        before=was if before else "Not defined",
        after=now,
    )


def _parts(qualifier: Qualifier) -> dict[str, str]:
    """The definition as its page says it."""
    picklist = {"Picks": "Multiple" if qualifier.multiple else "Single"}
    values = qualifier.values.filter(archived=False).order_by("position", "pk").values_list("label", flat=True)
    return {
        "Name": qualifier.name,
        "Type": qualifier.get_kind_display(),
        **(picklist if qualifier.kind == Qualifier.Kind.PICKLIST else {}),
        "Requirement": qualifier.get_requirement_display(),
        "Status": qualifier.get_status_display(),
        "Scope": ", ".join(qualifier.events.order_by("name", "pk").values_list("name", flat=True)) or "All Events",
        "Values": ", ".join(values),
        "Usage instructions": qualifier.instructions,
        "Order": str(qualifier.position),
    }


def _check(qualifier: Qualifier, *, kind_before: str | None) -> None:
    if not qualifier.name:
        raise QualifierRefused("name", "The qualifier has no name.")
    if len(qualifier.name) > 200:
        raise QualifierRefused("name", f"The name has {len(qualifier.name):,} characters; 200 is the most.")
    if qualifier.organization.qualifiers.filter(name__iexact=qualifier.name).exclude(pk=qualifier.pk).exists():
        raise QualifierRefused("name", f"There is already a qualifier “{qualifier.name}”.")
    if kind_before is not None and kind_before != qualifier.kind and qualifier.answers.exists():
        count = qualifier.answers.values("lead").distinct().count()
        carry = "1 lead carries" if count == 1 else f"{count:,} leads carry"
        raise QualifierRefused("kind", f"{carry} an answer, so the type stays as it is.")


def _save_values(qualifier: Qualifier, wanted: Sequence[str | tuple[int | None, str]]) -> list[int]:
    """Returns the ids of renamed values."""
    known = {value.pk: value for value in qualifier.values.all()}
    by_label = {value.label.casefold(): value for value in known.values()}
    kept: list[QualifierValue] = []
    renamed: list[int] = []
    seen: set[str] = set()
    for entry in wanted:
        pk, label = (None, entry) if isinstance(entry, str) else entry
        label = " ".join(label.replace("\x00", "").split())
        if not label:
            continue
        if len(label) > 200:
            raise QualifierRefused("values", f"“{label[:40]}…” has {len(label):,} characters; 200 is the most.")
        if label.casefold() in seen:
            raise QualifierRefused("values", f"“{label}” stands there twice.")
        seen.add(label.casefold())
        value = known.get(pk) if pk is not None else by_label.get(label.casefold())
        value = value or QualifierValue(qualifier=qualifier)
        if value.pk and value.label != label:
            renamed.append(value.pk)
        value.label, value.archived = label, False
        kept.append(value)
    _drop_missing(qualifier, known, kept)
    _store_in_order(kept)
    return renamed


def _drop_missing(qualifier: Qualifier, known: Mapping[int, QualifierValue], kept: Sequence[QualifierValue]) -> None:
    missing = set(known) - {value.pk for value in kept}
    carried = set(Answer.objects.filter(value__in=missing).values_list("value_id", flat=True))
    qualifier.values.filter(pk__in=carried).update(archived=True)
    qualifier.values.filter(pk__in=missing - carried).delete()
    labels = {value.label.casefold() for value in kept}
    for pk in carried:
        if known[pk].label.casefold() in labels:
            raise QualifierRefused(
                "values", f"“{known[pk].label}” is archived and leads carry it; it cannot be made again."
            )


def _store_in_order(values: Sequence[QualifierValue]) -> None:
    for position, value in enumerate(values):
        value.position = position
        # Two values may swap their labels: the old ones make room first.
    known = [value for value in values if value.pk]
    for value in known:
        QualifierValue.objects.filter(pk=value.pk).exclude(label=value.label).update(label=f"\x1f{value.pk}")
    QualifierValue.objects.bulk_update(known, ["label", "position", "archived"])
    QualifierValue.objects.bulk_create([value for value in values if not value.pk])


# --- Answering ------------------------------------------------------------------------------------------------------


@transaction.atomic
def answer(*, lead: Lead, answers: Answers, by: User | None) -> None:
    """Set what the lead carries for each qualifier named; an empty answer clears it. Raises `CaptureRefused`."""
    lead = Lead.objects.select_for_update(of=("self",), no_key=True).select_related("organization").get(pk=lead.pk)
    if write_answers(organization=lead.organization, picked=[Picked(lead, answers, adds=False)]):
        announce(leads=[lead], fresh=True)


def write_answers(*, organization: Organization, picked: Sequence[Picked]) -> set[int]:
    """Write many leads' answers with a constant number of queries; returns the ids of leads whose answers changed.

    The caller holds the transaction and the leads' locks, and announces. Raises `CaptureRefused`.
    """
    picked = [entry for entry in picked if entry.answers]
    if not picked:
        return set()
    asked = {pk for entry in picked for pk in entry.answers}
    qualifiers = {
        qualifier.pk: qualifier for qualifier in organization.qualifiers.filter(pk__in=asked).prefetch_related("values")
    }
    leads = {entry.lead.pk for entry in picked}
    before: dict[tuple[int, int], set[tuple[int | None, str]]] = {}
    for row in Answer.objects.filter(lead__in=leads, qualifier__in=asked):
        before.setdefault((row.lead_id, row.qualifier_id), set()).add((row.value_id, row.text))
    after = dict(before)
    for entry in picked:
        for pk, said in entry.answers.items():
            qualifier = qualifiers.get(pk)
            if qualifier is None:
                raise CaptureRefused(f"qualifier:{pk}", "This qualifier is not one of the organization's.")
            place = (entry.lead.pk, pk)
            after[place] = _merged(qualifier, after.get(place, set()), said, adds=entry.adds)
    return _store(before, after)


def _merged(
    qualifier: Qualifier, carried: set[tuple[int | None, str]], said: Sequence[int] | str, *, adds: bool
) -> set[tuple[int | None, str]]:
    new = _read(qualifier, said, {pk for pk, _ in carried if pk})
    if adds and (qualifier.multiple or not new):
        return carried | new
    return new


def _read(qualifier: Qualifier, said: Sequence[int] | str, carried: set[int]) -> set[tuple[int | None, str]]:
    field = f"qualifier:{qualifier.pk}"
    if qualifier.kind == Qualifier.Kind.PICKLIST:
        if isinstance(said, str):
            raise CaptureRefused(field, f"{qualifier.name} takes picked values, not the text “{said[:80]}”.")
        # What the lead carries already may stay although it was archived since.
        open_values = {value.pk for value in qualifier.values.all() if not value.archived or value.pk in carried}
        if not set(said) <= open_values:
            raise CaptureRefused(field, f"{qualifier.name} has no such value any more. Pick again.")
        if len(set(said)) > 1 and not qualifier.multiple:
            raise CaptureRefused(field, f"{qualifier.name} takes one value; {len(set(said))} are picked.")
        return {(pk, "") for pk in said}
    text = _text(qualifier, field, said if isinstance(said, str) else "")
    return {(None, text)} if text else set()


def _text(qualifier: Qualifier, field: str, said: str) -> str:
    text = said.replace("\x00", "").strip()
    if len(text) > MAX_LENGTH:
        raise CaptureRefused(field, f"{qualifier.name} has {len(text):,} characters; {MAX_LENGTH:,} is the most.")
    if not text:
        return ""
    if qualifier.kind == Qualifier.Kind.BOOLEAN:
        if text.lower() in YES | NO:
            return "true" if text.lower() in YES else "false"
        raise CaptureRefused(field, f"{qualifier.name} is answered with yes or no, not “{text[:80]}”.")
    if qualifier.kind == Qualifier.Kind.NUMBER:
        try:
            number = Decimal(text)
        except InvalidOperation:
            raise CaptureRefused(field, f"{qualifier.name} takes a number; “{text[:80]}” is none.") from None
        if not number.is_finite():
            raise CaptureRefused(field, f"{qualifier.name} takes a number; “{text[:80]}” is none.")
    return text


def _store(
    before: Mapping[tuple[int, int], set[tuple[int | None, str]]],
    after: Mapping[tuple[int, int], set[tuple[int | None, str]]],
) -> set[int]:
    changed = {place for place, carried in after.items() if carried != before.get(place, set())}
    if not changed:
        return set()
    leads, qualifiers = {lead for lead, _ in changed}, {qualifier for _, qualifier in changed}
    stale = [
        row.pk
        for row in Answer.objects.filter(lead__in=leads, qualifier__in=qualifiers)
        if (row.lead_id, row.qualifier_id) in changed
        and (row.value_id, row.text) not in after[row.lead_id, row.qualifier_id]
    ]
    Answer.objects.filter(pk__in=stale).delete()
    Answer.objects.bulk_create(
        Answer(lead_id=lead, qualifier_id=qualifier, value_id=value, text=text)
        for lead, qualifier in sorted(changed)
        for value, text in sorted(after[lead, qualifier] - before.get((lead, qualifier), set()), key=str)
    )
    return leads
