"""Endpoints for lists: MANUAL and SNAPSHOT ones take members, DYNAMIC ones do not."""

from collections.abc import Iterable
from typing import Any

from ..store import Record
from .account import LISTS, MEMBERSHIPS, USER_ID, Account
from .calls import Answer, Call, text_of, texts_of
from .kinds import KINDS, Kind, kind_called
from .refusals import Refusal, error, unknown_kind

TYPES = ("MANUAL", "SNAPSHOT", "DYNAMIC")
MOST_A_PAGE = 500
MEMBERS_A_PAGE = 250
MOST_A_CALL = 100_000


def new_list(account: Account, name: str, processing_type: str, type_id: str = "0-1") -> Record:
    now = account.now()
    row: Record = {
        "listId": account.new_list_id(),
        "listVersion": 1,
        "createdAt": now,
        "updatedAt": now,
        "filtersUpdatedAt": now,
        "processingStatus": "COMPLETE",
        "createdById": str(USER_ID),
        "updatedById": str(USER_ID),
        "processingType": processing_type,
        "objectTypeId": type_id,
        "name": name,
    }
    account.store.put(LISTS, row["listId"], row)
    return row


def create(account: Account, call: Call) -> Answer:
    body = call.object
    name, type_id, processing = (text_of(body, key) for key in ("name", "objectTypeId", "processingType"))
    kind = kind_called(type_id)
    if kind is None:
        raise unknown_kind(type_id)
    if processing not in TYPES:
        raise error(400, f"Invalid processingType {processing}. It must be one of {', '.join(TYPES)}.")
    _refuse_known_name(account, kind.type_id, name)
    return Answer(200, {"list": new_list(account, name, processing, kind.type_id)})


def _refuse_known_name(account: Account, type_id: str, name: str) -> None:
    if account.store.find(LISTS, "name", f"{type_id}:{name}"):
        raise error(400, f"List names must be unique. A list with name '{name}' already exists.",
                    subCategory="ILS.DUPLICATE_LIST_NAMES", context={"name": [name]})  # fmt: skip


def search(account: Account, call: Call) -> Answer:
    """POST search: by part of the name, id or processing type, a page of `count` from `offset` on."""
    body = call.object
    offset, count = (_whole(body, key, default) for key, default in (("offset", 0), ("count", 20)))
    query = str(body.get("query") or "").casefold()
    types, ids = texts_of(body, "processingTypes") or TYPES, texts_of(body, "listIds")
    found = [
        row
        for row in account.store.all(LISTS)
        if query in row["name"].casefold() and row["processingType"] in types and (not ids or row["listId"] in ids)
    ]
    page = found[offset : offset + min(count, MOST_A_PAGE)]
    end = offset + len(page)
    rows = [row | {"additionalProperties": _counts(account, row)} for row in page]
    return Answer(200, {"offset": end, "hasMore": end < len(found), "lists": rows, "total": len(found)})


def _whole(body: Record, key: str, default: int) -> int:
    value = body.get(key, default)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise error(400, f"Invalid {key}: {value}")
    return value


def _counts(account: Account, row: Record) -> Record:
    return {"hs_list_reference_count": "0", "hs_list_size": str(len(members_of(account, row["listId"])))}


def by_name(account: Account, call: Call, type_id: str, name: str) -> Answer:
    found = account.store.find(LISTS, "name", f"{type_id}:{name}")
    if not found:
        raise error(400, f"List does not exist with name {name} and object type ID {type_id}.")
    return Answer(200, {"list": found[0] | {"size": len(members_of(account, found[0]["listId"]))}})


def listed(account: Account, call: Call) -> Answer:
    """GET several lists by `listIds`; unknown ones are left out."""
    ids = call.names("listIds")
    return Answer(200, {"lists": [row for row in (account.store.get(LISTS, number) for number in ids) if row]})


def read(account: Account, call: Call, list_id: str) -> Answer:
    return Answer(200, {"list": _found(account, list_id) | {"size": len(members_of(account, list_id))}})


def _found(account: Account, list_id: str) -> Record:
    row = account.store.get(LISTS, list_id)
    if row is None:
        refusal = error(404, f"List does not exist with ID {list_id}.", "OBJECT_NOT_FOUND",
                        subCategory="ILS.LIST_NOT_FOUND", context={"listId": [list_id]})  # fmt: skip
        raise Refusal(404, refusal.body, {"X-HubSpot-NotFound": "true"})
    return row


def rename(account: Account, call: Call, list_id: str) -> Answer:
    row, name = _found(account, list_id), call.args.get("listName", "").strip()
    if not name:
        raise missing_parameter("listName")
    if name.casefold() != row["name"].casefold():
        _refuse_known_name(account, row["objectTypeId"], name)
    row = {**row, "name": name, "updatedAt": account.now(), "listVersion": row["listVersion"] + 1}
    account.store.put(LISTS, list_id, row)
    return Answer(200, {"updatedList": row})


def missing_parameter(name: str) -> Refusal:
    """400 whose `errors` are texts, as recorded."""
    return error(400, "validation error", None, errors=[f"query param {name} may not be null"])


def delete(account: Account, call: Call, list_id: str) -> Answer:
    _found(account, list_id)
    for row in account.store.find(MEMBERSHIPS, "list", list_id):
        account.store.remove(MEMBERSHIPS, f"{list_id}:{row['record']}")
    account.store.remove(LISTS, list_id)
    return Answer(204)


# Members


def members_of(account: Account, list_id: str) -> list[Record]:
    return account.store.find(MEMBERSHIPS, "list", list_id)


def members(account: Account, call: Call, list_id: str) -> Answer:
    """GET the members in the order of their ids, `after` being the last id of the page before."""
    _found(account, list_id)
    rows = sorted(members_of(account, list_id), key=lambda row: int(row["record"]))
    limit, after = call.number("limit", 100, MEMBERS_A_PAGE), call.args.get("after", "0")
    if not after.isdigit():
        raise error(400, f"Unable to parse value for query parameter: after ({after})")
    rest = [row for row in rows if int(row["record"]) > int(after)]
    body: Record = {
        "total": len(rows),
        "results": [{"recordId": row["record"], "membershipTimestamp": row["since"]} for row in rest[:limit]],
    }
    if len(rest) > limit:
        body["paging"] = {"next": {"after": rest[limit - 1]["record"]}}
    return Answer(200, body)


def add(account: Account, call: Call, list_id: str) -> Answer:
    """PUT memberships/add, the body a bare list of ids. Known members are ignored, unknown ids are `missing`."""
    row, kind = _changeable(account, list_id)
    return _changed(account, row, kind, add=_ids(call.json), remove=())


def remove(account: Account, call: Call, list_id: str) -> Answer:
    row, kind = _changeable(account, list_id)
    return _changed(account, row, kind, add=(), remove=_ids(call.json))


def add_and_remove(account: Account, call: Call, list_id: str) -> Answer:
    row, kind = _changeable(account, list_id)
    body = call.object
    return _changed(
        account, row, kind, add=_ids(body.get("recordIdsToAdd") or []), remove=_ids(body.get("recordIdsToRemove") or [])
    )


def _changeable(account: Account, list_id: str) -> tuple[Record, Kind]:
    row = _found(account, list_id)
    if row["processingType"] == "DYNAMIC":
        raise error(
            400,
            f"List {list_id} has processing type DYNAMIC. Records can only be added to and removed from MANUAL and "
            "SNAPSHOT lists.",
            subCategory="ILS.INVALID_LIST_PROCESSING_TYPE",
        )
    return row, kind_called(row["objectTypeId"]) or KINDS["contacts"]


def _ids(body: Any) -> list[str]:
    if not isinstance(body, list) or any(isinstance(item, (dict, list, bool, type(None))) for item in body):
        raise error(400, "Invalid input JSON on line 1, column 1: the body must be a list of record ids")
    if len(body) > MOST_A_CALL:
        raise error(400, f"At most {MOST_A_CALL} records can be added or removed in one call.")
    return list(dict.fromkeys(str(item) for item in body))


def _changed(account: Account, row: Record, kind: Kind, *, add: Iterable[str], remove: Iterable[str]) -> Answer:
    list_id, now = row["listId"], account.now()
    added, removed, missing = [], [], []
    for asked in add:
        record = account.find(kind, asked)
        if record is None:
            missing.append(asked)
        elif account.store.get(MEMBERSHIPS, f"{list_id}:{record['id']}") is None:
            member = {"list": list_id, "record": record["id"], "since": now}
            account.store.put(MEMBERSHIPS, f"{list_id}:{record['id']}", member)
            added.append(record["id"])
    for asked in remove:
        if account.store.get(MEMBERSHIPS, f"{list_id}:{asked}") is not None:
            account.store.remove(MEMBERSHIPS, f"{list_id}:{asked}")
            removed.append(asked)
    return Answer(200, {"recordsIdsAdded": added, "recordIdsRemoved": removed, "recordIdsMissing": missing})


def of_record(account: Account, call: Call, type_id: str, record_id: str) -> Answer:
    """GET the lists a record is in."""
    lists = [account.store.get(LISTS, row["list"]) for row in account.store.find(MEMBERSHIPS, "record", record_id)]
    found = [row for row in lists if row and row["objectTypeId"] == type_id]
    results = [
        {"listId": row["listId"], "listVersion": row["listVersion"], "lastAddedTimestamp": row["updatedAt"],
         "firstAddedTimestamp": row["createdAt"], "isPublicList": True}
        for row in found
    ]  # fmt: skip
    return Answer(200, {"total": len(results), "results": results})
