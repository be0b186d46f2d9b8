from __future__ import annotations

import uuid

from django.db import models

from leads.models.organization import Organization


class Event(models.Model):
    """A conference, trade show, dinner … at which leads are met."""

    class Kind(models.TextChoices):
        CONFERENCE = "conference", "Conference"
        TRADE_SHOW = "trade_show", "Trade show"
        FIELD = "field_event", "Field event"
        DINNER = "dinner", "Dinner"
        WEBINAR = "webinar", "Webinar"
        OTHER = "other", "Other"

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="events")
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=255)
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.TRADE_SHOW)
    place = models.CharField(max_length=255, blank=True)
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-starts_on", "name"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="event_name_unique_in_organization"),
            models.CheckConstraint(
                condition=models.Q(ends_on__isnull=True) | models.Q(starts_on__isnull=True) | models.Q(ends_on__gte=models.F("starts_on")),
                name="event_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Activation(models.Model):
    """A part of an event: a booth, a session, a giveaway."""

    event = models.ForeignKey(Event, models.CASCADE, related_name="activations")
    name = models.CharField(max_length=255)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["event", "name"], name="activation_name_unique_in_event")]

    def __str__(self) -> str:
        return self.name
