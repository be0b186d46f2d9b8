"""Who we are to a vendor and how we hold the line to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from mobly_sync.http import Session


@dataclass(frozen=True, slots=True)
class App:
    """Who we are to one vendor and where it lives; from `settings.PROVIDERS`."""

    client_id: str
    client_secret: str
    login_url: str
    api_url: str
    api_version: str
    rows_per_request: int
    hosts: tuple[str, ...]
    # Further addresses of the vendor's sign-in: one per data centre, or that of its sandboxes. Only these get our
    # secret.
    regions: tuple[str, ...] = ()
    # Settings that only this vendor has, by name.
    more: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tokens:
    """What an authorisation gave us. `expires_at` is None when the vendor does not say (Salesforce: learnt from a
    401).
    """

    access_token: str
    refresh_token: str = ""
    expires_at: datetime | None = None
    api_url: str = ""
    scopes: tuple[str, ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:  # a token never reaches a log by way of a repr
        return f"Tokens(api_url={self.api_url!r}, expires_at={self.expires_at!r})"


@dataclass(frozen=True, slots=True)
class Account:
    """Who is connected: `id` is the vendor's own id of the organization (org id, portal id)."""

    id: str
    name: str
    user: str = ""
    url: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the connection check. `fix` says what to do in the CRM when it is not ok."""

    title: str
    ok: bool
    detail: str = ""
    fix: str = ""


class TokenSource(Protocol):
    """Gives a usable access token and refreshes it once, single-flight across processes (`integrations.connect`)."""

    def current(self) -> Tokens: ...

    def renewed(self, rejected: Tokens) -> Tokens:
        """After a 401 for `rejected`: newer tokens, refreshed now or by somebody else. Raises
        `AuthenticationFailed`.
        """


@dataclass(frozen=True, slots=True)
class ConnectField:
    """One input of a connection form. `kind` is text, url, email or secret; a secret is never shown again."""

    key: str
    label: str
    kind: str = "text"
    help: str = ""
    placeholder: str = ""


class SignIn(Protocol):
    """Turns the values of a connection form into tokens."""

    def __call__(self, session: Session, app: App, values: Mapping[str, str]) -> Tokens:
        """Raises `AuthorizationRefused` (its fault's `field` names the input that was refused), `Unavailable`."""


@dataclass(frozen=True, slots=True)
class ConnectMethod:
    """One way to connect. Without `fields` it is the sign-in window; with them a form whose values go to `sign_in`.

    `steps` is the checklist beside it: what to do in the CRM before, one sentence each. `notice` is what must be known
    before choosing it, such as the day the vendor retires it.
    """

    key: str
    label: str
    help: str
    steps: tuple[str, ...] = ()
    fields: tuple[ConnectField, ...] = ()
    notice: str = ""
    sign_in: SignIn | None = None
    # The window opens at the vendor's other address, the first of `App.regions`: Salesforce's sandbox orgs have one.
    elsewhere: bool = False

    def app(self, app: App) -> App:
        """The app as this way sees it."""
        return replace(app, login_url=app.regions[0]) if self.elsewhere and app.regions else app


WINDOW = "window"


def sign_in_window(help: str, *steps: str) -> ConnectMethod:
    """The way every vendor has: a window opens at the vendor and closes itself."""
    return ConnectMethod(WINDOW, "Sign-in window", help, steps)
