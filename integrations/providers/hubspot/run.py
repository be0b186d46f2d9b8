"""What one `deliver` is working on: a Work per lead, and what is known of the connection so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from integrations.contract import (
    AuthenticationFailed,
    Delivery,
    Fault,
    Note,
    ProviderError,
    RecordWrite,
    RemoteRef,
    Result,
    Step,
    Throttled,
    Unavailable,
)
from integrations.providers.hubspot.client import Client
from integrations.providers.hubspot.reply import Reply
from integrations.providers.hubspot.schema import COMPANIES, CONTACTS, TYPE_IDS
from mobly_sync.http import redact


@dataclass(eq=False, slots=True)
class Work:
    """One lead on its way. `id` is its contact once known; `present` what was read of it before writing."""

    delivery: Delivery
    result: Result
    known_id: str = ""
    id: str = ""
    present: dict[str, Any] | None = None
    # The stored or found record did not hold: look once more.
    again: bool = False
    rematched: bool = False
    # Companies the contact is linked to, by a strongly consistent read; None: not read.
    links: list[str] | None = None
    company_id: str = ""

    @classmethod
    def of(cls, delivery: Delivery) -> Work:
        known = delivery.known.id if delivery.known and delivery.known.object == CONTACTS else ""
        return cls(delivery, Result(delivery.key, warnings=list(delivery.warnings)), known_id=known)

    @property
    def contact(self) -> RecordWrite:
        return self.delivery.persons.get(CONTACTS) or RecordWrite(CONTACTS)

    @property
    def unchanged(self) -> bool:
        """Nothing to write for the person; only while its stored record still stands."""
        return self.delivery.person_unchanged and bool(self.known_id)

    def fail(self, fault: Fault, step: Step) -> None:
        """The first fault is the one that counts; later steps may still be done."""
        if self.result.fault is None:
            self.result.fault = fault.at(step)

    def note(
        self, step: Step, summary: str, *, sent: Any = None, answer: Any = None, reply: Reply | None = None
    ) -> None:
        status, request_id = (reply.status, reply.request_id) if reply else (None, "")
        self.result.notes.append(Note(step, summary, redact(sent), redact(answer), status, request_id))


@dataclass(eq=False, slots=True)
class Run:
    """One batch. `touched` once anything may have been written, `halted` when further calls are of no use now."""

    client: Client
    works: list[Work]
    options: Mapping[str, str]
    touched: bool = False
    halted: ProviderError | None = None

    def read(self, path: str, body: Any) -> Reply:
        self._open()
        return self.client.read(path, body)

    def search(self, path: str, body: Any) -> Reply:
        self._open()
        return self.client.search(path, body)

    def write(self, path: str, body: Any, method: str = "POST") -> Reply:
        self._open()
        reply = self.client.write(method, path, body)
        self.touched = True
        return reply

    def absorb(self, error: ProviderError) -> Fault:
        """The fault for the leads a failed call concerned.

        While nothing can have been written, a failure of the whole connection is raised for the whole batch instead;
        later it ends further calls, whose leads then get the same fault, but certainly unsent.
        """
        fault = error.fault
        if isinstance(error, AuthenticationFailed | Throttled | Unavailable):
            if not self.touched and not fault.ambiguous:
                raise error
            self.halted = type(error)(replace(fault, ambiguous=False))
        self.touched = self.touched or fault.ambiguous
        return fault

    def _open(self) -> None:
        if self.halted is not None:
            raise self.halted

    def ref(self, kind: str, record_id: str, said: Any = None) -> RemoteRef:
        return RemoteRef(kind, record_id, self.client.record_url(TYPE_IDS[kind], record_id, said))

    def person(self, work: Work, record: Mapping[str, Any]) -> None:
        work.id = str(record["id"])
        work.result.person = self.ref(CONTACTS, work.id, record.get("url"))

    def company(self, work: Work, record_id: str, said: Any = None) -> None:
        work.company_id = record_id
        work.result.company = self.ref(COMPANIES, record_id, said)
