from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Count
from rich.progress import Progress

from reconciliation import actions, selection
from reconciliation.models import SyncRecord

CHUNK = 1000


class Command(BaseCommand):
    help = "Send leads again: failed ones by default, with --all also cleared ones (unchanged values cost no call)."

    def add_arguments(self, parser: CommandParser) -> None:
        selection.add_arguments(parser)
        parser.add_argument("--all", action="store_true", help="also leads that are Cleared or wait in Pre-Sync")
        parser.add_argument("--force", action="store_true", help="with --all: send even what did not change")
        parser.add_argument("--dry-run", action="store_true", help="say what would be sent, change nothing")
        parser.add_argument("--yes", action="store_true", help="do not ask, however many leads it concerns")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["force"] and not options["all"]:
            raise CommandError("--force goes with --all: it sends cleared leads even when nothing changed.")
        chosen = selection.selected(options)
        records = chosen.records if options["all"] else chosen.records.filter(state=SyncRecord.State.FAILED)
        counts = dict(records.values_list("integration").annotate(count=Count("id")).order_by())
        total = sum(counts.values())
        for integration in chosen.integrations:
            if count := counts.get(integration.pk):
                self.stdout.write(
                    f"{integration.organization}, {integration.provider}: {_leads(count)} "
                    f"({integration.get_status_display()})"
                )
        if not total:
            hint = "" if options["all"] else " Only failed leads were looked at; --all takes cleared ones as well."
            self.stdout.write(f"No lead matches, nothing to do.{hint}")
            return
        if options["dry_run"]:
            self.stdout.write(f"{_leads(total)} would be sent again. Nothing was changed.")
            return
        self._ask(total, options)
        sent = self._send(chosen.integrations, records, counts, total, force=options["force"])
        self.stdout.write(self.style.SUCCESS(f"{_leads(sent)} due again."))

    def _ask(self, total: int, options: dict[str, Any]) -> None:
        narrowed = any(options[name] for name in ("organization", "integration", "event", "cause", "since", "lead"))
        if options["yes"] or narrowed:
            return
        if not sys.stdin.isatty() or input(f"Send {_leads(total)} of every organization again? [y/N] ").lower() != "y":
            raise CommandError("Not sent. Narrow it down (--organization, --cause …), or say --yes.")

    def _send(self, integrations: Any, records: Any, counts: dict[int, int], total: int, *, force: bool) -> int:
        sent = 0
        with Progress(disable=not self.stdout.isatty()) as progress:
            bar = progress.add_task("Making leads due", total=total)
            for integration in integrations:
                if not counts.get(integration.pk):
                    continue
                ids = list(records.of(integration).order_by("pk").values_list("pk", flat=True))
                for start in range(0, len(ids), CHUNK):
                    part = SyncRecord.objects.filter(pk__in=ids[start : start + CHUNK])
                    again = actions.resend(integration=integration, records=part, force=force)
                    again += actions.push(
                        integration=integration, records=part.exclude(state=SyncRecord.State.WAITING, pushed=True)
                    )
                    sent += again
                    progress.advance(bar, len(ids[start : start + CHUNK]))
        return sent


def _leads(count: int) -> str:
    return "1 lead" if count == 1 else f"{count:,} leads"
