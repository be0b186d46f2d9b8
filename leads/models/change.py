from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone

from leads.models.organization import Organization


class ChangeQuerySet(models.QuerySet["Change"]):
    def newest_first(self) -> ChangeQuerySet:
        return self.select_related("actor").order_by("-at", "-id")

    def older_than(self, at: datetime, pk: int) -> ChangeQuerySet:
        """Those behind this one in `newest_first`."""
        return self.filter(at__lte=at).exclude(at=at, id__gte=pk)

    def by_mobly(self) -> ChangeQuerySet:
        """Those no person made."""
        return self.filter(actor=None, actor_name="")

    def on_tab(self, area: str, provider: str) -> ChangeQuerySet:
        """What a tab of an integration tells: its own, and what holds for every integration."""
        return self.filter(area=area, provider__in=[provider, ""])


class Change(models.Model):
    """One thing somebody changed in how leads are carried: written with the change, never edited, kept for good."""

    class Area(models.TextChoices):
        CONNECT = "connect", "Connect"
        MAPPING = "mapping", "Mapping"
        QUALIFIERS = "qualifiers", "Qualifiers"
        CAMPAIGNS = "campaigns", "Campaigns"
        EVENTS = "events", "Events"
        LABELS = "labels", "Labels"
        MEMBERS = "members", "Members"
        ORGANIZATION = "organization", "Organization"
        ALERTS = "alerts", "Alerts"

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="changes")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    actor_name = models.CharField(
        max_length=310, blank=True, help_text="As the person was called then; stays when the account goes."
    )
    at = models.DateTimeField(default=timezone.now)
    area = models.CharField(max_length=20, choices=Area)
    provider = models.CharField(max_length=30, blank=True, help_text="The key of an integration; empty: of all.")
    subject = models.CharField(max_length=300)
    before = models.TextField(blank=True)
    after = models.TextField(blank=True)

    objects = ChangeQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        # One for each filter of the page of changes; a tab asks by its area.
        indexes = [
            models.Index(fields=["organization", "-at", "-id"], name="change_newest"),
            models.Index(fields=["organization", "area", "-at", "-id"], name="change_of_area"),
            models.Index(fields=["organization", "actor", "-at", "-id"], name="change_by_actor"),
            models.Index(fields=["organization", "provider", "-at", "-id"], name="change_of_provider"),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def who(self) -> str:
        """The person as they are called now, else as they were; Mobly itself where it was nobody."""
        return str(self.actor) if self.actor else self.actor_name or "Mobly"
