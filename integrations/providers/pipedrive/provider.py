"""Pipedrive as the engine and the screens know it."""

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
from integrations.providers.pipedrive import account, auth, campaigns, defaults, delivery, matching, people, schema
from integrations.providers.pipedrive import fields as custom
from integrations.providers.pipedrive.capabilities import CAPABILITIES, METHODS
from integrations.providers.pipedrive.client import Client
from mobly_sync.http import Session


class Pipedrive:
    """See `integrations.contract.Provider`."""

    key = "pipedrive"
    name = "Pipedrive"
    monogram = "Pd"
    category = Category.CRM
    capabilities = CAPABILITIES
    methods: tuple[ConnectMethod, ...] = METHODS
    further: FurtherObjects | None = None
    settings: tuple[Setting, ...] = (
        Setting(
            key=matching.SEVERAL_MATCHES,
            label="When several persons match",
            help="Pipedrive can have several persons with the same e-mail.",
            choices=(
                Choice(matching.OLDEST, "Use the oldest one", "The lead goes through with a warning."),
                Choice(matching.ASK, "Ask me", "The lead waits under Failed until somebody chooses the person."),
            ),
        ),
        Setting(
            key=people.OWNER_OF_NEW,
            label="Owner of new persons",
            help="Persons that are in Pipedrive already keep their owner.",
            choices=(
                Choice(people.CONNECTED, "The connected user", "The user who connected Mobly owns them."),
                Choice(people.REP, "The rep who met the lead", "Found among Pipedrive’s users by the rep’s e-mail."),
            ),
        ),
    )
    # One record a request: with an organization and an activity for each lead, a batch takes about five seconds in the
    # smallest plan's burst. A lead that was just met waits no longer than that behind a backfill.
    batch_size = 50

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
        return auth.exchange(session, app, code=code, redirect_uri=redirect_uri)

    def refresh(self, session: Session, app: App, tokens: Tokens) -> Tokens:
        return auth.refresh(session, app, tokens)

    def revoke(self, session: Session, app: App, tokens: Tokens) -> None:
        auth.revoke(session, app, tokens)

    def uninstalled(self, app: App, *, authorization: str, body: bytes) -> str:
        return auth.uninstalled(app, authorization=authorization, body=body)

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
        # Ids of options go as a list; this is only how several of them are shown.
        return ", ".join(values)

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
