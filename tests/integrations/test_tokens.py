"""Refreshing: one asks, everybody uses the answer, and giving up happens once. On real Postgres, with real threads."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from integrations.connect import mark_needs_attention, open_client
from integrations.contract import AuthenticationFailed, ProviderError
from integrations.models import Credential, Integration
from integrations.tokens import packed, tokens_of
from leads.models import Organization
from tests.integrations.fake_provider import FakeClient, FakeProvider


@pytest.fixture
def integration(fake: FakeProvider, _django_db_helper: None) -> Integration:
    """Connected without a browser: the rows alone, in whatever kind of database access the test asked for."""
    organization = Organization.objects.create(name="Halden Robotics", slug="halden")
    integration = Integration.objects.create(
        organization=organization,
        provider="fakecrm",
        category="crm",
        status=Integration.Status.CONNECTED,
        connected_at=timezone.now(),
    )
    tokens = fake._grant("refresh-1")
    Credential.objects.create(integration=integration, tokens=packed(tokens), expires_at=tokens.expires_at)
    return integration


def client_of(integration: Integration) -> FakeClient:
    return open_client(Integration.objects.get(pk=integration.pk))  # type: ignore[return-value]


def in_threads(count: int, work: Any) -> list[Any]:
    """What `work` answered or raised in each of `count` threads that start together."""
    together, found, lock = threading.Barrier(count), [], threading.Lock()

    def run() -> None:
        together.wait()
        try:
            outcome: Any = work()
        except ProviderError as error:
            outcome = error
        finally:
            connection.close()
        with lock:
            found.append(outcome)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return found


@pytest.mark.django_db(transaction=True)
def test_two_who_are_refused_at_once_refresh_once_and_use_the_same_token(
    integration: Integration, fake: FakeProvider
) -> None:
    fake.expire_tokens()
    fake.refresh_seconds = 0.3

    used = in_threads(2, lambda: client_of(integration).ask())

    assert used == ["access-2", "access-2"]
    assert fake.refreshes == 1
    assert Credential.objects.get().version == 2


@pytest.mark.django_db(transaction=True)
def test_a_final_refusal_is_asked_for_once_and_pauses_the_integration(
    integration: Integration, fake: FakeProvider
) -> None:
    fake.expire_tokens()
    fake.app_revoked, fake.refresh_seconds = True, 0.3

    outcomes = in_threads(3, lambda: client_of(integration).ask())

    assert [type(outcome) for outcome in outcomes] == [AuthenticationFailed] * 3
    assert fake.refreshes == 1
    integration.refresh_from_db()
    assert integration.status == Integration.Status.NEEDS_ATTENTION
    assert integration.status_reason == "the refresh token was revoked"


@pytest.mark.django_db(transaction=True)
def test_a_refresh_inside_another_transaction_is_refused(integration: Integration, fake: FakeProvider) -> None:
    fake.expire_tokens()

    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        client_of(integration).ask()

    assert fake.refreshes == 0


@pytest.mark.django_db
def test_a_token_that_is_about_to_end_is_renewed_before_it_is_used(
    integration: Integration, fake: FakeProvider
) -> None:
    Credential.objects.update(expires_at=timezone.now() + timedelta(seconds=30))

    assert client_of(integration).ask() == "access-2"
    assert fake.refreshes == 1


@pytest.mark.django_db
def test_a_refresh_keeps_what_the_vendor_does_not_say_again(integration: Integration, fake: FakeProvider) -> None:
    fake.expire_tokens()

    client_of(integration).ask()

    stored = tokens_of(Credential.objects.get())
    assert (stored.access_token, stored.refresh_token) == ("access-2", "refresh-1")


@pytest.mark.django_db
def test_an_outage_while_refreshing_leaves_the_integration_connected(
    integration: Integration, fake: FakeProvider
) -> None:
    fake.expire_tokens()
    fake.down = True

    with pytest.raises(ProviderError, match="refused the connection"):
        client_of(integration).ask()

    integration.refresh_from_db()
    assert integration.status == Integration.Status.CONNECTED
    assert Credential.objects.get().version == 1


@pytest.mark.django_db
def test_a_client_of_a_disconnected_integration_says_it_is_not_connected(integration: Integration) -> None:
    integration.credential.delete()

    with pytest.raises(AuthenticationFailed, match="is not connected"):
        client_of(integration).ask()


@pytest.mark.django_db
def test_needs_attention_is_marked_once(integration: Integration) -> None:
    assert mark_needs_attention(integration=integration, reason="revoked") is True
    assert mark_needs_attention(integration=integration, reason="revoked") is False


@pytest.mark.django_db
def test_a_refusal_of_older_credentials_does_not_pause_the_new_connection(integration: Integration) -> None:
    stale = Integration.objects.get()
    Integration.objects.update(connected_at=timezone.now() + timedelta(seconds=1))

    assert mark_needs_attention(integration=stale, reason="revoked") is False
    assert Integration.objects.get().status == Integration.Status.CONNECTED


@pytest.mark.django_db
def test_a_disabled_integration_stays_disabled(integration: Integration) -> None:
    Integration.objects.update(status=Integration.Status.DISABLED)

    assert mark_needs_attention(integration=integration, reason="revoked") is False


@pytest.mark.django_db
def test_tokens_are_not_readable_in_the_database(integration: Integration) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tokens FROM integrations_credential")
        (stored,) = cursor.fetchone()

    assert "access-1" not in stored
    assert "refresh-1" not in stored
