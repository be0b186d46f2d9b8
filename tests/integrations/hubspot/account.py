"""A HubSpot account as these tests use it: connected over the real sign-in, and deliveries in few words."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from integrations.contract import (
    App,
    CompanyKeys,
    Delivery,
    EngagementKind,
    EngagementWrite,
    PersonKeys,
    RecordWrite,
    RemoteRef,
    Result,
    Tokens,
)
from integrations.providers.hubspot import PROVIDER
from integrations.providers.hubspot.client import Client
from integrations.sandbox.hubspot import oauth
from integrations.sandbox.person import allow
from mobly_sync.http import Session
from tests.vendors import SandboxVendor

REDIRECT = "https://mobly.example/integrations/callback/"
NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
_numbers = itertools.count(1)


def app_at(url: str, version: str = "2026-03") -> App:
    return App(
        client_id=oauth.CLIENT_ID,
        client_secret=oauth.CLIENT_SECRET,
        login_url=url,
        api_url=url,
        api_version=version,
        rows_per_request=500,
        hosts=("127.0.0.1",),
    )


class Held:
    """A `TokenSource` in memory; `renewals` counts how often it was asked for newer tokens."""

    def __init__(self, tokens: Tokens, session: Session | None = None, app: App | None = None) -> None:
        self.tokens, self.session, self.app = tokens, session, app
        self.renewals = 0

    def current(self) -> Tokens:
        return self.tokens

    def renewed(self, rejected: Tokens) -> Tokens:
        self.renewals += 1
        if self.session and self.app:
            self.tokens = PROVIDER.refresh(self.session, self.app, self.tokens)
        return self.tokens


def approve(address: str, answer: str = "allow") -> dict[str, str]:
    """What a person does in the popup; answers the query the callback gets."""
    return allow(address, answer=answer, timeout=10)


@dataclass
class Portal:
    """A connected account. `client` is what the engine would hold."""

    vendor: SandboxVendor
    app: App
    session: Session
    source: Held
    client: Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = PROVIDER.client(self.session, self.app, self.source)

    def deliver(self, *deliveries: Delivery, **options: str) -> list[Result]:
        return deliver_to(self.client, *deliveries, **options)

    def one(self, delivery: Delivery, **options: str) -> Result:
        return self.deliver(delivery, **options)[0]

    def contacts(self, *names: str) -> list[dict[str, Any]]:
        return self._properties("contacts", names)

    def companies(self, *names: str) -> list[dict[str, Any]]:
        return self._properties("companies", names)

    def _properties(self, kind: str, names: tuple[str, ...]) -> list[dict[str, Any]]:
        return [{name: row["properties"].get(name) for name in names} for row in self.vendor.records(kind)]

    def linked(self, contact_id: str, kind: str = "companies") -> list[tuple[str, set[int]]]:
        """(id, association types) of what a contact is linked to."""
        path = self.client.paths.objects("contacts", f"/{contact_id}/associations/{kind}")
        rows = self.client.get(path).rows("results")
        return [(str(row["toObjectId"]), {kind["typeId"] for kind in row["associationTypes"]}) for row in rows]

    def anew(self) -> Client:
        """The connection of another worker: nothing remembered."""
        self.client = PROVIDER.client(self.session, self.app, self.source)
        return self.client


def connect(vendor: SandboxVendor, version: str = "2026-03") -> Portal:
    app = app_at(vendor.url, version)
    session = Session(allowed_hosts=app.hosts)
    asked = PROVIDER.authorization(app, redirect_uri=REDIRECT, state="s")
    code = approve(asked.url)["code"]
    tokens = PROVIDER.exchange(session, app, code=code, redirect_uri=REDIRECT, code_verifier="")
    vendor.forget_stats()
    return Portal(vendor, app, session, Held(tokens, session, app))


def deliver_to(client: Client, *deliveries: Delivery, **options: str) -> list[Result]:
    """The results in the order of the deliveries."""
    results = PROVIDER.deliver(client, deliveries, options)
    return [results[delivery.key] for delivery in deliveries]


def lead(
    email: str = "",
    *,
    known: str = "",
    company: Mapping[str, Any] | None = None,
    domain: str = "",
    name: str = "",
    known_company: str = "",
    if_blank: Mapping[str, Any] | None = None,
    mobly_id: str = "",
    unmapped: bool = False,
    **more: Any,
) -> Delivery:
    """A delivery; keywords that are contact properties become its values, the others fields of `Delivery`."""
    others = {
        key: more.pop(key) for key in ("in_doubt", "person_unchanged", "memberships", "engagements") if key in more
    }
    values = {"email": email, **more} if email and not unmapped else dict(more)
    field_of = {"contacts": "mobly_lead_id"} if mobly_id else {}
    if mobly_id:
        values["mobly_lead_id"] = mobly_id
    keys = CompanyKeys(domain, name)
    wanted = company is not None or not keys.empty
    return Delivery(
        key=f"lead-{next(_numbers)}",
        keys=PersonKeys(email.strip().lower(), mobly_id, field_of),
        persons={"contacts": RecordWrite("contacts", values, dict(if_blank or {}))},
        company=RecordWrite("companies", dict(company if company is not None else {"name": name})) if wanted else None,
        company_keys=keys,
        known=RemoteRef("contacts", known) if known else None,
        known_company=RemoteRef("companies", known_company) if known_company else None,
        **others,
    )


def logged(kind: EngagementKind = EngagementKind.NOTE, body: str = "Wants a demo", **more: Any) -> EngagementWrite:
    return EngagementWrite(
        uid=f"engagement-{next(_numbers)}",
        kind=kind,
        subject=more.pop("subject", "A word at the booth"),
        body=body,
        happened_at=more.pop("happened_at", NOON),
        **more,
    )
