from __future__ import annotations

from collections.abc import Iterable

from django.db import models
from django.db.models import Count, Q

from leads.models.event import Event
from leads.models.lead import Lead
from leads.models.organization import Organization


class QualifierQuerySet(models.QuerySet["Qualifier"]):
    def active(self) -> QualifierQuerySet:
        return self.filter(status=Qualifier.Status.ACTIVE)

    def asked_at(self, event: Event | None) -> QualifierQuerySet:
        """The active ones of an event: those for all events and those for this one."""
        for_all = Q(events__isnull=True)
        return self.active().filter(for_all | Q(events=event) if event else for_all).distinct()

    def active_or_in(self, ids: Iterable[int]) -> QualifierQuerySet:
        """The active ones and those a lead carries although they are not asked any more."""
        return self.filter(Q(status=Qualifier.Status.ACTIVE) | Q(pk__in=ids))

    def for_the_list(self) -> Qualifier | None:
        """The one that gets its own column and filter on the lead list: the first single picklist."""
        return self.active().filter(kind=Qualifier.Kind.PICKLIST, multiple=False).first()

    def with_counts(self) -> QualifierQuerySet:
        """Adds `lead_count`: how many leads carry an answer."""
        # A grouped query drops the order of Meta.
        return self.annotate(lead_count=Count("answers__lead", distinct=True)).order_by("position", "name", "id")

    def with_values(self) -> QualifierQuerySet:
        return self.prefetch_related("values")


class Qualifier(models.Model):
    """The classification a rep picks for a lead, organization-wide (older API word: tag group)."""

    class Kind(models.TextChoices):
        PICKLIST = "picklist", "Picklist"
        TEXT = "text", "Open text"
        NUMBER = "number", "Numeric"
        BOOLEAN = "boolean", "Yes or no"
        NOTE = "note", "Note"

    class Requirement(models.TextChoices):
        OFF = "off", "Off"
        IMPORTANT = "important", "Important"
        REQUIRE = "require", "Require"

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        ACTIVE = "active", "Active"
        ARCHIVED = "archived", "Archived"

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="qualifiers")
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.PICKLIST)
    multiple = models.BooleanField("Multiple", default=False, help_text="A lead may carry several values.")
    requirement = models.CharField(max_length=10, choices=Requirement, default=Requirement.OFF)
    status = models.CharField(max_length=10, choices=Status, default=Status.ACTIVE)
    events = models.ManyToManyField(Event, blank=True, related_name="qualifiers", help_text="None: all events.")
    instructions = models.TextField("Usage instructions", blank=True)
    position = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = QualifierQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "name"], name="qualifier_name_unique_in_organization")
        ]

    def __str__(self) -> str:
        return self.name


class QualifierValueQuerySet(models.QuerySet["QualifierValue"]):
    def with_counts(self) -> QualifierValueQuerySet:
        """Adds `lead_count`: how many leads carry the value."""
        return self.annotate(lead_count=Count("answers")).order_by("position", "id")


class QualifierValue(models.Model):
    """One value of a picklist qualifier (older API word: tag option)."""

    qualifier = models.ForeignKey(Qualifier, models.CASCADE, related_name="values")
    label = models.CharField(max_length=200)
    position = models.PositiveIntegerField(default=0)
    archived = models.BooleanField(default=False)

    objects = QualifierValueQuerySet.as_manager()

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["qualifier", "label"], name="value_label_unique_in_qualifier")]

    def __str__(self) -> str:
        return self.label


class Answer(models.Model):
    """What a lead carries for one qualifier: a picked value (several rows when Multiple), or text for the other
    kinds.
    """

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="answers")
    qualifier = models.ForeignKey(Qualifier, models.CASCADE, related_name="answers")
    value = models.ForeignKey(QualifierValue, models.CASCADE, null=True, blank=True, related_name="answers")
    text = models.TextField(
        blank=True, help_text="Open text and notes as said; numbers as digits; yes or no as true or false."
    )
    answered_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["qualifier__position", "value__position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["lead", "qualifier", "value"], name="a_value_is_picked_once"),
            models.UniqueConstraint(
                fields=["lead", "qualifier"], condition=Q(value__isnull=True), name="one_free_answer_per_qualifier"
            ),
        ]

    def __str__(self) -> str:
        return self.value.label if self.value else self.text
