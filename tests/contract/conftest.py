from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from integrations import campaigns, connect, qualifiers, schema, switches
from integrations.contract import Campaign, Feature, RemoteField, Role
from integrations.fields import create_fields, missing_fields
from integrations.mapping import map_field, set_defaults
from integrations.models import Credential, Integration
from integrations.planning import QUALIFIER_PREFIX
from integrations.providers import PROVIDERS, app_of, provider_of
from integrations.sandbox.person import allow
from integrations.tokens import open_client, tokens_of
from leads.models import Lead, Qualifier
from leads.qualifiers import answer, save_qualifier
from reconciliation import actions
from reconciliation.models import Lane, SyncRecord
from tests.crm import CRMS, Person, Vendor, named
from tests.reconciliation.world import World, connected
from tests.vendors import SandboxVendor


def crms(*needed: Feature) -> pytest.MarkDecorator:
    """A test for each CRM that declares the features it needs."""
    names = [name for name, provider in PROVIDERS.items() if set(needed) <= set(provider.capabilities.has)]
    return pytest.mark.parametrize("crm", names, indirect=True)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that names no features is made for every CRM."""
    marked = any(mark.args[0] == "crm" for mark in metafunc.definition.iter_markers("parametrize"))
    if "crm" in metafunc.fixturenames and not marked:
        metafunc.parametrize("crm", list(PROVIDERS), indirect=True)


@dataclass
class Crm(World):
    """An organization connected to one CRM with the default mapping; `vendor` is what its users see and do there."""

    vendor: Vendor

    @property
    def persona(self) -> str:
        """The person object new people become."""
        objects = schema.remote_objects(self.integration).values()
        return next(remote.name for remote in objects if remote.role is Role.PERSONA)

    def there(self, lead: Lead) -> list[Person]:
        """The living records with the lead's last name."""
        return named(self.vendor.persons(), lead.last_name)

    def one(self, lead: Lead) -> Person:
        found = self.there(lead)
        assert len(found) == 1, f"{lead.last_name} is there {len(found)} times; {self.why(lead)}"
        return found[0]

    def why(self, lead: Lead) -> str:
        record = self.record(lead)
        return f"{record.state} {record.cause} {record.message}"

    def send(self, *leads: Lead) -> None:
        """Everything of these leads is due, and the vendor's pauses are over; then one worker works."""
        Lane.objects.update(closed_until=None)
        self.enriched(*leads)
        self.run()

    def cleared(self, *leads: Lead) -> None:
        self.send(*leads)
        assert [self.why(lead) for lead in leads if self.record(lead).state != SyncRecord.State.CLEARED] == []

    def pushed(self, lead: Lead) -> None:
        """Somebody pushes the lead, and it arrives."""
        actions.push_lead(integration=self.integration, lead=lead)
        self.cleared(lead)

    def failed(self, lead: Lead) -> SyncRecord:
        self.send(lead)
        record = self.record(lead)
        assert record.state == SyncRecord.State.FAILED, self.why(lead)
        return record

    def read_fields_again(self) -> None:
        schema.refresh(integration=self.integration)

    def fields(self) -> dict[str, RemoteField]:
        return dict(schema.remote_objects(self.integration)[self.persona].fields)

    @property
    def email_field(self) -> str:
        return str(self.integration.field_mappings.get(object=self.persona, mobly_field="email").remote_field)

    def qualify(self, *labels: str) -> Qualifier:
        """A qualifier with these values, mapped by name to the options of the vendor's picklist."""
        qualifier = save_qualifier(
            organization=self.organization, by=self.admin, name="Temperature", values=list(labels)
        )
        for remote in schema.remote_objects(self.integration).values():
            if remote.role is Role.PERSONA and self.vendor.picklist in remote.fields:
                map_field(
                    integration=self.integration,
                    object_name=remote.name,
                    source_key=f"{QUALIFIER_PREFIX}{qualifier.pk}",
                    remote_field=self.vendor.picklist,
                    by=self.admin,
                )
        qualifiers.accept_exact(integration=self.integration, qualifier_id=qualifier.pk, by=self.admin)
        return qualifier

    def answers(self, lead: Lead, qualifier: Qualifier, label: str) -> None:
        value = qualifier.values.get(label=label)
        answer(lead=lead, answers={qualifier.pk: [value.pk]}, by=self.admin)

    def campaign(self) -> Campaign:
        """An open campaign of the kind people are made members of."""
        found = provider_of(self.integration.provider).campaigns(open_client(self.integration))
        return next(one for one in found if one.active and one.kind == self.vendor.campaign_kind)

    def closed_campaign(self) -> Campaign:
        """One that takes no members any more."""
        self.vendor.have_a_closed_campaign()
        found = provider_of(self.integration.provider).campaigns(open_client(self.integration))
        return next(one for one in found if not one.active)

    def join(self, campaign: Campaign, status: str = "") -> None:
        """Everybody captured at the event joins the campaign."""
        campaigns.save_campaign(
            integration=self.integration,
            campaign=campaign,
            events=[self.event],
            threshold=0,
            status=campaigns.Status(fixed=status),
            mapping=self.integration.campaign_mappings.first(),
            by=self.admin,
        )

    def campaign_with_statuses(self) -> Campaign:
        found = provider_of(self.integration.provider).campaigns(open_client(self.integration))
        return next(one for one in found if one.active and len(one.statuses) > 1)

    def with_companies(self) -> None:
        """People bring their company as a record of its own."""
        for key, value in self.vendor.company_options.items():
            switches.set_option(integration=self.integration, key=key, value=value, by=self.admin)
        self.read_fields_again()
        for name, remote in schema.remote_objects(self.integration).items():
            if remote.role in (Role.PERSONA, Role.COMPANY):
                set_defaults(integration=self.integration, object_name=name, by=self.admin)
        self.integration.refresh_from_db()

    def make_recommended_fields(self, object_name: str) -> None:
        missing = missing_fields(integration=self.integration, object_name=object_name)
        if missing:
            keys = [new.mobly_field for new in missing]
            report = create_fields(integration=self.integration, object_name=object_name, keys=keys, by=self.admin)
            assert [f"{made.field.label}: {made.problem}" for made in report.failed] == []
        set_defaults(integration=self.integration, object_name=object_name, by=self.admin)

    def lacking(self) -> Lead:
        """A lead without the value that no person may lack."""
        return self.capture(**{self.vendor.required_field: ""})

    def connect_again(self) -> None:
        who = {"organization": self.organization, "user": self.admin, "session_key": "session"}
        back = allow(connect.begin(provider_key=self.integration.provider, **who))
        connect.finish(state=back["state"], code=back["code"], callback=back, **who)

    def secrets(self) -> set[str]:
        tokens = tokens_of(Credential.objects.get(integration=self.integration))
        return {tokens.access_token, tokens.refresh_token, app_of(self.integration.provider).client_secret} - {""}

    def fresh(self) -> Integration:
        return Integration.objects.get(pk=self.integration.pk)


@pytest.fixture
def crm(transactional_db: None, fresh_sandbox: Callable[[str], SandboxVendor], request: pytest.FixtureRequest) -> Crm:
    """Each CRM in turn, connected over its consent page."""
    vendor = CRMS[request.param](fresh_sandbox(request.param).url)
    vendor.open()
    world = connected(vendor)
    return Crm(world.organization, world.admin, world.integration, world.sandbox, world.event, vendor)
