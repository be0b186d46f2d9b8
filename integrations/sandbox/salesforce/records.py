"""The account: reading and writing one record at a time, with everything Salesforce checks on the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..store import Store
from . import access, rules
from .calls import Call, Refused, missing
from .computed import COMPUTED
from .faults import SalesforceFaults
from .ids import make_id, normal_id
from .schema import OBJECTS, Schema, View
from .values import stamp, stored

Record = dict[str, Any]
NO_ACCESS = "insufficient access rights on object id"


class Org:
    """One Salesforce account. Writes raise `Refused`; the caller turns it into a row or an answer."""

    def __init__(self, store: Store, faults: SalesforceFaults, clock: Callable[[], float]) -> None:
        self.store = store
        self.faults = faults
        self.clock = clock
        self.schema = Schema(store, faults, clock)
        self.cursors: dict[str, tuple[list[Record], int]] = {}
        self.prefixes = {self.schema.object(name)["keyPrefix"]: name for name in OBJECTS}

    def index(self) -> None:
        for name in OBJECTS:
            self.schema.index_keys(name)
        self.store.index("CampaignMember", "pair", _pairs)

    @property
    def user(self) -> Record:
        """The one user of the account."""
        return self.store.all("User")[0]

    @property
    def organization(self) -> Record:
        return self.store.all("Organization")[0]

    # Reading

    def object_of(self, record_id: str) -> str | None:
        return self.prefixes.get(record_id[:3])

    def find(self, record_id: str | None) -> Record | None:
        """The record with this id, of whatever object, deleted or not."""
        kind = self.object_of(record_id) if record_id else None
        return self.store.get(kind, record_id) if kind and record_id else None

    def value(self, record: Record, name: str) -> Any:
        """One field of a record as the API shows it."""
        kind = self.object_of(record["Id"]) or ""
        compute = COMPUTED.get(kind, {}).get(name)
        if compute is not None:
            return compute(self, record)
        value = record.get(name)
        if value is None and name.startswith(("Is", "Has")):
            view = self.schema.view(kind)
            if view is not None and name in view.fields and view.fields[name]["type"] == "boolean":
                return False
        return value

    def view(self, name: str) -> View:
        """The object as the user sees it. Raises `Refused` (404)."""
        view = self.schema.view(name)
        if view is None:
            raise missing()
        return view

    def shown(self, view: View, record: Record, base: str, names: list[str] | None = None) -> Record:
        """A record with all fields of the user's, or the named ones."""
        attributes = {"type": view.name, "url": f"{base}/sobjects/{view.name}/{record['Id']}"}
        row: Record = {"attributes": attributes}
        computed = COMPUTED.get(view.name, {})
        for name in names if names is not None else view.fields:
            compute = computed.get(name)
            row[name] = compute(self, record) if compute else record.get(name, view.blanks[name])
        return row

    def existing(self, view: View, record_id: str) -> Record:
        """The live record. Raises `Refused`: unknown 404 NOT_FOUND, deleted 404 ENTITY_IS_DELETED."""
        record = self.store.get(view.name, normal_id(record_id) or "")
        if record is None:
            raise missing()
        if record.get("IsDeleted"):
            raise Refused("ENTITY_IS_DELETED", "entity is deleted", [], status=404)
        return record

    def by_key(self, view: View, field: str, value: Any) -> list[Record]:
        """Live records whose key field has the value."""
        if value in (None, ""):
            return []
        if field == "Id":
            record = self.store.get(view.name, normal_id(value) or "")
            found = [record] if record is not None else []
        else:
            found = self.store.find(view.name, field, str(value).strip())
        return [record for record in found if not record.get("IsDeleted")]

    # Writing

    def create(self, view: View, values: Record, call: Call, rows: int = 1) -> str:
        """Check and keep a new record; returns its id."""
        if not view.head["createable"]:
            raise Refused("INSUFFICIENT_ACCESS_OR_READONLY", NO_ACCESS, [], status=403)
        changed = self._changed(view, values, "createable")
        lacking = [name for name in view.required if changed.get(name) is None]
        if lacking:
            raise Refused("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(lacking)}]", lacking)
        record = {name: value for name, value in changed.items() if value is not None}
        self._complete(view, record)
        rules.assign(self, view.name, record, call)
        self._check(view, record, None, changed, call, rows)
        record = {"Id": make_id(view.head["keyPrefix"], self.store.next_number(f"id:{view.name}")), **record}
        self.store.put(view.name, record["Id"], self._stamped(record, None))
        if view.name == "Campaign":
            self.add_statuses(record["Id"], [("Sent", True, False), ("Responded", False, True)])
        self._access_changed(view)
        return record["Id"]

    def update(self, view: View, before: Record, values: Record, call: Call, rows: int = 1) -> None:
        """Check and keep changes of a live record."""
        if not view.head["updateable"]:
            raise Refused("INSUFFICIENT_ACCESS_OR_READONLY", NO_ACCESS, [], status=403)
        if before.get("IsConverted"):
            raise rules.converted_refused()
        changed = self._changed(view, values, "updateable")
        emptied = [name for name, value in changed.items() if value is None and not view.fields[name]["nillable"]]
        if emptied:
            raise Refused("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(emptied)}]", emptied)
        record = {**before, **changed}
        self._check(view, record, before, changed, call, rows)
        self.store.put(view.name, before["Id"], self._stamped(record, before))
        self._access_changed(view)

    def _access_changed(self, view: View) -> None:
        if view.name in access.OBJECTS:
            self.schema.forget_views()

    def delete(self, view: View, record: Record) -> None:
        """Into the bin, with the memberships that hang on it."""
        if not view.head["deletable"] or not view.head["updateable"]:
            raise Refused("INSUFFICIENT_ACCESS_OR_READONLY", NO_ACCESS, [], status=403)
        self.store.put(view.name, record["Id"], self._stamped({**record, "IsDeleted": True}, record))
        self._access_changed(view)
        if view.name in ("Lead", "Contact", "Account"):
            # A lookup does not outlive its record.
            for child in self.store.find("Booth_Visit__c", f"{view.name}__c", record["Id"]):
                self.store.put("Booth_Visit__c", child["Id"], self._stamped({**child, f"{view.name}__c": None}, child))
        key = {"Campaign": "CampaignId", "Lead": "LeadId", "Contact": "ContactId"}.get(view.name)
        for member in self.store.find("CampaignMember", key, record["Id"]) if key else ():
            if not member.get("IsDeleted"):
                self.store.put("CampaignMember", member["Id"], self._stamped({**member, "IsDeleted": True}, member))

    def upsert(self, view: View, field: str, values: Record, call: Call, rows: int = 1) -> tuple[str, bool]:
        """Write by a key field found in `values`; returns id and whether it was created."""
        lowered = {name.lower(): name for name in values}
        key = lowered.get(field.lower())
        value = values.get(key) if key else None
        found = self.by_key(view, field, value)
        if field == "Id":
            rest = {name: v for name, v in values.items() if name.lower() != "id"}
            if value in (None, ""):
                return self.create(view, rest, call, rows), True
            if normal_id(value) is None:
                raise Refused(
                    "MALFORMED_ID", f"{view.fields['Id']['label']}: id value of incorrect type: {value}", ["Id"]
                )
            if not found:
                raise self.stale(view, value)
            self.update(view, found[0], rest, call, rows)
            return found[0]["Id"], False
        if value in (None, ""):
            raise Refused("MISSING_ARGUMENT", f"{field} not specified", [])
        if len(found) > 1:
            ids = ", ".join(record["Id"] for record in found)
            raise Refused(
                "DUPLICATE_EXTERNAL_ID", f"{field}: more than one record found for external id field: [{ids}]", []
            )
        if found:
            self.update(view, found[0], values, call, rows)
            return found[0]["Id"], False
        return self.create(view, values, call, rows), True

    def stale(self, view: View, record_id: str) -> Refused:
        """A row's id that leads nowhere: deleted, or never there."""
        record = self.store.get(view.name, normal_id(record_id) or "")
        if record is not None and record.get("IsDeleted"):
            return Refused("ENTITY_IS_DELETED", "entity is deleted", [])
        return Refused("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [])

    def add_statuses(self, campaign_id: str, statuses: list[tuple[str, bool, bool]]) -> None:
        """Member statuses of a campaign: (label, default, responded)."""
        prefix = self.schema.object("CampaignMemberStatus")["keyPrefix"]
        for order, (label, default, responded) in enumerate(statuses, start=1):
            status_id = make_id(prefix, self.store.next_number("id:CampaignMemberStatus"))
            row = {"Id": status_id, "CampaignId": campaign_id, "Label": label, "SortOrder": order}
            row |= {"IsDefault": default, "HasResponded": responded}
            self.store.put("CampaignMemberStatus", status_id, self._stamped(row, None))

    # Steps of a write

    def _changed(self, view: View, values: Record, right: str) -> Record:
        """The sent values by true field name, as kept. Raises `Refused`."""
        changed, refused = {}, []
        for sent, value in values.items():
            if sent == "attributes":
                continue
            name = view.by_lower.get(sent.lower())
            if name is None:
                raise Refused("INVALID_FIELD", f"No such column '{sent}' on sobject of type {view.name}")
            if not view.fields[name][right]:
                refused.append(name)
            else:
                changed[name] = value
        if refused:
            message = (
                f"Unable to create/update fields: {', '.join(refused)}. Please check the security settings of this "
                "field and verify that it is read/write for your profile or permission set."
            )
            raise Refused("INVALID_FIELD_FOR_INSERT_UPDATE", message, refused)
        return {name: stored(view.fields[name], value) for name, value in changed.items()}

    def _complete(self, view: View, record: Record) -> None:
        """Values the account gives by itself on create."""
        for name, field in view.fields.items():
            if name in record or not (field["createable"] or field["type"] == "boolean"):
                continue
            if field["type"] == "boolean":
                record[name] = bool(field["defaultValue"])
            elif field["defaultedOnCreate"] and field["picklistValues"] and view.name != "CampaignMember":
                default = next((o["value"] for o in field["picklistValues"] if o["defaultValue"]), None)
                if default is not None:
                    record[name] = default
        if "OwnerId" in view.fields and "OwnerId" not in record:
            record["OwnerId"] = self.user["Id"]

    def _check(self, view: View, record: Record, before: Record | None, changed: Record, call: Call, rows: int) -> None:
        for name, value in changed.items():
            field = view.fields[name]
            if value is None:
                continue
            if field["type"] == "reference":
                self._check_reference(view, name, value)
            if field["unique"]:
                self._check_unique(view, name, value, before)
        rules.check_object(self, view.name, record, before, changed)
        rules.check_switches(self, view.name, record, before, call, rows)

    def _check_reference(self, view: View, name: str, value: str) -> None:
        field = view.fields[name]
        kind = self.object_of(value)
        if kind == "Campaign" and self.schema.view("Campaign") is None:
            message = f"insufficient access rights on cross-reference id: {value}"
            raise Refused("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", message, [])
        known = self.find(value)
        if kind is not None and kind not in field["referenceTo"]:
            message = f"{field['label']}: id value of incorrect type: {value}"
            raise Refused("FIELD_INTEGRITY_EXCEPTION", message, [name])
        if known is None or known.get("IsDeleted"):
            raise Refused("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [])

    def _check_unique(self, view: View, name: str, value: Any, before: Record | None) -> None:
        for other in self.by_key(view, name, value):
            if before is None or other["Id"] != before["Id"]:
                message = f"duplicate value found: {name} duplicates value on record with id: {other['Id']}"
                raise Refused("DUPLICATE_VALUE", message, [])

    def _stamped(self, record: Record, before: Record | None) -> Record:
        now, user = stamp(self.clock()), self.store.fact("user_id")
        if before is None:
            record = {**record, "CreatedDate": now, "CreatedById": user}
        return {**record, "LastModifiedDate": now, "LastModifiedById": user, "SystemModstamp": now}


def _pairs(member: Record) -> list[str]:
    people = [member.get("LeadId"), member.get("ContactId")]
    return [f"{member['CampaignId']}:{person}" for person in people if person]
