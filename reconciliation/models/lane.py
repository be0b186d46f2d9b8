from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone

from integrations.contract.codewords import BLOCKED
from integrations.models import Integration
from reconciliation.budget import Budget


class Lane(models.Model):
    """One integration's way to its vendor: one worker at a time, by lease; and what the vendor told us about
    waiting.
    """

    integration = models.OneToOneField(Integration, models.CASCADE, primary_key=True, related_name="lane")
    holder = models.UUIDField(null=True, blank=True, help_text="The worker that has the lane; the fence of its writes.")
    lease_until = models.DateTimeField(null=True, blank=True)
    # Nothing is sent before this: the vendor throttled us or is out; the reason stands beside it.
    closed_until = models.DateTimeField(null=True, blank=True)
    closed_because = models.CharField(max_length=30, blank=True)
    failures_in_a_row = models.PositiveIntegerField(default=0)
    # What the vendor last said of the day's calls; empty while it says nothing.
    used_today = models.PositiveIntegerField(null=True, blank=True)
    allowed_today = models.PositiveIntegerField(null=True, blank=True)
    usage_seen_at = models.DateTimeField(null=True, blank=True)
    calls = models.PositiveBigIntegerField(default=0, help_text="HTTP requests made for this integration.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(holder__isnull=True, lease_until__isnull=True)
                | models.Q(holder__isnull=False, lease_until__isnull=False),
                name="a_held_lane_has_a_lease",
            )
        ]

    def __str__(self) -> str:
        return f"Lane of {self.integration}"

    @property
    def blocked_until(self) -> datetime | None:
        """When the vendor's edge may let us through again; None while it does not turn us away."""
        waits = self.closed_because == BLOCKED and self.closed_until and self.closed_until > timezone.now()
        return self.closed_until if waits else None

    @property
    def budget(self) -> Budget:
        return Budget(
            self.used_today,
            self.allowed_today,
            self.usage_seen_at,
            settings.DAILY_CALLS_SHARE,
            settings.INTERACTIVE_CALLS_SHARE,
        )
