"""The companies of a batch: which leads share one, and what is written to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from integrations.contract import CompanyKeys, Fault, RecordWrite, Step, new_record
from integrations.providers.hubspot import values
from integrations.providers.hubspot.reply import Reply, properties_of
from integrations.providers.hubspot.run import Work
from integrations.providers.hubspot.schema import COMPANIES


@dataclass(eq=False, slots=True)
class Party:
    """One company of this batch and the leads that belong to it."""

    keys: CompanyKeys
    works: list[Work] = field(default_factory=list)
    id: str = ""
    present: Mapping[str, Any] | None = None
    again: bool = False

    @property
    def going(self) -> bool:
        return bool(self.works)

    @property
    def in_doubt(self) -> float:
        """For how many seconds a company that was created a moment ago may hide from the search."""
        return max((work.delivery.company_in_doubt for work in self.works), default=0.0)

    @property
    def writes(self) -> list[RecordWrite]:
        return [work.delivery.company for work in self.works if work.delivery.company]

    def note(self, summary: str, *, sent: Any = None, answer: Any = None, reply: Reply | None = None) -> None:
        for work in self.works:
            work.note(Step.COMPANY, summary, sent=sent, answer=answer, reply=reply)

    def fail(self, fault: Fault, works: Iterable[Work] | None = None) -> None:
        """These leads (all of them) go no further with this company."""
        failed = list(self.works if works is None else works)
        for work in failed:
            work.fail(replace(fault, object=COMPANIES), Step.COMPANY)
        self.works = [work for work in self.works if work not in failed]

    def for_create(self) -> dict[str, str]:
        """The values of all its leads, the last one's on top, and always what it will be found by."""
        merged = values.properties(new_record(self.writes))
        keys = {"domain": self.keys.domain, "name": self.keys.name or self.keys.domain}
        return self._keyed({**{name: value for name, value in keys.items() if value}, **merged})

    def changes(self) -> dict[str, str]:
        present = self.present or {}
        blank = {
            name: value
            for write in self.writes
            for name, value in write.if_blank.items()
            if not values.text(present.get(name))
        }
        over = {name: value for write in self.writes for name, value in write.values.items()}
        return self._keyed(values.properties({**blank, **over}))

    def _keyed(self, properties: dict[str, str]) -> dict[str, str]:
        """`domain` is a bare host for HubSpot, whatever spelling is mapped to it."""
        if "domain" in properties and self.keys.domain:
            properties["domain"] = self.keys.domain
        return properties

    def matches(self, company: Mapping[str, Any]) -> bool:
        present = properties_of(company)
        if self.keys.domain:
            return values.domain_of(present.get("domain")) == self.keys.domain
        return bool(self.keys.name) and values.text(present.get("name")).casefold() == self.keys.name.casefold()


def gather(works: Sequence[Work]) -> list[Party]:
    """The companies of these leads: those with the same stored company, else with the same identity, share one."""
    parties: list[Party] = []
    by_id: dict[str, Party] = {}
    by_identity: dict[str, Party] = {}
    for known in (True, False):
        for work in works:
            delivery = work.delivery
            if bool(delivery.known_company) is not known:
                continue
            stored = delivery.known_company.id if delivery.known_company else ""
            identity = delivery.company_keys.identity
            party = by_id.get(stored) if stored else by_identity.get(identity)
            if party is None:
                party = Party(delivery.company_keys, id=stored)
                parties.append(party)
            if stored:
                by_id.setdefault(stored, party)
            if identity:
                by_identity.setdefault(identity, party)
            if party.keys.empty:
                party.keys = delivery.company_keys
            party.works.append(work)
    return parties
