"""Batches of at most a hundred records: what came of each row.

Zoho works a batch through in order and answers in order; every record stands alone, whatever the status of the answer.
Where it refuses the request as a whole, the row to blame is taken out and the rest is sent again; if nobody can be
blamed for what must be a row's fault, it is halved.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from integrations.contract import Cause, Fault, ProviderError
from integrations.providers.zoho import errors
from integrations.providers.zoho.reply import Reply, details_of, refusal_of
from integrations.providers.zoho.run import Run, Work
from integrations.providers.zoho.values import chunks

# What a URL may hold: `ids` has 1,024 characters.
IDS = 50
FIELDS = 50
SILENT = "Zoho CRM did not say what became of this record."
# A refusal of the whole request for one of these may lie in one row.
_OF_A_ROW = frozenset({"INVALID_DATA", "UNABLE_TO_PARSE_DATA_TYPE", "MANDATORY_NOT_FOUND", "EXPECTED_FIELD_MISSING"})


@dataclass(eq=False, slots=True)
class Row:
    """One record of a request and the leads it stands for. Once sent it has an `id` or a `fault`, and what was said."""

    values: dict[str, Any]
    works: list[Work] = field(default_factory=list)
    id: str = ""
    inserted: bool = False
    fault: Fault | None = None
    said: Any = None
    reply: Reply | None = None

    def refuse(self, fault: Fault, said: Any = None, reply: Reply | None = None) -> None:
        self.fault, self.said, self.reply = fault, said, reply


@dataclass(frozen=True, slots=True)
class Target:
    """Where rows go. `more` stands beside `data` in the body."""

    method: str
    path: str
    object: str
    more: Mapping[str, Any] = field(default_factory=dict)


def write(run: Run, target: Target, rows: Sequence[Row]) -> None:
    """Send all rows, a hundred a call. Raises only while nothing of the whole run can have been written."""
    for chunk in chunks(rows, run.client.rows):
        _send(run, target, chunk)


def _send(run: Run, target: Target, rows: Sequence[Row]) -> None:
    try:
        reply = run.write(target.method, target.path, {"data": [row.values for row in rows], **target.more})
    except errors.Rejected as rejected:
        _refused(run, target, rows, rejected)
    except ProviderError as error:
        fault = run.absorb(error)
        for row in rows:
            row.refuse(fault)
    else:
        _settle(target, reply, rows)


def _settle(target: Target, reply: Reply, rows: Sequence[Row]) -> None:
    items = reply.results("data", len(rows))
    for row, item in zip(rows, items or [{} for _ in rows], strict=True):
        row.said, row.reply = item or reply.body, reply
        record_id = details_of(item).get("id")
        if errors.code_of(item) == "SUCCESS" or item.get("status") == "success":
            row.id = str(record_id or row.values.get("id") or "")
            row.inserted = item.get("action") == "insert" or (target.method == "POST" and "action" not in item)
        if row.id:
            row.fault = None
        elif item.get("status") == "error" or (errors.code_of(item) and errors.code_of(item) != "SUCCESS"):
            row.fault = errors.fault_of(item, reply, sent=row.values, object_name=target.object, row=True)
        else:
            row.fault = unsaid(reply)


def _refused(run: Run, target: Target, rows: Sequence[Row], rejected: errors.Rejected) -> None:
    """The whole request was refused: for one row that is its fate; else find the bad one, or halve."""
    item, reply = refusal_of(rejected.reply.body), rejected.reply
    at = errors.index_of(item)
    bad = [rows[at]] if at is not None and at < len(rows) else []
    splits = rejected.fault.code in _OF_A_ROW and rejected.fault.cause is not Cause.CAMPAIGN_NOT_FOUND
    if len(rows) == 1 or not splits or _about_the_request(item):
        bad = list(rows)
    for row in bad:
        fault = errors.fault_of(item, reply, sent=row.values, object_name=target.object)
        row.refuse(fault, item or reply.body, reply)
    rest = [row for row in rows if row not in bad]
    if bad and rest:
        _send(run, target, rest)
    elif rest:
        middle = len(rest) // 2
        _send(run, target, rest[:middle])
        _send(run, target, rest[middle:])


def _about_the_request(item: Any) -> bool:
    details = details_of(item)
    return "resource_path_index" in details or details.get("api_name") == "duplicate_check_fields"


def unsaid(reply: Reply | None) -> Fault:
    status = reply.status if reply else None
    return Fault(Cause.REMOTE_UNAVAILABLE, SILENT, status=status, ambiguous=True, transient=True)


def read(run: Run, module: str, ids: Iterable[str], names: Iterable[str], **more: str) -> dict[str, dict[str, Any]]:
    """The records by id, those missing left out; `more` are further parameters. Raises `ProviderError`."""
    found: dict[str, dict[str, Any]] = {}
    columns = chunks(dict.fromkeys(names), FIELDS)
    for group in chunks(dict.fromkeys(ids), IDS):
        for some in columns:
            params = {"ids": ",".join(group), "fields": ",".join(some), "per_page": "200", **more}
            for record in run.get(module, params).records:
                found.setdefault(record["id"], {}).update(record)
    return found
