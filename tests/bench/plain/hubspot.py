"""One lead at a time with HubSpot's own client."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from hubspot import HubSpot
from hubspot.crm.associations.v4 import AssociationSpec
from hubspot.crm.companies import PublicObjectSearchRequest as CompanySearch
from hubspot.crm.companies import SimplePublicObjectInputForCreate as NewCompany
from hubspot.crm.contacts import PublicObjectSearchRequest as ContactSearch
from hubspot.crm.contacts import SimplePublicObjectInput as ContactChange
from hubspot.crm.contacts import SimplePublicObjectInputForCreate as NewContact
from hubspot.crm.objects.notes import SimplePublicObjectInputForCreate as NewNote

from integrations.sandbox.hubspot.oauth import PRIVATE_TOKEN
from tests.bench.plain import Carry, Person
from tests.bench.stage import Case
from tests.vendors import SandboxVendor

NOTE_TO_CONTACT = 202


@contextmanager
def opened(sandbox: SandboxVendor, case: Case) -> Iterator[Carry]:
    portal = HubSpot(host=sandbox.url, access_token=PRIVATE_TOKEN)
    crm = portal.crm
    members = sandbox.seed("lists", name="Plain", processingType="MANUAL")["listId"] if case.with_extras else ""

    def where(name: str, value: str) -> list[dict[str, Any]]:
        return [{"filters": [{"propertyName": name, "operator": "EQ", "value": value}]}]

    def company_of(person: Person) -> str:
        domain = person["company_website"].removeprefix("https://www.")
        said = CompanySearch(filter_groups=where("domain", domain), limit=1)
        results = crm.companies.search_api.do_search(public_object_search_request=said).results
        if results:
            return str(results[0].id)
        new = NewCompany(properties={"name": person["company_name"], "domain": domain})
        return str(crm.companies.basic_api.create(simple_public_object_input_for_create=new).id)

    def contact_of(person: Person) -> str:
        values = {
            "firstname": person["first_name"],
            "lastname": person["last_name"],
            "email": person["email"],
            "jobtitle": person["job_title"],
            "phone": person["phone_number"],
        }
        said = ContactSearch(filter_groups=where("email", person["email"]), limit=1)
        results = crm.contacts.search_api.do_search(public_object_search_request=said).results
        if results:
            change = ContactChange(properties=values)
            crm.contacts.basic_api.update(results[0].id, simple_public_object_input=change)
            return str(results[0].id)
        new = NewContact(properties=values)
        return str(crm.contacts.basic_api.create(simple_public_object_input_for_create=new).id)

    def carry(person: Person) -> None:
        contact = contact_of(person)
        if case.companies:
            crm.associations.v4.basic_api.create_default("contacts", contact, "companies", company_of(person))
        if case.with_extras:
            crm.lists.memberships_api.add(list_id=members, request_body=[contact])
            link = AssociationSpec(association_category="HUBSPOT_DEFINED", association_type_id=NOTE_TO_CONTACT)
            note = NewNote(
                properties={"hs_timestamp": datetime.now(UTC).isoformat(), "hs_note_body": "Spoke."},
                associations=[{"to": {"id": contact}, "types": [link]}],
            )
            crm.objects.notes.basic_api.create(simple_public_object_input_for_create=note)

    yield carry
