"""Which integrations have something to do: asked every few seconds, so it costs one index probe each, however many
records wait.
"""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from integrations.models import Integration
from reconciliation.models import Lane, SyncRecord


def integrations_with_work(limit: int = 500) -> list[int]:
    """Connected integrations with due records whose lane is free and open, ids in the order of the longest rest."""
    now = timezone.now()
    due = SyncRecord.objects.filter(integration=OuterRef("pk")).due(now)
    busy = Lane.objects.filter(pk=OuterRef("pk")).filter(
        Q(holder__isnull=False, lease_until__gt=now) | Q(closed_until__gt=now)
    )
    flowing = Integration.objects.flowing().filter(~Exists(busy))
    automatic = Q(sync_mode=Integration.Mode.AUTOMATIC) & Exists(due)
    manual = Q(sync_mode=Integration.Mode.MANUAL) & Exists(due.filter(pushed=True))
    return list(
        flowing.filter(automatic | manual).order_by("lane__lease_until", "pk").values_list("pk", flat=True)[:limit]
    )
