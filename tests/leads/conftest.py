from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from leads import tasks
from leads.capture import Captured, capture_lead
from leads.models import Event, Lead, Member, Organization, User
from leads.signals import lead_changed

OWN = ("source", "event", "activation", "by", "at", "answers", "key")


@pytest.fixture
def organization(db: Any) -> Organization:
    return Organization.objects.create(name="Halden Robotics", slug="halden-robotics")


@pytest.fixture
def other_organization(db: Any) -> Organization:
    return Organization.objects.create(name="Linden Pack", slug="linden-pack")


@pytest.fixture
def rep(organization: Organization) -> User:
    user = User.objects.create_user("tom@halden.example", first_name="Tom")
    Member.objects.create(organization=organization, user=user, role=Member.Role.REP)
    return user


@pytest.fixture
def event(organization: Organization) -> Event:
    return Event.objects.create(organization=organization, name="Automate Summit 2026")


@pytest.fixture
def meet(organization: Organization) -> Callable[..., Captured]:
    """`meet(first_name=…, event=…)`: capture somebody by hand; Mobly fields and the door's own arguments in one."""

    def meet(**said: Any) -> Captured:
        own = {key: said.pop(key) for key in OWN if key in said}
        return capture_lead(organization=organization, person=said, **{"source": "manual", **own})

    return meet


@pytest.fixture
def announced() -> Any:
    """Every announcement of the test: (leads, fresh)."""
    heard: list[tuple[list[Lead], bool]] = []

    def listen(sender: Any, leads: list[Lead], fresh: bool, **_: Any) -> None:
        heard.append((leads, fresh))

    lead_changed.connect(listen)
    yield heard
    lead_changed.disconnect(listen)


@pytest.fixture
def admin(organization: Organization) -> User:
    user = User.objects.create_user("mara@halden.example", first_name="Mara", last_name="Lindqvist")
    Member.objects.create(organization=organization, user=user, role=Member.Role.ADMIN)
    return user


@pytest.fixture
def browser(admin: User) -> Client:
    """Where the admin is signed in."""
    return signed_in(admin)


@pytest.fixture
def reps_browser(rep: User) -> Client:
    return signed_in(rep)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture(autouse=True)
def _long_turns() -> Iterator[None]:
    """An import goes through in one turn; workers give themselves back after each batch."""
    with pytest.MonkeyPatch.context() as patch:  # of its own: a test may undo its `monkeypatch`
        patch.setattr(tasks, "BATCHES_PER_TURN", 10)
        yield
