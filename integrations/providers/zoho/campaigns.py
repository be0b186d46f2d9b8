"""Campaigns and their members, leads and contacts.

A member's status is an option of the organization's own list. It is a field of the relation, not of a module, and is
read through the related lists of Campaigns; where the user may not read those, statuses are sent as they were chosen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from integrations.contract import Campaign, Cause, Fault, Membership, ProviderError, Step
from integrations.providers.zoho import batches, coql, errors
from integrations.providers.zoho.batches import Row, Target
from integrations.providers.zoho.client import Client
from integrations.providers.zoho.reply import refusal_of
from integrations.providers.zoho.run import Run, Work
from integrations.providers.zoho.settings import PEOPLE

KIND = "campaign"
MODULE = "Campaigns"
STATUS = "Member_Status"
FIELDS = "Campaign_Name,Status,Type,Start_Date,End_Date"
# Zoho has no archive; a campaign is ended by this status.
ENDED = "inactive"
PAGE = 200
# Pages reach 2,000 records.
PAGES = 10

Joining = tuple[Work, Membership]


# --- Finding --------------------------------------------------------------------------------------------------------


def find(client: Client, *, query: str = "", limit: int = 50) -> list[Campaign]:
    """The campaigns whose name has the query in it. Raises `ProviderError`."""
    statuses = tuple(member_statuses(client))
    found = [_campaign(client, row, statuses) for row in _rows(client)]
    named = [campaign for campaign in found if query.casefold() in campaign.name.casefold()]
    return sorted(named, key=lambda campaign: (not campaign.active, campaign.name.casefold()))[:limit]


def get(client: Client, *, campaign_id: str, kind: str) -> Campaign | None:
    if kind != KIND or not coql.is_id(campaign_id):
        return None
    row = _read(client, [campaign_id]).get(campaign_id)
    return _campaign(client, row, tuple(member_statuses(client))) if row else None


def _rows(client: Client) -> Iterator[dict[str, Any]]:
    params: dict[str, Any] = {"fields": FIELDS, "per_page": PAGE, "page": 1, "sort_by": "Modified_Time"}
    for page in range(1, PAGES + 1):
        reply = client.get(MODULE, {**params, "page": page})
        yield from reply.records
        if not reply.more:
            return


def _read(client: Client, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    reply = client.get(MODULE, {"ids": ",".join(ids), "fields": FIELDS})
    return {row["id"]: row for row in reply.records}


def _campaign(client: Client, row: Mapping[str, Any], statuses: tuple[str, ...]) -> Campaign:
    return Campaign(
        id=str(row["id"]),
        name=str(row.get("Campaign_Name") or ""),
        kind=KIND,
        active=not _is_ended(row),
        statuses=statuses,
        url=client.record_url(MODULE, str(row["id"])),
    )


def _is_ended(row: Mapping[str, Any]) -> bool:
    return str(row.get("Status") or "").casefold() == ENDED


def member_statuses(client: Client) -> dict[str, str]:
    """What people read -> what is sent, in the organization's order; empty where it cannot be read. Read once."""
    if client.statuses is None:
        try:
            client.statuses = _statuses(client)
        except errors.Rejected:
            client.statuses = {}
    return client.statuses


def _statuses(client: Client) -> dict[str, str]:
    for related in client.get("settings/related_lists", {"module": MODULE}).rows("related_lists"):
        fields = related.get("fields")
        for entry in fields if isinstance(fields, list) else ():
            if isinstance(entry, dict) and entry.get("api_name") == STATUS and related.get("api_name") in PEOPLE:
                options = entry.get("pick_list_values") or _options(client, str(entry.get("id") or STATUS))
                return {
                    str(option.get("display_value") or option["actual_value"]): str(option["actual_value"])
                    for option in options
                    if option.get("actual_value") not in (None, "", "-None-") and option.get("type") != "unused"
                }
    return {}


def _options(client: Client, field_id: str) -> list[dict[str, Any]]:
    path = f"settings/fields/{field_id}/pick_list_values"
    return client.get(path, {"module": MODULE}).rows("pick_list_values")


# --- Joining --------------------------------------------------------------------------------------------------------


def join(run: Run, works: Sequence[Work]) -> None:
    """Make each lead's person a member where it shall be one. Being one already is success."""
    groups: dict[tuple[str, str], list[Joining]] = {}
    for work in works:
        for membership in work.delivery.memberships if work.id else ():
            if membership.key not in work.result.memberships:
                groups.setdefault((membership.campaign_id, work.module), []).append((work, membership))
    if not groups:
        return
    _look(run, [joining for group in groups.values() for joining in group])
    for (campaign_id, module), joining in groups.items():
        fault = _not_joinable(run.client, joining[0][1])
        if fault is not None:
            _fail(joining, fault)
        else:
            _add(run, campaign_id, module, joining)


def _look(run: Run, joining: Sequence[Joining]) -> None:
    """Which of the campaigns are there and going, and what their statuses are sent as; once per connection.

    Nice to have: where they cannot be read, the vendor decides when somebody joins.
    """
    client = run.client
    ids = [membership.campaign_id for _, membership in joining if coql.is_id(membership.campaign_id)]
    asked = [campaign_id for campaign_id in dict.fromkeys(ids) if campaign_id not in client.campaigns]
    try:
        if asked:
            rows = _read(client, asked[:50])
            client.campaigns.update({campaign_id: rows.get(campaign_id, {}) for campaign_id in asked[:50]})
        if any(membership.status for _, membership in joining):
            member_statuses(client)
    except ProviderError as error:
        run.absorb(error)


def _not_joinable(client: Client, membership: Membership) -> Fault | None:
    name = membership.name or membership.campaign_id
    row = client.campaigns.get(membership.campaign_id)
    if not coql.is_id(membership.campaign_id) or membership.kind != KIND or row == {}:
        sentence = f"The campaign “{name}” is not in Zoho CRM, or the connected user may not see it."
        return Fault(Cause.CAMPAIGN_NOT_FOUND, sentence, value=name)
    if row and _is_ended(row):
        sentence = f"The campaign “{name}” is inactive in Zoho CRM and takes no new members."
        return Fault(Cause.CAMPAIGN_NOT_FOUND, sentence, value=name)
    return None


def _add(run: Run, campaign_id: str, module: str, joining: Sequence[Joining]) -> None:
    rows: dict[str, tuple[Row, list[Joining]]] = {}
    for work, membership in joining:
        row, members = rows.setdefault(work.id, (Row({"id": work.id}), []))
        if membership.status:
            row.values[STATUS] = (run.client.statuses or {}).get(membership.status, membership.status)
        members.append((work, membership))
    target = Target("PUT", f"{MODULE}/{campaign_id}/{module}", MODULE)
    try:
        batches.write(run, target, [row for row, _ in rows.values()])
    except ProviderError as error:
        _fail(joining, run.absorb(error))
        return
    for row, members in rows.values():
        for work, membership in members:
            _settle(work, membership, row)


def _settle(work: Work, membership: Membership, row: Row) -> None:
    name = membership.name or membership.campaign_id
    if row.fault is None:
        work.result.memberships[membership.key] = ""
        status = f" as {membership.status}" if membership.status else ""
        work.note(
            Step.MEMBERSHIP, f"In the campaign {name}{status}.", sent=row.values, answer=row.said, reply=row.reply
        )
        return
    work.note(Step.MEMBERSHIP, row.fault.message, sent=row.values, answer=row.said, reply=row.reply)
    if errors.is_gone(row.said) and "resource_path_index" not in (refusal_of(row.said).get("details") or {}):
        work.stale = True
    work.fail(_explained(row.fault, membership, name), Step.MEMBERSHIP)


def _explained(fault: Fault, membership: Membership, name: str) -> Fault:
    """The fault in the words of campaigns."""
    if fault.field == STATUS and fault.cause in (Cause.DATA_VALUE_VALIDATION, Cause.REMOTE_RULE):
        sentence = f"“{membership.status}” is not a member status of the campaign “{name}” in Zoho CRM."
        return replace(fault, cause=Cause.CAMPAIGN_STATUS_INVALID, message=sentence, value=membership.status)
    if fault.cause is Cause.CAMPAIGN_NOT_FOUND:
        sentence = f"The campaign “{name}” is not in Zoho CRM. Zoho CRM says: {fault.message}"
        return replace(fault, message=sentence, value=name)
    return replace(fault, value=fault.value or name)


def _fail(joining: Sequence[Joining], fault: Fault) -> None:
    for work, membership in joining:
        work.fail(replace(fault, object=MODULE), Step.MEMBERSHIP)
        sent = {"campaign": membership.campaign_id, "person": work.id, "status": membership.status}
        work.note(Step.MEMBERSHIP, fault.message, sent=sent)
