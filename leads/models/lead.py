from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, Subquery

from leads.models.event import Activation, Event
from leads.models.organization import Organization
from leads.words import LeadSays, query_of


class LeadQuerySet(models.QuerySet["Lead"]):
    def search(self, text: str) -> LeadQuerySet:
        """Every word begins a word of the name, the e-mail or the company."""
        if not text.strip():
            return self
        return self.filter(LeadSays(text)) if query_of(text) else self.none()

    def known_as(self, email: str) -> Lead | None:
        """The lead with this e-mail, whatever its case."""
        key = email.replace("\x00", "").strip().lower()
        return self.filter(email_key=key).first() if key else None

    def met_at(self, event: Event) -> LeadQuerySet:
        return self.filter(Exists(Capture.objects.filter(lead=OuterRef("pk"), event=event)))

    def met_by(self, source: str) -> LeadQuerySet:
        return self.filter(Exists(Capture.objects.filter(lead=OuterRef("pk"), source=source)))

    def that_carry(self, value: models.Model) -> LeadQuerySet:
        """Leads whose answer is this value of a qualifier."""
        return self.filter(answers__value=value)

    def with_last_capture(self) -> LeadQuerySet:
        """Adds `last_event` (a name or None) and `last_source` of the newest meeting."""
        newest = Capture.objects.filter(lead=OuterRef("pk")).order_by("-captured_at", "-id")
        return self.annotate(
            last_event=Subquery(newest.values("event__name")[:1]), last_source=Subquery(newest.values("source")[:1])
        )

    def with_answers_to(self, qualifier: models.Model) -> LeadQuerySet:
        """Adds `shown_answers`: what each lead carries for one qualifier."""
        answers = self.model._meta.get_field("answers").related_model._default_manager  # type: ignore[union-attr]
        wanted = answers.filter(qualifier=qualifier).select_related("value")
        return self.prefetch_related(Prefetch("answers", queryset=wanted, to_attr="shown_answers"))


class EmailDomain(models.Func):
    """The part of a lead's e-mail after the @, '' without an e-mail."""

    template = "split_part(%(expressions)s, '@', 2)"
    output_field = models.TextField()

    def __init__(self, expression: str = "email_key", **extra: Any) -> None:
        super().__init__(expression, **extra)


class CompanyName(models.Func):
    """A lead's company name for looking up, lower case and no longer than an index entry may be."""

    LENGTH = 100
    template = f"lower(left(%(expressions)s, {LENGTH}))"
    output_field = models.TextField()

    def __init__(self, expression: str = "company_name", **extra: Any) -> None:
        super().__init__(expression, **extra)


class Lead(models.Model):
    """One person across all events of one organization.

    What people said and what enrichment found stand side by side in the same columns; `provenance` tells which is
    which: `{"company_name": {"source": "earlier_leads", "at": "2026-11-19T14:20:00Z"}}`; a field without an entry was
    said. `version` grows with every change a mapping can see; the sync engine compares it with the version it sent.
    """

    class Enrichment(models.TextChoices):
        PENDING = "pending", "Waiting for enrichment"
        DONE = "done", "Enriched"

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="leads")
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    version = models.PositiveIntegerField(default=1)

    first_name = models.TextField(blank=True)
    last_name = models.TextField(blank=True)
    email = models.TextField(blank=True)
    personal_email = models.TextField(blank=True)
    personal_address = models.TextField(blank=True)
    linkedin = models.TextField(blank=True)
    facebook = models.TextField(blank=True)
    x_twitter = models.TextField(blank=True)
    profile_picture = models.TextField(blank=True)
    job_title = models.TextField(blank=True)
    phone_number = models.TextField(blank=True)
    other_phone_numbers = models.TextField(blank=True, help_text="Separated by semicolons.")

    company_name = models.TextField(blank=True)
    company_website = models.TextField(blank=True)
    company_industry = models.TextField(blank=True)
    company_size = models.TextField(blank=True)
    company_linkedin = models.TextField(blank=True)
    company_street_address = models.TextField(blank=True)
    company_city = models.TextField(blank=True)
    company_state = models.TextField(blank=True)
    company_zip_code = models.TextField(blank=True)
    company_country = models.TextField(blank=True)

    description = models.TextField(blank=True)

    # Computed from the captures by `leads.capture`, so that planning a batch reads one table.
    number_of_scans = models.PositiveIntegerField(default=0)
    first_scanned_by = models.TextField(blank=True)
    last_scanned_by = models.TextField(blank=True)
    last_scanned_event = models.TextField(blank=True)
    all_scanned_events = models.TextField(blank=True)
    # Computed from the labels.
    most_recent_campaign = models.TextField(blank=True)
    all_campaigns = models.TextField(blank=True)

    # Identity within the organization: `email_key` when there is an e-mail, else `name_key` (name with company).
    email_key = models.TextField(blank=True, editable=False)
    name_key = models.TextField(blank=True, editable=False)

    enrichment = models.CharField(max_length=10, choices=Enrichment, default=Enrichment.PENDING)
    enrich_until = models.DateTimeField(null=True, blank=True, help_text="When patience for enrichment runs out.")
    provenance = models.JSONField(default=dict, blank=True)

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    last_captured_at = models.DateTimeField(null=True, blank=True)

    objects = LeadQuerySet.as_manager()

    class Meta:
        ordering = ["-last_captured_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "email_key"],
                condition=~Q(email_key=""),
                name="one_lead_per_email_in_organization",
            ),
            models.UniqueConstraint(
                fields=["organization", "name_key"],
                condition=Q(email_key="") & ~Q(name_key=""),
                name="one_lead_per_name_and_company_without_email",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "-last_captured_at", "-id"], name="lead_newest_first"),
            models.Index(fields=["organization", "name_key"], name="lead_by_name"),
            models.Index(fields=["enrich_until"], condition=Q(enrichment="pending"), name="lead_enrichment_due"),
            models.Index("organization", EmailDomain(), name="lead_by_email_domain"),
            models.Index("organization", CompanyName(), name="lead_by_company"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.email or self.company_name or "Unnamed lead"


class CaptureQuerySet(models.QuerySet["Capture"]):
    def totals(self) -> dict[str, int]:
        """`captures`, `people` and `events` in one reading."""
        return self.aggregate(
            captures=Count("pk"), people=Count("lead", distinct=True), events=Count("event", distinct=True)
        )

    def since(self, moment: datetime) -> CaptureQuerySet:
        return self.filter(captured_at__gte=moment)

    def with_places(self) -> CaptureQuerySet:
        return self.select_related("event", "activation", "captured_by")


class Capture(models.Model):
    """One meeting with a lead: who met it, when, at which event, by which source."""

    class Source(models.TextChoices):
        BADGE_SCAN = "badge_scan", "Badge scan"
        CARD_SCAN = "card_scan", "Card scan"
        PHOTO_UPLOAD = "photo_upload", "Photo upload"
        MANUAL = "manual", "Manual entry"
        CSV_UPLOAD = "csv_upload", "CSV upload"
        API = "api", "API"
        REGISTRATION = "registration", "Registration"

    SCANS = (Source.BADGE_SCAN, Source.CARD_SCAN)

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="captures")
    lead = models.ForeignKey(Lead, models.CASCADE, related_name="captures")
    event = models.ForeignKey(Event, models.SET_NULL, null=True, blank=True, related_name="captures")
    activation = models.ForeignKey(Activation, models.SET_NULL, null=True, blank=True, related_name="captures")
    source = models.CharField(max_length=20, choices=Source)
    captured_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    captured_by_email = models.TextField(blank=True)
    captured_at = models.DateTimeField()
    said = models.JSONField(default=dict, blank=True, help_text="The values as they were captured, by Mobly field.")
    key = models.CharField(
        max_length=64,
        blank=True,
        help_text="Names the meeting for whoever sends it twice (an upload's row, an API call).",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CaptureQuerySet.as_manager()

    class Meta:
        ordering = ["-captured_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "key"], condition=~Q(key=""), name="the_same_meeting_is_captured_once"
            )
        ]
        indexes = [
            models.Index(fields=["lead", "captured_at"], name="capture_of_lead"),
            models.Index(fields=["event", "lead"], name="capture_at_event"),
        ]

    def __str__(self) -> str:
        return f"{self.lead} by {self.get_source_display()}"

    @property
    def is_scan(self) -> bool:
        return self.source in self.SCANS
