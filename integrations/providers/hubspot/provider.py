"""HubSpot as the engine and the screens know it."""

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
    Choice,
    ConnectMethod,
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
from integrations.providers.hubspot import account, auth, campaigns, companies, defaults, delivery, schema
from integrations.providers.hubspot import fields as custom
from integrations.providers.hubspot.capabilities import CAPABILITIES, METHODS
from integrations.providers.hubspot.client import Client
from integrations.providers.hubspot.values import joined
from mobly_sync.http import Session


class HubSpot:
    """See `integrations.contract.Provider`."""

    key = "hubspot"
    name = "HubSpot"
    monogram = "Hs"
    category = Category.CRM
    capabilities = CAPABILITIES
    methods: tuple[ConnectMethod, ...] = METHODS
    further: FurtherObjects | None = None
    settings: tuple[Setting, ...] = (
        Setting(
            key=companies.SEVERAL_MATCHES,
            label="When several companies match",
            help="HubSpot can have several companies with the same domain.",
            choices=(
                Choice(companies.OLDEST, "Use the oldest one", "The lead goes through with a warning."),
                Choice(companies.ASK, "Ask me", "The lead waits under Failed until somebody chooses the company."),
            ),
        ),
    )
    # Ten batches of a hundred; companies, links and lists are looked up and written once for all of them.
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

    def client(self, session: Session, app: App, tokens: TokenSource) -> Client:
        return Client(session, app, tokens)

    def account(self, client: Client) -> Account:
        return account.account(client)

    def check(self, client: Client, options: Mapping[str, str], mapped: Mapping[str, Sequence[str]]) -> list[Check]:
        return account.check(client, mapped)

    def object_names(self, options: Mapping[str, str]) -> list[tuple[str, Role]]:
        return list(schema.OBJECTS)

    def describe(self, client: Client, options: Mapping[str, str]) -> list[RemoteObject]:
        return schema.describe(client)

    def defaults(self, object_name: str) -> tuple[Default, ...]:
        return defaults.defaults(object_name)

    def recommended_fields(self, object_name: str) -> tuple[NewField, ...]:
        return custom.RECOMMENDED.get(object_name, ())

    def create_fields(self, client: Client, object_name: str, fields: Sequence[NewField]) -> list[MadeField]:
        return custom.create(client, object_name, fields)

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
