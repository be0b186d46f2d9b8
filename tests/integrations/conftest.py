"""An organization with an admin in the browser, and a vendor in memory to connect to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from integrations.models import Integration
from integrations.providers import PROVIDERS
from leads.models import Member, Organization, Qualifier, User
from tests.integrations.fake_provider import APP, FakeProvider


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch, settings: Any) -> FakeProvider:
    """The one vendor of these tests."""
    provider = FakeProvider()
    monkeypatch.setitem(PROVIDERS, provider.key, provider)
    settings.PROVIDERS = {**settings.PROVIDERS, provider.key: APP}
    return provider


@pytest.fixture
def second_fake(monkeypatch: pytest.MonkeyPatch, settings: Any, fake: FakeProvider) -> FakeProvider:
    """Another CRM, to be in the way of."""
    provider = FakeProvider(key="othercrm", name="Other CRM", monogram="Ot")
    monkeypatch.setitem(PROVIDERS, provider.key, provider)
    settings.PROVIDERS = {**settings.PROVIDERS, provider.key: APP}
    return provider


@pytest.fixture
def organization(db: None) -> Organization:
    return Organization.objects.create(name="Halden Robotics", slug="halden")


def make_member(organization: Organization, email: str, role: str = Member.Role.ADMIN) -> User:
    user = User.objects.create(email=email, password="!")
    Member.objects.create(organization=organization, user=user, role=role)
    return user


@pytest.fixture
def admin(organization: Organization) -> User:
    return make_member(organization, "mara@halden.example")


@pytest.fixture
def browser(admin: User) -> Client:
    """The admin's browser."""
    client = Client()
    client.force_login(admin)
    return client


@pytest.fixture
def rating(organization: Organization) -> Qualifier:
    qualifier = Qualifier.objects.create(organization=organization, name="Lead Score")
    for label in ("Hot", "Cold"):
        qualifier.values.create(label=label)
    return qualifier


def state_of(response: Any) -> str:
    """The state the vendor was sent, from the page that leaves for it."""
    address = response.context["address"]
    return parse_qs(urlsplit(address).query)["state"][0]


def go_out(browser: Client, provider: str = "fakecrm") -> str:
    return state_of(browser.post(reverse("integrations:authorize", args=[provider])))


def come_back(browser: Client, **query: str) -> Any:
    return browser.get(reverse("integrations:callback"), query)


@pytest.fixture
def connect(browser: Client, organization: Organization, fake: FakeProvider) -> Callable[..., Integration]:
    """Walk through the popup; answers the integration."""

    def walk(provider: str = "fakecrm") -> Integration:
        come_back(browser, state=go_out(browser, provider), code="good-code")
        return Integration.objects.get(organization=organization, provider=provider)

    return walk


@pytest.fixture
def integration(connect: Callable[..., Integration]) -> Integration:
    """Connected, with its schema read."""
    return connect()
