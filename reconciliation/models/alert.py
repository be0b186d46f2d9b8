from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q

from integrations.models import Integration
from integrations.providers import provider_of
from leads.models import Organization
from mobly_sync.encryption import EncryptedTextField

SLACK_HOST = "hooks.slack.com"


class AlertRule(models.Model):
    """When whom to tell about Sync Errors. What was told is kept by each of its channels."""

    class Rhythm(models.TextChoices):
        HOURLY = "hourly", "Hourly"
        TWICE_DAILY = "twice_daily", "Twice daily"
        DAILY = "daily", "Daily"
        WEEKLY = "weekly", "Weekly (Mondays)"

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="alert_rules")
    name = models.CharField(max_length=100)
    integration = models.ForeignKey(
        Integration, models.CASCADE, null=True, blank=True, related_name="+", help_text="None: all of them."
    )
    rhythm = models.CharField(max_length=12, choices=Rhythm, default=Rhythm.DAILY)
    hour = models.PositiveSmallIntegerField(
        default=8, validators=[MaxValueValidator(23)], help_text="First look of a day, by the organization's clock."
    )
    paused = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="one_alert_rule_of_a_name"),
            models.CheckConstraint(condition=Q(hour__lte=23), name="an_hour_of_the_day"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def vendor(self) -> str:
        return provider_of(self.integration.provider).name if self.integration else ""

    @property
    def next_at(self) -> datetime | None:
        """The next look or try of any of its channels."""
        return min((channel.due_at for channel in self.channels.all() if channel.due_at), default=None)


class AlertChannelQuerySet(models.QuerySet["AlertChannel"]):
    def due(self, now: datetime) -> AlertChannelQuerySet:
        """Their time has come and nobody works on them (or whoever did lost the lease)."""
        return self.filter(due_at__lte=now).filter(Q(claim_id__isnull=True) | Q(lease_until__lt=now))

    def undeliverable(self) -> AlertChannelQuerySet:
        return self.filter(gave_up=True)


class AlertChannel(models.Model):
    """One way a rule speaks, with what it told there last. Both ways of a rule fail and go on by themselves."""

    class Kind(models.TextChoices):
        EMAIL = "email", "Email"
        SLACK = "slack", "Slack"

    rule = models.ForeignKey(AlertRule, models.CASCADE, related_name="channels")
    kind = models.CharField(max_length=5, choices=Kind)
    addresses = ArrayField(
        models.EmailField(), default=list, blank=True, help_text="Empty: the admins of the organization."
    )
    webhook = EncryptedTextField(blank=True)

    # -- what is due
    due_at = models.DateTimeField(null=True, blank=True, help_text="The next look, or try; none while paused.")
    tries = models.PositiveSmallIntegerField(default=0)
    claim_id = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    # -- what was told
    told: models.Field[Any, Any] = models.JSONField(default=dict, blank=True, help_text="See `alerting.change.Told`.")
    told_at = models.DateTimeField(null=True, blank=True, help_text="The moment the last message speaks of.")
    sent_at = models.DateTimeField(null=True, blank=True)
    sent_title = models.CharField(max_length=300, blank=True)
    sent_text = models.TextField(blank=True)

    tested_at = models.DateTimeField(null=True, blank=True, help_text="The last test; the next has to wait a bit.")

    # -- what keeps it from speaking
    problem = models.TextField(blank=True)
    problem_since = models.DateTimeField(null=True, blank=True)
    gave_up = models.BooleanField(default=False, help_text="It will not pass by itself, or did not for too long.")

    objects = AlertChannelQuerySet.as_manager()

    class Meta:
        ordering = ["kind"]
        constraints = [
            models.UniqueConstraint(fields=["rule", "kind"], name="one_alert_channel_of_a_kind"),
            models.CheckConstraint(
                condition=Q(claim_id__isnull=True, lease_until__isnull=True)
                | Q(claim_id__isnull=False, lease_until__isnull=False),
                name="a_claimed_alert_has_a_lease",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="alert_due"),
            models.Index(fields=["rule"], condition=Q(gave_up=True), name="alert_undeliverable"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.rule}"

    @property
    def host(self) -> str:
        return (urlsplit(self.webhook).hostname or "") if self.webhook else ""

    @property
    def hint(self) -> str:
        """What tells one webhook from another without telling it."""
        return f"{self.host} …{self.webhook[-4:]}" if self.webhook else ""

    @property
    def is_foreign(self) -> bool:
        """Whether the address is not Slack's own."""
        return bool(self.webhook) and self.host != SLACK_HOST
