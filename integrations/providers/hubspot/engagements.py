"""Engagements on the contact's timeline: notes, calls, e-mails, meetings and messages.

They have no natural key. Each is created with its link to the contact in one request, so that after a lost answer the
contact's own engagements, read from the store, tell whether it is there.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from integrations.contract import EngagementKind, EngagementWrite, ProviderError, Step
from integrations.providers.hubspot import batches, values
from integrations.providers.hubspot.batches import Row, chunks
from integrations.providers.hubspot.reply import linked_ids, properties_of
from integrations.providers.hubspot.run import Run, Work
from integrations.providers.hubspot.schema import CONTACTS

LINKS_PER_CALL = 1000
TIME = "hs_timestamp"


@dataclass(frozen=True, slots=True)
class Form:
    """How one kind is kept: the object, its link type to a contact, its values, and which of them tell two apart."""

    object: str
    link: int
    values: Callable[[EngagementWrite], dict[str, str]]
    telling: tuple[str, ...]


def page(said: str) -> str:
    """Plain text as the HTML HubSpot shows on the timeline, line breaks kept."""
    return html.escape(said, quote=False).replace("\r\n", "\n").replace("\n", "<br>")


def plain(said: Any) -> str:
    """What a person reads of a kept text, blanks made even."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", str(said or ""))).split())


def _told(write: EngagementWrite, *, with_subject: bool = False) -> str:
    parts = (write.subject, write.body) if with_subject or not write.body else (write.body,)
    return page("\n".join(part for part in parts if part.strip()))


def _note(write: EngagementWrite) -> dict[str, str]:
    # HubSpot logs no Facebook or X messages; there the subject says what the note is about.
    touch = write.kind in (EngagementKind.FACEBOOK, EngagementKind.X)
    return {"hs_note_body": _told(write, with_subject=touch)}


def _call(write: EngagementWrite) -> dict[str, str]:
    return {
        "hs_call_title": write.subject,
        "hs_call_body": page(write.body),
        "hs_call_direction": "OUTBOUND",
        "hs_call_status": "COMPLETED",
    }


def _email(write: EngagementWrite) -> dict[str, str]:
    return {
        "hs_email_subject": write.subject,
        "hs_email_text": write.body,
        "hs_email_direction": "EMAIL",
        "hs_email_status": "SENT",
    }


def _meeting(write: EngagementWrite) -> dict[str, str]:
    ends = write.ends_at or write.happened_at
    return {
        "hs_meeting_title": write.subject,
        "hs_meeting_body": page(write.body),
        "hs_meeting_start_time": values.iso(write.happened_at),
        "hs_meeting_end_time": values.iso(ends),
        "hs_meeting_outcome": "SCHEDULED",
    }


def _message(write: EngagementWrite) -> dict[str, str]:
    channel = "SMS" if write.kind is EngagementKind.TEXT else "LINKEDIN_MESSAGE"
    return {
        "hs_communication_channel_type": channel,
        "hs_communication_logged_from": "CRM",
        "hs_communication_body": _told(write),
    }


NOTES = Form("notes", 202, _note, ("hs_note_body",))
CALLS = Form("calls", 194, _call, ("hs_call_title", "hs_call_body"))
EMAILS = Form("emails", 198, _email, ("hs_email_subject", "hs_email_text"))
MEETINGS = Form("meetings", 200, _meeting, ("hs_meeting_title", "hs_meeting_body"))
MESSAGES = Form("communications", 81, _message, ("hs_communication_channel_type", "hs_communication_body"))

FORMS = {
    EngagementKind.NOTE: NOTES,
    EngagementKind.FACEBOOK: NOTES,
    EngagementKind.X: NOTES,
    EngagementKind.CALL: CALLS,
    EngagementKind.EMAIL: EMAILS,
    EngagementKind.CALENDAR_INVITE: MEETINGS,
    EngagementKind.TEXT: MESSAGES,
    EngagementKind.LINKEDIN: MESSAGES,
}

Logging = tuple[Work, EngagementWrite]


def log(run: Run, works: Sequence[Work]) -> None:
    """Put each lead's engagements on its contact's timeline, once."""
    by_form: dict[str, list[Logging]] = {}
    for work in works:
        for write in work.delivery.engagements if work.id else ():
            by_form.setdefault(FORMS[write.kind].object, []).append((work, write))
    for logging in by_form.values():
        form = FORMS[logging[0][1].kind]
        doubtful = [(work, write) for work, write in logging if work.delivery.in_doubt]
        try:
            _recognise(run, form, doubtful)
        except ProviderError as error:
            fault = run.absorb(error)
            for work, _ in doubtful:
                work.fail(replace(fault, object=form.object), Step.ENGAGEMENT)
            logging_now = [entry for entry in logging if entry not in doubtful]
        else:
            logging_now = [(work, write) for work, write in logging if write.uid not in work.result.engagements]
        _create(run, form, logging_now)


def _properties(form: Form, write: EngagementWrite) -> dict[str, str]:
    return {TIME: values.iso(write.happened_at), **{name: said for name, said in form.values(write).items() if said}}


def _create(run: Run, form: Form, logging: Sequence[Logging]) -> None:
    rows = []
    for work, write in logging:
        types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": form.link}]
        link = {"to": {"id": work.id}, "types": types}
        rows.append((write, Row({"properties": _properties(form, write), "associations": [link]}, [work])))
    batches.write(run, run.client.paths.objects(form.object, "/batch/create"), [row for _, row in rows])
    for write, row in rows:
        _settle(form, write, row)


def _settle(form: Form, write: EngagementWrite, row: Row) -> None:
    work = row.works[0]
    if row.record is not None:
        work.result.engagements[write.uid] = str(row.record["id"])
        work.note(Step.ENGAGEMENT, f"Logged “{write.subject}”.", sent=row.input, answer=row.said, reply=row.reply)
        return
    fault = row.fault or batches.unsaid(row.reply)
    work.fail(replace(fault, object=form.object), Step.ENGAGEMENT)
    work.note(Step.ENGAGEMENT, fault.message, sent=row.input, answer=row.said, reply=row.reply)


# --- After a lost answer --------------------------------------------------------------------------------------------


def _recognise(run: Run, form: Form, logging: Sequence[Logging]) -> None:
    """Mark as done what is on the contact's timeline already."""
    if not logging:
        return
    owned = _owned(run, form, {work.id for work, _ in logging})
    known = {record for records in owned.values() for record in records}
    if not known:
        return
    path = run.client.paths.objects(form.object, "/batch/read")
    records = batches.read(run, path, known, (TIME, *form.telling))
    for work, write in logging:
        wanted = _identity(form, _properties(form, write))
        for record_id in owned.get(work.id, ()):
            record = records.get(record_id)
            if record is not None and _identity(form, properties_of(record)) == wanted:
                work.result.engagements[write.uid] = record_id
                work.note(Step.ENGAGEMENT, f"“{write.subject}” is on the timeline already.", answer=record)
                del records[record_id]
                break


def _owned(run: Run, form: Form, contacts: Iterable[str]) -> dict[str, list[str]]:
    path = run.client.paths.associations(CONTACTS, form.object, "read")
    owned: dict[str, list[str]] = {}
    for chunk in chunks(sorted(contacts), LINKS_PER_CALL):
        owned |= linked_ids(run.read(path, {"inputs": [{"id": contact} for contact in chunk]}))
    return owned


def _identity(form: Form, properties: Mapping[str, Any]) -> tuple[Any, ...]:
    return (values.moment_of(properties.get(TIME)), *(plain(properties.get(name)) for name in form.telling))
