"""`manage.py sandbox`: serve the simulated vendors. Needs no database."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from integrations.sandbox.__main__ import add_arguments, run_with


class Command(BaseCommand):
    help = "Serve the simulated vendors, each on its own port, until Ctrl-C."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        code = run_with(options)
        if code:
            raise SystemExit(code)
