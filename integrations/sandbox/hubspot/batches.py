"""Endpoints for batches of records. Results never come back in the order of the inputs: match them by key."""

import zlib
from collections.abc import Callable, Iterable
from typing import Any

from ..store import Record
from . import records
from .account import Account
from .calls import Answer, Call, properties_of, text_of, texts_of
from .kinds import Kind
from .objects import kind_in, links_of
from .refusals import Refusal, duplicate_ids, error, invalid_values, multi_status_error

LIMIT = 100
TRACE = "objectWriteTraceId"

Write = Callable[[Record], Record]


def shuffled(rows: list[Record]) -> list[Record]:
    """The rows in an order that is always the same for the same ids, and never the one they came in."""
    mixed = sorted(rows, key=lambda row: zlib.crc32(row["id"].encode()))
    return mixed[::-1] if len(rows) > 1 and [r["id"] for r in mixed] == [r["id"] for r in rows] else mixed


def key_of(row: Record) -> str | None:
    """The `idProperty` that an id belongs to; None is the record id."""
    key = row.get("idProperty")
    return None if key is None else str(key)


def finished(account: Account, status: int, results: list[Record], errors: list[Record], started: str) -> Answer:
    body: Record = {
        "completedAt": account.now(),
        "status": "COMPLETE",
        "startedAt": started,
        "results": shuffled(results),
    }
    if errors:
        body |= {"errors": errors, "numErrors": len(errors)}
    return Answer(207 if errors else status, body)


def traced(inputs: list[Record]) -> bool:
    """Whether each input has a trace id of its own, which is what makes a partial success possible."""
    ids = [str(row[TRACE]) for row in inputs if row.get(TRACE) not in (None, "")]
    return len(ids) == len(inputs) == len(set(ids))


def _carried_out(
    account: Account,
    kind: Kind,
    inputs: list[Record],
    status: int,
    write: Write,
    missing: Callable[[Record], str | None],
) -> Answer:
    """Write all inputs or none; with trace ids, the good ones. `missing` names an input whose record is not there."""
    started, results, errors, gone = account.now(), [], [], []
    apart = traced(inputs)
    if not apart:
        _check_all(account, kind, inputs, missing)
    for row in inputs:
        lost = missing(row)
        if lost is not None:
            gone.append(lost)
            continue
        mark = account.store.savepoint()
        try:
            answer = write(row)
        except Refusal as refusal:
            if not apart:
                raise
            account.store.rollback_to(mark)
            errors.append(multi_status_error(refusal, {TRACE: [str(row[TRACE])], **_existing(refusal)}))
            continue
        results.append(answer | {TRACE: row[TRACE]} if row.get(TRACE) not in (None, "") else answer)
    if gone:
        errors.append(not_all_found(kind, gone))
    return finished(account, status, results, errors, started)


def _check_all(account: Account, kind: Kind, inputs: list[Record], missing: Callable[[Record], str | None]) -> None:
    """Refuse the whole batch with the faults of all its inputs in one list."""
    faults = []
    for row in inputs:
        if missing(row) is None:
            faults += records.checked(account, kind, properties_of(row))[1]
    if faults:
        raise invalid_values(faults)


def _existing(refusal: Refusal) -> dict[str, list[str]]:
    if refusal.status != 409 or isinstance(refusal.body, str):
        return {}
    return {"existingId": [refusal.body["message"].rpartition(" ")[2]]}


def not_all_found(kind: Kind, ids: Iterable[str]) -> Record:
    return {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "message": f"Could not get some {kind.upper} objects, they may be deleted or not exist. "
        "Check that ids are valid.",
        "context": {"ids": list(ids)},
    }


def create(account: Account, call: Call, kind_name: str) -> Answer:
    """POST batch/create: 201 or 207; 400 or 409 for all when one is bad and the inputs carry no trace ids."""
    kind = kind_in(kind_name)
    inputs = call.inputs(LIMIT)
    told = traced(inputs)

    def write(row: Record) -> Record:
        values = records.accepted(account, kind, properties_of(row))
        record = records.create(account, call, kind, values, links=links_of(row), told=told)
        return records.shown(kind, record, ui_url=call.base_url, every=True)

    return _carried_out(account, kind, inputs, 201, write, lambda row: None)


def read(account: Account, call: Call, kind_name: str) -> Answer:
    """POST batch/read: from the store, so a write shows at once. 207 when some are missing."""
    kind = kind_in(kind_name)
    started, inputs, found, gone = account.now(), call.inputs(LIMIT), {}, []
    key, wanted = key_of(call.object), texts_of(call.object, "properties")
    for row in inputs:
        asked = text_of(row, "id")
        record = account.find(kind, asked, key)
        if record is None:
            gone.append(asked)
        else:
            found[record["id"]] = records.shown(kind, record, ui_url=call.base_url, wanted=wanted)
    errors = [not_all_found(kind, gone)] if gone else []
    return finished(account, 200, list(found.values()), errors, started)


def update(account: Account, call: Call, kind_name: str) -> Answer:
    """POST batch/update: 200, or 207 when some records are not there."""
    kind = kind_in(kind_name)
    inputs = call.inputs(LIMIT)
    _refuse_duplicates(inputs)

    def missing(row: Record) -> str | None:
        asked = text_of(row, "id")
        return None if account.find(kind, asked, key_of(row)) else asked

    def write(row: Record) -> Record:
        values = properties_of(row)
        if not values:
            raise error(400, "No properties found to update, please provide at least one.")
        record = account.find(kind, text_of(row, "id"), key_of(row))
        assert record is not None, "`missing` was asked first"
        changed = records.update(account, call, kind, record, records.accepted(account, kind, values))
        return records.echo(kind, changed, ui_url=call.base_url, sent=values)

    return _carried_out(account, kind, inputs, 200, write, missing)


def upsert(account: Account, call: Call, kind_name: str) -> Answer:
    """POST batch/upsert: 200 or 207; each result says whether it is `new`. Associations are not taken."""
    kind = kind_in(kind_name)
    inputs = call.inputs(LIMIT)
    _refuse_duplicates(inputs)

    def missing(row: Record) -> str | None:
        asked, key = text_of(row, "id"), key_of(row)
        record = account.find(kind, asked, key)
        return asked if record is None and key in (None, "", "hs_object_id") else None

    def write(row: Record) -> Record:
        asked, key = text_of(row, "id"), key_of(row)
        record = account.find(kind, asked, key)
        sent = dict(properties_of(row))
        if record is None:
            values = records.accepted(account, kind, {str(key): asked, **sent})
            made = records.create(account, call, kind, values)
            return records.shown(kind, made, ui_url=call.base_url, every=True) | {"new": True}
        if key == "email" and str(sent.get("email", "")).strip().lower() == asked.strip().lower():
            # Found by a secondary address: the primary one stays.
            sent.pop("email")
        changed = records.update(account, call, kind, record, records.accepted(account, kind, sent))
        return records.echo(kind, changed, ui_url=call.base_url, sent=[*sent, str(key)]) | {"new": False}

    return _carried_out(account, kind, inputs, 200, write, missing)


def _refuse_duplicates(inputs: list[Record]) -> None:
    seen: set[tuple[Any, str]] = set()
    twice = []
    for row in inputs:
        key = (key_of(row), text_of(row, "id").strip().lower())
        if key in seen:
            twice.append(text_of(row, "id"))
        seen.add(key)
    if twice:
        raise duplicate_ids(list(dict.fromkeys(twice)))


def archive(account: Account, call: Call, kind_name: str) -> Answer:
    kind = kind_in(kind_name)
    for row in call.inputs(LIMIT):
        records.archive(account, kind, text_of(row, "id"))
    return Answer(204)
