"""Persons and organizations: one record per call, arrays replaced whole, nothing unique."""

from collections.abc import Callable
from typing import Any

from ..store import Record
from . import fields
from .calls import Answer, Call, told
from .company import SINGULAR, Company
from .pages import sorted_page
from .refusals import Refusal, error, invalid, missing, required
from .validation import (
    Invalid,
    Rule,
    address,
    boolean,
    checked,
    chosen_ids,
    contacts,
    custom_values,
    day,
    filled,
    integer,
    list_of,
    moment,
    object_of,
    one_of,
    or_null,
    text,
    varchar,
)

MOST_IDS = 100
CONTACT_SYNC = ("job_title", "notes", "birthday", "im", "postal_address")
_MARKETING = ("no_consent", "unsubscribed", "subscribed", "archived")
_IM = object_of({"value": varchar, "label": or_null(varchar), "primary": boolean}, "value")
# On request only, as `include_fields` names them; the sandbox has no deals.
COUNTS = ("open_deals_count", "closed_deals_count", "won_deals_count", "lost_deals_count", "activities_count",
          "done_activities_count", "email_messages_count", "people_count")  # fmt: skip


def rules_of(company: Company, kind: str) -> dict[str, Rule]:
    """What the body of a person or an organization may hold."""
    known = company.fields(kind)
    rules: dict[str, Rule] = {
        "name": filled,
        "owner_id": integer,
        "add_time": moment,
        "update_time": moment,
        "visible_to": one_of(1, 3, 5, 7),
        "label_ids": lambda value: chosen_ids(known["label_ids"]["options"])([] if value is None else value),
        "custom_fields": custom_values(company.custom_fields(kind)),
    }
    if kind == "organizations":
        return rules | {"address": address}
    return rules | {
        "first_name": or_null(varchar),
        "last_name": or_null(varchar),
        "org_id": or_null(integer),
        "emails": contacts,
        "phones": contacts,
        "marketing_status": one_of(*_MARKETING),
        "job_title": or_null(varchar),
        "notes": or_null(text),
        "birthday": or_null(day),
        "im": lambda value: [] if value is None else list_of(_IM)(value),
        "postal_address": address,
    }


def _clean(call: Call, kind: str) -> Record:
    """The body's values. Raises `Refusal`."""
    if kind == "persons" and not call.faults.contact_sync and any(key in call.object for key in CONTACT_SYNC):
        names = ", ".join(key for key in CONTACT_SYNC if key in call.object)
        raise error(403, f"Contact Sync is not enabled: {names} cannot be written.", code="ERR_FORBIDDEN")
    values = checked(call.object, rules_of(call.company, kind))
    for key, found in (("owner_id", call.company.user), ("org_id", lambda i: call.company.living("organizations", i))):
        if values.get(key) is not None and found(values[key]) is None:
            raise _no_such(key, values[key], call)
    return values


def _no_such(key: str, value: Any, call: Call) -> Refusal:
    what = {"org_id": "Organization", "owner_id": "User"}[key]
    if call.faults.missing_link == "404":
        return missing(what)
    return invalid([f"{key}: {what} with id {value} was not found"])


def create(call: Call, kind: str) -> Answer:
    """POST persons or organizations: 200 with the whole record."""
    values = _clean(call, kind)
    _check_required(call, kind, values)
    return told(shown(call.company, kind, add(call.company, kind, values, call.user_id)))


def _check_required(call: Call, kind: str, values: Record) -> None:
    named = values.get("name") or (kind == "persons" and values.get("first_name") and values.get("last_name"))
    lacking = [] if named else ["name"]
    if call.faults.required_binds:
        names = fields.required_names(call)
        given = values.get("custom_fields", {})
        custom = call.company.custom_fields(kind)
        lacking += [code for code, row in custom.items()
                    if (row["required"] or row["field_name"] in names) and given.get(code) is None]  # fmt: skip
    if lacking:
        raise invalid([required(key) for key in lacking])


def add(company: Company, kind: str, values: Record, user_id: int) -> Record:
    """Keep a new record made of checked values."""
    now = company.now()
    record: Record = {
        "id": company.new_id(kind),
        "name": "",
        "owner_id": user_id,
        "org_id": None,
        "add_time": now,
        "update_time": now,
        "is_deleted": False,
        "visible_to": 3,
        "label_ids": [],
        "custom_fields": {},
    }
    if kind == "persons":
        record |= {"first_name": None, "last_name": None, "emails": [], "phones": [], "picture_id": None}
    else:
        record["address"] = None
    return company.put(kind, _merged(kind, record, values))


def update(call: Call, kind: str, record_id: int) -> Answer:
    """PATCH: what is sent changes, arrays as a whole."""
    record = _living(call, kind, record_id)
    values = {"update_time": call.company.now()} | _clean(call, kind)
    changed = call.company.put(kind, _merged(kind, record, values))
    return told(shown(call.company, kind, changed))


def _merged(kind: str, record: Record, values: Record) -> Record:
    custom = {**record["custom_fields"], **values.get("custom_fields", {})}
    custom = {code: value for code, value in custom.items() if value is not None}
    merged = {**record, **values, "custom_fields": custom}
    return _named(record, merged, values) if kind == "persons" else merged


def _named(before: Record, merged: Record, values: Record) -> Record:
    """The name follows its parts, and the parts a new name."""
    if "first_name" in values or "last_name" in values:
        parts = [merged["first_name"], merged["last_name"]]
        whole = " ".join(part for part in parts if part)
        return merged | ({"name": whole} if whole and not values.get("name") else {})
    if values.get("name"):
        first, _, last = merged["name"].partition(" ")
        return merged | {"first_name": first, "last_name": last or None}
    return merged


def read(call: Call, kind: str, record_id: int) -> Answer:
    """GET one: also a deleted one, for 30 days."""
    return told(shown(call.company, kind, call.company.the(kind, record_id), call))


def listed(call: Call, kind: str) -> Answer:
    """GET many: by ids, or page by page. Deleted ones are absent."""
    page, cursor = sorted_page(_candidates(call, kind), call, _filter(call))
    rows = [shown(call.company, kind, row, call) for row in page]
    return told(rows, additional_data={"next_cursor": cursor})


def _candidates(call: Call, kind: str) -> list[Record]:
    company = call.company
    wanted = call.ids(MOST_IDS)
    if wanted:
        return [row for one in wanted if (row := company.get(kind, one))]
    organization = call.number("org_id")
    if organization is not None and kind == "persons":
        return sorted(company.store.find(company.table(kind), "org_id", organization), key=lambda row: row["id"])
    return company.store.all(company.table(kind))


def _filter(call: Call) -> Callable[[Record], bool]:
    owner = call.number("owner_id")
    since, until = span(call)

    def matches(row: Record) -> bool:
        if row["is_deleted"] or (owner is not None and row["owner_id"] != owner):
            return False
        return (not since or row["update_time"] >= since) and (not until or row["update_time"] < until)

    return matches


def span(call: Call) -> tuple[str, str]:
    """`updated_since` and `updated_until` in UTC. Raises `Refusal` for milliseconds and what is no moment."""
    ends = []
    for name in ("updated_since", "updated_until"):
        told_moment = call.args.get(name, "").replace(" ", "+")
        try:
            ends.append(moment(told_moment) if told_moment else "")
        except Invalid as fault:
            raise invalid([f"{name}: {fault}"]) from fault
    return ends[0], ends[1]


def delete(call: Call, kind: str, record_id: int) -> Answer:
    """DELETE: 200; 410 with `success: true` for one that is deleted already."""
    record = call.company.the(kind, record_id)
    if record["is_deleted"]:
        return told({"id": record["id"]}, 410)
    bury(call.company, kind, record)
    return told({"id": record["id"]})


def bury(company: Company, kind: str, record: Record) -> None:
    company.put(kind, {**record, "is_deleted": True, "update_time": company.now(), "deleted_at": company.clock()})


def merge(call: Call, kind: str, record_id: int) -> Answer:
    """PUT v1 persons/{id}/merge: this one goes into the other."""
    other = call.object.get("merge_with_id")
    keep = call.company.living(kind, other)
    if keep is None or call.company.living(kind, record_id) is None:
        raise error(404, f"{SINGULAR[kind].capitalize()} not found", info="Object was not found.")
    kept = unite(call.company, kind, keep["id"], record_id)
    return told({"id": kept["id"], "merge_what_id": record_id, "name": kept["name"], "active_flag": True})


def unite(company: Company, kind: str, keep_id: Any, lose_id: Any) -> Record:
    """What `keep` lacks comes from `lose`, which is deleted; what hangs on it moves. Raises `KeyError`."""
    keep, lose = company.living(kind, keep_id), company.living(kind, lose_id)
    if keep is None or lose is None or keep["id"] == lose["id"]:
        raise KeyError(f"two {kind} {keep_id} and {lose_id} to merge")
    merged = {**keep, "update_time": company.now(), "custom_fields": {**lose["custom_fields"], **keep["custom_fields"]}}
    for key in ("emails", "phones"):
        if key in keep:
            known = {row["value"].casefold() for row in keep[key]}
            more = [row | {"primary": not keep[key]} for row in lose[key] if row["value"].casefold() not in known]
            merged[key] = [*keep[key], *more]
    for key, value in lose.items():
        if merged.get(key) is None:
            merged[key] = value
    bury(company, kind, lose)
    company.put(kind, merged)
    link = "person_id" if kind == "persons" else "org_id"
    for hanging in ("notes", "activities", *(("persons",) if kind == "organizations" else ())):
        for row in company.store.find(company.table(hanging), link, lose["id"]):
            company.put(hanging, {**row, link: keep["id"]})
    return merged


def _living(call: Call, kind: str, record_id: int) -> Record:
    record = call.company.the(kind, record_id)
    if record["is_deleted"]:
        raise missing()
    return record


def shown(company: Company, kind: str, record: Record, call: Call | None = None) -> Record:
    """The record as v2 tells it: every custom field, null where nothing stands."""
    custom = record["custom_fields"]
    codes = company.custom_fields(kind)
    if call is not None and call.names("custom_fields"):
        codes = {code: codes[code] for code in call.names("custom_fields")[:15] if code in codes}
    hidden = {"custom_fields", "deleted_at"} | ({"org_id"} if kind == "organizations" else set())
    hidden |= set() if company.contact_sync else set(CONTACT_SYNC)
    answer = {key: value for key, value in record.items() if key not in hidden}
    if company.contact_sync and kind == "persons":
        answer = {"job_title": None, "notes": None, "birthday": None, "im": [], "postal_address": None} | answer
    for name in call.names("include_fields") if call is not None else ():
        if name in COUNTS:
            answer[name] = 0
        elif name == "marketing_status":
            answer.setdefault(name, "no_consent")
    answer["custom_fields"] = {code: _readable(custom.get(code), row) for code, row in codes.items()}
    return answer


def _readable(value: Any, field: Record) -> Any:
    """A value without the options that are not there any more."""
    if value is None or field["options"] is None:
        return value
    known = {option["id"] for option in field["options"]}
    if isinstance(value, list):
        return [one for one in value if one in known] or None
    return value if value in known else None
