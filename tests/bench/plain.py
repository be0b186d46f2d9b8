"""The integration most people would write: one lead after the other with the vendor's usual Python client, searching
before each create. Nothing of our product is in it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import requests
from hubspot import HubSpot
from hubspot.crm.associations.v4 import AssociationSpec
from hubspot.crm.companies import PublicObjectSearchRequest as CompanySearch
from hubspot.crm.companies import SimplePublicObjectInputForCreate as NewCompany
from hubspot.crm.contacts import PublicObjectSearchRequest as ContactSearch
from hubspot.crm.contacts import SimplePublicObjectInput as ContactChange
from hubspot.crm.contacts import SimplePublicObjectInputForCreate as NewContact
from hubspot.crm.objects.notes import SimplePublicObjectInputForCreate as NewNote
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce, format_soql

from integrations.sandbox.hubspot.oauth import PRIVATE_TOKEN
from integrations.sandbox.salesforce.account import FIXED_TOKEN
from tests.bench.stage import Case
from tests.vendors import SandboxVendor

NOTE_TO_CONTACT = 202
Person = Mapping[str, str]
Carry = Callable[[Person], None]


def seconds_per_lead(sandbox: SandboxVendor, case: Case, people: Sequence[Person]) -> float:
    """How long one lead takes on average, over the given people."""
    carry = {"salesforce": _salesforce, "hubspot": _hubspot}[sandbox.name](sandbox, case)
    carry(people[0])  # whatever the client does once, it does here
    began = time.monotonic()
    for person in people[1:]:
        carry(person)
    return (time.monotonic() - began) / (len(people) - 1)


class _PlainLine(HTTPAdapter):
    """simple_salesforce insists on https; the simulated org speaks http."""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        request.url = str(request.url).replace("https://", "http://", 1)
        return super().send(request, *args, **kwargs)


def _salesforce(sandbox: SandboxVendor, case: Case) -> Carry:
    session = requests.Session()
    session.mount("https://", _PlainLine())
    org = Salesforce(instance_url=sandbox.url, session_id=FIXED_TOKEN, session=session)
    campaign = sandbox.seed("Campaign", Name="Plain", IsActive=True)["Id"] if case.with_extras else ""

    def found(statement: str) -> str:
        records = org.query(statement)["records"]
        return str(records[0]["Id"]) if records else ""

    def company_of(person: Person) -> str:
        known = found(format_soql("SELECT Id FROM Account WHERE Website = {}", person["company_website"]))
        made = {"Name": person["company_name"], "Website": person["company_website"]}
        return known or str(org.Account.create(made)["id"])

    def carry(person: Person) -> None:
        kind = "Contact" if case.companies else "Lead"
        values = {
            "FirstName": person["first_name"],
            "LastName": person["last_name"],
            "Email": person["email"],
            "Title": person["job_title"],
            "Phone": person["phone_number"],
        }
        values |= {"AccountId": company_of(person)} if case.companies else {"Company": person["company_name"]}
        known = found(format_soql(f"SELECT Id FROM {kind} WHERE Email = {{}}", person["email"]))
        if known:
            getattr(org, kind).update(known, values)
        else:
            known = getattr(org, kind).create(values)["id"]
        if case.with_extras:
            org.CampaignMember.create({"CampaignId": campaign, f"{kind}Id": known})
            org.Task.create({"WhoId": known, "Subject": "Note", "Description": "Spoke.", "Status": "Completed"})

    return carry


def _hubspot(sandbox: SandboxVendor, case: Case) -> Carry:
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

    return carry
