"""The organization of one history: connected to one vendor, mapped, with two events, a campaign and a qualifier."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from integrations import campaigns, connect, further, mapping, qualifiers, schema, switches
from integrations.constants import set_constant
from integrations.contract import Campaign, Role
from integrations.models import Credential, FieldMapping, Integration
from integrations.planning import QUALIFIER_PREFIX
from integrations.sandbox.person import allow
from leads.capture import capture_lead
from leads.events import save_event
from leads.models import Capture, Event, Lead, Member, Organization, Qualifier, User
from leads.qualifiers import save_qualifier
from reconciliation.models import Lane, RemoteCompany, SyncRecord
from tests.crm import Vendor

SESSION = "a fault run"
# A value of the qualifier that the vendor has no option for: its leads fail, and rightly.
UNHEARD = "Unheard of"
TITLES = ("Engineer", "Buyer", "Head of Plant")
COMPANIES = 3


@dataclass
class World:
    seed: int
    vendor: Vendor
    organization: Organization
    admin: User
    integration: Integration
    events: list[Event]
    qualifier: Qualifier
    campaigns: list[Campaign] = field(default_factory=list)
    leads: list[Lead] = field(default_factory=list)
    # Captured only to give the workers something to do.
    extras: list[Lead] = field(default_factory=list)
    # Leads whose record somebody at the vendor deleted, merged or converted.
    touched: set[int] = field(default_factory=set)
    # Every text that may stand in no log.
    secrets: set[str] = field(default_factory=set)
    engagements: int = 0
    # How many leads a person had to decide about, because no key could tell.
    asked: int = 0

    @property
    def person_object(self) -> str:
        """The first person object of the mapping."""
        found = self.integration.schemas.filter(role=Role.PERSONA.value).order_by("position").first()
        assert found is not None
        return str(found.object)

    @property
    def has_own_id(self) -> bool:
        """Whether our own id of a lead stands in a unique field at the vendor."""
        rows = FieldMapping.objects.filter(integration=self.integration, mobly_field="mobly_lead_id")
        return bool(rows.filter(object=self.person_object).exists())

    # What people do

    def capture(self, rng: random.Random, *, email: bool = True, leads: list[Lead] | None = None) -> Lead:
        """Somebody new, at one of three companies. The last name is the mark by which the vendor's records are told."""
        leads = self.leads if leads is None else leads
        mark = f"{self.seed}{'n' if leads is self.leads else 'x'}{len(leads)}"
        company = rng.randrange(COMPANIES)
        person = {
            "first_name": rng.choice(["Ada", "Grace", "Linus"]),
            "last_name": mark,
            "email": f"p{mark}@gmail.com" if email else "",
            "job_title": rng.choice(TITLES),
            "company_name": f"Works {self.seed} {company}",
            "company_website": f"https://works{self.seed}x{company}.example" if company else "",
        }
        captured = capture_lead(
            organization=self.organization,
            person=person,
            source=Capture.Source.BADGE_SCAN,
            event=rng.choice(self.events),
            by=self.admin,
        )
        leads.append(captured.lead)
        return captured.lead

    def connect(self) -> None:
        """Through the vendor's consent page, as an admin would. Raises `ConnectRefused` and what the page raises."""
        who: dict[str, Any] = {"organization": self.organization, "user": self.admin, "session_key": SESSION}
        back = allow(connect.begin(provider_key=self.vendor.name, **who), timeout=5)
        self.integration = connect.finish(state=back["state"], code=back.get("code", ""), **who).integration
        self.remember_secrets()

    def open_up(self) -> str:
        """Whatever a person must do before leads flow: sign in again, or switch it on. Says what was done."""
        status = self.fresh().status
        if status in (Integration.Status.NEEDS_ATTENTION, Integration.Status.DISCONNECTED):
            self.connect()
        if self.integration.status == Integration.Status.DISABLED:
            switches.enable(integration=self.integration, by=self.admin)
        return "" if self.fresh().status == status else f"({status}, made {self.integration.status}) "

    # What a run knows of it

    def fresh(self) -> Integration:
        self.integration.refresh_from_db()
        return self.integration

    def records(self) -> Any:
        return SyncRecord.objects.filter(integration=self.integration)

    def outdated(self) -> Any:
        """Cleared with an older setup than the present one."""
        return self.records().filter(state="cleared").exclude(setup_sent=self.fresh().setup_version)

    def remember_secrets(self) -> None:
        credential = Credential.objects.filter(integration=self.integration).first()
        if credential:
            self.secrets |= {credential.tokens[name] for name in ("access_token", "refresh_token")} - {""}

    # Time

    def let_time_pass(self) -> None:
        """Whatever was to happen later may happen now: retries, a vendor's pause, patience with enrichment."""
        now = timezone.now()
        self.records().filter(state="waiting", due_at__gt=now).update(due_at=now)
        Lane.objects.filter(integration=self.integration, closed_until__gt=now).update(closed_until=now)

    def let_searches_catch_up(self) -> None:
        """A search that has healed shows whatever is there; nobody has to wait for it."""
        long_ago = timezone.now() - timedelta(seconds=settings.COMPANY_DOUBT_SECONDS)
        RemoteCompany.objects.filter(integration=self.integration, remote_id="").update(seen_at=long_ago)

    def let_leases_end(self) -> None:
        """The worker that held them is dead; nobody has to wait for what cannot come."""
        past = timezone.now() - timedelta(seconds=1)
        Lane.objects.filter(integration=self.integration, holder__isnull=False).update(lease_until=past)
        self.records().filter(claim_id__isnull=False).update(lease_until=past)

    def retire(self) -> None:
        """The next history has the workers for itself."""
        Integration.objects.filter(pk=self.integration.pk).update(status=Integration.Status.DISCONNECTED)

    def is_quiet(self) -> bool:
        """Nothing waits and nothing will: who is in the lane now finds nothing to send."""
        pending = Lead.objects.filter(organization=self.organization, enrichment=Lead.Enrichment.PENDING)
        waiting = self.records().filter(state="waiting", dismissed_at__isnull=True)
        return not (pending.exists() or waiting.exists())

    def holder(self) -> Any:
        """Who has the lane, if anybody alive has. A dead one's hold is over with its lease."""
        held = Lane.objects.filter(integration=self.integration, lease_until__gt=timezone.now())
        return held.values_list("holder", flat=True).first()


def made(seed: int, vendor: Vendor, rng: random.Random, *, with_leads: bool) -> World:
    """A new organization at a fresh account. `with_leads`: new people become leads there, not contacts."""
    vendor.afresh()
    if rng.random() < 0.5:
        vendor.add_recommended_fields()
    organization = Organization.objects.create(name=f"History {seed}", slug=f"history-{seed}-{timezone.now():%H%M%S%f}")
    admin = User(email=f"admin@{organization.slug}.example")
    admin.set_unusable_password()
    admin.save()
    Member.objects.create(organization=organization, user=admin, role=Member.Role.ADMIN)
    events = [save_event(organization=organization, name=name) for name in ("Automate Summit", "Packaging Expo")]
    integration = Integration(organization=organization, provider=vendor.name)
    world = World(seed, vendor, organization, admin, integration, events, Qualifier())
    world.connect()
    strategies = [one for one in vendor.strategies if not (with_leads and vendor.has_companies(one))]
    options = rng.choice(strategies or vendor.strategies)
    for key, value in options.items():
        switches.set_option(integration=world.integration, key=key, value=value, by=admin)
    _map(world)
    world.campaigns = [
        found
        for found in campaigns.search(integration=world.integration, query="")
        if found.active and found.kind == vendor.campaign_kind
    ]
    return world


def _map(world: World) -> None:
    remotes = schema.remote_objects(world.fresh())
    for name, remote in remotes.items():
        if remote.role in (Role.PERSONA, Role.COMPANY):
            mapping.set_defaults(integration=world.integration, object_name=name, by=world.admin)
    personas = [remote for remote in remotes.values() if remote.role is Role.PERSONA]
    options = [option.label for option in personas[0].fields[world.vendor.picklist].options if option.active][:2]
    world.qualifier = save_qualifier(
        organization=world.organization, by=world.admin, name="Interest", values=[*options, UNHEARD]
    )
    for remote in personas:
        if world.vendor.picklist in remote.fields:
            mapping.map_field(
                integration=world.integration,
                object_name=remote.name,
                source_key=f"{QUALIFIER_PREFIX}{world.qualifier.pk}",
                remote_field=world.vendor.picklist,
                by=world.admin,
            )
    qualifiers.accept_exact(integration=world.integration, qualifier_id=world.qualifier.pk, by=world.admin)
    if world.vendor.further_object:
        _add_further(world)
    world.fresh()


def _add_further(world: World) -> None:
    """Each lead has a record of the vendor's further object, too: with its mark, its e-mail and what it may not lack.

    Nothing of it is drawn: a seed decides the same as for vendors that have none.
    """
    vendor, to = world.vendor, {"integration": world.integration, "by": world.admin}
    found = next(one for one in further.offered(world.integration) if one.name == vendor.further_object)
    further.save_object(name=found.name, ties={kind: fields[0] for kind, fields in found.lookups.items()}, **to)
    for source, name in (("email", vendor.further_email), ("last_name", vendor.further_text)):
        mapping.map_field(object_name=found.name, source_key=source, remote_field=name, **to)
    constant = {"remote_field": vendor.further_picklist, "value": vendor.further_option, "fallback": True}
    set_constant(object_name=found.name, **constant, **to)
