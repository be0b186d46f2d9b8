"""Sync records as lines of a spreadsheet, one at a time, however many there are."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import QuerySet

from integrations.models import Integration
from mobly_sync import spreadsheet
from reconciliation.models import SyncRecord
from reconciliation.rows import held_back, row_of

HEADER = [
    "First Name",
    "Last Name",
    "Email",
    "Company",
    "State",
    "Reason or cause",
    "What to know",
    "Record",
    "Link",
    "Since",
]


def lines(*, integration: Integration, vendor: str, records: QuerySet[SyncRecord]) -> Iterator[str]:
    return spreadsheet.lines(HEADER, _rows(integration, vendor, records))


def _rows(integration: Integration, vendor: str, records: QuerySet[SyncRecord]) -> Iterator[list[str]]:
    held = held_back(integration, vendor)
    for record in records.select_related("lead").order_by("-changed_at", "-id").iterator(chunk_size=1000):
        row = row_of(integration, record, vendor, held=held)
        yield [
            record.lead.first_name,
            record.lead.last_name,
            record.lead.email,
            record.lead.company_name,
            record.get_state_display(),
            row.reason.value if row.reason else record.cause,
            row.why or row.headline,
            record.remote_id,
            record.remote_url,
            record.changed_at.isoformat(timespec="seconds"),
        ]
