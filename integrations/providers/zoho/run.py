"""What one `deliver` is working on: a Work per lead, and what is known of the connection so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from integrations.contract import (
    Carried,
    Carrying,
    Delivery,
    Fault,
    RecordWrite,
    RemoteRef,
    Result,
)
from integrations.providers.zoho import values
from integrations.providers.zoho.client import Client
from integrations.providers.zoho.reply import Reply
from integrations.providers.zoho.settings import ASK, SEVERAL_MATCHES, asked_rules, persons_of


@dataclass(eq=False, slots=True)
class Work(Carried):
    """One lead on its way. `module` is where its person lives, `id` its record once known, `present` what was read of
    it before writing.
    """

    module: str
    known_id: str = ""
    id: str = ""
    present: dict[str, Any] | None = None
    # The record turned out to be gone, converted or somebody else's: what Zoho said, until it was looked into.
    refusal: dict[str, Any] | None = None
    rematched: bool = False
    # New in this delivery: nothing can hang on it yet.
    inserted: bool = False
    company_id: str = ""
    company_lost: bool = False
    # A membership or a note says that the stored record does not stand any more.
    stale: bool = False
    owner_id: str = ""
    # Nothing will be written: everything is looked at that a write would otherwise find out.
    only_looking: bool = False

    @property
    def open(self) -> bool:
        return self.result.fault is None

    @property
    def write(self) -> RecordWrite:
        """What the person's record gets; a new one gets its owner too."""
        write = self.delivery.persons.get(self.module) or RecordWrite(self.module)
        return replace(write, on_create={**write.on_create, "Owner": {"id": self.owner_id}}) if self.owner_id else write

    @property
    def email(self) -> str:
        """The address Zoho will know the record by."""
        write = self.write
        said = values.text(write.values.get("Email") or write.if_blank.get("Email")).strip()
        return said or self.delivery.keys.email

    @property
    def unchanged(self) -> bool:
        """Nothing to write for the person; only while its stored record still stands."""
        return self.delivery.person_unchanged and bool(self.known_id)

    def mobly_key(self) -> tuple[str, str]:
        """(field, value) of our own id where it is mapped on this module; two blanks where not."""
        keys = self.delivery.keys
        name = keys.mobly_field.get(self.module, "")
        return (name, keys.mobly_id) if name and keys.mobly_id else ("", "")


@dataclass(eq=False, slots=True)
class Run(Carrying):
    """One batch, and what its calls told so far."""

    client: Client
    options: Mapping[str, str]
    works: list[Work] = field(default_factory=list)

    @classmethod
    def of(cls, client: Client, deliveries: Sequence[Delivery], options: Mapping[str, str]) -> Run:
        run = cls(client, options)
        run.works = [run._work(delivery) for delivery in deliveries]
        return run

    def _work(self, delivery: Delivery) -> Work:
        persons, known = persons_of(self.options), delivery.known
        here = known if known is not None and known.object in persons else None
        return Work(
            delivery,
            Result(delivery.key, warnings=list(delivery.warnings)),
            module=here.object if here else persons[0],
            known_id=here.id if here else "",
        )

    @property
    def asks(self) -> bool:
        """Whether the admin wants to decide between several matches."""
        return self.options.get(SEVERAL_MATCHES) == ASK

    @property
    def rules(self) -> dict[str, Any]:
        return asked_rules(self.options)

    def get(self, path: str, params: Mapping[str, Any]) -> Reply:
        self.go_on()
        return self.client.get(path, params)

    def query(self, statement: str) -> Reply:
        self.go_on()
        return self.client.query(statement)

    def write(self, method: str, path: str, body: Any) -> Reply:
        self.go_on()
        reply = self.client.write(method, path, body)
        self.touched = True
        return reply

    def ref(self, module: str, record_id: str) -> RemoteRef:
        return RemoteRef(module, record_id, self.client.record_url(module, record_id))

    def addressed(self, fault: Fault) -> Fault:
        """The fault with a link to the record it collides with."""
        there = fault.collides_with
        return replace(fault, collides_with=self.ref(there.object, there.id)) if there else fault

    def person(self, work: Work, record_id: str) -> None:
        work.id = record_id
        work.result.person = self.ref(work.module, record_id)
