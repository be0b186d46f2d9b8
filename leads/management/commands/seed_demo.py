"""The demo's people and places. Again and again leads to the same: what is there already stays as it is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from leads.events import save_event
from leads.models import Event, Member, Organization, Qualifier, User
from leads.qualifiers import save_qualifier

PASSWORD = "show-floor-2026"  # noqa: S105 -- printed on the demo's start page; refused outside DEBUG
ORGANIZATION = "Halden Robotics"
PEOPLE = (
    ("mara@halden.example", "Mara", "Lindqvist", Member.Role.ADMIN),
    ("tom@halden.example", "Tom", "Oyelaran", Member.Role.REP),
)
OPERATOR = "operator@mobly.example"
# Name, type, place, first and last day from today, activations.
EVENTS = (
    ("Automate Summit 2026", Event.Kind.TRADE_SHOW, "Chicago", -2, 1, ("Booth 412", "Robot arm demo", "Keynote")),
    ("Packaging Expo West", Event.Kind.TRADE_SHOW, "Las Vegas", 17, 19, ("Booth 88", "Giveaway")),
)
# Name, Multiple, values, usage instructions.
QUALIFIERS = (
    ("Lead Score", False, ("Hot", "Medium", "Cold"), "How soon will they buy?"),
    ("Product Interest", True, ("Palletizers", "Pick and place", "Vision", "Service"), "All that were talked about."),
    ("Next Steps", False, ("Send quote", "Book demo", "Call back", "Nothing"), ""),
)


class Command(BaseCommand):
    help = "Make the demo organization with its people, events and qualifiers. Only on a development machine."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("The demo's passwords are known to everybody: seed_demo runs only with DEBUG on.")
        organization, made = Organization.objects.get_or_create(slug="halden-robotics", defaults={"name": ORGANIZATION})
        for email, first, last, role in PEOPLE:
            user = _account(email, first_name=first, last_name=last)
            Member.objects.get_or_create(organization=organization, user=user, defaults={"role": role})
        _account(OPERATOR, first_name="Operator", is_staff=True, is_superuser=True)
        _events(organization)
        _qualifiers(organization)
        self.stdout.write(f"{organization.name} is {'made' if made else 'there'}.")
        self.stdout.write(f"Sign in as {PEOPLE[0][0]} (Admin) or {PEOPLE[1][0]} (Rep), staff as {OPERATOR}: {PASSWORD}")


def _account(email: str, **fields: Any) -> User:
    return User.objects.filter(email=email).first() or User.objects.create_user(email, PASSWORD, **fields)


def _events(organization: Organization) -> None:
    today = timezone.localdate()
    for name, kind, place, first, last, activations in EVENTS:
        if not organization.events.filter(name=name).exists():
            save_event(
                organization=organization,
                name=name,
                kind=kind,
                place=place,
                starts_on=today + timedelta(days=first),
                ends_on=today + timedelta(days=last),
                activations=activations,
            )


def _qualifiers(organization: Organization) -> None:
    for name, multiple, values, instructions in QUALIFIERS:
        if not organization.qualifiers.filter(name=name).exists():
            save_qualifier(
                organization=organization,
                by=None,
                name=name,
                kind=Qualifier.Kind.PICKLIST,
                multiple=multiple,
                values=list(values),
                instructions=instructions,
            )
