"""A real Chromium in front of the product, with a real worker behind it and the simulated vendors beside it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, WebError, expect, sync_playwright

from integrations.providers import PROVIDERS
from leads.events import save_event
from leads.models import Event, Member, Organization, Qualifier, User
from leads.qualifiers import save_qualifier
from tests.chromium import chromium_path
from tests.reconciliation.alerts.slack import Slack
from tests.vendors import SandboxVendor
from tests.workers import ARTIFACTS, WorkerProcess, wait_for

PASSWORD = "show-floor-2026"
# Two cores are shared by a browser, a server, a worker and two vendors.
PATIENCE_MS = 20_000
RESULT = pytest.StashKey[bool]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(os.path.dirname(__file__)):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db(transaction=True))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report = yield
    if report.when == "call":
        item.stash[RESULT] = report.passed
    return report


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    # Playwright runs an event loop in this thread; Django's guard would take every query for a coroutine's.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox"])
        yield browser
        browser.close()
    os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE")
    if before is not None:
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


@pytest.fixture(scope="package")
def _worker(django_db_setup: None, serve: Callable[[str], SandboxVendor]) -> Iterator[WorkerProcess]:
    with WorkerProcess(*map(serve, PROVIDERS), beat=True) as worker:
        yield worker


@pytest.fixture
def worker(_worker: WorkerProcess, transactional_db: None) -> Iterator[WorkerProcess]:
    """The one worker of these tests; it is at rest before the next test's tables are emptied."""
    from tests.browser.visitor import at_rest

    yield _worker
    wait_for(at_rest, "the worker to come to rest")


class Console:
    """What the browser complained about, in every window. A test names the complaints that it causes on purpose."""

    def __init__(self, context: BrowserContext) -> None:
        self.complaints: list[str] = []
        self.expected: list[str] = []
        context.on("console", self._heard)
        context.on("weberror", self._threw)

    def expect(self, words: str) -> None:
        self.expected.append(words)

    def unexpected(self) -> list[str]:
        return [line for line in self.complaints if not any(words in line for words in self.expected)]

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"{message.text} ({message.location.get('url', '')})")

    def _threw(self, error: WebError) -> None:
        self.complaints.append(str(error.error))


@pytest.fixture
def windows(
    chromium: Browser, live_server: Any, settings: Any, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Page]]:
    """`windows(user=…)` opens a browser of one's own, signed in as `user`; its console has to stay clean."""
    settings.PUBLIC_URL = live_server.url
    opened: list[tuple[BrowserContext, Console]] = []

    def open_window(user: User | None = None, **options: Any) -> Page:
        context = chromium.new_context(base_url=live_server.url, **options)
        context.set_default_timeout(PATIENCE_MS)
        console = Console(context)
        opened.append((context, console))
        if user:
            client = Client()
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
            name = django_settings.SESSION_COOKIE_NAME
            context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
        page = context.new_page()
        page.console = console  # type: ignore[attr-defined]
        return page

    yield open_window
    failed = not request.node.stash.get(RESULT, False)
    for number, (context, _) in enumerate(opened):
        for index, page in enumerate(context.pages if failed else ()):
            ARTIFACTS.mkdir(exist_ok=True)
            page.screenshot(path=ARTIFACTS / f"{request.node.name[:100]}-{number}-{index}.png".replace("/", "_"))
        context.close()
    if not failed:
        assert [line for _, console in opened for line in console.unexpected()] == []


@pytest.fixture
def organization(transactional_db: None) -> Organization:
    return Organization.objects.create(name="Halden Robotics", slug="halden-robotics")


@pytest.fixture
def mara(organization: Organization, settings: Any) -> User:
    """The Admin."""
    return member(organization, settings, "mara@halden.example", "Mara", "Lindqvist", Member.Role.ADMIN)


@pytest.fixture
def tom(organization: Organization, settings: Any) -> User:
    """A Rep."""
    return member(organization, settings, "tom@halden.example", "Tom", "Oyelaran", Member.Role.REP)


def member(organization: Organization, settings: Any, email: str, first: str, last: str, role: str) -> User:
    user = User.objects.create_user(email, PASSWORD, first_name=first, last_name=last)
    Member.objects.create(organization=organization, user=user, role=role)
    return user


@pytest.fixture
def summit(organization: Organization) -> Event:
    today = timezone.localdate()
    return save_event(
        organization=organization,
        name="Automate Summit 2026",
        kind=Event.Kind.TRADE_SHOW,
        starts_on=today - timedelta(days=2),
        ends_on=today + timedelta(days=1),
        activations=("Booth 412", "Keynote"),
    )


@pytest.fixture
def lead_score(organization: Organization, mara: User) -> Qualifier:
    return save_qualifier(
        organization=organization,
        by=mara,
        name="Lead Score",
        kind=Qualifier.Kind.PICKLIST,
        multiple=False,
        values=["Hot", "Medium", "Cold"],
    )


@pytest.fixture
def page(windows: Callable[..., Page], mara: User) -> Page:
    """Mara's browser, signed in."""
    return windows(mara)


@pytest.fixture
def slack(settings: Any) -> Iterator[Slack]:
    settings.ALERT_WEBHOOK_HOSTS = ["127.0.0.1"]
    server = Slack()
    yield server
    server.stop()
