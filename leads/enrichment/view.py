"""What a source of the waterfall is given and what it answers. Pure values: a source can be tried without a
database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from leads.enrichment.free_mail import company_domain


@dataclass(frozen=True)
class LeadView:
    """A lead as a source sees it: every field that is known so far by Mobly field key, blank ones left out.

    `cleared` are fields a person emptied; what is found for them is not taken.
    """

    pk: int
    values: Mapping[str, str]
    cleared: frozenset[str] = frozenset()

    def get(self, field: str) -> str:
        return self.values.get(field, "")

    def lacks(self, field: str) -> bool:
        return not self.values.get(field) and field not in self.cleared

    @property
    def company_domain(self) -> str:
        """The domain of the e-mail when it is a company's own, else ''."""
        return company_domain(self.get("email"))

    def with_values(self, found: Mapping[str, str]) -> LeadView:
        return LeadView(self.pk, {**self.values, **found}, self.cleared)


@dataclass(frozen=True, slots=True)
class Colleague:
    """What an earlier lead of the organization said about its company, by Mobly field."""

    pk: int
    domain: str
    company: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Context:
    """What a batch of leads of one organization shares. `default_country` is an ISO code; colleagues stand newest
    first, under their e-mail domain and under their company's folded name."""

    default_country: str
    by_domain: Mapping[str, Sequence[Colleague]] = field(default_factory=dict)
    by_company: Mapping[str, Sequence[Colleague]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """`values` are for blank fields; `normal` holds normal forms of fields that are known: {"phone_number": {"e164":
    "+1…"}}."""

    values: Mapping[str, str] = field(default_factory=dict)
    normal: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


class Source(Protocol):
    """One step of the waterfall. `key` stands in the provenance; what it raises is recorded and the next step goes
    on."""

    key: str

    def find(self, lead: LeadView, context: Context) -> Found: ...
