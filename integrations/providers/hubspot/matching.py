"""Contacts: find each lead's record by the strongest key it has, then write it, in batches.

The order is stored id, e-mail, our own id where it is mapped to a property with unique values. Contacts are never
searched for: `batch/read` by a unique property reads the store, so what was written a moment ago is seen. Nothing is
created without a look or an upsert on a key, except a lead that has no key at all; if the answer to that one is lost,
nobody can tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from integrations.contract import Cause, Fault, ProviderError, Step, new_record
from integrations.providers.hubspot import batches, errors, values
from integrations.providers.hubspot.batches import Row
from integrations.providers.hubspot.reply import properties_of
from integrations.providers.hubspot.run import Run, Work
from integrations.providers.hubspot.schema import CONTACTS

UNCONFIRMED = (
    "The contact may have been created, but HubSpot's answer was lost, "
    "and without an e-mail there is nothing to find it by."
)


def deliver_people(run: Run, works: Sequence[Work]) -> None:
    """Give each lead its contact, written as planned, or a fault."""
    _look(run, works)
    _write(run, works)
    again = [work for work in works if work.again]
    if again:
        # The stored record is gone, or somebody else created it meanwhile: the keys decide, once more.
        for work in again:
            work.again = False
        _look(run, again)
        _write(run, again)


def find_person(run: Run, work: Work) -> None:
    """Look by every key the lead has, whether or not it would be asked for; nothing is written."""
    work.rematched = True
    _look(run, [work])


def sent_values(run: Run, work: Work) -> dict[str, str]:
    """What is sent for the person as it was found."""
    if work.id:
        return changes(work)
    name = _key(run, work)
    key = {name: work.delivery.keys.email if name == "email" else work.delivery.keys.mobly_id} if name else {}
    return {**key, **values.properties(work.contact.for_create())}


# --- Looking --------------------------------------------------------------------------------------------------------


def _look(run: Run, works: Sequence[Work]) -> None:
    for work in works:
        work.id = "" if _must_see(work) or work.unchanged else work.known_id
    _look_by(run, works, lambda work: work.known_id, "")
    _look_by(run, works, lambda work: work.delivery.keys.email if _must_see(work) else "", "email")
    for name in {_own_field(work) for work in works} - {""}:
        _look_by(run, works, partial(_own_id, run, name), name)
    for work in works:
        if not work.id and work.delivery.in_doubt and not _key(run, work):
            work.fail(Fault(Cause.UNCONFIRMED, UNCONFIRMED, object=CONTACTS, ambiguous=True), Step.MATCH)


def _must_see(work: Work) -> bool:
    """Whether the record has to be seen before it is written: for what is blank in it, or because it may be there."""
    write = work.contact
    return bool(write.if_blank or write.on_create or work.delivery.in_doubt or work.rematched)


def _own_field(work: Work) -> str:
    keys = work.delivery.keys
    return keys.mobly_field.get(CONTACTS, "") if keys.mobly_id else ""


def _own_id(run: Run, name: str, work: Work) -> str:
    """Our own id where it is the key to look by: there is no e-mail, or the e-mail did not find a doubtful record."""
    if _own_field(work) != name or name in run.client.not_unique:
        return ""
    return work.delivery.keys.mobly_id if _must_see(work) or not work.delivery.keys.email else ""


def _key(run: Run, work: Work) -> str:
    """The unique property an upsert may go by; empty: this lead has none."""
    if work.delivery.keys.email:
        return "email"
    name = _own_field(work)
    return "" if name in run.client.not_unique else name


def _look_by(run: Run, works: Sequence[Work], key_of: Callable[[Work], str], id_property: str) -> None:
    keys = {work: key_of(work).lower() for work in works if not work.id and work.result.fault is None}
    asked = {work: key for work, key in keys.items() if key}
    if not asked:
        return
    names = {name for work in asked for name in work.contact.if_blank}
    path = run.client.paths.objects(CONTACTS, "/batch/read")
    try:
        found = batches.read(run, path, asked.values(), names, id_property=id_property)
    except errors.Rejected as rejected:
        if id_property in ("", "email") or rejected.fault.cause is Cause.PERMISSION:
            _fail_all(run, asked, rejected)
            return
        run.client.not_unique.add(id_property)
        return
    except ProviderError as error:
        _fail_all(run, asked, error)
        return
    for work, key in asked.items():
        _looked(run, work, key, id_property or "id", found.get(key))


def _looked(run: Run, work: Work, key: str, by: str, record: dict[str, Any] | None) -> None:
    if record is None:
        if by == "id":
            work.note(Step.MATCH, f"Contact {key}, stored from before, is no longer in HubSpot.", sent={by: key})
            work.known_id = ""
        else:
            work.note(Step.MATCH, f"No contact with this {by}.", sent={by: key})
        return
    run.person(work, record)
    work.present = properties_of(record)
    work.note(Step.MATCH, f"Found contact {work.id} by {by}.", sent={by: key}, answer=record)


def _fail_all(run: Run, works: Iterable[Work], error: ProviderError) -> None:
    fault = run.absorb(error)
    for work in works:
        work.fail(replace(fault, object=CONTACTS), Step.MATCH)


# --- Writing --------------------------------------------------------------------------------------------------------


def _write(run: Run, works: Sequence[Work]) -> None:
    updates: dict[str, Row] = {}
    upserts: dict[tuple[str, str], Row] = {}
    creates: list[Row] = []
    for work in works:
        if work.result.fault is not None or _done_without_writing(run, work):
            continue
        name = _key(run, work)
        if work.id:
            _fold(updates.setdefault(work.id, Row({"id": work.id})), work, changes(work))
        elif name:
            key = work.delivery.keys.email if name == "email" else work.delivery.keys.mobly_id
            row = upserts.setdefault((name, key), Row({"id": key, "idProperty": name, "properties": {name: key}}))
            together = new_record([*(other.contact for other in row.works), work.contact])
            _fold(row, work, values.properties(together))
        else:
            creates.append(Row({"properties": values.properties(work.contact.for_create())}, [work]))
    for action, rows in (("update", [*updates.values()]), ("upsert", [*upserts.values()]), ("create", creates)):
        if rows:
            batches.write(run, run.client.paths.objects(CONTACTS, f"/batch/{action}"), rows)
            for row in rows:
                _settle(run, action, row)


def changes(work: Work) -> dict[str, str]:
    """What overwrites, and what fills a blank of the record that was read."""
    present = work.present or {}
    over = dict(work.contact.values)
    if values.text(over.get("email")).lower() in batches.parts_of(present.get(batches.OTHER_EMAILS)):
        # Found by a secondary address: sending it would make it the primary one.
        del over["email"]
    blank = {name: value for name, value in work.contact.if_blank.items() if not values.text(present.get(name))}
    return values.properties({**blank, **over})


def _done_without_writing(run: Run, work: Work) -> bool:
    if not work.id or (changes(work) and not work.unchanged):
        return False
    if work.result.person is None:
        run.person(work, {"id": work.id})
    work.result.person_written = not work.unchanged
    return True


def _fold(row: Row, work: Work, properties: dict[str, str]) -> None:
    """Two leads that are one contact go out as one row: HubSpot refuses the same id twice in a batch."""
    row.input["properties"] = {**row.properties, **properties}
    row.works.append(work)


def _settle(run: Run, action: str, row: Row) -> None:
    for position, work in enumerate(row.works):
        if row.record is not None:
            _written(run, action, row, work, first=position == 0)
        elif row.fault is not None:
            _refused(run, action, row, row.fault, work)


def _written(run: Run, action: str, row: Row, work: Work, *, first: bool) -> None:
    record = row.record or {}
    new = action == "create" or (action == "upsert" and record.get("new") is True)
    run.person(work, record)
    # Two leads that are one contact made one record, not two.
    work.result.created = new and first
    work.result.person_written = True
    verb = "Created" if new else "Updated"
    work.note(Step.PERSON, f"{verb} contact {work.id}.", sent=row.input, answer=row.said, reply=row.reply)


def _refused(run: Run, action: str, row: Row, fault: Fault, work: Work) -> None:
    fault = replace(fault, object=CONTACTS)
    work.note(Step.PERSON, fault.message, sent=row.input, answer=row.said, reply=row.reply)
    other = fault.collides_with.id if fault.collides_with else ""
    if action == "update" and fault.code == "OBJECT_NOT_FOUND" and not work.rematched:
        work.known_id, work.again = "", True
    elif (
        action != "update"
        and fault.cause is Cause.DUPLICATE_RECORD
        and not work.rematched
        and (other or _key(run, work))
    ):
        work.known_id, work.again = other, True
    elif action == "create" and fault.ambiguous:
        work.fail(
            replace(fault, cause=Cause.UNCONFIRMED, message=f"{UNCONFIRMED} {fault.message}", transient=False),
            Step.PERSON,
        )
        return
    else:
        if fault.collides_with:
            fault = replace(fault, collides_with=run.ref(CONTACTS, other))
        work.fail(fault, Step.PERSON)
        return
    work.id, work.rematched = "", True
    work.result.person = None
