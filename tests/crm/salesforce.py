"""Salesforce as its users see it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import requests

from integrations.sandbox.salesforce.account import FIXED_TOKEN
from tests.crm.vendor import Activity, Hanging, Member, Person, Vendor


class Salesforce(Vendor):
    name, label = "salesforce", "Salesforce"
    campaign_kind = "campaign"
    picklist = "LeadSource"
    job_title = "Title"
    person_objects = ("Lead", "Contact")
    lock = "row_lock"
    strategies = (
        {"strategy": "leads_and_contacts"},
        {"strategy": "accounts_and_contacts"},
        {"strategy": "leads_only"},
    )
    # Everything that writes or asks is one composite call here.
    steps = ("", "/composite")
    writes_person = writes_member = writes_engagement = "/composite"
    company_options = {"strategy": "accounts_and_contacts"}
    required_field, required_label = "company_name", "Company"
    further_object, further_email, further_text = "Booth_Visit__c", "Email__c", "Booth__c"
    further_picklist, further_option = "Interest__c", "High"

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

    def hanging(self) -> list[Hanging]:
        return [
            Hanging(row["Id"], frozenset({row.get("Lead__c") or "", row.get("Contact__c") or ""} - {""}), row)
            for row in self.records(self.further_object)
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

    def double(self, email: str) -> tuple[str, ...]:
        return tuple(str(self.seed("Lead", LastName="Twice", Company="Twice", Email=email)["Id"]) for _ in range(2))

    def take_rights(self) -> None:
        self.faults(no_create="Lead")

    def take_further(self, *, rights: bool = False) -> None:
        self.faults(**{"no_create" if rights else "hidden_objects": self.further_object})

    def copy_further(self, record: dict[str, Any]) -> str:
        kept = ("Lead__c", "Contact__c", self.further_email, self.further_text, self.further_picklist)
        values = {name: record[name] for name in kept if record.get(name)}
        return str(self.seed(self.further_object, **values)["Id"])

    def take_option(self, value: str) -> None:
        super().take_option(value)
        # Without the restriction Salesforce takes whatever it is sent.
        self.change_schema("Lead", picklist={"field": self.picklist, "restricted": True})

    def archive(self, campaign_id: str, kind: str) -> None:
        path = f"/services/data/v64.0/sobjects/Campaign/{campaign_id}"
        token = {"Authorization": f"Bearer {FIXED_TOKEN}"}
        answer = requests.patch(f"{self.url}{path}", json={"IsActive": False}, headers=token, timeout=30)
        assert answer.status_code == 204, answer.text
