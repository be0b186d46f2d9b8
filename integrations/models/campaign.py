from __future__ import annotations

from django.conf import settings
from django.db import models

from integrations.models.integration import Integration
from leads.models import Event, Qualifier


class CampaignMapping(models.Model):
    """Leads of some events join one remote campaign from their n-th scan on."""

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="campaign_mappings")
    events = models.ManyToManyField(Event, related_name="campaign_mappings")
    remote_id = models.CharField(max_length=100)
    kind = models.CharField(max_length=30, help_text="The provider's word: campaign, list, marketing_event …")
    name = models.CharField(max_length=255)
    url = models.URLField(max_length=500, blank=True)
    is_archived = models.BooleanField(default=False, help_text="The campaign takes no new members at the vendor.")
    # Member status: a fixed one, or decided by a qualifier, which wins where the lead carries it.
    status = models.CharField(max_length=100, blank=True)
    status_qualifier = models.ForeignKey(Qualifier, models.SET_NULL, null=True, blank=True, related_name="+")
    status_by_value = models.JSONField(default=dict, blank=True, help_text="Qualifier value id -> member status.")
    scan_threshold = models.PositiveIntegerField("Lead Scan Threshold", default=0, help_text="0: every captured lead.")
    activator = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["integration", "kind", "remote_id"], name="a_campaign_is_mapped_once")
        ]

    def __str__(self) -> str:
        return self.name
