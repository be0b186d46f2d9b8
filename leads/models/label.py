from __future__ import annotations

import uuid

from django.db import models

from leads.models.lead import Lead
from leads.models.organization import Organization


class LabelQuerySet(models.QuerySet["Label"]):
    def of_uid(self, text: str) -> LabelQuerySet:
        """The one with this uid; none when the text is no uid at all."""
        try:
            return self.filter(uid=uuid.UUID(text))
        except ValueError:
            return self.none()

    def with_counts(self) -> LabelQuerySet:
        """Adds `lead_count`."""
        return self.annotate(lead_count=models.Count("lead_links")).order_by("name")


class Label(models.Model):
    """Mobly's own grouping of leads; customers know it as "Mobly Campaign". `uid` is the id that a CRM field shows."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="labels")
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)
    leads = models.ManyToManyField(Lead, through="LeadLabel", related_name="labels")

    objects = LabelQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="label_name_unique_in_organization")
        ]

    def __str__(self) -> str:
        return self.name


class LeadLabel(models.Model):
    lead = models.ForeignKey(Lead, models.CASCADE, related_name="label_links")
    label = models.ForeignKey(Label, models.CASCADE, related_name="lead_links")
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["added_at", "id"]
        constraints = [models.UniqueConstraint(fields=["lead", "label"], name="a_label_is_put_once")]

    def __str__(self) -> str:
        return f"{self.label} on {self.lead}"
