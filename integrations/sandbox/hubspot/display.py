"""The account as people see it on the pages of the sandbox: lines of lists, records with what belongs to them."""

import re
from typing import Any

from ..store import Record
from . import associations, lists, marketing
from .account import ATTENDANCE, EVENTS, LISTS, MEMBERSHIPS, Account
from .kinds import KINDS, Kind
from .objects import record_path


def list_row(name: str, record: Record) -> dict[str, str]:
    """One line of a list for people."""
    if name == LISTS:
        detail = f"{record['processingType']}, {record['size']} member{'' if record['size'] == 1 else 's'}"
        return {"id": record["listId"], "title": record["name"], "detail": detail, "when": record["updatedAt"]}
    if name == EVENTS:
        detail = (
            f"{record['eventStatus']}, {record['registrants']} {'person' if record['registrants'] == 1 else 'people'}"
        )
        return {"id": record["objectId"], "title": record["eventName"], "detail": detail, "when": record["updatedAt"]}
    return {
        "id": record["id"],
        "title": title(name, record),
        "detail": _detail(name, record),
        "when": record["updatedAt"],
    }


def title(name: str, record: Record) -> str:
    values = record["properties"]
    if name == "contacts":
        return values.get("hs_full_name_or_email") or record["id"]
    for key in ("name", "domain", "hs_note_body", "hs_call_title", "hs_call_body", "hs_email_subject", "hs_email_text",
                "hs_meeting_title", "hs_communication_body", "hs_task_subject"):  # fmt: skip
        if values.get(key):
            return values[key][:80]
    return record["id"]


def _detail(name: str, record: Record) -> str:
    values = record["properties"]
    keys = {"contacts": ("email", "company"), "companies": ("domain",)}.get(name, ("hs_timestamp",))
    return ", ".join(values[key] for key in keys if values.get(key))


def record_page(account: Account, name: str, record_id: str) -> dict[str, Any] | None:
    """One record for people, None when it is not there."""
    if name in (LISTS, EVENTS):
        return _plain_page(account, name, record_id)
    kind = KINDS[name]
    record = account.find(kind, record_id)
    if record is None:
        return None
    values = record["properties"]
    fields = [
        {"label": row["label"], "name": row["name"], "value": values.get(row["name"], "")}
        for row in sorted(account.definitions(kind).values(), key=_place)
        if not row["archived"]
    ]
    return {
        "title": title(name, record),
        "kind": kind.singular.capitalize(),
        "id": record["id"],
        "fields": fields,
        "related": [*_linked(account, kind, record), *_joined(account, kind, record)],
        "deeds": ("merge", "delete") if name in ("contacts", "companies") else ("delete",),
    }


def _place(definition: Record) -> tuple[bool, str]:
    """What callers may write comes before what HubSpot fills in by itself."""
    own = definition["calculated"] or definition["modificationMetadata"]["readOnlyValue"]
    return own, definition["label"].casefold()


def _linked(account: Account, kind: Kind, record: Record) -> list[dict[str, str]]:
    rows = []
    for link in associations.ends(account, kind, record["id"]):
        end = KINDS[link["to_kind"]]
        other = account.store.get(end.name, link["to"])
        if other:
            state = "Primary" if associations.PRIMARY & set(link["types"]) else ""
            rows.append(
                _related(end.singular.capitalize(), title(end.name, other), state, record_path(end, other["id"]))
            )
    return rows


def _joined(account: Account, kind: Kind, record: Record) -> list[dict[str, str]]:
    """Lists and events that a record belongs to."""
    rows = []
    for member in account.store.find(MEMBERSHIPS, "record", record["id"]):
        row = account.store.get(LISTS, member["list"])
        if row and row["objectTypeId"] == kind.type_id:
            rows.append(_related("List", row["name"], "Member", f"/_sandbox/objects/{LISTS}/{row['listId']}"))
    for person in account.store.find(ATTENDANCE, "contact", record["id"]) if kind.name == "contacts" else ():
        row = account.store.get(EVENTS, person["event"])
        if row:
            url = f"/_sandbox/objects/{EVENTS}/{row['objectId']}"
            rows.append(_related("Marketing event", row["eventName"], person["state"].capitalize(), url))
    return rows


def _related(kind: str, record: str, state: str, url: str) -> dict[str, str]:
    return {"kind": kind, "record": record, "state": state, "url": url}


def _plain_page(account: Account, name: str, record_id: str) -> dict[str, Any] | None:
    row = account.store.get(name, record_id)
    if row is None:
        return None
    if name == LISTS:
        shown, people = row, [(m["record"], "Member") for m in lists.members_of(account, record_id)]
    else:
        shown = marketing.shown(account, row)
        attendance = account.store.find(ATTENDANCE, "event", record_id)
        people = [(person["contact"], person["state"].capitalize()) for person in attendance]
    kind = KINDS["companies"] if row.get("objectTypeId") == "0-2" else KINDS["contacts"]
    related = [
        _related(kind.singular.capitalize(), title(kind.name, member), state, record_path(kind, member["id"]))
        for member_id, state in people[:200]
        if (member := account.store.get(kind.name, member_id))
    ]
    return {
        "title": shown["name"] if name == LISTS else shown["eventName"],
        "kind": "List" if name == LISTS else "Marketing event",
        "id": record_id,
        "fields": [{"label": _in_words(key), "name": key, "value": _plain(value)} for key, value in shown.items()],
        "related": related,
        "deeds": (),
    }


def _in_words(key: str) -> str:
    """`externalEventId` as a label: External event id."""
    return re.sub(r"(?=[A-Z])", " ", key).capitalize()


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, dict):
        return ", ".join(str(part) for part in value.values())
    if isinstance(value, list):
        return ", ".join(str(part) for part in value)
    return "" if value is None else str(value)
