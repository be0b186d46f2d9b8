"""Zoho CRM as its users see it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import requests

from integrations.sandbox.zoho.places import FIXED_TOKEN
from tests.crm.vendor import Activity, Member, Person, Vendor


class Zoho(Vendor):
    name, label = "zoho", "Zoho CRM"
    campaign_kind = "campaign"
    picklist = "Lead_Source"
    job_title = "Designation"
    other_job_titles = {"Contacts": "Title"}
    person_objects = ("Leads", "Contacts")
    strategies = ({"people": "leads"}, {"people": "contacts"})
    company_options = {"people": "contacts"}
    required_field, required_label = "company_name", "Company"
    quiet = {"token_limits": False}
    steps = ("", "(Leads|Contacts)(/upsert)?$", "Accounts", "Campaigns/", "Notes", "coql")
    writes_person = "(Leads|Contacts)(/upsert)?$"
    writes_member = "PUT .*/Campaigns/"
    writes_engagement = "POST .*/Notes"

    def persons(self) -> list[Person]:
        return [
            Person(module, row["id"], str(row.get("Last_Name") or ""), str(row.get("Email") or ""), row)
            for module in self.person_objects
            for row in self.records(module)
            if not row.get("$converted")
        ]

    def activities(self, persons: Iterable[Person]) -> list[Activity]:
        living = {person.id for person in persons}
        return [
            Activity(row["Parent_Id"]["id"], str(row.get("Note_Content") or ""))
            for row in self.records("Notes")
            if (row.get("Parent_Id") or {}).get("id") in living
        ]

    def members(self) -> list[Member]:
        return [
            Member(f"campaign:{row['campaign']}", row["person"], row.get("status") or "")
            for row in self.records("CampaignMembers")
        ]

    def companies(self) -> list[str]:
        return [str(row.get("Account_Name") or "") for row in self.records("Accounts")]

    def has_companies(self, options: Mapping[str, str]) -> bool:
        return options.get("people") == "contacts"

    def delete(self, object_name: str, record_id: str) -> None:
        self._call("POST", "delete", json={"module": object_name, "id": record_id})

    def merge(self, person: Person, *, survives: bool) -> None:
        values = {"Last_Name": "Elsewhere", "Email": f"e{person.id}@elsewhere.example"}
        other = self.seed(person.object, **values, **({"Company": "Elsewhere"} if person.object == "Leads" else {}))
        keep, lose = (person.id, other["id"]) if survives else (other["id"], person.id)
        self._call("POST", "merge", json={"module": person.object, "keep": keep, "lose": lose})

    def convert(self, person: Person) -> None:
        self._call("POST", "convert", json={"id": person.id})

    def double(self, email: str) -> tuple[str, ...]:
        return tuple(str(self.seed("Leads", Last_Name="Twice", Company="Twice", Email=email)["id"]) for _ in range(2))

    def take_rights(self) -> None:
        self.faults(no_permission="Leads.create,Leads.edit")

    def archive(self, campaign_id: str, kind: str) -> None:
        path = f"/api-us/crm/v8/Campaigns?ids={campaign_id}"
        token = {"Authorization": f"Zoho-oauthtoken {FIXED_TOKEN}"}
        answer = requests.delete(f"{self.url}{path}", headers=token, timeout=30)
        assert answer.ok, answer.text

    def have_a_closed_campaign(self) -> None:
        self.seed("Campaigns", Campaign_Name="Hannover 2024", Status="Inactive")

    def shown(self, value: Any) -> str:
        if isinstance(value, tuple | list):
            return ";".join(str(part) for part in value)
        return "" if value is None else str(value).strip()
