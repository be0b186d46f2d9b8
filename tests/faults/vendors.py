"""The simulated vendors as a fault run sees them: what stands there, and what a person there may do behind our back."""

from __future__ import annotations

import abc
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests

from integrations.providers.hubspot import values as hubspot_values
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
class Member:
    campaign: str  # as `Membership.key` says it
    person: str
    status: str


class Vendor(SandboxVendor, abc.ABC):
    """One vendor. `strategies` are option sets worth trying, the first is the default."""

    name = ""
    label = ""
    campaign_kind = ""
    # A field for a qualifier's values, and a text field to map and unmap.
    picklist = ""
    person_objects: tuple[str, ...] = ()
    strategies: tuple[dict[str, str], ...] = ({},)
    # Switches that differ from a fresh account's.
    quiet: Mapping[str, Any] = {}
    # Paths of one step each, for faults that shall strike there.
    steps: tuple[str, ...] = ("",)

    def __init__(self, url: str) -> None:
        super().__init__(self.name, url)
        self._defaults = self.faults()

    def afresh(self) -> None:
        """A fresh account with the limits that a fault run would only wait for switched off."""
        self.reset()
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

    @abc.abstractmethod
    def shown(self, value: Any) -> str:
        """A planned value as the vendor would show it."""


class Salesforce(Vendor):
    name, label = "salesforce", "Salesforce"
    campaign_kind = "campaign"
    picklist = "LeadSource"
    strategies = (
        {"strategy": "leads_and_contacts"},
        {"strategy": "accounts_and_contacts"},
        {"strategy": "leads_only"},
    )
    # Everything that writes or asks is one composite call here.
    steps = ("", "/composite")

    def persons(self) -> list[Person]:
        leads = [row for row in self.records("Lead") if not row.get("IsConverted")]
        rows = [("Lead", row) for row in leads] + [("Contact", row) for row in self.records("Contact")]
        return [
            Person(kind, row["Id"], str(row.get("LastName") or ""), str(row.get("Email") or ""), row)
            for kind, row in rows
        ]

    def activities(self, persons: Iterable[Person]) -> list[Activity]:
        living = {person.id for person in persons}
        return [
            Activity(row["WhoId"], str(row.get("Description") or ""))
            for name in ("Task", "Event")
            for row in self.records(name)
            if row.get("WhoId") in living
        ]

    def members(self) -> list[Member]:
        return [
            Member(
                f"campaign:{row['CampaignId']}",
                row.get("ContactId") or row.get("LeadId") or "",
                row.get("Status") or "",
            )
            for row in self.records("CampaignMember")
        ]

    def companies(self) -> list[str]:
        return [str(row.get("Name") or "") for row in self.records("Account")]

    def has_companies(self, options: Mapping[str, str]) -> bool:
        return options.get("strategy") == "accounts_and_contacts"

    def merge(self, person: Person, *, survives: bool) -> None:
        name = "Lead" if person.object == "Lead" else "Contact"
        other = (
            self.seed(name, LastName="Elsewhere", Company="Elsewhere", Email=f"e{person.id}@elsewhere.example")
            if (name == "Lead")
            else self.seed(name, LastName="Elsewhere", Email=f"e{person.id}@elsewhere.example")
        )
        master, loser = (person.id, other["Id"]) if survives else (other["Id"], person.id)
        self._call("POST", "merge", json={"master": master, "merged": [loser]})

    def convert(self, person: Person) -> None:
        self._call("POST", "convert", json={"lead": person.id})

    def shown(self, value: Any) -> str:
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, float) and value.is_integer():
            return str(int(value))
        if isinstance(value, tuple | list):
            return ";".join(str(part) for part in value)
        return "" if value is None else str(value).strip()


class HubSpot(Vendor):
    name, label = "hubspot", "HubSpot"
    campaign_kind = "list"
    picklist = "hs_lead_status"
    quiet = {"real_limits": False}
    steps = (
        "", "contacts/batch/(upsert|update|create)", "companies/batch/create", "companies/batch/update",
        "(notes|calls|emails|meetings|communications)/batch/create", "memberships/add", "associations",
    )  # fmt: skip
    _timeline = {
        "notes": "hs_note_body",
        "calls": "hs_call_body",
        "emails": "hs_email_text",
        "meetings": "hs_meeting_body",
        "communications": "hs_communication_body",
    }

    def persons(self) -> list[Person]:
        return [
            Person(
                "contacts",
                row["id"],
                row["properties"].get("lastname") or "",
                row["properties"].get("email") or "",
                row["properties"],
            )
            for row in self.records("contacts")
        ]

    def activities(self, persons: Iterable[Person]) -> list[Activity]:
        inputs = [{"id": person.id} for person in persons]
        found = []
        for name, field in self._timeline.items():
            texts = {row["id"]: str(row["properties"].get(field) or "") for row in self.records(name)}
            if inputs and texts:
                links = self._api("POST", f"/crm/v4/associations/contacts/{name}/batch/read", {"inputs": inputs})
                found += [
                    Activity(str(row["from"]["id"]), texts[str(to["toObjectId"])])
                    for row in links["results"]
                    for to in row["to"]
                    if str(to["toObjectId"]) in texts
                ]
        return found

    def members(self) -> list[Member]:
        return [
            Member(f"list:{row['listId']}", str(person), "")
            for row in self.records("lists")
            for person in row["members"]
        ]

    def companies(self) -> list[str]:
        return [row["properties"].get("name") or "" for row in self.records("companies")]

    def has_companies(self, options: Mapping[str, str]) -> bool:
        return True

    def merge(self, person: Person, *, survives: bool) -> None:
        other = self.seed("contacts", lastname="Elsewhere", email=f"e{person.id}@elsewhere.example")
        primary, loser = (person.id, other["id"]) if survives else (other["id"], person.id)
        self._api("POST", "/crm/v3/objects/contacts/merge", {"primaryObjectId": primary, "objectIdToMerge": loser})

    def shown(self, value: Any) -> str:
        return hubspot_values.text(value)

    def _api(self, method: str, path: str, body: Any) -> Any:
        """A call of the vendor's own app, with the token of a person there."""
        token = {"Authorization": "Bearer pat-na1-sandbox-hubspot-access-token"}
        answer = requests.request(method, f"{self.url}{path}", json=body, headers=token, timeout=30)
        assert answer.ok, f"{self.name}: {answer.status_code} {answer.text}"
        return answer.json()


def named(persons: Iterable[Person], last_name: str) -> list[Person]:
    return [person for person in persons if person.last_name == last_name]
