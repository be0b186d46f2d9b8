"""Reading from a copy of Postgres: pages that only look may ask a replica, once there is one (`DATABASE_REPLICA_URL`).

A view says so with `@may_read_replica`. Whoever has just changed something reads the primary for a few seconds: a
replica trails by moments, and a page that does not show what one just did is worse than a slower one. Who is signed in,
and all that is written, is the primary's, always. Without a replica nothing of this does anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse

ALIAS = "replica"
COOKIE = "changed"
SAFE = ("GET", "HEAD", "OPTIONS")
# What the screens list; users, members and sessions are left out on purpose.
APPS = frozenset({"leads", "reconciliation"})
NEVER = frozenset({"user", "member", "organization"})

_reading: ContextVar[bool] = ContextVar("reading_from_replica", default=False)


class ReplicaRouter:
    """Sends what `may_read_replica` allows to the replica; everything else stays where Django puts it."""

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        there = _reading.get() and model._meta.app_label in APPS and model._meta.model_name not in NEVER
        return ALIAS if there else None

    def allow_relation(self, *rows: Any, **hints: Any) -> bool:
        return True  # both are the same database

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        return False if db == ALIAS else None


class RememberChanges:
    """Marks a browser that changed something, for as long as a replica may not know of it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if ALIAS in settings.DATABASES and request.method not in SAFE:
            response.set_cookie(
                COOKIE, "1", max_age=settings.REPLICA_LAG_SECONDS, httponly=True, samesite="Lax",
                secure=settings.SESSION_COOKIE_SECURE,
            )  # fmt: skip
        return response


type_of_view = Callable[..., HttpResponseBase]


def may_read_replica(view: type_of_view) -> type_of_view:
    """For a view that only looks: its lists come from the replica, unless this browser has just changed something."""

    @wraps(view)
    def looking(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if ALIAS not in settings.DATABASES or COOKIE in request.COOKIES:
            return view(request, *args, **kwargs)
        with _from_replica():
            response = view(request, *args, **kwargs)
        if isinstance(response, StreamingHttpResponse):
            # What it streams is read while it is sent, after the view has returned.
            response.streaming_content = _streamed(response.streaming_content)
        return response

    return looking


@contextmanager
def _from_replica() -> Iterator[None]:
    before = _reading.set(True)
    try:
        yield
    finally:
        _reading.reset(before)


def _streamed(parts: Any) -> Iterator[Any]:
    remaining = iter(parts)
    while True:
        with _from_replica():
            part = next(remaining, None)
        if part is None:
            return
        yield part
