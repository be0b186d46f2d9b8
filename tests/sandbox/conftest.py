"""Servers on free ports, stopped after each test."""

import pytest
import requests

from integrations.sandbox.server import SandboxServer
from integrations.sandbox.store import Store
from tests.sandbox.toy import Toy


@pytest.fixture
def serve():
    """Serve a vendor and return its server; all are stopped at the end."""
    servers = []

    def start(vendor, **options):
        server = SandboxServer(vendor, **options)
        server.start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def http():
    with requests.Session() as session:
        yield session


@pytest.fixture
def toy(serve):
    """The base URL of a toy vendor with nothing in it."""
    return serve(Toy(Store())).base_url
