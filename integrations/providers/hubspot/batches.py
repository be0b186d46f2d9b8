"""Batches of at most a hundred records: what came of each row, whatever order or shape the answer has.

Every row carries its own `objectWriteTraceId`, which lets HubSpot write the good ones and answer 207. Where it refuses
the whole batch all the same, the rows to blame are taken out and the rest is sent again; if nobody can be blamed, it is
halved.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from integrations.contract import Cause, Fault, ProviderError
from integrations.providers.hubspot import errors
from integrations.providers.hubspot.reply import Reply, properties_of
from integrations.providers.hubspot.run import Run, Work

LIMIT = 100
TRACE = "objectWriteTraceId"
# HubSpot adds these to a record; they say under which other keys it was meant.
MERGED, OTHER_EMAILS = "hs_merged_object_ids", "hs_additional_emails"
SILENT = "HubSpot did not say what became of this record."

T = TypeVar("T")


@dataclass(eq=False, slots=True)
class Row:
    """One input and the leads it stands for. Once sent it has a `record` or a `fault`, and the `reply` that said it."""

    input: dict[str, Any]
    works: list[Work] = field(default_factory=list)
    trace: str = ""
    record: dict[str, Any] | None = None
    fault: Fault | None = None
    said: Any = None
    reply: Reply | None = None

    @property
    def properties(self) -> Mapping[str, str]:
        return properties_of(self.input)

    def keys(self) -> set[str]:
        """What a result may name this row by, besides its trace id."""
        found = {str(self.input["id"]).lower()} if self.input.get("id") else set()
        email = self.properties.get("email")
        return found | ({email.lower()} if email else set())

    def refuse(self, fault: Fault, said: Any, reply: Reply | None) -> None:
        self.fault, self.said, self.reply = fault, said, reply


def chunks(items: Sequence[T], size: int = LIMIT) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def write(run: Run, path: str, rows: Sequence[Row]) -> None:
    """Send all rows, a hundred a call. Raises only while nothing of the whole run can have been written."""
    for number, row in enumerate(rows):
        row.trace = row.trace or str(number)
    for chunk in chunks(rows):
        _send(run, path, chunk)


def _send(run: Run, path: str, rows: Sequence[Row]) -> None:
    try:
        reply = run.write(path, {"inputs": [{**row.input, TRACE: row.trace} for row in rows]})
    except errors.Rejected as rejected:
        _refused(run, path, rows, rejected)
    except ProviderError as error:
        fault = run.absorb(error)
        for row in rows:
            row.refuse(fault, None, getattr(error, "reply", None))
    else:
        settle(reply, rows)


def _refused(run: Run, path: str, rows: Sequence[Row], rejected: errors.Rejected) -> None:
    """The whole batch was refused: for one row that is its fate; else find the bad ones, or halve."""
    reply = rejected.reply
    splittable = reply.status in (400, 404, 409) and reply.readable
    if len(rows) == 1 or not splittable or rejected.fault.cause is Cause.PERMISSION:
        for row in rows:
            row.refuse(refined(rejected.fault, row, reply), reply.body, reply)
        return
    bad = blamed(reply, rows)
    for row, fault in bad.items():
        # The text speaks of all bad rows; a lead's story tells only what was said of it.
        row.refuse(fault, {"category": errors.code_of(reply.body), "code": fault.code, "message": fault.message}, reply)
    rest = [row for row in rows if row not in bad]
    if bad and rest:
        _send(run, path, rest)
    elif rest:
        middle = len(rest) // 2
        _send(run, path, rest[:middle])
        _send(run, path, rest[middle:])


def blamed(reply: Reply, rows: Sequence[Row]) -> dict[Row, Fault]:
    """The rows a refusal is about, as far as its text tells; empty when it does not."""
    bad: dict[Row, Fault] = {}
    for said in errors.property_faults(reply.body):
        for row in _carriers(said, rows):
            if row not in bad:
                fault = errors.fault_of(reply.body, reply)
                value = said.value or row.properties.get(said.name, "")
                bad[row] = replace(
                    fault,
                    cause=said.cause,
                    message=said.message or fault.message,
                    code=said.code,
                    field=said.name,
                    value=value,
                    collides_with=fault.collides_with if said.cause is Cause.DUPLICATE_RECORD else None,
                )
    if not bad:
        ids = {name.lower() for name in errors.context_of(reply.body, "ids", "id")}
        bad = {row: errors.fault_of(reply.body, reply) for row in rows if ids & row.keys()}
    return bad


def _carriers(said: errors.PropertyFault, rows: Sequence[Row]) -> list[Row]:
    """The rows that sent what is complained about."""
    sent = [row for row in rows if said.name in row.properties]
    if said.cause is Cause.MISSING_REMOTE_FIELD or len(sent) == 1:
        return sent
    if said.value:
        return [row for row in sent if _holds(row.properties[said.name], said.value)]
    if said.cause is Cause.REQUIRED_FIELD_MISSING:
        return [row for row in rows if said.name not in row.properties]
    return []


def _holds(sent: str, value: str) -> bool:
    """One option of several is repeated alone; e-mails come back lower-cased."""
    return sent.lower() == value.strip().lower() or value in sent.split(";")


def refined(fault: Fault, row: Row, reply: Reply) -> Fault:
    """The fault with the value this row sent in the property it names."""
    if fault.field and not fault.value:
        return replace(fault, value=row.properties.get(fault.field, ""))
    return fault


def settle(reply: Reply, rows: Sequence[Row]) -> None:
    """Give each row its result or its error. By trace id, then by key; never by position."""
    by_trace = {row.trace: row for row in rows}
    for record in reply.records:
        row = by_trace.get(str(record.get(TRACE, ""))) or _named(record, rows)
        if row and row.record is None:
            row.record, row.said, row.reply = record, record, reply
    general: tuple[Fault, Any] = (unsaid(reply), reply.body)
    for entry in reply.rows("errors"):
        concerned = _concerned(entry, rows, by_trace)
        fault = errors.fault_of(entry, reply, status=_status(entry))
        general = general if concerned else (fault, entry)
        for row in concerned:
            row.refuse(refined(fault, row, reply), entry, reply)
    for row in rows:
        if row.record is None and row.fault is None:
            fault, said = general
            row.refuse(fault, said, reply)


def _named(record: Mapping[str, Any], rows: Sequence[Row]) -> Row | None:
    """The row a result without a trace id belongs to: by id or unique value, else by all the values that were sent."""
    present = properties_of(record)
    names = {str(record.get("id", "")).lower(), str(present.get("email") or "").lower()}
    names |= {*parts_of(present.get(MERGED)), *parts_of(present.get(OTHER_EMAILS))}
    names |= {str(present.get(str(row.input.get("idProperty", ""))) or "").lower() for row in rows}
    open_rows = [row for row in rows if row.record is None]
    by_key = next((row for row in open_rows if row.keys() & (names - {""})), None)
    return by_key or next((row for row in open_rows if not row.keys() and _says_the_same(row, present)), None)


def _says_the_same(row: Row, present: Mapping[str, Any]) -> bool:
    return bool(row.properties) and all(present.get(name) == value for name, value in row.properties.items())


def _concerned(entry: Mapping[str, Any], rows: Sequence[Row], by_trace: Mapping[str, Row]) -> list[Row]:
    traces = errors.context_of(entry, TRACE)
    if traces:
        return [by_trace[trace] for trace in traces if trace in by_trace]
    ids = {name.lower() for name in errors.context_of(entry, "ids", "id")}
    return [row for row in rows if row.record is None and ids & row.keys()]


def _status(entry: Mapping[str, Any]) -> int:
    """An entry of a 207 has no status of its own; its category stands for one."""
    return {"CONFLICT": 409, "OBJECT_NOT_FOUND": 404, "MISSING_SCOPES": 403}.get(str(entry.get("category")), 400)


def unsaid(reply: Reply | None) -> Fault:
    return Fault(
        Cause.REMOTE_UNAVAILABLE,
        SILENT,
        status=reply.status if reply else None,
        request_id=reply.request_id if reply else "",
        ambiguous=True,
        transient=True,
    )


def parts_of(value: Any) -> list[str]:
    """A property that lists several: lower-cased parts."""
    return [part.strip().lower() for part in str(value or "").split(";") if part.strip()]


def read(
    run: Run, path: str, asked: Iterable[str], properties: Iterable[str], *, id_property: str = ""
) -> dict[str, dict[str, Any]]:
    """The records by what was asked for (ids, or values of `id_property`, lower-cased); those missing are left out.

    Reads the store, not the search index. Raises `ProviderError`.
    """
    found: dict[str, dict[str, Any]] = {}
    wanted = sorted({*properties, MERGED, *((id_property, OTHER_EMAILS) if id_property else ())})
    for chunk in chunks(list(dict.fromkeys(name.lower() for name in asked))):
        body: dict[str, Any] = {"properties": wanted, "inputs": [{"id": name} for name in chunk]}
        if id_property:
            body["idProperty"] = id_property
        reply = run.read(path, body)
        open_names = set(chunk)
        strays = []
        for record in reply.records:
            names = _names_of(record, id_property) & open_names
            for name in names:
                found[name] = record
            open_names -= names
            strays += [] if names else [record]
        gone = {name.lower() for entry in reply.rows("errors") for name in errors.context_of(entry, "ids", "id")}
        open_names -= gone
        if len(open_names) == len(strays) == 1:
            found[open_names.pop()] = strays[0]
    return found


def _names_of(record: Mapping[str, Any], id_property: str) -> set[str]:
    values = properties_of(record)
    if not id_property:
        return {str(record.get("id", "")), *parts_of(values.get(MERGED))}
    names = {str(values.get(id_property) or "").lower()}
    return names | set(parts_of(values.get(OTHER_EMAILS))) if id_property == "email" else names
