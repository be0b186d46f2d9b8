"""Notes, on v1: paging by start, updates by PUT, times without a zone, HTML made harmless. Two alike stay two."""

import re
from collections.abc import Mapping
from datetime import datetime
from html import escape
from html.parser import HTMLParser
from typing import Any

from ..store import Record
from .calls import Answer, Call, told, whole
from .company import Company, v1_time
from .contacts import bury
from .pages import v1_page
from .refusals import error

KIND = "notes"
LINKS = ("lead_id", "deal_id", "person_id", "org_id", "project_id")
PINS = ("pinned_to_lead_flag", "pinned_to_deal_flag", "pinned_to_organization_flag", "pinned_to_person_flag",
        "pinned_to_project_flag")  # fmt: skip
ALLOWED = {"a", "b", "blockquote", "br", "div", "em", "i", "li", "ol", "p", "s", "span", "strong", "u", "ul"}
DROPPED = {"script", "style", "iframe", "object"}


class _Sanitizer(HTMLParser):
    """Keeps the tags of `ALLOWED` and safe links; of the rest the text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.inside = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in DROPPED:
            self.inside += 1
        elif tag in ALLOWED and not self.inside:
            target = dict(attrs).get("href") or "" if tag == "a" else ""
            link = f' href="{escape(target)}"' if target.startswith(("http://", "https://", "mailto:")) else ""
            self.parts.append(f"<{tag}{link}>")

    def handle_endtag(self, tag: str) -> None:
        if tag in DROPPED:
            self.inside = max(0, self.inside - 1)
        elif tag in ALLOWED and tag != "br" and not self.inside:
            self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self.inside:
            self.parts.append(escape(data, quote=False))


def sanitized(html: str) -> str:
    parser = _Sanitizer()
    parser.feed(html)
    parser.close()
    return "".join(parser.parts)


def create(call: Call) -> Answer:
    """POST notes: 201 in the recordings, 200 in the documents."""
    values = clean(call.company, call.object)
    if not values.get("content"):
        raise error(400, "Content must be given.")
    if not any(values.get(key) is not None for key in LINKS):
        raise error(400, "The note must be attached to a lead, deal, person, organization or project.")
    record = add(call.company, values, call.user_id)
    status = {"recorded": 201, "200": 200, "201": 201}[call.faults.v1_created]
    return told(shown(call.company, record), status)


def add(company: Company, values: Record, user_id: int) -> Record:
    """Keep a new note; `content` is HTML."""
    now = company.now()
    record: Record = {
        "id": company.new_id(KIND),
        "user_id": user_id,
        **dict.fromkeys(LINKS),
        **dict.fromkeys(PINS, False),
        "add_time": now,
        "update_time": now,
        "is_deleted": False,
        "last_update_user_id": None,
        **values,
        "content": sanitized(values.get("content", "")),
    }
    return company.put(KIND, record)


def update(call: Call, record_id: int) -> Answer:
    record = _living(call, record_id)
    values = clean(call.company, call.object)
    if "content" in values:
        values["content"] = sanitized(values["content"])
    changed = {**record, **values, "update_time": call.company.now(), "last_update_user_id": call.user_id}
    return told(shown(call.company, call.company.put(KIND, changed)))


def clean(company: Company, body: Mapping[str, Any]) -> Record:
    """v1 is lax: numbers may be texts, and keys it does not know are passed over."""
    values: Record = {}
    for key in ("deal_id", "person_id", "org_id", "project_id", "user_id"):
        if body.get(key) is not None:
            values[key] = _integer(key, body[key])
    if body.get("lead_id"):
        values["lead_id"] = str(body["lead_id"])
    if "content" in body:
        values["content"] = str(body["content"] or "")
    if body.get("add_time"):
        values["add_time"] = _moment(body["add_time"])
    values |= {key: body[key] in (1, "1", True) for key in PINS if key in body}
    for key, kind, what in (("person_id", "persons", "Person"), ("org_id", "organizations", "Organization")):
        if key in values and company.living(kind, values[key]) is None:
            raise error(404, f"{what} not found", info="Object was not found.")
    return values


def _integer(key: str, value: Any) -> int:
    number = None if isinstance(value, bool) else whole(str(value))
    if number is None:
        raise error(400, f"{key} must be a number.")
    return number


def _moment(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", value):
        raise error(400, "add_time must be in the format YYYY-MM-DD HH:MM:SS.")
    try:
        return f"{datetime.fromisoformat(value):%Y-%m-%dT%H:%M:%SZ}"
    except ValueError as broken:
        raise error(400, "add_time must be in the format YYYY-MM-DD HH:MM:SS.") from broken


def read(call: Call, record_id: int) -> Answer:
    return told(shown(call.company, _known(call, record_id)))


def delete(call: Call, record_id: int) -> Answer:
    bury(call.company, KIND, _living(call, record_id))
    return told(True)


def _known(call: Call, record_id: int) -> Record:
    record = call.company.get(KIND, record_id)
    if record is None:
        raise error(404, "Note not found", info="Object was not found.")
    return record


def _living(call: Call, record_id: int) -> Record:
    record = _known(call, record_id)
    if record["is_deleted"]:
        raise error(410, "Note was deleted", info="Object was deleted.")
    return record


def listed(call: Call) -> Answer:
    """GET notes, those of one record over an index."""
    company = call.company
    links = {key: value for key in ("person_id", "org_id", "deal_id", "user_id", "project_id")
             if (value := call.number(key)) is not None}  # fmt: skip
    indexed = next((key for key in ("person_id", "org_id") if key in links), None)
    rows = (
        company.store.find(company.table(KIND), indexed, links[indexed])
        if indexed
        else company.store.all(company.table(KIND))
    )
    lead, since = call.args.get("lead_id"), call.args.get("updated_since", "")
    start_date = call.args.get("start_date", "")
    found = (
        row
        for row in rows
        if not row["is_deleted"]
        and all(row[key] == value for key, value in links.items())
        and (not lead or row["lead_id"] == lead)
        and (not since or row["update_time"] >= since)
        and (not start_date or row["add_time"][:10] >= start_date)
    )
    page, paging = v1_page(found, call)
    return told([shown(company, row) for row in page], additional_data={"pagination": paging})


def shown(company: Company, record: Record) -> Record:
    """The note as v1 tells it, with the names of what it belongs to."""
    person = company.get("persons", record["person_id"]) if record["person_id"] else None
    organization = company.get("organizations", record["org_id"]) if record["org_id"] else None
    user = company.user(record["user_id"]) or {"name": "", "email": ""}
    answer = {key: value for key, value in record.items() if key not in ("is_deleted", "deleted_at")}
    return answer | {
        "active_flag": not record["is_deleted"],
        "add_time": v1_time(record["add_time"]),
        "update_time": v1_time(record["update_time"]),
        "person": {"name": person["name"]} if person else None,
        "organization": {"name": organization["name"]} if organization else None,
        "deal": None,
        "project": None,
        "user": {"email": user["email"], "name": user["name"], "icon_url": None, "is_you": True},
    }
