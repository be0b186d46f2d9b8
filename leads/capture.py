"""The one door for every source: find or make the lead, add the capture, announce the change.

Which lead a person is: the same e-mail (case and outer blanks aside) within the organization; without an e-mail, the
same name at the same company. A lead met without e-mail gets the one it is later seen with. Never across organizations.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.utils import timezone

from leads import provenance
from leads.bulk import rewrite
from leads.changes import announce
from leads.fields import EDITABLE
from leads.hints import hint_enrichment
from leads.identity import CaptureRefused, check, cleaned, email_key, identity_of, name_key
from leads.known import Known
from leads.models import Activation, Capture, Event, Lead, Organization, User
from leads.qualifiers import Answers, Picked, write_answers
from leads.scans import refresh_scans

__all__ = ["CaptureRefused", "Captured", "Meeting", "capture_lead", "capture_many", "edit_lead", "edit_leads"]

# What enrichment starts from: a new value in one of these is a reason to run it again.
ENRICHED_FROM = {"email", "phone_number", "company_name", "company_website", "company_country"}
MERGED = (
    *(entry.key for entry in EDITABLE),
    "email_key",
    "name_key",
    "provenance",
    "enrichment",
    "enrich_until",
    "last_captured_at",
)
LOCK_CLASS = 0x6C656164  # "lead": the name space of our advisory locks


@dataclass(frozen=True, slots=True)
class Meeting:
    """One meeting with a person, as a source tells it. `person` holds said values by Mobly field.

    `key` names the meeting for a source that may tell it twice (64 characters at most). `answers`: qualifier id ->
    list of value ids, or a text for the kinds without values.
    """

    person: Mapping[str, Any]
    source: str
    event: Event | None = None
    activation: Activation | None = None
    by: User | None = None
    at: datetime | None = None
    answers: Answers = field(default_factory=dict)
    key: str = ""


@dataclass(frozen=True, slots=True)
class Captured:
    """`created`: the lead is new. `changed`: something is new, be it only the meeting; False when `key` was seen
    before."""

    lead: Lead
    capture: Capture
    created: bool
    changed: bool


def capture_lead(
    *,
    organization: Organization,
    person: Mapping[str, Any],
    source: str,
    event: Event | None = None,
    activation: Activation | None = None,
    by: User | None = None,
    at: datetime | None = None,
    answers: Answers | None = None,
    key: str = "",
) -> Captured:
    """Record one meeting with a person; find the lead it belongs to or make it.

    A said value that is not blank wins over what stood there; a blank one changes nothing. The same `key` again
    changes nothing. Raises `CaptureRefused` with a field and a sentence when the person cannot be a lead.
    """
    meeting = Meeting(person, source, event, activation, by, at, answers or {}, key)
    return capture_many(organization=organization, meetings=[meeting], fresh=True)[0]


def capture_many(*, organization: Organization, meetings: Sequence[Meeting], fresh: bool = False) -> list[Captured]:
    """Record many meetings in one transaction with a constant number of queries; the results are in the order given.

    All or nothing: raises `CaptureRefused` for the first meeting whose person cannot be a lead.
    """
    said = [_said(organization, meeting) for meeting in meetings]
    try:
        return _record(organization, meetings, said, fresh)
    except IntegrityError:
        # Somebody wrote the same identity past our lock (the staff's admin, another tool): look again, it is there now.
        return _record(organization, meetings, said, fresh)


@transaction.atomic
def edit_lead(*, lead: Lead, values: Mapping[str, Any], by: User | None) -> Lead:
    """Set the given fields as a person said them; a blank value clears its field. Fields not given stay.

    Raises `CaptureRefused`, also when the new e-mail, or the new name at the company, is another lead's.
    """
    _serialize(lead.organization)
    lead = Lead.objects.select_for_update(of=("self",), no_key=True).select_related("organization").get(pk=lead.pk)
    said = cleaned(values)
    if not _edit(lead, {key: said.get(key, "") for key in values}, timezone.now()):
        return lead
    _refuse_another_leads_identity(lead)
    if lead.enrichment == Lead.Enrichment.PENDING:
        hint_enrichment([lead.pk])
    lead.save()
    announce(leads=[lead], fresh=True)
    return lead


@transaction.atomic
def edit_leads(
    *, organization: Organization, lead_ids: Sequence[int], values: Mapping[str, Any], by: User | None
) -> list[Lead]:
    """Set the same fields of many leads, as `edit_lead` does for one; answers those that changed. All or none.

    A constant number of queries. Raises `CaptureRefused`, also for a value that is one lead's own: its e-mail, or a
    name and company that another lead without an e-mail has.
    """
    if "email" in values:
        raise CaptureRefused("email", "Each lead has its own e-mail. Correct one lead at a time.")
    _serialize(organization)
    leads = organization.leads.select_for_update(of=("self",), no_key=True).select_related("organization")
    said, now = cleaned(values), timezone.now()
    wanted = {key: said.get(key, "") for key in values}
    changed = [lead for lead in leads.filter(pk__in=lead_ids).order_by("pk") if _edit(lead, wanted, now)]
    if {"first_name", "last_name", "company_name"} & wanted.keys():
        _refuse_the_same_identity(organization, changed)
    rewrite(changed, MERGED)
    hint_enrichment([lead.pk for lead in changed if lead.enrichment == Lead.Enrichment.PENDING])
    announce(leads=changed, fresh=False)
    return changed


def _edit(lead: Lead, wanted: Mapping[str, str], now: datetime) -> bool:
    """Put the values on a locked lead; False when it has them already. Raises `CaptureRefused`."""
    check({entry.key: value for entry in EDITABLE if (value := wanted.get(entry.key, getattr(lead, entry.key)))})
    changed = {key: value for key, value in wanted.items() if value != getattr(lead, key)}
    if not changed:
        return False
    _take(lead, changed)
    for key, value in changed.items():
        if not value:
            # Remembered, so that enrichment does not put back what a person took away.
            provenance.found(lead.provenance, key, provenance.CLEARED, now)
    if changed.keys() & ENRICHED_FROM:
        _await_enrichment(lead, now)
    return True


# --- One batch ------------------------------------------------------------------------------------------------------


@transaction.atomic
def _record(
    organization: Organization, meetings: Sequence[Meeting], said: Sequence[dict[str, str]], fresh: bool
) -> list[Captured]:
    _serialize(organization)
    now = timezone.now()
    seen = _captures_by_key(organization, meetings)
    candidates = _candidates(organization, said)
    before = {lead.pk: _state(lead) for lead in candidates}
    known = Known(candidates)
    results: list[Captured] = []
    new: list[tuple[Meeting, Capture]] = []
    for meeting, values in zip(meetings, said, strict=True):
        key = _short(meeting.key)
        if key and key in seen:
            results.append(Captured(seen[key].lead, seen[key], created=False, changed=False))
            continue
        lead = known.find(identity_of(values))
        created = lead is None
        lead = lead or Lead(organization=organization)
        changed = _take(lead, values)
        if created or changed & ENRICHED_FROM:
            _await_enrichment(lead, now)
        known.file(lead)
        capture = _capture(lead, meeting, values, key, now)
        lead.last_captured_at = max(lead.last_captured_at or capture.captured_at, capture.captured_at)
        if key:
            seen[key] = capture
        new.append((meeting, capture))
        results.append(Captured(lead, capture, created=created, changed=True))
    _save_leads(
        [result.lead for result in results if result.created],
        [lead for lead in candidates if _state(lead) != before[lead.pk]],
    )
    _save_captures(new)
    _follow_up(organization, new, fresh)
    return results


def _said(organization: Organization, meeting: Meeting) -> dict[str, str]:
    """The meeting's cleaned values, or `CaptureRefused`."""
    values = cleaned(meeting.person)
    check(values)
    if meeting.source not in Capture.Source.values:
        raise CaptureRefused("source", f"“{meeting.source}” is no source of a capture.")
    if meeting.event is not None and meeting.event.organization_id != organization.pk:
        raise CaptureRefused("event", "The event is not one of the organization's.")
    if meeting.activation is not None and (meeting.event is None or meeting.activation.event_id != meeting.event.pk):
        raise CaptureRefused("activation", "The activation is not a part of the event.")
    return values


def _serialize(organization: Organization) -> None:
    """One writer of identities per organization at a time, until the transaction ends.

    Two phones that meet the same person in the same second would otherwise deadlock on each other's new rows, or lose
    the race for the unique key. The unique constraints stay the truth; this only spares the retries.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_CLASS, organization.pk % 2**31])


def _captures_by_key(organization: Organization, meetings: Sequence[Meeting]) -> dict[str, Capture]:
    keys = {_short(meeting.key) for meeting in meetings if meeting.key}
    if not keys:
        return {}
    return {capture.key: capture for capture in organization.captures.filter(key__in=keys).select_related("lead")}


def _short(key: str) -> str:
    return key if len(key) <= 64 else hashlib.sha256(key.encode()).hexdigest()


def _candidates(organization: Organization, said: Sequence[dict[str, str]]) -> list[Lead]:
    """The leads that any of these people may be, locked in the order of their ids, oldest first."""
    identities = [identity_of(values) for values in said]
    emails = {identity.email for identity in identities if identity.email}
    names = {identity.name for identity in identities if identity.name}
    same = Q(email_key__in=emails) | Q(name_key__in=names)
    return list(organization.leads.select_for_update(no_key=True).filter(same).order_by("pk"))


def _state(lead: Lead) -> dict[str, Any]:
    return {name: getattr(lead, name) for name in MERGED} | {"provenance": dict(lead.provenance)}


def _take(lead: Lead, values: Mapping[str, str]) -> set[str]:
    """Put said values on the lead and returns the fields they changed. What was enriched there is now said."""
    changed = {key for key, value in values.items() if getattr(lead, key) != value}
    for key, value in values.items():
        setattr(lead, key, value)
    provenance.said(lead.provenance, values, changed)
    lead.email_key = email_key(lead.email)
    lead.name_key = name_key(lead.first_name, lead.last_name, lead.company_name)
    return changed


def _await_enrichment(lead: Lead, now: datetime) -> None:
    lead.enrichment = Lead.Enrichment.PENDING
    lead.enrich_until = now + timedelta(seconds=lead.organization.patience_seconds)


def _capture(lead: Lead, meeting: Meeting, values: dict[str, str], key: str, now: datetime) -> Capture:
    return Capture(
        organization=lead.organization,
        lead=lead,
        event=meeting.event,
        activation=meeting.activation,
        source=meeting.source,
        captured_by=meeting.by,
        captured_by_email=meeting.by.email if meeting.by else "",
        captured_at=meeting.at or now,
        said=values,
        key=key,
    )


def _save_leads(made: Sequence[Lead], changed: Sequence[Lead]) -> None:
    Lead.objects.bulk_create(made)
    rewrite(changed, MERGED)


def _save_captures(new: Sequence[tuple[Meeting, Capture]]) -> None:
    for _, capture in new:
        capture.lead = capture.lead  # again, now that a new lead has its id
    Capture.objects.bulk_create([capture for _, capture in new])


def _follow_up(organization: Organization, new: Sequence[tuple[Meeting, Capture]], fresh: bool) -> None:
    """What follows from new captures: scan fields, answers, the announcement, the hint to enrich."""
    leads = list({capture.lead.pk: capture.lead for _, capture in new}.values())
    scanned = list({capture.lead.pk: capture.lead for _, capture in new if capture.is_scan}.values())
    if scanned:
        refresh_scans(scanned)
    write_answers(
        organization=organization,
        picked=[Picked(capture.lead, meeting.answers, adds=True) for meeting, capture in new],
    )
    announce(leads=leads, fresh=fresh)
    hint_enrichment([lead.pk for lead in leads if lead.enrichment == Lead.Enrichment.PENDING])


def _refuse_another_leads_identity(lead: Lead) -> None:
    others = lead.organization.leads.exclude(pk=lead.pk)
    if lead.email_key:
        other = others.filter(email_key=lead.email_key).first()
        if other:
            raise CaptureRefused("email", f"“{lead.email}” is the e-mail of another lead, {other.name}.")
    elif lead.name_key and others.filter(name_key=lead.name_key, email_key="").exists():
        raise CaptureRefused("last_name", f"Another lead is already {lead.name} at {lead.company_name}.")


def _refuse_the_same_identity(organization: Organization, leads: Sequence[Lead]) -> None:
    """Leads without an e-mail are known by name and company: no two of them may become one person."""
    named = [lead for lead in leads if lead.name_key and not lead.email_key]
    others = organization.leads.filter(name_key__in={lead.name_key for lead in named}, email_key="")
    taken = set(others.exclude(pk__in=[lead.pk for lead in named]).values_list("name_key", flat=True))
    for lead in named:
        if lead.name_key in taken:
            raise CaptureRefused("last_name", f"Another lead is already {lead.name} at {lead.company_name}.")
        taken.add(lead.name_key)
