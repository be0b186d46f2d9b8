"""The simulated CRMs as their own users see them, one class per vendor behind one set of words."""

from tests.crm.hubspot import HubSpot
from tests.crm.pipedrive import Pipedrive
from tests.crm.salesforce import Salesforce
from tests.crm.vendor import Activity, Hanging, Member, Person, Vendor, named
from tests.crm.zoho import Zoho

CRMS: dict[str, type[Vendor]] = {kind.name: kind for kind in (Salesforce, HubSpot, Pipedrive, Zoho)}

__all__ = [
    "CRMS",
    "Activity",
    "Hanging",
    "HubSpot",
    "Member",
    "Person",
    "Pipedrive",
    "Salesforce",
    "Vendor",
    "Zoho",
    "named",
]
