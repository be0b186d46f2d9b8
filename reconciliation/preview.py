"""Preview: what a sync of one lead would do now, planned by the very code that syncs, and one look at the vendor.

Nothing is written: neither here nor there.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone

from integrations import connect
from integrations.contract import (
    Cause,
    Delivery,
    EngagementWrite,
    Fault,
    Match,
    Membership,
    Provider,
    ProviderError,
    RecordWrite,
    Refusal,
    RemoteObject,
    RemoteRef,
    Role,
    Step,
)
from integrations.models import Integration
from integrations.planning import Setup, memberships, nothing_to_do, plan
from integrations.providers import provider_of
from integrations.setup import setup_of
from leads.fields import BY_KEY
from leads.models import Lead
from reconciliation import causes
from reconciliation.lines import Fate, Known, Line, lines_of, wanted_fields
from reconciliation.snapshots import Load, load_lead

# The vendor could not be asked: nothing is said of this lead by it.
_AWAY = (Cause.REMOTE_UNAVAILABLE, Cause.RATE_LIMITED, Cause.AUTHENTICATION)
_NAMES = (BY_KEY["first_name"].label, BY_KEY["last_name"].label)
_SILENT = (Fate.BLANK, Fate.STOPPED)


class Verdict(enum.StrEnum):
    CREATES = "creates"
    CHANGES = "changes"
    JOINS = "joins"  # the person stands as it should; memberships or engagements are open
    NOTHING = "nothing"
    CANNOT = "cannot"
    UNKNOWN = "unknown"  # the vendor did not answer


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why the lead would not arrive, in the words of its cause."""

    cause: Cause
    headline: str
    message: str
    field: str = ""
    refused_by_us: bool = False
    candidates: tuple[RemoteRef, ...] = ()

    @property
    def fix(self) -> causes.Words:
        return causes.fix_of(self.cause)


@dataclass(frozen=True, slots=True)
class Part:
    """One remote record. Without `ref` a new one; `gone`: what we knew is not there any more."""

    object: str
    label: str
    is_person: bool
    ref: RemoteRef | None
    lines: list[Line]
    new: bool = False
    gone: bool = False

    @property
    def name(self) -> str:
        """What the record is called there, as far as its name is mapped."""
        named = {line.source: line.now for line in self.lines if line.source in _NAMES}
        return " ".join(filter(None, (named.get(source, "") for source in _NAMES)))

    @property
    def told(self) -> list[Line]:
        """What is worth a row; a blank is worth one only for what stands there."""
        return [line for line in self.lines if line not in self.blank]

    @property
    def blank(self) -> list[Line]:
        return [line for line in self.lines if not line.captured and not line.at_fault and line.fate in _SILENT]

    @property
    def changing(self) -> int:
        return sum(line.fate.changes for line in self.lines)


@dataclass(frozen=True, slots=True)
class Joining:
    """One campaign the lead is to be in. `before` is the status it joined with as we know, None while it is not in."""

    name: str
    status: str
    before: str | None
    archived: bool = False

    @property
    def settled(self) -> bool:
        return self.before is not None and (not self.status or self.before == self.status)


@dataclass(frozen=True, slots=True)
class Preview:
    """`joinings` and `logged` (how many engagements are there already) are what we know; the vendor is not asked.
    `unreachable` is the vendor's trouble in words, empty while it answered; then values in the CRM are unknown."""

    lead: Lead
    vendor: str
    verdict: Verdict
    read_at: datetime
    parts: list[Part]
    obstacle: Obstacle | None = None
    joinings: tuple[Joining, ...] = ()
    logged: int = 0
    engagements: list[tuple[EngagementWrite, str]] = field(default_factory=list)
    warnings: tuple[str, ...] = ()
    unreachable: str = ""

    @property
    def person(self) -> Part | None:
        return next((part for part in self.parts if part.is_person), None)

    @property
    def changing(self) -> int:
        return sum(part.changing for part in self.parts)


def preview_of(*, integration: Integration, lead: Lead) -> Preview:
    """What would become of this lead if it were sent now."""
    setup = setup_of(integration)
    load = load_lead(integration, lead)
    planned = plan(load.lead, setup, load.standing)
    return _Look(integration, setup, load).preview(planned)


@dataclass(slots=True)
class _Look:
    """One preview in the making. The first trouble with the vendor ends the asking; the rest is shown without it."""

    integration: Integration
    setup: Setup
    load: Load
    unreachable: str = ""
    client: Any = None

    @property
    def provider(self) -> Provider:
        return provider_of(self.integration.provider)

    def preview(self, planned: Delivery | Refusal) -> Preview:
        if isinstance(planned, Refusal):
            return self._refused(planned)
        if planned.refusal and nothing_to_do(planned):
            return self._refused(planned.refusal)
        match = self._find(planned)
        stopped = match.fault if match and match.fault and match.fault.step is not Step.FURTHER else None
        obstacle = self._obstacle_of(stopped) if stopped and not nothing_to_do(planned) else None
        verdict = Verdict.CANNOT if obstacle else _verdict(planned, match)
        return Preview(
            self.load.record.lead,
            self.setup.vendor,
            verdict,
            timezone.now(),
            self._parts(planned, match),
            obstacle,
            tuple(map(self._joining, memberships(self.load.lead, self.setup))),
            len(self.load.standing.engagements),
            [(entry, self.provider.capabilities.engagements[entry.kind]) for entry in planned.engagements],
            tuple(dict.fromkeys([*planned.warnings, *(match.warnings if match else ()), *_left_out(planned, match)])),
            self.unreachable,
        )

    def _joining(self, membership: Membership) -> Joining:
        rule = next(
            rule
            for rule in self.setup.campaigns
            if (rule.kind, rule.campaign_id) == (membership.kind, membership.campaign_id)
        )
        before = self.load.standing.memberships.get(membership.key)
        return Joining(membership.name or membership.campaign_id, membership.status, before, rule.archived)

    # -- asking the vendor

    def _find(self, delivery: Delivery) -> Match | None:
        try:
            match = self.provider.find(self._opened(), delivery, self.integration.options)
        except ProviderError as away:
            self._note(away.fault)
            return None
        if match.fault and match.fault.cause in _AWAY:
            self._note(match.fault)
            return None
        return match

    def _present(self, ref: RemoteRef | None, fields: list[str]) -> dict[str, Any] | None:
        """The record's values now; None when it is gone or could not be read."""
        if ref is None or self.unreachable:
            return None
        try:
            return self.provider.look(self._opened(), ref, fields)
        except ProviderError as away:
            self._note(away.fault)
            return None

    def _opened(self) -> Any:
        self.client = self.client or connect.open_client(self.integration)
        return self.client

    def _note(self, fault: Fault) -> None:
        said = causes.headline(fault.cause, vendor=self.setup.vendor, subject=fault.field)
        text = fault.message.strip()
        self.unreachable = f"{said} “{text}”" if text and text not in said else said

    # -- the parts

    def _refused(self, refusal: Refusal) -> Preview:
        standing = self.load.standing
        person = standing.person.object if standing.person else self._first(Role.PERSONA)
        parts = [
            self._part(name, None, ref, sends=None, at_fault=refusal.remote_field if refusal.object == name else "")
            for name, ref in ((person, standing.person), (self._first(Role.COMPANY), standing.company))
            if name
        ]
        if refusal.object and refusal.object not in [part.object for part in parts]:
            parts.append(self._part(refusal.object, None, None, sends=None, at_fault=refusal.remote_field))
        headline = causes.headline(
            refusal.cause, vendor=self.setup.vendor, subject=refusal.subject, value=refusal.value
        )
        obstacle = Obstacle(refusal.cause, headline, refusal.message, refusal.subject, refused_by_us=True)
        return Preview(
            self.load.record.lead,
            self.setup.vendor,
            Verdict.CANNOT,
            timezone.now(),
            parts,
            obstacle,
            unreachable=self.unreachable,
        )

    def _parts(self, delivery: Delivery, match: Match | None) -> list[Part]:
        fault = match.fault if match else None
        stopped = fault is not None and fault.step is not Step.FURTHER
        parts = []
        for name, ref, write in self._records(delivery, match):
            sends = None if stopped else _sends(match, name, write, is_new=ref is None)
            at_fault = fault.field if fault and fault.object in ("", name) else ""
            parts.append(self._part(name, write, ref, sends=sends, at_fault=at_fault, asked=match is not None))
        if refusal := delivery.refusal:
            parts.append(self._part(refusal.object, None, None, sends=None, at_fault=refusal.remote_field))
        return parts

    def _records(
        self, delivery: Delivery, match: Match | None
    ) -> list[tuple[str, RemoteRef | None, RecordWrite | None]]:
        """The records it is about: as the vendor told, else as they are stored."""
        if match is not None:
            person, company = (match.person_object, match.person), (match.company_object, match.company)
            if delivery.company and delivery.person_unchanged and not match.company_object:
                company = (delivery.company.object if delivery.known_company else "", delivery.known_company)
        else:
            known = delivery.known
            person = (known.object if known else next(iter(delivery.persons)), known)
            company = (delivery.company.object if delivery.company else "", delivery.known_company)
        records = [(*person, delivery.persons.get(person[0])), (*company, delivery.company)]
        told = match.further if match else {one.object: one.known for one in delivery.further}
        records += [
            (one.object, told.get(one.object, one.known), one.write)
            for one in delivery.further
            if one.unchanged or one.object in told
        ]
        return [(name, ref, write) for name, ref, write in records if name]

    def _part(
        self,
        name: str,
        write: RecordWrite | None,
        ref: RemoteRef | None,
        *,
        sends: Mapping[str, Any] | None,
        at_fault: str = "",
        asked: bool = True,
    ) -> Part:
        remote = self.setup.objects.get(name) or RemoteObject(name, name, name, Role.OTHER, {})
        present = self._present(ref, wanted_fields(self.setup, remote, write, sends or ()))
        gone = ref is not None and present is None and not self.unreachable
        new = asked and ref is None and sends is not None
        known = Known(sends, present, new, at_fault)
        return Part(
            name,
            remote.label,
            remote.role is Role.PERSONA or name == self._person,
            ref,
            lines_of(self.load.lead, self.setup, remote, write, known),
            new,
            gone,
        )

    @property
    def _person(self) -> str:
        """What the lead is there already, also where the mapping has no such object."""
        return self.load.standing.person.object if self.load.standing.person else ""

    def _first(self, role: Role) -> str:
        return next((name for name, remote in self.setup.objects.items() if remote.role is role), "")

    def _obstacle_of(self, fault: Fault) -> Obstacle:
        label = self._label(fault)
        headline = causes.headline(fault.cause, vendor=self.setup.vendor, subject=label, value=fault.value)
        others = ((fault.collides_with,) if fault.collides_with else ()) + fault.candidates
        return Obstacle(fault.cause, headline, fault.message, label, candidates=others)

    def _label(self, fault: Fault) -> str:
        remote = self.setup.objects.get(fault.object)
        known = remote.fields.get(fault.field) if remote else None
        return known.label if known else fault.field


def _verdict(delivery: Delivery, match: Match | None) -> Verdict:
    if nothing_to_do(delivery):
        return Verdict.NOTHING
    if match is None:
        return Verdict.UNKNOWN
    if match.person is None:
        return Verdict.CREATES
    if delivery.person_unchanged and not match.sends.get(match.person_object):
        return Verdict.JOINS
    return Verdict.CHANGES


def _left_out(delivery: Delivery, match: Match | None) -> list[str]:
    """Why a further record is not written, although the rest of the lead is."""
    fault = match.fault if match and match.fault and match.fault.step is Step.FURTHER else None
    reasons = [delivery.refusal.message if delivery.refusal else "", fault.message if fault else ""]
    return [f"{reason} The rest of the lead is sent." for reason in reasons if reason]


def _sends(match: Match | None, name: str, write: RecordWrite | None, *, is_new: bool) -> Mapping[str, Any]:
    """What goes to one record; where the vendor could not be asked, what planning alone tells."""
    if match is not None:
        return match.sends.get(name, {})
    if write is None:
        return {}
    return write.for_create() if is_new else write.values
