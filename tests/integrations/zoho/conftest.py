from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.contract import Tokens
from integrations.providers.zoho import PROVIDER
from integrations.providers.zoho.client import Client
from mobly_sync.http import Session
from tests.integrations.hubspot.scripted import Answering, Says, Scripted
from tests.integrations.zoho.org import Held, Organization, app_at, connect
from tests.vendors import SandboxVendor


@pytest.fixture
def org(zoho_sandbox: SandboxVendor) -> Iterator[Organization]:
    """A fresh organization, connected through the popup."""
    made = connect(zoho_sandbox)
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
    """A client of a scripted server."""
    sessions: list[Session] = []

    def make(server: Scripted) -> Client:
        session = Session(allowed_hosts=["127.0.0.1"], read_timeout=5, deadline=10)
        sessions.append(session)
        tokens = Tokens("t", "r", datetime.now(UTC) + timedelta(hours=1), api_url=server.url)
        return PROVIDER.client(session, app_at(server.url), Held(tokens))

    yield make
    for session in sessions:
        session.close()


@pytest.fixture
def refused(scripted: Any, client_of: Any) -> Callable[..., Any]:
    """The fault of a lead whose record Zoho answers with this refusal."""
    from tests.integrations.zoho.org import deliver_to, lead

    def ask(item: dict[str, Any], status: int = 400, **values: Any) -> Any:
        server = scripted(Says(status, {"data": [item]}))
        (result,) = deliver_to(client_of(server), lead("ada@x.example", **values))
        return result.fault

    return ask
