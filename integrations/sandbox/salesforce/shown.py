"""Records for people: a line of a list, a page with all values and what hangs on the record."""

from __future__ import annotations

from typing import Any

from ..control import PREFIX
from .ids import normal_id
from .records import Org

Record = dict[str, Any]
DETAILS = ("Company", "CompanyOrAccount", "Email", "Status", "Website", "ActivityDate", "Interest__c")
CHILDREN = (
    ("CampaignMember", "LeadId"),
    ("CampaignMember", "ContactId"),
    ("CampaignMember", "CampaignId"),
    ("Task", "WhoId"),
    ("Event", "WhoId"),
    ("Contact", "AccountId"),
    ("Booth_Visit__c", "Lead__c"),
    ("Booth_Visit__c", "Contact__c"),
    ("Booth_Visit__c", "Account__c"),
)
PARENTS = {
    "AccountId": "Account",
    "CampaignId": "Campaign",
    "LeadId": "Lead",
    "ContactId": "Contact",
    "WhoId": "Name",
    "Lead__c": "Lead",
    "Contact__c": "Contact",
    "Account__c": "Account",
    "ConvertedContactId": "Converted to",
    "ConvertedAccountId": "Converted to",
    "MasterRecordId": "Merged into",
}
SHOWN_CHILDREN = 100
MERGED = ("Lead", "Contact", "Account")


def list_row(record: Record) -> dict[str, str]:
    """`{"id", "title", "detail", "when"}` of a record as the API shows it."""
    details = [str(record[name]) for name in DETAILS if record.get(name)]
    return {
        "id": record["Id"],
        "title": str(record.get("Name") or record.get("Subject") or record["Id"]),
        "detail": " · ".join(details),
        "when": str(record.get("CreatedDate") or "")[:19].replace("T", " "),
    }


def record_page(org: Org, object_name: str, record_id: str) -> Record | None:
    """One record with all values; None when it is not there or hidden from the user."""
    view = org.schema.view(object_name)
    record = org.find(normal_id(record_id))
    if view is None or record is None or org.object_of(record_id) != view.name:
        return None
    row = org.shown(view, record, "")
    fields = [
        {"label": field["label"], "name": field["name"], "value": words(row[field["name"]])}
        for field in view.fields.values()
        if field["type"] not in ("address", "location")
    ]
    kind = view.head["label"] + (" (deleted)" if record.get("IsDeleted") else "")
    title = list_row(row)["title"]
    hanging = {"related": related(org, record), "deeds": deeds(view.name, record)}
    return {"title": title, "kind": kind, "id": record["Id"], "fields": fields, **hanging}


def deeds(object_name: str, record: Record) -> list[str]:
    """What the page of the record offers; nothing for one in the bin."""
    if record.get("IsDeleted"):
        return []
    found = ["convert"] if object_name == "Lead" and not record.get("IsConverted") else []
    return [*found, "merge", "delete"] if object_name in MERGED else [*found, "delete"]


def words(value: Any) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return "" if value is None else str(value)


def related(org: Org, record: Record) -> list[dict[str, str]]:
    """Memberships, tasks and contacts of the record, then the records it points to."""
    found = []
    for name, key in CHILDREN:
        for child in org.store.find(name, key, record["Id"])[:SHOWN_CHILDREN]:
            if not child.get("IsDeleted"):
                campaign = org.find(child.get("CampaignId")) if key in ("LeadId", "ContactId") else None
                kind = org.schema.object(name)["label"]
                found.append(_line(org, kind, child, named=campaign or child))
    for key, kind in PARENTS.items():
        parent = org.find(record.get(key))
        if parent is not None:
            found.append(_line(org, kind, parent, named=parent))
    return found


def _line(org: Org, kind: str, record: Record, *, named: Record) -> dict[str, str]:
    title = str(org.value(named, "Name") or named.get("Subject") or named["Id"])
    url = f"{PREFIX}/objects/{org.object_of(record['Id'])}/{record['Id']}"
    return {"kind": kind, "record": title, "state": str(record.get("Status") or ""), "url": url}


def holds(record: Record, text: str) -> bool:
    """Whether every word of the search is in some value of the record."""
    values = " ".join(str(v) for k, v in record.items() if v not in (None, False) and k != "attributes").casefold()
    return all(word in values for word in text.casefold().split())
