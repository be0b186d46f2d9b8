"""Which integrations have something to do: asked every few seconds, so it costs some index probes each, however
many records wait.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Case, Exists, OuterRef, Q, Subquery, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from integrations.models import Integration
from reconciliation.models import Lane, SyncRecord


def integrations_with_work(limit: int = 500) -> list[int]:
    """Connected integrations with due records whose lane is free and open, ids in any order: nobody is always last."""
    now = timezone.now()
    busy = Lane.objects.filter(pk=OuterRef("pk")).filter(
        Q(holder__isnull=False, lease_until__gt=now) | Q(closed_until__gt=now)
    )
    first = Case(When(sync_mode=Integration.Mode.MANUAL, then=_first_due(now, pushed=True)), default=_first_due(now))
    flowing = Integration.objects.flowing().filter(~Exists(busy)).alias(first=first)
    return list(flowing.filter(first__isnull=False).order_by("?").values_list("pk", flat=True)[:limit])


def _first_due(now: datetime, **only: Any) -> Coalesce:
    """One due record of the integration, found by one probe of the index for each priority.

    A scalar subquery, because Postgres may answer EXISTS by reading every waiting record once.
    """
    due = SyncRecord.objects.filter(integration=OuterRef("pk"), **only).due(now).order_by("due_at", "id")
    return Coalesce(*(Subquery(due.filter(priority=one).values("pk")[:1]) for one in SyncRecord.Priority))
