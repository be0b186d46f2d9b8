"""Pipedrive as its users see it. Custom fields are named by hashes: they are looked up by what people call them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tests.crm.vendor import Activity, Member, Person, Vendor


class Pipedrive(Vendor):
    name, label = "pipedrive", "Pipedrive"
    campaign_kind = "label"
    person_objects = ("persons",)
    quiet = {"real_limits": False}
    steps = ("", "POST .*/persons", "PATCH .*/persons", "organizations", "activities", "notes", "search")
    writes_person = "POST .*/persons"
    writes_member = "PATCH .*/persons"
    writes_engagement = "POST .*/(activities|notes)"

    def open(self) -> None:
        super().open()
        # Pipedrive itself has no place for a job title.
        self.add_recommended_fields()

    @property
    def picklist(self) -> str:  # type: ignore[override]
        return self._code("Lead temperature")

    @property
    def job_title(self) -> str:  # type: ignore[override]
        return self._code("Job Title")

    def _code(self, label: str) -> str:
        fields = self.change_schema("persons")["fields"]
        return next(str(row["field_code"]) for row in fields if row["field_name"] == label)

    def persons(self) -> list[Person]:
        return [self._person(row) for row in self.records("persons")]

    def _person(self, row: Mapping[str, Any]) -> Person:
        emails = [entry["value"] for entry in row["emails"]]
        phones = [entry["value"] for entry in row["phones"]]
        values = {**row, **row["custom_fields"], "emails": (emails or [""])[0], "phones": (phones or [""])[0]}
        values["all"] = {"emails": emails, "phones": phones}
        return Person("persons", str(row["id"]), str(row["last_name"] or ""), values["emails"], values)

    def activities(self, persons: Iterable[Person]) -> list[Activity]:
        living = {person.id for person in persons}
        found = [(row["person_id"], row.get("note")) for row in self.records("activities")]
        found += [(row["person_id"], row.get("content")) for row in self.records("notes")]
        return [Activity(str(person), str(text or "")) for person, text in found if str(person) in living]

    def members(self) -> list[Member]:
        return [
            Member(f"label:{label}", str(row["id"]), "")
            for row in self.records("persons")
            for label in row["label_ids"]
        ]

    def companies(self) -> list[str]:
        return [str(row["name"]) for row in self.records("organizations")]

    def has_companies(self, options: Mapping[str, str]) -> bool:
        return True

    def delete(self, object_name: str, record_id: str) -> None:
        self._call("POST", "delete", json={"object": object_name, "id": int(record_id)})

    def merge(self, person: Person, *, survives: bool) -> None:
        other = self.seed("persons", name="Elsewhere Elsewhere", email=f"e{person.id}@elsewhere.example")
        keep, lose = (int(person.id), other["id"]) if survives else (other["id"], int(person.id))
        self._call("POST", "merge", json={"object": "persons", "keep": keep, "lose": lose})

    def double(self, email: str) -> tuple[str, ...]:
        return tuple(str(self.seed("persons", name="Twice Twice", email=email)["id"]) for _ in range(2))

    def throttle(self) -> None:
        # A burst is over in two seconds and waited for; the day's budget is not.
        self.faults(rate_limit_next=1, rate_limit_kind="budget")

    def take_rights(self) -> None:
        self.faults(missing_scope="contacts:full")

    def take_field(self, name: str, person_object: str = "") -> None:
        self.change_schema("persons", remove=[name])

    def take_option(self, value: str) -> None:
        options = next(row for row in self.change_schema("persons")["fields"] if row["field_code"] == self.picklist)
        label = next(option["label"] for option in options["options"] if str(option["id"]) == value)
        self.change_schema("persons", picklist={"field": self.picklist, "remove": [label]})

    def archive(self, campaign_id: str, kind: str) -> None:
        options = next(row for row in self.change_schema("persons")["fields"] if row["field_code"] == "label_ids")
        label = next(option["label"] for option in options["options"] if str(option["id"]) == campaign_id)
        self.change_schema("persons", picklist={"field": "label_ids", "remove": [label]})

    def holds(self, values: Mapping[str, Any], name: str, value: Any) -> bool:
        # A person has several; those of one that was merged into it stand behind its own.
        several = {str(one).casefold() for one in values["all"].get(name, ())}
        return super().holds(values, name, value) or self.shown(value).casefold() in several

    def shown(self, value: Any) -> str:
        if isinstance(value, tuple | list):
            return ";".join(str(part) for part in value)
        if isinstance(value, float) and value.is_integer():
            return str(int(value))
        return "" if value is None else str(value).strip()
