"""Bulk write: a zip of CSV to the content host, a job at the API that works through it, the job's state."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable
from typing import Any

from werkzeug.datastructures import FileStorage

from .calls import Answer, Call
from .fields import Field
from .org import Org
from .refusals import Refused
from .writes import insert, success, update, upsert

FILES = "_bulk_file"
JOBS = "_bulk_job"
MAX_ROWS = 25_000
START_COST = 500
WORK = {"insert": insert, "update": update, "upsert": upsert}
NUMBERS = {"integer": int, "bigint": int, "double": float, "currency": float, "percent": float}


def check_scopes(org: Org, method: str, granted: Iterable[str]) -> None:
    """Raises `Refused` when the token may not write in bulk."""
    wanted = {f"zohocrm.bulk.{action}" for action in ("all", "read" if method == "GET" else "create")}
    if not wanted & {scope.casefold() for scope in granted}:
        status = org.faults.scope_mismatch_status
        raise Refused("OAUTH_SCOPE_MISMATCH", "invalid oauth scope to access this URL", status=status)


def upload(org: Org, file: FileStorage | None, feature: str, zgid: str) -> Answer:
    """POST {content host}/crm/v8/upload. Raises `Refused`."""
    if feature != "bulk-write" or zgid != org.place.zgid:
        raise Refused("INVALID_DATA", "invalid data", {"headers": ["feature", "X-CRM-ORG"]})
    try:
        with zipfile.ZipFile(io.BytesIO(file.read() if file else b"")) as packed:
            text = packed.read(packed.namelist()[0]).decode("utf-8-sig")
    except (zipfile.BadZipFile, IndexError, UnicodeDecodeError) as error:
        raise Refused("INVALID_FILE_FORMAT", "the file is not a zip of one CSV file") from error
    file_id = org.new_id()
    org.store.put(FILES, file_id, {"id": file_id, "$org": org.place.key, "text": text})
    details = {"file_id": file_id, "created_time": org.now()}
    return Answer(200, {**success("file uploaded.", details), "code": "FILE_UPLOAD_SUCCESS"})


def start(org: Org, call: Call) -> Answer:
    """POST /crm/bulk/v8/write. The job is done by the time somebody asks. Raises `Refused`."""
    body = call.document()
    operation, resources = body.get("operation"), body.get("resource")
    if operation not in WORK or not isinstance(resources, list) or len(resources) != 1:
        raise Refused("INVALID_DATA", "invalid data", {"api_names": ["operation", "resource"]})
    sent = resources[0] if isinstance(resources[0], dict) else {}
    kept = org.store.get(FILES, str(sent.get("file_id")))
    if kept is None or kept["$org"] != org.place.key:
        raise Refused("INVALID_FILE_ID", "the file id is invalid", {"file_id": sent.get("file_id")})
    module = org.module(str((sent.get("module") or {}).get("api_name")))
    rows = _rows(org, module, kept["text"], sent.get("field_mappings") or [])
    counts = _worked(org, module, operation, rows, sent.get("find_by"))
    job_id = org.new_id()
    file = {"status": "COMPLETED", "name": f"{module}.csv", "total_count": len(rows), **counts}
    resource = {"status": "COMPLETED", "type": "data", "module": {"api_name": module}, "file": file}
    by = org.user()
    job = {"id": job_id, "status": "COMPLETED", "operation": operation, "created_by": by, "created_time": org.now()}
    org.store.put(JOBS, job_id, {**job, "resource": [resource], "$org": org.place.key})
    return Answer(201, success("success", {"id": job_id, "created_by": by}))


def state(org: Org, job_id: str) -> Answer:
    """GET /crm/bulk/v8/write/{job}. Raises `Refused`."""
    job = org.store.get(JOBS, job_id)
    if job is None or job["$org"] != org.place.key:
        raise Refused("RESOURCE_NOT_FOUND", "the job id is invalid", {"id": job_id}, 404)
    return Answer(200, {name: value for name, value in job.items() if name != "$org"})


def _rows(org: Org, module: str, text: str, mappings: list[Any]) -> list[dict[str, Any]]:
    """The CSV as records, by the columns' names or by `field_mappings`. Raises `Refused`."""
    head, *lines = list(csv.reader(io.StringIO(text))) or [[]]
    if len(lines) > MAX_ROWS:
        raise Refused("LIMIT_EXCEEDED", "limit exceeded", {"limit": MAX_ROWS})
    named = {m["index"]: m["api_name"] for m in mappings if isinstance(m, dict) and "index" in m and "api_name" in m}
    names = named or dict(enumerate(head))
    fields = org.fields(module)
    unknown = [name for name in names.values() if name not in fields and name != "id"]
    if unknown:
        raise Refused("INVALID_FIELD", "the field is not available in the module", {"api_name": unknown[0]})
    return [
        {name: _value(fields.get(name), line[at]) for at, name in names.items() if at < len(line) and line[at] != ""}
        for line in lines
    ]


def _value(field: Field | None, text: str) -> Any:
    """A cell as the API's JSON would have it; what does not fit stays text and is refused with its record."""
    kind = field["data_type"] if field else "text"
    if kind == "boolean":
        return {"true": True, "false": False}.get(text.lower(), text)
    if kind == "multiselectpicklist":
        return text.split(";")
    if kind in ("lookup", "ownerlookup", "userlookup"):
        return {"id": text}
    try:
        return NUMBERS[kind](text) if kind in NUMBERS else text
    except ValueError:
        return text


def _worked(org: Org, module: str, operation: str, rows: list[dict[str, Any]], find_by: Any) -> dict[str, int]:
    counts = {"added_count": 0, "updated_count": 0, "skipped_count": 0}
    keys = {"duplicate_check_fields": [find_by]} if operation == "upsert" and find_by else {}
    for begin in range(0, len(rows), 100):
        part = Call("POST", "", {}, {}, {"data": rows[begin : begin + 100], **keys})
        for item in WORK[operation](org, part, module).body["data"]:
            made = item.get("action", operation) == "insert"
            name = "skipped_count" if item["status"] == "error" else "added_count" if made else "updated_count"
            counts[name] += 1
    return counts
