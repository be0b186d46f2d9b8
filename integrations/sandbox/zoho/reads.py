"""Records as the API shows them: one, lists, and what was deleted."""

from __future__ import annotations

import base64
import json
from typing import Any

from ..store import Record
from .calls import NOTHING, Answer, Call
from .fields import Field
from .org import BIN, Org
from .refusals import Refused, missing_param
from .writes import need

PER_PAGE = 200
PAGES_REACH = 2000
TOKEN_REACH = 100_000
TOKEN_SECONDS = 86_400
MAX_FIELDS = 50
MAX_IDS = 1024
SORTABLE = ("id", "Created_Time", "Modified_Time")


def get_record(org: Org, call: Call, module: str, record_id: str) -> Answer:
    """GET /{module}/{id}; `fields` is free here."""
    module = org.module(module)
    need(org, module, "view")
    record = org.by_path(module, record_id, call.header("X-EXTERNAL"))
    names = wanted_fields(org, module, call, obligatory=False)
    return Answer(200, {"data": [shown(org, module, record, names)]})


def get_records(org: Org, call: Call, module: str) -> Answer:
    """GET /{module}?fields=."""
    module = org.module(module)
    need(org, module, "view")
    names = wanted_fields(org, module, call, obligatory=True)
    rows = _chosen(org, module, call)
    rows = [row for row in rows if _of_kind(row, call.args.get("converted", "false"))]
    return listed(org, call, module, sorted_rows(call, rows), names)


def _chosen(org: Org, module: str, call: Call) -> list[Record]:
    if "ids" not in call.args:
        return org.all(module)
    if len(call.args["ids"]) > MAX_IDS:
        raise Refused("LIMIT_EXCEEDED", "limit exceeded", {"limit": MAX_IDS, "param_name": "ids"})
    external = call.header("X-EXTERNAL")
    found = [org.by_key(module, one, external) for one in call.names("ids")]
    return [row for row in found if row is not None]


def _of_kind(row: Record, converted: str) -> bool:
    return converted == "both" or bool(row.get("$converted")) == (converted == "true")


def wanted_fields(org: Org, module: str, call: Call, *, obligatory: bool) -> list[str]:
    """The names asked for, unknown ones left out; all of them when none is named. Raises `Refused`."""
    names = call.names("fields")
    if not names:
        if obligatory:
            raise missing_param("fields")
        return list(org.fields(module))
    if len(names) > MAX_FIELDS:
        raise Refused("LIMIT_EXCEEDED", "limit exceeded", {"limit": MAX_FIELDS, "param_name": "fields"})
    known = org.fields(module)
    return [name for name in names if name in known or name in ("$converted", "$converted_detail", "$approval_state")]


def sorted_rows(call: Call, rows: list[Record]) -> list[Record]:
    by = call.args.get("sort_by", "id")
    if by not in SORTABLE:
        raise Refused("INVALID_DATA", "invalid data", {"param_name": "sort_by", "supported_values": list(SORTABLE)})
    return sorted(rows, key=lambda row: (row[by], row["id"]), reverse=call.args.get("sort_order", "desc") == "desc")


def listed(org: Org, call: Call, module: str, rows: list[Record], names: list[str]) -> Answer:
    """One page of the rows; nothing is 204 without a body. Raises `Refused` beyond the reach of pages."""
    per_page = call.number("per_page", PER_PAGE, PER_PAGE)
    token = call.args.get("page_token")
    page = _page_of(org, module, token) if token else call.number("page", 1)
    if not token and page * per_page > PAGES_REACH:
        message = "please use page_token to fetch more than 2000 records"
        raise Refused("DISCRETE_PAGINATION_LIMIT_EXCEEDED", message, {"limit": PAGES_REACH, "param_name": "page"})
    start = (page - 1) * per_page
    cut = rows[start : start + per_page]
    more = start + per_page < min(len(rows), TOKEN_REACH)
    info = _info(org, call, module, page=page, per_page=per_page, count=len(cut), more=more)
    if not cut:
        return nothing(org, info)
    return Answer(200, {"data": [shown(org, module, row, names) for row in cut], "info": info})


def nothing(org: Org, info: dict[str, Any]) -> Answer:
    return Answer(200, {"data": [], "info": info}) if org.faults.empty_lists_200 else Answer(NOTHING)


def _info(org: Org, call: Call, module: str, *, page: int, per_page: int, count: int, more: bool) -> dict[str, Any]:
    token = expiry = None
    if more:
        ends = org.clock() + TOKEN_SECONDS
        text = json.dumps([module, page + 1, int(ends)])
        token, expiry = base64.urlsafe_b64encode(text.encode()).decode(), org.place.moment(ends)
    return {
        "per_page": per_page,
        "count": count,
        "page": page,
        "sort_by": call.args.get("sort_by", "id"),
        "sort_order": call.args.get("sort_order", "desc"),
        "more_records": more,
        "next_page_token": token,
        "page_token_expiry": expiry,
    }


def _page_of(org: Org, module: str, token: str) -> int:
    try:
        of, page, ends = json.loads(base64.urlsafe_b64decode(token))
    except (ValueError, TypeError) as error:
        raise Refused("INVALID_DATA", "invalid data", {"param_name": "page_token"}) from error
    if of != module or ends <= org.clock():
        raise Refused("EXPIRED_VALUE", "page_token expired", {"param_name": "page_token"})
    return int(page)


def count(org: Org, call: Call, module: str) -> Answer:
    """GET /{module}/actions/count, for all records or those of one e-mail or phone."""
    module = org.module(module)
    rows = [row for row in org.all(module) if not row.get("$converted")]
    for name, field in (("email", "Email"), ("phone", "Phone")):
        if call.args.get(name):
            rows = [row for row in rows if str(row.get(field) or "").casefold() == call.args[name].casefold()]
    return Answer(200, {"count": len(rows)})


def deleted(org: Org, call: Call, module: str) -> Answer:
    """GET /{module}/deleted."""
    module = org.module(module)
    rows = [row for row in org.all(BIN) if row["module"] == module][::-1]
    per_page, page = call.number("per_page", PER_PAGE, PER_PAGE), call.number("page", 1)
    cut = rows[(page - 1) * per_page : page * per_page]
    info = {"per_page": per_page, "count": len(cut), "page": page, "more_records": page * per_page < len(rows)}
    if not cut:
        return nothing(org, info)
    data = [
        {
            "deleted_by": org.user(),
            "id": row["id"],
            "display_name": org.named(row, module),
            "type": "recycle",
            "created_by": org.user(row["Created_By"]["id"]),
            "deleted_time": row["deleted"],
        }
        for row in cut
    ]
    return Answer(200, {"data": data, "info": info})


# One record


def shown(org: Org, module: str, record: Record, names: list[str]) -> dict[str, Any]:
    """The record with these fields; blank ones are null, the id is always there."""
    fields = org.fields(module)
    special = org.special(module)
    row = {
        name: value_of(org, module, record, fields.get(name), name) if name in special else record.get(name)
        for name in names
    }
    row["id"] = record["id"]
    if module == "Leads" and len(names) == len(fields):
        row |= {"$converted": bool(record.get("$converted")), "$converted_detail": record.get("$converted_detail", {})}
    if len(names) == len(fields):
        row["$approval_state"] = "approved"
    return row


def value_of(org: Org, module: str, record: Record, field: Field | None, name: str) -> Any:
    """One value as reads show it: references with their names."""
    if name == "Full_Name":
        return org.named(record, module) or None
    if name == "Converted__s":
        return bool(record.get("$converted"))
    value = record.get(name)
    if field is None or value is None:
        return False if field is not None and field["data_type"] == "boolean" else None
    if name == "Parent_Id":
        parent = org.get(value["module"], value["id"])
        module_row = {"api_name": value["module"], "id": org.module_id(value["module"])}
        return {"module": module_row, "name": org.named(parent, value["module"]) if parent else None, "id": value["id"]}
    if field["data_type"] == "ownerlookup":
        return org.user(value["id"], email=True)
    if field["data_type"] == "lookup":
        target = org.get(field["lookup"], value["id"])
        return {"name": org.named(target, field["lookup"]) if target else None, "id": value["id"]}
    return value
