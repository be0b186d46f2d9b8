"""The stage of the benchmark: a stack of its own, organizations with leads, and connections to simulated vendors."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from integrations import campaigns, connect, mapping, schema, switches
from integrations.contract import Role
from integrations.models import Integration
from integrations.sandbox.person import allow
from leads.capture import Meeting, capture_many
from leads.models import Capture, Engagement, Event, Lead, Member, Organization, User
from mobly_sync.stack.stack import Stack
from reconciliation import actions
from reconciliation.models import SyncRecord
from tests.crm import CRMS, Vendor

# Without any progress for this long a measurement gives up, in seconds.
PATIENCE = 180.0
CHUNK = 500


class BenchStuck(Exception):
    """Something that was measured did not come to its end; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class Case:
    """What is carried. `companies`: how many leads of a thousand bring a company of their own; 0: none is mapped."""

    key: str
    title: str
    companies: int = 0
    with_extras: bool = False  # a membership and one engagement each

    def person(self, number: int, name: str) -> dict[str, str]:
        company = number % max(1, self.companies) if self.companies else number % 400
        said = {
            "first_name": f"Ada {number}",
            "last_name": f"Lovelace {number}",
            "email": f"ada.{number}@{name}-{company}.example",
            "job_title": "Head of Robotics",
            "phone_number": f"+1 415 555 {number % 10000:04}",
            "company_name": f"{name.title()} Works {company}",
            "description": "Asked for a quote of the new cell; wants a visit in spring.",
        }
        if self.companies:
            said["company_website"] = f"https://www.{name}-{company}.example"
        return said


CASES = (
    Case("persons", "persons only"),
    Case("companies", "with companies, 300 in 1,000", companies=300),
    Case("own_companies", "with companies, each its own", companies=1000),
    Case("persons_extras", "persons, membership, engagement", with_extras=True),
    Case("companies_extras", "companies, membership, engagement", companies=300, with_extras=True),
)


@dataclass(slots=True)
class World:
    """One organization with leads, and its integration once it is connected."""

    organization: Organization
    admin: User
    event: Event
    integration: Integration | None = None

    @property
    def records(self) -> Any:
        assert self.integration is not None
        return SyncRecord.objects.of(self.integration)


@dataclass(slots=True)
class Stage:
    """A running stack with its vendors, one per key."""

    stack: Stack
    vendors: dict[str, Vendor]
    latency: int
    say: Callable[[str], None]
    _count: int = field(default=0)

    @contextmanager
    def far_away(self, vendor: str) -> Iterator[Vendor]:
        """While it lasts every call to the vendor takes `latency` milliseconds more."""
        sandbox = self.vendors[vendor]
        sandbox.faults(latency_ms=self.latency)
        try:
            yield sandbox
        finally:
            sandbox.faults(latency_ms=0)

    def world(self, name: str) -> World:
        self._count += 1
        slug = f"bench-{self._count}-{name}".replace("_", "-")[:100]
        organization = Organization.objects.create(name=slug, slug=slug)
        admin = User.objects.create_user(f"mara@{slug}.example")
        Member.objects.create(organization=organization, user=admin, role=Member.Role.ADMIN)
        event = Event.objects.create(organization=organization, name="Automate Summit 2026")
        return World(organization, admin, event)

    def connect(self, world: World, vendor: str, case: Case) -> None:
        """As an admin would: through the consent page, Set Defaults, and the campaign of the event."""
        integration = self._connected(world, vendor)
        for key, value in self.vendors[vendor].company_options.items() if case.companies else ():
            switches.set_option(integration=integration, key=key, value=value, by=world.admin)
        wanted = (Role.PERSONA, Role.COMPANY) if case.companies else (Role.PERSONA,)
        for name, remote in schema.remote_objects(integration).items():
            if remote.role in wanted:
                mapping.set_defaults(integration=integration, object_name=name, by=world.admin)
        world.integration = integration
        if case.with_extras:
            self._map_campaign(world, vendor)
        integration.refresh_from_db()

    def _connected(self, world: World, vendor: str) -> Integration:
        url = connect.begin(organization=world.organization, provider_key=vendor, user=world.admin, session_key="bench")
        back = allow(url)
        finished = connect.finish(
            organization=world.organization,
            user=world.admin,
            session_key="bench",
            state=back.get("state", ""),
            code=back.get("code", ""),
        )
        return finished.integration

    def _map_campaign(self, world: World, vendor: str) -> None:
        assert world.integration is not None
        kind = self.vendors[vendor].campaign_kind
        found = campaigns.search(integration=world.integration, query="")
        chosen = next(campaign for campaign in found if campaign.active and campaign.kind == kind)
        campaigns.save_campaign(
            integration=world.integration, campaign=chosen, events=[world.event], threshold=0, by=world.admin
        )

    def fill(self, world: World, case: Case, count: int) -> None:
        """Leads that were scanned at the event and are enriched, as they lie there when somebody connects a CRM."""
        for start in range(0, count, CHUNK):
            meetings = [
                Meeting(
                    person=case.person(number, world.organization.slug),
                    source=Capture.Source.BADGE_SCAN,
                    event=world.event,
                    by=world.admin,
                )
                for number in range(start, min(start + CHUNK, count))
            ]
            capture_many(organization=world.organization, meetings=meetings)
        pending = world.organization.leads.filter(enrichment=Lead.Enrichment.PENDING)
        until(lambda: not pending.exists(), pending.count, f"{count} leads to be enriched", every=0.1)
        if case.with_extras:
            self._log_notes(world)

    def _log_notes(self, world: World) -> None:
        when = timezone.now() - timedelta(days=1)
        notes = [
            Engagement(
                organization=world.organization,
                lead=lead,
                kind=Engagement.Kind.NOTE,
                notes=f"Spoke with {lead.first_name} at the stand.",
                happened_at=when,
                logged_by=world.admin,
            )
            for lead in world.organization.leads.only("pk", "first_name")
        ]
        Engagement.objects.bulk_create(notes, batch_size=1000)

    def carry(self, world: World, start: Callable[[], Any], records: Any = None) -> float:
        """Seconds from `start` until nothing of the integration waits any more. All of it must be Cleared."""
        began = time.monotonic()
        start()
        waiting = (records if records is not None else world.records).filter(state=SyncRecord.State.WAITING)
        until(lambda: not waiting.exists(), waiting.count, "the leads to be carried")
        seconds = time.monotonic() - began
        failed = world.records.filter(state=SyncRecord.State.FAILED)
        if failed.exists():
            first = failed.first()
            raise BenchStuck(f"{failed.count()} leads failed; the first one: {first.cause} {first.message}")
        return seconds

    def carry_earlier_leads(self, world: World) -> float:
        integration = world.integration
        assert integration is not None
        return self.carry(world, lambda: actions.send_earlier_leads(integration=integration))

    def disconnect(self, world: World) -> None:
        if world.integration is not None:
            connect.disconnect(integration=world.integration, by=world.admin)


def until(done: Callable[[], bool], progress: Callable[[], object], what: str, every: float = 0.02) -> None:
    """Wait for `done`. Raises `BenchStuck` when `progress` does not move for long; it is asked once a second only."""
    seen, since, next_look = progress(), time.monotonic(), time.monotonic() + 1
    while not done():
        now = time.monotonic()
        if now > next_look:
            next_look = now + 1
            figure = progress()
            if figure != seen:
                seen, since = figure, now
            elif now - since > PATIENCE:
                raise BenchStuck(f"Waited {PATIENCE:.0f} s without progress for {what}.")
        time.sleep(every)


@contextmanager
def staged(folder: Path, latency: int, vendors: Sequence[str], say: Callable[[str], None]) -> Iterator[Stage]:
    """The whole product on servers of its own, with all simulated vendors."""
    with Stack(folder, web_port=0, sandbox_port=0, on_step=_step(say)) as stack:
        sandboxes = {key: CRMS[key](stack.vendors[key]["url"]) for key in vendors}
        yield Stage(stack, sandboxes, latency, say)


def _step(say: Callable[[str], None]) -> Any:
    @contextmanager
    def step(name: str) -> Iterator[None]:
        yield
        say(f"  {name} is up")

    return step


def leads_of(world: World) -> QuerySet[Lead]:
    return world.organization.leads.order_by("pk")
