"""Salesforce as the contract wants it: each method one line into the module that knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from integrations.contract import (
    Account,
    App,
    AuthorizationRequest,
    Campaign,
    Category,
    Check,
    ConnectMethod,
    Default,
    Delivery,
    FurtherObjects,
    MadeField,
    Match,
    NewField,
    Refused,
    RemoteObject,
    RemoteRef,
    Result,
    Role,
    Setting,
    Tokens,
    TokenSource,
)
from integrations.providers.salesforce import account, auth, campaigns, check, delivery, schema
from integrations.providers.salesforce import fields as custom
from integrations.providers.salesforce.capabilities import CAPABILITIES, METHODS
from integrations.providers.salesforce.client import SalesforceClient
from integrations.providers.salesforce.defaults import BY_NAME, DEFAULTS
from integrations.providers.salesforce.further import CustomObjects
from mobly_sync.http import Session

_GONE = frozenset({"NOT_FOUND", "ENTITY_IS_DELETED"})


class Salesforce:
    key = "salesforce"
    name = "Salesforce"
    monogram = "Sf"
    category = Category.CRM
    capabilities = CAPABILITIES
    methods: tuple[ConnectMethod, ...] = METHODS
    settings: tuple[Setting, ...] = schema.SETTINGS
    further: FurtherObjects | None = CustomObjects()
    # Five collections of 200: one look and the fewest writes serve them all.
    batch_size = 1000

    def wrong_settings(self, app: App) -> Sequence[str]:
        return ()

    def authorization(self, app: App, *, redirect_uri: str, state: str) -> AuthorizationRequest:
        return auth.authorization(app, redirect_uri=redirect_uri, state=state)

    def exchange(
        self,
        session: Session,
        app: App,
        *,
        code: str,
        redirect_uri: str,
        code_verifier: str,
        callback: Mapping[str, str] | None = None,
    ) -> Tokens:
        return auth.exchange(session, app, code=code, redirect_uri=redirect_uri, code_verifier=code_verifier)

    def refresh(self, session: Session, app: App, tokens: Tokens) -> Tokens:
        return auth.refresh(session, app, tokens)

    def revoke(self, session: Session, app: App, tokens: Tokens) -> None:
        auth.revoke(session, app, tokens)

    def uninstalled(self, app: App, *, authorization: str, body: bytes) -> str:
        return ""

    def client(self, session: Session, app: App, tokens: TokenSource) -> SalesforceClient:
        return SalesforceClient(session, app, tokens)

    def account(self, client: SalesforceClient) -> Account:
        return account.account(client)

    def check(
        self, client: SalesforceClient, options: Mapping[str, str], mapped: Mapping[str, Sequence[str]]
    ) -> list[Check]:
        return check.check(client, options, mapped)

    def object_names(self, options: Mapping[str, str]) -> list[tuple[str, Role]]:
        return schema.object_names(options)

    def describe(self, client: SalesforceClient, options: Mapping[str, str]) -> list[RemoteObject]:
        return schema.describe(client, options)

    def defaults(self, object_name: str) -> tuple[Default, ...]:
        return DEFAULTS.get(object_name, BY_NAME if object_name.endswith("__c") else ())

    def recommended_fields(self, object_name: str) -> tuple[NewField, ...]:
        return custom.RECOMMENDED.get(object_name, ())

    def create_fields(self, client: SalesforceClient, object_name: str, fields: Sequence[NewField]) -> list[MadeField]:
        return custom.create(client, object_name, fields)

    def multi_value(self, values: Iterable[str]) -> str:
        return ";".join(values)

    def campaigns(self, client: SalesforceClient, *, query: str = "", limit: int = 50) -> list[Campaign]:
        return campaigns.campaigns(client, query=query, limit=limit)

    def campaign(self, client: SalesforceClient, *, campaign_id: str, kind: str) -> Campaign | None:
        return campaigns.campaign(client, campaign_id=campaign_id, kind=kind)

    def deliver(
        self, client: SalesforceClient, deliveries: Sequence[Delivery], options: Mapping[str, str]
    ) -> dict[str, Result]:
        return delivery.deliver(client, deliveries, options)

    def find(self, client: SalesforceClient, planned: Delivery, options: Mapping[str, str]) -> Match:
        return delivery.find(client, planned, options)

    def look(self, client: SalesforceClient, ref: RemoteRef, fields: Sequence[str]) -> dict[str, Any] | None:
        names = ",".join(dict.fromkeys(["Id", *fields]))
        try:
            found = client.get(f"sobjects/{ref.object}/{ref.id}", params={"fields": names})
        except Refused as refused:
            if refused.fault.code in _GONE:
                return None
            raise
        return {name: found.get(name) for name in fields} if isinstance(found, Mapping) else None
