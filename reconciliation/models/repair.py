from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from integrations.models import Integration
from reconciliation.models.bulk import BulkAction


class RepairQuerySet(models.QuerySet["Repair"]):
    def under_way(self, integration: Integration) -> RepairQuerySet:
        """Those whose leads workers still send, newest first; without the ids."""
        found = self.filter(integration=integration, action__isnull=False, action__ended_at__isnull=True)
        return found.defer("record_ids").order_by("-started_at", "-id")


class Repair(models.Model):
    """One fix of a failed group: exactly the leads it sends again, so that people see what became of each of them.

    Kept, because who made it may close the laptop and come back to its address.
    """

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="repairs")
    cause = models.CharField(max_length=30)
    subject = models.CharField(max_length=200, blank=True)
    done = models.TextField(help_text="What was done, as a sentence.")
    record_ids = ArrayField(models.BigIntegerField(), help_text="The sync records it sends again, in ascending order.")
    # What sends them where they are too many for a request.
    action = models.OneToOneField(BulkAction, models.SET_NULL, null=True, blank=True, related_name="repair")
    # The group it came from, as the query string of its drawer.
    origin = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    started_at = models.DateTimeField()

    objects = RepairQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at", "-id"]

    def __str__(self) -> str:
        return self.done
