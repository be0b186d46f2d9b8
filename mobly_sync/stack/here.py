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
        vendor: {key: moved.get(value, value) if isinstance(value, str) else value for key, value in configured.items()}
        for vendor, configured in settings.PROVIDERS.items()
    }


def use_address(address: str) -> None:
    """The web server's own address is the public one, unless PUBLIC_URL says otherwise."""
    from django.conf import settings

    settings.PUBLIC_URL = os.environ.setdefault("PUBLIC_URL", address).rstrip("/")


def broker_url(redis_url: str) -> str:
    """Celery's spelling of a Redis address: `unix:///path?db=1` is `redis+socket:///path?virtual_host=1` there."""
    if not redis_url.startswith("unix://"):
        return redis_url
    return redis_url.replace("unix://", "redis+socket://", 1).replace("?db=", "?virtual_host=")
