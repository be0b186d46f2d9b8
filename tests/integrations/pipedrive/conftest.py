from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.contract import Tokens
from integrations.providers.pipedrive import PROVIDER, directory
from integrations.providers.pipedrive.client import Client
from mobly_sync.http import Session
from tests.integrations.hubspot.scripted import Answering, Says, Scripted
from tests.integrations.pipedrive.company import Company, Held, app_at, connect
from tests.vendors import SandboxVendor


@pytest.fixture
def company(pipedrive_sandbox: SandboxVendor) -> Iterator[Company]:
    """A fresh company, connected through the popup; the simulated burst does not slow the tests down."""
    pipedrive_sandbox.faults(plan="ultimate")
    made = connect(pipedrive_sandbox)
    yield made
    made.session.close()


@pytest.fixture
def recommended(company: Company) -> Company:
    """The company has the recommended fields."""
    company.vendor.add_recommended_fields()
    return company


@pytest.fixture
def crowded(company: Company, monkeypatch: pytest.MonkeyPatch) -> Company:
    """The company has more persons and organizations than one lead's turn lists: what is sought is searched for."""
    monkeypatch.setattr(directory, "PAGE", 1)
    for number in range(3):
        company.vendor.seed("persons", email=f"somebody{number}@else.example", name="Somebody Else")
        company.vendor.seed("organizations", name=f"Elsewhere {number}")
    company.vendor.forget_stats()
    return company


@pytest.fixture
def scripted() -> Iterator[Callable[..., Scripted]]:
    """Start a server that gives these answers."""
    servers: list[Scripted] = []

    def start(*answers: Says | Answering) -> Scripted:
        servers.append(Scripted(*answers))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def client_of() -> Iterator[Callable[..., Client]]:
    """A client of a scripted server."""
    sessions: list[Session] = []

    def make(server: Scripted, **tokens: Any) -> Client:
        session = Session(allowed_hosts=["127.0.0.1"], read_timeout=5, deadline=10)
        sessions.append(session)
        held = {
            "access_token": "t",
            "refresh_token": server.url,
            "api_url": server.url,
            "expires_at": datetime.now(UTC) + timedelta(hours=1),
            **tokens,
        }
        return PROVIDER.client(session, app_at(server.url), Held(Tokens(**held)))

    yield make
    for session in sessions:
        session.close()
