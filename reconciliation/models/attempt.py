from __future__ import annotations

from django.db import models

from integrations.contract import Cause
from reconciliation.models.record import SyncRecord


class SyncAttempt(models.Model):
    """One try to carry one lead, as its story tells it: what was sent for it and what the vendor answered, redacted."""

    class Outcome(models.TextChoices):
        CREATED = "created", "Created"
        UPDATED = "updated", "Updated"
        UNCHANGED = "unchanged", "Nothing to do"
        REFUSED = "refused", "Refused before sending"
        REJECTED = "rejected", "Rejected"
        RETRYING = "retrying", "Will try again"
        DISCARDED = "discarded", "Discarded"

    record = models.ForeignKey(SyncRecord, models.CASCADE, related_name="attempts")
    claim_id = models.UUIDField(null=True, blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    outcome = models.CharField(max_length=12, choices=Outcome)
    version = models.PositiveIntegerField(help_text="Lead.version that was sent.")
    occasion = models.CharField(max_length=200, blank=True, help_text="A test from the Mapping tab, and whose.")
    cause = models.CharField(max_length=30, choices=[(cause.value, cause.value) for cause in Cause], blank=True)
    message = models.TextField(blank=True)
    request_id = models.CharField(max_length=100, blank=True)
    notes = models.JSONField(default=list, blank=True, help_text="[{step, summary, sent, answer, status, request_id}]")

    class Meta:
        ordering = ["-started_at", "-id"]
        indexes = [
            models.Index(fields=["record", "-started_at"], name="attempt_of_record"),
            models.Index(fields=["ended_at"], name="attempt_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} at {self.started_at:%Y-%m-%d %H:%M}"
