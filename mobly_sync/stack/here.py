"""Point this very process at servers that were started after its settings were read."""

import os

import environ


def use(*, database_url: str, redis_url: str) -> None:
    """Database, Celery and every process started from here on use these servers."""
    os.environ["DATABASE_URL"] = database_url
    os.environ["REDIS_URL"] = redis_url
    from django.conf import settings  # needs settings, which may only now be readable
    from django.db import connections

    from mobly_sync.celery import app

    connections.close_all()
    connections.settings["default"].update(environ.Env.db_url_config(database_url))
    settings.REDIS_URL = redis_url
    settings.CELERY_BROKER_URL = broker_url(redis_url)
    app.conf.broker_url = broker_url(redis_url)


def broker_url(redis_url: str) -> str:
    """Celery's spelling of a Redis address: `unix:///path?db=1` is `redis+socket:///path?virtual_host=1` there."""
    if not redis_url.startswith("unix://"):
        return redis_url
    return redis_url.replace("unix://", "redis+socket://", 1).replace("?db=", "?virtual_host=")
