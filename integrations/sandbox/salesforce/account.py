"""What stands in a fresh account, and what only an admin in the account could do: convert, merge."""

from __future__ import annotations

from typing import Any

from .calls import Call
from .ids import make_id, normal_id
from .records import Org
from .schema import packaged
from .values import stamp

Record = dict[str, Any]
CREDENTIALS = {
    "client_id": "sandbox-salesforce-consumer-key",
    "client_secret": "sandbox-salesforce-consumer-secret",
    "username": "mobly.integration@halden.example",
    "password": "sandbox-salesforce-password",
    "security_token": "sandboxSecurityToken",
}
ACCOUNTS = {
    make_id("00D", 1): "Halden Robotics",
    make_id("00D", 2): "Another account",
}
FIXED_TOKEN = f"{next(iter(ACCOUNTS))[:15]}!sandbox-salesforce-access-token"
CAMPAIGNS = (
    ("Automate Summit 2026", "Trade Show", "In Progress", True, [("Sent", True, False), ("Responded", False, True)]),
    (
        "Robotics Week Berlin",
        "Conference",
        "Planned",
        True,
        [
            ("Invited", True, False),
            ("Registered", False, False),
            ("Visited Booth", False, True),
            ("Demo Booked", False, True),
        ],
    ),
    ("Founders’ Dinner Boston", "Other", "Planned", True, [("Invited", True, False), ("Attended", False, True)]),
    ("Hannover 2024", "Trade Show", "Completed", False, [("Sent", True, False), ("Responded", False, True)]),
)


def seed(org: Org) -> None:
    """One user, the account, four campaigns (the last one inactive), the picklists that can be queried. No leads."""
    store, now = org.store, stamp(org.clock())
    user_id = make_id("005", 1)
    store.set_fact("user_id", user_id)
    made: Record = {"CreatedDate": now, "CreatedById": user_id, "LastModifiedDate": now, "LastModifiedById": user_id}
    made["SystemModstamp"] = now
    org_id, name = next(iter(ACCOUNTS.items()))
    organization: Record = {
        "Id": org_id,
        "Name": name,
        "OrganizationType": "Enterprise Edition",
        "InstanceName": "SBX1",
    }
    store.put("Organization", org_id, organization | {"IsSandbox": False} | made)
    user: Record = {"Id": user_id, "Username": CREDENTIALS["username"], "FirstName": "Mobly", "LastName": "Integration"}
    user |= {"Email": CREDENTIALS["username"], "Alias": "mobly", "IsActive": True, "UserType": "Standard"}
    store.put("User", user_id, user | made)
    store.set_fact("id:Campaign", max(store.fact("id:Campaign", 0), len(CAMPAIGNS)))
    for number, (title, kind, status, active, statuses) in enumerate(CAMPAIGNS, start=1):
        campaign_id = make_id("701", number)
        campaign = {"Id": campaign_id, "Name": title, "Type": kind, "Status": status, "IsActive": active}
        store.put("Campaign", campaign_id, campaign | {"IsDeleted": False, "OwnerId": user_id} | made)
        org.add_statuses(campaign_id, statuses)
    _seed_options(org, "LeadStatus", "Lead", "Status", made)
    _seed_options(org, "TaskStatus", "Task", "Status", made)
    _seed_options(org, "TaskPriority", "Task", "Priority", made)


def _seed_options(org: Org, name: str, owner: str, field_name: str, made: Record) -> None:
    """The rows of LeadStatus and its like, out of the picklist they stand for."""
    options = next(f for f in packaged(owner)["fields"] if f["name"] == field_name)["picklistValues"]
    for order, option in enumerate(options, start=1):
        value = option if isinstance(option, str) else option[0]
        default = not isinstance(option, str) and option[3]
        row_id = make_id(org.schema.object(name)["keyPrefix"], order)
        row = {"Id": row_id, "MasterLabel": value, "ApiName": value, "SortOrder": order, "IsDefault": default}
        row |= {"IsConverted": value == "Closed - Converted", "IsClosed": value == "Completed"}
        row["IsHighPriority"] = value == "High"
        known = {field["name"] for field in org.schema.object(name)["fields"]}
        org.store.put(name, row_id, {key: v for key, v in row.items() if key in known} | made)


def convert(org: Org, lead_id: str, *, account_id: str | None = None) -> dict[str, str]:
    """Make Contact and Account of a lead, as a sales person would; members and tasks go along.

    Raises ValueError with a sentence when there is no such lead, it is converted already or has no company.
    """
    lead = org.store.get("Lead", normal_id(lead_id) or "")
    if lead is None or lead.get("IsDeleted"):
        raise ValueError(f"There is no lead {lead_id}.")
    if lead.get("IsConverted"):
        raise ValueError(f"The lead {lead_id} is converted already.")
    if not (account_id or lead.get("Company")):
        raise ValueError(f"The lead {lead_id} has no company to make an account of.")
    now = stamp(org.clock())
    stamps = {"LastModifiedDate": now, "SystemModstamp": now}
    account = account_id or _account_of(org, lead)
    contact_id = make_id("003", org.store.next_number("id:Contact"))
    same = (
        "FirstName",
        "LastName",
        "Email",
        "Phone",
        "MobilePhone",
        "Fax",
        "Title",
        "LeadSource",
        "Description",
        "OwnerId",
    )
    contact = {name: lead[name] for name in same if lead.get(name) is not None}
    contact |= {
        f"Mailing{part}": lead[part] for part in ("Street", "City", "State", "PostalCode", "Country") if lead.get(part)
    }
    contact |= _custom(org, lead, "Contact")
    made = dict.fromkeys(("CreatedDate", "LastModifiedDate", "SystemModstamp"), now) | _by(org)
    org.store.put(
        "Contact", contact_id, {"Id": contact_id, "IsDeleted": False, "AccountId": account, **contact, **made}
    )
    converted = {"IsConverted": True, "Status": "Closed - Converted", "ConvertedDate": now[:10]}
    converted |= {"ConvertedContactId": contact_id, "ConvertedAccountId": account}
    org.store.put("Lead", lead["Id"], lead | converted | stamps)
    _move(org, "CampaignMember", "LeadId", lead["Id"], {"ContactId": contact_id} | stamps)
    for name in ("Task", "Event"):
        _move(org, name, "WhoId", lead["Id"], {"WhoId": contact_id} | stamps)
    return {"lead": lead["Id"], "contact": contact_id, "account": account}


def _account_of(org: Org, lead: Record) -> str:
    account_id = make_id("001", org.store.next_number("id:Account"))
    account = {"Id": account_id, "IsDeleted": False, "Name": lead["Company"], "OwnerId": org.user["Id"]}
    account |= {name: lead[name] for name in ("Phone", "Website", "Industry") if lead.get(name)}
    now = stamp(org.clock())
    made = dict.fromkeys(("CreatedDate", "LastModifiedDate", "SystemModstamp"), now) | _by(org)
    org.store.put("Account", account_id, account | made)
    return account_id


def _by(org: Org) -> dict[str, str]:
    return {"CreatedById": org.user["Id"], "LastModifiedById": org.user["Id"]}


def _custom(org: Org, record: Record, target: str) -> Record:
    """Custom fields of the same name go along."""
    known = {field["name"] for field in org.schema.object(target)["fields"]}
    return {name: value for name, value in record.items() if name.endswith("__c") and name in known}


def _move(org: Org, name: str, field: str, record_id: str, change: Record) -> None:
    for record in org.store.find(name, field, record_id):
        if not record.get("IsDeleted"):
            org.store.put(name, record["Id"], record | change)


def merge(org: Org, master_id: str, merged_ids: list[str]) -> dict[str, Any]:
    """The merged records go to the bin and point to their master; members, tasks and visits follow it.

    Raises ValueError with a sentence.
    """
    master = org.find(normal_id(master_id))
    if master is None or master.get("IsDeleted"):
        raise ValueError(f"There is no record {master_id}.")
    kind = org.object_of(master["Id"]) or ""
    key = {"Lead": "LeadId", "Contact": "ContactId"}.get(kind)
    for record_id in merged_ids:
        loser = org.store.get(kind, normal_id(record_id) or "")
        if loser is None or loser.get("IsDeleted") or loser["Id"] == master["Id"]:
            raise ValueError(f"There is no other {kind} {record_id}.")
        org.store.put(kind, loser["Id"], loser | {"IsDeleted": True, "MasterRecordId": master["Id"]})
        if key:
            _move(org, "CampaignMember", key, loser["Id"], {key: master["Id"]})
        _move(org, "Task", "WhoId", loser["Id"], {"WhoId": master["Id"]})
        _move(org, "Booth_Visit__c", f"{kind}__c", loser["Id"], {f"{kind}__c": master["Id"]})
    return {"master": master["Id"], "merged": merged_ids}


def seed_record(org: Org, name: str, values: Record) -> Record:
    """Put a record there as if it had been for long: required fields and rules aside, unknown fields refused."""
    view = org.schema.view(name)
    if view is None:
        raise KeyError(f"object “{name}”")
    record: Record = {}
    for sent, value in values.items():
        known = view.by_lower.get(sent.lower())
        if known is None:
            raise ValueError(f"{view.name} has no field “{sent}”.")
        record[known] = value
    for field in view.fields.values():
        if field["type"] == "boolean" and field["name"] not in record:
            record[field["name"]] = bool(field["defaultValue"])
    call = Call("POST", "", 60.0)
    record_id = normal_id(record.get("Id")) or make_id(view.head["keyPrefix"], org.store.next_number(f"id:{view.name}"))
    if "OwnerId" in view.fields:
        record.setdefault("OwnerId", org.user["Id"])
    now = stamp(org.clock())
    for field_name in ("CreatedDate", "LastModifiedDate", "SystemModstamp"):
        record.setdefault(field_name, now)
    org.store.put(view.name, record_id, {**record, "Id": record_id, **_by(org)})
    if view.name == "Campaign":
        org.add_statuses(record_id, [("Sent", True, False), ("Responded", False, True)])
    return org.shown(view, org.store.get(view.name, record_id) or {}, call.base)


def add_fields(org: Org, fields: tuple[Record, ...], objects: tuple[str, ...]) -> list[str]:
    """Add the fields where they are not there yet; returns `Object.Field` of the new ones."""
    added = []
    for name in objects:
        known = org.schema.object(name)["fields"]
        names = {field["name"] for field in known}
        new = [field for field in fields if field["name"] not in names]
        if new:
            org.schema.save(name, [*known, *new])
            added += [f"{name}.{field['name']}" for field in new]
    return added
