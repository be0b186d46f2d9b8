"""Events: saving one with its activations, and what a new name means for the leads met there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction

from leads.audit import differing, note
from leads.changes import announce
from leads.models import Activation, Change, Event, Lead, Organization, User
from leads.scans import refresh_scans


class EventRefused(Exception):
    """The event cannot be saved like this; `field` is the Event field at fault."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field
        self.sentence = sentence


@transaction.atomic
def save_event(
    *,
    organization: Organization,
    event: Event | None = None,
    activations: Sequence[str] = (),
    by: User | None = None,
    **fields: Any,
) -> Event:
    """Make an event, or change the given one. `fields` are Event's own: name, kind, place, starts_on, ends_on.

    `activations` are names to add; none is ever removed. A new name reaches every lead scanned there. Raises
    `EventRefused`.
    """
    # The organization's row is the lock: two people who make the same event at the same moment wait in line.
    Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    event = (
        Event(organization=organization)
        if event is None
        else Event.objects.select_for_update(no_key=True).get(pk=event.pk)
    )
    known_as = event.name
    before = _parts(event) if event.pk else {}
    for field, value in fields.items():
        setattr(event, field, value)
    event.name = " ".join(event.name.replace("\x00", "").split())
    _check(organization, event)
    event.save()
    _add_activations(event, activations)
    _note(event, by, before)
    if known_as and known_as != event.name:
        _carry_the_new_name(event)
    return event


def event_named(*, organization: Organization, name: str, by: User | None = None) -> Event:
    """The event of this name, made if there is none. Raises `EventRefused`."""
    known = organization.events.filter(name__iexact=" ".join(name.split())).first()
    return known or save_event(organization=organization, name=name, by=by)


def _note(event: Event, by: User | None, before: Mapping[str, str]) -> None:
    was, now = differing(before, _parts(event))
    note(
        organization=event.organization,
        by=by,
        area=Change.Area.EVENTS,
        subject=before.get("Name") or event.name,
        before=was if before else "Not there",
        after=now,
    )


def _parts(event: Event) -> dict[str, str]:
    """The event as its page says it."""
    return {
        "Name": event.name,
        "Type": event.get_kind_display(),
        "Place": event.place,
        "Starts": _day(event.starts_on),
        "Ends": _day(event.ends_on),
        "Activations": ", ".join(event.activations.order_by("name", "pk").values_list("name", flat=True)),
    }


def _day(day: date | None) -> str:
    return f"{day.day} {day:%b %Y}" if day else ""


def _check(organization: Organization, event: Event) -> None:
    if not event.name:
        raise EventRefused("name", "The event has no name.")
    if len(event.name) > 255:
        raise EventRefused("name", f"The name has {len(event.name):,} characters; 255 is the most.")
    if organization.events.filter(name__iexact=event.name).exclude(pk=event.pk).exists():
        raise EventRefused("name", f"There is already an event “{event.name}”.")
    if event.starts_on and event.ends_on and event.ends_on < event.starts_on:
        starts, ends = _day(event.starts_on), _day(event.ends_on)
        raise EventRefused("ends_on", f"The event ends on {ends}, before it starts on {starts}.")


def _add_activations(event: Event, names: Sequence[str]) -> None:
    wanted = dict.fromkeys(name for name in (" ".join(name.split()) for name in names) if name)
    for name in wanted:
        if len(name) > 255:
            raise EventRefused("activations", f"“{name[:40]}…” has {len(name):,} characters; 255 is the most.")
    Activation.objects.bulk_create([Activation(event=event, name=name) for name in wanted], ignore_conflicts=True)


def _carry_the_new_name(event: Event) -> None:
    leads = list(
        Lead.objects.select_for_update(no_key=True).filter(pk__in=event.captures.values("lead")).order_by("pk")
    )
    announce(leads=refresh_scans(leads), fresh=False)


@transaction.atomic
def remove_activation(*, activation: Activation, by: User | None = None) -> None:
    """Take an activation away; its captures stay at the event. No Mobly field names it, so nothing is announced."""
    event, before = activation.event, _parts(activation.event)
    activation.delete()
    _note(event, by, before)
