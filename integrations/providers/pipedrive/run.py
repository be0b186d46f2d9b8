"""What one `deliver` is working on: a Work per lead, and what is known of the connection so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from integrations.contract import (
    AuthenticationFailed,
    Carried,
    Carrying,
    Delivery,
    Fault,
    ProviderError,
    RecordWrite,
    RemoteRef,
    Result,
    Throttled,
    Unavailable,
)
from integrations.providers.pipedrive import errors
from integrations.providers.pipedrive.client import Client
from integrations.providers.pipedrive.dispatch import Ask, Outcome
from integrations.providers.pipedrive.reply import Reply
from integrations.providers.pipedrive.schema import EMAILS, EMAILS_HOME, PERSONS, Definition, definitions

Record = dict[str, Any]


@dataclass(eq=False, slots=True)
class Work(Carried):
    """One lead on its way. `id` is its person once known; `present` what was read of it before writing."""

    known_id: str = ""
    id: str = ""
    present: Record | None = None
    # The record did not hold: look once more.
    again: bool = False
    company_id: str = ""
    # Faults of memberships: told once the person is written, so that they do not keep it back.
    late: list[Fault] = field(default_factory=list)

    @classmethod
    def of(cls, delivery: Delivery) -> Work:
        known = delivery.known.id if delivery.known and delivery.known.object == PERSONS else ""
        known = known if known.isdigit() else ""
        return cls(delivery, Result(delivery.key, warnings=list(delivery.warnings)), known_id=known)

    @property
    def person(self) -> RecordWrite:
        return self.delivery.persons.get(PERSONS) or RecordWrite(PERSONS)

    @property
    def unchanged(self) -> bool:
        """Nothing to write for the person; only while its stored record still stands."""
        return self.delivery.person_unchanged and bool(self.known_id)

    @property
    def own_field(self) -> str:
        """Where our own id is kept on a person; empty: it is not mapped."""
        keys = self.delivery.keys
        return keys.mobly_field.get(PERSONS, "") if keys.mobly_id else ""

    @property
    def recognisable(self) -> bool:
        """Whether a person made of this lead could be told from others: its own id or its e-mail is in it."""
        written = self.person.for_create()
        emails = {str(written.get(name) or "").strip().lower() for name in (EMAILS, EMAILS_HOME)}
        return self.own_field in written or (bool(self.delivery.keys.email) and self.delivery.keys.email in emails)

    @property
    def going(self) -> bool:
        return self.result.fault is None


@dataclass(eq=False, slots=True)
class Run(Carrying):
    """One batch, and what its calls told so far."""

    client: Client
    works: list[Work]
    options: Mapping[str, str]

    @property
    def v2(self) -> str:
        return self.client.v2

    def all(self, asks: Sequence[Ask]) -> list[Outcome]:
        """An answer or an error for each. While nothing can have been written, a failure of the whole connection is
        raised for the whole batch instead; later it ends further calls, whose leads then get the same fault, unsent.
        """
        if self.halted is not None:
            return [errors.unsent(self.halted) for _ in asks]
        outcomes = self.client.many(asks)
        for ask, outcome in zip(asks, outcomes, strict=True):
            arrived = ask.writes and isinstance(outcome, Reply)
            self.touched = self.touched or arrived or (isinstance(outcome, ProviderError) and outcome.fault.ambiguous)
        for outcome in outcomes:
            if isinstance(outcome, ProviderError):
                self.absorb(outcome)
        return outcomes

    def absorb(self, error: ProviderError) -> Fault:
        """The fault for the leads a failed call concerned; raises it while nothing can have been written and the whole
        connection failed.
        """
        if isinstance(error, AuthenticationFailed | Throttled | Unavailable) and not _only_its_own(error):
            if not self.touched:
                raise error
            self.halted = self.halted or errors.unsent(error)
        return error.fault

    def one(self, ask: Ask) -> Reply:
        """Raises `ProviderError`."""
        (outcome,) = self.all([ask])
        if isinstance(outcome, ProviderError):
            raise outcome
        return outcome

    def definitions(self, kind: str, names: Sequence[str] = ()) -> Mapping[str, Definition]:
        """The fields of an object; read anew when a name is not among those that are known. Raises `ProviderError`."""
        self.go_on()
        known = definitions(self.client, kind)
        return known if all(name in known for name in names) else definitions(self.client, kind, fresh=True)

    def ref(self, kind: str, record_id: Any) -> RemoteRef:
        return RemoteRef(kind, str(record_id), self.client.record_url(kind, record_id))

    def found(self, work: Work, record: Record) -> None:
        """This is the lead's person."""
        work.id, work.present = str(record["id"]), record
        work.result.person = self.ref(PERSONS, work.id)


def _only_its_own(error: ProviderError) -> bool:
    """Pipedrive's own error for one body says nothing about the others."""
    return error.fault.code == errors.UNKNOWN
