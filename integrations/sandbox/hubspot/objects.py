"""Endpoints for single records: `/crm/v3/objects/{type}` and its dated twins."""

from collections.abc import Mapping
from typing import Any

from ..store import Record
from . import associations, records
from .account import PORTAL_ID, USER_EMAIL, USER_ID, Account
from .calls import Answer, Call, properties_of, text_of
from .kinds import Kind, kind_called
from .refusals import error, not_found, unknown_kind

PAGE_LIMIT = 100


def kind_in(path_segment: str) -> Kind:
    """The object type of a path. Raises `Refusal` for one the account does not have."""
    kind = kind_called(path_segment)
    if kind is None:
        raise unknown_kind(path_segment)
    return kind


def wanted_in(call: Call) -> list[str]:
    return call.names("properties") + call.names("propertiesWithHistory")


def create(account: Account, call: Call, kind_name: str) -> Answer:
    kind = kind_in(kind_name)
    links = links_of(call.object)
    values = records.accepted(account, kind, properties_of(call.object))
    record = records.create(account, call, kind, values, links=links)
    return Answer(201, records.shown(kind, record, ui_url=call.base_url, every=True))


def links_of(row: Mapping[str, Any]) -> list[Any]:
    links = row.get("associations") or []
    if not isinstance(links, list):
        raise error(400, "Invalid input JSON on line 1, column 1: associations must be a list")
    return links


def read(account: Account, call: Call, kind_name: str, record_id: str) -> Answer:
    kind = kind_in(kind_name)
    if call.args.get("archived") == "true":
        record = records.binned(account, kind, record_id)
    else:
        record = _found(account, call, kind, record_id)
    if record is None:
        raise not_found()
    body = records.shown(kind, record, ui_url=call.base_url, wanted=wanted_in(call))
    linked = associations.in_record(account, kind, record["id"], call.names("associations"))
    return Answer(200, body | {"associations": linked} if linked else body)


def _found(account: Account, call: Call, kind: Kind, record_id: str) -> Record:
    record = account.find(kind, record_id, call.args.get("idProperty"))
    if record is None:
        raise not_found()
    return record


def listed(account: Account, call: Call, kind_name: str) -> Answer:
    """GET the collection, oldest first, `after` being the last id of the page before."""
    kind = kind_in(kind_name)
    limit, after = call.number("limit", 10, PAGE_LIMIT), call.args.get("after", "")
    everything = account.store.all(kind.name)
    start = 0
    if after:
        ids = [record["id"] for record in everything]
        if after not in ids:
            raise error(400, f"Unable to parse value for query parameter: after ({after})")
        start = ids.index(after) + 1
    page = everything[start : start + limit]
    wanted, names = wanted_in(call), call.names("associations")
    results = []
    for record in page:
        row = records.shown(kind, record, ui_url=call.base_url, wanted=wanted)
        linked = associations.in_record(account, kind, record["id"], names)
        results.append(row | {"associations": linked} if linked else row)
    body: Record = {"results": results}
    if start + limit < len(everything):
        after = page[-1]["id"]
        link = f"{call.base_url}/crm/v3/objects/{kind.name}?limit={limit}&after={after}"
        body["paging"] = {"next": {"after": after, "link": link}}
    return Answer(200, body)


def update(account: Account, call: Call, kind_name: str, record_id: str) -> Answer:
    kind = kind_in(kind_name)
    values = properties_of(call.object)
    if not values:
        raise error(400, "No properties found to update, please provide at least one.")
    record = _found(account, call, kind, record_id)
    changed = records.update(account, call, kind, record, records.accepted(account, kind, values))
    return Answer(200, records.echo(kind, changed, ui_url=call.base_url, sent=values))


def archive(account: Account, call: Call, kind_name: str, record_id: str) -> Answer:
    """DELETE answers 204 whether or not the record was there."""
    records.archive(account, kind_in(kind_name), record_id)
    return Answer(204)


def merge(account: Account, call: Call, kind_name: str) -> Answer:
    kind = kind_in(kind_name)
    primary, other = text_of(call.object, "primaryObjectId"), text_of(call.object, "objectIdToMerge")
    merged = records.merge(account, kind, primary, other)
    return Answer(200, records.shown(kind, merged, ui_url=call.base_url))


def owners(account: Account, call: Call) -> Answer:
    """GET the owners: the one user of the account."""
    person = {
        "id": "70000001",
        "email": USER_EMAIL,
        "type": "PERSON",
        "firstName": "Mobly",
        "lastName": "Integration",
        "userId": USER_ID,
        "userIdIncludingInactive": USER_ID,
        "createdAt": "2026-01-12T09:00:00.000Z",
        "updatedAt": "2026-01-12T09:00:00.000Z",
        "archived": False,
    }
    return Answer(200, {"results": [person]})


def record_path(kind: Kind, record_id: str) -> str:
    """Where a person opens the record."""
    return f"/contacts/{PORTAL_ID}/record/{kind.type_id}/{record_id}"
