"""One lead at a time with pipedrive-python-lib, which goes on after two seconds when it was too fast."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pipedrive.client import Client
from pipedrive.exceptions import TooManyRequestsError

from integrations.sandbox.pipedrive.company import PROFILES
from integrations.sandbox.pipedrive.oauth import API_TOKEN
from tests.bench.plain import Carry, Person
from tests.bench.stage import Case
from tests.vendors import SandboxVendor

BURST = 2.0


@contextmanager
def opened(sandbox: SandboxVendor, case: Case) -> Iterator[Carry]:
    """What makes a person a member is a label, which rides in the person's own write."""
    company = f"{sandbox.url}/{PROFILES[0].domain}"
    v2, v1 = Client(), Client(domain=company)
    v2.BASE_URL = f"{company}/api/v2/"
    for client in (v2, v1):
        client.set_api_token(API_TOKEN)
    labels = [_a_label(v2)] if case.with_extras else []

    def company_of(person: Person) -> int:
        name = person["company_name"]
        asked = {"term": name, "fields": "name", "exact_match": "true"}
        found = _data(v2.organizations.search_organizations, asked)["items"]
        return int(
            found[0]["item"]["id"] if found else _data(v2.organizations.create_organization, {"name": name})["id"]
        )

    def carry(person: Person) -> None:
        values: dict[str, Any] = {
            "name": f"{person['first_name']} {person['last_name']}",
            "emails": [{"value": person["email"]}],
            "phones": [{"value": person["phone_number"]}],
        }
        values |= {"org_id": company_of(person)} if case.companies else {}
        values |= {"label_ids": labels} if labels else {}
        asked = {"term": person["email"], "fields": "email", "exact_match": "true"}
        found = _data(v2.persons.search_persons, asked)["items"]
        if found:
            known = found[0]["item"]["id"]
            _data(v2.persons.update_person, known, values)
        else:
            known = _data(v2.persons.create_person, values)["id"]
        if case.with_extras:
            _data(v1.notes.create_note, {"content": "Spoke.", "person_id": known})

    yield carry


def _a_label(client: Client) -> int:
    fields = _data(client.persons.get_person_fields, {"limit": 500})
    options = next(field["options"] for field in fields if field["field_code"] == "label_ids")
    return int(options[0]["id"])


def _data(call: Callable[..., Any], *arguments: Any) -> Any:
    while True:
        try:
            return call(*arguments)["data"]
        except TooManyRequestsError:
            time.sleep(BURST)
