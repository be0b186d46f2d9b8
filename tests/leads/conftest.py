from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

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
    user = User.objects.create_user("tom@halden.example", "show-floor-2026", first_name="Tom")
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
