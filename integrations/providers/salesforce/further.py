"""Further objects: custom objects whose records hang on a person, or on its account, by a lookup.

The lookup is the key that tells a lead's record from all others, in doubt too: SOQL reads what was written a moment
ago. So only objects of the org's own are offered: an Opportunity or a Case that hangs on the person is somebody's work,
and would be taken for the lead's record.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from integrations.contract import (
    Cause,
    Fault,
    FurtherObject,
    FurtherWrite,
    OfferedObject,
    RemoteObject,
    RemoteRef,
    Role,
    Step,
    new_record,
)
from integrations.providers.salesforce import errors, schema, soql
from integrations.providers.salesforce.client import Part, SalesforceClient
from integrations.providers.salesforce.jobs import Job, Look, changed_values
from integrations.providers.salesforce.writing import Row

ACCOUNT = "Account"


# --- What may be added --------------------------------------------------------------------------------------------


class CustomObjects:
    """The contract's `FurtherObjects`."""

    def offered(self, client: SalesforceClient, options: Mapping[str, str]) -> list[OfferedObject]:
        """Custom objects that can be read and created and point to the strategy's objects; one call."""
        names = [name for name, _ in schema.object_names(options)]
        answers = client.composite([Part("GET", "sobjects"), *(schema.describe_part(name) for name in names)])
        for name, answer in zip(("sobjects", *names), answers, strict=True):
            if not answer.ok:
                raise schema.not_described(name, answer)
        heads = [head for head in _listed(answers[0].body, "sobjects") if _is_fit(head)]
        lookups = {name: _lookups(answer.body) for name, answer in zip(names, answers[1:], strict=True)}
        found = [
            OfferedObject(
                str(head["name"]),
                str(head.get("label") or head["name"]),
                {name: tuple(fields[head["name"]]) for name, fields in lookups.items() if head["name"] in fields},
            )
            for head in heads
        ]
        return sorted((one for one in found if one.lookups), key=lambda one: one.label.casefold())

    def describe(self, client: SalesforceClient, objects: Sequence[FurtherObject]) -> list[RemoteObject]:
        """The objects in one call. Their lookups are ours to fill, so nobody has to give them a value."""
        described = []
        answers = client.composite([schema.describe_part(one.name) for one in objects])
        for wanted, answer in zip(objects, answers, strict=True):
            remote = schema.remote_object(wanted.name, Role.OTHER, answer)
            if remote is None and answer.status != 404:
                raise schema.not_described(wanted.name, answer)
            described.append(_tied(remote, wanted) if remote else _gone(wanted))
        return described


def _listed(body: Any, name: str) -> list[Mapping[str, Any]]:
    found = body.get(name) if isinstance(body, Mapping) else None
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def _is_fit(head: Mapping[str, Any]) -> bool:
    rights = head.get("createable") and head.get("updateable") and head.get("queryable")
    return bool(rights and head.get("custom") and str(head.get("name")).endswith("__c"))


def _lookups(body: Any) -> dict[str, list[str]]:
    """Object -> its fields that point to the described one."""
    found: dict[str, list[str]] = {}
    for child in _listed(body, "childRelationships"):
        if child.get("childSObject") and child.get("field"):
            found.setdefault(str(child["childSObject"]), []).append(str(child["field"]))
    return found


def _tied(remote: RemoteObject, wanted: FurtherObject) -> RemoteObject:
    ties = set(wanted.ties.values())
    fields = {name: replace(one, required=False) if name in ties else one for name, one in remote.fields.items()}
    return replace(remote, fields=fields)


def _gone(wanted: FurtherObject) -> RemoteObject:
    return RemoteObject(
        wanted.name, wanted.label, wanted.label, Role.OTHER, {}, readable=False, creatable=False, updatable=False
    )


# --- Writing them -------------------------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class Hanging:
    """One record, for all the jobs whose person or account it hangs on. `key` is the lookup it is found by and the id
    in it, empty where only the stored id says which it is; `made`: the person is new, so nothing hangs on it yet.
    """

    object: str
    key: tuple[str, str]
    known: str
    made: bool = False
    ties: dict[str, str] = field(default_factory=dict)
    present: Mapping[str, Any] | None = None
    row: Row | None = None
    wanted: list[tuple[Job, FurtherWrite]] = field(default_factory=list)

    @property
    def fields(self) -> list[str]:
        return [name for _, further in self.wanted for name in further.write.if_blank]

    @property
    def found_by(self) -> tuple[str, str, str] | None:
        """What has to be read first, as (object, field, value); None when nothing has."""
        if self.known:
            return (self.object, "Id", self.known) if self.present is None and self.fields else None
        return None if self.made else (self.object, *self.key)

    def values(self) -> dict[str, Any]:
        writes = [further.write for _, further in self.wanted]
        if not self.known:
            return {**new_record(writes), **self.ties}
        # A record that was found by its lookup hangs there already; of a stored one nobody knows.
        fixed = {name for _, further in self.wanted for name in further.fixed}
        moved = {} if self._hangs_there() else {name: to for name, to in self.ties.items() if name not in fixed}
        return {**changed_values(writes, self.present), **moved}

    def _hangs_there(self) -> bool:
        present = self.present or {}
        return bool(self.ties) and all(soql.same(str(present.get(name) or ""), to) for name, to in self.ties.items())

    def lost(self) -> bool:
        """The stored record is gone; whether there is a lookup to find or make another one by."""
        self.known, self.present, self.made = "", None, False
        if not self.key[0]:
            for job, further in self.wanted:
                _leave_out(job, further)
            self.wanted = []
        return bool(self.wanted)

    def take(self, found: Sequence[Mapping[str, Any]], refs: Sequence[RemoteRef], *, ask: bool) -> None:
        """The oldest of what was found, which comes oldest first; of several none where the admin decides."""
        several = len(found) > 1
        if several and ask:
            label = self.wanted[0][1].label
            message = f"{len(found)} records of {label} hang on {self.key[1]}. Choose the one that is meant."
            self.fail(Fault(Cause.AMBIGUOUS_MATCH, message, object=self.object, candidates=tuple(refs)))
            return
        self.known, self.present = str(found[0]["Id"]), found[0]
        if several:
            self._warn_of(found)

    def _warn_of(self, found: Sequence[Mapping[str, Any]]) -> None:
        others = ", ".join(str(one["Id"]) for one in found[1:6])
        for job, further in self.wanted:
            job.warn(
                f"{len(found)} records of {further.label} hang on {self.key[1]}. The oldest, {found[0]['Id']}, is "
                f"updated; there is also {others}."
            )

    def fail(self, fault: Fault) -> None:
        row = self.row
        wanted, self.wanted = self.wanted, []
        for job, _ in wanted:
            job.fail(fault, Step.FURTHER)
            if row is None:
                job.note(Step.FURTHER, fault.message)
            else:
                job.note(Step.FURTHER, fault.message, row.body, row.answer, row.status, row.request_id)


class Furthers:
    """The further records of a batch: each lead's one is found or made. `ask`: of several the admin chooses."""

    def __init__(self, client: SalesforceClient, *, ask: bool) -> None:
        self.client, self.ask_admin = client, ask
        self._hanging: dict[tuple[str, str], Hanging] = {}
        self._asked: dict[tuple[str, str], list[Hanging]] = {}

    def gather(self, jobs: Iterable[Job], new: Iterable[str] = ()) -> None:
        """`new`: the objects of which a record would be made for the job, in a look that writes nothing."""
        for job in jobs:
            owners = _owners(job, new)
            for further in job.open_further:
                self._add(job, further, owners)

    def _add(self, job: Job, further: FurtherWrite, owners: Mapping[str, str]) -> None:
        # The person's own lookup before the account's: colleagues share an account.
        kind = next((kind for kind in owners if kind in further.ties), "")
        known = further.known.id if further.known and soql.is_id(further.known.id) else ""
        if not kind and not known:
            _leave_out(job, further)
            return
        key = (further.ties[kind], owners[kind]) if kind else ("", known)
        # Without an id the person is to be made: the record is this job's alone.
        mark = (further.object, soql.key(key[1]) or f"new {id(job)}")
        hanging = self._hanging.setdefault(mark, Hanging(further.object, key, known))
        hanging.known = hanging.known or known
        hanging.made = hanging.made or not key[1] or (job.result.created and kind != ACCOUNT)
        ties = {name: owners[kind] for kind, name in further.ties.items() if kind in owners}
        hanging.ties |= {name: to for name, to in ties.items() if to}
        hanging.wanted.append((job, further))

    def ask(self, look: Look, again: Iterable[Hanging] | None = None) -> None:
        """Ask for the records nobody knows the id of, and for what Write if Blank has to know."""
        self._asked = {}
        for hanging in self._hanging.values() if again is None else again:
            if found_by := hanging.found_by:
                self._asked.setdefault(found_by[:2], []).append(hanging)
        for (name, by), group in self._asked.items():
            ties = [one for hanging in group for one in hanging.ties]
            fields = ["Id", "CreatedDate", by, *ties, *(one for hanging in group for one in hanging.fields)]
            values = [hanging.known if by == "Id" else hanging.key[1] for hanging in group]
            look.ask((name, by), soql.selects(list(dict.fromkeys(fields)), name, by, values))

    def choose(self, look: Look) -> None:
        """Take what was found; a stored record that is gone is looked for by its lookup. Raises `ProviderError`."""
        missing: list[Hanging] = []
        for (name, by), group in self._asked.items():
            refused = look.refusal((name, by))
            if refused is None:
                missing += self._choose(group, by, look.records((name, by)))
                continue
            for hanging in group:
                hanging.fail(replace(refused, object=name))
        if missing:
            self.look_again(missing)

    def look_again(self, again: Iterable[Hanging] | None = None) -> None:
        """As `ask` and `choose`, in a call of its own. Raises `ProviderError`."""
        look = Look(self.client)
        self.ask(look, again)
        look.run()
        self.choose(look)

    def _choose(self, group: Iterable[Hanging], by: str, records: Iterable[Mapping[str, Any]]) -> list[Hanging]:
        there: dict[str, list[Mapping[str, Any]]] = {}
        for record in sorted(records, key=lambda one: (str(one.get("CreatedDate")), str(one["Id"]))):
            there.setdefault(soql.key(str(record.get(by) or "")), []).append(record)
        missing = []
        for hanging in group:
            found = there.get(soql.key(hanging.known if by == "Id" else hanging.key[1]), [])
            if found:
                refs = [self.client.ref(hanging.object, one["Id"]) for one in found]
                hanging.take(found, refs, ask=self.ask_admin)
            elif by == "Id" and hanging.lost():
                missing.append(hanging)
        return missing

    def rows(self, again: Iterable[Hanging] | None = None) -> list[Row]:
        """The records to write; those that have everything already are done."""
        rows = []
        for hanging in list(self._hanging.values() if again is None else again):
            values = hanging.values() if hanging.wanted else {}
            if values:
                hanging.row = Row(hanging.object, values, Step.FURTHER, id=hanging.known)
                rows.append(hanging.row)
            else:
                hanging.row = None
                self._done(hanging, hanging.known)
        return rows

    def settle(self, *, last: bool = False) -> list[Hanging]:
        """What became of them; answers those whose stored record is gone, to be looked for once more."""
        stale = []
        for hanging in self._hanging.values():
            row = hanging.row
            if row is None or not hanging.wanted:
                continue
            if row.fault is None:
                self._done(hanging, row.record_id)
            elif row.id and not last and errors.is_stale(row.fault):
                stale += [hanging] if hanging.lost() else []
            else:
                hanging.fail(_understood(row))
        return stale

    def found(self) -> tuple[dict[str, RemoteRef | None], dict[str, dict[str, Any]]]:
        """For one lead: the record of each object, None where it would be made, and what would be sent to it."""
        refs = {
            hanging.object: self.client.ref(hanging.object, hanging.known) if hanging.known else None
            for hanging in self._hanging.values()
            if hanging.known or hanging.wanted
        }
        return refs, {hanging.object: hanging.values() for hanging in self._hanging.values() if hanging.wanted}

    def _done(self, hanging: Hanging, record_id: str) -> None:
        row = hanging.row
        wanted, hanging.wanted = hanging.wanted, []
        for job, further in wanted:
            job.result.further[further.object] = record_id
            if row is not None:
                summary = f"{'Created' if row.created else 'Updated'} the {further.label} {record_id}."
                job.note(Step.FURTHER, summary, row.body, row.answer, row.status, row.request_id)


def _owners(job: Job, new: Iterable[str]) -> dict[str, str]:
    """The records that something may hang on, as object -> id, the person first; an empty id is still to be made."""
    person = job.person_ref
    owners = {person.object: person.id} if person else {}
    present = job.person.present if job.person else None
    account = job.account.id if job.account else (present or {}).get("AccountId")
    return {**owners, **({ACCOUNT: str(account)} if account else {}), **dict.fromkeys(new, "")}


def _leave_out(job: Job, further: FurtherWrite) -> None:
    kind = job.person_ref.object if job.person_ref else next(iter(job.delivery.persons), "person")
    job.warn(f"No {further.label} was written: the lead is a {kind}, and no lookup to that is chosen.")
    job.result.further[further.object] = ""


def _understood(row: Row) -> Fault:
    """A new record refused for whom it hangs on: the person went away between two calls, and is matched anew."""
    fault = row.fault or Fault(Cause.INTERNAL, "")
    person_gone = not row.id and fault.code in errors.STALE_CODES
    return replace(fault, cause=Cause.INTERNAL, transient=True) if person_gone else fault
