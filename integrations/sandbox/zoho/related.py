"""Related lists of a record: membership in campaigns, notes, and an account's contacts."""

from __future__ import annotations

from .calls import Answer, Call
from .membership import get_member, get_members, is_membership, put_members, remove_members
from .org import Org
from .reads import get_record, listed, sorted_rows, wanted_fields
from .refusals import WRONG_METHOD, Refused
from .writes import delete, insert, update


def related(org: Org, call: Call, module: str, record_id: str, related: str, related_id: str = "") -> Answer:
    """`/{module}/{id}/{related}` and one of its records."""
    module = org.module(module)
    target = _target(org, related)
    if call.header("X-EXTERNAL"):
        record_id = org.by_path(module, record_id, call.header("X-EXTERNAL"))["id"]
    if is_membership(module, target):
        return _membership(org, call, module, record_id, target, related_id)
    org.by_path(module, record_id)
    if target == "Notes" and module != "Notes":
        return _notes(org, call, module, record_id, related_id)
    if (module, target, call.method) == ("Accounts", "Contacts", "GET"):
        names = wanted_fields(org, target, call, obligatory=True)
        rows = org.store.find("Contacts", "account", record_id)
        return listed(org, call, target, sorted_rows(call, rows), names)
    raise _unknown_relation() if call.method == "GET" else WRONG_METHOD


def _membership(org: Org, call: Call, module: str, record_id: str, target: str, related_id: str) -> Answer:
    if call.method == "PUT":
        return put_members(org, call, module, record_id, target, related_id)
    if call.method == "DELETE":
        return remove_members(org, call, module, record_id, target, related_id)
    if call.method == "GET" and related_id:
        return get_member(org, call, module, record_id, target, related_id)
    if call.method == "GET":
        return get_members(org, call, module, record_id, target)
    raise WRONG_METHOD


def _notes(org: Org, call: Call, module: str, record_id: str, note_id: str) -> Answer:
    if note_id:
        work = {"GET": get_record, "PUT": update, "DELETE": delete}.get(call.method)
        if work is None:
            raise WRONG_METHOD
        return work(org, call, "Notes", note_id)
    if call.method == "POST":
        parent = {"Parent_Id": {"module": {"api_name": module}, "id": record_id}}
        for row in call.rows():
            if isinstance(row, dict):
                row.update(parent)
        return insert(org, call, "Notes")
    if call.method != "GET":
        raise WRONG_METHOD
    names = wanted_fields(org, "Notes", call, obligatory=True)
    return listed(org, call, "Notes", sorted_rows(call, org.store.find("Notes", "parent", record_id)), names)


def _target(org: Org, name: str) -> str:
    try:
        return org.module(name)
    except Refused as refused:
        raise _unknown_relation() from refused


def _unknown_relation() -> Refused:
    return Refused("INVALID_DATA", "The relation name given seems to be invalid", {"resource_path_index": 2})
