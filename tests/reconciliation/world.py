"""A small world to sync in: an organization, its admin, and integrations connected over real HTTP to a sandbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from integrations import connect, mapping, schema
from integrations.contract import Role
from integrations.models import Integration
from integrations.sandbox.person import allow
from leads.capture import capture_lead
from leads.models import Capture, Event, Lead, Member, Organization, User
from reconciliation import engine
from reconciliation.models import SyncRecord
from tests.vendors import SandboxVendor


@dataclass
class World:
    """One organization connected to one vendor."""

    organization: Organization
    admin: User
    integration: Integration
    sandbox: SandboxVendor
    event: Event

    def capture(self, email: str = "ada@brightforge.example", **person: Any) -> Lead:
        """A lead scanned at the event, enriched and due."""
        said = {"first_name": "Ada", "last_name": "Lovelace", "company_name": "Brightforge", "email": email, **person}
        captured = capture_lead(
            organization=self.organization,
            person=said,
            source=Capture.Source.BADGE_SCAN,
            event=self.event,
            by=self.admin,
        )
        self.enriched(captured.lead)
        return captured.lead

    def enriched(self, *leads: Lead) -> None:
        Lead.objects.filter(pk__in=[lead.pk for lead in leads]).update(enrichment=Lead.Enrichment.DONE)
        due = SyncRecord.objects.filter(lead__in=leads, state="waiting")
        due.update(due_at="2020-01-01T00:00:00Z")

    def record(self, lead: Lead) -> SyncRecord:
        return SyncRecord.objects.get(lead=lead, integration=self.integration)

    def run(self) -> engine.Report:
        return engine.run_lane(self.integration.pk)

    def at_vendor(self, object_name: str, **filters: str) -> list[dict[str, Any]]:
        return self.sandbox.records(object_name, **filters)


def connected(sandbox: SandboxVendor, *, defaults: bool = True) -> World:
    """An organization whose admin went through the consent page and pressed Set Defaults everywhere."""
    organization = Organization.objects.create(name=f"Halden {sandbox.name}", slug=f"halden-{sandbox.name}")
    admin = User.objects.create_user(f"mara@{sandbox.name}.example", "show-floor-2026")
    Member.objects.create(organization=organization, user=admin, role=Member.Role.ADMIN)
    event = Event.objects.create(organization=organization, name="Automate Summit 2026")
    url = connect.begin(organization=organization, provider_key=sandbox.name, user=admin, session_key="session")
    back = allow(url)
    finished = connect.finish(
        organization=organization,
        user=admin,
        session_key="session",
        state=back["state"],
        code=back["code"],
        callback=back,
    )
    world = World(organization, admin, finished.integration, sandbox, event)
    if defaults:
        for name, remote in schema.remote_objects(world.integration).items():
            if remote.role in (Role.PERSONA, Role.COMPANY):
                mapping.set_defaults(integration=world.integration, object_name=name, by=admin)
        world.integration.refresh_from_db()
    return world
