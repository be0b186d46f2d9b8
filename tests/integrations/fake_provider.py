"""A vendor in memory that keeps the contract: codes and tokens are granted, refreshed and revoked.

What it describes can be changed by the test. One instance is one vendor; its counters say what was asked of it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from integrations.contract import (
    Account,
    App,
    AuthenticationFailed,
    AuthorizationRefused,
    AuthorizationRequest,
    Campaign,
    Capabilities,
    Category,
    Cause,
    Check,
    Choice,
    ConnectMethod,
    Default,
    Delivery,
    EngagementKind,
    Fault,
    Feature,
    FieldType,
    FurtherObjects,
    MadeField,
    Match,
    NewField,
    Option,
    ProviderError,
    RemoteField,
    RemoteObject,
    RemoteRef,
    Result,
    Role,
    Setting,
    Tokens,
    TokenSource,
    Unavailable,
    recommended,
    sign_in_window,
)

HALDEN = Account("ORG-1", "Halden Robotics, production", "mobly@halden.example", "https://halden.crm.example")
OTHER = Account("ORG-2", "Halden Labs, sandbox", "mobly@labs.example", "https://labs.crm.example")

APP = {
    "client_id": "mobly",
    "client_secret": "app-secret",
    "login_url": "https://login.crm.example",
    "api_url": "",
    "api_version": "1",
    "rows_per_request": 100,
    "hosts": ["crm.example"],
}

CAPABILITIES = Capabilities(
    has=dict.fromkeys(Feature, "It does."),
    lacks={},
    engagements=dict.fromkeys(EngagementKind, "Note"),
    pkce=True,
)


def text(name: str, label: str, length: int = 255, **more: Any) -> RemoteField:
    return RemoteField(name, label, FieldType.TEXT, length=length, **more)


def person() -> RemoteObject:
    fields = [
        text("FirstName", "First Name", 40),
        text("LastName", "Last Name", 80, required=True),
        RemoteField("Email", "Email", FieldType.EMAIL, length=80),
        RemoteField("Phone", "Phone", FieldType.PHONE, length=40),
        text("Company", "Company", required=True),
        text("Title", "Title", 128),
        text("Title_Short", "Title (short)", 10),
        text("Formula", "Formula", creatable=False, updatable=False),
        RemoteField("Birthday", "Birthday", FieldType.DATE),
        RemoteField("Employees", "Employees", FieldType.NUMBER),
        RemoteField(
            "Rating",
            "Lead Rating",
            FieldType.PICKLIST,
            restricted=True,
            options=(Option("P1", "Priority 1"), Option("P2", "Priority 2")),
        ),
        RemoteField("Notes", "Notes", FieldType.LONG_TEXT, length=32000),
    ]
    return RemoteObject("Person", "Person", "People", Role.PERSONA, {entry.name: entry for entry in fields})


def firm() -> RemoteObject:
    fields = [text("Name", "Account Name", required=True), RemoteField("Website", "Website", FieldType.URL, length=255)]
    return RemoteObject("Firm", "Firm", "Firms", Role.COMPANY, {entry.name: entry for entry in fields})


@dataclass
class FakeClient:
    provider: FakeProvider
    tokens: TokenSource
    calls: int = 0

    def ask(self) -> str:
        """One call with a bearer token: renewed once after a 401, as every client does."""
        self.calls += 1
        tokens = self.tokens.current()
        if tokens.access_token not in self.provider.valid:
            tokens = self.tokens.renewed(tokens)
        return tokens.access_token


@dataclass
class FakeProvider:
    key: str = "fakecrm"
    name: str = "Fake CRM"
    monogram: str = "Fk"
    category: Category = Category.CRM
    capabilities: Capabilities = CAPABILITIES
    methods: tuple[ConnectMethod, ...] = (sign_in_window("A window opens."),)
    further: FurtherObjects | None = None
    settings: tuple[Setting, ...] = (
        Setting(
            "strategy",
            "Matching strategy",
            "Which records are searched.",
            (Choice("people", "People only", "Person e-mail."), Choice("firms", "People and Firms")),
        ),
    )
    batch_size: int = 100
    account_now: Account = HALDEN
    objects: dict[str, RemoteObject] = field(default_factory=lambda: {"Person": person(), "Firm": firm()})
    valid: set[str] = field(default_factory=set)
    verifiers: list[str] = field(default_factory=list)
    revoked: list[str] = field(default_factory=list)
    refuses_fields: set[str] = field(default_factory=set)
    refreshes: int = 0
    refresh_seconds: float = 0.0
    app_revoked: bool = False
    down: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _counter: int = 0

    # -- connecting

    def wrong_settings(self, app: App) -> Sequence[str]:
        return ()

    def authorization(self, app: App, *, redirect_uri: str, state: str) -> AuthorizationRequest:
        query = urlencode({"client_id": app.client_id, "redirect_uri": redirect_uri, "state": state})
        return AuthorizationRequest(f"{app.login_url}/authorize?{query}", code_verifier="verifier-of-this-attempt")

    def exchange(
        self,
        session: Any,
        app: App,
        *,
        code: str,
        redirect_uri: str,
        code_verifier: str,
        callback: Mapping[str, str] | None = None,
    ) -> Tokens:
        self._answer()
        if code != "good-code":
            raise AuthorizationRefused(Fault(Cause.AUTHENTICATION, "expired authorization code"))
        self.verifiers.append(code_verifier)
        return self._grant("refresh-1")

    def refresh(self, session: Any, app: App, tokens: Tokens) -> Tokens:
        self._answer()
        time.sleep(self.refresh_seconds)
        with self._lock:
            self.refreshes += 1
            if self.app_revoked:
                raise AuthenticationFailed(Fault(Cause.AUTHENTICATION, "the refresh token was revoked"))
        return self._grant("")

    def revoke(self, session: Any, app: App, tokens: Tokens) -> None:
        self._answer()
        self.revoked.append(tokens.access_token)
        self.valid.discard(tokens.access_token)

    def uninstalled(self, app: App, *, authorization: str, body: bytes) -> str:
        return ""

    def client(self, session: Any, app: App, tokens: TokenSource) -> FakeClient:
        return FakeClient(self, tokens)

    def account(self, client: FakeClient) -> Account:
        client.ask()
        return self.account_now

    def check(self, client: FakeClient, options: Mapping[str, str], mapped: Mapping[str, Sequence[str]]) -> list[Check]:
        self._answer()
        client.ask()
        return [
            Check(f"Signed in as {self.account_now.user}", ok=True),
            Check("Person: 1 field cannot be written.", ok=False, detail="Mobile", fix="Give Mobile edit access."),
        ]

    # -- schema

    def object_names(self, options: Mapping[str, str]) -> list[tuple[str, Role]]:
        firms = [("Firm", Role.COMPANY)] if options["strategy"] == "firms" else []
        return [("Person", Role.PERSONA), *firms]

    def describe(self, client: FakeClient, options: Mapping[str, str]) -> list[RemoteObject]:
        self._answer()
        client.ask()
        return [self.objects[name] for name, _ in self.object_names(options)]

    def defaults(self, object_name: str) -> tuple[Default, ...]:
        if object_name != "Person":
            return (Default("company_name", ("Name",)),)
        return (
            Default("first_name", ("FirstName",)),
            Default("last_name", ("LastName",)),
            Default("email", ("Work_Email", "Email")),
            Default("company_name", ("Company",)),
            Default("all_scanned_events", ("mobly_all_events",)),
            Default("job_title", ("Formula",)),
        )

    def recommended_fields(self, object_name: str) -> tuple[NewField, ...]:
        return recommended("description", "mobly_lead_id") if object_name == "Person" else ()

    def create_fields(self, client: FakeClient, object_name: str, fields: Sequence[NewField]) -> list[MadeField]:
        self._answer()
        client.ask()
        return [self._made(object_name, new) for new in fields]

    def _made(self, object_name: str, new: NewField) -> MadeField:
        if new.label in self.refuses_fields:
            return MadeField(new, problem="The plan allows no more fields.")
        remote = self.objects[object_name]
        made = RemoteField(new.name, new.label, new.type, length=new.length, unique=new.unique, custom=True)
        self.objects[object_name] = replace(remote, fields={**remote.fields, made.name: made})
        return MadeField(new, new.name)

    def multi_value(self, values: Iterable[str]) -> str:
        return ";".join(values)

    # -- campaigns and delivery are not what these tests are about: nothing is there, nothing arrives

    def campaigns(self, client: FakeClient, *, query: str = "", limit: int = 50) -> list[Campaign]:
        return []

    def campaign(self, client: FakeClient, *, campaign_id: str, kind: str) -> Campaign | None:
        return None

    def deliver(
        self, client: FakeClient, deliveries: Sequence[Delivery], options: Mapping[str, str]
    ) -> dict[str, Result]:
        raise Unavailable(Fault(Cause.REMOTE_UNAVAILABLE, "this vendor takes no records", transient=True))

    def find(self, client: FakeClient, delivery: Delivery, options: Mapping[str, str]) -> Match:
        return Match(next(iter(delivery.persons)))

    def look(self, client: FakeClient, ref: RemoteRef, fields: Sequence[str]) -> dict[str, Any] | None:
        return None

    # -- what tests do at the vendor

    def drop_field(self, object_name: str, name: str) -> None:
        known = self.objects[object_name]
        self.objects[object_name] = replace(
            known, fields={key: entry for key, entry in known.fields.items() if key != name}
        )

    def expire_tokens(self) -> None:
        self.valid.clear()

    def _grant(self, refresh_token: str) -> Tokens:
        with self._lock:
            self._counter += 1
            access = f"access-{self._counter}"
            self.valid.add(access)
        return Tokens(access, refresh_token, datetime.now(UTC) + timedelta(hours=2), "https://halden.crm.example")

    def _answer(self) -> None:
        if self.down:
            raise ProviderError(Fault(Cause.REMOTE_UNAVAILABLE, "Fake CRM refused the connection.", transient=True))
