"""What an organization that just signed in does next, step by step until its first lead is Cleared.

A step is ticked by what stands in the database, never by a click: who does it elsewhere finds it ticked here.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from integrations import mapping, schema
from integrations.contract import Category, Provider, Role
from integrations.models import CampaignMapping, FieldMapping, Integration, QualifierMapping, RemoteSchema
from integrations.providers import PROVIDERS
from leads.capture import capture_lead
from leads.models import Capture, Lead, Organization, User
from reconciliation import actions
from reconciliation.models import SyncRecord
from reconciliation.records import Reason
from reconciliation.rows import Row, out_of_calls, row_of

# Whose first lead comes first.
ORDER = (Category.CRM, Category.MARKETING, Category.WEBHOOK)
# Reasons that pass within seconds: who shows one asks again.
MOVING = frozenset({Reason.QUEUED, Reason.SENDING, Reason.ENRICHING})


class Key(enum.StrEnum):
    CONNECT = "connect"
    MAP = "map"
    QUALIFIERS = "qualifiers"
    CAMPAIGNS = "campaigns"
    MODE = "mode"
    TEST = "test"


OPTIONAL = frozenset({Key.QUALIFIERS, Key.CAMPAIGNS})


@dataclass(frozen=True, slots=True)
class Step:
    key: Key
    done: bool
    next: bool = False

    @property
    def optional(self) -> bool:
        return self.key in OPTIONAL


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """The steps of one integration; without one nothing was ever connected. `lead` is who the test would send, None
    for the admin's own person; `standing` is where the lead that moved last stands.
    """

    steps: tuple[Step, ...]
    integration: Integration | None = None
    provider: Provider | None = None
    lead: Lead | None = None
    standing: Row | None = None

    @property
    def next(self) -> Step | None:
        return next((step for step in self.steps if step.next), None)

    @property
    def arrived(self) -> bool:
        """A lead is Cleared: what is left are the optional steps."""
        return self.next is None

    @property
    def needed(self) -> list[Step]:
        return [step for step in self.steps if not step.optional]

    @property
    def done(self) -> int:
        return sum(step.done for step in self.needed)

    @property
    def open(self) -> list[Step]:
        """The optional steps that nobody has taken."""
        return [step for step in self.steps if step.optional and not step.done]

    @property
    def moving(self) -> bool:
        return self.standing is not None and self.standing.reason in MOVING

    @property
    def seen(self) -> str:
        """What is shown, in one word: another word means that something has moved."""
        ticked = "".join(str(int(step.done)) for step in self.steps)
        return f"{ticked}-{(self.standing.reason or self.standing.record.state) if self.standing else ''}"


# --- Reading ----------------------------------------------------------------------------------------------------------


def first_steps(organization: Organization) -> FirstSteps | None:
    """The steps of the integration that comes first, the CRM before the others, of those that have cleared nothing yet.

    None once there is nothing to say: every step is done, or the organization has left what it once used. One query
    then; two or three while there is a lead to tell of.
    """
    integrations = [entry for entry in _with_facts(organization) if entry.provider in PROVIDERS]
    active = [entry for entry in integrations if entry.status != Integration.Status.DISCONNECTED]
    if not active:
        if any(entry.has_cleared for entry in integrations):
            return None
        kept = integrations[0] if len(integrations) == 1 else None
        return _told(kept) if kept else FirstSteps(_marked([Step(Key.CONNECT, False), *_ahead()]))
    chosen = next((entry for entry in active if not entry.has_cleared), active[0])
    found = _told(chosen)
    return None if found.arrived and not found.open else found


def _with_facts(organization: Organization) -> list[Any]:
    """The integrations with what the steps are ticked by (`has_…`), in the order of the guide; one query."""
    this = {"integration": OuterRef("pk")}
    personas = RemoteSchema.objects.filter(integration=OuterRef("integration"), role=Role.PERSONA.value)
    facts = organization.integrations.annotate(
        has_person=Exists(FieldMapping.objects.filter(Exists(personas.filter(object=OuterRef("object"))), **this)),
        has_qualifier=Exists(QualifierMapping.objects.filter(**this)),
        has_campaign=Exists(CampaignMapping.objects.filter(**this)),
        has_cleared=Exists(SyncRecord.objects.filter(**this).cleared()),
    )
    return sorted(facts, key=lambda entry: (ORDER.index(Category(entry.category)), entry.pk))


def _told(integration: Any) -> FirstSteps:
    steps = _marked(_steps(integration))
    provider = PROVIDERS[integration.provider]
    if not any(step.next and step.key is Key.TEST for step in steps):
        return FirstSteps(steps, integration, provider)
    record = SyncRecord.objects.of(integration).shown().newest_first().select_related("lead").first()
    if record is not None:
        held = out_of_calls(integration, provider.name)
        standing = row_of(integration, record, provider.name, held=held)
        return FirstSteps(steps, integration, provider, record.lead, standing)
    newest = integration.organization.leads.order_by("-last_captured_at", "-id").first()
    return FirstSteps(steps, integration, provider, newest)


def _steps(integration: Any) -> list[Step]:
    status = integration.status
    accepted = status in (Integration.Status.CONNECTED, Integration.Status.DISABLED)
    steps = [
        Step(Key.CONNECT, accepted),
        Step(Key.MAP, integration.has_person),
        Step(Key.QUALIFIERS, integration.has_qualifier),
        Step(Key.CAMPAIGNS, integration.has_campaign),
        Step(Key.MODE, status == Integration.Status.CONNECTED),
        Step(Key.TEST, integration.has_cleared),
    ]
    joins = PROVIDERS[integration.provider].capabilities.campaigns
    return [step for step in steps if joins or step.key is not Key.CAMPAIGNS]


def _ahead() -> Iterable[Step]:
    return (Step(key, False) for key in Key if key is not Key.CONNECT)


def _marked(steps: Iterable[Step]) -> tuple[Step, ...]:
    """The steps with the first open one marked that cannot be left out; nothing is next once a lead has arrived."""
    known = list(steps)
    arrived = any(step.key is Key.TEST and step.done for step in known)
    now = None if arrived else next(step.key for step in known if not step.done and not step.optional)
    return tuple(Step(step.key, step.done, step.key is now) for step in known)


# --- Doing ------------------------------------------------------------------------------------------------------------


def set_all_defaults(*, integration: Integration, by: User) -> list[tuple[str, mapping.DefaultsReport]]:
    """Set Defaults of every person and company object: the label of each, and what was filled there."""
    found = schema.remote_objects(integration)
    wanted = [(name, remote) for name, remote in found.items() if remote.role is not Role.OTHER]
    with transaction.atomic():
        return [
            (remote.label, mapping.set_defaults(integration=integration, object_name=name, by=by))
            for name, remote in wanted
        ]


def send_test(*, integration: Integration, lead: Lead | None, by: User) -> Lead:
    """Send this lead now; without one, the person who asks becomes a lead of the organization and is sent."""
    with transaction.atomic():
        sent = lead or _oneself(integration.organization, by)
        actions.test_lead(integration=integration, lead=sent, by=by, place="First steps")
    return sent


def _oneself(organization: Organization, by: User) -> Lead:
    person = {
        "first_name": by.first_name,
        "last_name": by.last_name or by.email.partition("@")[0],
        "email": by.email,
        "company_name": organization.name,
    }
    captured = capture_lead(
        organization=organization, person=person, source=Capture.Source.MANUAL, by=by, key=f"first-steps-{by.pk}"
    )
    return captured.lead
