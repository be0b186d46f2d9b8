"""The campaigns a group of failed memberships is about, and what could take their place. Asks the vendor."""

from __future__ import annotations

from dataclasses import dataclass

from integrations import campaigns
from integrations.contract import Campaign, Cause, ProviderError
from integrations.models import CampaignMapping, Integration
from reconciliation.fixing import Key

# Each costs a call to the vendor.
MOST = 5


@dataclass(frozen=True, slots=True)
class Joined:
    """A campaign mapping at fault. `campaign` is the remote one now, None when it is gone; `wrong` is the status
    that it does not have."""

    mapping: CampaignMapping
    campaign: Campaign | None
    wrong: str = ""

    @property
    def statuses(self) -> tuple[str, ...]:
        return self.campaign.statuses if self.campaign else ()

    @property
    def usable(self) -> bool:
        return self.campaign is not None and self.campaign.active


@dataclass(frozen=True, slots=True)
class Choice:
    """What the drawer offers: the mappings at fault, and the campaigns a search found. `problem`: the vendor's words
    when it did not answer."""

    joined: tuple[Joined, ...] = ()
    found: tuple[Campaign, ...] = ()
    problem: str = ""


def choice_of(integration: Integration, key: Key, search: str = "") -> Choice:
    """What there is to choose for this group."""
    values = set(key.records(integration).values_list("value", flat=True).distinct()[:50])
    mappings = concerned(integration, key, values)
    try:
        joined = tuple(_joined(integration, key, mapping, values) for mapping in mappings[:MOST])
        taken = set(integration.campaign_mappings.values_list("kind", "remote_id"))
        found = tuple(
            each
            for each in campaigns.search(integration=integration, query=search[:100])
            if each.active and (each.kind, each.id) not in taken
        )
    except ProviderError as error:
        return Choice(problem=error.fault.message)
    return Choice(joined, found)


def concerned(integration: Integration, key: Key, values: set[str]) -> list[CampaignMapping]:
    """The mappings that the failures name by id, name or status; all of them when none is named."""
    mappings = list(integration.campaign_mappings.select_related("status_qualifier").prefetch_related("events"))
    named = [
        mapping
        for mapping in mappings
        if {mapping.remote_id, mapping.name, mapping.status, *mapping.status_by_value.values()} & (values - {""})
        or (key.subject and key.subject == mapping.name)
    ]
    if not named and key.cause == Cause.CAMPAIGN_NOT_FOUND:
        named = [mapping for mapping in mappings if mapping.is_archived]
    return named or mappings


def _joined(integration: Integration, key: Key, mapping: CampaignMapping, values: set[str]) -> Joined:
    campaign = campaigns.look_up(integration=integration, kind=mapping.kind, remote_id=mapping.remote_id)
    used = {mapping.status, *mapping.status_by_value.values()} - {""}
    wrong = sorted(used - set(campaign.statuses)) if campaign and campaign.statuses else []
    named = sorted(used & values)
    return Joined(mapping, campaign, (wrong or named or [mapping.status])[0])
