"""Which record belongs to which: one row per direction, with the types that join them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..store import Record
from .account import LINKS, Account
from .calls import Answer, Call, text_of
from .kinds import KINDS, Kind, kind_called
from .refusals import Refusal, error, not_found, unknown_kind

CREATE_LIMIT = 2000
READ_LIMIT = 1000
PRIMARY = {1, 2}

# (type from left to right, from right to left) for each pair; the first row of a pair is its default.
_PAIRS = {
    ("contacts", "companies"): [(279, 280), (1, 2)],
    ("contacts", "contacts"): [(449, 449)],
    ("companies", "companies"): [(450, 450)],
    ("notes", "contacts"): [(202, 201)],
    ("notes", "companies"): [(190, 189)],
    ("tasks", "contacts"): [(204, 203)],
    ("tasks", "companies"): [(192, 191)],
    ("calls", "contacts"): [(194, 193)],
    ("calls", "companies"): [(182, 181)],
    ("emails", "contacts"): [(198, 197)],
    ("emails", "companies"): [(186, 185)],
    ("meetings", "contacts"): [(200, 199)],
    ("meetings", "companies"): [(188, 187)],
    ("communications", "contacts"): [(81, 82)],
    ("communications", "companies"): [(87, 88)],
}
# (from, to) -> {type: the type of the way back}
TYPES: dict[tuple[str, str], dict[int, int]] = {}
for (_left, _right), _rows in _PAIRS.items():
    TYPES[_left, _right] = dict(_rows)
    TYPES[_right, _left] = {back: there for there, back in _rows}


def pair(start: str, end: str) -> tuple[Kind, Kind]:
    """Both object types of a path. Raises `Refusal` for an unknown one and for two that cannot be joined."""
    kinds = []
    for name in (start, end):
        kind = kind_called(name)
        if kind is None:
            raise unknown_kind(name)
        kinds.append(kind)
    if (kinds[0].name, kinds[1].name) not in TYPES:
        raise error(400, f"{kinds[0].upper} and {kinds[1].upper} cannot be associated.")
    return kinds[0], kinds[1]


def _row_id(start: Kind, start_id: str, end: Kind, end_id: str) -> str:
    return f"{start.type_id}:{start_id}>{end.type_id}:{end_id}"


def link(account: Account, start: Kind, start_id: str, end: Kind, end_id: str, types: Sequence[int]) -> None:
    """Join two records that exist, both ways; repeating is harmless. A primary type moves the primary mark."""
    back = TYPES[start.name, end.name]
    contact = start_id if start.name == "contacts" else end_id
    company = end_id if start.name == "contacts" else start_id
    if PRIMARY & set(types):
        _make_primary(account, contact, company)
    _add(account, start, start_id, end, end_id, types)
    _add(account, end, end_id, start, start_id, [back[kind] for kind in types])


def _add(account: Account, start: Kind, start_id: str, end: Kind, end_id: str, types: Iterable[int]) -> None:
    row_id = _row_id(start, start_id, end, end_id)
    known = account.store.get(LINKS, row_id)
    before = known["types"] if known else []
    merged = list(dict.fromkeys([*before, *types]))
    if merged == before:
        return
    row = {
        "from": f"{start.type_id}:{start_id}",
        "to_kind": end.name,
        "to": end_id,
        "types": merged,
    }
    account.store.put(LINKS, row_id, row)


def _make_primary(account: Account, contact_id: str, company_id: str) -> None:
    contacts, companies = KINDS["contacts"], KINDS["companies"]
    for row in ends(account, contacts, contact_id, companies):
        if 1 in row["types"] and row["to"] != company_id:
            _drop_types(account, contacts, contact_id, companies, row["to"])
            _drop_types(account, companies, row["to"], contacts, contact_id)
    contact = account.store.get("contacts", contact_id)
    if contact and contact["properties"].get("associatedcompanyid") != company_id:
        values = {**contact["properties"], "associatedcompanyid": company_id}
        account.put(KINDS["contacts"], {**contact, "properties": values})


def _drop_types(account: Account, start: Kind, start_id: str, end: Kind, end_id: str) -> None:
    row_id = _row_id(start, start_id, end, end_id)
    row = account.store.get(LINKS, row_id)
    if row:
        kept = [kind for kind in row["types"] if kind not in PRIMARY]
        account.store.put(LINKS, row_id, {**row, "types": kept or [next(iter(TYPES[start.name, end.name]))]})


def ends(account: Account, kind: Kind, record_id: str, end: Kind | None = None) -> list[Record]:
    """The rows that start at a record, to one object type or to all."""
    towards = [end.name] if end else [other for start, other in TYPES if start == kind.name]
    start = f"{kind.type_id}:{record_id}"
    return [row for name in towards for row in account.store.find(LINKS, "end", f"{start}>{name}")]


def unlink(account: Account, start: Kind, start_id: str, end: Kind, end_id: str) -> None:
    contact_id, company_id = (start_id, end_id) if start.name == "contacts" else (end_id, start_id)
    contact = account.store.get("contacts", contact_id)
    if contact and contact["properties"].get("associatedcompanyid") == company_id:
        values = {name: value for name, value in contact["properties"].items() if name != "associatedcompanyid"}
        account.put(KINDS["contacts"], {**contact, "properties": values})
    account.store.remove(LINKS, _row_id(start, start_id, end, end_id))
    account.store.remove(LINKS, _row_id(end, end_id, start, start_id))


def unlink_all(account: Account, kind: Kind, record_id: str) -> None:
    for row in ends(account, kind, record_id):
        unlink(account, kind, record_id, KINDS[row["to_kind"]], row["to"])


def link_inline(account: Account, kind: Kind, record_id: str, asked: Any) -> None:
    """One entry of `associations` in a create. The far object type follows from the association type."""
    if not isinstance(asked, dict) or not isinstance(asked.get("to"), dict):
        raise error(400, "Invalid input JSON on line 1, column 1: each association needs a to and its types")
    types = _type_ids(asked)
    end = _far_kind(kind, types)
    end_id = text_of(asked["to"], "id")
    if account.find(end, end_id) is None:
        raise error(404, f"{end.upper}={end_id} is not valid", "OBJECT_NOT_FOUND", context={end.upper: [end_id]})
    link(account, kind, record_id, end, end_id, types)


def _far_kind(kind: Kind, types: Sequence[int]) -> Kind:
    for (start, end), known in TYPES.items():
        if start == kind.name and set(types) <= known.keys():
            return KINDS[end]
    raise _wrong_types(kind.name, types)


def _wrong_types(start: str, types: Sequence[int]) -> Refusal:
    return error(
        400,
        f"The association types {', '.join(map(str, types))} are not valid from {KINDS[start].upper}.",
        subCategory="crm.associations.INVALID_ASSOCIATION_TYPE",
    )


def _type_ids(row: Mapping[str, Any]) -> list[int]:
    types = row.get("types")
    if not isinstance(types, list) or not types:
        raise error(400, "Invalid input JSON on line 1, column 1: some required fields were not set: [types]")
    try:
        return [int(kind["associationTypeId"]) for kind in types]
    except (KeyError, TypeError, ValueError):
        raise error(400, "Invalid input JSON on line 1, column 1: associationTypeId must be a number") from None


def batch_create(account: Account, call: Call, start: str, end: str) -> Answer:
    """POST batch/create: 201, or 207 when some rows name records that cannot be joined."""
    left, right = pair(start, end)
    results: list[Record] = []
    errors: list[Record] = []
    for row in call.inputs(CREATE_LIMIT):
        types = _type_ids(row)
        if not set(types) <= TYPES[left.name, right.name].keys():
            raise _wrong_types(left.name, types)
        start_id, end_id, wrong = _joinable(account, left, right, row)
        if wrong:
            errors.append(wrong)
            continue
        link(account, left, start_id, right, end_id, types)
        results.append(_joined(left, start_id, right, end_id, types))
    return _batch(account, 201, results, errors)


def _joined(left: Kind, start_id: str, right: Kind, end_id: str, types: Sequence[int]) -> Record:
    return {
        "fromObjectTypeId": left.type_id,
        "fromObjectId": int(start_id),
        "toObjectTypeId": right.type_id,
        "toObjectId": int(end_id),
        "labels": ["Primary"] if PRIMARY & set(types) else [],
    }


def batch_default(account: Account, call: Call, start: str, end: str) -> Answer:
    """POST batch/associate/default: 200 or 207, one result per direction."""
    left, right = pair(start, end)
    results: list[Record] = []
    errors: list[Record] = []
    for row in call.inputs(CREATE_LIMIT):
        start_id, end_id, wrong = _joinable(account, left, right, row)
        if wrong:
            errors.append(wrong)
        else:
            results += _link_default(account, left, start_id, right, end_id)
    return _batch(account, 200, results, errors)


def _link_default(account: Account, left: Kind, start_id: str, right: Kind, end_id: str) -> list[Record]:
    there = next(iter(TYPES[left.name, right.name]))
    link(account, left, start_id, right, end_id, [there])
    return [
        _default_result(start_id, end_id, there),
        _default_result(end_id, start_id, TYPES[left.name, right.name][there]),
    ]


def _default_result(start_id: str, end_id: str, kind: int) -> Record:
    spec = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": kind}
    return {"from": {"id": start_id}, "to": {"id": end_id}, "associationSpec": spec}


def default(account: Account, call: Call, start: str, start_id: str, end: str, end_id: str) -> Answer:
    """PUT .../associations/default/...: 200; repeating is harmless."""
    left, right = pair(start, end)
    start_id, end_id, wrong = _joinable(account, left, right, {"from": {"id": start_id}, "to": {"id": end_id}})
    if wrong:
        raise Refusal(400, wrong)
    return _batch(account, 200, _link_default(account, left, start_id, right, end_id), [])


def _joinable(account: Account, left: Kind, right: Kind, row: Mapping[str, Any]) -> tuple[str, str, Record | None]:
    """Both ids, resolved through merges, and an entry for `errors` when the two cannot be joined."""
    found = []
    for key, kind in (("from", left), ("to", right)):
        end = row.get(key)
        asked = text_of(end if isinstance(end, dict) else {}, "id")
        if not asked.isdigit():
            return asked, asked, _invalid(f"{asked} is not a valid ID", "INVALID_IDENTIFIER", "id", asked)
        record = account.find(kind, asked)
        if record is None:
            return asked, asked, _invalid(f"{kind.upper}={asked} is not valid", "INVALID_OBJECT_IDS", kind.upper, asked)
        found.append(record["id"])
    if left.name == right.name and found[0] == found[1]:
        sentence = f"Object {found[0]} cannot be associated to itself ({found[0]})"
        return found[0], found[1], _invalid(sentence, "SELF_ASSOCIATION", "id", found[0])
    return found[0], found[1], None


def _invalid(message: str, code: str, key: str, value: str) -> Record:
    return {
        "status": "error",
        "category": "VALIDATION_ERROR",
        "subCategory": f"crm.associations.{code}",
        "message": message,
        "context": {key: [value]},
    }


def _batch(account: Account, status: int, results: list[Record], errors: list[Record]) -> Answer:
    now = account.now()
    body: Record = {"completedAt": now, "status": "COMPLETE", "startedAt": now, "results": results}
    if errors:
        body |= {"errors": errors, "numErrors": len(errors)}
    return Answer(207 if errors else status, body)


def of_record(account: Account, call: Call, start: str, start_id: str, end: str) -> Answer:
    """GET the records of one type that belong to a record."""
    left, right = pair(start, end)
    record = account.find(left, start_id)
    if record is None:
        raise not_found()
    return Answer(200, {"results": _listed(account, left, record["id"], right)})


def _listed(account: Account, left: Kind, start_id: str, right: Kind) -> list[Record]:
    return [
        {
            "toObjectId": int(row["to"]),
            "associationTypes": [
                {"category": "HUBSPOT_DEFINED", "typeId": kind, "label": "Primary" if kind in PRIMARY else None}
                for kind in row["types"]
            ],
        }
        for row in ends(account, left, start_id, right)
    ]


def batch_read(account: Account, call: Call, start: str, end: str) -> Answer:
    """POST batch/read: 200, or 207 with one error for each record that has none."""
    left, right = pair(start, end)
    results: list[Record] = []
    errors: list[Record] = []
    for row in call.inputs(READ_LIMIT):
        asked = text_of(row, "id")
        record = account.find(left, asked)
        found = _listed(account, left, record["id"], right) if record else []
        if found:
            results.append({"from": {"id": asked}, "to": found})
            continue
        sentence = f"No {right.singular} is associated with {left.singular} {asked}."
        errors.append(
            _invalid(sentence, "NO_ASSOCIATIONS_FOUND", "fromObjectId", asked) | {"category": "OBJECT_NOT_FOUND"}
        )
    return _batch(account, 200, results, errors)


def batch_archive(account: Account, call: Call, start: str, end: str) -> Answer:
    """POST batch/archive: 204, also for links that are not there."""
    left, right = pair(start, end)
    for row in call.inputs(CREATE_LIMIT):
        targets = row.get("to")
        for target in targets if isinstance(targets, list) else [targets]:
            start_row, end_row = row.get("from"), target
            start_id = text_of(start_row if isinstance(start_row, dict) else {}, "id")
            unlink(account, left, start_id, right, text_of(end_row if isinstance(end_row, dict) else {}, "id"))
    return Answer(204)


def archive(account: Account, call: Call, start: str, start_id: str, end: str, end_id: str) -> Answer:
    left, right = pair(start, end)
    unlink(account, left, start_id, right, end_id)
    return Answer(204)


def create(account: Account, call: Call, start: str, start_id: str, end: str, end_id: str) -> Answer:
    """PUT one link with its types (the body is the bare list of them): 201."""
    left, right = pair(start, end)
    types = _type_ids({"types": call.json})
    if not set(types) <= TYPES[left.name, right.name].keys():
        raise _wrong_types(left.name, types)
    start_id, end_id, wrong = _joinable(account, left, right, {"from": {"id": start_id}, "to": {"id": end_id}})
    if wrong:
        raise Refusal(400, wrong)
    link(account, left, start_id, right, end_id, types)
    return Answer(201, _joined(left, start_id, right, end_id, types))


def labels(account: Account, call: Call, start: str, end: str) -> Answer:
    """GET the association types between two object types."""
    left, right = pair(start, end)
    return Answer(
        200,
        {
            "results": [
                {"category": "HUBSPOT_DEFINED", "typeId": kind, "label": "Primary" if kind in PRIMARY else None}
                for kind in TYPES[left.name, right.name]
            ]
        },
    )


def in_record(account: Account, kind: Kind, record_id: str, names: Iterable[str]) -> Record:
    """The `associations` part of a record that was read with `?associations=`."""
    found: Record = {}
    for name in names:
        end = kind_called(name)
        if end is None:
            raise unknown_kind(name)
        rows = ends(account, kind, record_id, end)
        if rows:
            found[end.name] = {
                "results": [{"id": row["to"], "type": _type_name(kind, end, n)} for row in rows for n in row["types"]]
            }
    return found


def _type_name(start: Kind, end: Kind, number: int) -> str:
    both = {start.name, end.name} == {"contacts", "companies"}
    return f"{start.singular}_to_{end.singular}" + ("_unlabeled" if both and number not in PRIMARY else "")
