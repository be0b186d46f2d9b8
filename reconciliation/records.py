"""Reading sync records, in the words people ask with. Writes are in `outbox`, `claims`, `engine` and `actions`."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Count, F, Func, Max, Min, Q
from django.utils.dateparse import parse_datetime

from integrations.models import Integration
from leads.models import Capture
from leads.words import LeadSays, TextSays, query_of

if TYPE_CHECKING:
    from reconciliation.models.record import SyncRecord  # noqa: F401 -- named in a base class below


STATES = ("waiting", "failed", "cleared")


class Reason(enum.StrEnum):
    """Why a lead is still in Pre-Sync. Follows from the integration, the lead and the record; never stored."""

    SENDING = "sending"
    FROZEN = "frozen"
    PAUSED = "paused"
    ATTENTION = "attention"
    ENRICHING = "enriching"
    RETRYING = "retrying"
    BUDGET = "budget"
    UNMAPPED = "unmapped"
    QUEUED = "queued"


@dataclass(frozen=True, slots=True)
class Filters:
    """What a person chose on the Reconciliation tab. `since` bounds when the state last changed.

    Of what names a group, None means any, and an empty text the group in which nothing is named.
    """

    event: int | None = None
    cause: str = ""
    subject: str | None = None
    text: str = ""
    since: datetime | None = None
    remote_field: str | None = None
    refused_by_us: bool | None = None

    @property
    def at_fault(self) -> dict[str, Any]:
        """What names a group beside its cause, as far as it is chosen: column -> value."""
        chosen = {
            "subject": self.subject,
            "remote_field": self.remote_field,
            "refused_by_us": self.refused_by_us,
        }
        return {column: value for column, value in chosen.items() if value is not None}

    def as_json(self) -> dict[str, Any]:
        return {
            "event": self.event,
            "cause": self.cause,
            "subject": self.subject,
            "text": self.text,
            "since": self.since.isoformat() if self.since else None,
            "remote_field": self.remote_field,
            "refused_by_us": self.refused_by_us,
        }

    @classmethod
    def from_json(cls, said: dict[str, Any]) -> Filters:
        """What `as_json` wrote, now or before it knew of the remote field: then an empty subject meant any."""
        since = parse_datetime(said["since"]) if said["since"] else None
        subject = said["subject"] if "remote_field" in said else said["subject"] or None
        return cls(**{**said, "since": since, "subject": subject})


class AnyOf(Func):
    """Whether a column is one of many numbers, said as one array (an expression): a list of thousands takes longer to
    read than to find.
    """

    template = "(%(expressions)s))"
    arg_joiner = " = ANY("
    output_field = models.BooleanField()

    def __init__(self, column: str, numbers: Any) -> None:
        super().__init__(F(column), numbers)


class SyncRecordQuerySet(models.QuerySet["SyncRecord"]):
    def of(self, integration: Integration) -> SyncRecordQuerySet:
        return self.filter(integration=integration)

    # -- the three lists

    def waiting(self) -> SyncRecordQuerySet:
        return self.filter(state="waiting", dismissed_at__isnull=True)

    def failed(self) -> SyncRecordQuerySet:
        return self.filter(state="failed", dismissed_at__isnull=True)

    def cleared(self) -> SyncRecordQuerySet:
        return self.filter(state="cleared", dismissed_at__isnull=True)

    def in_state(self, state: str) -> SyncRecordQuerySet:
        return self.filter(state=state, dismissed_at__isnull=True)

    def shown(self) -> SyncRecordQuerySet:
        return self.filter(dismissed_at__isnull=True)

    def newest_first(self) -> SyncRecordQuerySet:
        return self.order_by("-changed_at", "-id")

    # -- what a worker may take

    def due(self, now: datetime) -> SyncRecordQuerySet:
        """Waiting, its time has come, and nobody works on it (or whoever did lost the lease)."""
        return self.filter(state="waiting", dismissed_at__isnull=True, due_at__lte=now).filter(
            Q(claim_id__isnull=True) | Q(lease_until__lt=now)
        )

    def allowed(self, integration: Integration) -> SyncRecordQuerySet:
        """What the sync mode lets through: in Manual only what a person pushed."""
        return (
            self.filter(integration=integration, pushed=True)
            if integration.is_manual
            else self.filter(integration=integration)
        )

    def in_the_order_to_send(self) -> SyncRecordQuerySet:
        return self.order_by("priority", "due_at", "id")

    def in_flight(self) -> SyncRecordQuerySet:
        return self.filter(state="waiting", claim_id__isnull=False)

    # -- filters

    def matching(self, filters: Filters) -> SyncRecordQuerySet:
        records: SyncRecordQuerySet = self
        if filters.event is not None:
            met = Capture.objects.filter(event_id=filters.event, lead_id=models.OuterRef("lead_id"))
            records = records.filter(models.Exists(met))
        if filters.cause:
            records = records.filter(cause=filters.cause)
        if filters.at_fault:
            records = records.filter(**filters.at_fault)
        if filters.since is not None:
            records = records.filter(changed_at__gte=filters.since)
        if filters.text.strip():
            records = records.saying(filters.text)
        return records

    def saying(self, text: str) -> SyncRecordQuerySet:
        """Those whose lead or whose error says every word of `text`; a word may be the beginning of one."""
        if not query_of(text):
            return self.none()
        return self.filter(LeadSays(text, "lead__uid") | (~Q(message="") & Q(TextSays("message", text))))

    # -- figures

    def tally(self) -> dict[str, int]:
        """How many are waiting, failed and cleared, and all of them: one query."""
        counts = dict(self.shown().values_list("state").annotate(count=Count("id")).order_by())
        tally = {state: counts.get(state, 0) for state in STATES}
        return {**tally, "all": sum(tally.values())}

    def grouped_by_cause(self) -> list[dict[str, Any]]:
        """The failed ones by root cause: cause, the field or qualifier at fault, how many, since when; largest
        first.
        """
        groups = (
            self.failed()
            .values("cause", "subject", "remote_field", "refused_by_us")
            .annotate(
                count=Count("id"),
                first=Min("changed_at"),
                last=Max("changed_at"),
                example=Max("message"),
                value=Max("value"),
            )
            .order_by("-count", "cause", "subject")
        )
        return [dict(group) for group in groups]

    def values_at_fault(self) -> list[dict[str, Any]]:
        """The lead values that made these fail, most frequent first."""
        return list(self.values("value").annotate(count=Count("id")).order_by("-count", "value"))

    def for_list(self) -> SyncRecordQuerySet:
        return self.select_related("lead").newest_first()

    def ids(self) -> Iterable[int]:
        return self.values_list("id", flat=True)
