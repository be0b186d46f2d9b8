from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from integrations.contract import WriteBehaviour
from integrations.models.integration import Integration
from leads.models import Qualifier, QualifierValue

BEHAVIOURS = [(WriteBehaviour.OVERWRITE.value, "Overwrite"), (WriteBehaviour.IF_BLANK.value, "Write if Blank")]


class FieldMapping(models.Model):
    """One row of the Mapping tab: a Mobly field goes to a remote field of one remote object."""

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="field_mappings")
    object = models.CharField(max_length=100)
    mobly_field = models.CharField(max_length=60)
    remote_field = models.CharField(max_length=200)
    behaviour = models.CharField(max_length=10, choices=BEHAVIOURS, default=WriteBehaviour.OVERWRITE.value)
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["object", "mobly_field"]
        constraints = [
            models.UniqueConstraint(
                fields=["integration", "object", "mobly_field"], name="a_mobly_field_is_mapped_once_per_object"
            ),
            models.UniqueConstraint(
                fields=["integration", "object", "remote_field"], name="a_remote_field_takes_one_mobly_field"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mobly_field} -> {self.object}.{self.remote_field}"


class QualifierMapping(models.Model):
    """A qualifier goes to one remote field of one remote object; its values go to that field's options."""

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="qualifier_mappings")
    qualifier = models.ForeignKey(Qualifier, models.CASCADE, related_name="mappings")
    object = models.CharField(max_length=100)
    remote_field = models.CharField(max_length=200)
    behaviour = models.CharField(max_length=10, choices=BEHAVIOURS, default=WriteBehaviour.OVERWRITE.value)
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["object", "qualifier__position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["integration", "object", "qualifier"], name="a_qualifier_is_mapped_once_per_object"
            ),
            models.UniqueConstraint(
                fields=["integration", "object", "remote_field"], name="a_remote_field_takes_one_qualifier"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.qualifier} -> {self.object}.{self.remote_field}"


class QualifierValueMapping(models.Model):
    """A qualifier's value goes to one remote option. For a checkbox `remote_value` is `true` or `false`."""

    mapping = models.ForeignKey(QualifierMapping, models.CASCADE, related_name="values")
    value = models.ForeignKey(QualifierValue, models.CASCADE, related_name="mappings")
    remote_value = models.CharField(max_length=500)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["mapping", "value"], name="a_value_is_mapped_once"),
            models.CheckConstraint(condition=~Q(remote_value=""), name="a_mapped_value_has_an_option"),
        ]

    def __str__(self) -> str:
        return f"{self.value} -> {self.remote_value}"


class Constant(models.Model):
    """A value of the admin's own for one remote field. A `fallback` goes only into new records of leads without a
    value; any other constant goes into every record.
    """

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="constants")
    object = models.CharField(max_length=100)
    remote_field = models.CharField(max_length=200)
    value = models.TextField(help_text="As `integrations.constants.checked` gives it; options joined by semicolons.")
    fallback = models.BooleanField(default=False)
    behaviour = models.CharField(max_length=10, choices=BEHAVIOURS, default=WriteBehaviour.OVERWRITE.value)
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["object", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["integration", "object", "remote_field"], name="a_remote_field_takes_one_constant"
            ),
            models.CheckConstraint(condition=~Q(value=""), name="a_constant_has_a_value"),
        ]

    def __str__(self) -> str:
        return f"“{self.value}” -> {self.object}.{self.remote_field}"
