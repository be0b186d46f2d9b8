"""One lead at a time with simple_salesforce."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce, format_soql

from integrations.sandbox.salesforce.account import FIXED_TOKEN
from tests.bench.plain import Carry, Person
from tests.bench.stage import Case
from tests.vendors import SandboxVendor


class _PlainLine(HTTPAdapter):
    """simple_salesforce insists on https; the simulated org speaks http."""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        request.url = str(request.url).replace("https://", "http://", 1)
        return super().send(request, *args, **kwargs)


@contextmanager
def opened(sandbox: SandboxVendor, case: Case) -> Iterator[Carry]:
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

    yield carry
