import os
import signal
import time
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from mobly_sync.stack.stack import Stack
from mobly_sync.stack.terminal import Terminal
from mobly_sync.stack.troubles import Trouble, last_lines


class Stop(BaseException):
    """Ctrl-C, SIGTERM or a closed terminal."""


class Command(BaseCommand):
    help = "Run everything in this terminal: Postgres, Redis, web, worker, beat and the simulated vendors."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=os.environ.get("PORT", "8000"), help="of the web server (PORT)")
        parser.add_argument("--workers", type=int, default=1, help="Celery workers, two tasks at a time each")
        parser.add_argument("--no-sandbox", action="store_true", help="without the simulated CRMs")
        parser.add_argument("--no-demo", action="store_true", help="without the demo organization")
        parser.add_argument("--reload", action="store_true", help="restart the web server when code changes")
        parser.add_argument("--logs", action="store_true", help="show every line of every process, not only warnings")

    def handle(self, *args: Any, **options: Any) -> None:
        self.terminal = Terminal(everything=options["logs"])
        self.running = stack = self.stack(options)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.interrupted)
        try:
            self.terminal.say("Starting mobly_sync. Each step with its time:")
            with stack:
                self.welcome(stack, options)
                self.terminal.follow()
                self.watch(stack)
        except Stop:
            self.terminal.say("Everything has stopped.")
        except Trouble as trouble:
            raise SystemExit(f"\n{trouble}") from trouble

    def stack(self, options: dict[str, Any]) -> Stack:
        return Stack(
            Path(str(settings.DATA_DIR)),
            database_url=os.environ.get("DATABASE_URL", ""),
            redis_url=os.environ.get("REDIS_URL", ""),
            web_port=options["port"],
            workers=options["workers"],
            sandbox_port=None if options["no_sandbox"] else settings.SANDBOX_PORT_BASE,
            demo=settings.DEBUG and not options["no_demo"],
            reload=options["reload"],
            on_step=self.terminal.step,
            on_line=self.terminal.line,
        )

    def interrupted(self, number: int, frame: FrameType | None) -> None:
        """The first signal begins an orderly end; those that follow do not disturb it."""
        if not self.running.stopping:
            self.running.stopping = True
            self.terminal.hush()
            self.terminal.say("\nStopping.")
            raise Stop

    def welcome(self, stack: Stack, options: dict[str, Any]) -> None:
        say = self.terminal.say
        say(f"\nmobly_sync runs at {stack.address}")
        for line in stack.demo.splitlines():
            say(f"  {line}")
        for name, vendor in stack.vendors.items():
            say(f"  The simulated {VENDOR_NAMES.get(name, name)} is at {vendor['url']}/_sandbox/")
        say(f"  Logs: {stack.data_dir / 'logs'}. E-mails appear here. Ctrl-C stops everything.\n")

    def watch(self, stack: Stack) -> None:
        """Until a signal comes, or until one of them falls. Raises `Trouble`."""
        while not (fallen := stack.fallen()):
            time.sleep(0.3)
        raise Trouble(
            f"The process {fallen.name} ended by itself (code {fallen.process.returncode}), so everything was stopped. "
            f"The end of {fallen.log}:\n{last_lines(fallen.log)}"
        )


VENDOR_NAMES = {"salesforce": "Salesforce", "hubspot": "HubSpot", "pipedrive": "Pipedrive", "zoho": "Zoho CRM"}
