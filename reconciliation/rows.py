"""The rows of the lists: one lead each, with the reason why it waits or the words for why it failed. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import OuterRef, Subquery
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from integrations import mapping
from integrations.contract import Cause
from integrations.models import Integration
from integrations.providers import provider_of
from leads.models import Capture, Lead
from reconciliation import causes, counting
from reconciliation.models import Lane, SyncRecord
from reconciliation.records import Filters, Reason

PAGE = 50
LONG_PAUSE = timedelta(minutes=1)


class Held(NamedTuple):
    """What keeps every lead of an integration from leaving that is not kept by something of its own."""

    reason: Reason
    why: str


@dataclass(frozen=True, slots=True)
class Row:
    """One lead of a list."""

    record: SyncRecord
    event: str
    reason: Reason | None = None
    why: str = ""
    headline: str = ""


def rows_of(
    integration: Integration,
    filters: Filters,
    chosen: str,
    vendor: str,
    after: str = "",
    search: counting.Search | None = None,
) -> tuple[list[Row], str]:
    """One page of leads, newest change first, and the key of the next page (empty: this was the last)."""
    records = counting.listed(integration, filters, chosen, search, after=_page_key(after))
    last_event = (
        Capture.objects.filter(lead=OuterRef("lead_id"), event__isnull=False)
        .order_by("-captured_at")
        .values("event__name")[:1]
    )
    found = list(records.select_related("lead").annotate(event_name=Subquery(last_event))[: PAGE + 1])
    held = held_back(integration, vendor) if chosen == SyncRecord.State.WAITING else None
    rows = [
        row_of(integration, record, vendor, getattr(record, "event_name", "") or "", held=held)
        for record in found[:PAGE]
    ]
    more = f"{found[PAGE - 1].changed_at.isoformat()}~{found[PAGE - 1].pk}" if len(found) > PAGE else ""
    return rows, more


def held_back(integration: Integration, vendor: str) -> Held | None:
    """Why nothing leaves though the integration is connected: nothing is mapped, or the vendor takes no more calls."""
    if integration.is_connected and not mapping.persona_mapped(integration):
        return Held(Reason.UNMAPPED, f"No field of a person is mapped to {vendor} yet. Map one, and the lead follows.")
    return out_of_calls(integration, vendor)


def out_of_calls(integration: Integration, vendor: str) -> Held | None:
    """The half of `held_back` that is the vendor's."""
    spent = spent_words(integration, vendor)
    return Held(Reason.BUDGET, spent) if spent else None


def spent_words(integration: Integration, vendor: str) -> str:
    """Why leads wait for the vendor's daily calls; empty while there are enough."""
    lane, now = Lane.objects.filter(pk=integration.pk).first(), timezone.now()
    if lane is not None and lane.blocked_until:
        return f"{vendor} turns Mobly’s traffic away until {_clock(lane.blocked_until)}. Whoever runs Mobly was told."
    if lane is not None and lane.closed_until and rests(lane):
        return f"{vendor} takes no calls until {_clock(lane.closed_until)}. A push asks whether that still holds."
    if lane is None or not lane.budget.spent(now) or lane.budget.asks_again_at is None:
        return ""
    again = f"Mobly asks again at {_clock(lane.budget.asks_again_at)}."
    unit = provider_of(integration.provider).capabilities.usage_word
    if lane.budget.exhausted(now):
        return f"The {unit} {vendor} allows a day are used up. {again}"
    return f"The {unit} {vendor} allows a day are nearly used up. {again} A push still goes."


def row_of(
    integration: Integration, record: SyncRecord, vendor: str, event: str = "", *, held: Held | None = None
) -> Row:
    reason, why = (
        reason_of(integration, record, vendor, held=held) if record.state == SyncRecord.State.WAITING else (None, "")
    )
    headline = ""
    if record.state == SyncRecord.State.FAILED:
        headline = (
            record.message
            if record.refused_by_us
            else causes.headline(
                record.cause,
                vendor=vendor,
                subject=about(record.cause, record.subject, record.message),
                value=record.value,
            )
        )
    return Row(record, event, reason, why, headline)


def reason_of(
    integration: Integration, record: SyncRecord, vendor: str, *, held: Held | None = None
) -> tuple[Reason, str]:
    """Why a lead still waits, in words. `held`: what keeps all of them (`held_back`)."""
    now = timezone.now()
    if record.claim_id is not None and record.lease_until and record.lease_until > now:
        return Reason.SENDING, f"On its way to {vendor}"
    if integration.status == Integration.Status.NEEDS_ATTENTION:
        return Reason.ATTENTION, f"{vendor} needs attention. The lead follows as soon as it is connected."
    if integration.status in (Integration.Status.DISABLED, Integration.Status.DISCONNECTED):
        return Reason.PAUSED, f"{vendor} is {integration.get_status_display().lower()}."
    if integration.is_manual and not record.pushed:
        return Reason.FROZEN, "Sync mode is Manual"
    if record.lead.enrichment == Lead.Enrichment.PENDING and record.due_at and record.due_at > now:
        return Reason.ENRICHING, f"At most until {_clock(record.due_at)}"
    if record.due_at and record.due_at > now:
        said = causes.headline(record.cause, vendor=vendor) if record.cause else ""
        return Reason.RETRYING, f"At {_clock(record.due_at)}. {said}".strip()
    if held:
        return held
    return Reason.QUEUED, "Next in line"


def about(cause: str, subject: str, message: str) -> str:
    """What the headline names: the field or qualifier at fault; of a customer's rule its own words."""
    return message[:200] if cause == Cause.REMOTE_RULE and message else subject


def rests(lane: Lane) -> bool:
    """Whether the vendor asked for a pause so long that nobody sits and watches for its end."""
    return (
        lane.closed_because == Cause.RATE_LIMITED
        and lane.closed_until is not None
        and lane.closed_until > timezone.now() + LONG_PAUSE
    )


def _clock(when: datetime) -> str:
    return timezone.localtime(when).strftime("%H:%M")


def _page_key(after: str) -> tuple[datetime, int] | None:
    when, _, record_id = after.partition("~")
    try:
        moment = parse_datetime(when.replace(" ", "+"))
    except ValueError:
        return None
    return (moment, int(record_id)) if moment and record_id.isdecimal() and len(record_id) < 18 else None
