from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.integrations.salesforce.org import Org, Scripted
from tests.vendors import SandboxVendor


@pytest.fixture
def org(salesforce_sandbox: SandboxVendor) -> Org:
    """A fresh Salesforce, connected."""
    return Org(salesforce_sandbox)


@pytest.fixture
def scripted() -> Iterator[Callable[..., Scripted]]:
    """`scripted((200, "application/json", body), ...)`: a server that says exactly this."""
    servers: list[Scripted] = []

    def start(*answers: Any) -> Scripted:
        servers.append(Scripted(*answers))
        return servers[-1]

    yield start
    for server in servers:
        server.server.stop()
