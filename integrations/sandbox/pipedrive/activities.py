"""Activities, on v2. Two that are alike stay two."""

from collections.abc import Callable
from typing import Any

from ..store import Record
from .calls import Answer, Call, told
from .company import Company
from .contacts import MOST_IDS, bury, span
from .pages import sorted_page
from .refusals import invalid, missing
from .validation import (
    ADDRESS_PARTS,
    Invalid,
    boolean,
    checked,
    clock_time,
    day,
    integer,
    list_of,
    number,
    object_of,
    or_null,
    text,
    varchar,
)

KIND = "activities"
# key_string, name, icon
TYPES = (
    ("call", "Call", "call"),
    ("meeting", "Meeting", "meeting"),
    ("task", "Task", "task"),
    ("deadline", "Deadline", "deadline"),
    ("email", "Email", "email"),
    ("lunch", "Lunch", "lunch"),
    ("booth_visit", "Booth visit", "signpost"),
)
OWN_TYPES = ("booth_visit",)

_PARTICIPANT = object_of({"person_id": integer, "primary": boolean}, "person_id")
_ATTENDEE = object_of(
    {"email": varchar, "name": or_null(varchar), "status": or_null(varchar), "is_organizer": boolean,
     "person_id": or_null(integer), "user_id": or_null(integer)}, "email"
)  # fmt: skip
_LOCATION = object_of(dict.fromkeys(ADDRESS_PARTS, or_null(text)))


def _participants(value: Any) -> list[Record]:
    """The first is primary unless one says so."""
    rows: list[Record] = [] if value is None else list_of(_PARTICIPANT)(value)
    if sum(row.get("primary", False) for row in rows) > 1:
        raise Invalid("Only one item can be marked as primary")
    chosen = any(row.get("primary") for row in rows)
    return [
        {"person_id": row["person_id"], "primary": row.get("primary", False) if chosen else place == 0}
        for place, row in enumerate(rows)
    ]


RULES = {
    "subject": varchar,
    "type": varchar,
    "owner_id": integer,
    "deal_id": or_null(integer),
    "lead_id": or_null(text),
    "person_id": or_null(integer),
    "org_id": or_null(integer),
    "project_id": or_null(integer),
    "due_date": or_null(day),
    "due_time": or_null(clock_time),
    "duration": or_null(clock_time),
    "busy": boolean,
    "done": boolean,
    "location": or_null(_LOCATION),
    "participants": _participants,
    "attendees": lambda value: [] if value is None else list_of(_ATTENDEE)(value),
    "public_description": or_null(text),
    "priority": or_null(number),
    "note": or_null(text),
}
BLANK: Record = {
    "subject": "", "type": "call", "is_deleted": False, "deal_id": None, "lead_id": None, "person_id": None,
    "org_id": None, "project_id": None, "due_date": None, "due_time": None, "duration": None, "busy": False,
    "done": False, "marked_as_done_time": None, "location": None, "participants": [], "attendees": [],
    "conference_meeting_client": None, "conference_meeting_url": None, "conference_meeting_id": None,
    "public_description": None, "priority": None, "note": None,
}  # fmt: skip


def types(call: Call) -> Answer:
    """GET v1 activityTypes."""
    made = "2021-01-07 20:05:11"
    rows = [
        {
            "id": place,
            "name": name,
            "icon_key": icon,
            "color": "FFFFFF",
            "order_nr": place,
            "key_string": key,
            "active_flag": True,
            "is_custom_flag": key in OWN_TYPES,
            "add_time": made,
            "update_time": made,
        }
        for place, (key, name, icon) in enumerate(TYPES, start=1)
    ]
    return told(rows)


def _clean(call: Call) -> Record:
    values = checked(call.object, RULES)
    if "type" in values and values["type"] not in {key for key, _, _ in TYPES} and not call.faults.lax_activity_type:
        raise invalid([f"type: '{values['type']}' is not a valid activity type"])
    _check_links(call, values)
    return with_person(values)


def with_person(values: Record) -> Record:
    """The person follows the primary participant, whatever the body says."""
    values = {key: value for key, value in values.items() if key != "person_id"}
    if "participants" in values:
        values["person_id"] = next((row["person_id"] for row in values["participants"] if row["primary"]), None)
    return values


def _check_links(call: Call, values: Record) -> None:
    company = call.company
    people = [row["person_id"] for row in values.get("participants", ())]
    wanted: list[tuple[str, Any, Callable[[Any], Any]]] = [
        ("owner_id", values.get("owner_id"), company.user),
        ("org_id", values.get("org_id"), lambda one: company.living("organizations", one)),
        *(("participants", person, lambda one: company.living("persons", one)) for person in people),
    ]
    for key, value, find in wanted:
        if value is not None and find(value) is None:
            if call.faults.missing_link == "404":
                raise missing()
            raise invalid([f"{key}: {value} was not found"])


def create(call: Call) -> Answer:
    values = _clean(call)
    return told(shown(add(call.company, values, call.user_id)))


def add(company: Company, values: Record, user_id: int) -> Record:
    now = company.now()
    record = {"id": company.new_id(KIND), **BLANK, "owner_id": user_id, "creator_user_id": user_id, "add_time": now,
              "update_time": now, **values}  # fmt: skip
    if not record["subject"]:
        record["subject"] = next((name for key, name, _ in TYPES if key == record["type"]), record["type"])
    if record["done"]:
        record["marked_as_done_time"] = now
    return company.put(KIND, record)


def update(call: Call, record_id: int) -> Answer:
    record = call.company.the(KIND, record_id)
    if record["is_deleted"]:
        raise missing()
    changed = {**record, **_clean(call), "update_time": call.company.now()}
    if changed["done"] != record["done"]:
        changed["marked_as_done_time"] = changed["update_time"] if changed["done"] else None
    return told(shown(call.company.put(KIND, changed)))


def read(call: Call, record_id: int) -> Answer:
    return told(shown(call.company.the(KIND, record_id)))


def delete(call: Call, record_id: int) -> Answer:
    record = call.company.the(KIND, record_id)
    if record["is_deleted"]:
        return told({"id": record["id"]}, 410)
    bury(call.company, KIND, record)
    return told({"id": record["id"]})


def listed(call: Call) -> Answer:
    """GET activities; by person or organization over an index."""
    page, cursor = sorted_page(_candidates(call), call, _filter(call))
    return told([shown(row) for row in page], additional_data={"next_cursor": cursor})


def _candidates(call: Call) -> list[Record]:
    company = call.company
    wanted = call.ids(MOST_IDS)
    if wanted:
        return [row for one in wanted if (row := company.get(KIND, one))]
    for key in ("person_id", "org_id"):
        linked = call.number(key)
        if linked is not None:
            return sorted(company.store.find(company.table(KIND), key, linked), key=lambda row: row["id"])
    return company.store.all(company.table(KIND))


def _filter(call: Call) -> Callable[[Record], bool]:
    exact = {key: value for key in ("owner_id", "person_id", "org_id", "deal_id")
             if (value := call.number(key)) is not None}  # fmt: skip
    if call.args.get("done"):
        exact["done"] = call.flag("done")
    if call.args.get("lead_id"):
        exact["lead_id"] = call.args["lead_id"]  # type: ignore[assignment]
    since, until = span(call)

    def matches(row: Record) -> bool:
        if row["is_deleted"] or any(row[key] != value for key, value in exact.items()):
            return False
        return (not since or row["update_time"] >= since) and (not until or row["update_time"] < until)

    return matches


def shown(record: Record) -> Record:
    return {key: value for key, value in record.items() if key != "deleted_at"}
