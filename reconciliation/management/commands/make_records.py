"""A rehearsal at full size: `manage.py make_records --organization Rehearsal --admin mara@halden.example`."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.text import slugify

from integrations.models import Integration
from integrations.providers import PROVIDERS, provider_of
from leads.models import Member, Organization, User
from reconciliation.rehearsal import RehearsalRefused, make_records


class Command(BaseCommand):
    help = (
        "Make an organization with a Manual integration and as many made-up leads and sync records as wanted, "
        "to see how the pages bear them. Nothing is sent to the vendor."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organization", default="Rehearsal", metavar="NAME", help="made if it is not there")
        parser.add_argument("--integration", default="salesforce", choices=sorted(PROVIDERS), help="made if not there")
        parser.add_argument("--leads", type=int, default=1_000_000, metavar="N", help="default: 1,000,000")
        parser.add_argument(
            "--admin", default="", metavar="EMAIL", help="who, of those with an account, may look at it"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["leads"] < 1:
            raise CommandError("Say how many leads, at least 1.")
        admin = self._admin(options["admin"])
        organization, _ = Organization.objects.get_or_create(
            name=options["organization"], defaults={"slug": slugify(options["organization"]) or "rehearsal"}
        )
        if admin is not None:
            Member.objects.get_or_create(organization=organization, user=admin, defaults={"role": Member.Role.ADMIN})
        began = time.monotonic()
        try:
            make_records(
                integration=integration_for(organization, options["integration"]), leads=options["leads"], say=self._say
            )
        except RehearsalRefused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(f"{options['leads']:,} leads made in {time.monotonic() - began:.0f} s.")

    def _admin(self, email: str) -> User | None:
        if not email:
            return None
        found = User.objects.filter(email__iexact=email).first()
        if found is None:
            raise CommandError(f"There is no account “{email}”.")
        return found

    def _say(self, done: int) -> None:
        self.stdout.write(f"{done:,} leads")
        self.stdout.flush()


def integration_for(organization: Organization, provider_key: str) -> Integration:
    """The integration of the organization, made as a Manual one where there is none yet."""
    found, _ = Integration.objects.get_or_create(
        organization=organization,
        provider=provider_key,
        defaults={
            "category": provider_of(provider_key).category.value,
            "status": Integration.Status.CONNECTED,
            "sync_mode": Integration.Mode.MANUAL,
            "account_name": "Rehearsal",
            "connected_at": timezone.now(),
        },
    )
    return found
