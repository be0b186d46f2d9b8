"""What an admin has to know wherever they are: an integration that needs attention, an alert that never arrives.

One query for a page, asked only when a page has a place for it; parts of a page never do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.db.models import CharField, F, Value
from django.http import HttpRequest
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils.functional import SimpleLazyObject

from integrations.models import Integration
from integrations.providers import provider_of
from leads.access import member_behind
from leads.models import Organization
from reconciliation.models import AlertChannel

ATTENTION = "attention"
# Pages that say it themselves.
SAY_ATTENTION = frozenset({"integrations:connect", "reconciliation:tab"})
SAY_ALL_ATTENTION = frozenset({"integrations:list"})
SAY_UNDELIVERED = frozenset({"reconciliation:alerts"})


@dataclass(frozen=True, slots=True)
class Notice:
    """`kind` is `attention` with the provider's key as `subject`, or a kind of channel with the name of the rule."""

    kind: str
    subject: str

    @property
    def vendor(self) -> str:
        return provider_of(self.subject).name


@dataclass(frozen=True, slots=True)
class Notices:
    all: tuple[Notice, ...]

    def __bool__(self) -> bool:
        return bool(self.all)

    @property
    def attention(self) -> list[Notice]:
        return [notice for notice in self.all if notice.kind == ATTENTION]

    @property
    def undelivered(self) -> list[Notice]:
        return [notice for notice in self.all if notice.kind != ATTENTION]

    @property
    def seen(self) -> str:
        """What is shown in one word: another word means that the page shows what is no longer so."""
        return "~".join(f"{notice.kind}:{notice.subject}" for notice in self.all)


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context processor: the notices of the admin behind the page."""
    member = member_behind(request)
    if member is None or not member.is_admin:
        return {}
    return {"notices": SimpleLazyObject(lambda: notices_of(member.organization, request.resolver_match))}


def notices_of(organization: Organization, place: ResolverMatch | None) -> Notices:
    """Those that the page at `place` does not say itself. One query."""
    text = CharField()
    attention = Integration.objects.filter(organization=organization, status=Integration.Status.NEEDS_ATTENTION)
    silent = AlertChannel.objects.undeliverable().filter(rule__organization=organization, rule__paused=False)
    rows = (
        attention.order_by()
        .annotate(kind=Value(ATTENTION, text), said=F("provider"))
        .values_list("kind", "said")
        .union(silent.order_by().values_list("kind", "rule__name"))
    )
    found = sorted((Notice(*row) for row in rows), key=lambda notice: (notice.kind, notice.subject))
    return Notices(tuple(notice for notice in found if not _says(place, notice)))


def place_of(url: str) -> ResolverMatch | None:
    """Where a browser is, by the address it names; None for none of ours."""
    try:
        return resolve(urlsplit(url).path)
    except (Resolver404, ValueError):
        return None


def _says(place: ResolverMatch | None, notice: Notice) -> bool:
    if place is None:
        return False
    if notice.kind != ATTENTION:
        return place.view_name in SAY_UNDELIVERED
    here = place.kwargs.get("provider") == notice.subject
    return place.view_name in SAY_ALL_ATTENTION or (place.view_name in SAY_ATTENTION and here)
