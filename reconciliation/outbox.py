"""A changed lead becomes a due sync record, in the transaction that changed it: what is committed is never forgotten.

After the commit a Celery hint wakes a worker; if the hint is lost, the sweep finds the record seconds later.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Case, DateTimeField, Exists, F, OuterRef, QuerySet, Value, When
from django.db.models.functions import Least
from django.utils import timezone
from kombu.exceptions import OperationalError

from integrations.models import Integration
from leads.models import Lead
from leads.signals import lead_changed
from reconciliation.models import SyncRecord

logger = logging.getLogger(__name__)

# Records are written this many at a time.
CHUNK = 1000


def connect() -> None:
    """Listen to changed leads; called once when the app is ready."""
    lead_changed.connect(_on_lead_changed, dispatch_uid="reconciliation.outbox")


def _on_lead_changed(sender: Any, *, leads: Sequence[Lead], fresh: bool, **_: Any) -> None:
    by_organization: dict[int, list[Lead]] = defaultdict(list)
    for lead in leads:
        by_organization[lead.organization_id].append(lead)
    integrations = Integration.objects.gathering().filter(organization_id__in=by_organization)
    for integration in integrations:
        priority = SyncRecord.Priority.FRESH if fresh else SyncRecord.Priority.BULK
        make_due(integration=integration, leads=by_organization[integration.organization_id], priority=priority)


def make_due(
    *, integration: Integration, leads: Iterable[Lead], priority: int, pushed: bool = False, occasion: str = ""
) -> int:
    """Write or update the one record per lead so that it is due once enrichment is done with it. Answers how many.

    Runs in the caller's transaction. A record that a worker has in hand keeps its claim: the engine sees the newer
    version when it settles.
    """
    now = timezone.now()
    wanted = {lead.pk: due_at(lead, now) for lead in leads}
    for chunk in _chunks(list(wanted.items()), CHUNK):
        with transaction.atomic():
            _write(integration, dict(chunk), priority, pushed, occasion, now)
    if wanted:
        wake(integration.pk)
    return len(wanted)


def due_at(lead: Lead, now: datetime) -> datetime:
    """At once when enrichment is done, else when patience with it runs out."""
    if lead.enrichment == Lead.Enrichment.DONE or lead.enrich_until is None:
        return now
    return max(now, lead.enrich_until)


def _write(
    integration: Integration, due: dict[int, datetime], priority: int, pushed: bool, occasion: str, now: datetime
) -> None:
    new = [
        SyncRecord(
            organization_id=integration.organization_id,
            integration=integration,
            lead_id=lead_id,
            priority=priority,
            due_at=when,
            pushed=pushed,
            occasion=occasion,
            changed_at=now,
        )
        for lead_id, when in due.items()
    ]
    # In the order of the lead, as everywhere that locks several records: two transactions never wait for each other.
    new.sort(key=lambda record: record.lead_id)
    SyncRecord.objects.bulk_create(new, ignore_conflicts=True)
    known = SyncRecord.objects.filter(integration=integration, lead_id__in=due)
    list(known.order_by("lead_id").select_for_update().values_list("pk"))
    by_time: dict[datetime, list[int]] = defaultdict(list)
    for lead_id, when in due.items():
        by_time[when].append(lead_id)
    later = [When(lead_id__in=ids, then=Value(when)) for when, ids in by_time.items() if when > now]
    due_when = Case(*later, default=Value(now), output_field=DateTimeField()) if later else now
    changes: dict[str, Any] = {"pushed": True, "forced": True, "occasion": occasion} if pushed else {}
    known.update(
        due_at=due_when,
        priority=Case(When(state="waiting", then=Least(F("priority"), Value(priority))), default=Value(priority)),
        changed_at=Case(When(state="waiting", then=F("changed_at")), default=Value(now)),
        state=SyncRecord.State.WAITING,
        tries=0,
        cause="",
        message="",
        subject="",
        remote_field="",
        value="",
        code="",
        refused_by_us=False,
        dismissed_at=None,
        **changes,
    )


def wake(integration_id: int) -> None:
    """Hint a worker after the commit; a broker that is away costs seconds, never leads."""
    transaction.on_commit(lambda: hint(integration_id))


def hint(integration_id: int, *, expires: float | None = None) -> None:
    """Wake a worker; with `expires`, in seconds, only if one has time by then."""
    from reconciliation.tasks import run_lane

    try:
        limits: dict[str, Any] = {} if expires is None else {"expires": expires}
        run_lane.apply_async(args=(integration_id,), ignore_result=True, retry=False, **limits)
    except OperationalError as away:
        logger.warning("The broker is away, the sweep will find integration %s: %s", integration_id, away)


def missing_leads(integration: Integration) -> QuerySet[Lead]:
    """Leads of the organization that this integration has never been asked to carry (met before it was connected)."""
    asked = SyncRecord.objects.filter(integration=integration, lead=OuterRef("pk"))
    return Lead.objects.filter(~Exists(asked), organization_id=integration.organization_id)


def _chunks(items: list[Any], size: int) -> Iterable[list[Any]]:
    return (items[start : start + size] for start in range(0, len(items), size))
