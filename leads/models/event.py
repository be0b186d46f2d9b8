from __future__ import annotations

import uuid
from datetime import date

from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from leads.models.organization import Organization


class EventQuerySet(models.QuerySet["Event"]):
    def of_uid(self, text: str) -> EventQuerySet:
        """The one with this uid; none when the text is no uid at all."""
        try:
            return self.filter(uid=uuid.UUID(text))
        except ValueError:
            return self.none()

    def search(self, text: str) -> EventQuerySet:
        """Every word stands in the name or in the place."""
        found = self
        for word in text.split():
            found = found.filter(Q(name__icontains=word) | Q(place__icontains=word))
        return found

    def running_on(self, day: date) -> EventQuerySet:
        last = Coalesce("ends_on", "starts_on")
        return self.annotate(last_day=last).filter(starts_on__lte=day, last_day__gte=day)

    def coming_after(self, day: date) -> EventQuerySet:
        return self.filter(Q(starts_on__gt=day) | Q(starts_on__isnull=True))

    def over_before(self, day: date) -> EventQuerySet:
        return self.annotate(last_day=Coalesce("ends_on", "starts_on")).filter(last_day__lt=day)

    def newest_first(self) -> EventQuerySet:
        return self.order_by(models.F("starts_on").desc(nulls_first=True), "name")

    def with_counts(self) -> EventQuerySet:
        """Adds `activation_count`, `lead_count`, `capture_count` and `scan_count`, each counted by itself."""
        from leads.models.lead import Capture  # a capture knows its event, so this module is read before that one

        scanned = Count("pk", filter=Q(source__in=Capture.SCANS))
        return self.annotate(
            activation_count=_counted(Activation.objects.all(), Count("pk")),
            lead_count=_counted(Capture.objects.all(), Count("lead", distinct=True)),
            capture_count=_counted(Capture.objects.all(), Count("pk")),
            scan_count=_counted(Capture.objects.all(), scanned),
        )


def _counted(rows: models.QuerySet, what: Count) -> Coalesce:
    per_event = rows.filter(event=OuterRef("pk")).order_by().values("event").annotate(counted=what).values("counted")
    return Coalesce(Subquery(per_event), 0)


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

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_on", "name"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="event_name_unique_in_organization"),
            models.CheckConstraint(
                condition=models.Q(ends_on__isnull=True)
                | models.Q(starts_on__isnull=True)
                | models.Q(ends_on__gte=models.F("starts_on")),
                name="event_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ActivationQuerySet(models.QuerySet["Activation"]):
    def with_counts(self) -> ActivationQuerySet:
        """Adds `lead_count` and `capture_count`."""
        counted = self.annotate(lead_count=Count("captures__lead", distinct=True), capture_count=Count("captures"))
        return counted.order_by("name")  # a grouped query drops the order of Meta


class Activation(models.Model):
    """A part of an event: a booth, a session, a giveaway."""

    event = models.ForeignKey(Event, models.CASCADE, related_name="activations")
    name = models.CharField(max_length=255)

    objects = ActivationQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["event", "name"], name="activation_name_unique_in_event")]

    def __str__(self) -> str:
        return self.name
