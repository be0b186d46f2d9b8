from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from integrations.models import Integration


class BulkActionQuerySet(models.QuerySet["BulkAction"]):
    def unfinished(self) -> BulkActionQuerySet:
        return self.filter(ended_at__isnull=True)


class BulkAction(models.Model):
    """Something done to more leads than one request should wait for: carried out by workers in bites, each its own
    transaction, so that it can be watched, cancelled, and taken up again after a killed worker.

    It is about the records that matched when the button was pressed: `choice` says which, and only those whose state
    has not changed since `moment` are still among them.
    """

    class Kind(models.TextChoices):
        RETRY = "retry", "Retry"
        PUSH = "push", "Push"
        DISMISS = "dismiss", "Dismiss"
        RESTORE = "restore", "Undo of Dismiss"
        RESEND = "resend", "Send again"
        EVENT = "push_event", "Push of an event"
        EARLIER = "earlier", "Send earlier leads"

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="bulk_actions")
    kind = models.CharField(max_length=12, choices=Kind)
    choice = models.JSONField(help_text="Which records, as `reconciliation.choice.Choice` reads it.")
    moment = models.DateTimeField(help_text="When the button was pressed.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    counted = models.PositiveIntegerField(help_text="How many matched at that moment.")
    done = models.PositiveIntegerField(default=0)
    # Bites go up by id; what lies at or below is settled.
    last_id = models.BigIntegerField(default=0)
    # Leads that have no record yet come first, where the kind has any.
    new_leads_done = models.BooleanField(default=True)
    cancel_asked_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = BulkActionQuerySet.as_manager()

    class Meta:
        ordering = ["-moment", "-id"]
        indexes = [
            models.Index(fields=["integration", "-moment"], name="bulk_of_integration"),
            models.Index(fields=["id"], condition=Q(ended_at__isnull=True), name="bulk_unfinished"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.counted:,} leads"

    @property
    def running(self) -> bool:
        return self.ended_at is None

    @property
    def cancelled(self) -> bool:
        return self.ended_at is not None and self.cancel_asked_at is not None and self.done < self.counted

    @property
    def left(self) -> int:
        return max(self.counted - self.done, 0)

    @property
    def of(self) -> int:
        """What the bar is full at: never less than what is done."""
        return max(self.counted, self.done, 1)

    @property
    def tenth(self) -> int:
        """0 to 10: what is worth saying aloud."""
        return 10 * self.done // self.of

    @property
    def aloud(self) -> str:
        """How far it is, for who does not see the bar."""
        if self.running or self.cancelled:
            end = "" if self.running else "cancelled after "
            return f"{self.get_kind_display()}: {end}{self.done:,} of {self.counted:,} leads."
        return f"{self.get_kind_display()}: {self.done:,} lead{'' if self.done == 1 else 's'} done."
