"""Salesforce Campaigns: the list to choose from, and joining people to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from integrations.contract import Campaign, Cause, Fault, Membership, Refused, Step
from integrations.providers.salesforce import errors, soql
from integrations.providers.salesforce.client import SalesforceClient
from integrations.providers.salesforce.jobs import Job, Look
from integrations.providers.salesforce.writing import Records, Row

KIND = "campaign"
CAMPAIGN_LOOKS = ("Campaign", "CampaignMemberStatus")
_FIELDS = ("Id", "Name", "IsActive", "Status")
_STATUS_FIELDS = ("CampaignId", "Label", "IsDefault", "SortOrder")
_MEMBER_FIELDS = ("Id", "CampaignId", "LeadId", "ContactId", "Status")
_PAGE = 200


# --- The list -----------------------------------------------------------------------------------------------------


def campaigns(client: SalesforceClient, *, query: str = "", limit: int = 50) -> list[Campaign]:
    """Active ones first, then newest first, with their member statuses; one call. Raises `ProviderError`."""
    words = query.strip()
    where = f"Name LIKE {soql.like(words)}" if words else ""
    tail = f"ORDER BY IsActive DESC, CreatedDate DESC LIMIT {max(1, min(limit, _PAGE))}"
    # A semi-join takes no LIMIT: statuses of more campaigns than are shown may come, and are left aside.
    among = f"CampaignId IN ({soql.select(['Id'], 'Campaign', where)})"
    return _asked(client, soql.select(_FIELDS, "Campaign", where, tail), _statuses(among))


def campaign(client: SalesforceClient, *, campaign_id: str, kind: str) -> Campaign | None:
    """One campaign as it is now, None when it is gone or hidden. Raises `ProviderError`."""
    if kind != KIND or not soql.is_id(campaign_id):
        return None
    found = _asked(
        client,
        soql.select(_FIELDS, "Campaign", soql.among("Id", [campaign_id])),
        _statuses(soql.among("CampaignId", [campaign_id])),
    )
    return found[0] if found else None


def _statuses(where: str) -> str:
    return soql.select(_STATUS_FIELDS, "CampaignMemberStatus", where, "ORDER BY CampaignId, SortOrder")


def _asked(client: SalesforceClient, *statements: str) -> list[Campaign]:
    look = Look(client)
    for name, statement in zip(("Campaign", "Status"), statements, strict=True):
        look.ask(name, [statement])
    look.run()
    return _read(client, look.records("Campaign"), look.records("Status"))


def _read(client: SalesforceClient, records: Records, statuses: Records) -> list[Campaign]:
    labels: dict[str, list[Mapping[str, Any]]] = {}
    for status in statuses:
        if status.get("CampaignId") and status.get("Label"):
            labels.setdefault(soql.key(status["CampaignId"]), []).append(status)
    return [_campaign(client, record, labels.get(soql.key(record["Id"]), [])) for record in records]


def _campaign(client: SalesforceClient, record: Mapping[str, Any], statuses: Sequence[Mapping[str, Any]]) -> Campaign:
    default = next((str(status["Label"]) for status in statuses if status.get("IsDefault")), "")
    return Campaign(
        id=record["Id"],
        name=str(record.get("Name") or record["Id"]),
        kind=KIND,
        active=bool(record.get("IsActive")),
        statuses=tuple(str(status["Label"]) for status in statuses),
        default_status=default,
        url=f"{client.record_url}{record['Id']}",
    )


# --- Joining ------------------------------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class Joining:
    """One CampaignMember, for all the jobs that want it: (campaign, person) is unique in Salesforce."""

    row: Row
    status: str
    wanted: list[tuple[Job, Membership]] = field(default_factory=list)


class Memberships:
    """Joins the persons of a batch to their campaigns: checks the campaigns, creates members, sets statuses."""

    def __init__(self, client: SalesforceClient) -> None:
        self.client = client
        self._campaigns: dict[str, Campaign] = {}
        self._refusal: Fault | None = None
        self._joinings: dict[tuple[str, str], Joining] = {}

    def ask(self, look: Look, jobs: Iterable[Job]) -> None:
        ids = [one.campaign_id for job in jobs for one in job.delivery.memberships if soql.is_id(one.campaign_id)]
        look.ask("Campaign", soql.selects(_FIELDS, "Campaign", "Id", ids))
        look.ask("CampaignMemberStatus", [_statuses(soql.among("CampaignId", group)) for group in soql.chunks(ids)])

    def read(self, look: Look) -> None:
        self._refusal = look.refusal(CAMPAIGN_LOOKS[0]) or look.refusal(CAMPAIGN_LOOKS[1])
        if self._refusal is None:
            found = _read(self.client, look.records("Campaign"), look.records("CampaignMemberStatus"))
            self._campaigns.update((soql.key(one.id), one) for one in found)

    def rows(self, jobs: Iterable[Job]) -> list[Row]:
        """The members to create. A job whose campaign cannot take it gets its fault here."""
        for job in jobs:
            for membership in job.delivery.memberships:
                try:
                    status = self._checked(membership)
                except Refused as refused:
                    job.fail(refused.fault)
                    job.note(Step.MEMBERSHIP, refused.fault.message, {"CampaignId": membership.campaign_id})
                else:
                    self._join(job, membership, status)
        return [joining.row for joining in self._joinings.values()]

    def _join(self, job: Job, membership: Membership, status: str) -> None:
        person = job.result.person
        if person is None:
            return
        key = (soql.key(membership.campaign_id), soql.key(person.id))
        joining = self._joinings.get(key)
        if joining is None:
            values = {"CampaignId": membership.campaign_id, f"{person.object}Id": person.id}
            joining = self._joinings[key] = Joining(Row("CampaignMember", values, Step.MEMBERSHIP), status)
        if status:
            joining.status = status
            joining.row.values = {**joining.row.values, "Status": status}
        joining.wanted.append((job, membership))

    def _checked(self, membership: Membership) -> str:
        """The status as the campaign spells it. Raises `Refused` when the campaign cannot take members with it."""
        name = membership.name or membership.campaign_id
        if self._refusal is not None:
            raise Refused(_unreadable(self._refusal, name))
        campaign = self._campaigns.get(soql.key(membership.campaign_id))
        if campaign is None:
            raise Refused(
                _not_found(
                    f"The campaign “{name}” is not in Salesforce, or the connected user may not see it.", membership
                )
            )
        if not campaign.active:
            message = f"The campaign “{campaign.name}” is not active in Salesforce, so it takes no new members."
            raise Refused(_not_found(message, membership))
        if not membership.status or membership.status in campaign.statuses:
            return membership.status
        for status in campaign.statuses:
            if status.casefold() == membership.status.casefold():
                return status
        raise Refused(_no_status(membership.status, campaign))

    def read_back(self) -> list[str]:
        """Statements that find the members again: their status, and the ids of those that were there before."""
        statements = []
        for kind in ("LeadId", "ContactId"):
            joined = [one.row.values for one in self._joinings.values() if kind in one.row.values]
            campaigns = list(dict.fromkeys(values["CampaignId"] for values in joined))
            for persons in soql.chunks(values[kind] for values in joined):
                where = f"{soql.among(kind, persons)} AND {soql.among('CampaignId', campaigns)}"
                statements.append(soql.select(_MEMBER_FIELDS, "CampaignMember", where))
        return statements

    def settle(self, answers: Sequence[Records | Fault]) -> list[Row]:
        """What became of the members; answers the rows that set the status of those who were members before."""
        there = _members(answers)
        unread = next((answer for answer in answers if isinstance(answer, Fault)), None)
        changes = []
        for key, joining in self._joinings.items():
            row, member = joining.row, there.get(key)
            if row.fault and row.fault.code != errors.DUPLICATE_VALUE:
                self._fail(joining, row.fault)
            elif joining.status and member is not None and member.get("Status") != joining.status:
                change = self._status_change(joining, member)
                changes += [change] if change else []
            elif joining.status and row.fault and member is None and unread is not None:
                self._fail(joining, replace(unread, step=Step.MEMBERSHIP))
            else:
                self._done(joining, row.record_id or str((member or {}).get("Id") or ""))
        return changes

    def _status_change(self, joining: Joining, member: Mapping[str, Any]) -> Row | None:
        if joining.row.created:
            said = f"Salesforce put the status “{member.get('Status')}” in place of “{joining.status}”."
            self._fail(joining, Fault(Cause.CAMPAIGN_STATUS_INVALID, said, Step.MEMBERSHIP, object="CampaignMember"))
            return None
        joining.row = Row("CampaignMember", {"Status": joining.status}, Step.MEMBERSHIP, id=member["Id"])
        return joining.row

    def settle_changes(self, rows: Sequence[Row]) -> None:
        for joining in self._joinings.values():
            if joining.row not in rows:
                continue
            if joining.row.fault:
                self._fail(joining, joining.row.fault)
            else:
                self._done(joining, joining.row.record_id)

    def _done(self, joining: Joining, member_id: str) -> None:
        row = joining.row
        words = "joined the campaign" if row.created else "is a member of the campaign"
        for job, membership in joining.wanted:
            job.result.memberships[membership.key] = member_id
            summary = f"{words[0].upper()}{words[1:]} {membership.name or membership.campaign_id}."
            job.note(Step.MEMBERSHIP, summary, row.body, row.answer, row.status, row.request_id)

    def _fail(self, joining: Joining, fault: Fault) -> None:
        row = joining.row
        for job, _ in joining.wanted:
            job.fail(fault, Step.MEMBERSHIP)
            job.note(Step.MEMBERSHIP, fault.message, row.body, row.answer, row.status, row.request_id)


def _members(answers: Sequence[Records | Fault]) -> dict[tuple[str, str], Mapping[str, Any]]:
    """(campaign, person) -> member; a converted lead's member carries both its ids and is found by either."""
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    for answer in answers:
        for record in answer if isinstance(answer, list) else ():
            for person in (record.get("LeadId"), record.get("ContactId")):
                if person:
                    found[soql.key(str(record.get("CampaignId"))), soql.key(person)] = record
    return found


def _not_found(message: str, membership: Membership) -> Fault:
    return Fault(Cause.CAMPAIGN_NOT_FOUND, message, Step.MEMBERSHIP, object="Campaign", value=membership.campaign_id)


def _no_status(status: str, campaign: Campaign) -> Fault:
    statuses = ", ".join(campaign.statuses) or "none"
    message = f"“{status}” is not a member status of the campaign “{campaign.name}”. It has: {statuses}."
    return Fault(
        Cause.CAMPAIGN_STATUS_INVALID, message, Step.MEMBERSHIP, field="Status", value=status, object="CampaignMember"
    )


def _unreadable(refusal: Fault, name: str) -> Fault:
    message = (
        f"The connected user may not read campaigns in Salesforce, so nobody joined “{name}”. {refusal.message}".strip()
    )
    return replace(refusal, cause=Cause.PERMISSION, step=Step.MEMBERSHIP, object="Campaign", message=message)
