"""Which sync records an operator means: organization, integration, event, cause, period, lead. Shared by the
commands.
"""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.management.base import CommandError
from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_date

from integrations.contract import Cause
from integrations.models import Integration
from leads.models import Event, Lead, Organization
from reconciliation.models import SyncRecord
from reconciliation.records import Filters, SyncRecordQuerySet


@dataclass(frozen=True, slots=True)
class Selection:
    """The integrations concerned, and the records within them."""

    integrations: list[Integration]
    records: SyncRecordQuerySet


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--organization", metavar="NAME", help="name or slug of one organization")
    parser.add_argument("--integration", metavar="PROVIDER", help="salesforce, hubspot …")
    parser.add_argument("--event", metavar="NAME", help="leads met at this event")
    parser.add_argument("--cause", choices=[cause.value for cause in Cause], help="leads that failed for this cause")
    parser.add_argument(
        "--since", metavar="DATE", help="state changed on or after this day (2026-11-19), or so many days ago (7)"
    )
    parser.add_argument("--lead", metavar="EMAIL|ID", help="one lead, by its e-mail or its Mobly Lead ID")


def selected(options: dict[str, Any]) -> Selection:
    """What the options mean. Raises `CommandError` with what there is when a name is unknown."""
    integrations = Integration.objects.select_related("organization").order_by("organization__name", "provider")
    if name := options.get("organization"):
        integrations = integrations.filter(organization=_organization(name))
    if provider := options.get("integration"):
        integrations = integrations.filter(provider=provider)
    found = list(integrations)
    if not found:
        raise CommandError(_no_integration(options))
    records = SyncRecord.objects.filter(integration__in=found).shown()
    records = records.matching(
        Filters(event=_event(options, found), cause=options.get("cause") or "", since=_since(options))
    )
    if wanted := options.get("lead"):
        records = records.filter(lead__in=_leads(wanted, found))
    return Selection(found, records)


def _organization(name: str) -> Organization:
    organization = Organization.objects.filter(Q(name__iexact=name) | Q(slug=name)).first()
    if organization is None:
        known = ", ".join(Organization.objects.values_list("name", flat=True)[:20]) or "none yet"
        raise CommandError(f"There is no organization “{name}”. There are: {known}.")
    return organization


def _no_integration(options: dict[str, Any]) -> str:
    known = Integration.objects.values_list("provider", flat=True).distinct().order_by("provider")
    if not known:
        return "No integration was ever connected."
    return f"No integration matches. Providers that are in use: {', '.join(known)}."


def _event(options: dict[str, Any], integrations: list[Integration]) -> int | None:
    name = options.get("event")
    if not name:
        return None
    organizations = {integration.organization_id for integration in integrations}
    events = list(Event.objects.filter(organization_id__in=organizations, name__iexact=name))
    if not events:
        known = Event.objects.filter(organization_id__in=organizations).values_list("name", flat=True)[:20]
        raise CommandError(f"There is no event “{name}”. There are: {', '.join(known) or 'none yet'}.")
    if len(events) > 1:
        raise CommandError(f"{len(events)} organizations have an event “{name}”. Say which with --organization.")
    return events[0].pk


def _since(options: dict[str, Any]) -> datetime | None:
    text = options.get("since")
    if not text:
        return None
    if text.isdecimal():
        return timezone.now() - timedelta(days=min(int(text), 36_500))
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None:
        raise CommandError(f"“{text}” is neither a day such as 2026-11-19 nor a number of days.")
    return timezone.make_aware(datetime(day.year, day.month, day.day))


def _leads(wanted: str, integrations: list[Integration]) -> Any:
    organizations = {integration.organization_id for integration in integrations}
    leads = Lead.objects.filter(organization_id__in=organizations)
    found = leads.filter(email_key=wanted.strip().lower()) if "@" in wanted else leads.filter(uid__in=_uids(wanted))
    if not found.exists():
        raise CommandError(f"There is no lead “{wanted}” in the organizations chosen.")
    return found


def _uids(text: str) -> list[str]:
    try:
        return [str(UUID(text))]
    except ValueError:
        raise CommandError(f"“{text}” is neither an e-mail address nor a Mobly Lead ID.") from None
