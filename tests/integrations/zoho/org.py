"""A Zoho organization as these tests use it: connected over the real sign-in, and deliveries in few words."""

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
    Membership,
    PersonKeys,
    RecordWrite,
    RemoteRef,
    Result,
    Tokens,
)
from integrations.providers.zoho import PROVIDER
from integrations.providers.zoho.client import Client
from integrations.sandbox.person import allow
from integrations.sandbox.zoho import places
from mobly_sync.http import Session
from tests.vendors import SandboxVendor

REDIRECT = "https://mobly.example/integrations/callback/"
NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
AS_CONTACTS = {"people": "contacts"}
_numbers = itertools.count(1)


def app_at(url: str) -> App:
    return App(
        client_id=places.CLIENT_ID,
        client_secret=places.CLIENT_SECRET,
        login_url=url,
        api_url="",
        api_version="v8",
        rows_per_request=100,
        hosts=("127.0.0.1",),
        regions=(f"{url}/eu",),
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


def approve(address: str, *, org: str = "us", answer: str = "allow") -> dict[str, str]:
    """What a person does in the popup; answers the query the callback gets."""
    return allow(address, answer=answer, account=org, timeout=10)


@dataclass
class Organization:
    """A connected organization. `client` is what the engine would hold."""

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

    def leads(self, *names: str) -> list[dict[str, Any]]:
        return self._rows("Leads", names)

    def contacts(self, *names: str) -> list[dict[str, Any]]:
        return self._rows("Contacts", names)

    def accounts(self, *names: str) -> list[dict[str, Any]]:
        return self._rows("Accounts", names)

    def notes(self, *names: str) -> list[dict[str, Any]]:
        return self._rows("Notes", names)

    def _rows(self, module: str, names: tuple[str, ...]) -> list[dict[str, Any]]:
        return [{name: row.get(name) for name in names} for row in self.vendor.records(module)]

    def members(self) -> list[tuple[str, str | None]]:
        return sorted((row["person"], row["status"]) for row in self.vendor.records("CampaignMembers"))

    def campaign(self, name: str = "Automate Summit 2026") -> str:
        found = [row["id"] for row in self.vendor.records("Campaigns") if row["Campaign_Name"] == name]
        return str(found[0])

    def paths(self) -> dict[str, int]:
        """The calls so far, without the head of their path."""
        by_path = self.vendor.stats()["by_path"]
        return {path.replace("/api-us/crm/v8", ""): count for path, count in by_path.items()}

    def anew(self) -> Client:
        """The connection of another worker: nothing remembered."""
        self.client = PROVIDER.client(self.session, self.app, self.source)
        return self.client


def connect(vendor: SandboxVendor, org: str = "us") -> Organization:
    app = app_at(vendor.url)
    session = Session(allowed_hosts=app.hosts)
    asked = PROVIDER.authorization(app, redirect_uri=REDIRECT, state="s")
    back = approve(asked.url, org=org)
    tokens = PROVIDER.exchange(session, app, code=back["code"], redirect_uri=REDIRECT, code_verifier="", callback=back)
    vendor.forget_stats()
    return Organization(vendor, app, session, Held(tokens, session, app))


def deliver_to(client: Client, *deliveries: Delivery, **options: str) -> list[Result]:
    """The results in the order of the deliveries."""
    results = PROVIDER.deliver(client, deliveries, options)
    return [results[delivery.key] for delivery in deliveries]


def lead(
    email: str = "",
    *,
    known: str = "",
    module: str = "Leads",
    company: Mapping[str, Any] | None = None,
    name: str = "",
    domain: str = "",
    known_company: str = "",
    if_blank: Mapping[str, Any] | None = None,
    on_create: Mapping[str, Any] | None = None,
    contact: Mapping[str, Any] | None = None,
    mobly_id: str = "",
    **more: Any,
) -> Delivery:
    """A delivery to Leads; keywords that are fields become its values, the others fields of `Delivery`."""
    names = ("in_doubt", "person_unchanged", "memberships", "engagements", "captured_by")
    others = {key: more.pop(key) for key in names if key in more}
    values = {"Last_Name": "Lovelace", **({"Email": email} if email else {}), **more}
    if module == "Leads":
        values.setdefault("Company", "Brightforge")
    if mobly_id:
        values["Mobly_Lead_ID"] = mobly_id
    keys = CompanyKeys(domain, name)
    wanted = company is not None or not keys.empty
    persons = {module: RecordWrite(module, values, dict(if_blank or {}), dict(on_create or {}))}
    if contact is not None:
        persons["Contacts"] = RecordWrite("Contacts", dict(contact))
    return Delivery(
        key=f"lead-{next(_numbers)}",
        keys=PersonKeys(email.strip().lower(), mobly_id, {module: "Mobly_Lead_ID"} if mobly_id else {}),
        persons=persons,
        company=RecordWrite("Accounts", dict(company if company is not None else {"Account_Name": name}))
        if wanted
        else None,
        company_keys=keys,
        known=RemoteRef(module, known) if known else None,
        known_company=RemoteRef("Accounts", known_company) if known_company else None,
        **others,
    )


def person(email: str = "", **more: Any) -> Delivery:
    """A delivery to Contacts."""
    return lead(email, module="Contacts", **more)


def member(campaign_id: str, status: str = "", name: str = "Automate Summit 2026") -> Membership:
    return Membership(campaign_id, "campaign", name, status, NOON)


def logged(kind: EngagementKind = EngagementKind.NOTE, body: str = "Wants a demo", **more: Any) -> EngagementWrite:
    return EngagementWrite(
        uid=f"engagement-{next(_numbers)}",
        kind=kind,
        subject=more.pop("subject", "A word at the booth"),
        body=body,
        happened_at=more.pop("happened_at", NOON),
        **more,
    )
