"""Accounts: one per company of the batch, found by stored id or name, written before the contacts that belong to it.

`Account_Name` is the field Zoho's upsert looks by, so a lost answer may be repeated. An account belongs to all its
people: one that exists is never renamed by us.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from integrations.contract import Cause, Fault, ProviderError, RecordWrite, Step, new_record
from integrations.providers.zoho import batches, errors, lookup, values
from integrations.providers.zoho.batches import Row, Target
from integrations.providers.zoho.run import Run, Work
from integrations.providers.zoho.settings import ACCOUNTS

NAME = "Account_Name"


@dataclass(eq=False, slots=True)
class Party:
    """One company of this batch and the leads that belong to it."""

    name: str
    works: list[Work] = field(default_factory=list)
    id: str = ""
    present: dict[str, Any] | None = None
    again: bool = False

    @property
    def writes(self) -> list[RecordWrite]:
        return [work.delivery.company for work in self.works if work.delivery.company]

    @property
    def must_see(self) -> bool:
        looking = any(work.only_looking for work in self.works)
        return looking or any(write.if_blank or write.on_create for write in self.writes)

    def for_create(self) -> dict[str, Any]:
        """The values of all its leads, the last one's on top, and always the name it will be found by."""
        merged = values.spoken(new_record(self.writes))
        return {**merged, NAME: self.name or values.text(merged.get(NAME))}

    def changes(self) -> dict[str, Any]:
        present = self.present or {}
        blank = {
            name: said
            for write in self.writes
            for name, said in write.if_blank.items()
            if values.is_blank(present.get(name))
        }
        over = {name: said for write in self.writes for name, said in write.values.items()}
        sent = values.spoken({**blank, **over})
        sent.pop(NAME, None)
        return sent

    def note(self, summary: str, row: Row | None = None, *, sent: Any = None, answer: Any = None) -> None:
        for work in self.works:
            if row is None:
                work.note(Step.COMPANY, summary, sent=sent, answer=answer)
            else:
                work.note(Step.COMPANY, summary, sent=row.values, answer=row.said, reply=row.reply)

    def fail(self, fault: Fault, works: Iterable[Work] | None = None) -> None:
        """These leads (all of them) go no further."""
        failed = list(self.works if works is None else works)
        for work in failed:
            work.fail(replace(fault, object=ACCOUNTS), Step.COMPANY)
        self.works = [work for work in self.works if work not in failed]


def deliver_companies(run: Run, works: Sequence[Work]) -> None:
    """Give each lead that has a company its account, or a fault at that step."""
    parties = _gather([work for work in works if _wanted(work)])
    if not parties:
        return
    _look(run, parties)
    _update(run, [party for party in parties if party.id and party.works])
    lost = [party for party in parties if party.again and party.works]
    if lost:
        _look(run, lost)
        _update(run, [party for party in lost if party.id and party.works])
    _upsert(run, [party for party in parties if not party.id and party.works])
    for party in parties:
        for work in party.works:
            if party.id and work.open:
                work.company_id, work.result.company = party.id, run.ref(ACCOUNTS, party.id)


def find_company(run: Run, work: Work) -> Party | None:
    """The lead's account as it stands, `id` empty for a new one; None where none is written. Writes nothing."""
    if not _wanted(work):
        return None
    (party,) = _gather([work])
    _look(run, [party])
    return party if party.works else None


def _wanted(work: Work) -> bool:
    delivery = work.delivery
    if not work.open or work.unchanged or delivery.company is None:
        return False
    return bool(_known(work)) or not delivery.company_keys.empty


def _known(work: Work) -> str:
    known = work.delivery.known_company
    return known.id if known is not None and known.object == ACCOUNTS and not work.company_lost else ""


def _gather(works: Sequence[Work]) -> list[Party]:
    """Leads with the same stored account, else with the same company or the same name of it, share one."""
    parties: list[Party] = []
    by_key: dict[str, Party] = {}
    for work in sorted(works, key=lambda work: not _known(work)):
        keys = work.delivery.company_keys
        name = keys.name or keys.domain
        own = [_known(work)] if _known(work) else [keys.identity, name.casefold()]
        party = next((by_key[key] for key in own if key and key in by_key), None)
        if party is None:
            party = Party(name, id=_known(work))
            parties.append(party)
        for key in (*own, keys.identity, name.casefold()):
            if key:
                by_key.setdefault(key, party)
        party.name = party.name or name
        party.works.append(work)
    return parties


def _look(run: Run, parties: Sequence[Party]) -> None:
    """What stands there, where something depends on it."""
    stored = [party for party in parties if party.id and party.must_see]
    unknown = [party for party in parties if not party.id and party.must_see and party.name]
    names = [name for party in parties for write in party.writes for name in write.if_blank]
    try:
        if stored:
            found = batches.read(run, ACCOUNTS, [party.id for party in stored], [NAME, *names])
            for party in stored:
                party.present = found.get(party.id)
                if party.present is None:
                    _forget(party)
                    unknown.append(party)
        if unknown:
            columns = ["id", "Created_Time", NAME, *names]
            by_name = lookup.find(run, ACCOUNTS, NAME, [party.name for party in unknown], columns)
            for party in unknown:
                _choose(run, party, by_name.get(party.name.casefold(), []))
    except ProviderError as error:
        fault = run.absorb(error)
        for party in (*stored, *unknown):
            party.fail(fault)


def _forget(party: Party) -> None:
    party.note(f"The stored account {party.id} is no longer in Zoho CRM.")
    party.id, party.present = "", None


def _choose(run: Run, party: Party, records: Sequence[dict[str, Any]]) -> None:
    if not records:
        party.note("No account has this name.", sent={NAME: party.name})
        return
    if len(records) > 1 and run.asks:
        refs = tuple(run.ref(ACCOUNTS, record["id"]) for record in records)
        message = f"{len(records)} accounts in Zoho CRM are called {party.name}. Choose the one this lead belongs to."
        party.fail(Fault(Cause.AMBIGUOUS_MATCH, message, field=NAME, value=party.name, candidates=refs))
        return
    if len(records) > 1:
        for work in party.works:
            work.warn(f"{len(records)} accounts in Zoho CRM are called {party.name}; the oldest one was used.")
    party.id, party.present = records[0]["id"], records[0]
    party.note(f"Found the account {party.id} by its name.", sent={NAME: party.name}, answer=records[0])


# --- Writing --------------------------------------------------------------------------------------------------------


def _update(run: Run, parties: Sequence[Party]) -> None:
    while parties:
        rows: dict[str, tuple[Row, list[Party]]] = {}
        for party in parties:
            party.again = False
            sent = party.changes()
            if sent:
                row, owners = rows.setdefault(party.id, (Row({"id": party.id}), []))
                row.values.update(sent)
                owners.append(party)
        if rows:
            batches.write(run, Target("PUT", ACCOUNTS, ACCOUNTS, run.rules), [row for row, _ in rows.values()])
        parties = [party for row, owners in rows.values() for party in owners if _updated(run, party, row)]


def _updated(run: Run, party: Party, row: Row) -> bool:
    """Settle one update. True when it is worth sending again, without the leads that spoiled it."""
    if row.id:
        party.note(f"Updated the account {row.id}.", row)
        return False
    if errors.is_gone(row.said):
        _forget(party)
        party.again = True
        return False
    return _spoiled(run, party, row)


def _upsert(run: Run, parties: Sequence[Party]) -> None:
    """Insert or update by name; accounts that have the name several times are told apart by age."""
    while parties:
        rows = [(party, Row(party.for_create())) for party in parties]
        target = Target("POST", f"{ACCOUNTS}/upsert", ACCOUNTS, {"duplicate_check_fields": [NAME], **run.rules})
        batches.write(run, target, [row for _, row in rows])
        parties = [party for party, row in rows if _upserted(run, party, row)]


def _upserted(run: Run, party: Party, row: Row) -> bool:
    if row.id:
        party.id = row.id
        party.note(f"{'Created' if row.inserted else 'Updated'} the account {row.id}.", row)
        return False
    there = errors.duplicate_of(row.said)
    if there is not None and errors.field_of(errors.first_of(row.said)) == NAME:
        _among(run, party, row, there[1])
        return False
    return _spoiled(run, party, row)


def _among(run: Run, party: Party, row: Row, named: str) -> None:
    """The name is taken more than once: the oldest account gets the values, or the admin decides."""
    if not errors.has_several(row.said):
        records: list[dict[str, Any]] = [{"id": named}]
    else:
        try:
            found = lookup.find(run, ACCOUNTS, NAME, [party.name], ("id", "Created_Time", NAME))
        except ProviderError as error:
            party.fail(run.absorb(error))
            return
        records = found.get(party.name.casefold(), []) or [{"id": named}]
    _choose(run, party, records)
    if party.id and party.works:
        _update(run, [party])


def _spoiled(run: Run, party: Party, row: Row) -> bool:
    """Only the leads that brought the refused value fail; the others are sent once more."""
    fault = run.addressed(row.fault or batches.unsaid(row.reply))
    party.note(fault.message, row)
    spoilers = [work for work in party.works if _sent_by(work, fault, row)]
    party.fail(fault, spoilers or None)
    return bool(party.works)


def _sent_by(work: Work, fault: Fault, row: Row) -> bool:
    write = work.delivery.company
    sent = values.spoken(write.for_create()) if write and fault.field else {}
    return fault.field in sent and sent[fault.field] == row.values.get(fault.field)
