"""The organisations as people see them on the pages of the sandbox."""

from __future__ import annotations

from typing import Any

from ..control import PREFIX
from ..store import Record
from .fields import MODULES
from .org import MEMBERS, Org
from .places import PLACES
from .reads import shown
from .settings import SINGULAR

SHOWN = 100
MERGED = ("Leads", "Contacts", "Accounts")
DETAILS = ("Company", "Email", "Website", "Status")


def member_row(org: Org, member: Record) -> Record:
    """A membership as the control API tells it."""
    person = org.get(member["module"], member["person"]) or {}
    campaign = org.get("Campaigns", member["campaign"]) or {}
    return {
        "id": member["id"],
        "campaign": member["campaign"],
        "campaign_name": campaign.get("Campaign_Name"),
        "module": member["module"],
        "person": member["person"],
        "name": org.named(person, member["module"]),
        "email": person.get("Email"),
        "status": member["status"],
        "when": member["when"],
        "org": org.place.key,
    }


def row(org: Org, module: str, record: Record) -> Record:
    """A record as the API shows it, with the organisation it is in."""
    if module == MEMBERS:
        return member_row(org, record)
    return {**shown(org, module, record, list(org.fields(module))), "$org": org.place.key}


def holds(record: Record, text: str) -> bool:
    """Whether every word of the search is in some value of the record."""
    values = " ".join(str(value) for value in record.values() if value not in (None, False)).casefold()
    return all(word in values for word in text.casefold().split())


def list_row(module: str, record: Record) -> dict[str, str]:
    """`{"id", "title", "detail", "when"}` of a row as `row` makes it."""
    if module == MEMBERS:
        detail = f"{record['campaign_name']}, {record['status'] or 'without a status'}"
        return {"id": record["id"], "title": record["name"], "detail": detail, "when": record["when"][:19]}
    title = record.get("Full_Name") or record.get("Account_Name") or record.get("Campaign_Name")
    title = title or record.get("Note_Title") or record.get("Note_Content") or record["id"]
    details = [str(record[name]) for name in DETAILS if record.get(name)]
    account = record.get("Account_Name")
    if isinstance(account, dict):
        details.insert(0, str(account["name"]))
    return {
        "id": record["id"],
        "title": str(title)[:80],
        "detail": " · ".join([*details, *([PLACES["eu"].company] if record["$org"] == "eu" else [])]),
        "when": str(record.get("Created_Time") or "")[:19].replace("T", " "),
    }


def record_page(org: Org, module: str, record_id: str) -> Record | None:
    """One record with all values and what hangs on it; None when it is not there."""
    if module == MEMBERS:
        member = org.store.get(MEMBERS, record_id)
        if member is None or member["$org"] != org.place.key:
            return None
        values = member_row(org, member)
        fields = [
            {"label": key.replace("_", " ").capitalize(), "name": key, "value": words(v)} for key, v in values.items()
        ]
        return {"title": values["name"], "kind": "Campaign member", "id": record_id, "fields": fields, "related": [],
                "deeds": ()}  # fmt: skip
    record = org.get(module, record_id)
    if record is None:
        return None
    values = row(org, module, record)
    fields = [
        {"label": field["field_label"], "name": name, "value": words(values[name])}
        for name, field in org.fields(module).items()
    ]
    kind = SINGULAR[module] + (" (converted)" if record.get("$converted") else "")
    return {
        "title": list_row(module, values)["title"],
        "kind": kind,
        "id": record_id,
        "fields": fields,
        "related": related(org, module, record),
        "deeds": deeds(module, record),
    }


def deeds(module: str, record: Record) -> list[str]:
    """What the page of the record offers."""
    found = ["convert"] if module == "Leads" and not record.get("$converted") else []
    return [*found, "merge", "delete"] if module in MERGED else [*found, "delete"]


def words(value: Any) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list):
        return ", ".join(words(one) for one in value)
    if isinstance(value, dict):
        return str(value.get("name") or value.get("id") or "")
    return "" if value is None else str(value)


def related(org: Org, module: str, record: Record) -> list[dict[str, str]]:
    """Campaigns or members, notes, contacts of an account, and the records it points to."""
    found = []
    side, other = ("campaign", "person") if module == "Campaigns" else ("person", "campaign")
    for member in org.store.find(MEMBERS, side, record["id"])[:SHOWN]:
        target = member["module"] if module == "Campaigns" else "Campaigns"
        found += _line(org, target, member[other], member["status"] or "")
    for note in org.store.find("Notes", "parent", record["id"])[:SHOWN]:
        found += _line(org, "Notes", note["id"], "")
    for contact in org.store.find("Contacts", "account", record["id"])[:SHOWN]:
        found += _line(org, "Contacts", contact["id"], "")
    for name, field in org.fields(module).items():
        value = record.get(name)
        if field["data_type"] == "lookup" and isinstance(value, dict):
            target = value.get("module") or field["lookup"]
            found += _line(org, target if target in MODULES else field["lookup"], value["id"], field["field_label"])
    return found


def _line(org: Org, module: str, record_id: str, state: str) -> list[dict[str, str]]:
    record = org.get(module, record_id)
    if record is None:
        return []
    title = list_row(module, row(org, module, record))["title"]
    url = f"{PREFIX}/objects/{module}/{record_id}"
    return [{"kind": SINGULAR[module], "record": title, "state": state, "url": url}]
