"""Persons: written one by one, several on their way at once, with their organization and their labels in the same call.

Two leads that are one person go out as one write. A create whose answer was lost is looked for at the next try; without
a key to look by, a person has to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from integrations.contract import Cause, Fault, ProviderError, Refused, Step
from integrations.providers.pipedrive import errors, matching, schema
from integrations.providers.pipedrive.campaigns import Ticks
from integrations.providers.pipedrive.dispatch import Ask, Outcome
from integrations.providers.pipedrive.draft import Draft
from integrations.providers.pipedrive.index import email_key
from integrations.providers.pipedrive.reply import Reply
from integrations.providers.pipedrive.run import Run, Work
from integrations.providers.pipedrive.schema import LAST_NAME, NAME, PERSONS, Definition

OWNER_OF_NEW, CONNECTED, REP = "owner", "connected", "rep"
GONE_LINK = "Pipedrive no longer has the organization or the owner this person was to be linked to."


@dataclass(eq=False, slots=True)
class Row:
    """One person to write and the leads it stands for."""

    works: list[Work] = field(default_factory=list)
    draft: Draft | None = None
    body: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return self.works[0].id


def write(run: Run, works: Sequence[Work], ticks: Ticks) -> None:
    """Write each lead's person as planned; leads whose person vanished meanwhile are matched and written once more."""
    _write(run, works, ticks)
    again = [work for work in works if work.again]
    if again:
        for work in again:
            work.again = False
        matching.match(run, [work for work in again if not work.id])
        _write(run, again, ticks, last=True)


def _write(run: Run, works: Sequence[Work], ticks: Ticks, *, last: bool = False) -> None:
    # A lead whose organization failed is written all the same, without it.
    rows = _folded([work for work in works if work.going or (work.result.fault and _at_company(work))])
    if not rows:
        return
    try:
        names = {name for row in rows for work in row.works for name in work.person.for_create()}
        definitions = run.definitions(PERSONS, custom(names))
        owners = _owners(run, rows)
    except ProviderError as error:
        run.absorb(error)
        for row in rows:
            _fail(run, row, error, None)
        return
    for row in rows:
        _draft(row, definitions, ticks, owners)
    sending = [row for row in rows if row.works and row.body]
    outcomes = run.all([_ask(run, row) for row in sending])
    for row, outcome in zip(sending, outcomes, strict=True):
        _settle(run, row, outcome, ticks, last=last)
    for row in rows:
        if row.works and not row.body:
            _standing(run, row, ticks)


def _at_company(work: Work) -> bool:
    return work.result.fault is not None and work.result.fault.step in (Step.COMPANY, Step.LINK)


def _folded(works: Sequence[Work]) -> list[Row]:
    """Leads that are the same person, or that will be one: a row each."""
    rows: dict[Any, Row] = {}
    for work in works:
        email = email_key(work.delivery.keys.email)
        key = ("id", work.id) if work.id else email if email[1] else work
        rows.setdefault(key, Row()).works.append(work)
    return list(rows.values())


def custom(names: Iterable[str]) -> list[str]:
    """Those of the account's own fields; Pipedrive names them by 40 characters."""
    return sorted(name for name in names if len(name) == 40)


def _owners(run: Run, rows: Sequence[Row]) -> Mapping[str, int]:
    """User id by e-mail, where new persons shall belong to the rep who met them."""
    wanted = any(not row.id and row.works[0].delivery.captured_by for row in rows)
    if run.options.get(OWNER_OF_NEW) != REP or not wanted:
        return {}
    try:
        found = schema.users(run.client)
    except Refused:
        return {}
    return {str(user.get("email") or "").lower(): user["id"] for user in found if user.get("active_flag", True)}


def _draft(row: Row, definitions: Mapping[str, Definition], ticks: Ticks, owners: Mapping[str, int]) -> None:
    """Make the row's body. Leads with a value for a field that is gone leave the row."""
    for work in list(row.works):
        gone = "" if work.unchanged else _gone(work, definitions)
        if gone:
            message = f"Pipedrive no longer has the field {gone}, or no longer shows it to the connected user."
            value = str(work.person.for_create()[gone])
            fault = Fault(Cause.MISSING_REMOTE_FIELD, message, field=gone, value=value, object=PERSONS)
            work.fail(fault, Step.PERSON)
            work.note(Step.PERSON, message)
            row.works.remove(work)
    if not row.works:
        return
    draft = Draft(PERSONS, definitions, row.works[0].present)
    for work in row.works:
        if not work.unchanged:
            draft.put(work.person)
            if work.company_id:
                draft.link(work.company_id)
            if not row.id and work.delivery.captured_by.lower() in owners:
                draft.own(owners[work.delivery.captured_by.lower()])
        for name, option_id in ticks.of(work):
            draft.tick(name, option_id)
    row.draft, row.body = draft, draft.body()


def _gone(work: Work, definitions: Mapping[str, Definition]) -> str:
    return next((name for name in custom((set(work.person.for_create()))) if name not in definitions), "")


def _ask(run: Run, row: Row) -> Ask:
    if row.id:
        return Ask("PATCH", f"{run.v2}/{PERSONS}/{row.id}", json=row.body, gives="record")
    return Ask("POST", f"{run.v2}/{PERSONS}", json=row.body, gives="record")


def _standing(run: Run, row: Row, ticks: Ticks) -> None:
    """All of it stands there already."""
    if not row.id:
        # Nothing at all to create a person of: Pipedrive wants a name, and so do we.
        fault = Fault(Cause.REQUIRED_FIELD_MISSING, "A person needs a name.", field=LAST_NAME, object=PERSONS)
        for work in row.works:
            work.fail(fault, Step.PERSON)
        return
    for work in row.works:
        work.result.person_written = not work.unchanged
        if not work.unchanged:
            work.note(Step.PERSON, f"Person {work.id} has these values already.")
        ticks.done(work, None)


def _settle(run: Run, row: Row, outcome: Outcome, ticks: Ticks, *, last: bool) -> None:
    if isinstance(outcome, Reply):
        _written(run, row, outcome, ticks)
    elif isinstance(outcome, errors.Rejected) and not last and _try_again(run, row, outcome, ticks):
        for work in row.works:
            work.again = True
            work.note(Step.PERSON, outcome.fault.message, sent=row.body, answer=outcome.reply.body, reply=outcome.reply)
    else:
        _fail(run, row, outcome, row.body)


def _written(run: Run, row: Row, reply: Reply, ticks: Ticks) -> None:
    new = not row.id
    run.client.memory.learn(PERSONS, reply.record)
    for position, work in enumerate(row.works):
        run.found(work, reply.record)
        # Two leads that are one person made one record, not two.
        work.result.created = new and position == 0
        work.result.person_written = not work.unchanged
        verb = "Created" if new else "Updated"
        work.note(Step.PERSON, f"{verb} person {work.id}.", sent=row.body, answer=reply.record, reply=reply)
        ticks.done(work, reply)


def _try_again(run: Run, row: Row, rejected: errors.Rejected, ticks: Ticks) -> bool:
    """Whether another try may work: without options that are gone, or for another person than the one that is."""
    if rejected.fault.cause is Cause.DATA_VALUE_VALIDATION and ticks.gone(run, row.works):
        return True
    if not row.id or not rejected.gone or _about_a_link(rejected):
        return False
    for work in row.works:
        work.known_id, work.id, work.present, work.result.person = "", "", None, None
    return True


def _about_a_link(rejected: errors.Rejected) -> bool:
    said = errors.message_of(rejected.reply.body).lower()
    return any(word in said for word in ("organization", "org_id", "owner", "user"))


def _fail(run: Run, row: Row, error: ProviderError, sent: Any) -> None:
    fault = replace(error.fault, object=PERSONS)
    reply = error.reply if isinstance(error, errors.Rejected) else None
    if reply is not None and reply.status in (404, 410):
        # The organization went away between our look and this write: the next try looks for it again.
        fault = replace(fault, cause=Cause.DATA_VALUE_VALIDATION, message=f"{GONE_LINK} {fault.message}")
    if fault.cause is Cause.MISSING_REMOTE_FIELD and reply is not None:
        # The next delivery reads the fields anew and refuses without a call.
        run.client.memory.forget_fields(PERSONS)
    if fault.field == NAME:
        fault = replace(fault, field=LAST_NAME)
    for work in row.works:
        value = row.draft.value_of(fault.field) if row.draft and fault.field and not fault.value else fault.value
        mine = replace(fault, value=value)
        if not row.id and fault.ambiguous and not work.recognisable:
            mine = replace(mine, cause=Cause.UNCONFIRMED, message=f"{matching.NO_KEY} {fault.message}", transient=False)
        work.fail(mine, Step.PERSON)
        work.note(Step.PERSON, fault.message, sent=sent, answer=reply.body if reply else None, reply=reply)
