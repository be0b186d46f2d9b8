"""The campaigns of an integration as lines of a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator

from integrations.models import CampaignMapping

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
# A spreadsheet runs what starts with one of these as a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _Echo:
    def write(self, line: str) -> str:
        return line


def campaign_lines(mappings: Iterable[CampaignMapping]) -> Iterator[str]:
    """`mappings` come from `CampaignMapping.objects.for_table()`."""
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow(HEADER)
    for mapping in mappings:
        decided = mapping.status_qualifier.name if mapping.status_qualifier else ""
        cells = [
            mapping.name,
            mapping.remote_id,
            "Yes" if mapping.is_archived else "No",
            decided or (f"{mapping.status}, fixed" if mapping.status else "The campaign's default"),
            str(mapping.scan_threshold),
            str(mapping.lead_count),  # type: ignore[attr-defined]
            "; ".join(event.name for event in mapping.events.all()),
            str(mapping.activator or ""),
        ]
        yield writer.writerow([_safe(cell) for cell in cells])


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell
