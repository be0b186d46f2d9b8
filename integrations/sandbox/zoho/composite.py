"""`__composite_requests`: up to five calls in one, each answered on its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from .calls import Answer, Call
from .org import Org
from .refusals import Refused

MAX_PARTS = 5
BASE = "/crm/v8"


def run(org: Org, call: Call, work: Callable[[Call], Answer]) -> Answer:
    """POST /__composite_requests; with `rollback_on_fail` one failure takes all writes back."""
    body = call.document()
    sent = call.rows("__composite_requests", MAX_PARTS)
    rollback = body.get("rollback_on_fail") is True
    if rollback and body.get("parallel_execution") is True:
        details = {"api_names": ["rollback_on_fail", "parallel_execution"]}
        raise Refused("NOT_ALLOWED", "rollback_on_fail and parallel_execution exclude each other", details)
    mark = org.store.savepoint()
    results, failed = [], 0
    for row, part in zip(sent, parts(body), strict=True):
        answer = _answered(org, part, work)
        bad = answer.status >= 400
        failed += bad
        results.append(_result(row, answer, bad))
        if bad and rollback:
            org.store.rollback_to(mark)
            break
    status = 400 if failed == len(results) else 207 if failed else 200
    return Answer(status, {"__composite_requests": results})


def _answered(org: Org, part: Call, work: Callable[[Call], Answer]) -> Answer:
    try:
        if not part.path or part.path.startswith("/__composite_requests"):
            raise Refused("INVALID_DATA", "invalid data", {"api_name": "uri"})
        return work(part)
    except Refused as refused:
        item = refused.item()
        return Answer(refused.status, {"data": [item]} if refused.wrapped or org.faults.wrapped_errors else item)


def _result(row: Any, answer: Answer, bad: bool) -> dict[str, Any]:
    headers = {"Content-Type": "application/json;charset=UTF-8"}
    response = {"status_code": answer.status, "headers": headers, "body": answer.body}
    return {
        "sub_request_id": row.get("sub_request_id") if isinstance(row, dict) else None,
        "code": "EXECUTION_FAILED" if bad else "SUCCESS",
        "details": {"response": response},
        "message": "composite request executed with errors" if bad else "composite request executed successfully",
        "status": "error" if bad else "success",
    }


def parts(body: dict[str, Any]) -> Iterator[Call]:
    """The calls inside; one that cannot be read has a blank path."""
    rows = body.get("__composite_requests")
    for raw in rows if isinstance(rows, list) else []:
        row = raw if isinstance(raw, dict) else {}
        url = urlsplit(str(row.get("uri", "")))
        path = url.path.removeprefix(BASE) if url.path.startswith(f"{BASE}/") else ""
        params, headers = _object(row, "params"), _object(row, "headers")
        yield Call(
            str(row.get("method", "GET")).upper(),
            path,
            {**dict(parse_qsl(url.query)), **{name: str(value) for name, value in params.items()}},
            {name: str(value) for name, value in headers.items()},
            row.get("body"),
        )


def _object(row: dict[str, Any], name: str) -> dict[str, Any]:
    value = row.get(name)
    return value if isinstance(value, dict) else {}
