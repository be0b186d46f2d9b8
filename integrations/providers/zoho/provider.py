"""Zoho CRM as the engine and the screens know it."""

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
    Default,
    Delivery,
    FurtherObjects,
    MadeField,
    Match,
    NewField,
    RemoteObject,
    RemoteRef,
    Result,
    Role,
    Setting,
    Tokens,
    TokenSource,
)
from integrations.providers.zoho import account, auth, campaigns, creating, defaults, delivery, places, schema, settings
from integrations.providers.zoho.capabilities import CAPABILITIES, METHODS
from integrations.providers.zoho.client import Client
from integrations.providers.zoho.values import joined
from mobly_sync.http import Session


class Zoho:
    """See `integrations.contract.Provider`."""

    key = "zoho"
    name = "Zoho CRM"
    monogram = "Zo"
    category = Category.CRM
    capabilities = CAPABILITIES
    methods = METHODS
    further: FurtherObjects | None = None
    settings: tuple[Setting, ...] = settings.SETTINGS
    # Ten requests of a hundred; accounts, campaigns and owners are looked up once for all of them.
    batch_size = 1000

    def wrong_settings(self, app: App) -> Sequence[str]:
        return places.wrong_secrets(app)

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
        return auth.exchange(session, app, code=code, redirect_uri=redirect_uri, callback=callback)

    def refresh(self, session: Session, app: App, tokens: Tokens) -> Tokens:
        return auth.refresh(session, app, tokens)

    def revoke(self, session: Session, app: App, tokens: Tokens) -> None:
        auth.revoke(session, app, tokens)

    def uninstalled(self, app: App, *, authorization: str, body: bytes) -> str:
        return ""

    def client(self, session: Session, app: App, tokens: TokenSource) -> Client:
        return Client(session, app, tokens)

    def account(self, client: Client) -> Account:
        return account.account(client)

    def check(self, client: Client, options: Mapping[str, str], mapped: Mapping[str, Sequence[str]]) -> list[Check]:
        return account.check(client, options, mapped)

    def object_names(self, options: Mapping[str, str]) -> list[tuple[str, Role]]:
        return settings.object_names(options)

    def describe(self, client: Client, options: Mapping[str, str]) -> list[RemoteObject]:
        return schema.describe(client, options)

    def defaults(self, object_name: str) -> tuple[Default, ...]:
        return defaults.defaults(object_name)

    def recommended_fields(self, object_name: str) -> tuple[NewField, ...]:
        return defaults.recommended_fields(object_name)

    def create_fields(self, client: Client, object_name: str, fields: Sequence[NewField]) -> list[MadeField]:
        return creating.create_fields(client, object_name, fields)

    def multi_value(self, values: Iterable[str]) -> str:
        return joined(values)

    def campaigns(self, client: Client, *, query: str = "", limit: int = 50) -> list[Campaign]:
        return campaigns.find(client, query=query, limit=limit)

    def campaign(self, client: Client, *, campaign_id: str, kind: str) -> Campaign | None:
        return campaigns.get(client, campaign_id=campaign_id, kind=kind)

    def deliver(self, client: Client, deliveries: Sequence[Delivery], options: Mapping[str, str]) -> dict[str, Result]:
        return delivery.deliver(client, deliveries, options)

    def find(self, client: Client, planned: Delivery, options: Mapping[str, str]) -> Match:
        return delivery.find(client, planned, options)

    def look(self, client: Client, ref: RemoteRef, fields: Sequence[str]) -> dict[str, Any] | None:
        return delivery.look(client, ref, fields)
