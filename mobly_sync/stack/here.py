"""Point this very process at servers that were started after its settings were read."""

import os
from collections.abc import Mapping
from typing import Any

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
    app.conf.update(broker_url=broker_url(redis_url))


def use_sandbox(port_base: int) -> None:
    """Vendors that were to be simulated on the default ports are simulated on these; a real vendor stays real."""
    from django.conf import settings

    before = settings.SANDBOX_PORT_BASE
    moved = {
        f"http://{settings.SANDBOX_HOST}:{before + place}": f"http://{settings.SANDBOX_HOST}:{port_base + place}"
        for place in range(len(settings.PROVIDERS))
    }
    os.environ["SANDBOX_PORT_BASE"] = str(port_base)
    settings.SANDBOX_PORT_BASE = port_base
    settings.PROVIDERS = {
        vendor: {key: _moved(value, moved) for key, value in configured.items()}
        for vendor, configured in settings.PROVIDERS.items()
    }


def _moved(value: Any, moved: Mapping[str, str]) -> Any:
    """An address, or a list of them, with its host and port replaced; everything else as it is."""
    if isinstance(value, list):
        return [_moved(entry, moved) for entry in value]
    if not isinstance(value, str):
        return value
    origin = "/".join(value.split("/", 3)[:3])
    return moved[origin] + value[len(origin) :] if origin in moved else value


def use_address(address: str) -> None:
    """The web server's own address is the public one, unless PUBLIC_URL says otherwise."""
    from django.conf import settings

    settings.PUBLIC_URL = os.environ.setdefault("PUBLIC_URL", address).rstrip("/")


def broker_url(redis_url: str) -> str:
    """Celery's spelling of a Redis address: `unix:///path?db=1` is `redis+socket:///path?virtual_host=1` there."""
    if not redis_url.startswith("unix://"):
        return redis_url
    return redis_url.replace("unix://", "redis+socket://", 1).replace("?db=", "?virtual_host=")


def broker_options(url: str, *, master: str, password: str = "") -> dict[str, Any]:
    """What Celery needs beside the broker's address: for Redis Sentinel the name of the group, without which it never
    connects, and the Sentinels' own password. Nothing for any other broker.
    """
    if not url.lower().startswith("sentinel://"):
        return {}
    return {"master_name": master, "sentinel_kwargs": {"password": password} if password else {}}
