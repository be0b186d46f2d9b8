"""What stands in a fresh organisation, and what only a person in the CRM would do: convert, merge, delete, seed."""

from __future__ import annotations

from typing import Any

from ..store import Record
from .calls import Answer, Call
from .fields import MODULES, Field, option_pairs
from .membership import PEOPLE
from .org import MEMBERS, Org
from .reads import shown
from .refusals import Refused, in_state
from .writes import need, success

CAMPAIGNS = (
    ("Automate Summit 2026", "Trade Show", "Active", "2026-11-17", "2026-11-21"),
    ("Robotics Week Berlin", "Conference", "Planning", "2027-03-08", "2027-03-12"),
    ("Hannover 2024", "Trade Show", "Complete", "2024-04-22", "2024-04-26"),
)
MOVED = {
    "Salutation": "Salutation", "First_Name": "First_Name", "Last_Name": "Last_Name", "Email": "Email",
    "Secondary_Email": "Secondary_Email", "Phone": "Phone", "Mobile": "Mobile", "Fax": "Fax", "Designation": "Title",
    "Lead_Source": "Lead_Source", "Description": "Description", "Street": "Mailing_Street", "City": "Mailing_City",
    "State": "Mailing_State", "Zip_Code": "Mailing_Zip", "Country": "Mailing_Country", "Owner": "Owner", "Tag": "Tag",
    "Skype_ID": "Skype_ID", "Twitter": "Twitter", "Email_Opt_Out": "Email_Opt_Out",
}  # fmt: skip


def seed(org: Org) -> None:
    """Three campaigns, the last one over. No leads."""
    for name, kind, status, start, end in CAMPAIGNS:
        values = {"Campaign_Name": name, "Type": kind, "Status": status, "Start_Date": start, "End_Date": end}
        _made(org, "Campaigns", values)


def _made(org: Org, module: str, values: Record) -> Record:
    now, by = org.now(), {"id": org.user()["id"]}
    stamps = {"Created_Time": now, "Modified_Time": now, "Created_By": by, "Modified_By": by}
    record = {"id": org.new_id(), "$org": org.place.key, "Owner": by, **stamps, **values}
    org.store.put(module, record["id"], record)
    return record


def seed_record(org: Org, module: str, values: Record) -> Record:
    """Put a record there as if it had been for long: rules aside, unknown fields refused.

    Raises KeyError for an unknown module, ValueError with a sentence.
    """
    values = {name: value for name, value in values.items() if name != "$org"}
    if module == MEMBERS:
        return _seed_member(org, values)
    if module not in MODULES:
        raise KeyError(f"object “{module}”")
    unknown = [name for name in values if name not in org.fields(module) and name != "id"]
    if unknown:
        raise ValueError(f"{module} has no field “{unknown[0]}”.")
    parent = values.get("Parent_Id")
    if isinstance(parent, dict) and isinstance(parent.get("module"), dict):
        values["Parent_Id"] = {"id": str(parent.get("id")), "module": parent["module"].get("api_name")}
    return shown(org, module, _made(org, module, values), list(org.fields(module)))


def _seed_member(org: Org, values: Record) -> Record:
    campaign, person = str(values.get("campaign", "")), str(values.get("person", ""))
    kind = org.where(person)
    if org.get("Campaigns", campaign) is None or kind not in PEOPLE:
        raise ValueError("“campaign” and “person” are ids of a campaign and of a lead or contact.")
    row: Record = {
        "id": f"{campaign}-{person}",
        "$org": org.place.key,
        "campaign": campaign,
        "module": kind,
        "person": person,
    }
    row |= {"status": values.get("status"), "when": org.now()}
    org.store.put(MEMBERS, row["id"], row)
    return row


def convert(org: Org, lead_id: str) -> dict[str, str]:
    """Make contact and account of a lead, as a sales person would; campaigns and notes go along.

    Raises ValueError with a sentence when there is no such lead or it is converted already.
    """
    lead = org.get("Leads", lead_id)
    if lead is None:
        raise ValueError(f"There is no lead {lead_id}.")
    if lead.get("$converted"):
        raise ValueError(f"The lead {lead_id} is converted already.")
    account = _account_of(org, lead)
    known = org.fields("Contacts")
    values = {target: lead[name] for name, target in MOVED.items() if lead.get(name) is not None and target in known}
    custom = {name for name, field in org.fields("Leads").items() if field.get("custom_field")}
    values |= {name: lead[name] for name in custom if lead.get(name) is not None and name in known}
    if account:
        values["Account_Name"] = {"id": account["id"]}
    contact = _made(org, "Contacts", values)
    detail = {"contact": contact["id"], "account": account["id"] if account else None}
    detail |= {"convert_date": org.now()[:10], "converted_by": org.user()["id"], "deal": None}
    gone = {"$converted": True, "$converted_detail": detail, "Converted_Contact": {"id": contact["id"]}}
    gone |= {"Converted_Date_Time": org.now(), "Modified_Time": org.now()}
    if account:
        gone["Converted_Account"] = {"id": account["id"]}
    org.put("Leads", {**lead, **gone})
    _move(org, lead["id"], "Contacts", contact["id"])
    return {"lead": lead["id"], "contact": contact["id"], "account": account["id"] if account else ""}


def _account_of(org: Org, lead: Record) -> Record | None:
    """The account of the lead's company, found by its name or new."""
    name = lead.get("Company")
    if not name:
        return None
    found = org.find("Accounts", "Account_Name", name)
    if found:
        return found[0]
    same = {key: lead[key] for key in ("Phone", "Website", "Industry") if lead.get(key)}
    return _made(org, "Accounts", {"Account_Name": name, **same})


def _move(org: Org, old: str, module: str, new: str) -> None:
    """Memberships and notes follow a person to another record; a membership it has already stays as it is."""
    for member in org.store.find(MEMBERS, "person", old):
        org.store.remove(MEMBERS, member["id"])
        moved = {**member, "id": f"{member['campaign']}-{new}", "module": module, "person": new}
        if org.store.get(MEMBERS, moved["id"]) is None:
            org.store.put(MEMBERS, moved["id"], moved)
    for note in org.store.find("Notes", "parent", old):
        org.store.put("Notes", note["id"], {**note, "Parent_Id": {"id": new, "module": module}})


def merge(org: Org, module: str, keep: str, lose: str) -> dict[str, str]:
    """The losing record goes, its memberships and notes follow; its id leads nowhere. Raises ValueError."""
    kept, lost = org.get(module, keep), org.get(module, lose)
    if kept is None or lost is None or keep == lose:
        raise ValueError(f"{keep} and {lose} are not two records of {module} in one organization.")
    _move(org, lose, module, keep)
    blank = {name: value for name, value in lost.items() if kept.get(name) is None and not name.startswith("Converted")}
    org.put(module, {**blank, **kept, "Modified_Time": org.now()})
    org.remove(module, lose)
    return {"kept": keep, "lost": lose}


def delete(org: Org, module: str, record_id: str) -> dict[str, str]:
    """Raises ValueError with a sentence when there is no such record."""
    if org.get(module, record_id) is None:
        raise ValueError(f"{module} has no record {record_id}.")
    org.remove(module, record_id)
    return {"deleted": record_id}


def convert_call(org: Org, call: Call, lead_id: str) -> Answer:
    """POST /Leads/{id}/actions/convert."""
    need(org, "Leads", "convert")
    lead = org.by_path("Leads", lead_id)
    if lead.get("$converted"):
        raise Refused("ID_ALREADY_CONVERTED", "id already converted", {"id": lead_id})
    try:
        made = convert(org, lead_id)
    except ValueError as error:
        raise in_state("CANNOT_PROCESS") from error
    account = org.get("Accounts", made["account"])
    contact = org.get("Contacts", made["contact"]) or {}
    details: dict[str, Any] = {"Contacts": {"name": org.named(contact, "Contacts"), "id": made["contact"]}}
    details["Accounts"] = {"name": account["Account_Name"], "id": account["id"]} if account else None
    details["Deals"] = None
    return Answer(200, {"data": [success("The record has been converted successfully", details)]})


# The schema


def patch_schema(org: Org, module: str, change: dict[str, Any]) -> list[Field]:
    """Apply `{"add", "rename", "remove", "picklist"}` to the definitions; returns them.

    Raises KeyError for an unknown module, ValueError with a sentence.
    """
    if module not in MODULES:
        raise KeyError(f"object “{module}”")
    fields = {name: dict(field) for name, field in org.fields(module).items()}
    renamed = _dict(change, "rename")
    for name in [*change.get("remove", []), *renamed]:
        if name not in fields:
            raise ValueError(f"{module} has no field “{name}”.")
    for name in change.get("remove", []):
        del fields[name]
    rows = [{**field, "api_name": renamed.get(name, name)} for name, field in fields.items()]
    picklist = _dict(change, "picklist")
    if picklist:
        _patch_options(module, {row["api_name"]: row for row in rows}, picklist)
    if change:
        org.save(module, rows)
        for old, new in renamed.items():
            _rename_values(org, module, old, new)
    for row in change.get("add", []):
        _add(org, module, row)
    return list(org.fields(module).values())


def _dict(change: dict[str, Any], name: str) -> dict[str, Any]:
    value = change.get(name) or {}
    if not isinstance(value, dict):
        raise ValueError(f"“{name}” is an object.")
    return value


def _add(org: Org, module: str, row: Any) -> None:
    if not isinstance(row, dict) or not row.get("api_name"):
        raise ValueError("A field to add is an object with at least “api_name”.")
    name = row["api_name"]
    if name in org.fields(module):
        raise ValueError(f"{module} has a field “{name}” already.")
    data_type = row.get("data_type", "text")
    full = {"field_label": name.replace("_", " "), "custom_field": True, **row, "data_type": data_type}
    org.define(module, {**full, "options": option_pairs(row.get("options", []), data_type)})


def _patch_options(module: str, fields: dict[str, Field], change: dict[str, Any]) -> None:
    field = fields.get(change.get("field", ""))
    if field is None or field["data_type"] not in ("picklist", "multiselectpicklist"):
        raise ValueError(f"{module} has no picklist “{change.get('field')}”.")
    gone, renamed = set(change.get("remove", [])), change.get("rename", {})
    options = [[renamed.get(actual, display), actual] for display, actual in field["options"] if actual not in gone]
    field["options"] = options + [[value, value] for value in change.get("add", [])]


def _rename_values(org: Org, module: str, old: str, new: str) -> None:
    for record in org.all(module):
        if old in record:
            org.store.put(module, record["id"], {new if key == old else key: v for key, v in record.items()})
