"""Organizations: found by their stored id or their exact name, written once for all leads of a batch that share one.

They come before persons, whose write carries the link. Pipedrive has no unique key for them, so nothing is created
without a look at what was written a moment ago (`directory`). A person belongs to one organization at most: who belongs
to another one already stays there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from integrations.contract import Cause, CompanyKeys, Fault, ProviderError, RecordWrite, Step
from integrations.providers.pipedrive import directory, errors
from integrations.providers.pipedrive.dispatch import Ask, Outcome
from integrations.providers.pipedrive.draft import Draft
from integrations.providers.pipedrive.index import Key, name_key
from integrations.providers.pipedrive.reply import Reply
from integrations.providers.pipedrive.run import Record, Run, Work
from integrations.providers.pipedrive.schema import NAME, ORGANIZATION, ORGANIZATIONS, Definition

TOO_MUCH = (
    "The organization may have been created, but Pipedrive’s answer was lost, and so much has changed there since that "
    "it could not be looked for."
)


@dataclass(eq=False, slots=True)
class Party:
    """One organization of this batch and the leads that belong to it."""

    keys: CompanyKeys
    works: list[Work] = field(default_factory=list)
    id: str = ""
    present: Record | None = None
    draft: Draft | None = None
    body: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.keys.name or self.keys.domain

    @property
    def key(self) -> Key:
        return name_key(self.name)

    @property
    def open(self) -> bool:
        """Whether somebody of it could be linked to a new organization."""
        return any(not _belongs(work) for work in self.works)

    def note(self, summary: str, *, sent: Any = None, answer: Any = None, reply: Reply | None = None) -> None:
        for work in self.works:
            work.note(Step.COMPANY, summary, sent=sent, answer=answer, reply=reply)

    def fail(self, fault: Fault, works: Iterable[Work] | None = None) -> None:
        """These leads (all of them) go no further with this organization."""
        failed = list(self.works if works is None else works)
        for work in failed:
            work.fail(replace(fault, object=ORGANIZATIONS), Step.COMPANY)
        self.works = [work for work in self.works if work not in failed]

    def outcome(self, work: Work) -> dict[str, Any]:
        """What stands in the lead's company fields once the draft is sent, and the name it is found by."""
        if self.draft is None:
            return {}
        sent = self.draft.outcome(work.delivery.company or _NONE)
        if self.present and name_key(sent.get(NAME)) == name_key(self.present.get(NAME)):
            sent.pop(NAME, None)
        return sent if self.present else {NAME: self.name, **sent}

    def make(self, definitions: Mapping[str, Definition]) -> None:
        self.draft = Draft(ORGANIZATIONS, definitions, self.present)
        if not self.id:
            self.draft.put(RecordWrite(ORGANIZATIONS, {NAME: self.name}))
        for work in self.works:
            if work.delivery.company:
                self.draft.put(work.delivery.company)
        self.body = self.draft.body()
        if self.present and name_key(self.body.get(NAME)) == name_key(self.present.get(NAME)):
            # Another spelling of the name it was found by.
            self.body.pop(NAME, None)


def deliver_organizations(run: Run, works: Sequence[Work]) -> None:
    """Give each lead that has a company its organization, written, or a fault at that step."""
    parties = _gather([work for work in works if _wanted(work)])
    if not parties:
        return
    try:
        _look(run, parties)
        parties = [party for party in parties if party.works]
        names = {n for party in parties for work in party.works for n in (work.delivery.company or _NONE).for_create()}
        definitions = run.definitions(ORGANIZATIONS, [name for name in names if len(name) == 40])
    except ProviderError as error:
        fault = run.absorb(error)
        for party in parties:
            party.fail(fault)
        return
    while parties:
        for party in parties:
            _refuse_gone(party, definitions)
        parties = _write(run, parties, definitions)


_NONE = RecordWrite(ORGANIZATIONS)


def find_organization(run: Run, work: Work) -> Party | None:
    """The lead's organization as it stands, `id` empty for a new one, with its draft; None where none is written."""
    if not _wanted(work):
        return None
    (party,) = _gather([work])
    _look(run, [party])
    if not party.works:
        return None
    given = (work.delivery.company or _NONE).for_create()
    definitions = run.definitions(ORGANIZATIONS, [name for name in given if len(name) == 40])
    _refuse_gone(party, definitions)
    party.make(definitions)
    return party


def _wanted(work: Work) -> bool:
    delivery = work.delivery
    if work.unchanged or delivery.company is None or not work.going:
        return False
    return bool(delivery.known_company) or not delivery.company_keys.empty


def _gather(works: Sequence[Work]) -> list[Party]:
    """Leads with the same stored organization, the same name or the same website share one, the stronger key first."""
    parties: list[Party] = []
    by_key: dict[Any, Party] = {}
    for work in sorted(works, key=lambda work: work.delivery.known_company is None):
        known, keys = work.delivery.known_company, work.delivery.company_keys
        own = [("id", known.id)] if known and known.id.isdigit() else []
        shared = [name_key(keys.name)] if keys.name else []
        shared += [("same", keys.identity)] if keys.identity else []
        party = next((by_key[key] for key in (own or shared) if key in by_key), None)
        if party is None:
            party = Party(keys, id=own[0][1] if own else "")
            parties.append(party)
        for key in (*own, *shared):
            by_key.setdefault(key, party)
        if party.keys.empty:
            party.keys = keys
        party.works.append(work)
    return parties


# --- Looking --------------------------------------------------------------------------------------------------------


def _look(run: Run, parties: Sequence[Party]) -> None:
    stored = [party for party in parties if party.id]
    records, failed = directory.read(run, ORGANIZATIONS, [party.id for party in stored])
    for party in stored:
        if party.id in failed:
            party.fail(failed[party.id].fault)
        elif party.id in records:
            party.present = records[party.id]
        else:
            _lost(party)
    _by_name(run, [party for party in parties if not party.id and party.works])


def _lost(party: Party) -> None:
    party.note(f"Organization {party.id}, stored from before, is no longer in Pipedrive.", sent={"id": party.id})
    if party.keys.empty:
        for work in party.works:
            work.result.warnings.append(f"Organization {party.id} is no longer in Pipedrive; the person has none.")
        party.works = []
    party.id = ""


def _by_name(run: Run, parties: Sequence[Party]) -> None:
    found = directory.find(run, ORGANIZATIONS, [party.key for party in parties])
    records, unread = directory.read(run, ORGANIZATIONS, [number for ids in found.ids.values() for number in ids])
    for party in parties:
        broken = found.failed.get(party.key)
        ids = [str(number) for number in found.ids.get(party.key, ())]
        broken = broken or next((unread[one] for one in ids if one in unread), None)
        if broken is not None:
            party.fail(broken.fault)
            continue
        standing = [records[one] for one in ids if one in records and name_key(records[one].get(NAME)) == party.key]
        if standing:
            _found(party, standing)
            continue
        party.note(f"No organization is called {party.name}.", sent={NAME: party.name})
        unsure = [work for work in party.works if work.delivery.in_doubt and not found.sure]
        if unsure:
            party.fail(Fault(Cause.UNCONFIRMED, TOO_MUCH, ambiguous=True), unsure)
        if not party.open:
            _stay(party.works)
            party.works = []


def _found(party: Party, standing: Sequence[Record]) -> None:
    party.id, party.present = str(standing[0]["id"]), standing[0]
    party.note(f"Found organization {party.id} by name.", sent={NAME: party.name}, answer=standing[0])
    if len(standing) > 1:
        text = f"{len(standing)} organizations in Pipedrive are called {party.name}; the oldest one was used."
        for work in party.works:
            work.result.warnings.append(text)


def _belongs(work: Work) -> str:
    """The organization the lead's person is in now; empty: in none."""
    said = (work.present or {}).get(ORGANIZATION)
    said = said.get("value") if isinstance(said, dict) else said
    return str(said) if said else ""


def _stay(works: Iterable[Work]) -> None:
    for work in works:
        name = work.delivery.company_keys.name or work.delivery.company_keys.domain
        text = f"The person belongs to organization {_belongs(work)} in Pipedrive already and was not moved to {name}."
        work.result.warnings.append(text)


# --- Writing --------------------------------------------------------------------------------------------------------


def _refuse_gone(party: Party, definitions: Mapping[str, Definition]) -> None:
    for work in list(party.works):
        given = (work.delivery.company or _NONE).for_create()
        gone = next((name for name in sorted(given) if len(name) == 40 and name not in definitions), "")
        if gone:
            text = f"Pipedrive no longer has the field {gone}, or no longer shows it to the connected user."
            party.fail(Fault(Cause.MISSING_REMOTE_FIELD, text, field=gone, value=str(given[gone])), [work])


def _write(run: Run, parties: Sequence[Party], definitions: Mapping[str, Definition]) -> list[Party]:
    """Write them; answers those worth another try, without the leads that spoiled them."""
    going = [party for party in parties if party.works]
    for party in going:
        party.make(definitions)
    sending = [party for party in going if party.body]
    for party in going:
        if not party.body:
            _join(run, party)
    outcomes = run.all([_ask(run, party) for party in sending])
    pairs = zip(sending, outcomes, strict=True)
    return [party for party, outcome in pairs if _settle(run, party, outcome) and party.works]


def _ask(run: Run, party: Party) -> Ask:
    if party.id:
        return Ask("PATCH", f"{run.v2}/{ORGANIZATIONS}/{party.id}", json=party.body, gives="record")
    return Ask("POST", f"{run.v2}/{ORGANIZATIONS}", json=party.body, gives="record")


def _settle(run: Run, party: Party, outcome: Outcome) -> bool:
    """Whether the party is worth another try."""
    if isinstance(outcome, Reply):
        verb = "Updated" if party.id else "Created"
        party.id = str(outcome.record["id"])
        run.client.memory.learn(ORGANIZATIONS, outcome.record)
        party.note(f"{verb} organization {party.id}.", sent=party.body, answer=outcome.record, reply=outcome)
        _join(run, party)
        return False
    fault = outcome.fault
    reply = outcome.reply if isinstance(outcome, errors.Rejected) else None
    party.note(fault.message, sent=party.body, answer=reply.body if reply else None, reply=reply)
    if fault.cause is Cause.MISSING_REMOTE_FIELD:
        run.client.memory.forget_fields(ORGANIZATIONS)
    if party.draft and fault.field and not fault.value:
        fault = replace(fault, value=party.draft.value_of(fault.field))
    spoilers = [work for work in party.works if fault.field in (work.delivery.company or _NONE).for_create()]
    party.fail(fault, spoilers if reply is not None and fault.field != NAME and spoilers else None)
    return bool(party.works)


def _join(run: Run, party: Party) -> None:
    """Let its leads' persons be linked to it in their own write."""
    for work in party.works:
        work.result.company = run.ref(ORGANIZATIONS, party.id)
        if _belongs(work) in ("", party.id):
            work.company_id = party.id
        else:
            _stay([work])
