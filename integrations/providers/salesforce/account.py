"""Who is connected: the org by its own record, the user by the identity the sign-in named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.contract import Account, Cause, Fault, Refused, Step
from integrations.providers.salesforce import soql
from integrations.providers.salesforce.client import SalesforceClient
from integrations.providers.salesforce.jobs import Look


def account(client: SalesforceClient) -> Account:
    """One call. Raises `ProviderError`."""
    tokens = client.tokens.current()
    user_id = tokens.extra.get("user_id", "")
    look = Look(client)
    look.ask(
        "Organization", [soql.select(("Id", "Name", "IsSandbox", "OrganizationType"), "Organization", "", "LIMIT 1")]
    )
    if soql.is_id(user_id):
        look.ask("User", [soql.select(("Id", "Name", "Username"), "User", soql.among("Id", [user_id]))])
    look.run()
    organizations = look.records("Organization")
    if not organizations:
        message = "The connected user may not see the organization’s own record in Salesforce."
        raise Refused(Fault(Cause.PERMISSION, message, Step.PLAN, object="Organization"))
    # A user who may not read users is connected all the same.
    users = look.records("User") if look.refusal("User") is None else []
    return _account(organizations[0], users[0] if users else {}, tokens.api_url)


def _account(organization: Mapping[str, Any], user: Mapping[str, Any], url: str) -> Account:
    return Account(
        id=str(organization.get("Id") or ""),
        name=str(organization.get("Name") or ""),
        user=str(user.get("Username") or user.get("Name") or ""),
        url=url,
        kind="Sandbox" if organization.get("IsSandbox") else str(organization.get("OrganizationType") or ""),
    )
