from __future__ import annotations

from django.db import models
from django.db.models import Q, Sum


class HeadcountQuerySet(models.QuerySet["Headcount"]):
    def of(self, organization_id: int) -> dict[str, int]:
        """`people` and `captures` of an organization, exact, however many."""
        found = self.filter(organization=organization_id).aggregate(people=Sum("people"), captures=Sum("captures"))
        return {name: int(value or 0) for name, value in found.items()}


class Headcount(models.Model):
    """How many leads and captures an organization has: the sum of its rows. Triggers of Postgres add them, positive
    and negative ones, so that two who capture at once never wait for each other; a task makes one row of many.
    """

    organization = models.BigIntegerField()
    people = models.BigIntegerField()
    captures = models.BigIntegerField()
    settled = models.BooleanField(default=False)

    objects = HeadcountQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["organization"], include=["people", "captures"], name="headcount_of"),
            models.Index(fields=["id"], condition=Q(settled=False), name="headcount_to_sum_up"),
        ]

    def __str__(self) -> str:
        return f"{self.people} people, {self.captures} captures"
