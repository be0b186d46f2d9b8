"""People: find each lead's record by the strongest key it has, then write it, in batches.

The order is stored id, Mobly Lead ID where it is mapped to a unique field, e-mail. A record whose id is known is
updated by PUT, so that a lost answer has one meaning. The others go through the vendor's upsert, which looks by the
check fields itself; it may be repeated. They are read first only where something depends on what stands there: Write if
Blank, values for new records, the owner. A lead without any key is inserted, and if the answer to that one is lost,
nobody can tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from integrations.contract import Cause, Fault, ProviderError, Step, new_record
from integrations.providers.zoho import batches, errors, lookup, recovery, values
from integrations.providers.zoho.batches import Row, Target
from integrations.providers.zoho.run import Run, Work
from integrations.providers.zoho.settings import CONTACTS, LEADS

EMAIL = "Email"
UNCONFIRMED = (
    "The record may have been created, but Zoho CRM's answer was lost, "
    "and without an e-mail or a Mobly Lead ID there is nothing to find it by."
)
UNMAPPED = (
    "This lead was converted in Zoho CRM. No field of Contacts is mapped, so its contact was linked and left as it is."
)


def deliver_people(run: Run, works: Sequence[Work]) -> None:
    """Give each lead its record, written as planned, or a fault."""
    _look(run, works)
    _write(run, works)
    again = [work for work in works if work.refusal is not None]
    if again:
        # Gone, converted, or somebody else's: find out which record it is, and write once more.
        recovery.settle(run, again)
        going = [work for work in again if work.open]
        _look(run, going)
        _write(run, going)


def find_person(run: Run, work: Work) -> None:
    """The record the lead belongs to, followed through deletion and conversion; nothing is written."""
    _look(run, [work])
    if work.refusal is not None:
        recovery.settle(run, [work])
        if work.open:
            _look(run, [work])


# --- Looking --------------------------------------------------------------------------------------------------------


def _look(run: Run, works: Sequence[Work]) -> None:
    unseen = [work for work in works if work.open and not work.id]
    for work in unseen:
        work.id = "" if _must_see(work) else work.known_id
    for module in dict.fromkeys(work.module for work in unseen):
        here = [work for work in unseen if work.module == module and not work.id]
        _look_by_id(run, module, [work for work in here if work.known_id])
        for name in dict.fromkeys(work.mobly_key()[0] for work in here):
            if name and name not in run.client.not_unique:
                _look_by(run, module, name, lambda work: work.mobly_key()[1], here)
        _look_by(run, module, EMAIL, lambda work: work.email, here)
    _leave_to_a_person(
        run,
        [work for work in unseen if work.open and not work.id and work.delivery.in_doubt and not _checks(run, work)],
    )


def _leave_to_a_person(run: Run, works: Sequence[Work]) -> None:
    """An earlier try may have made the record, and there is no key to ask by: offer its namesakes."""
    for module in dict.fromkeys(work.module for work in works):
        here = {work: _name(work) for work in works if work.module == module}
        named = {last for _, last in here.values() if last}
        columns = ("id", "Created_Time", "First_Name", "Last_Name")
        try:
            found = lookup.find(run, module, "Last_Name", named, columns) if named else {}
        except ProviderError as error:
            run.absorb(error)
            found = {}
        for work, (first, last) in here.items():
            there = [
                record
                for record in found.get(last.casefold(), [])
                if values.text(record.get("First_Name")).casefold() == first.casefold()
            ]
            # They come oldest first; the one we may have made is among the newest.
            refs = tuple(run.ref(module, record["id"]) for record in there[:-6:-1])
            fault = Fault(Cause.UNCONFIRMED, UNCONFIRMED, object=module, ambiguous=True, candidates=refs)
            work.fail(fault, Step.MATCH)


def _name(work: Work) -> tuple[str, str]:
    sent = values.spoken(work.write.for_create())
    return values.text(sent.get("First_Name")), values.text(sent.get("Last_Name"))


def _must_see(work: Work) -> bool:
    """Whether the record has to be seen before it is written, or before something is hung on it.

    A lead may have been converted since, which a write would tell but a membership or a note would not. What is for new
    records alone, such as the owner, matters only where none is stored.
    """
    if work.only_looking:
        return True
    if work.unchanged:
        return work.module == LEADS and bool(work.delivery.memberships or work.delivery.engagements)
    write = work.write
    return bool(write.if_blank or (write.on_create and not work.known_id))


def _look_by_id(run: Run, module: str, works: Sequence[Work]) -> None:
    if not works:
        return
    names = [EMAIL, *(name for work in works for name in work.write.if_blank)]
    try:
        found = batches.read(run, module, [work.known_id for work in works], names)
    except ProviderError as error:
        _fail_all(run, works, error)
        return
    for work in works:
        record = found.get(work.known_id)
        if record is not None:
            work.id, work.present = work.known_id, record
            work.note(Step.MATCH, f"The stored record {work.id} is there.", sent={"id": work.id})
        elif not work.rematched:
            # Deleted or converted: reads leave out both.
            work.refusal = {"code": "INVALID_DATA", "message": "the id given seems to be invalid"}


def _look_by(run: Run, module: str, name: str, key_of: Callable[[Work], str], works: Sequence[Work]) -> None:
    asked = {
        work: key_of(work)
        for work in works
        if work.open and not work.id and work.refusal is None and not work.known_id and _must_see(work) and key_of(work)
    }
    if not asked:
        return
    columns = ["id", "Created_Time", name, *(field for work in asked for field in work.write.if_blank)]
    try:
        found = lookup.find(run, module, name, asked.values(), columns)
    except ProviderError as error:
        _fail_all(run, asked, error)
        return
    for work, key in asked.items():
        lookup.choose(run, work, name, key, found.get(key.casefold(), []))


def _fail_all(run: Run, works: Iterable[Work], error: ProviderError) -> None:
    fault = run.absorb(error)
    for work in works:
        work.fail(replace(fault, object=work.module), Step.MATCH)


# --- Writing --------------------------------------------------------------------------------------------------------


def _checks(run: Run, work: Work) -> tuple[str, ...]:
    """The fields an upsert may go by, in order; empty: this lead has no key."""
    name = work.mobly_key()[0]
    own = (name,) if name and name not in run.client.not_unique else ()
    return (*own, *((EMAIL,) if work.email else ()))


def _write(run: Run, works: Sequence[Work]) -> None:
    for module in dict.fromkeys(work.module for work in works):
        _write_module(run, module, [work for work in works if work.module == module])


def _write_module(run: Run, module: str, works: Sequence[Work]) -> None:
    going = [work for work in works if work.open and work.refusal is None and not _done_without_writing(run, work)]
    updates: dict[str, Row] = {}
    creates: list[Row] = []
    for work in going:
        if work.id:
            _fold(updates.setdefault(work.id, Row({"id": work.id})), work, changes(work))
        elif not _checks(run, work):
            creates.append(Row(_linked(work, values.spoken(work.write.for_create())), [work]))
    if updates:
        batches.write(run, Target("PUT", module, module, run.rules), [*updates.values()])
    if creates:
        batches.write(run, Target("POST", module, module, run.rules), creates)
    for action, rows in (("update", updates.values()), ("create", creates)):
        for row in rows:
            _settle(run, action, row)
    _upsert(run, module, [work for work in going if not work.id and _checks(run, work)])


def _upsert(run: Run, module: str, works: Sequence[Work]) -> None:
    """Insert or update by the check fields, the e-mail last. Leads with the same key are one row."""
    if not works:
        return
    checks = tuple(sorted({name for work in works for name in _checks(run, work)}, key=lambda name: name == EMAIL))
    rows: dict[tuple[str, str], Row] = {}
    for work in works:
        name, own = work.mobly_key()
        key = (EMAIL, work.email.casefold()) if work.email else (name, own)
        row = rows.setdefault(key, Row({}))
        together = new_record([*(other.write for other in row.works), work.write])
        _fold(row, work, _linked(work, values.spoken(together)))
        for field, value in ((EMAIL, work.email), (name, own)):
            if field in checks and value:
                row.values.setdefault(field, value)
    target = Target("POST", f"{module}/upsert", module, {"duplicate_check_fields": list(checks), **run.rules})
    batches.write(run, target, [*rows.values()])
    unkeyed = next((row.fault for row in rows.values() if _is_no_key(row)), None)
    if unkeyed is not None and len(checks) > 1:
        # The field our id is mapped to is not unique in this organization: the e-mail alone has to do.
        run.client.not_unique.update(name for name in checks if name != EMAIL)
        _write_module(run, module, works)
        return
    for row in rows.values():
        _settle(run, "upsert", row)


def _is_no_key(row: Row) -> bool:
    return row.fault is not None and row.fault.field == "duplicate_check_fields"


def changes(work: Work) -> dict[str, Any]:
    """What overwrites, and what fills a blank of the record that was read."""
    present = work.present or {}
    blank = {name: value for name, value in work.write.if_blank.items() if values.is_blank(present.get(name))}
    return _linked(work, values.spoken({**blank, **work.write.values}))


def _linked(work: Work, sent: dict[str, Any]) -> dict[str, Any]:
    """With the account, for a contact that has one."""
    if work.module == CONTACTS and work.company_id:
        return {**sent, "Account_Name": {"id": work.company_id}}
    return sent


def _done_without_writing(run: Run, work: Work) -> bool:
    if not work.id or (changes(work) and not work.unchanged):
        return False
    if work.result.person is None:
        run.person(work, work.id)
    work.result.person_written = not work.unchanged
    if work.rematched and work.module == CONTACTS and work.write.empty:
        work.warn(UNMAPPED)
    return True


def _fold(row: Row, work: Work, sent: dict[str, Any]) -> None:
    """Two leads that are one record go out as one row."""
    row.values.update(sent)
    row.works.append(work)


def _settle(run: Run, action: str, row: Row) -> None:
    for position, work in enumerate(row.works):
        if row.id:
            run.person(work, row.id)
            work.inserted = row.inserted
            # Two leads that are one record made one, not two.
            work.result.created = row.inserted and position == 0
            work.result.person_written = True
            verb = "Created" if row.inserted else "Updated"
            summary = f"{verb} {work.module} {row.id}."
            work.note(Step.PERSON, summary, sent=row.values, answer=row.said, reply=row.reply)
        elif row.fault is not None:
            _refused(run, action, row, row.fault, work)


def _refused(run: Run, action: str, row: Row, fault: Fault, work: Work) -> None:
    work.note(Step.PERSON, fault.message, sent=row.values, answer=row.said, reply=row.reply)
    if errors.is_lost_reference(row.said, "Account_Name") and not work.company_lost and not work.rematched:
        work.company_lost = work.stale = True
        work.fail(fault, Step.LINK)
    elif not work.rematched and recovery.is_worth_it(action, row.said):
        work.refusal = row.said
    elif action == "create" and fault.ambiguous:
        message = f"{UNCONFIRMED} {fault.message}"
        work.fail(replace(fault, cause=Cause.UNCONFIRMED, message=message, transient=False), Step.PERSON)
    else:
        work.fail(run.addressed(fault), Step.PERSON)
