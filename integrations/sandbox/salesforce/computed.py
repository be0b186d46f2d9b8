"""Fields that nobody writes: names, addresses, what a campaign counts. Read from other fields when asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .ids import ALPHABET

if TYPE_CHECKING:
    from .records import Org

Record = dict[str, Any]
Compute = Callable[["Org", Record], Any]


def full_name(org: Org, record: Record) -> str:
    return " ".join(part for part in (record.get("FirstName"), record.get("LastName")) if part)


def address(prefix: str) -> Compute:
    """The compound of street, city and so on; null when all of them are."""

    def compute(org: Org, record: Record) -> Record | None:
        parts = ("City", "Country", "GeocodeAccuracy", "Latitude", "Longitude", "PostalCode", "State", "Street")
        values = {part[0].lower() + part[1:]: record.get(prefix + part) for part in parts}
        return values if any(value is not None for value in values.values()) else None

    return compute


def of_person(name: str) -> Compute:
    """A member's field that is its contact's, or else its lead's."""

    def compute(org: Org, record: Record) -> Any:
        person = org.find(record.get("ContactId")) or org.find(record.get("LeadId"))
        return org.value(person, name) if person else None

    return compute


def company_of_member(org: Org, record: Record) -> Any:
    contact = org.find(record.get("ContactId"))
    if contact:
        account = org.find(contact.get("AccountId"))
        return account.get("Name") if account else None
    lead = org.find(record.get("LeadId"))
    return lead.get("Company") if lead else None


def members(test: Callable[[Record], Any]) -> Compute:
    """How many members of a campaign pass the test."""

    def compute(org: Org, record: Record) -> int:
        found = org.store.find("CampaignMember", "CampaignId", record["Id"])
        return sum(1 for member in found if not member.get("IsDeleted") and test(member))

    return compute


def visit_number(org: Org, record: Record) -> str:
    """An auto number: the running number that is in the id."""
    number = 0
    for digit in record["Id"][8:15]:
        number = number * len(ALPHABET) + ALPHABET.index(digit)
    return f"BV-{number:04d}"


COMPUTED: dict[str, dict[str, Compute]] = {
    "Lead": {"Name": full_name, "Address": address("")},
    "Contact": {"Name": full_name, "MailingAddress": address("Mailing"), "OtherAddress": address("Other")},
    "Account": {"BillingAddress": address("Billing"), "ShippingAddress": address("Shipping")},
    "User": {"Name": full_name},
    "Campaign": {
        "NumberOfLeads": members(lambda member: member.get("LeadId") and not member.get("ContactId")),
        "NumberOfContacts": members(lambda member: member.get("ContactId")),
        "NumberOfConvertedLeads": members(lambda member: member.get("LeadId") and member.get("ContactId")),
        "NumberOfResponses": members(lambda member: member.get("HasResponded")),
        "NumberOfOpportunities": lambda org, record: 0,
        "NumberOfWonOpportunities": lambda org, record: 0,
        "AmountAllOpportunities": lambda org, record: 0.0,
        "AmountWonOpportunities": lambda org, record: 0.0,
    },
    "CampaignMember": {
        "Name": of_person("Name"),
        "FirstName": of_person("FirstName"),
        "LastName": of_person("LastName"),
        "Email": of_person("Email"),
        "CompanyOrAccount": company_of_member,
        "Type": lambda org, record: "Contact" if record.get("ContactId") else "Lead",
        "LeadOrContactId": lambda org, record: record.get("ContactId") or record.get("LeadId"),
    },
    "Booth_Visit__c": {"Name": visit_number},
    "Task": {
        "IsClosed": lambda org, record: record.get("Status") == "Completed",
        "IsHighPriority": lambda org, record: record.get("Priority") == "High",
    },
}
