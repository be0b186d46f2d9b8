"""Endpoints for marketing events, their attendance, and the campaigns they may belong to.

An event is keyed by (app, external account, external event): only the app that made it can use its external id.
"""

import base64
from collections.abc import Mapping
from typing import Any

from ..store import Record
from . import records
from .account import APP_ID, ATTENDANCE, EVENTS, OTHER_APP_ID, Account
from .calls import Answer, Call, text_of
from .kinds import KINDS
from .lists import missing_parameter
from .refusals import Refusal, error, not_found
from .validation import Invalid, iso, moment_of, stored

LIMIT = 100
STATES = {"register": "REGISTERED", "attend": "ATTENDED", "cancel": "CANCELLED"}
APPS = {APP_ID: "Mobly", OTHER_APP_ID: "Ticket Desk"}

_TEXTS = ("eventName", "eventOrganizer", "eventType", "eventDescription", "eventUrl")
_MOMENTS = ("startDateTime", "endDateTime")
_FLAGS = ("eventCancelled", "eventCompleted")


def new_event(account: Account, app_id: str, body: Mapping[str, Any]) -> Record:
    for key in ("eventName", "eventOrganizer", "externalAccountId", "externalEventId"):
        text_of(body, key)
    now = account.now()
    row: Record = {
        "objectId": account.new_id(EVENTS),
        "appId": app_id,
        "externalAccountId": str(body["externalAccountId"]),
        "externalEventId": str(body["externalEventId"]),
        **dict.fromkeys((*_TEXTS, *_MOMENTS)),
        **dict.fromkeys(_FLAGS, False),
        "customProperties": [],
        "createdAt": now,
        "updatedAt": now,
    }
    row |= _fields(body)
    account.store.put(EVENTS, row["objectId"], row)
    return row


def _fields(body: Mapping[str, Any]) -> Record:
    """The changeable values of a body. Raises `Refusal` for a moment that is none."""
    found: Record = {key: str(body[key]) for key in _TEXTS if body.get(key) is not None}
    for key in _MOMENTS:
        if body.get(key) is not None:
            try:
                found[key] = iso(moment_of(str(body[key])))
            except Invalid:
                raise error(400, f"Invalid input JSON: {key} is not a date and time: {body[key]}") from None
    found |= {key: body[key] for key in _FLAGS if isinstance(body.get(key), bool)}
    if isinstance(body.get("customProperties"), list):
        found["customProperties"] = body["customProperties"]
    return found


def _status(account: Account, row: Record) -> str:
    if row["eventCancelled"]:
        return "CANCELLED"
    if row["eventCompleted"] or (row["endDateTime"] and row["endDateTime"] < account.now()):
        return "PAST"
    return "UPCOMING" if row["startDateTime"] and row["startDateTime"] > account.now() else "ONGOING"


def shown(account: Account, row: Record) -> Record:
    """An event with its figures."""
    states = [person["state"] for person in account.store.find(ATTENDANCE, "event", row["objectId"])]
    status = _status(account, row)
    kept = {key: value for key, value in row.items() if key not in ("appId", "externalAccountId")}
    return kept | {
        "eventStatus": status,
        "eventStatusV2": status.lower(),
        "appInfo": {"id": row["appId"], "name": APPS.get(row["appId"], "")},
        "registrants": len(states),
        "attendees": states.count("ATTENDED"),
        "cancellations": states.count("CANCELLED"),
        "noShows": states.count("NO_SHOW"),
    }


def _by_key(account: Account, call: Call, event_id: str) -> Record | None:
    account_id = call.args.get("externalAccountId", "")
    if not account_id:
        raise missing_parameter("externalAccountId")
    found = account.store.find(EVENTS, "key", f"{call.app_id}:{account_id}:{event_id}")
    return found[0] if found else None


def _by_external(account: Account, call: Call, event_id: str) -> Record:
    row = _by_key(account, call, event_id)
    if row is None:
        raise not_found(f"Marketing event with external id '{event_id}' not found.")
    return row


def _by_object(account: Account, object_id: str) -> Record:
    row = account.store.get(EVENTS, object_id)
    if row is None:
        raise not_found(f"Marketing event with objectId {object_id} not found.")
    return row


def create(account: Account, call: Call) -> Answer:
    """POST events: 200, as the schema has it; a key that is known is refused."""
    body = call.object
    key = f"{call.app_id}:{text_of(body, 'externalAccountId')}:{text_of(body, 'externalEventId')}"
    if account.store.find(EVENTS, "key", key):
        raise error(409, f"Marketing event with external id '{body['externalEventId']}' already exists.", "CONFLICT")
    return Answer(200, shown(account, new_event(account, call.app_id, body)))


def put(account: Account, call: Call, event_id: str) -> Answer:
    """PUT events/{id}: create or change, keyed by the body's account and the path's id."""
    return Answer(200, shown(account, _written(account, call, {**call.object, "externalEventId": event_id})))


def upsert(account: Account, call: Call) -> Answer:
    now = account.now()
    results = [shown(account, _written(account, call, row)) for row in call.inputs(LIMIT)]
    results = [row | {"id": row["objectId"]} for row in results]
    return Answer(200, {"completedAt": account.now(), "status": "COMPLETE", "startedAt": now, "results": results})


def _written(account: Account, call: Call, body: Mapping[str, Any]) -> Record:
    key = f"{call.app_id}:{text_of(body, 'externalAccountId')}:{text_of(body, 'externalEventId')}"
    found = account.store.find(EVENTS, "key", key)
    return _changed(account, found[0], _fields(body)) if found else new_event(account, call.app_id, body)


def _changed(account: Account, row: Record, values: Record) -> Record:
    row = {**row, **values, "updatedAt": account.now()}
    account.store.put(EVENTS, row["objectId"], row)
    return row


def listed(account: Account, call: Call) -> Answer:
    """GET all events of the account, of any app."""
    rows = account.store.all(EVENTS)
    limit, after = call.number("limit", 10, 100), call.args.get("after", "")
    start = 0
    if after:
        try:
            last = base64.b64decode(after, validate=True).decode()
        except ValueError:
            raise error(400, f"Unable to parse value for query parameter: after ({after})") from None
        start = next((n + 1 for n, row in enumerate(rows) if row["objectId"] == last), len(rows))
    page = rows[start : start + limit]
    body: Record = {"results": [shown(account, row) for row in page]}
    if start + limit < len(rows):
        cursor = base64.b64encode(page[-1]["objectId"].encode()).decode()
        link = f"{call.base_url}/marketing/v3/marketing-events/?after={cursor}"
        body["paging"] = {"next": {"after": cursor, "link": link}}
    return Answer(200, body)


def read(account: Account, call: Call, object_id: str) -> Answer:
    return Answer(200, shown(account, _by_object(account, object_id)))


def read_external(account: Account, call: Call, event_id: str) -> Answer:
    row = shown(account, _by_external(account, call, event_id))
    return Answer(200, row | {"id": row["objectId"]})


def search(account: Account, call: Call) -> Answer:
    """GET events/search?q=: the events of this app whose external id begins with q."""
    query = call.args.get("q", "")
    if not query:
        raise missing_parameter("q")
    found = [
        {"externalAccountId": row["externalAccountId"], "externalEventId": row["externalEventId"],
         "appId": int(row["appId"]), "objectId": row["objectId"]}
        for row in account.store.all(EVENTS)
        if row["appId"] == call.app_id and row["externalEventId"].startswith(query)
    ]  # fmt: skip
    return Answer(200, {"results": found})


def update(account: Account, call: Call, object_id: str) -> Answer:
    return Answer(200, shown(account, _changed(account, _by_object(account, object_id), _fields(call.object))))


def update_external(account: Account, call: Call, event_id: str) -> Answer:
    return Answer(200, shown(account, _changed(account, _by_external(account, call, event_id), _fields(call.object))))


def cancel(account: Account, call: Call, event_id: str) -> Answer:
    return Answer(
        200, shown(account, _changed(account, _by_external(account, call, event_id), {"eventCancelled": True}))
    )


def complete(account: Account, call: Call, event_id: str) -> Answer:
    values = _fields(call.object) | {"eventCompleted": True}
    return Answer(200, shown(account, _changed(account, _by_external(account, call, event_id), values)))


def delete(account: Account, call: Call, object_id: str) -> Answer:
    return _deleted(account, _by_object(account, object_id))


def delete_external(account: Account, call: Call, event_id: str) -> Answer:
    return _deleted(account, _by_external(account, call, event_id))


def _deleted(account: Account, row: Record) -> Answer:
    for person in account.store.find(ATTENDANCE, "event", row["objectId"]):
        account.store.remove(ATTENDANCE, f"{row['objectId']}:{person['contact']}")
    account.store.remove(EVENTS, row["objectId"])
    return Answer(204)


# Attendance


def attend(account: Account, call: Call, state: str, by: str, event_id: str = "", object_id: str = "") -> Answer:
    """POST attendance: 200. By e-mail it makes the contacts that are missing; by vid they must be there."""
    if state not in STATES:
        raise error(400, f"Unable to parse value for path parameter: subscriberState ({state})")
    row = _by_object(account, object_id) if object_id else _by_external(account, call, event_id)
    now = account.now()
    results = []
    for person in call.inputs(LIMIT):
        moment = _interaction(person)
        contact, shown_as = (_by_email if by == "email-create" else _by_vid)(account, call, person)
        properties = person.get("properties")
        attendance = {
            "event": row["objectId"],
            "contact": contact["id"],
            "state": STATES[state],
            "occurredAt": moment,
            "properties": properties if isinstance(properties, dict) else {},
            "createdAt": now,
        }
        known = account.store.get(ATTENDANCE, f"{row['objectId']}:{contact['id']}")
        if known is None or known["state"] != attendance["state"]:
            account.store.put(ATTENDANCE, f"{row['objectId']}:{contact['id']}", attendance)
        results.append(shown_as)
    return Answer(200, {"completedAt": account.now(), "status": "COMPLETE", "startedAt": now, "results": results})


def _interaction(person: Mapping[str, Any]) -> int:
    text = text_of(person, "interactionDateTime")
    if not text.isdigit():
        raise error(400, f"Invalid input JSON on line 1, column 1: interactionDateTime is not a number: {text}")
    return int(text)


def _by_email(account: Account, call: Call, person: Mapping[str, Any]) -> tuple[Record, Record]:
    kind = KINDS["contacts"]
    try:
        email = stored(text_of(person, "email"), account.definitions(kind)["email"])
    except Invalid as invalid:
        raise error(400, str(invalid), errors=[{"message": str(invalid), "code": invalid.code}]) from None
    contact = account.find(kind, email, "email")
    if contact is None:
        extra = person.get("contactProperties")
        values = {**(extra if isinstance(extra, dict) else {}), "email": email}
        contact = records.create(account, call, kind, records.accepted(account, kind, values))
    return contact, {"email": email, "vid": int(contact["id"])}


def _by_vid(account: Account, call: Call, person: Mapping[str, Any]) -> tuple[Record, Record]:
    vid = text_of(person, "vid")
    contact = account.find(KINDS["contacts"], vid)
    if contact is None:
        raise error(404, f"Contact with vid {vid} not found.", "OBJECT_NOT_FOUND")
    return contact, {"vid": int(contact["id"])}


def breakdown(account: Account, call: Call, object_id: str = "", account_id: str = "", event_id: str = "") -> Answer:
    """GET who takes part in an event, and how."""
    if object_id:
        row = _by_object(account, object_id)
    else:
        found = account.store.find(EVENTS, "key", f"{call.app_id}:{account_id}:{event_id}")
        if not found:
            raise not_found(f"Marketing event with external id '{event_id}' not found.")
        row = found[0]
    people = account.store.find(ATTENDANCE, "event", row["objectId"])
    wanted = call.args.get("contactIdentifier") or ""
    state = call.args.get("state") or ""
    rows = [_participation(account, row, person) for person in people if not state or person["state"] == state]
    rows = [
        r for r in rows if not wanted or wanted in (r["associations"]["contact"][k] for k in ("contactId", "email"))
    ]
    return Answer(200, {"total": len(rows), "results": rows})


def _participation(account: Account, row: Record, person: Record) -> Record:
    contact = account.store.get("contacts", person["contact"])
    values = contact["properties"] if contact else {}
    return {
        "id": f"{row['objectId']}-{person['contact']}",
        "createdAt": person["createdAt"],
        "properties": {"occurredAt": person["occurredAt"], "attendanceState": person["state"]},
        "associations": {
            "contact": {"contactId": person["contact"], "email": values.get("email", ""),
                        "firstname": values.get("firstname"), "lastname": values.get("lastname")},
            "marketingEvent": {"marketingEventId": row["objectId"], "externalAccountId": row["externalAccountId"],
                               "externalEventId": row["externalEventId"], "name": row["eventName"]},
        },
    }  # fmt: skip


# Campaigns

_CAMPAIGNS = (
    ("ddab397b-2553-5ac5-8ee3-8d3f1d303a00", "Trade shows 2026", "2026-05-05T23:41:20.330Z"),
    ("8a3083ff-9dd2-5ce7-9a48-96e2c339f93f", "Field marketing autumn", "2026-09-02T08:15:00.000Z"),
)


def campaigns(account: Account, call: Call) -> Answer:
    """GET campaigns. Contacts are no members of them."""
    wanted = call.names("properties") or ["hs_name"]
    results = [
        {"id": key, "properties": {"hs_name": name} if "hs_name" in wanted else {}, "createdAt": since,
         "updatedAt": since, "businessUnits": [{"id": 0}]}
        for key, name, since in _CAMPAIGNS
    ]  # fmt: skip
    return Answer(200, {"total": len(results), "results": results})


def campaign(account: Account, call: Call, campaign_id: str) -> Answer:
    for row in campaigns(account, call).body["results"]:
        if row["id"] == campaign_id:
            return Answer(200, row)
    raise Refusal(404, {"status": "error", "message": "resource not found", "category": "OBJECT_NOT_FOUND"})
