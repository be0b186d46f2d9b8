"""Objects and fields of the account: from package data, changed by the control API and the Tooling API."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

from ..store import Store
from . import access
from .faults import SalesforceFaults

DATA = Path(__file__).with_name("data")
OBJECTS = (
    "Lead",
    "Contact",
    "Account",
    "Campaign",
    "CampaignMember",
    "CampaignMemberStatus",
    "Task",
    "Event",
    "User",
    "Organization",
    "LeadStatus",
    "TaskStatus",
    "TaskPriority",
    "PermissionSet",
    "PermissionSetAssignment",
    "FieldPermissions",
    "Booth_Visit__c",
)
ADDRESSES = {"Lead": "", "Contact": "Mailing", "Account": "Billing"}
RECOMMENDED_ON = ("Lead", "Contact")
EXTRA_KEYS = {
    "Lead": ("Company", "ConvertedContactId"),
    "Contact": ("AccountId",),
    "Account": ("Name", "Website"),
    "CampaignMember": ("CampaignId", "LeadId", "ContactId"),
    "CampaignMemberStatus": ("CampaignId",),
    "Task": ("WhoId", "WhatId"),
    "Event": ("WhoId", "WhatId"),
    "PermissionSetAssignment": ("PermissionSetId",),
    "FieldPermissions": ("ParentId", "Field"),
    "Booth_Visit__c": ("Lead__c", "Contact__c", "Account__c"),
}

Field = dict[str, Any]


@cache
def packaged(name: str) -> dict[str, Any]:
    """A JSON file of the package data, read once."""
    return json.loads((DATA / f"{name.lower()}.json").read_text())


def full_field(short: Field) -> Field:
    """A describe field with all 57 keys from the few that differ from the usual of its type."""
    defaults = packaged("field_defaults")
    whole = {**defaults["common"], **defaults["typed"].get(short["type"], {}), **short}
    whole["byteLength"] = short.get("byteLength", 3 * whole["length"])
    whole["picklistValues"] = [picklist_value(value) for value in whole["picklistValues"]]
    return whole


def picklist_value(value: Any) -> dict[str, Any]:
    """An option from its short form: `"Hot"` or `[value, label, active, default]`."""
    if isinstance(value, dict):
        return {"active": True, "defaultValue": False, "label": value.get("value"), "validFor": None, **value}
    if isinstance(value, str):
        value = [value, value, True, False]
    return {"active": value[2], "defaultValue": value[3], "label": value[1], "validFor": None, "value": value[0]}


def custom_field(name: str, label: str, kind: str, **more: Any) -> Field:
    """A custom field in short form; `name` gets its `__c`."""
    name = name if name.endswith("__c") else f"{name}__c"
    return {"name": name, "label": label, "type": kind, "custom": True, "permissionable": True, **more}


LONG = {"length": 32768, "extraTypeInfo": "plaintextarea", "filterable": False, "sortable": False}
WHOLE_NUMBER = {"precision": 18, "scale": 0}
RECOMMENDED = (
    custom_field("mobly_description", "Mobly Description", "textarea", **LONG),
    custom_field("mobly_other_phone_numbers", "Mobly Other Phone Numbers", "textarea", **LONG),
    custom_field("mobly_number_scans", "Mobly Number of Scans", "double", **WHOLE_NUMBER),
    custom_field("mobly_first_scanned_by", "Mobly First Scanned By", "string", length=255),
    custom_field("mobly_last_scanned_by", "Mobly Last Scanned By", "string", length=255),
    custom_field("mobly_last_scanned_event", "Mobly Last Scanned Event", "string", length=255),
    custom_field("mobly_all_events", "Mobly All Scanned Events", "textarea", **LONG),
    custom_field("mobly_most_recent_campaign", "Mobly Most Recent Campaign", "string", length=255),
    custom_field("mobly_all_campaigns", "Mobly All Campaigns", "textarea", **LONG),
    custom_field("mobly_lead_id", "Mobly Lead ID", "string", length=36, externalId=True, unique=True, idLookup=True),
)


@dataclass
class View:
    """One object as the connected user sees it: rights and hidden fields taken into account."""

    name: str
    head: dict[str, Any]
    fields: dict[str, Field]
    etag: str = ""
    modified: float = 0.0
    by_lower: dict[str, str] = field(default_factory=dict)
    relations: dict[str, Field] = field(default_factory=dict)
    blanks: dict[str, bool | None] = field(default_factory=dict)  # what a field shows that was never written

    def __post_init__(self) -> None:
        self.by_lower = {name.lower(): name for name in self.fields}
        self.blanks = {name: False if f["type"] == "boolean" else None for name, f in self.fields.items()}
        self.relations = {
            f["relationshipName"].lower(): f for f in self.fields.values() if f["relationshipName"] and f["referenceTo"]
        }

    @property
    def required(self) -> list[str]:
        return [
            f["name"]
            for f in self.fields.values()
            if f["createable"] and not f["nillable"] and not f["defaultedOnCreate"] and f["type"] != "boolean"
        ]

    def key_field(self, name: str) -> str | None:
        """The field's true name when it may serve as a key of an upsert."""
        known = self.by_lower.get(name.lower())
        return known if known and (self.fields[known]["externalId"] or self.fields[known]["idLookup"]) else None

    @property
    def last_modified(self) -> str:
        return formatdate(self.modified, usegmt=True)


class Schema:
    """All objects; a change is kept in the store. Views are rebuilt only when schema or switches changed."""

    def __init__(self, store: Store, faults: SalesforceFaults, clock: Callable[[], float]) -> None:
        self.store = store
        self.faults = faults
        self.clock = clock
        self._objects: dict[str, dict[str, Any]] = {}
        self._views: dict[str, View] = {}
        self._views_of: tuple[Any, ...] = ()

    def object(self, name: str) -> dict[str, Any]:
        """The object with its short fields. Raises KeyError with words when it does not exist."""
        if name not in OBJECTS:
            raise KeyError(f"object “{name}”")
        if name not in self._objects:
            self._objects[name] = self.store.fact(f"schema:{name}") or packaged(name)
        return self._objects[name]

    def forget(self) -> None:
        """Read everything anew, after the account was reset."""
        self._objects.clear()
        self._views.clear()

    def forget_views(self) -> None:
        """What the user may see has changed."""
        self._views.clear()

    def save(self, name: str, fields: list[Field]) -> None:
        """Replace an object's fields."""
        changed = {**{k: v for k, v in self.object(name).items() if k != "fields"}, "fields": fields}
        self.store.set_fact(f"schema:{name}", changed)
        self._objects[name] = changed
        self._views.pop(name, None)
        self.index_keys(name)

    def index_keys(self, name: str) -> None:
        """Every field that is matched by gets an index, so that a match among thousands costs no scan."""
        for key in EXTRA_KEYS.get(name, ()):
            if not self.store.indexed(name, key):
                self.store.index(name, key)
        for short in self.object(name)["fields"]:
            whole = full_field(short)
            if (whole["externalId"] or whole["idLookup"]) and not self.store.indexed(name, whole["name"]):
                self.store.index(name, whole["name"])

    def view(self, name: str) -> View | None:
        """The object as the user sees it (any case of its name), or None when unknown or hidden."""
        known = LOWER.get(name.lower())
        if known is None or known in self.faults.names("hidden_objects"):
            return None
        if self.faults.campaign_rights == "none" and known.startswith("Campaign"):
            return None
        switches = self.faults.schema_switches()
        if switches != self._views_of:
            self._views.clear()
            self._views_of = switches
        if known not in self._views:
            self._views[known] = self._built(known)
        return self._views[known]

    def children(self, name: str) -> list[dict[str, Any]]:
        """The fields of other objects that point to this one, as a describe tells them."""
        views = [view for view in (self.view(other) for other in OBJECTS) if view is not None]
        pointing = [(view, one) for view in views for one in view.fields.values() if name in one["referenceTo"]]
        return [
            {
                "cascadeDelete": one["cascadeDelete"],
                "childSObject": view.name,
                "deprecatedAndHidden": False,
                "field": one["name"],
                "junctionIdListNames": [],
                "junctionReferenceTo": [],
                "relationshipName": _children_named(view.head["labelPlural"], custom=one["custom"]),
                "restrictedDelete": one["restrictedDelete"],
            }
            for view, one in pointing
        ]

    def _built(self, name: str) -> View:
        closed, seen_only = access.limits(self.store)
        hidden = self.faults.names("hidden_fields") | closed
        read_only = self.faults.names("read_only_fields") | seen_only
        source = self.object(name)
        short = list(source["fields"])
        if self.faults.state_country_picklists and name in ADDRESSES:
            short += place_fields(name)
        fields = {}
        for item in short:
            if f"{name}.{item['name']}" in hidden:
                continue
            whole = full_field(item)
            if f"{name}.{item['name']}" in read_only:
                whole["createable"] = whole["updateable"] = False
            fields[whole["name"]] = whole
        head = {key: value for key, value in source.items() if key != "fields"}
        head["createable"] = head["createable"] and self.faults.may("create", name)
        head["updateable"] = head["updateable"] and self.faults.may("edit", name)
        etag = blake2b(json.dumps([head, fields], sort_keys=True).encode(), digest_size=4).hexdigest()
        return View(name, head, fields, f'"{etag}"', self._modified(name, etag))

    def _modified(self, name: str, etag: str) -> float:
        """When the object last looked different; whole seconds, so two changes never share one."""
        known, since = self.store.fact(f"seen:{name}", ["", 0.0])
        if known != etag:
            since = max(int(self.clock()), since + 1)
            self.store.set_fact(f"seen:{name}", [etag, since])
        return since


def _children_named(plural: str, *, custom: bool) -> str:
    return f"{plural.replace(' ', '_')}__r" if custom else plural.replace(" ", "")


LOWER = {name.lower(): name for name in OBJECTS}


def place_fields(name: str) -> list[Field]:
    """The code fields that state and country picklists bring along."""
    prefix = ADDRESSES[name]
    words = f"{prefix} " if prefix else ""
    places = packaged("places")
    countries = [[code, label, True, False] for code, label in places["countries"].items()]
    states = [[code, label, True, False] for codes in places["states"].values() for code, label in codes.items()]
    common = {"type": "picklist", "length": 10, "restrictedPicklist": True, "compoundFieldName": f"{prefix}Address"}
    return [
        {"name": f"{prefix}StateCode", "label": f"{words}State/Province Code", "picklistValues": states, **common},
        {"name": f"{prefix}CountryCode", "label": f"{words}Country Code", "picklistValues": countries, **common},
    ]


def patched_fields(fields: list[Field], change: dict[str, Any]) -> list[Field]:
    """Fields after `{"add": [field], "remove": [name], "rename": {old: new}, "picklist": {...}}`.

    `picklist` is `{"field", "add": [value], "remove": [value], "rename": {old: new}, "restricted": bool}`.
    Raises ValueError with a sentence.
    """
    unknown = set(change) - {"add", "remove", "rename", "picklist"}
    if unknown:
        raise ValueError(f"“{sorted(unknown)[0]}” is not a change. Changes are: add, remove, rename, picklist.")
    for key, kind in (("add", list), ("remove", list), ("rename", dict), ("picklist", dict)):
        if not isinstance(change.get(key, kind()), kind):
            raise ValueError(f"“{key}” is not of the right kind.")
    names = [f["name"] for f in fields]
    for name in [*change.get("remove", []), *change.get("rename", {})]:
        if name not in names:
            raise ValueError(f"There is no field “{name}”.")
    renamed = change.get("rename", {})
    after = [
        {**f, "name": renamed.get(f["name"], f["name"])} for f in fields if f["name"] not in change.get("remove", [])
    ]
    for new in change.get("add", []):
        if not isinstance(new, dict) or not isinstance(new.get("name"), str) or not new["name"]:
            raise ValueError("A new field needs a name.")
        if new.get("type", "string") not in packaged("field_defaults")["typed"]:
            raise ValueError(f"“{new['type']}” is not a type of field.")
        if new["name"] in names:
            raise ValueError(f"The field “{new['name']}” exists.")
        custom = new["name"].endswith("__c")
        after.append({"label": new["name"], "type": "string", "length": 255, "custom": custom, **new})
    if change.get("picklist"):
        after = [_with_options(f, change["picklist"]) if f["name"] == change["picklist"]["field"] else f for f in after]
    return after


def _with_options(short: Field, change: dict[str, Any]) -> Field:
    options = [picklist_value(value) for value in short.get("picklistValues", [])]
    renamed = change.get("rename", {})
    after = []
    for option in options:
        if option["value"] in renamed:
            new = renamed[option["value"]]
            after.append({**option, "value": new, "label": new})
        elif option["value"] not in change.get("remove", []):
            after.append(option)
    after += [picklist_value(value) for value in change.get("add", [])]
    restricted = change.get("restricted", short.get("restrictedPicklist", False))
    return {**short, "picklistValues": after, "restrictedPicklist": restricted}
