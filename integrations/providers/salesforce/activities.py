"""Engagements on a person's timeline: a Task each, an Event for a calendar invite.

Salesforce has no natural key for them. The id that comes back is remembered above; after an answer that never came, the
person's activities are read and compared before anything is created. A body cannot be filtered by in SOQL, so the query
narrows by person (and, for Tasks, by day) and subject and body are compared here. Of two engagements alike in subject,
body and time each takes a record of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.contract import EngagementKind, EngagementWrite, Step
from integrations.providers.salesforce import soql
from integrations.providers.salesforce.jobs import Job, Look
from integrations.providers.salesforce.writing import Row

DONE = "Completed"
# An invite without an end: Salesforce wants one.
USUAL_LENGTH = timedelta(minutes=30)
_FIELDS = {
    "Task": ("Id", "WhoId", "Subject", "Description", "ActivityDate", "CreatedDate"),
    "Event": ("Id", "WhoId", "Subject", "Description", "StartDateTime", "CreatedDate"),
}


def row_of(engagement: EngagementWrite, person_id: str) -> Row:
    """The record that stands for an engagement."""
    values: dict[str, Any] = {"WhoId": person_id, "Subject": engagement.subject}
    if engagement.body.strip():
        values["Description"] = engagement.body
    if engagement.kind is EngagementKind.CALENDAR_INVITE:
        start = engagement.happened_at
        end = engagement.ends_at if engagement.ends_at and engagement.ends_at > start else start + USUAL_LENGTH
        return Row("Event", {**values, "StartDateTime": _moment(start), "EndDateTime": _moment(end)}, Step.ENGAGEMENT)
    day = engagement.happened_at.date().isoformat()
    return Row("Task", {**values, "ActivityDate": day, "Status": DONE}, Step.ENGAGEMENT)


class Engagements:
    """Logs the engagements of a batch, each once."""

    def __init__(self) -> None:
        self._wanted: list[tuple[Job, EngagementWrite, Row]] = []

    def gather(self, jobs: Iterable[Job]) -> None:
        for job in jobs:
            for engagement in job.delivery.engagements:
                self._wanted.append((job, engagement, row_of(engagement, job.person_id)))

    def ask(self, look: Look) -> None:
        """Ask for the activities of those whose last try had no answer."""
        unsure = [row for job, _, row in self._wanted if job.delivery.in_doubt]
        days = sorted(row.values["ActivityDate"] for row in unsure if row.object == "Task")
        for name, fields in _FIELDS.items():
            within = f" AND ActivityDate >= {days[0]} AND ActivityDate <= {days[-1]}" if name == "Task" and days else ""
            for persons in soql.chunks(row.values["WhoId"] for row in unsure if row.object == name):
                where = f"{soql.among('WhoId', persons)}{within}"
                look.ask(name, [soql.select(fields, name, where, "ORDER BY CreatedDate")])

    def rows(self, look: Look) -> list[Row]:
        """The records to create: all but those that are there already. Raises `Refused`."""
        there = {name: list(look.records(name)) for name in _FIELDS}
        missing = []
        for job, engagement, row in self._wanted:
            found = _taken(there[row.object], row) if job.delivery.in_doubt else None
            if found is None:
                missing.append(row)
            else:
                job.result.engagements[engagement.uid] = found["Id"]
                summary = f"The {row.object} {found['Id']} of the earlier try is there."
                job.note(Step.ENGAGEMENT, summary, {"WhoId": row.values["WhoId"]}, {"Id": found["Id"]})
        return missing

    def settle(self, rows: Sequence[Row]) -> None:
        """What became of them. Rows that were never sent stay out of the results."""
        sent = {id(row) for row in rows}
        for job, engagement, row in self._wanted:
            if id(row) not in sent:
                continue
            if row.fault:
                job.fail(row.fault)
                summary = row.fault.message
            else:
                job.result.engagements[engagement.uid] = row.record_id
                summary = f"Logged as {row.object} {row.record_id}."
            job.note(Step.ENGAGEMENT, summary, row.body, row.answer, row.status, row.request_id)


def _taken(records: list[dict[str, Any]], row: Row) -> Mapping[str, Any] | None:
    """The record of this row, taken out of the list so that no other engagement finds it."""
    for position, record in enumerate(records):
        if _is_same(record, row.values):
            return records.pop(position)
    return None


def _is_same(record: Mapping[str, Any], sent: Mapping[str, Any]) -> bool:
    if not soql.same(str(record.get("WhoId")), sent["WhoId"]):
        return False
    if any(_plain(record.get(name)) != _plain(sent.get(name)) for name in ("Subject", "Description")):
        return False
    if "StartDateTime" in sent:
        return _instant(record.get("StartDateTime")) == _instant(sent["StartDateTime"])
    return record.get("ActivityDate") == sent["ActivityDate"]


def _plain(value: Any) -> str:
    """Salesforce stores line ends its own way and trims; that is no difference."""
    return " ".join(str(value or "").split())


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _instant(said: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(str(said))
    except ValueError:
        return None
