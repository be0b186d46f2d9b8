"""A connected Salesforce as the provider's tests use it, and deliveries in few words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from integrations.contract import (
    App,
    CompanyKeys,
    Delivery,
    PersonKeys,
    RecordWrite,
    RemoteRef,
    Result,
    Tokens,
)
from integrations.providers.salesforce import PROVIDER
from integrations.providers.salesforce.client import SalesforceClient
from integrations.sandbox.person import allow
from mobly_sync.http import Exchange, Session
from tests.mobly_sync.wire import Connection, WireServer
from tests.vendors import SandboxVendor

CALLBACK = "http://localhost/integrations/callback"
CONTACTS_ONLY = {"strategy": "accounts_and_contacts"}
LEADS_ONLY = {"strategy": "leads_only"}


def app_of(url: str, **changes: Any) -> App:
    app = App(
        client_id="sandbox-salesforce-consumer-key",
        client_secret="sandbox-salesforce-consumer-secret",
        login_url=url,
        api_url="",
        api_version="64.0",
        rows_per_request=400,
        hosts=("127.0.0.1",),
    )
    return replace(app, **changes)


def session_of(app: App, **options: Any) -> Session:
    return Session(allowed_hosts=app.hosts, **options)


def code_of(app: App, *, answer: str = "allow") -> tuple[str, str, dict[str, list[str]]]:
    """Sign in as the demo user: (code, PKCE verifier, the callback's query)."""
    request = PROVIDER.authorization(app, redirect_uri=CALLBACK, state="abc")
    back = allow(request.url, answer=answer, timeout=10)
    return back.get("code", ""), request.code_verifier, {name: [value] for name, value in back.items()}


def sign_in(app: App) -> Tokens:
    code, verifier, _ = code_of(app)
    return PROVIDER.exchange(session_of(app), app, code=code, redirect_uri=CALLBACK, code_verifier=verifier)


class Held:
    """Tokens of one connection, refreshed when Salesforce no longer knows them."""

    def __init__(self, app: App, tokens: Tokens) -> None:
        self.app, self.tokens, self.renewals = app, tokens, 0

    def current(self) -> Tokens:
        return self.tokens

    def renewed(self, rejected: Tokens) -> Tokens:
        self.renewals += 1
        self.tokens = PROVIDER.refresh(session_of(self.app), self.app, rejected)
        return self.tokens


class Org:
    """The sandbox, connected: `deliver` sends deliveries and answers their results in order."""

    def __init__(self, sandbox: SandboxVendor, **app: Any) -> None:
        self.sandbox = sandbox
        self.app = app_of(sandbox.url, **app)
        self.tokens = Held(self.app, sign_in(self.app))
        self.exchanges: list[Exchange] = []
        self.client: SalesforceClient = PROVIDER.client(
            session_of(self.app, recorder=self.exchanges.append), self.app, self.tokens
        )

    def deliver(self, *deliveries: Delivery, **options: str) -> list[Result]:
        results = PROVIDER.deliver(self.client, deliveries, options)
        return [results[delivery.key] for delivery in deliveries]

    def one(self, delivery: Delivery, **options: str) -> Result:
        return self.deliver(delivery, **options)[0]

    def calls_of(self, *deliveries: Delivery, **options: str) -> int:
        before = self.client.calls
        self.deliver(*deliveries, **options)
        return self.client.calls - before

    def convert(self, lead_id: str) -> dict[str, str]:
        return self.sandbox._call("POST", "convert", json={"lead": lead_id})

    def delete(self, record_id: str) -> None:
        self.sandbox._call("POST", "delete", json={"id": record_id})

    def campaign(self, name: str = "Automate Summit 2026") -> str:
        return next(one["Id"] for one in self.sandbox.records("Campaign") if one["Name"] == name)

    def values(self, object_name: str, *names: str) -> list[tuple[Any, ...]]:
        """What stands there, as tuples of the named fields."""
        return [tuple(record.get(name) for name in names) for record in self.sandbox.records(object_name)]

    def sent(self, path: str = "composite") -> list[dict[str, Any]]:
        """Bodies of the requests whose address ends in `path`."""
        return [json.loads(one.request_body) for one in self.exchanges if one.url.endswith(path) and one.request_body]


def lead(
    key: str = "1",
    email: str = "ana@acme.com",
    last_name: str = "Ruiz",
    *,
    values: Mapping[str, Any] | None = None,
    if_blank: Mapping[str, Any] | None = None,
    on_create: Mapping[str, Any] | None = None,
    company: str = "",
    domain: str = "",
    account: Mapping[str, Any] | None = None,
    account_if_blank: Mapping[str, Any] | None = None,
    mobly_id: str = "",
    known: tuple[str, str] | None = None,
    known_account: str = "",
    objects: tuple[str, ...] = ("Lead", "Contact"),
    **rest: Any,
) -> Delivery:
    """A delivery of one person; the same values for each of the objects, Company for Leads only."""
    mail = {"Email": email} if email else {}
    own = {"Lead": {"Company": company or "Acme"}}
    field = {"mobly_lead_id__c": mobly_id} if mobly_id else {}
    persons = {
        name: RecordWrite(
            name,
            {"LastName": last_name, **mail, **own.get(name, {}), **field, **(values or {})},
            if_blank or {},
            on_create or {},
        )
        for name in objects
    }
    has_account = bool(company or domain or account)
    wanted = {"Name": company or domain, **(account or {})} if account is None or account else {}
    return Delivery(
        key=key,
        keys=PersonKeys(email, mobly_id, dict.fromkeys(objects, "mobly_lead_id__c") if mobly_id else {}),
        persons=persons,
        company=RecordWrite("Account", wanted, account_if_blank or {}) if has_account else None,
        company_keys=CompanyKeys(domain, company),
        known=RemoteRef(*known) if known else None,
        known_company=RemoteRef("Account", known_account) if known_account else None,
        **rest,
    )


class Scripted:
    """A server that gives the answers it was told, one a request, and keeps the requests."""

    def __init__(self, *answers: tuple[int, str, Any]) -> None:
        self.answers = list(answers)
        self.bodies: list[Any] = []
        self.server = WireServer(self._run)
        self.url = self.server.url

    def _run(self, server: WireServer, connection: Connection) -> None:
        while request := server.read(connection):
            head, _, body = request.partition(b"\r\n\r\n")
            self.bodies.append((head.split(b"\r\n")[0].decode(), body.decode()))
            status, kind, said = self.answers.pop(0)
            text = said if isinstance(said, str) else json.dumps(said)
            connection.answer(text.encode(), status=f"{status} X", headers=f"Content-Type: {kind}\r\n")


def scripted_client(server: Scripted, **app: Any) -> SalesforceClient:
    """A client whose org is the scripted server; its tokens cannot be renewed but to themselves."""
    app_there = app_of(server.url, **app)

    class Same:
        tokens = Tokens("00D5g0000000001!FAKE", "refresh", api_url=server.url)

        def current(self) -> Tokens:
            return self.tokens

        def renewed(self, rejected: Tokens) -> Tokens:
            return self.tokens

    return PROVIDER.client(session_of(app_there), app_there, Same())
