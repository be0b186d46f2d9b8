from __future__ import annotations

from django.db import models

from integrations.contract import Role
from integrations.models.integration import Integration


class RemoteSchema(models.Model):
    """One remote object as the vendor last described it, with when. Read through `integrations.schema`."""

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="schemas")
    object = models.CharField(max_length=100)
    label = models.CharField(max_length=200)
    plural = models.CharField(max_length=200)
    role = models.CharField(max_length=10, choices=[(role.value, role.name.title()) for role in Role])
    position = models.PositiveIntegerField(default=0)
    readable = models.BooleanField(default=True)
    creatable = models.BooleanField(default=True)
    updatable = models.BooleanField(default=True)
    fields = models.JSONField(default=list, help_text="A list of the contract's RemoteField as plain values.")
    fetched_at = models.DateTimeField()

    class Meta:
        ordering = ["position", "object"]
        constraints = [models.UniqueConstraint(fields=["integration", "object"], name="one_schema_per_remote_object")]

    def __str__(self) -> str:
        return f"{self.object} of {self.integration}"
