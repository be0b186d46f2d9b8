from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from integrations.models.integration import Integration


class PlanImportQuerySet(models.QuerySet["PlanImport"]):
    def newest(self, count: int) -> PlanImportQuerySet:
        """The latest ones, without their rows."""
        return self.defer("rows", "campaigns").select_related("uploaded_by").order_by("-created_at", "-pk")[:count]


class PlanImport(models.Model):
    """A mapping plan that somebody sent: its rows as they stood in the file. What they would change is worked out anew
    each time it is looked at. Removed by age.
    """

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="plans")
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    filename = models.CharField(max_length=255)
    rows = models.JSONField(default=list, help_text="A list of `integrations.plan.lines.PlanRow` as plain values.")
    notes = models.JSONField(default=list, help_text="Sentences about what of the file was not read.")
    campaigns = models.JSONField(default=dict, help_text="Row id -> the campaign as the vendor had it, or the problem.")
    applied = models.PositiveIntegerField(default=0, help_text="How many changes were applied so far.")
    skipped = models.JSONField(default=list, help_text="What the last Apply left out: lists of line and reason.")
    applied_at = models.DateTimeField(null=True, blank=True)
    applied_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PlanImportQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["integration", "-created_at", "-id"], name="plan_newest"),
            models.Index(fields=["created_at"], name="plan_by_age"),
        ]

    def __str__(self) -> str:
        return self.filename
