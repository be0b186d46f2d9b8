"""The services of the Campaigns tab: which leads join which remote campaign, from which scan on, with which status."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from integrations import audit
from integrations.contract import Campaign
from integrations.meanwhile import refuse_older_state, state_of_campaign
from integrations.models import CampaignMapping, Integration
from integrations.providers import provider_of
from integrations.tokens import open_client
from leads.audit import differing
from leads.models import Event, Qualifier, User

# How many a search shows; who looks for another one types more of its name.
FOUND = 25


class CampaignRefused(Exception):
    """The campaign was not saved; `field` is the field of the form at fault and `sentence` says why."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Status:
    """How a member's status is decided: by the value of a `qualifier` (value id -> status), else `fixed` for everybody.

    An empty status is the campaign's own default.
    """

    fixed: str = ""
    qualifier: Qualifier | None = None
    by_value: Mapping[int, str] | None = None

    def used(self) -> set[str]:
        return {status for status in (self.fixed, *(self.by_value or {}).values()) if status}


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What asking the vendor about every mapped campaign found, by name."""

    checked: int
    archived: list[str]
    reopened: list[str]
    gone: list[str]


# --- At the vendor ----------------------------------------------------------------------------------------------------


def search(*, integration: Integration, query: str) -> list[Campaign]:
    """Remote campaigns whose name has `query` in it. Raises `ProviderError`."""
    provider = provider_of(integration.provider)
    return provider.campaigns(open_client(integration), query=query, limit=FOUND)


def look_up(*, integration: Integration, kind: str, remote_id: str) -> Campaign | None:
    """One campaign as it is at the vendor now; None when it is gone or hidden. Raises `ProviderError`."""
    provider = provider_of(integration.provider)
    return provider.campaign(open_client(integration), campaign_id=remote_id, kind=kind)


def refresh_campaigns(*, integration: Integration, by: User) -> Refreshed:
    """Ask the vendor which of the mapped campaigns still take members, and what they are called now.

    Raises `ProviderError`; then what was found so far is not kept.
    """
    provider, client = provider_of(integration.provider), open_client(integration)
    mappings = list(integration.campaign_mappings.all())
    found = [
        (mapping, provider.campaign(client, campaign_id=mapping.remote_id, kind=mapping.kind)) for mapping in mappings
    ]
    report = Refreshed(len(mappings), [], [], [])
    before = {mapping.pk: _at_vendor(mapping) for mapping in mappings}
    changed = [mapping for mapping, campaign in found if _take(mapping, campaign, report)]
    if changed:
        with transaction.atomic():
            _bump(integration)
            CampaignMapping.objects.bulk_update(changed, ["name", "url", "is_archived"])
            for mapping in changed:
                _note_refreshed(mapping, by, before[mapping.pk])
    return report


def _take(mapping: CampaignMapping, campaign: Campaign | None, report: Refreshed) -> bool:
    before = (mapping.name, mapping.url, mapping.is_archived)
    if campaign:
        mapping.name, mapping.url = campaign.name[:255], campaign.url
    mapping.is_archived = campaign is None or not campaign.active
    if campaign is None:
        report.gone.append(mapping.name)
    elif mapping.is_archived and not before[2]:
        report.archived.append(mapping.name)
    elif before[2] and not mapping.is_archived:
        report.reopened.append(mapping.name)
    return before != (mapping.name, mapping.url, mapping.is_archived)


def refuse_choice(campaign: Campaign, events: Sequence[object], status: Status, *, new: bool) -> None:
    """Raise `CampaignRefused` for what this campaign, fresh from the vendor, does not allow."""
    if not events:
        raise CampaignRefused("events", "Choose at least one event.")
    if new and not campaign.active:
        raise CampaignRefused("campaign", f"“{campaign.name}” is archived and takes no new members.")
    unknown = sorted(status.used() - set(campaign.statuses))
    if unknown:
        known = f"Its statuses are {', '.join(campaign.statuses)}." if campaign.statuses else "It has no statuses."
        raise CampaignRefused("status", f"“{unknown[0]}” is not a member status of “{campaign.name}”. {known}")
    if status.qualifier and not any((status.by_value or {}).values()):
        raise CampaignRefused(
            "status", f"Choose a status for at least one value of {status.qualifier.name}, or the same for everybody."
        )


# --- Writing ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def save_campaign(
    *,
    integration: Integration,
    campaign: Campaign,
    events: Iterable[Event],
    threshold: int,
    status: Status = Status(),
    mapping: CampaignMapping | None = None,
    by: User,
    seen: str | None = None,
) -> CampaignMapping:
    """Join a remote campaign to events, or change the given mapping. `campaign` is fresh from the vendor.

    `seen` is the state of the mapping that the choice was made from (`integrations.meanwhile`). Raises
    `CampaignRefused`, `ChangedMeanwhile`.
    """
    _bump(integration)
    events = list(events)
    if mapping is not None:
        mapping.refresh_from_db()
        _refuse_older(mapping, seen, by)
    _check(integration, campaign, events, status, mapping)
    before = _parts(mapping) if mapping else {}
    if mapping is None:
        mapping = CampaignMapping(integration=integration, remote_id=campaign.id, kind=campaign.kind, activator=by)
    mapping.name, mapping.url, mapping.is_archived = campaign.name[:255], campaign.url, not campaign.active
    mapping.status, mapping.status_qualifier = status.fixed, status.qualifier
    mapping.status_by_value = {str(value): said for value, said in (status.by_value or {}).items() if said}
    mapping.scan_threshold = threshold
    mapping.save()
    mapping.events.set(events)
    _note(mapping, by, before, _parts(mapping))
    return mapping


@transaction.atomic
def remove_campaign(*, mapping: CampaignMapping, by: User) -> None:
    """Leads join it no more; who is a member at the vendor stays one."""
    _bump(mapping.integration)
    _note(mapping, by, _parts(mapping), {})
    mapping.delete()


def _refuse_older(mapping: CampaignMapping, seen: str | None, by: User) -> None:
    now = state_of_campaign(mapping)
    if seen is None or seen == now:
        return
    last = audit.last_of(integration=mapping.integration, area=audit.Area.CAMPAIGNS, subject=mapping.name)
    holds = "; ".join(f"{label} {said}" for label, said in _parts(mapping).items())
    refuse_older_state(now, seen, last=last, by=by, holds=holds)


def _note(mapping: CampaignMapping, by: User, before: Mapping[str, str], after: Mapping[str, str]) -> None:
    was, now = differing(before, after)
    audit.note(
        integration=mapping.integration,
        by=by,
        area=audit.Area.CAMPAIGNS,
        subject=mapping.name,
        before=was if before else "Not on the list",
        after=now if after else "Removed",
    )


def _note_refreshed(mapping: CampaignMapping, by: User, before: Mapping[str, str]) -> None:
    """What the vendor says of it otherwise than before."""
    was, now = differing(before, _at_vendor(mapping))
    subject = f"{before['Name']}, read from {provider_of(mapping.integration.provider).name}"
    audit.note(
        integration=mapping.integration, by=by, area=audit.Area.CAMPAIGNS, subject=subject, before=was, after=now
    )


def _at_vendor(mapping: CampaignMapping) -> dict[str, str]:
    return {"Name": mapping.name, "Is Archived": "Yes" if mapping.is_archived else "No"}


def _parts(mapping: CampaignMapping) -> dict[str, str]:
    """What an admin decides of a campaign, as the list says it."""
    return {
        "Events": ", ".join(mapping.events.order_by("name", "pk").values_list("name", flat=True)),
        "Lead Scan Threshold": str(mapping.scan_threshold),
        "Status": _status_words(mapping),
    }


def _status_words(mapping: CampaignMapping) -> str:
    if mapping.status_qualifier is None:
        return mapping.status or "the campaign's default"
    labels = dict(mapping.status_qualifier.values.values_list("pk", "label"))
    pairs = [f"{labels.get(int(pk), 'a removed value')} → {said}" for pk, said in mapping.status_by_value.items()]
    others = f", others → {mapping.status}" if mapping.status else ""
    return f"by {mapping.status_qualifier.name} ({', '.join(pairs)}{others})"


def _bump(integration: Integration) -> None:
    """First of all: the row lock puts all writers of one integration's setup in order."""
    Integration.objects.filter(pk=integration.pk).setup_changed()


def _check(
    integration: Integration,
    campaign: Campaign,
    events: list[Event],
    status: Status,
    mapping: CampaignMapping | None,
) -> None:
    others = integration.campaign_mappings.filter(kind=campaign.kind, remote_id=campaign.id)
    if (others.exclude(pk=mapping.pk) if mapping else others).exists():
        raise CampaignRefused("campaign", f"“{campaign.name}” is on the list already. Change its events there.")
    refuse_choice(campaign, events, status, new=mapping is None)
