"""Rows on their way into Salesforce: collections of 200, up to five in one composite, each row with its own outcome.

New records are POSTed and known ones PATCHed, so that a lost answer has one meaning per row: a PATCH may be repeated, a
POST may have happened and must be looked for before it is repeated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from integrations.contract import Cause, Fault, ProviderError, Step
from integrations.providers.salesforce import errors
from integrations.providers.salesforce.client import (
    COLLECTION_ROWS,
    HEADERS,
    PARTS,
    Part,
    PartAnswer,
    SalesforceClient,
    query_part,
)

Records = list[dict[str, Any]]

_DUPLICATES = {"Sforce-Duplicate-Rule-Header": HEADERS["Sforce-Duplicate-Rule-Header"]}
# Assignment rules are for new leads; an update must not hand somebody's lead to somebody else.
_NO_ASSIGNMENT = {"Sforce-Auto-Assign": "FALSE"}
# When a refusal of a whole collection does not say which row it means, halves are tried, this many times at most.
_EXTRA_CALLS = 16
# Triggers that cannot take many rows at once get half as many, down to this.
_FEWEST_ROWS = 10
# A refusal of these kinds lies in one row, so the other rows deserve another try without it.
_ROW_CAUSES = frozenset(
    {Cause.DATA_VALUE_VALIDATION, Cause.MISSING_REMOTE_FIELD, Cause.REQUIRED_FIELD_MISSING, Cause.REMOTE_RULE}
)
_ROW_CODES = frozenset({"JSON_PARSER_ERROR", "MALFORMED_ID", "MISSING_ARGUMENT"})


@dataclass(slots=True, eq=False)
class Row:
    """One record to create (no `id`) or to update. After `Writer.write` it has either `record_id` or `fault`."""

    object: str
    values: Mapping[str, Any]
    step: Step
    id: str = ""
    # Whether the org's assignment rules run for it, if it is new.
    assigned: bool = True
    record_id: str = ""
    fault: Fault | None = None
    answer: Any = None
    status: int | None = None
    request_id: str = ""

    @property
    def written(self) -> bool:
        return bool(self.record_id)

    @property
    def created(self) -> bool:
        return self.written and not self.id

    @property
    def body(self) -> dict[str, Any]:
        sent = {name: wire(value) for name, value in self.values.items()}
        head: dict[str, Any] = {"attributes": {"type": self.object}}
        return {**head, "id": self.id, **sent} if self.id else {**head, **sent}


def wire(value: Any) -> Any:
    """A value as Salesforce takes it: several options of a multi picklist joined with `;`."""
    return ";".join(str(option) for option in value) if isinstance(value, tuple | list) else value


class Writer:
    """Writes rows for one delivery. `wrote` becomes true with the first row that stands, or may stand, in Salesforce;
    from then on a call that fails is told row by row instead of being raised."""

    def __init__(self, client: SalesforceClient) -> None:
        self.client = client
        self.wrote = False
        self._extra = 0

    def write(self, rows: Sequence[Row], then: Sequence[str] = ()) -> list[Records | Fault]:
        """Send the rows and, behind them in the same call where there is room, the statements of `then`.

        Answers the statements' records. Raises `ProviderError` when a call failed before anything was written.
        """
        waiting = _collections(rows, min(COLLECTION_ROWS, self.client.rows))
        answers: list[Records | Fault] = []
        self._extra = _EXTRA_CALLS
        while waiting:
            sending, waiting = self._cut(waiting)
            with_reads = not waiting and len(sending) + len(then) <= PARTS
            try:
                said = self._send(sending, then if with_reads else ())
            except ProviderError as error:
                if not self.wrote:
                    raise
                self._fail(sending, waiting, error.fault)
                return [error.fault] * len(then)
            split = [part for rows, answer in zip(sending, said, strict=False) for part in self._settle(rows, answer)]
            answers = [self._records(answer) for answer in said[len(sending) :]]
            waiting = split + waiting
        if then and len(answers) < len(then):
            answers = self._read(then)
        return answers

    def _cut(self, waiting: list[list[Row]]) -> tuple[list[list[Row]], list[list[Row]]]:
        """The collections of the next call and the rest: at most five, and no more rows than one request may have."""
        count, size = 0, 0
        for rows in waiting[:PARTS]:
            if count and size + len(rows) > self.client.rows:
                break
            count, size = count + 1, size + len(rows)
        return waiting[:count], waiting[count:]

    def _send(self, collections: Sequence[list[Row]], then: Sequence[str]) -> list[PartAnswer]:
        parts = [_part(rows) for rows in collections]
        return self.client.composite([*parts, *(query_part(statement) for statement in then)], writes=True)

    def _fail(self, sent: Sequence[list[Row]], waiting: Sequence[list[Row]], fault: Fault) -> None:
        for rows in sent:
            for row in rows:
                row.fault = replace(fault, step=row.step, object=row.object)
        for rows in waiting:
            for row in rows:
                row.fault = replace(fault, step=row.step, object=row.object, ambiguous=False)

    def _records(self, answer: PartAnswer) -> Records | Fault:
        try:
            return self.client.records(answer)
        except ProviderError as error:
            return error.fault

    def _read(self, statements: Sequence[str]) -> list[Records | Fault]:
        try:
            return self.client.query(statements)
        except ProviderError as error:
            return [error.fault] * len(statements)

    # What came back

    def _settle(self, rows: list[Row], answer: PartAnswer) -> list[list[Row]]:
        """Put each row's outcome into it; answers the collections that deserve another try."""
        body = answer.body
        if (
            isinstance(body, list)
            and len(body) == len(rows)
            and all(isinstance(i, Mapping) and "success" in i for i in body)
        ):
            for row, said in zip(rows, body, strict=True):
                self._settle_row(row, said, answer)
            return self._crowded(rows)
        if answer.status < 400 or answer.status >= 500:
            self._unknown(rows, answer)
            return []
        return self._refused(rows, answer)

    def _settle_row(self, row: Row, said: Mapping[str, Any], answer: PartAnswer) -> None:
        row.answer, row.status, row.request_id = dict(said), answer.status, answer.request_id
        if said.get("success") is True:
            row.record_id = str(said.get("id") or row.id)
            row.fault = None
            self.wrote = True
        else:
            row.fault = self._fault(row, said, answer, row.values)

    def _fault(self, row: Row, body: Any, answer: PartAnswer, sent: Mapping[str, Any]) -> Fault:
        return errors.fault_of(
            body,
            object_name=row.object,
            sent={name: wire(value) for name, value in sent.items()},
            step=row.step,
            status=answer.status,
            request_id=answer.request_id,
            row=True,
            record_url=self.client.record_url,
        )

    def _crowded(self, rows: list[Row]) -> list[list[Row]]:
        again = [row for row in rows if row.fault and errors.crowded(row.fault)]
        half = max(_FEWEST_ROWS, len(rows) // 2)
        return _chunks(again, half) if again and half < len(rows) else []

    def _unknown(self, rows: list[Row], answer: PartAnswer) -> None:
        """An outage of this part alone, or an answer that is none: the rows may have been written."""
        self.wrote = True
        for row in rows:
            fault = self._fault(row, answer.body, answer, {})
            row.answer, row.status, row.request_id = answer.body, answer.status, answer.request_id
            row.fault = replace(fault, cause=Cause.REMOTE_UNAVAILABLE, transient=True, ambiguous=True)

    def _refused(self, rows: list[Row], answer: PartAnswer) -> list[list[Row]]:
        """The whole collection was refused, nothing of it written: find the rows it is about, try the others again."""
        fault = self._fault(rows[0], answer.body, answer, rows[0].values)
        if fault.cause is Cause.RATE_LIMITED:
            self._mark(rows, answer)
            return []
        guilty = [
            row for row in rows if (fault.field and fault.field in row.values) or _is_of_unknown_object(row, fault)
        ]
        of_a_row = fault.cause in _ROW_CAUSES or fault.code in _ROW_CODES
        if len(rows) == 1 or not of_a_row or len(guilty) == len(rows) or self._extra == 0:
            self._mark(rows, answer)
            return []
        self._extra -= 1
        if guilty:
            self._mark(guilty, answer)
            return [[row for row in rows if row not in guilty]]
        return _chunks(rows, (len(rows) + 1) // 2)

    def _mark(self, rows: Sequence[Row], answer: PartAnswer) -> None:
        for row in rows:
            row.answer, row.status, row.request_id = answer.body, answer.status, answer.request_id
            row.fault = self._fault(row, answer.body, answer, row.values)


def _is_of_unknown_object(row: Row, fault: Fault) -> bool:
    """Whether the object of the row is one that is gone or hidden: "sObject type 'X' is not supported"."""
    return fault.code == "INVALID_TYPE" and f"'{row.object}'" in fault.message


def _collections(rows: Sequence[Row], size: int) -> list[list[Row]]:
    """Collections of one verb and one set of headers, objects side by side: creates first, nobody has these yet."""
    ordered = sorted(rows, key=lambda row: row.object)
    creates = [row for row in ordered if not row.id and row.assigned]
    unassigned = [row for row in ordered if not row.id and not row.assigned]
    updates = [row for row in ordered if row.id]
    return [*_chunks(creates, size), *_chunks(unassigned, size), *_chunks(updates, size)]


def _chunks(rows: Sequence[Row], size: int) -> list[list[Row]]:
    return [list(rows[start : start + size]) for start in range(0, len(rows), size)]


def _part(rows: Sequence[Row]) -> Part:
    body = {"allOrNone": False, "records": [row.body for row in rows]}
    if rows[0].id:
        return Part("PATCH", "composite/sobjects", body, {**_DUPLICATES, **_NO_ASSIGNMENT})
    rules = {} if rows[0].assigned else _NO_ASSIGNMENT
    return Part("POST", "composite/sobjects", body, {**_DUPLICATES, **rules})
