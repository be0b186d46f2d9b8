"""What the scans of a lead say about it: how many, by whom first and last, at which events.

Only scans count (badge and card): an upload, a manual entry, a photo, the API and a registration leave these fields
alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from leads.models import Capture, Lead

SCAN_FIELDS = ("number_of_scans", "first_scanned_by", "last_scanned_by", "last_scanned_event", "all_scanned_events")


@dataclass(frozen=True, slots=True)
class Scan:
    by: str
    event: str


def scan_facts(scans: Sequence[Scan]) -> dict[str, Any]:
    """The computed Mobly fields from a lead's scans, oldest first. Scans outside any event have no event name."""
    events = list(dict.fromkeys(scan.event for scan in scans if scan.event))
    scanners = [scan.by for scan in scans if scan.by]
    return {
        "number_of_scans": len(scans),
        "first_scanned_by": scanners[0] if scanners else "",
        "last_scanned_by": scanners[-1] if scanners else "",
        "last_scanned_event": next((scan.event for scan in reversed(scans) if scan.event), ""),
        "all_scanned_events": "; ".join(events),
    }


def refresh_scans(leads: Iterable[Lead]) -> list[Lead]:
    """Compute the scan fields anew, save those that differ and return their leads. Two queries, however many leads."""
    by_lead: dict[int, list[Scan]] = defaultdict(list)
    leads = list(leads)
    rows = (
        Capture.objects.filter(lead__in=[lead.pk for lead in leads], source__in=Capture.SCANS)
        .order_by("captured_at", "id")
        .values_list("lead_id", "captured_by_email", "event__name")
    )
    for lead_id, by, event in rows:
        by_lead[lead_id].append(Scan(by, event or ""))
    changed = [lead for lead in leads if _take(lead, scan_facts(by_lead[lead.pk]))]
    if changed:
        Lead.objects.bulk_update(changed, SCAN_FIELDS, batch_size=500)
    return changed


def _take(lead: Lead, facts: dict[str, Any]) -> bool:
    changed = any(getattr(lead, field) != value for field, value in facts.items())
    for field, value in facts.items():
        setattr(lead, field, value)
    return changed
