"""The campaigns a plan speaks of, asked of the vendor: when the plan comes in, and again before it is applied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from integrations import campaigns
from integrations.contract import Campaign, ProviderError
from integrations.models import Integration
from integrations.plan.campaign_lines import Found, wanted
from integrations.plan.layout import CAMPAIGN, CAMPAIGNS, KIND, REMOTE_ID
from integrations.plan.lines import PlanRow
from integrations.plan.standing import Standing

# A person waits for the answers; whoever plans more campaigns imports the file again for the others.
MOST = 40


def look_up(integration: Integration, rows: Sequence[PlanRow], standing: Standing) -> dict[str, Found]:
    """Row id -> the campaign, for the rows that need one: new ones and those that change; `MOST` at a time."""
    asked = [row for row in rows if row.sheet == CAMPAIGNS.title and wanted(row, standing)][:MOST]
    if not asked or not standing.campaigns_known:
        return {}
    if integration.status == Integration.Status.DISCONNECTED:
        return {row.id: f"{standing.vendor} is disconnected, and its campaigns cannot be looked up." for row in asked}
    found: dict[str, Found] = {}
    silent = ""
    for row in asked:
        # A vendor that does not answer is not asked forty times.
        found[row.id] = silent or _asked(integration, row, standing)
        answer = found[row.id]
        if isinstance(answer, _Silence):
            silent = answer
    return found


class _Silence(str):
    """The vendor did not answer."""


def _asked(integration: Integration, row: PlanRow, standing: Standing) -> Found:
    try:
        known = _named(integration, row, standing)
        if isinstance(known, str):
            return known
        kind, remote_id = known
        campaign = campaigns.look_up(integration=integration, kind=kind, remote_id=remote_id)
    except ProviderError as error:
        return _Silence(f"{standing.vendor} did not confirm the campaign: “{error.fault.message}”")
    return campaign or f"{standing.vendor} has no such campaign any more, or hides it."


def _named(integration: Integration, row: PlanRow, standing: Standing) -> tuple[str, str] | str:
    """(kind, remote id) of the campaign a row means, or why it is not clear. Raises `ProviderError`."""
    remote_id, kind, name = row.said(REMOTE_ID), row.said(KIND), row.said(CAMPAIGN)
    listed = [
        one
        for one in standing.campaigns
        if (one.remote_id == remote_id and kind in ("", one.kind))
        or (not remote_id and one.name.casefold() == name.casefold())
    ]
    if listed:
        return listed[0].kind, listed[0].remote_id
    if remote_id and kind:
        return kind, remote_id
    alike = [
        one
        for one in campaigns.search(integration=integration, query=name[:100])
        if (one.id == remote_id if remote_id else one.name.casefold() == name.casefold())
    ]
    if len(alike) == 1:
        return alike[0].kind, alike[0].id
    if alike:
        return f"{standing.vendor} has {len(alike)} campaigns called “{name}”. Fill in “{REMOTE_ID}” and “{KIND}”."
    return f"{standing.vendor} has no campaign “{name or remote_id}” that Mobly can see."


# --- Between the answers and the column -------------------------------------------------------------------------------


def packed(found: Mapping[str, Found]) -> dict[str, Any]:
    return {key: asdict(one) if isinstance(one, Campaign) else str(one) for key, one in found.items()}


def unpacked(stored: Mapping[str, Any]) -> dict[str, Found]:
    return {
        key: one if isinstance(one, str) else Campaign(**{**one, "statuses": tuple(one["statuses"])})
        for key, one in stored.items()
    }
