"""People in campaigns, from either side: `/Campaigns/{id}/Leads` and `/Leads/{id}/Campaigns`."""

from __future__ import annotations

from typing import Any

from ..store import Record
from .calls import Answer, Call
from .org import MEMBER_STATUSES, MEMBERS, Org
from .reads import listed, value_of, wanted_fields
from .refusals import INVALID_RELATED, Refused, invalid_id, invalid_path_id, of_field
from .writes import batch, need, success

PEOPLE = ("Leads", "Contacts")
STATUS = "Member_Status"


def is_membership(module: str, related: str) -> bool:
    return (module == "Campaigns" and related in PEOPLE) or (module in PEOPLE and related == "Campaigns")


def put_members(org: Org, call: Call, module: str, record_id: str, related: str, related_id: str = "") -> Answer:
    """Add people or change their status; repeating it is success."""
    need(org, "Campaigns", "edit")
    fixed = _end(org, module, record_id)
    if related_id:
        invalid = invalid_path_id(INVALID_RELATED, 3)
        if org.get(related, related_id) is None:
            raise invalid

    def one(sent: Any, at: str) -> dict[str, Any]:
        if not isinstance(sent, dict):
            raise Refused("INVALID_DATA", "invalid data", {"expected_data_type": "jsonobject", "json_path": at})
        other = related_id or sent.get("id")
        if other is None:
            raise of_field("MANDATORY_NOT_FOUND", "required field not found", "id", at)
        if org.get(related, other) is None:
            raise invalid_id(at)
        campaign, kind, person = _ends(module, fixed, related, str(other))
        old = _of_pair(org, campaign, person)
        status = _status(org, sent, at, old)
        row: Record = {"id": f"{campaign}-{person}", "$org": org.place.key, "campaign": campaign, "module": kind}
        row |= {"person": person, "status": status, "when": org.now()}
        org.store.put(MEMBERS, row["id"], row)
        return success("relation updated" if old else "relation added", {"id": str(other)})

    rows = call.rows()
    return batch(org, rows[:1] if related_id else rows, one, done=200)


def get_members(org: Org, call: Call, module: str, record_id: str, related: str) -> Answer:
    """GET; the person's or the campaign's fields and `Member_Status`."""
    need(org, "Campaigns", "view")
    fixed = _end(org, module, record_id)
    names = wanted_fields(org, related, call, obligatory=True)
    side, other = ("campaign", "person") if module == "Campaigns" else ("person", "campaign")
    rows = []
    for member in org.store.find(MEMBERS, side, fixed):
        record = org.get(related, member[other])
        if record is not None:
            rows.append({**record, STATUS: member["status"]})
    if call.names("ids"):
        rows = [row for row in rows if row["id"] in call.names("ids")]
    answer = listed(org, call, related, rows, names)
    if STATUS in call.names("fields") and answer.body:
        statuses = {row["id"]: row[STATUS] for row in rows}
        for row in answer.body["data"]:
            row[STATUS] = statuses[row["id"]]
    return answer


def get_member(org: Org, call: Call, module: str, record_id: str, related: str, related_id: str) -> Answer:
    fixed = _end(org, module, record_id)
    campaign, _, person = _ends(module, fixed, related, related_id)
    member, record = _of_pair(org, campaign, person), org.get(related, related_id)
    if member is None or record is None:
        raise invalid_path_id(INVALID_RELATED, 3)
    fields = org.fields(related)
    row = {
        name: value_of(org, related, record, fields[name], name)
        for name in wanted_fields(org, related, call, obligatory=False)
    }
    return Answer(200, {"data": [{**row, "id": record["id"], STATUS: member["status"]}]})


def remove_members(org: Org, call: Call, module: str, record_id: str, related: str, related_id: str = "") -> Answer:
    """DELETE ?ids= or DELETE of one."""
    need(org, "Campaigns", "edit")
    fixed = _end(org, module, record_id)

    def one(sent: Any, at: str) -> dict[str, Any]:
        campaign, _, person = _ends(module, fixed, related, sent)
        if _of_pair(org, campaign, person) is None:
            raise Refused("INVALID_DATA", INVALID_RELATED, {"id": sent})
        org.store.remove(MEMBERS, f"{campaign}-{person}")
        return success("relation removed", {"id": sent})

    ids = [related_id] if related_id else call.names("ids")
    if not ids:
        raise Refused("REQUIRED_PARAM_MISSING", "One of the expected parameter is missing", {"param_name": "ids"})
    return batch(org, ids[:100], one, done=200)


def _end(org: Org, module: str, record_id: str) -> str:
    """The record of the address; a wrong campaign is told apart from other wrong ids by its message."""
    if org.get(module, record_id) is None:
        raise invalid_path_id(INVALID_RELATED if module == "Campaigns" else "the id given seems to be invalid")
    return record_id


def _ends(module: str, fixed: str, related: str, other: str) -> tuple[str, str, str]:
    """Campaign, module of the person, person."""
    return (fixed, related, other) if module == "Campaigns" else (other, module, fixed)


def _of_pair(org: Org, campaign: str, person: str) -> Record | None:
    return org.store.get(MEMBERS, f"{campaign}-{person}")


def _status(org: Org, sent: dict[str, Any], at: str, old: Record | None) -> str | None:
    status = sent.get(STATUS)
    if status is None:
        return old["status"] if old else None
    known = member_statuses(org)
    if not isinstance(status, str) or (status not in known and not org.faults.any_member_status):
        raise of_field("INVALID_DATA", "invalid data", STATUS, at, supported_values=known)
    return status


def member_statuses(org: Org) -> list[str]:
    return list(org.store.fact(f"member_statuses:{org.place.key}", MEMBER_STATUSES))
