"""Engagements on the person's timeline: an activity where Pipedrive has a type for it, else a note.

Neither is deduplicated by Pipedrive. Each carries our own id of it as its last, small line; after a lost answer the
person's activities and notes, read from the store, tell by that line whether it is there.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from integrations.contract import EngagementKind, EngagementWrite, ProviderError, Refused, Step
from integrations.providers.pipedrive import errors
from integrations.providers.pipedrive.client import V1
from integrations.providers.pipedrive.dispatch import Ask, Outcome
from integrations.providers.pipedrive.reply import Reply
from integrations.providers.pipedrive.run import Run, Work

# Names of activity types that stand for a kind, Pipedrive's own first; compared without regard to case and blanks.
TYPES: dict[EngagementKind, tuple[str, ...]] = {
    EngagementKind.NOTE: (),
    EngagementKind.CALL: ("call",),
    EngagementKind.EMAIL: ("email",),
    EngagementKind.CALENDAR_INVITE: ("meeting",),
    EngagementKind.TEXT: ("sms", "text", "textmessage"),
    EngagementKind.LINKEDIN: ("linkedin", "linkedinmessage"),
    EngagementKind.FACEBOOK: ("facebook", "facebookmessage"),
    EngagementKind.X: ("x", "twitter", "xmessage"),
}
# What every company has, should the list not be readable.
USUAL = {"call": "call", "email": "email", "meeting": "meeting"}
PAGE = 500
ACTIVITIES, NOTES = "activities", "notes"

Logging = tuple[Work, EngagementWrite]


def log(run: Run, works: Sequence[Work]) -> None:
    """Put each lead's engagements on its person's timeline, once."""
    logging = [(work, write) for work in works if work.id for write in work.delivery.engagements]
    if not logging:
        return
    try:
        types = _types(run)
    except ProviderError as error:
        fault = run.absorb(error)
        for work, _ in logging:
            work.fail(fault, Step.ENGAGEMENT)
        return
    _recognise(run, {work for work, _ in logging if work.delivery.in_doubt})
    open_ones = [
        (work, write)
        for work, write in logging
        if write.uid not in work.result.engagements and not (work.delivery.in_doubt and _failed_here(work))
    ]
    asks = [_ask(run, work, write, types) for work, write in open_ones]
    for (work, write), ask, outcome in zip(open_ones, asks, run.all(asks), strict=True):
        _settle(work, write, ask, outcome)


def _failed_here(work: Work) -> bool:
    return work.result.fault is not None and work.result.fault.step is Step.ENGAGEMENT


def _types(run: Run) -> dict[str, str]:
    """Activity type by its plain name; read once by a client. Raises `ProviderError`."""
    if "activity types" not in run.client.kept:
        try:
            run.client.kept["activity types"] = run.one(Ask("GET", f"{V1}/activityTypes", gives="list")).rows
        except Refused:
            return USUAL
    rows = [row for row in run.client.kept["activity types"] if row.get("key_string") and row.get("active_flag", True)]
    named = {_plain_name(row.get("name")): str(row["key_string"]) for row in rows}
    return {**named, **{_plain_name(row["key_string"]): str(row["key_string"]) for row in rows}}


def _plain_name(said: Any) -> str:
    return re.sub(r"[\W_]+", "", str(said or "")).lower()


def _ask(run: Run, work: Work, write: EngagementWrite, types: dict[str, str]) -> Ask:
    type = next((types[name] for name in TYPES[write.kind] if name in types), "")
    if type:
        return Ask("POST", f"{run.v2}/{ACTIVITIES}", json=activity(work, write, type), gives="record")
    return Ask("POST", f"{V1}/{NOTES}", json=note(work, write), gives="record")


def activity(work: Work, write: EngagementWrite, type: str) -> dict[str, Any]:
    """The body of an activity. Its person follows from the primary participant; times are UTC."""
    at = write.happened_at.astimezone(UTC)
    ends = write.ends_at.astimezone(UTC) if write.ends_at else at
    minutes = int((ends - at).total_seconds() // 60)
    body: dict[str, Any] = {
        "subject": (write.subject or type)[:255],
        "type": type,
        "participants": [{"person_id": int(work.id), "primary": True}],
        "due_date": f"{at:%Y-%m-%d}",
        "due_time": f"{at:%H:%M}",
        "done": ends <= datetime.now(UTC),
        "note": _page(write.body, write.uid),
    }
    if 0 < minutes < 24 * 60:
        body["duration"] = f"{minutes // 60:02}:{minutes % 60:02}"
    if work.company_id:
        body["org_id"] = int(work.company_id)
    return body


def note(work: Work, write: EngagementWrite) -> dict[str, Any]:
    """The body of a note. What is no note in Mobly says first what it was."""
    parts = (write.body,) if write.kind is EngagementKind.NOTE and write.body.strip() else (write.subject, write.body)
    at = write.happened_at.astimezone(UTC)
    text = "\n".join(part for part in parts if part.strip())
    return {"content": _page(text, write.uid), "person_id": int(work.id), "add_time": f"{at:%Y-%m-%d %H:%M:%S}"}


def _page(said: str, uid: str) -> str:
    """Plain text as the HTML Pipedrive shows, and our mark under it."""
    text = html.escape(said.strip(), quote=False).replace("\r\n", "\n").replace("\n", "<br>")
    return f"{text}<br><br><i>{mark(uid)}</i>" if text else f"<i>{mark(uid)}</i>"


def mark(uid: str) -> str:
    return f"Mobly {uid}"


def _settle(work: Work, write: EngagementWrite, ask: Ask, outcome: Outcome) -> None:
    if isinstance(outcome, Reply):
        work.result.engagements[write.uid] = str(outcome.record["id"])
        summary = f"Logged “{write.subject}”."
        work.note(Step.ENGAGEMENT, summary, sent=ask.json, answer=outcome.record, reply=outcome)
        return
    reply = outcome.reply if isinstance(outcome, errors.Rejected) else None
    kind = ask.path.rpartition("/")[2]
    work.fail(replace(outcome.fault, object=kind), Step.ENGAGEMENT)
    answer = reply.body if reply else None
    work.note(Step.ENGAGEMENT, outcome.fault.message, sent=ask.json, answer=answer, reply=reply)


# --- After a lost answer --------------------------------------------------------------------------------------------


def _recognise(run: Run, works: set[Work]) -> None:
    """Mark as done what is on the person's timeline already."""
    for work in works:
        try:
            records = [*_activities(run, work.id), *_notes(run, work.id)]
        except ProviderError as error:
            fault = run.absorb(error)
            work.fail(fault, Step.ENGAGEMENT)
            continue
        for write in work.delivery.engagements:
            found = next((record for record in records if mark(write.uid) in _text(record)), None)
            if found is not None:
                work.result.engagements[write.uid] = str(found["id"])
                work.note(Step.ENGAGEMENT, f"“{write.subject}” is on the timeline already.", answer=found)


def _activities(run: Run, person_id: str) -> list[dict[str, Any]]:
    params: dict[str, Any] = {"person_id": person_id, "limit": PAGE}
    rows: list[dict[str, Any]] = []
    while True:
        reply = run.one(Ask("GET", f"{run.v2}/{ACTIVITIES}", params=params, gives="list"))
        rows += reply.rows
        if not reply.next_cursor or reply.next_cursor == params.get("cursor"):
            return rows
        params = {**params, "cursor": reply.next_cursor}


def _notes(run: Run, person_id: str) -> list[dict[str, Any]]:
    params: dict[str, Any] = {"person_id": person_id, "limit": PAGE, "start": 0}
    rows: list[dict[str, Any]] = []
    while True:
        reply = run.one(Ask("GET", f"{V1}/{NOTES}", params=params, gives="list"))
        rows += reply.rows
        if reply.next_start is None or reply.next_start <= params["start"]:
            return rows
        params = {**params, "start": reply.next_start}


def _text(record: dict[str, Any]) -> str:
    said = f"{record.get('note') or ''} {record.get('content') or ''}"
    return html.unescape(re.sub(r"<[^>]+>", " ", said))
