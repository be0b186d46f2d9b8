"""Salesforce. `README.md` is the admin's setup guide; `provider.py` is where the contract is met."""

from integrations.providers.salesforce.provider import Salesforce

PROVIDER = Salesforce()

__all__ = ["PROVIDER"]
