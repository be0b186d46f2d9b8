"""Endpoints for properties and their groups: `/crm/v3/properties/{type}` and its dated twins."""

from ..store import Record
from . import properties
from .account import Account
from .calls import Answer, Call, text_of
from .kinds import Kind
from .objects import kind_in
from .refusals import Refusal, multi_status_error, not_found

LIMIT = 100


def listed(account: Account, call: Call, kind_name: str) -> Answer:
    archived = call.args.get("archived") == "true"
    sensitivity = call.args.get("dataSensitivity", "non_sensitive")
    rows = account.definitions(kind_in(kind_name)).values()
    return Answer(
        200,
        {"results": [row for row in rows if row["archived"] == archived and row["dataSensitivity"] == sensitivity]},
    )


def _living(account: Account, kind: Kind, name: str, *, archived: bool = False) -> Record:
    row = account.definitions(kind).get(name)
    if row is None or row["archived"] != archived:
        raise not_found(f"Property {name} does not exist.")
    return row


def read(account: Account, call: Call, kind_name: str, name: str) -> Answer:
    archived = call.args.get("archived") == "true"
    return Answer(200, _living(account, kind_in(kind_name), name, archived=archived))


def create(account: Account, call: Call, kind_name: str) -> Answer:
    return Answer(201, account.create_property(kind_in(kind_name), call.object))


def update(account: Account, call: Call, kind_name: str, name: str) -> Answer:
    kind = kind_in(kind_name)
    current = _living(account, kind, name)
    groups = set(account.groups(kind))
    return Answer(
        200,
        account.define(kind, properties.changed_property(current, call.object, groups=groups, now=account.now())),
    )


def archive(account: Account, call: Call, kind_name: str, name: str) -> Answer:
    """DELETE archives: the definition goes out of the list, a property of the same name may be made anew."""
    kind = kind_in(kind_name)
    account.define(kind, {**_living(account, kind, name), "archived": True, "archivedAt": account.now()})
    return Answer(204)


def batch_create(account: Account, call: Call, kind_name: str) -> Answer:
    """201, or 207 with an error for each property that is already there or cannot be."""
    kind = kind_in(kind_name)
    started, results, errors = account.now(), [], []
    for row in call.inputs(LIMIT):
        try:
            results.append(account.create_property(kind, row))
        except Refusal as refusal:
            errors.append(multi_status_error(refusal, {}))
    return _batch(account, 201, started, results, errors)


def batch_read(account: Account, call: Call, kind_name: str) -> Answer:
    kind = kind_in(kind_name)
    archived = call.object.get("archived") is True
    started, results, errors = account.now(), [], []
    for row in call.inputs(LIMIT):
        name = text_of(row, "name")
        try:
            results.append(_living(account, kind, name, archived=archived))
        except Refusal as refusal:
            errors.append(multi_status_error(refusal, {"name": [name]}))
    return _batch(account, 200, started, results, errors)


def batch_archive(account: Account, call: Call, kind_name: str) -> Answer:
    kind = kind_in(kind_name)
    for row in call.inputs(LIMIT):
        definition = account.definitions(kind).get(text_of(row, "name"))
        if definition and not definition["archived"]:
            account.define(kind, {**definition, "archived": True, "archivedAt": account.now()})
    return Answer(204)


def _batch(account: Account, status: int, started: str, results: list[Record], errors: list[Record]) -> Answer:
    body: Record = {"completedAt": account.now(), "status": "COMPLETE", "startedAt": started, "results": results}
    if errors:
        body |= {"errors": errors, "numErrors": len(errors)}
    return Answer(207 if errors else status, body)


def groups(account: Account, call: Call, kind_name: str) -> Answer:
    return Answer(200, {"results": list(account.groups(kind_in(kind_name)).values())})


def group(account: Account, call: Call, kind_name: str, name: str) -> Answer:
    row = account.groups(kind_in(kind_name)).get(name)
    if row is None:
        raise not_found(f"Property group {name} does not exist.")
    return Answer(200, row)


def update_group(account: Account, call: Call, kind_name: str, name: str) -> Answer:
    row = group(account, call, kind_name, name).body
    changes = {key: call.object[key] for key in ("label", "displayOrder") if key in call.object}
    return Answer(200, account.define_group(kind_in(kind_name), row | changes))


def create_group(account: Account, call: Call, kind_name: str) -> Answer:
    kind = kind_in(kind_name)
    return Answer(201, account.define_group(kind, properties.new_group(call.object, existing=account.groups(kind))))
