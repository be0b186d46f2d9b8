from __future__ import annotations

from typing import IO, Any, cast

from django.core.management.base import BaseCommand, CommandParser
from django.db.models import Count, Min, Q
from django.utils import timezone
from rich.console import Console
from rich.table import Table

from reconciliation import selection
from reconciliation.models import Lane, SyncRecord


class Command(BaseCommand):
    help = "How every integration stands: a table with one line each, and its failures by cause."

    def add_arguments(self, parser: CommandParser) -> None:
        selection.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = selection.selected(options)
        rows = {row["integration"]: row for row in _figures(chosen.records)}
        lanes = Lane.objects.in_bulk([integration.pk for integration in chosen.integrations])
        table = Table(
            "Organization",
            "Integration",
            "State",
            "Mode",
            "Cleared",
            "Failed",
            "Pre-Sync",
            "In flight",
            "Oldest due",
            "Calls",
            "Lane",
        )
        for integration in chosen.integrations:
            row, lane = rows.get(integration.pk, {}), lanes.get(integration.pk)
            table.add_row(
                str(integration.organization),
                integration.provider,
                integration.get_status_display(),
                integration.get_sync_mode_display(),
                *(f"{row.get(name, 0):,}" for name in ("cleared", "failed", "waiting", "in_flight")),
                _age(row.get("oldest")),
                f"{lane.calls:,}" if lane else "0",
                _lane(lane),
            )
        console = Console(file=cast(IO[str], self.stdout), width=None if self.stdout.isatty() else 180)
        console.print(table)
        causes = (
            chosen.records.failed()
            .values("integration__provider", "cause")
            .annotate(count=Count("id"))
            .order_by("-count")
        )
        for row in causes:
            console.print(f"{row['integration__provider']}: {row['cause']} {row['count']:,}")


def _figures(records: Any) -> Any:
    waiting = Q(state=SyncRecord.State.WAITING)
    return (
        records.values("integration")
        .annotate(
            cleared=Count("id", filter=Q(state=SyncRecord.State.CLEARED)),
            failed=Count("id", filter=Q(state=SyncRecord.State.FAILED)),
            waiting=Count("id", filter=waiting),
            in_flight=Count("id", filter=waiting & Q(claim_id__isnull=False)),
            oldest=Min("due_at", filter=waiting),
        )
        .order_by()
    )


def _age(due: Any) -> str:
    if due is None:
        return ""
    seconds = (timezone.now() - due).total_seconds()
    if seconds < 0:
        return f"in {-seconds:.0f} s"
    return (
        f"{seconds:.0f} s"
        if seconds < 120
        else f"{seconds / 60:.0f} min"
        if seconds < 7200
        else f"{seconds / 3600:.0f} h"
    )


def _lane(lane: Lane | None) -> str:
    now = timezone.now()
    if lane is None:
        return "never used"
    if lane.closed_until and lane.closed_until > now:
        return f"rests {(lane.closed_until - now).total_seconds():.0f} s: {lane.closed_because}"
    if lane.budget.spent(now):
        return f"calls of the day: {lane.budget.used:,} of {lane.budget.allowed:,}"
    return "working" if lane.holder and lane.lease_until and lane.lease_until > now else "free"
