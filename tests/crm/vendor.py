"""A simulated vendor as its users see it: what stands there, and what they may do behind our back."""

from __future__ import annotations

import abc
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.vendors import SandboxVendor


@dataclass(frozen=True, slots=True)
class Person:
    """A living person record. `values` by the vendor's own field names."""

    object: str
    id: str
    last_name: str
    email: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Activity:
    person: str
    text: str


@dataclass(frozen=True, slots=True)
class Hanging:
    """A record of the further object. `persons` are the records it hangs on, `values` by the vendor's field names."""

    id: str
    persons: frozenset[str]
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Member:
    campaign: str  # as `Membership.key` says it
    person: str
    status: str


class Vendor(SandboxVendor, abc.ABC):
    """One vendor. `strategies` are option sets worth trying, the first is the default."""

    name = ""
    label = ""
    campaign_kind = ""
    # Fields of the first person object: for a qualifier's values, and where job titles go (elsewhere by another name).
    picklist = ""
    job_title = ""
    other_job_titles: Mapping[str, str] = {}
    person_objects: tuple[str, ...] = ()
    strategies: tuple[dict[str, str], ...] = ({},)
    # Switches that differ from a fresh account's.
    quiet: Mapping[str, Any] = {}
    # Paths of one step each, for faults that shall strike there; those of some writes.
    steps: tuple[str, ...] = ("",)
    writes_person = ""
    writes_member = ""
    writes_engagement = ""
    # The settings under which people bring their companies, and the Mobly field no person may lack, with its label.
    company_options: Mapping[str, str] = {}
    required_field = ""
    required_label = ""
    # The switch by which the next n rows are held by somebody else; empty where nothing locks.
    lock = ""
    # A further object, with fields for an e-mail and a short text, a picklist no record may lack and an option of it.
    further_object = further_email = further_text = further_picklist = further_option = ""
    # The setting, as (key, value), by which an admin asks to decide between several matches.
    ask: tuple[str, str] = ("several_matches", "ask")

    def __init__(self, url: str) -> None:
        super().__init__(self.name, url)
        self._defaults = self.faults()

    def afresh(self) -> None:
        """A fresh account, opened."""
        self.reset()
        self.open()

    def open(self) -> None:
        """The account as tests use it: without the limits that one would only wait for."""
        self.faults(**self.quiet)

    def calm(self) -> None:
        """All switches as at the start; what was revoked or deleted stays so."""
        self.faults(**{**self._defaults, **self.quiet})

    def switches(self) -> dict[str, Any]:
        return self.faults()

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        """People at the vendor do not meet the faults that are meant for us."""
        path = self.switches()["path"]
        self.faults(path="^nobody$")
        try:
            yield
        finally:
            self.faults(path=path)

    @abc.abstractmethod
    def persons(self) -> list[Person]:
        """Everybody who is there: neither deleted nor converted nor merged away."""

    @abc.abstractmethod
    def activities(self, persons: Iterable[Person]) -> list[Activity]:
        """Everything on the timelines of these persons. What hangs on a record that is gone is nobody's."""

    @abc.abstractmethod
    def members(self) -> list[Member]:
        """Every membership, also one that is there twice."""

    def hanging(self) -> list[Hanging]:
        """Every record of the further object, also one that hangs on nobody any more."""
        return []

    @abc.abstractmethod
    def companies(self) -> list[str]:
        """The names of all companies."""

    @abc.abstractmethod
    def has_companies(self, options: Mapping[str, str]) -> bool:
        """Whether leads bring their companies with them under these options."""

    def remove(self, person: Person) -> None:
        self.delete(person.object, person.id)

    @abc.abstractmethod
    def merge(self, person: Person, *, survives: bool) -> None:
        """Somebody at the vendor merges the person with another record of theirs."""

    def job_title_of(self, person_object: str) -> str:
        return self.other_job_titles.get(person_object, self.job_title)

    def searches(self) -> int:
        """How many calls asked the search index so far."""
        return sum(count for path, count in self.stats()["by_path"].items() if path.endswith("/search"))

    # What the contract suite does there

    @abc.abstractmethod
    def double(self, email: str) -> tuple[str, ...]:
        """Two records that one lead matches, oldest first, as the vendor allows it."""

    def throttle(self) -> None:
        """The next call is refused for its number."""
        self.faults(rate_limit_next=1)

    @abc.abstractmethod
    def take_rights(self) -> None:
        """Our user may write no persons any more."""

    def take_field(self, name: str, person_object: str = "") -> None:
        """Somebody deletes a field of the persons."""
        self.change_schema(person_object or self.person_objects[0], remove=[name])

    def take_option(self, value: str) -> None:
        """Somebody removes an option of `picklist`."""
        self.change_schema(self.person_objects[0], picklist={"field": self.picklist, "remove": [value]})

    def take_further(self, *, rights: bool = False) -> None:
        """Somebody deletes the further object, or takes our user's rights to make records of it."""
        raise AssertionError(f"{self.label} has no further objects.")

    def copy_further(self, record: dict[str, Any]) -> str:
        """Somebody makes another record of the further object for the same person; answers its id."""
        raise AssertionError(f"{self.label} has no further objects.")

    @abc.abstractmethod
    def archive(self, campaign_id: str, kind: str) -> None:
        """Somebody closes or deletes a campaign."""

    def have_a_closed_campaign(self) -> None:
        """One that takes no members any more; most fresh accounts have one."""

    def holds(self, values: Mapping[str, Any], name: str, value: Any) -> bool:
        """Whether a record has what was planned for a field, as the vendor shows it."""
        return self.shown(values.get(name)).casefold() == self.shown(value).casefold()

    @abc.abstractmethod
    def shown(self, value: Any) -> str:
        """A planned value as the vendor would show it."""


def named(persons: Iterable[Person], last_name: str) -> list[Person]:
    return [person for person in persons if person.last_name == last_name]
