"""The simulated CRMs as their own users see them, one class per vendor behind one set of words."""

from tests.crm.hubspot import HubSpot
from tests.crm.salesforce import Salesforce
from tests.crm.vendor import Activity, Member, Person, Vendor, named

CRMS: dict[str, type[Vendor]] = {kind.name: kind for kind in (Salesforce, HubSpot)}

__all__ = ["CRMS", "Activity", "HubSpot", "Member", "Person", "Salesforce", "Vendor", "named"]
