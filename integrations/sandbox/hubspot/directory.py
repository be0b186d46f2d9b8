"""What the control API and the pages ask of the account: records, seeds, changes of the schema."""

from collections.abc import Mapping
from typing import Any

from ..store import Record
from . import lists, marketing, properties, records
from .account import EVENTS, LISTS, Account
from .calls import Call
from .faults import HubSpotFaults
from .kinds import KINDS, Kind
from .refusals import Refusal
from .validation import as_text

OBJECTS = (*KINDS, LISTS, EVENTS)
GROUP = {"name": "mobly", "label": "Mobly"}
# name, label, type, fieldType, unique
RECOMMENDED = (
    ("mobly_description", "Mobly Description", "string", "textarea", False),
    ("mobly_number_scans", "Mobly Number Scans", "number", "number", False),
    ("mobly_first_scanned_by", "Mobly First Scanned By", "string", "text", False),
    ("mobly_last_scanned_by", "Mobly Last Scanned By", "string", "text", False),
    ("mobly_last_scanned_event", "Mobly Last Scanned Event", "string", "text", False),
    ("mobly_all_events", "Mobly All Events", "string", "textarea", False),
    ("mobly_other_phone_numbers", "Mobly Other Phone Numbers", "string", "textarea", False),
    ("mobly_most_recent_campaign", "Mobly Most Recent Campaign", "string", "text", False),
    ("mobly_all_campaigns", "Mobly All Campaigns", "string", "textarea", False),
    ("mobly_lead_id", "Mobly Lead ID", "string", "text", True),
)


def _kind(name: str) -> Kind:
    if name not in KINDS:
        raise KeyError(f"object “{name}”; its objects are {', '.join(OBJECTS)}")
    return KINDS[name]


def find(account: Account, name: str, *, email: str = "", text: str = "") -> list[Record]:
    """Records with all their values, oldest first. Raises KeyError for an unknown object."""
    if name == LISTS:
        rows = [_list_shown(account, row) for row in account.store.all(LISTS)]
        return [row for row in rows if text.casefold() in row["name"].casefold()]
    if name == EVENTS:
        rows = [marketing.shown(account, row) for row in account.store.all(EVENTS)]
        return [row for row in rows if text.casefold() in row["eventName"].casefold()]
    kind = _kind(name)
    if email:
        rows = account.store.find(name, "email", email) if name == "contacts" else []
    else:
        rows = account.store.all(name)
    if text:
        rows = [row for row in rows if any(text.casefold() in v.casefold() for v in row["properties"].values())]
    return [records.shown(kind, row, ui_url="", every=True) for row in rows]


def _list_shown(account: Account, row: Record) -> Record:
    members = [member["record"] for member in lists.members_of(account, row["listId"])]
    return row | {"size": len(members), "members": members}


def seed_record(account: Account, name: str, values: Mapping[str, Any]) -> Record:
    """Put a record there without any check; `properties` may be the whole body. Raises KeyError or ValueError."""
    try:
        if name == LISTS:
            text = str(values.get("name") or "A list")
            return lists.new_list(account, text, str(values.get("processingType") or "MANUAL"))
        if name == EVENTS:
            return marketing.shown(account, marketing.new_event(account, marketing.APP_ID, values))
        kind = _kind(name)
        given = values["properties"] if isinstance(values.get("properties"), dict) else values
        texts = {key: as_text(key, value) for key, value in given.items()}
        if name == "contacts" and texts.get("email"):
            texts["email"] = texts["email"].strip().lower()
        if "hs_timestamp" in kind.required:
            texts.setdefault("hs_timestamp", account.now())
        call = Call(version="v3", args={}, raw=b"", app_id=marketing.APP_ID, faults=HubSpotFaults())
        record = records.create(account, call, kind, texts, links=values.get("associations") or ())
    except Refusal as refusal:
        raise ValueError(str(refusal)) from refusal
    return records.shown(kind, record, ui_url="", every=True)


# Schema


def patch_schema(account: Account, name: str, change: Mapping[str, Any]) -> dict[str, Any]:
    """Definitions after `{"add": [property], "remove": [name], "rename": {old: new}, "picklist": {...}}`.

    `picklist` is `{"field", "add": [value], "remove": [value], "rename": {old: new}}`. Values of a renamed or
    removed property go with it. Raises KeyError for an unknown object, ValueError with a sentence otherwise.
    """
    kind = _kind(name)
    unknown = set(change) - {"add", "remove", "rename", "picklist"}
    if unknown:
        raise ValueError(f"“{sorted(unknown)[0]}” is not a change. Changes are: add, remove, rename, picklist.")
    for body in change.get("add", ()):
        _add(account, kind, body)
    for old in change.get("remove", ()):
        _move(account, kind, _known(account, kind, old), None)
    for old, new in change.get("rename", {}).items():
        _move(account, kind, _known(account, kind, old), str(new))
    if change.get("picklist"):
        _change_options(account, kind, change["picklist"])
    return {"results": [row for row in account.definitions(kind).values() if not row["archived"]]}


def _known(account: Account, kind: Kind, name: str) -> Record:
    row = account.definitions(kind).get(name)
    if row is None or row["archived"]:
        raise ValueError(f"{kind.name} has no property “{name}”.")
    return row


def _add(account: Account, kind: Kind, body: Any) -> None:
    if not isinstance(body, dict) or not isinstance(body.get("name"), str):
        raise ValueError("Each property to add is an object with a name.")
    first_group = next(iter(account.groups(kind)))
    defaults = {"label": body["name"], "type": "string", "fieldType": "text", "groupName": first_group}
    options = [{"value": o, "label": o} if isinstance(o, str) else o for o in body.get("options", ())]
    try:
        account.create_property(kind, {**defaults, **body, "options": options})
    except Refusal as refusal:
        raise ValueError(str(refusal)) from refusal


def _move(account: Account, kind: Kind, row: Record, new: str | None) -> None:
    known = {name: definition for name, definition in account.definitions(kind).items() if name != row["name"]}
    if new:
        known[new] = {**row, "name": new}
    account.store.set_fact(f"properties:{kind.name}", known)
    if new and row["hasUniqueValue"]:
        account.define(kind, known[new])
    for record in account.store.all(kind.name):
        if row["name"] in record["properties"]:
            values = {name: value for name, value in record["properties"].items() if name != row["name"]}
            if new:
                values[new] = record["properties"][row["name"]]
            account.store.put(kind.name, record["id"], {**record, "properties": dict(sorted(values.items()))})


def _change_options(account: Account, kind: Kind, change: Mapping[str, Any]) -> None:
    row = _known(account, kind, str(change.get("field")))
    gone, renamed = set(change.get("remove", ())), dict(change.get("rename", {}))
    options = []
    for option in row["options"]:
        value = renamed.get(option["value"])
        if option["value"] not in gone:
            options.append({**option, "value": value, "label": value} if value else option)
    for value in change.get("add", ()):
        options.append(properties.option(str(value), str(value), len(options)))
    account.define(kind, {**row, "options": options, "updatedAt": account.now()})


def add_recommended_fields(account: Account) -> list[str]:
    """The names that were new."""
    kind = KINDS["contacts"]
    if GROUP["name"] not in account.groups(kind):
        account.define_group(kind, properties.new_group(GROUP, existing=account.groups(kind)))
    made = []
    for name, label, type_name, field_type, unique in RECOMMENDED:
        known = account.definitions(kind).get(name)
        if known and not known["archived"]:
            continue
        body = {"name": name, "label": label, "type": type_name, "fieldType": field_type, "groupName": GROUP["name"],
                "hasUniqueValue": unique}  # fmt: skip
        account.create_property(kind, body)
        made.append(name)
    return made
