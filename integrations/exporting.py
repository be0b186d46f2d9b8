"""The campaigns of an integration as lines of a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from integrations.models import CampaignMapping
from mobly_sync import spreadsheet

HEADER = [
    "Name",
    "Remote id",
    "Is Archived",
    "Qualifier Option",
    "Lead Scan Threshold",
    "Leads",
    "Events",
    "Activator",
]


def campaign_lines(mappings: Iterable[CampaignMapping]) -> Iterator[str]:
    """`mappings` come from `CampaignMapping.objects.for_table()`."""
    return spreadsheet.lines(HEADER, (_cells(mapping) for mapping in mappings))


def _cells(mapping: CampaignMapping) -> list[str]:
    decided = mapping.status_qualifier.name if mapping.status_qualifier else ""
    return [
        mapping.name,
        mapping.remote_id,
        "Yes" if mapping.is_archived else "No",
        decided or (f"{mapping.status}, fixed" if mapping.status else "The campaign's default"),
        str(mapping.scan_threshold),
        str(mapping.lead_count),  # type: ignore[attr-defined]
        "; ".join(event.name for event in mapping.events.all()),
        str(mapping.activator or ""),
    ]
