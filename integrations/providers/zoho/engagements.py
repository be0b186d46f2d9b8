"""Engagements on the person's timeline: a note each.

Notes have no key of ours, and Zoho keeps no time of a note but that of its making. The note therefore ends with a line
that says when the engagement happened and who logged it. After an answer that never came, the person's notes are read
and compared by title and text; of two engagements alike in all of it each takes a note of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC
from typing import Any

from integrations.contract import EngagementKind, EngagementWrite, ProviderError, Step
from integrations.providers.zoho import batches, errors
from integrations.providers.zoho.batches import Row, Target
from integrations.providers.zoho.run import Run, Work

MODULE = "Notes"
TITLE = 120
PAGE = 200
PAGES = 10

WORDS = {
    EngagementKind.NOTE: "Note",
    EngagementKind.CALL: "Call",
    EngagementKind.EMAIL: "E-mail",
    EngagementKind.TEXT: "Text message",
    EngagementKind.LINKEDIN: "LinkedIn",
    EngagementKind.FACEBOOK: "Facebook",
    EngagementKind.X: "X",
    EngagementKind.CALENDAR_INVITE: "Calendar invite",
}

Logging = tuple[Work, EngagementWrite]


def log(run: Run, works: Sequence[Work]) -> None:
    """Put each lead's engagements on its person's timeline, once."""
    # A record that is new in this very delivery cannot have notes of an earlier try.
    doubtful = dict.fromkeys(work for work, _ in _open(works) if work.delivery.in_doubt and not work.inserted)
    unread = {work for work in doubtful if not _recognise(run, work)}
    _create(run, [(work, write) for work, write in _open(works) if work not in unread])


def _open(works: Sequence[Work]) -> list[Logging]:
    return [
        (work, write)
        for work in works
        if work.id
        for write in work.delivery.engagements
        if write.uid not in work.result.engagements
    ]


def note_of(write: EngagementWrite, module: str, person_id: str) -> dict[str, Any]:
    """The note that stands for an engagement."""
    word = WORDS[write.kind]
    subject = " ".join(write.subject.split())
    title = word if subject.casefold() in ("", word.casefold()) else f"{word}: {subject}"
    whole = [title] if len(title) > TITLE else []
    parts = [*whole, write.body.strip(), _signature(write)]
    return {
        "Note_Title": title[:TITLE].rstrip(),
        "Note_Content": "\n\n".join(part for part in parts if part),
        "Parent_Id": {"module": {"api_name": module}, "id": person_id},
    }


def _signature(write: EngagementWrite) -> str:
    when = f"{write.happened_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    if write.ends_at and write.ends_at > write.happened_at:
        when = f"{when} to {write.ends_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return f"Logged by Mobly, {when}{f', {write.author}' if write.author else ''}"


def _create(run: Run, logging: Sequence[Logging]) -> None:
    rows = [(write, Row(note_of(write, work.module, work.id), [work])) for work, write in logging]
    try:
        batches.write(run, Target("POST", MODULE, MODULE), [row for _, row in rows])
    except ProviderError as error:
        fault = run.absorb(error)
        for _, row in rows:
            if row.fault is None and not row.id:
                row.refuse(fault)
    for write, row in rows:
        _settle(write, row)


def _settle(write: EngagementWrite, row: Row) -> None:
    work = row.works[0]
    if row.id:
        work.result.engagements[write.uid] = row.id
        work.note(Step.ENGAGEMENT, f"Logged “{write.subject}”.", sent=row.values, answer=row.said, reply=row.reply)
        return
    fault = row.fault or batches.unsaid(row.reply)
    if errors.is_lost_reference(row.said, "Parent_Id"):
        work.stale = True
    work.fail(replace(fault, object=MODULE), Step.ENGAGEMENT)
    work.note(Step.ENGAGEMENT, fault.message, sent=row.values, answer=row.said, reply=row.reply)


# --- After a lost answer --------------------------------------------------------------------------------------------


def _recognise(run: Run, work: Work) -> bool:
    """Mark as done what is on the timeline already. False when it could not be read: then nothing is sent."""
    try:
        notes = _notes(run, work)
    except ProviderError as error:
        fault = run.absorb(error)
        work.fail(replace(fault, object=MODULE, ambiguous=True), Step.ENGAGEMENT)
        return False
    for write in work.delivery.engagements:
        wanted = _identity(note_of(write, work.module, work.id))
        found = next((note for note in notes if _identity(note) == wanted), None)
        if found is not None and write.uid not in work.result.engagements:
            notes.remove(found)
            work.result.engagements[write.uid] = found["id"]
            work.note(Step.ENGAGEMENT, f"“{write.subject}” is on the timeline already.", answer=found)
    return True


def _notes(run: Run, work: Work) -> list[dict[str, Any]]:
    """The person's notes, the newest first. Raises `ProviderError`."""
    params: dict[str, Any] = {"fields": "Note_Title,Note_Content,Created_Time", "per_page": PAGE}
    found: list[dict[str, Any]] = []
    for page in range(1, PAGES + 1):
        reply = run.get(f"{work.module}/{work.id}/{MODULE}", {**params, "page": page})
        found += reply.records
        if not reply.more:
            break
    return found


def _identity(note: dict[str, Any]) -> tuple[str, str]:
    """What tells two notes apart; Zoho trims and keeps line ends its own way."""
    title, content = (" ".join(str(note.get(name) or "").split()) for name in ("Note_Title", "Note_Content"))
    return title, content
