"""What every test stands on: real Postgres and Redis, and the simulated vendors over real HTTP."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.management.commands import flush
from django.db.backends.postgresql.operations import DatabaseOperations
from django.test import override_settings

from integrations.sandbox.server import SandboxServer, build_vendor
from mobly_sync.stack.troubles import Trouble
from tests.ground import Ground, use_own_redis_number
from tests.vendors import SandboxVendor

ground = Ground()
# Deleting from the others writes there.
KEPT_BY_TRIGGERS = {"reconciliation_figure", "leads_headcount"}
FROM_MIGRATING = {"django_content_type", "auth_permission", "django_migrations"}
# Postgres ends a deadlock by the one who waits for so long; only its superuser may say for how long.
PATIENT = """DO $$ BEGIN SET LOCAL deadlock_timeout = '1min'; EXCEPTION WHEN insufficient_privilege THEN NULL; END $$"""


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


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> Iterator[None]:
    """A password that is hard to guess back costs a third of a second, and most tests make a person or two."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(scope="session", autouse=True)
def _quick_emptying() -> Iterator[None]:
    """After a test that commits, Django truncates every table, which makes as many files anew. To delete the few rows
    that are there takes a tenth of the time. What migrating put there stays, so that it need not be put there again.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "sql_flush", _deletes)
        patch.setattr(flush, "emit_post_migrate_signal", lambda *given, **options: None)
        yield


def _deletes(self: DatabaseOperations, style: Any, tables: Sequence[str], **options: Any) -> list[str]:
    ordered = sorted(tables, key=lambda name: name in KEPT_BY_TRIGGERS)
    names = [self.quote_name(name) for name in ordered if name not in FROM_MIGRATING]
    # Who still writes is waited for, as truncating does: rows he adds would point at deleted ones. Where he in turn
    # waits for us, it is he who is given up.
    return [
        PATIENT,
        f"LOCK TABLE {', '.join(names)} IN SHARE ROW EXCLUSIVE MODE",
        *(f"DELETE FROM {name}" for name in names),
    ]


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[[str], SandboxVendor]]:
    """The simulated vendor of a name, started when it is first asked for."""
    with ExitStack() as servers:

        @cache
        def started(name: str) -> SandboxVendor:
            server = servers.enter_context(SandboxServer(build_vendor(name)))
            return SandboxVendor(name, server.base_url)

        yield started


@pytest.fixture
def fresh_sandbox(serve: Callable[[str], SandboxVendor], settings: Any) -> Callable[[str], SandboxVendor]:
    """A fresh account at the vendor of a name; `settings.PROVIDERS` points at it."""

    def fresh(name: str) -> SandboxVendor:
        vendor = serve(name)
        vendor.reset()
        configured = settings.PROVIDERS[name]
        addresses: dict[str, Any] = {"login_url": vendor.url, "hosts": ["127.0.0.1"]}
        if configured["api_url"]:
            addresses["api_url"] = vendor.url
        if "regions" in configured:
            addresses["regions"] = [f"{vendor.url}{urlsplit(address).path}" for address in configured["regions"]]
        settings.PROVIDERS = {**settings.PROVIDERS, name: {**configured, **addresses}}
        return vendor

    return fresh


@pytest.fixture
def salesforce_sandbox(fresh_sandbox: Callable[[str], SandboxVendor]) -> SandboxVendor:
    return fresh_sandbox("salesforce")


@pytest.fixture
def hubspot_sandbox(fresh_sandbox: Callable[[str], SandboxVendor]) -> SandboxVendor:
    return fresh_sandbox("hubspot")


@pytest.fixture
def pipedrive_sandbox(fresh_sandbox: Callable[[str], SandboxVendor]) -> SandboxVendor:
    return fresh_sandbox("pipedrive")


@pytest.fixture
def zoho_sandbox(fresh_sandbox: Callable[[str], SandboxVendor]) -> SandboxVendor:
    return fresh_sandbox("zoho")
