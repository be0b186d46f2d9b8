"""Tests run on the real servers."""

import pytest
import redis
from django.db import connection

from mobly_sync.celery import app
from mobly_sync.stack.here import broker_url, use_sandbox


@pytest.mark.django_db
def test_the_database_is_a_real_postgres_of_this_worker():
    with connection.cursor() as cursor:
        cursor.execute("SELECT version(), current_database()")
        version, name = cursor.fetchone()

    assert version.startswith("PostgreSQL")
    assert name.startswith("test_")


def test_redis_answers_and_celery_is_pointed_at_it(settings):
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        assert client.ping()
    with app.connection_for_write() as broker:
        broker.ensure_connection(max_retries=1)
        assert broker.connected
    assert settings.CELERY_BROKER_URL == broker_url(settings.REDIS_URL) == app.conf.broker_url


@pytest.mark.parametrize(
    ("redis_url", "broker"),
    [
        ("redis://cache:6379/2", "redis://cache:6379/2"),
        ("rediss://:pw@cache:6380/0", "rediss://:pw@cache:6380/0"),
        ("unix:///data/run/redis.sock?db=3", "redis+socket:///data/run/redis.sock?virtual_host=3"),
    ],
)
def test_a_redis_address_in_the_spelling_of_celery(redis_url, broker):
    assert broker_url(redis_url) == broker


def test_simulated_vendors_on_other_ports_are_found_and_real_ones_left_alone(settings, monkeypatch):
    monkeypatch.setenv("SANDBOX_PORT_BASE", "8801")
    settings.SANDBOX_PORT_BASE = 8801
    settings.PROVIDERS = {
        "salesforce": {"login_url": "https://login.salesforce.com", "api_url": "", "hosts": [".salesforce.com"]},
        "hubspot": {"login_url": "http://127.0.0.1:8802", "api_url": "http://127.0.0.1:8802", "hosts": ["127.0.0.1"]},
    }

    use_sandbox(9100)

    assert settings.PROVIDERS == {
        "salesforce": {"login_url": "https://login.salesforce.com", "api_url": "", "hosts": [".salesforce.com"]},
        "hubspot": {"login_url": "http://127.0.0.1:9101", "api_url": "http://127.0.0.1:9101", "hosts": ["127.0.0.1"]},
    }
