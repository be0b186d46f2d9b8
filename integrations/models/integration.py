from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from integrations.contract import Category
from leads.models import Organization
from mobly_sync.encryption import EncryptedJSONField, EncryptedTextField


class IntegrationQuerySet(models.QuerySet["Integration"]):
    def of(self, organization: Organization) -> IntegrationQuerySet:
        return self.filter(organization=organization)

    def active(self) -> IntegrationQuerySet:
        """Those that hold a connection, whatever they do with it: a category may have one of these per organization."""
        return self.exclude(status=Integration.Status.DISCONNECTED)

    def gathering(self) -> IntegrationQuerySet:
        """Those that changed leads are kept due for: connected, paused or waiting for new credentials."""
        return self.active()

    def flowing(self) -> IntegrationQuerySet:
        """Those whose due leads may be sent now."""
        return self.filter(status=Integration.Status.CONNECTED)

    def setup_changed(self) -> int:
        """What was planned for these before may be stale: every service that changes their setup ends with this."""
        return self.update(setup_version=F("setup_version") + 1)


class Integration(models.Model):
    """One organization's connection to one destination. A row is made at the first Connect and kept for ever after."""

    class Status(models.TextChoices):
        CONNECTED = "connected", "Connected"
        DISABLED = "disabled", "Disabled"
        NEEDS_ATTENTION = "attention", "Needs attention"
        DISCONNECTED = "off", "Disconnected"

    class Mode(models.TextChoices):
        AUTOMATIC = "automatic", "Automatic"
        MANUAL = "manual", "Manual"

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="integrations")
    provider = models.CharField(max_length=30, help_text="The key of a provider in `integrations.providers`.")
    category = models.CharField(
        max_length=20, choices=[(category.value, category.name.title()) for category in Category]
    )
    status = models.CharField(max_length=12, choices=Status, default=Status.DISCONNECTED)
    status_reason = models.TextField(blank=True, help_text="Why it needs attention, in words.")
    sync_mode = models.CharField(max_length=10, choices=Mode, default=Mode.AUTOMATIC)
    options = models.JSONField(
        default=dict, blank=True, help_text="The provider's own settings by key; a missing one has its default."
    )
    further_objects = models.JSONField(
        default=list, blank=True, help_text="A list of the contract's FurtherObject as plain values."
    )
    account_id = models.CharField(
        max_length=100, blank=True, help_text="The vendor's id of the connected organization."
    )
    account_name = models.CharField(max_length=255, blank=True)
    account_user = models.CharField(max_length=255, blank=True)
    account_url = models.URLField(max_length=500, blank=True)
    # Grows with every change of mappings, qualifiers, campaigns, options or schema: what was planned before may be
    # stale.
    setup_version = models.PositiveIntegerField(default=1)
    check_result = models.JSONField(default=list, blank=True, help_text="The last connection check: a list of lines.")
    checked_at = models.DateTimeField(null=True, blank=True)
    connected_at = models.DateTimeField(null=True, blank=True)
    connected_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    connect_method = models.CharField(max_length=30, blank=True, help_text="The provider's way it was connected by.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = IntegrationQuerySet.as_manager()

    class Meta:
        ordering = ["category", "provider"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "provider"], name="one_integration_per_provider")
        ]
        indexes = [models.Index(fields=["id"], condition=Q(status="connected"), name="integration_flowing")]

    def __str__(self) -> str:
        return f"{self.provider} of {self.organization}"

    @property
    def is_connected(self) -> bool:
        return self.status == self.Status.CONNECTED

    @property
    def is_manual(self) -> bool:
        return self.sync_mode == self.Mode.MANUAL


class Credential(models.Model):
    """The secrets of one connection, encrypted at rest; never logged, never shown. Gone after Disconnect."""

    integration = models.OneToOneField(Integration, models.CASCADE, related_name="credential")
    tokens: models.Field[Any, Any] = EncryptedJSONField(help_text="access_token, refresh_token, api_url, scopes, extra")
    expires_at = models.DateTimeField(null=True, blank=True)
    refreshed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1, help_text="Grows with every stored token.")

    def __str__(self) -> str:
        return f"Credential of {self.integration}"


class ConnectAttempt(models.Model):
    """One popup on its way to the vendor and back. The state is bound to session, organization and provider, used
    once. A sign-in by form makes one only when its account must be asked about.
    """

    state_hash = models.CharField(max_length=64, unique=True)
    session_hash = models.CharField(max_length=64)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+")
    provider = models.CharField(max_length=30)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    method = models.CharField(max_length=30, blank=True, help_text="The provider's way to connect.")
    code_verifier = EncryptedTextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True, blank=True)
    # Another account than before came back: what it gave us waits here until the admin says whether to use it.
    tokens: models.Field[Any, Any] = EncryptedJSONField(null=True, blank=True)
    account = models.JSONField(default=dict, blank=True, help_text="The contract's Account as plain values.")

    def __str__(self) -> str:
        return f"Connecting {self.provider} for {self.organization}"
