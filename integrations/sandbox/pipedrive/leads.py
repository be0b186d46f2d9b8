"""Leads, on v1: only for those who ask for them."""

import re
import uuid

from ..store import Record
from .calls import Answer, Call, told
from .pages import v1_page
from .refusals import Refusal, error

KIND = "leads"
LABELS = (
    ("f08b42a0-4e75-11ea-9643-03698ef1cfd6", "Hot", "red"),
    ("f08b42a1-4e75-11ea-9643-03698ef1cfd6", "Warm", "yellow"),
    ("f08b42a2-4e75-11ea-9643-03698ef1cfd6", "Cold", "blue"),
)
SOURCES = ("API", "Deal", "Import", "Live chat", "Manually created", "Web forms")
KEYS = ("title", "owner_id", "label_ids", "person_id", "organization_id", "value", "expected_close_date", "visible_to",
        "was_seen", "origin_id", "channel", "channel_id", "is_archived")  # fmt: skip


def labels(call: Call) -> Answer:
    made = "2021-01-07T20:05:11.000Z"
    rows = [{"id": key, "name": name, "color": color, "add_time": made, "update_time": made}
            for key, name, color in LABELS]  # fmt: skip
    return told(rows)


def sources(call: Call) -> Answer:
    return told([{"name": name} for name in SOURCES])


def create(call: Call) -> Answer:
    """POST leads: 200 in the recordings, 201 in the documents."""
    values = _clean(call)
    if not values.get("title"):
        raise _refused("title is required")
    if values.get("person_id") is None and values.get("organization_id") is None:
        raise _refused("person_id or organization_id is required")
    now = _moment(call)
    record: Record = {
        "id": str(uuid.uuid4()),
        "title": "",
        "owner_id": call.user_id,
        "creator_id": call.user_id,
        "label_ids": [],
        "value": None,
        "expected_close_date": None,
        "person_id": None,
        "organization_id": None,
        "is_archived": False,
        "source_name": "API",
        "origin": "API",
        "origin_id": None,
        "channel": None,
        "channel_id": None,
        "source_deal_id": None,
        "was_seen": False,
        "next_activity_id": None,
        "add_time": now,
        "update_time": now,
        "visible_to": "3",
        "cc_email": f"{call.company.profile.domain}@pipedrivemail.example",
        **values,
    }
    call.company.put(KIND, record | {"is_deleted": False})
    return told(shown(record), {"recorded": 200, "200": 200, "201": 201}[call.faults.v1_created])


def _moment(call: Call) -> str:
    """Leads alone show milliseconds."""
    return call.company.now().replace("Z", ".000Z")


def _refused(sentence: str) -> Refusal:
    return error(400, sentence, info="Please check the request.")


def _clean(call: Call) -> Record:
    """Custom fields of deals stand at the top level under their hash; other unknown keys are refused."""
    body = call.object
    strange = [key for key in body if key not in KEYS and not re.fullmatch("[0-9a-f]{40}", key)]
    if strange:
        raise _refused(f'"{strange[0]}" is not allowed')
    for key, kind, what in (("person_id", "persons", "Person"), ("organization_id", "organizations", "Organization")):
        if body.get(key) is not None and call.company.living(kind, body[key]) is None:
            raise error(404, f"{what} not found", info="Object was not found.")
    known = {key for key, _, _ in LABELS}
    given = body.get("label_ids") or []
    if not isinstance(given, list) or any(key not in known for key in given):
        raise _refused("label_ids must be ids of lead labels")
    return dict(body)


def _known(call: Call, lead_id: str) -> Record:
    record = call.company.living(KIND, lead_id)
    if record is None:
        raise error(404, "requested lead not found", info="Object was not found.")
    return record


def read(call: Call, lead_id: str) -> Answer:
    return told(shown(_known(call, lead_id)))


def update(call: Call, lead_id: str) -> Answer:
    changed = {**_known(call, lead_id), **_clean(call), "update_time": _moment(call)}
    return told(shown(call.company.put(KIND, changed)))


def delete(call: Call, lead_id: str) -> Answer:
    call.company.put(KIND, {**_known(call, lead_id), "is_deleted": True})
    return told({"id": lead_id})


def listed(call: Call) -> Answer:
    company = call.company
    links = {key: value for key in ("person_id", "organization_id", "owner_id")
             if (value := call.number(key)) is not None}  # fmt: skip
    rows = company.store.all(company.table(KIND))
    found = (row for row in rows if not row["is_deleted"] and all(row[key] == value for key, value in links.items()))
    page, paging = v1_page(found, call)
    return told([shown(row) for row in page], additional_data={"pagination": paging})


def shown(record: Record) -> Record:
    return {key: value for key, value in record.items() if key != "is_deleted"}
