"""Zoho CRM: leads, or contacts with accounts; campaigns and notes, in every data centre of Zoho."""

from integrations.providers.zoho.provider import Zoho

PROVIDER = Zoho()

__all__ = ["PROVIDER"]
