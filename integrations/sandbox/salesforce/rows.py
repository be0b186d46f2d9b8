"""Collections: up to 200 rows in one call, each with its own result, in the order they came."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from .calls import Answer, Call, Refused, missing
from .ids import normal_id
from .records import Org

Row = dict[str, Any]
MAX_ROWS = 200
MAX_IDS = 2000
ROLLED_BACK = Refused(
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "Record rolled back because not all records were valid and the request was using AllOrNone header",
)


def create(org: Org, call: Call) -> Answer:
    """POST /composite/sobjects."""
    records, all_or_none = sent_rows(call)

    def one(row: Row) -> Row:
        view = org.schema.view(type_of(row))
        if view is None:
            raise unknown_type(row)
        return done(org.create(view, row, call, len(records)))

    return _each(org, records, all_or_none, one)


def update(org: Org, call: Call) -> Answer:
    """PATCH /composite/sobjects; each row carries its `id`."""
    records, all_or_none = sent_rows(call)

    def one(row: Row) -> Row:
        view = org.schema.view(type_of(row))
        if view is None:
            raise unknown_type(row)
        record_id = next((value for name, value in row.items() if name.lower() == "id"), None)
        if record_id in (None, ""):
            raise Refused("MISSING_ARGUMENT", "Id not specified in an update call", [])
        known = normal_id(record_id)
        if known is None or org.object_of(known) != view.name:
            raise Refused(
                "MALFORMED_ID", f"{view.fields['Id']['label']}: id value of incorrect type: {record_id}", ["Id"]
            )
        found = org.by_key(view, "Id", known)
        if not found:
            raise org.stale(view, known)
        values = {name: value for name, value in row.items() if name.lower() != "id"}
        org.update(view, found[0], values, call, len(records))
        return done(known)

    return _each(org, records, all_or_none, one)


def upsert(org: Org, call: Call, name: str, field: str) -> Answer:
    """PATCH /composite/sobjects/<object>/<key field>: known rows are updated, unknown ones created."""
    records, all_or_none = sent_rows(call)
    view = org.view(name)
    key = view.key_field(field)
    if key is None:
        raise missing(f"Provided external ID field does not exist or is not accessible: {field}")
    values = [next((v for n, v in row.items() if n.lower() == key.lower()), None) for row in records]
    seen = Counter(str(value).casefold() for value in values if value not in (None, ""))

    def one(row: Row) -> Row:
        value = next((v for n, v in row.items() if n.lower() == key.lower()), None)
        if seen[str(value).casefold()] > 1:
            raise Refused("DUPLICATE_VALUE", f"Duplicate external id specified: {value}", [key])
        record_id, created = org.upsert(view, key, row, call, len(records))
        return {**done(record_id), "created": created}

    return _each(org, records, all_or_none, one)


def delete(org: Org, call: Call) -> Answer:
    """DELETE /composite/sobjects?ids=a,b."""
    ids = [part for part in call.args.get("ids", "").split(",") if part]
    check_count(ids)

    def one(record_id: str) -> Row:
        known = normal_id(record_id)
        view = org.schema.view(org.object_of(known) or "") if known else None
        if known is None or view is None:
            raise Refused("MALFORMED_ID", f"malformed id {record_id}", [])
        found = org.by_key(view, "Id", known)
        if not found:
            raise org.stale(view, known)
        org.delete(view, found[0])
        return done(known)

    return _each(org, ids, call.args.get("allOrNone", "").lower() == "true", one)


def retrieve(org: Org, call: Call, name: str) -> Answer:
    """POST or GET /composite/sobjects/<object>: many records by id; null stands where one is missing."""
    view = org.view(name)
    if call.method == "GET":
        ids = [part for part in call.args.get("ids", "").split(",") if part]
        fields = [part.strip() for part in call.args.get("fields", "").split(",") if part.strip()]
    else:
        body = call.body if isinstance(call.body, dict) else {}
        if not isinstance(body.get("ids"), list) or not isinstance(body.get("fields"), list):
            raise Refused("JSON_PARSER_ERROR", "The body needs the lists ids and fields.")
        ids, fields = body["ids"], body["fields"]
    if len(ids) > MAX_IDS:
        raise too_many(MAX_IDS)
    names = []
    for field in fields:
        known = view.by_lower.get(str(field).lower())
        if known is None:
            raise Refused("INVALID_FIELD", f"No such column '{field}' on sobject of type {view.name}")
        names.append(known)
    rows = []
    for record_id in ids:
        found = org.by_key(view, "Id", record_id)
        rows.append(org.shown(view, found[0], call.base, names) if found else None)
    return Answer(200, rows)


def sent_rows(call: Call) -> tuple[list[Row], bool]:
    """The rows of the body and whether all must succeed. Raises `Refused` for the request as a whole."""
    body = call.body if isinstance(call.body, dict) else {}
    records = body.get("records")
    if records is not None and not (isinstance(records, list) and all(isinstance(row, dict) for row in records)):
        raise Refused("JSON_PARSER_ERROR", "Cannot deserialize the list of records.")
    check_count(records or [])
    return records or [], body.get("allOrNone") is True


def check_count(rows: list[Any]) -> None:
    if not rows:
        raise Refused("REQUIRED_FIELD_MISSING", "At least 1 record is required", [])
    if len(rows) > MAX_ROWS:
        raise too_many(MAX_ROWS)


def too_many(limit: int) -> Refused:
    return Refused("EXCEEDED_ID_LIMIT", f"record limit reached. cannot submit more than {limit} records into this call")


def type_of(row: Row) -> str:
    attributes = row.get("attributes")
    return str(attributes.get("type", "")) if isinstance(attributes, dict) else ""


def unknown_type(row: Row) -> Refused:
    name = type_of(row)
    if not name:
        return Refused("INVALID_TYPE", "Each record needs attributes with a type.", [])
    return Refused("INVALID_TYPE", f"sObject type '{name}' is not supported.", [])


def done(record_id: str) -> Row:
    return {"id": record_id, "success": True, "errors": []}


def _each(org: Org, rows: list[Any], all_or_none: bool, one: Callable[[Any], Row]) -> Answer:
    """One result per row; a refused row leaves nothing behind, and with `all_or_none` neither do the others."""
    start = org.store.savepoint()
    results, failed = [], False
    for row in rows:
        mark = org.store.savepoint()
        try:
            results.append(one(row))
        except Refused as refused:
            org.store.rollback_to(mark)
            results.append(refused.row())
            failed = True
    if failed and all_or_none:
        org.store.rollback_to(start)
        results = [ROLLED_BACK.row() if result["success"] else result for result in results]
    return Answer(200, results)
