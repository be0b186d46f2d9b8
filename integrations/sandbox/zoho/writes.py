"""Insert, update, upsert and delete: batches worked through in order, each record standing alone."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from ..store import Record
from .calls import Answer, Call
from .org import SYSTEM_KEYS, Org
from .refusals import Refused, invalid_id, no_permission, of_field
from .rules import Wishes, check_state, duplicate, prepared

TRIGGERS = ("approval", "workflow", "blueprint", "pathfinder", "orchestration")
KEY_TYPES = ("text", "email", "phone", "website", "integer", "bigint")
Item = dict[str, Any]


def insert(org: Org, call: Call, module: str) -> Answer:
    """POST /{module}."""
    module = org.module(module)
    need(org, module, "create")
    rows, wishes = call.rows(), _wishes(org, call)

    def one(sent: Any, at: str) -> Item:
        return _inserted(org, module, prepared(org, module, sent, at, None, wishes))

    return batch(org, rows, one, done=201)


def update(org: Org, call: Call, module: str, record_id: str = "") -> Answer:
    """PUT /{module}, with `id` in each record, and PUT /{module}/{id}."""
    module = org.module(module)
    need(org, module, "edit")
    rows, wishes, external = call.rows(), _wishes(org, call), call.header("X-EXTERNAL")
    target = org.by_path(module, record_id, external) if record_id else None

    def one(sent: Any, at: str) -> Item:
        before = target or _addressed(org, module, sent, at, external)
        _unmodified(call, before)
        return _updated(org, module, before, prepared(org, module, sent, at, before, wishes))

    return batch(org, rows[:1] if record_id else rows, one, done=200)


def upsert(org: Org, call: Call, module: str) -> Answer:
    """POST /{module}/upsert."""
    module = org.module(module)
    if module == "Notes":
        raise Refused("NOT_ALLOWED", "the module does not support upsert", {"resource_path_index": 0})
    need(org, module, "create")
    need(org, module, "edit")
    rows, wishes, external = call.rows(), _wishes(org, call), call.header("X-EXTERNAL")
    keys = _check_fields(org, module, call.document().get("duplicate_check_fields"))

    def one(sent: Any, at: str) -> Item:
        before, name = _match(org, module, sent, at, keys, external)
        values = prepared(org, module, sent, at, before, wishes)
        item = _inserted(org, module, values) if before is None else _updated(org, module, before, values)
        item["details"].pop("$approval_state", None)
        action = "insert" if before is None else "update"
        return {"code": item.pop("code"), "duplicate_field": name, "action": action, **item}

    return batch(org, rows, one, done=200)


def delete(org: Org, call: Call, module: str, record_id: str = "") -> Answer:
    """DELETE /{module}?ids= and DELETE /{module}/{id}."""
    module = org.module(module)
    need(org, module, "delete")
    ids = [record_id] if record_id else call.names("ids")
    if not ids:
        raise Refused("REQUIRED_PARAM_MISSING", "One of the expected parameter is missing", {"param_name": "ids"})

    def one(sent: Any, at: str) -> Item:
        record = org.by_key(module, sent, call.header("X-EXTERNAL"))
        if record is None:
            raise Refused("INVALID_DATA", "the id given seems to be invalid", {"id": sent})
        check_state(org, module, record)
        org.remove(module, record["id"])
        return success("record deleted", {"id": record["id"]})

    return batch(org, ids[:100], one, done=200)


# One batch


def batch(org: Org, rows: list[Any], one: Callable[[Any, str], Item], *, done: int, key: str = "data") -> Answer:
    """Results in the order of the rows; the status says whether all, some or none went well."""
    items = []
    for number, sent in enumerate(rows):
        try:
            items.append(one(sent, f"$.{key}[{number}]"))
        except Refused as refused:
            if refused.status == 412:
                return Answer(412, {key: [refused.item()]})
            items.append(refused.item())
    failed = sum(item["status"] == "error" for item in items)
    mixed = org.faults.mixed_status
    return Answer(400 if failed == len(items) else mixed if failed else done, {key: items})


def success(message: str, details: dict[str, Any]) -> Item:
    return {"code": "SUCCESS", "details": details, "message": message, "status": "success"}


def need(org: Org, module: str, right: str) -> None:
    """Raises `Refused` when a switch took the right away: `Leads.create`."""
    if f"{module}.{right}" in org.faults.names("no_permission"):
        raise no_permission(f"Crm_Implied_{right.capitalize()}_{module}")


def _wishes(org: Org, call: Call) -> Wishes:
    trigger = call.document().get("trigger")
    if trigger is not None and (not isinstance(trigger, list) or any(one not in TRIGGERS for one in trigger)):
        details = {"api_name": "trigger", "json_path": "$.trigger", "supported_values": list(TRIGGERS)}
        raise Refused("INVALID_DATA", "invalid data", details)
    return Wishes(org, call.document())


def _inserted(org: Org, module: str, values: Record) -> Item:
    now, by = org.now(), {"id": org.user()["id"]}
    made = {"Created_Time": now, "Modified_Time": now, "Created_By": by, "Modified_By": by}
    record = {"id": org.new_id(), "Owner": by, **{k: v for k, v in values.items() if v is not None}, **made}
    org.put(module, record)
    return success("record added", {**_stamps(org, record), "$approval_state": "approved"})


def _updated(org: Org, module: str, before: Record, values: Record) -> Item:
    merged = {**before, **values, "Modified_Time": org.now(), "Modified_By": {"id": org.user()["id"]}}
    record = {name: value for name, value in merged.items() if value is not None}
    org.put(module, record)
    return success("record updated", _stamps(org, record))


def _stamps(org: Org, record: Record) -> dict[str, Any]:
    return {
        "Modified_Time": record["Modified_Time"],
        "Modified_By": org.user(record["Modified_By"]["id"]),
        "Created_Time": record["Created_Time"],
        "id": record["id"],
        "Created_By": org.user(record["Created_By"]["id"]),
    }


def _addressed(org: Org, module: str, sent: Any, at: str, external: str) -> Record:
    record_id = sent.get("id") if isinstance(sent, dict) else None
    if record_id is None:
        raise of_field("MANDATORY_NOT_FOUND", "required field not found", "id", at)
    record = org.by_key(module, record_id, external)
    if record is None:
        raise invalid_id(at)
    return record


def _unmodified(call: Call, record: Record) -> None:
    """`If-Unmodified-Since`. Raises `Refused` 412."""
    header = call.header("If-Unmodified-Since")
    if not header:
        return
    try:
        since = datetime.datetime.fromisoformat(header)
    except ValueError as error:
        raise Refused("INVALID_DATA", "invalid data", {"header": "If-Unmodified-Since"}) from error
    if since.tzinfo is None:
        since = since.replace(tzinfo=datetime.UTC)
    if datetime.datetime.fromisoformat(record["Modified_Time"]) > since:
        details = {name: record[name] for name in ("id", "Created_Time", "Modified_Time")}
        raise Refused("ALREADY_MODIFIED", "the record has been already modified", details, 412)


def _check_fields(org: Org, module: str, named: Any) -> list[str]:
    """The keys of an upsert in their order: the named ones or the system's, then unique fields. Raises `Refused`."""
    fields = org.fields(module)
    if named is None:
        keys = [SYSTEM_KEYS[module]]
    else:
        keys = named if isinstance(named, list) else [named]
        for name in keys:
            if not isinstance(name, str) or name not in fields or fields[name]["data_type"] not in KEY_TYPES:
                details = {"api_name": "duplicate_check_fields", "json_path": "$.duplicate_check_fields"}
                raise Refused("INVALID_DATA", "invalid data", details)
    return list(dict.fromkeys([*keys, *org.unique_names(module)]))


def _match(
    org: Org, module: str, sent: Any, at: str, keys: list[str], external: str
) -> tuple[Record | None, str | None]:
    """The record an upsert hits and the field it was found by. Raises `Refused`."""
    if not isinstance(sent, dict):
        return None, None
    if sent.get("id") is not None and not org.faults.upsert_ignores_id:
        return _addressed(org, module, sent, at, external), None
    for name in keys:
        value = sent.get(name)
        found = org.find(module, name, value) if isinstance(value, (str, int)) and value != "" else []
        if len(found) > 1 and org.faults.many_matches == "refuse":
            raise duplicate(org, module, name, found, at)
        if found:
            return found[0], name
    return None, None
