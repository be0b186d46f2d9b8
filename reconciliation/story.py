"""What became of one lead everywhere: a line per destination and the attempts, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import QuerySet

from integrations.contract import Provider
from integrations.models import Integration
from integrations.providers import provider_of
from leads.models import Lead
from reconciliation import causes
from reconciliation.models import SyncAttempt, SyncRecord
from reconciliation.rows import Held, Row, held_back, row_of

# As many attempts as a person reads; older ones are in the admin.
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Destination:
    integration: Integration
    provider: Provider
    row: Row | None
    memberships: list[str]
    engagements: int

    @property
    def fix(self) -> causes.Words | None:
        """What repairs the failure; None where nothing failed, or where it only passes by itself."""
        record = self.row.record if self.row else None
        if record is None or record.state != SyncRecord.State.FAILED or record.dismissed_at:
            return None
        words = causes.fix_of(record.cause)
        return None if words.fix in (causes.Fix.RETRY, causes.Fix.WAIT) else words

    @property
    def fix_query(self) -> str:
        """The failed group the lead is in, as the address of its fix names it."""
        record = self.row.record if self.row else None
        if record is None:
            return ""
        ours = "1" if record.refused_by_us else "0"
        named = {"cause": record.cause, "subject": record.subject, "field": record.remote_field, "ours": ours}
        return urlencode({**named, "period": "all"})


@dataclass(frozen=True, slots=True)
class Told:
    """One attempt in words."""

    attempt: SyncAttempt
    vendor: str
    title: str
    sentence: str
    tone: str


@dataclass(frozen=True, slots=True)
class Story:
    destinations: list[Destination]
    attempts: list[Told]
    live: bool


def story_of(lead: Lead) -> Story:
    """Four queries, however many destinations and attempts there are."""
    integrations = list(Integration.objects.filter(organization_id=lead.organization_id).active())
    records = {
        record.integration_id: record
        for record in SyncRecord.objects.filter(lead=lead)
        .select_related("lead", "integration")
        .prefetch_related("effects")
    }
    destinations = [_destination(integration, records.get(integration.pk)) for integration in integrations]
    attempts = SyncAttempt.objects.filter(record__lead=lead).select_related("record__integration")[:SHOWN]
    return Story(destinations, [_told(attempt) for attempt in attempts], _live(destinations))


def standings_of(leads: QuerySet[Lead]) -> list[tuple[Lead, list[tuple[str, Row]]]]:
    """Each lead with where it stands at every active integration, by vendor name; as many queries for any number of
    leads.
    """
    found = list(leads)
    rows: dict[int, list[tuple[str, Row]]] = {lead.pk: [] for lead in found}
    records = SyncRecord.objects.filter(lead__in=found, integration__in=Integration.objects.active())
    held: dict[int, Held | None] = {}
    for record in records.select_related("lead", "integration"):
        integration, vendor = record.integration, provider_of(record.integration.provider).name
        if record.state == SyncRecord.State.WAITING and integration.pk not in held:
            held[integration.pk] = held_back(integration, vendor)
        row = row_of(integration, record, vendor, held=held.get(integration.pk))
        rows[record.lead_id].append((vendor, row))
    return [(lead, sorted(rows[lead.pk], key=lambda standing: standing[0])) for lead in found]


def _destination(integration: Integration, record: SyncRecord | None) -> Destination:
    provider = provider_of(integration.provider)
    if record is None:
        return Destination(integration, provider, None, [], 0)
    effects = list(record.effects.all())
    held = held_back(integration, provider.name) if record.state == SyncRecord.State.WAITING else None
    return Destination(
        integration,
        provider,
        row_of(integration, record, provider.name, held=held),
        [effect.status for effect in effects if effect.kind == "membership"],
        sum(effect.kind == "engagement" for effect in effects),
    )


def _live(destinations: list[Destination]) -> bool:
    moving = {"queued", "sending", "enriching"}
    return any(entry.row and entry.row.reason in moving for entry in destinations)


def _told(attempt: SyncAttempt) -> Told:
    vendor = provider_of(attempt.record.integration.provider).name
    outcome = SyncAttempt.Outcome(attempt.outcome)
    titles = {
        SyncAttempt.Outcome.CREATED: (f"Sent to {vendor}: created", "cleared"),
        SyncAttempt.Outcome.UPDATED: (f"Sent to {vendor}: updated", "cleared"),
        SyncAttempt.Outcome.UNCHANGED: (f"Nothing to do in {vendor}", "cleared"),
        SyncAttempt.Outcome.REFUSED: (f"Refused before sending to {vendor}", "failed"),
        SyncAttempt.Outcome.REJECTED: (f"Rejected by {vendor}", "failed"),
        SyncAttempt.Outcome.RETRYING: (f"{vendor} could not take it yet", "retrying"),
        SyncAttempt.Outcome.DISCARDED: ("Discarded", "queued"),
    }
    title, tone = titles[outcome]
    sentence = attempt.message or (causes.headline(attempt.cause, vendor=vendor) if attempt.cause else "")
    return Told(attempt, vendor, title, sentence, tone)
