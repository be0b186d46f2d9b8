from __future__ import annotations

from django.db import models
from django.db.models import Q

from integrations.contract import Cause
from integrations.models import Integration
from leads.models import Event
from reconciliation.models.record import SyncRecord


class Placement(models.Model):
    """One sync record in the lists of one event: which event's leads stand where, newest first, without a look at
    anything else. Written by triggers of Postgres alone, in the statement that changes the record or the capture.
    """

    record = models.ForeignKey(SyncRecord, models.CASCADE, related_name="placements", db_index=False)
    event = models.ForeignKey(Event, models.CASCADE, related_name="+", db_index=False)
    integration = models.ForeignKey(Integration, models.CASCADE, related_name="+", db_index=False)
    state = models.CharField(max_length=10, help_text="The record's state, or dismissed.")
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record", "event"], name="a_record_stands_once_at_an_event")]
        indexes = [
            models.Index(fields=["event", "integration", "state", "-changed_at", "-record"], name="placement_list")
        ]

    def __str__(self) -> str:
        return f"{self.record_id} at {self.event_id}"


class Figure(models.Model):
    """How many records of an integration came into a state in one hour, by what the Reconciliation tab filters and
    groups by. `event` 0 counts every record once; the other rows count it once for each event its lead was met at.

    Triggers of Postgres add rows, positive and negative ones, so that nobody ever waits for another's count; a figure
    is their sum. `figures.compact` makes one row of many. Plain numbers instead of foreign keys: what is deleted counts
    down to nothing by itself.
    """

    integration = models.BigIntegerField()
    event = models.BigIntegerField(default=0)
    state = models.CharField(max_length=10, help_text="The record's state, or dismissed.")
    cause = models.CharField(max_length=30, blank=True, choices=[(cause.value, cause.value) for cause in Cause])
    subject = models.CharField(max_length=200, blank=True)
    remote_field = models.CharField(max_length=200, blank=True)
    refused_by_us = models.BooleanField(default=False)
    hour = models.DateTimeField()
    count = models.BigIntegerField()
    settled = models.BooleanField(default=False, help_text="Summed up; the others are as the triggers wrote them.")

    class Meta:
        indexes = [
            models.Index(
                fields=["integration", "event", "state", "hour"], include=["count", "settled"], name="figure_of_a_list"
            ),
            models.Index(fields=["id"], condition=Q(settled=False), name="figure_to_sum_up"),
        ]

    def __str__(self) -> str:
        return f"{self.count} {self.state} at {self.hour:%Y-%m-%d %H:00}"
