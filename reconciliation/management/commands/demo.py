from __future__ import annotations

import logging
import os
import signal
from argparse import ArgumentParser
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from integrations.connect import ConnectRefused
from integrations.providers import PROVIDERS, provider_of
from integrations.sandbox.person import ConsentRefused
from leads.uploads.encoding import FileRefused
from mobly_sync.stack.stack import Stack
from mobly_sync.stack.terminal import Terminal
from mobly_sync.stack.troubles import Trouble
from reconciliation.demo import DemoFailed, Outcome, carry_file

SAMPLE = Path(__file__).resolve().parents[3] / "leads" / "data" / "demo-leads.csv"


class Command(BaseCommand):
    help = "Carry a file of leads into the simulated vendors, on real HTTP, and count what arrived."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "csv", nargs="?", default=str(SAMPLE), help="a spreadsheet of leads; default: a small sample"
        )
        parser.add_argument("--only", choices=sorted(PROVIDERS), help="one vendor")

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(options["csv"])
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        signal.signal(signal.SIGTERM, _interrupted)
        # What the services log about a connection is said here in other words.
        logging.getLogger("integrations").setLevel(logging.WARNING)
        vendors = [options["only"]] if options["only"] else list(PROVIDERS)
        terminal = Terminal(everything=False)
        try:
            with self._stack(terminal):
                outcomes = [self._carry(path, vendor) for vendor in vendors]
        except Trouble as trouble:
            raise CommandError(str(trouble)) from trouble
        except KeyboardInterrupt:
            raise CommandError("Stopped before the end. Running it again goes on where it stopped.") from None
        self.stdout.write("")
        records = Path(str(settings.DATA_DIR)) / "demo" / "sandbox"
        self.stdout.write(f"To look at the records: manage.py sandbox --data {records}\n")
        for outcome in outcomes:
            self.stdout.write(outcome.line())
        if not all(outcome.complete for outcome in outcomes):
            raise CommandError("Not every lead arrived; the lines above say how many, and why stands before them.")

    def _stack(self, terminal: Terminal) -> Stack:
        """A stack of its own beside `manage.py up`: its data stays, so that a second run finds what the first one
        did.
        """
        return Stack(
            Path(str(settings.DATA_DIR)) / "demo",
            database_url=os.environ.get("DATABASE_URL", ""),
            redis_url=os.environ.get("REDIS_URL", ""),
            web_port=None,
            workers=1,
            sandbox_port=0,
            on_step=terminal.step,
        )

    def _carry(self, path: Path, vendor: str) -> Outcome:
        self.stdout.write(self.style.MIGRATE_HEADING(f"\n{provider_of(vendor).name}"))
        try:
            outcome = carry_file(path=path, provider_key=vendor, say=lambda line: self.stdout.write(f"  {line}"))
        except (DemoFailed, FileRefused, ConnectRefused, ConsentRefused) as failed:
            raise CommandError(str(failed)) from failed
        self.stdout.write(f"  Vendor: {outcome.created} records created, {outcome.updated} updated")
        return outcome


def _interrupted(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
