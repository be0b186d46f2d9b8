"""A Pipedrive company as these tests use it: connected over the real sign-in, and deliveries in few words."""

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
from integrations.providers.pipedrive import PROVIDER, memory
from integrations.providers.pipedrive.client import Client
from integrations.sandbox.person import allow
from integrations.sandbox.pipedrive import oauth
from mobly_sync.http import Session
from tests.vendors import SandboxVendor

REDIRECT = "https://mobly.example/integrations/callback/"
NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
_numbers = itertools.count(1)


def app_at(url: str, at_once: int = 8) -> App:
    return App(
        client_id=oauth.CLIENT_ID,
        client_secret=oauth.CLIENT_SECRET,
        login_url=url,
        api_url="",
        api_version="v2",
        rows_per_request=at_once,
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


@dataclass
class Company:
    """A connected company. `client` is what the engine would hold."""

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

    def persons(self, *names: str) -> list[dict[str, Any]]:
        """Persons in short: lists of values for e-mails and phones, custom fields by the name people read."""
        return [_short(row, names) for row in self.vendor.records("persons")]

    def organizations(self, *names: str) -> list[dict[str, Any]]:
        return [_short(row, names) for row in self.vendor.records("organizations")]

    def code(self, label: str, object_name: str = "persons") -> str:
        """The hash of the custom field people call this."""
        fields = PROVIDER.describe(self.client, {})[0 if object_name == "persons" else 1].fields
        return next(remote.name for remote in fields.values() if remote.label == label)

    def option(self, field_label: str, label: str) -> str:
        remote = PROVIDER.describe(self.client, {})[0].fields
        found = next(one for one in remote.values() if one.label == field_label)
        return next(option.value for option in found.options if option.label == label)

    def calls(self, what: str = "") -> int:
        """How many calls arrived whose method and path have this in them."""
        return sum(count for path, count in self.vendor.stats()["by_path"].items() if what in path)

    def anew(self) -> Client:
        """The connection of another worker process: nothing remembered."""
        memory._memories.clear()
        self.client = PROVIDER.client(self.session, self.app, self.source)
        return self.client


def _short(row: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    found = {**row, **row.get("named", {})}
    short = {name: found.get(name) for name in names}
    for name in {"emails", "phones"} & set(names):
        short[name] = [one["value"] for one in found[name]]
    return short


def connect(vendor: SandboxVendor, at_once: int = 8) -> Company:
    app = app_at(vendor.url, at_once)
    session = Session(allowed_hosts=app.hosts)
    asked = PROVIDER.authorization(app, redirect_uri=REDIRECT, state="s")
    code = allow(asked.url)["code"]
    tokens = PROVIDER.exchange(session, app, code=code, redirect_uri=REDIRECT, code_verifier="")
    vendor.forget_stats()
    return Company(vendor, app, session, Held(tokens, session, app))


def deliver_to(client: Client, *deliveries: Delivery, **options: str) -> list[Result]:
    """The results in the order of the deliveries."""
    results = PROVIDER.deliver(client, deliveries, options)
    return [results[delivery.key] for delivery in deliveries]


def lead(
    email: str = "",
    *,
    known: str | int = "",
    company: Mapping[str, Any] | None = None,
    domain: str = "",
    name: str = "",
    known_company: str | int = "",
    if_blank: Mapping[str, Any] | None = None,
    mobly_id: str = "",
    own_field: str = "",
    values: Mapping[str, Any] | None = None,
    **more: Any,
) -> Delivery:
    """A delivery; keywords that are person fields become its values, the others fields of `Delivery`."""
    kept = ("in_doubt", "person_unchanged", "memberships", "engagements", "captured_by")
    others = {key: more.pop(key) for key in kept if key in more}
    written = {"last_name": "Meyer", **({"emails": email} if email else {}), **more, **(values or {})}
    written = {key: value for key, value in written.items() if value is not None}
    if mobly_id and own_field:
        written[own_field] = mobly_id
    keys = CompanyKeys(domain, name)
    wanted = company is not None or not keys.empty
    given = dict(company if company is not None else {"name": name} if name else {})
    return Delivery(
        key=f"lead-{next(_numbers)}",
        keys=PersonKeys(email.strip().lower(), mobly_id, {"persons": own_field} if own_field else {}),
        persons={"persons": RecordWrite("persons", written, dict(if_blank or {}))},
        company=RecordWrite("organizations", given) if wanted else None,
        company_keys=keys,
        known=RemoteRef("persons", str(known)) if known else None,
        known_company=RemoteRef("organizations", str(known_company)) if known_company else None,
        **others,
    )


def logged(kind: EngagementKind = EngagementKind.NOTE, body: str = "Wants a demo", **more: Any) -> EngagementWrite:
    return EngagementWrite(
        uid=more.pop("uid", f"engagement-{next(_numbers)}"),
        kind=kind,
        subject=more.pop("subject", "A word at the booth"),
        body=body,
        happened_at=more.pop("happened_at", NOON),
        **more,
    )


def ticked(field_code: str, option: str, name: str = "Events attended: Automate Summit 2026") -> Membership:
    return Membership(campaign_id=f"{field_code}:{option}", kind="option", name=name)
