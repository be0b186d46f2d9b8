"""What the account says to a row beyond types: rules of objects, and the switches that make rows fail."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from . import access
from .calls import Call, Refused
from .schema import ADDRESSES, OBJECTS, packaged
from .values import moment, stamp

if TYPE_CHECKING:
    from .records import Org

Record = dict[str, Any]
PERSONS = ("Lead", "Contact")
ASSIGNED = ("Lead", "Account")
BLOCKED = "You're creating a duplicate record. We recommend you use an existing record instead."
ALERTED = "Use one of these records?"
TRIGGER = (
    "MoblyGuard: execution of BeforeInsert\n\ncaused by: System.NullPointerException: Attempt to de-reference a null "
    "object\n\nTrigger.MoblyGuard: line 7, column 1"
)
TRIGGER_LIMIT = "MoblyGuard: System.LimitException: Too many SOQL queries: 101"
FLOW = (
    "We can't save this record because the “Route New Leads” process failed. Give your Salesforce admin these "
    "details. <b>An error occurred when executing a flow interview.</b>"
)


def check_object(org: Org, name: str, record: Record, before: Record | None, changed: Record) -> None:
    """The object's own rules; may complete the record. Raises `Refused`."""
    if name == "CampaignMember":
        _member(org, record, before)
    elif name == "Event":
        _event(record)
    elif name in ("PermissionSet", *access.OBJECTS):
        if org.faults.may_not_customize:
            raise not_allowed()
        kind = record.get("SobjectType") or ""
        fields = org.schema.object(kind)["fields"] if kind in OBJECTS else []
        access.check(org.store, name, record, before, {f"{kind}.{field['name']}" for field in fields})
    elif name == "Task":
        who = record.get("WhoId") or ""
        if who.startswith("00Q") and record.get("WhatId"):
            raise Refused("FIELD_INTEGRITY_EXCEPTION", "Related To ID: cannot be set for a lead", ["WhatId"])
    if name in ADDRESSES and org.faults.state_country_picklists:
        _place(name, record, before, changed)


def assign(org: Org, name: str, record: Record, call: Call) -> None:
    """The assignment rule gives a new Lead or Account to its user, whoever was named, unless the call says not to."""
    owner = org.faults.assignment_rule
    if not owner or name not in ASSIGNED or call.header("Sforce-Auto-Assign").upper() == "FALSE":
        return
    user = next((user for user in org.store.all("User") if owner in (user.get("Username"), user.get("Email"))), None)
    if user is not None:
        record["OwnerId"] = user["Id"]


def not_allowed() -> Refused:
    """What a user without the rights of an administrator hears."""
    message = "insufficient access rights on cross-reference id"
    return Refused("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", message, [])


def check_switches(org: Org, name: str, record: Record, before: Record | None, call: Call, rows: int) -> None:
    """Everything the fault panel can make a row fail by. Raises `Refused`."""
    faults = org.faults
    if _takes(org, "row_lock"):
        raise lock_refused(record.get("Id") or record.get("AccountId") or org.user["Id"])
    locked = faults.names("in_approval")
    if before is not None and locked and (before["Id"] in locked or before.get("Email") in locked):
        raise Refused("ENTITY_IS_LOCKED", "entity is locked for editing", [])
    if before is None and faults.storage_full:
        raise Refused("STORAGE_LIMIT_EXCEEDED", "storage limit exceeded", [])
    if name in PERSONS:
        _validation_rule(org, record)
        if before is None:
            _duplicate_rule(org, name, record, call)
    if faults.trigger_rows and rows > faults.trigger_rows:
        raise Refused("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", TRIGGER_LIMIT, [])
    if _takes(org, "trigger_failure"):
        raise Refused("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", TRIGGER, [])
    if _takes(org, "flow_failure"):
        raise Refused("CANNOT_EXECUTE_FLOW_TRIGGER", FLOW, [])


def lock_refused(record_id: str) -> Refused:
    message = f"unable to obtain exclusive access to this record or 1 records: {record_id}"
    return Refused("UNABLE_TO_LOCK_ROW", message, [])


def _takes(org: Org, switch: str) -> bool:
    if not org.faults.take(switch):
        return False
    org.store.set_fact("faults", org.faults.as_dict())
    return True


def _validation_rule(org: Org, record: Record) -> None:
    faults = org.faults
    if not faults.validation_rule:
        return
    name = faults.validation_rule_field
    if name:
        value = record.get(name)
        if value is None or re.search(faults.validation_rule_pattern, str(value)):
            return
    raise Refused("FIELD_CUSTOM_VALIDATION_EXCEPTION", faults.validation_rule, [name] if name else [])


def _duplicate_rule(org: Org, name: str, record: Record, call: Call) -> None:
    rule, email = org.faults.duplicate_rule, record.get("Email")
    if not rule or not email:
        return
    if rule == "alert" and call.option("Sforce-Duplicate-Rule-Header", "allowSave").lower() == "true":
        return
    found = [
        other
        for kind in PERSONS
        for other in org.store.find(kind, "Email", email)
        if not other.get("IsDeleted") and not other.get("IsConverted")
    ]
    if not found:
        return
    message = BLOCKED if rule == "block" else ALERTED
    more = {"duplicateResut": duplicate_result(org, name, found, rule == "alert", message, call)}
    raise Refused("DUPLICATES_DETECTED", message, None, more=more)


def duplicate_result(
    org: Org, name: str, found: list[Record], allow_save: bool, message: str, call: Call
) -> dict[str, Any]:
    """The details beside DUPLICATES_DETECTED, one match result per object."""
    results = []
    for kind in PERSONS:
        records = [record for record in found if org.object_of(record["Id"]) == kind]
        if not records:
            continue
        matches = []
        for record in records:
            attributes = {"type": kind, "url": f"{call.base}/sobjects/{kind}/{record['Id']}"}
            matches.append(
                {
                    "additionalInformation": [],
                    "fieldDiffs": [],
                    "matchConfidence": 100.0,
                    "record": {"attributes": attributes, "Id": record["Id"]},
                }
            )
        results.append(
            {
                "entityType": kind,
                "errors": [],
                "matchEngine": "ExactMatchEngine",
                "matchRecords": matches,
                "rule": f"{kind}_MR",
                "size": len(matches),
                "success": True,
            }
        )
    return {
        "allowSave": allow_save,
        "duplicateRule": f"{name}s_DR",
        "duplicateRuleEntityType": name,
        "errorMessage": message,
        "matchResults": results,
    }


def _member(org: Org, record: Record, before: Record | None) -> None:
    if before is None:
        if record.get("LeadId") and record.get("ContactId"):
            record["LeadId"] = None
        if not record.get("LeadId") and not record.get("ContactId"):
            raise Refused(
                "REQUIRED_FIELD_MISSING", "Required fields are missing: [LeadOrContactId]", ["LeadOrContactId"]
            )
        lead = org.find(record.get("LeadId"))
        if lead is not None and lead.get("IsConverted"):
            raise converted_refused()
        person = record.get("ContactId") or record.get("LeadId")
        pair = f"{record['CampaignId']}:{person}"
        if any(not other.get("IsDeleted") for other in org.store.find("CampaignMember", "pair", pair)):
            raise Refused("DUPLICATE_VALUE", "Already a campaign member.", [])
    statuses = org.store.find("CampaignMemberStatus", "CampaignId", record["CampaignId"])
    wanted = (record.get("Status") or "").casefold()
    status = next((s for s in statuses if s["Label"].casefold() == wanted), None)
    if status is None:
        # An unknown status is not refused: the campaign's default silently takes its place.
        status = next((s for s in statuses if s["IsDefault"]), None)
    if status is not None:
        record["Status"] = status["Label"]
        record["HasResponded"] = status["HasResponded"]
        if status["HasResponded"] and not record.get("FirstRespondedDate"):
            record["FirstRespondedDate"] = stamp(org.clock())[:10]


def converted_refused() -> Refused:
    return Refused("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", [])


def _event(record: Record) -> None:
    start = record.get("StartDateTime") or record.get("ActivityDateTime")
    missing = []
    if start is None and not record.get("ActivityDate"):
        missing.append("StartDateTime")
    if record.get("EndDateTime") is None and record.get("DurationInMinutes") is None:
        missing.append("EndDateTime" if not missing else "DurationInMinutes")
    if missing:
        raise Refused("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(missing)}]", missing)
    if start is None:
        return
    record["StartDateTime"] = record["ActivityDateTime"] = start
    record["ActivityDate"] = start[:10]
    if record.get("EndDateTime") is not None:
        minutes = (moment(record["EndDateTime"]) - moment(start)).total_seconds() / 60
        if minutes < 0:
            raise Refused("FIELD_INTEGRITY_EXCEPTION", "End Date Time: cannot be before the start", ["EndDateTime"])
        record["DurationInMinutes"] = int(minutes)
    else:
        record["EndDateTime"] = stamp(moment(start).timestamp() + 60 * record["DurationInMinutes"])


def _place(name: str, record: Record, before: Record | None, changed: Record) -> None:
    """State and country texts must match the lists; on create the code wins, on update both must agree."""
    prefix = ADDRESSES[name]
    places = packaged("places")
    country = _matched(record, before, changed, f"{prefix}Country", places["countries"], "country")
    states = places["states"].get(country, {})
    if not country and (record.get(f"{prefix}State") or record.get(f"{prefix}StateCode")):
        message = f"A country/territory must be specified before specifying a state value for field: {prefix}State"
        raise Refused("FIELD_INTEGRITY_EXCEPTION", message, [f"{prefix}State"])
    _matched(record, before, changed, f"{prefix}State", states, "state")


def _matched(
    record: Record, before: Record | None, changed: Record, field: str, places: dict[str, str], kind: str
) -> str | None:
    code_field = f"{field}Code"
    if field not in changed and code_field not in changed:
        return record.get(code_field)
    code, text = changed.get(code_field), changed.get(field)
    if not code and not text:
        record[field] = record[code_field] = None
        return None
    by_text = {label.casefold(): key for key, label in places.items()} | {key.casefold(): key for key in places}
    of_text = by_text.get(str(text).casefold()) if text else None
    found = code if code in places else (None if code else of_text)
    disagree = before is not None and code and text and of_text != code
    if found is None or disagree:
        lists = {"country": "country/territory", "state": "state/province"}[kind]
        plural = {"country": "countries", "state": "states"}[kind]
        message = (
            f"There's a problem with this {kind}, even though it may appear correct. "
            f"Please select a {lists} from the list of valid {plural}.: {field}"
        )
        raise Refused("FIELD_INTEGRITY_EXCEPTION", message, [field if not code or disagree else code_field])
    record[field], record[code_field] = places[found], found
    return found
