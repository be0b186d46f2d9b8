from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.contract import Tokens
from integrations.providers.hubspot import PROVIDER
from integrations.providers.hubspot.client import Client
from mobly_sync.http import Session
from tests.integrations.hubspot.account import Held, Portal, app_at, connect
from tests.integrations.hubspot.scripted import Answering, Says, Scripted
from tests.vendors import SandboxVendor


@pytest.fixture
def portal(hubspot_sandbox: SandboxVendor) -> Iterator[Portal]:
    """A fresh account, connected through the popup."""
    made = connect(hubspot_sandbox)
    yield made
    made.session.close()


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
    """A client of a scripted server. `tokens` change its tokens, `version` its API version."""
    sessions: list[Session] = []

    def make(server: Scripted, *, version: str = "2026-03", **tokens: Any) -> Client:
        session = Session(allowed_hosts=["127.0.0.1"], read_timeout=5, deadline=10)
        sessions.append(session)
        held = {
            "access_token": "t",
            "refresh_token": "r",
            "expires_at": datetime.now(UTC) + timedelta(hours=1),
            **tokens,
        }
        return PROVIDER.client(session, app_at(server.url, version), Held(Tokens(**held)))

    yield make
    for session in sessions:
        session.close()
