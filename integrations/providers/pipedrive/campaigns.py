"""What stands in for campaigns: the labels of persons, and fields in which several options can be ticked.

Pipedrive has no campaigns. One option per event is its own users' way; ticking it rides in the person's own write, so
it costs no further call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from integrations.contract import Campaign, Cause, Fault, Membership, ProviderError, Step
from integrations.providers.pipedrive.client import Client
from integrations.providers.pipedrive.reply import Reply
from integrations.providers.pipedrive.run import Run, Work
from integrations.providers.pipedrive.schema import LABEL_IDS, PERSONS, Definition, definitions

LABEL, OPTION = "label", "option"


def find(client: Client, *, query: str = "", limit: int = 50) -> list[Campaign]:
    """Labels and options whose name, or whose field's name, has the query in it. Raises `ProviderError`."""
    wanted = query.strip().casefold()
    found = [
        campaign for campaign in _all(definitions(client, PERSONS, fresh=True)) if wanted in campaign.name.casefold()
    ]
    return sorted(found, key=lambda campaign: campaign.name.casefold())[:limit]


def get(client: Client, *, campaign_id: str, kind: str) -> Campaign | None:
    known = _all(definitions(client, PERSONS, fresh=True))
    return next((campaign for campaign in known if (campaign.id, campaign.kind) == (campaign_id, kind)), None)


def _all(fields: Mapping[str, Definition]) -> list[Campaign]:
    campaigns = []
    for name, definition in fields.items():
        ours = name == LABEL_IDS or (definition.get("is_custom_field") and definition.get("field_type") == "set")
        for option_id, label in _options(definition).items() if ours else ():
            shown = f"{definition.get('field_name') or name}: {label}"
            is_label = name == LABEL_IDS
            campaign_id = option_id if is_label else f"{name}:{option_id}"
            campaigns.append(Campaign(campaign_id, shown, LABEL if is_label else OPTION))
    return campaigns


def _options(definition: Mapping[str, object] | None) -> dict[str, str]:
    rows = definition.get("options") if definition else None
    listed = (
        [row for row in rows if isinstance(row, dict) and row.get("id") is not None] if isinstance(rows, list) else []
    )
    return {str(row["id"]): str(row.get("label") or row["id"]) for row in listed}


def place_of(membership: Membership) -> tuple[str, str]:
    """The person field and the option a membership stands for."""
    if membership.kind == LABEL:
        return LABEL_IDS, membership.campaign_id
    field, _, option = membership.campaign_id.rpartition(":")
    return field, option


class Ticks:
    """The options that the leads of one batch shall have ticked."""

    def __init__(self) -> None:
        self._open: dict[Work, list[Membership]] = {}

    def gather(self, run: Run, works: Sequence[Work]) -> None:
        """What can be ticked; an option that is not there is a fault of that membership only."""
        wanted = [(work, membership) for work in works for membership in work.delivery.memberships]
        if not wanted:
            return
        try:
            known = definitions(run.client, PERSONS)
            if not all(_stands(known, membership) for _, membership in wanted):
                known = definitions(run.client, PERSONS, fresh=True)
        except ProviderError as error:
            for work, membership in wanted:
                _fail(work, membership, error.fault)
            return
        for work, membership in wanted:
            if _stands(known, membership):
                self._open.setdefault(work, []).append(membership)
            else:
                _fail(work, membership, _missing(membership))

    def of(self, work: Work) -> list[tuple[str, str]]:
        return [place_of(membership) for membership in self._open.get(work, ())]

    def done(self, work: Work, reply: Reply | None) -> None:
        for membership in self._open.pop(work, ()):
            work.result.memberships[membership.key] = ""
            name = membership.name or membership.campaign_id
            summary = f"Ticked {name}." if reply else f"Has {name} already."
            work.note(Step.MEMBERSHIP, summary, sent={membership.kind: membership.campaign_id}, reply=reply)

    def gone(self, run: Run, works: Sequence[Work]) -> bool:
        """After a refused value: leave out the options that were removed meanwhile; whether there were any."""
        mine = [(work, membership) for work in works for membership in self._open.get(work, ())]
        if not mine:
            return False
        try:
            known = definitions(run.client, PERSONS, fresh=True)
        except ProviderError as error:
            run.absorb(error)
            return False
        lost = [(work, membership) for work, membership in mine if not _stands(known, membership)]
        for work, membership in lost:
            self._open[work].remove(membership)
            _fail(work, membership, _missing(membership))
        return bool(lost)


def _stands(known: Mapping[str, Definition], membership: Membership) -> bool:
    field, option = place_of(membership)
    return membership.kind in (LABEL, OPTION) and option in _options(known.get(field))


def _missing(membership: Membership) -> Fault:
    name = membership.name or membership.campaign_id
    return Fault(Cause.CAMPAIGN_NOT_FOUND, f"Pipedrive no longer has “{name}”: the option was removed.", value=name)


def _fail(work: Work, membership: Membership, fault: Fault) -> None:
    """Kept for later: the person is written first, and a fault here must not keep it back."""
    value = membership.name or membership.campaign_id
    work.late.append(replace(fault, step=Step.MEMBERSHIP, value=fault.value or value, object=membership.kind))
    work.note(Step.MEMBERSHIP, fault.message, sent={membership.kind: membership.campaign_id, "name": membership.name})
