from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from leads.models.event import Event
from leads.models.organization import Organization


class UploadQuerySet(models.QuerySet["Upload"]):
    def with_names(self) -> UploadQuerySet:
        """With the organization, the event and who uploaded it."""
        return self.select_related("organization", "event", "uploaded_by")

    def being_imported(self) -> UploadQuerySet:
        return self.filter(state=Upload.State.IMPORTING)


class Upload(models.Model):
    """One spreadsheet of leads on its way in: read, columns matched, rows checked, imported."""

    class State(models.TextChoices):
        MATCHING = "matching", "Match columns"
        CHECKED = "checked", "Review"
        IMPORTING = "importing", "Importing"
        DONE = "done", "Imported"
        FAILED = "failed", "Stopped"

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="uploads")
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    event = models.ForeignKey(Event, models.SET_NULL, null=True, blank=True, related_name="uploads")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    filename = models.CharField(max_length=255)
    size = models.PositiveIntegerField(default=0, help_text="Bytes of the file.")
    encoding = models.CharField(max_length=40)
    delimiter = models.CharField(max_length=4)
    header = models.JSONField(default=list, help_text="The column names in file order.")
    columns = models.JSONField(
        default=dict, help_text="Column position -> Mobly field key; a missing position is ignored."
    )
    state = models.CharField(max_length=10, choices=State, default=State.MATCHING)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    known = models.PositiveIntegerField(default=0, help_text="Ready rows whose person is a lead already.")
    repeated = models.PositiveIntegerField(default=0, help_text="Ready rows whose person stands in an earlier row.")
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    problem = models.TextField(blank=True, help_text="Why the import stopped, in words.")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = UploadQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.filename


class UploadRowQuerySet(models.QuerySet["UploadRow"]):
    def ready(self) -> UploadRowQuerySet:
        return self.filter(state=UploadRow.State.READY).order_by("number")

    def to_fix(self) -> UploadRowQuerySet:
        return self.filter(state=UploadRow.State.BAD).order_by("number")

    def still_open(self) -> UploadRowQuerySet:
        """Neither imported nor left out by a person."""
        return self.filter(state__in=[UploadRow.State.READY, UploadRow.State.BAD]).order_by("number")

    def counted_by_state(self) -> dict[str, int]:
        return dict(self.values_list("state").annotate(models.Count("pk")).order_by())


class UploadRow(models.Model):
    """One row of an upload; `number` is the line a person sees in the spreadsheet (the header is 1)."""

    class State(models.TextChoices):
        READY = "ready", "Ready"
        BAD = "bad", "To fix"
        SKIPPED = "skipped", "Left out"
        DONE = "done", "Imported"

    upload = models.ForeignKey(Upload, models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    cells = models.JSONField(default=list)
    problems = models.JSONField(default=dict, help_text="Column position -> sentence; key '' for the row as a whole.")
    state = models.CharField(max_length=10, choices=State, default=State.READY)

    objects = UploadRowQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["upload", "number"], name="upload_row_number_once")]
        indexes = [models.Index(fields=["upload", "number"], condition=Q(state="bad"), name="upload_rows_to_fix")]

    def __str__(self) -> str:
        return f"row {self.number} of {self.upload}"
