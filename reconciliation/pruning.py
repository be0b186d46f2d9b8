"""Removing what nobody reads any more: attempts and repairs by age, in small bites, so that no lock is held long."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db.models import Model, QuerySet
from django.utils import timezone

from reconciliation.models import Repair, SyncAttempt

BITE = 5000
# Bites of one run: the rest waits for the next hour.
MOST = 200


def prune_attempts() -> int:
    """Remove attempts older than ATTEMPT_DAYS; answers how many."""
    before = timezone.now() - timedelta(days=settings.ATTEMPT_DAYS)
    return _remove(SyncAttempt.objects.filter(ended_at__lt=before).order_by("ended_at"))


def prune_repairs() -> int:
    """Remove repairs older than ATTEMPT_DAYS: what became of their leads is told by attempts; answers how many."""
    before = timezone.now() - timedelta(days=settings.ATTEMPT_DAYS)
    return _remove(Repair.objects.filter(started_at__lt=before).order_by("started_at"))


def _remove(old: QuerySet[Model]) -> int:
    removed = 0
    for _ in range(MOST):
        bite = list(old.values_list("pk", flat=True)[:BITE])
        if not bite:
            break
        old.model.objects.filter(pk__in=bite).delete()  # type: ignore[attr-defined]
        removed += len(bite)
    return removed
