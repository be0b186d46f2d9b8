"""The destinations of one organization as its pages show them: every provider, and its integration if any."""

from __future__ import annotations

from dataclasses import dataclass

from integrations import limits
from integrations.contract import Category, Provider
from integrations.models import Integration
from integrations.providers import PROVIDERS
from leads.models import Organization

HEADINGS: dict[Category, str] = {
    Category.CRM: "CRM",
    Category.MARKETING: "Marketing Automation",
    Category.WEBHOOK: "Webhook",
}


@dataclass(frozen=True, slots=True)
class Destination:
    """One provider for one organization. `integration` is None before the first connection; `rival` is the name of the
    active integration that stands in the way, empty when none does."""

    provider: Provider
    integration: Integration | None
    rival: str = ""

    @property
    def state(self) -> str:
        return self.integration.status if self.integration else Integration.Status.DISCONNECTED

    @property
    def holds_connection(self) -> bool:
        return self.state != Integration.Status.DISCONNECTED

    @property
    def heading(self) -> str:
        return HEADINGS[self.provider.category]

    @property
    def category_word(self) -> str:
        return limits.WORDS[self.provider.category]


def destinations(organization: Organization) -> list[Destination]:
    """Every provider in the order of the registry; one query."""
    integrations = list(organization.integrations.select_related("connected_by"))
    by_key = {integration.provider: integration for integration in integrations}
    return [
        Destination(provider, by_key.get(key), _rival_name(integrations, provider))
        for key, provider in PROVIDERS.items()
    ]


def destination(organization: Organization, provider_key: str) -> Destination | None:
    """One provider's destination; None when there is no such provider. One query."""
    return next((entry for entry in destinations(organization) if entry.provider.key == provider_key), None)


def by_category(organization: Organization) -> list[tuple[str, list[Destination]]]:
    """(heading, destinations) for the list page, active ones first; categories without a provider are left out."""
    found = destinations(organization)
    groups = [
        (heading, sorted((entry for entry in found if entry.provider.category is category), key=_idle))
        for category, heading in HEADINGS.items()
    ]
    return [(heading, entries) for heading, entries in groups if entries]


def _idle(entry: Destination) -> bool:
    return not entry.holds_connection


def _rival_name(integrations: list[Integration], provider: Provider) -> str:
    rival = limits.rival(integrations, provider.key, provider.category)
    return PROVIDERS[rival.provider].name if rival and rival.provider in PROVIDERS else ""
