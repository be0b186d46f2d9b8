"""HubSpot as its users see it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import requests

from integrations.providers.hubspot import values as hubspot_values
from tests.crm.vendor import Activity, Member, Person, Vendor


class HubSpot(Vendor):
    name, label = "hubspot", "HubSpot"
    campaign_kind = "list"
    picklist = "hs_lead_status"
    job_title = "jobtitle"
    person_objects = ("contacts",)
    lock = "locked"
    writes_person = "contacts/batch/(upsert|update|create)"
    writes_member = "memberships/add"
    writes_engagement = "(notes|calls|emails|meetings|communications)/batch/create"
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
        members = [
            Member(f"list:{row['listId']}", str(person), "")
            for row in self.records("lists")
            for person in row["members"]
        ]
        for event in self.records("marketing_events"):
            path = f"/marketing/v3/marketing-events/participations/{event['objectId']}/breakdown"
            for row in self._api("GET", path, None)["results"]:
                person = str(row["associations"]["contact"]["contactId"])
                members.append(
                    Member(f"marketing_event:{event['objectId']}", person, row["properties"]["attendanceState"])
                )
        return members

    def companies(self) -> list[str]:
        return [row["properties"].get("name") or "" for row in self.records("companies")]

    def has_companies(self, options: Mapping[str, str]) -> bool:
        return True

    def merge(self, person: Person, *, survives: bool) -> None:
        other = self.seed("contacts", lastname="Elsewhere", email=f"e{person.id}@elsewhere.example")
        primary, loser = (person.id, other["id"]) if survives else (other["id"], person.id)
        self._api("POST", "/crm/v3/objects/contacts/merge", {"primaryObjectId": primary, "objectIdToMerge": loser})

    def double(self, email: str) -> tuple[str, ...]:
        # A contact's e-mail is unique at HubSpot; a company's domain is not.
        domain = email.partition("@")[2]
        return tuple(str(self.seed("companies", name=domain, domain=domain)["id"]) for _ in range(2))

    def take_rights(self) -> None:
        self.faults(missing_scope="crm.objects.contacts.write")

    def archive(self, campaign_id: str, kind: str) -> None:
        self._api("DELETE", f"/crm/v3/lists/{campaign_id}", None)

    def holds(self, values: Mapping[str, Any], name: str, value: Any) -> bool:
        # Of a contact that was merged away the e-mail lives on as a further one of the contact that remained.
        others = str(values.get("hs_additional_emails") or "").casefold().split(";") if name == "email" else []
        return super().holds(values, name, value) or self.shown(value).casefold() in others

    def shown(self, value: Any) -> str:
        return hubspot_values.text(value)

    def _api(self, method: str, path: str, body: Any) -> Any:
        """A call of the vendor's own app, with the token of a person there."""
        token = {"Authorization": "Bearer pat-na1-sandbox-hubspot-access-token"}
        answer = requests.request(method, f"{self.url}{path}", json=body, headers=token, timeout=30)
        assert answer.ok, f"{self.name}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None
