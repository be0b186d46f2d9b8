"""What every test stands on: real Postgres and Redis, and the simulated vendors over real HTTP."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from integrations.sandbox.server import SandboxServer, build_vendor
from mobly_sync.stack.troubles import Trouble
from tests.ground import Ground, use_own_redis_number
from tests.vendors import SandboxVendor

ground = Ground()


def pytest_configure(config: pytest.Config) -> None:
    worker = getattr(config, "workerinput", None)
    if worker is None:
        try:
            ground.start()
        except Trouble as trouble:
            pytest.exit(str(trouble), returncode=3)
    else:
        use_own_redis_number(worker["workerid"])


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """On CI a test that did not run is a test that failed."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") == "true" and reporter is not None and not hasattr(session.config, "workerinput"):
        idle = [name for name in ("skipped", "xfailed", "xpassed", "deselected") if reporter.stats.get(name)]
        if idle and session.exitstatus == pytest.ExitCode.OK:
            reporter.write_line(f"Every test has to run on CI, but some were {' and '.join(idle)}.", red=True)
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_unconfigure(config: pytest.Config) -> None:
    ground.stop()


def _served(name: str) -> Iterator[SandboxVendor]:
    with SandboxServer(build_vendor(name)) as server:
        yield SandboxVendor(name, server.base_url)


@pytest.fixture(scope="session")
def _salesforce_server() -> Iterator[SandboxVendor]:
    yield from _served("salesforce")


@pytest.fixture(scope="session")
def _hubspot_server() -> Iterator[SandboxVendor]:
    yield from _served("hubspot")


def _fresh(vendor: SandboxVendor, settings: Any) -> SandboxVendor:
    vendor.reset()
    configured = settings.PROVIDERS[vendor.name]
    addresses = {"login_url": vendor.url, "hosts": ["127.0.0.1"]}
    if configured["api_url"]:
        addresses["api_url"] = vendor.url
    settings.PROVIDERS = {**settings.PROVIDERS, vendor.name: {**configured, **addresses}}
    return vendor


@pytest.fixture
def salesforce_sandbox(_salesforce_server: SandboxVendor, settings: Any) -> SandboxVendor:
    """A fresh Salesforce; `settings.PROVIDERS` points at it."""
    return _fresh(_salesforce_server, settings)


@pytest.fixture
def hubspot_sandbox(_hubspot_server: SandboxVendor, settings: Any) -> SandboxVendor:
    """A fresh HubSpot; `settings.PROVIDERS` points at it."""
    return _fresh(_hubspot_server, settings)
