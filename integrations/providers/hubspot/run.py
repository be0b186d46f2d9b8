"""What one `deliver` is working on: a Work per lead, and what is known of the connection so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from integrations.contract import (
    Carried,
    Carrying,
    Delivery,
    RecordWrite,
    RemoteRef,
    Result,
)
from integrations.providers.hubspot.client import Client
from integrations.providers.hubspot.reply import Reply
from integrations.providers.hubspot.schema import COMPANIES, CONTACTS, TYPE_IDS


@dataclass(eq=False, slots=True)
class Work(Carried):
    """One lead on its way. `id` is its contact once known; `present` what was read of it before writing."""

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


@dataclass(eq=False, slots=True)
class Run(Carrying):
    """One batch, and what its calls told so far."""

    client: Client
    works: list[Work]
    options: Mapping[str, str]

    def read(self, path: str, body: Any) -> Reply:
        self.go_on()
        return self.client.read(path, body)

    def search(self, path: str, body: Any) -> Reply:
        self.go_on()
        return self.client.search(path, body)

    def write(self, path: str, body: Any, method: str = "POST") -> Reply:
        self.go_on()
        reply = self.client.write(method, path, body)
        self.touched = True
        return reply

    def ref(self, kind: str, record_id: str, said: Any = None) -> RemoteRef:
        return RemoteRef(kind, record_id, self.client.record_url(TYPE_IDS[kind], record_id, said))

    def person(self, work: Work, record: Mapping[str, Any]) -> None:
        work.id = str(record["id"])
        work.result.person = self.ref(CONTACTS, work.id, record.get("url"))

    def company(self, work: Work, record_id: str, said: Any = None) -> None:
        work.company_id = record_id
        work.result.company = self.ref(COMPANIES, record_id, said)
