"""Removing what nobody reads any more: attempts by age, in small bites, so that no lock is held for long."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from reconciliation.models import SyncAttempt

BITE = 5000
# Bites of one run: the rest waits for the next hour.
MOST = 200


def prune_attempts() -> int:
    """Remove attempts older than ATTEMPT_DAYS; answers how many."""
    before = timezone.now() - timedelta(days=settings.ATTEMPT_DAYS)
    removed = 0
    for _ in range(MOST):
        old = list(
            SyncAttempt.objects.filter(ended_at__lt=before).order_by("ended_at").values_list("pk", flat=True)[:BITE]
        )
        if not old:
            break
        SyncAttempt.objects.filter(pk__in=old).delete()
        removed += len(old)
    return removed
