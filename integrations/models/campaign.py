from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery

from integrations.models.integration import Integration
from leads.models import Capture, Event, Qualifier


class CountOf(Subquery):
    """How many rows a subquery has; a grouped one cannot be counted by an aggregate."""

    template = "(SELECT count(*) FROM (%(subquery)s) AS counted)"
    output_field = models.IntegerField()


class CampaignMappingQuerySet(models.QuerySet["CampaignMapping"]):
    def for_table(self) -> CampaignMappingQuerySet:
        """With everything a row shows: its events, its qualifier, its activator and `lead_count`."""
        return self.with_lead_counts().select_related("status_qualifier", "activator").prefetch_related("events")

    def with_lead_counts(self) -> CampaignMappingQuerySet:
        """Adds `lead_count`: the leads captured at its events whose scans there reach the threshold."""
        met = (
            Capture.objects.filter(event__campaign_mappings=OuterRef("pk"))
            .order_by()
            .values("lead")
            .annotate(scans=Count("pk", filter=Q(source__in=Capture.SCANS)))
            .filter(scans__gte=OuterRef("scan_threshold"))
            .values("lead")
        )
        return self.annotate(lead_count=CountOf(met))

    def at(self, event: Event) -> CampaignMappingQuerySet:
        return self.filter(events=event)


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

    objects = CampaignMappingQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["integration", "kind", "remote_id"], name="a_campaign_is_mapped_once")
        ]

    def __str__(self) -> str:
        return self.name
