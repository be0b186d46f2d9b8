"""How the integrations of a rule stand at this moment. Two queries, however many leads there are."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Count, Exists, Max, Min, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse

from integrations.contract import Cause
from integrations.models import Integration
from integrations.providers import provider_of
from reconciliation import causes
from reconciliation.models import SyncRecord

# The lead's own value is told only where it is a word of the organization's setup, never a person's.
VALUES_OF_THE_SETUP = frozenset({Cause.NO_TAG_MAPPING, Cause.CAMPAIGN_STATUS_INVALID})
# What a customer's rule said may name a person; it stays on the tab.
UNNAMED = frozenset({Cause.REMOTE_RULE})


@dataclass(frozen=True, slots=True)
class Group:
    """One root cause of an integration, as a message tells it."""

    headline: str
    about: str
    count: int
    fresh: int
    link: str


@dataclass(frozen=True, slots=True)
class Standing:
    """One integration. `fresh` and `Group.fresh` count the leads that failed since the last message."""

    key: str
    provider: str
    vendor: str
    attention: bool
    connected: bool
    groups: tuple[Group, ...]
    print: str
    oldest_waiting: datetime | None
    on_the_way: bool

    @property
    def failed(self) -> int:
        return sum(group.count for group in self.groups)

    @property
    def fresh(self) -> int:
        return sum(group.fresh for group in self.groups)

    @property
    def link(self) -> str:
        return _failed_list(self.provider)

    @property
    def connect_link(self) -> str:
        return f"{settings.PUBLIC_URL}{reverse('integrations:connect', args=[self.provider])}"


def standings(*, organization_id: int, integration_id: int | None, since: datetime | None) -> list[Standing]:
    """Every integration of the organization that holds a connection, or the one; `since` is the last message's time."""
    found = Integration.objects.filter(organization_id=organization_id).active()
    if integration_id is not None:
        found = found.filter(pk=integration_id)
    waiting = SyncRecord.objects.filter(integration=OuterRef("pk")).waiting()
    rows: list[Any] = list(
        found.annotate(
            oldest=Subquery(waiting.order_by("changed_at").values("changed_at")[:1]),
            on_the_way=Exists(waiting.filter(pushed=True)),
        )
    )
    groups = _groups({one.pk for one in rows}, since)
    return [_standing(one, groups[one.pk]) for one in rows]


def _groups(integration_ids: Iterable[int], since: datetime | None) -> dict[int, list[dict[str, Any]]]:
    fresh = Count("id", filter=Q(changed_at__gt=since)) if since else Count("id")
    rows = (
        SyncRecord.objects.filter(integration__in=integration_ids)
        .failed()
        .values("integration_id", "cause", "subject")
        .annotate(count=Count("id"), ids=Coalesce(Sum("id"), 0), fresh=fresh, first=Min("value"), last=Max("value"))
        .order_by("integration_id", "-count", "cause", "subject")
    )
    groups: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        groups[row["integration_id"]].append(dict(row))
    return groups


def _standing(integration: Any, rows: list[dict[str, Any]]) -> Standing:
    vendor = provider_of(integration.provider).name
    held = integration.is_manual or not integration.is_connected
    return Standing(
        key=str(integration.pk),
        provider=integration.provider,
        vendor=vendor,
        attention=integration.status == Integration.Status.NEEDS_ATTENTION,
        connected=integration.is_connected,
        groups=tuple(_group(row, integration.provider, vendor) for row in rows),
        print=_print(rows),
        # What people hold back waits because they say so.
        oldest_waiting=None if held else integration.oldest,
        on_the_way=integration.is_connected and integration.on_the_way,
    )


def _group(row: dict[str, Any], provider: str, vendor: str) -> Group:
    cause, subject = Cause(row["cause"]), row["subject"] if row["cause"] not in UNNAMED else ""
    value = row["last"] if row["first"] == row["last"] and cause in VALUES_OF_THE_SETUP else ""
    headline = causes.headline(cause, vendor=vendor, subject=subject, value=value)
    return Group(
        headline=headline,
        about="" if subject in headline else subject,
        count=row["count"],
        fresh=row["fresh"],
        link=_failed_list(provider, cause=row["cause"], subject=row["subject"]),
    )


def _failed_list(provider: str, **group: str) -> str:
    query = urlencode({"list": "failed", **group, "period": "all"})
    return f"{settings.PUBLIC_URL}{reverse('reconciliation:tab', args=[provider])}?{query}"


def _print(rows: list[dict[str, Any]]) -> str:
    """The same word while the same leads are failed for the same causes, retried meanwhile or not."""
    told = sorted(f"{row['cause']}\0{row['subject']}\0{row['count']}\0{row['ids']}" for row in rows)
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:32] if told else ""
