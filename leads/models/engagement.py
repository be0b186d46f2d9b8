from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from leads.models.lead import Lead
from leads.models.organization import Organization


class Engagement(models.Model):
    """A logged interaction with a lead. Reaches the CRM's timeline exactly once; `uid` is what it is known by there."""

    class Kind(models.TextChoices):
        NOTE = "note", "Note"
        CALL = "call", "Call"
        EMAIL = "email", "E-mail"
        TEXT = "text", "Text"
        LINKEDIN = "linkedin", "LinkedIn touch"
        FACEBOOK = "facebook", "Facebook touch"
        X = "x", "X touch"
        CALENDAR_INVITE = "calendar_invite", "Calendar invite"

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="engagements")
    lead = models.ForeignKey(Lead, models.CASCADE, related_name="engagements")
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=20, choices=Kind)
    notes = models.TextField(blank=True)
    happened_at = models.DateTimeField(help_text="For a calendar invite: when it starts.")
    ends_at = models.DateTimeField(null=True, blank=True)
    logged_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    logged_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-happened_at", "-id"]
        indexes = [models.Index(fields=["lead", "happened_at"], name="engagement_of_lead")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} with {self.lead}"
