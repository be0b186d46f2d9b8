from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from integrations.models import Integration
from leads.models import Lead, Member, Organization, User
from reconciliation.alerting import rules, sending
from reconciliation.alerting.change import Kind
from reconciliation.models import AlertChannel, AlertRule, SyncRecord
from tests.reconciliation.alerts.slack import Slack


@pytest.fixture
def organization(db: Any) -> Organization:
    return Organization.objects.create(name="Halden Robotics", slug="halden-robotics", time_zone="Europe/Oslo")


@pytest.fixture
def mara(organization: Organization) -> User:
    user = User.objects.create_user("mara@halden.example", first_name="Mara")
    Member.objects.create(organization=organization, user=user, role=Member.Role.ADMIN)
    return user


@pytest.fixture
def browser(mara: User) -> Client:
    client = Client()
    client.force_login(mara, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def integration(organization: Organization) -> Integration:
    return Integration.objects.create(
        organization=organization, provider="salesforce", category="crm", status=Integration.Status.CONNECTED
    )


@pytest.fixture
def fails(integration: Integration) -> Callable[..., list[SyncRecord]]:
    """`fails(3, cause=…)`: so many more leads are Failed from now on."""

    def fail(count: int, *, at: Integration = integration, **said: Any) -> list[SyncRecord]:
        leads = [Lead(organization=at.organization, first_name="Ada", last_name=f"No {n}") for n in range(count)]
        fault = {"cause": "NO_TAG_MAPPING", "subject": "Lead Score", "value": "Hot", **said}
        return [
            SyncRecord.objects.create(
                organization=at.organization,
                integration=at,
                lead=lead,
                state="failed",
                changed_at=timezone.now(),
                **fault,
            )
            for lead in Lead.objects.bulk_create(leads)
        ]

    return fail


@pytest.fixture
def slack(settings: Any) -> Iterator[Slack]:
    """A webhook on a real server of this machine."""
    settings.ALERT_WEBHOOK_HOSTS = ["127.0.0.1"]
    server = Slack()
    yield server
    server.stop()


@pytest.fixture
def rule(organization: Organization, mara: User) -> Callable[..., AlertRule]:
    """`rule(webhook=…, addresses=…)`: an hourly rule of all integrations, by e-mail to the admins."""

    def make(**said: Any) -> AlertRule:
        asked = {"name": "Show floor", "integration": None, "rhythm": "hourly", "hour": 8, "addresses": []}
        return rules.save_rule(organization=organization, by=mara, **{**asked, **said})

    return make


def looks(rule: AlertRule) -> list[Kind | None]:
    """The rule's hour has come: what each of its channels finds, e-mail first."""
    channels = list(AlertChannel.objects.filter(rule=rule))
    AlertChannel.objects.filter(rule=rule).update(due_at=timezone.now() - timedelta(seconds=1))
    return [sending.run(channel.pk) for channel in channels]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
