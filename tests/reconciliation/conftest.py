from __future__ import annotations

import pytest

from tests.reconciliation.world import World, connected
from tests.vendors import SandboxVendor


@pytest.fixture
def salesforce(transactional_db: None, salesforce_sandbox: SandboxVendor) -> World:
    """An organization connected to a fresh Salesforce, with its default mapping."""
    return connected(salesforce_sandbox)


@pytest.fixture
def hubspot(transactional_db: None, hubspot_sandbox: SandboxVendor) -> World:
    """An organization connected to a fresh HubSpot, with its default mapping."""
    return connected(hubspot_sandbox)


@pytest.fixture
def pipedrive(transactional_db: None, pipedrive_sandbox: SandboxVendor) -> World:
    """An organization connected to a fresh Pipedrive, with its default mapping."""
    return connected(pipedrive_sandbox)
