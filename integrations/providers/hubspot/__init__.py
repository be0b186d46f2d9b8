"""HubSpot: contacts, companies, static lists, marketing events and activities."""

from integrations.providers.hubspot.provider import HubSpot

PROVIDER = HubSpot()

__all__ = ["PROVIDER"]
