"""Servers on free ports, stopped after each test."""

import pytest
import requests

from integrations.sandbox.hubspot.vendor import HubSpot
from integrations.sandbox.pipedrive.vendor import Pipedrive
from integrations.sandbox.salesforce.vendor import Salesforce
from integrations.sandbox.server import SandboxServer
from integrations.sandbox.store import Store
from integrations.sandbox.zoho.vendor import Zoho
from tests.sandbox.hubspot_portal import Clock, Portal
from tests.sandbox.pipedrive_company import CompanyClient
from tests.sandbox.salesforce_org import Client
from tests.sandbox.toy import Toy
from tests.sandbox.zoho_org import Organization


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


@pytest.fixture
def clock():
    """Time that stands still until a test moves it."""
    return Clock()


@pytest.fixture
def hubspot(serve, clock):
    """A fresh HubSpot account and short ways to call it."""
    return Portal(serve(HubSpot(Store(), clock)), clock)


@pytest.fixture
def pipedrive(serve, clock):
    """A fresh Pipedrive company and short ways to call it."""
    return CompanyClient(serve(Pipedrive(Store(), clock)), clock)


@pytest.fixture
def salesforce(serve):
    """A client of a fresh Salesforce account in memory."""
    return Client(serve(Salesforce(Store())).base_url)


@pytest.fixture
def zoho(serve, clock):
    """Fresh Zoho organizations and short ways to call them."""
    return Organization(serve(Zoho(Store(), clock=clock)), clock)
