"""What a person does with sync records: retry, push, dismiss, send earlier leads. Each counts again when it acts and
says how many it took.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from integrations.contract import Cause
from integrations.models import Integration
from leads.models import Capture, Event, Lead, User
from reconciliation import outbox
from reconciliation.models import Effect, Lane, SyncRecord
from reconciliation.records import SyncRecordQuerySet

State, Priority = SyncRecord.State, SyncRecord.Priority

# Leads are made due this many to a transaction.
CHUNK = 2000
# More than this at once is a backfill, whoever pressed the button: leads captured meanwhile go before it.
PUSHED_AT_MOST = 200
# A pause of the vendor up to here is obeyed; who pushes during a longer one wants to know whether it still holds.
LONG_PAUSE = timedelta(minutes=1)


def to_retry(records: SyncRecordQuerySet) -> SyncRecordQuerySet:
    """What Retry is about: failed, or waiting for another try."""
    return records.filter(Q(state=State.FAILED) | Q(state=State.WAITING, tries__gt=0))


def to_push(records: SyncRecordQuerySet) -> SyncRecordQuerySet:
    """What Push is about: whatever waits, Frozen or not, or failed."""
    return records.filter(state__in=[State.WAITING, State.FAILED])


def retry(*, integration: Integration, records: SyncRecordQuerySet, many: bool = False) -> int:
    """Make failed and waiting-to-retry records due at once; `many`: as a part of a backfill. Answers how many."""
    return _send(integration, to_retry(records.of(integration)), many=many)


def push(*, integration: Integration, records: SyncRecordQuerySet, many: bool = False) -> int:
    """Send what waits now, Frozen or not, and failed ones again; `many` as for `retry`. Answers how many."""
    return _send(integration, to_push(records.of(integration)), many=many)


def push_lead(*, integration: Integration, lead: Lead) -> None:
    """Send one lead now, whatever its state, even if nothing changed."""
    with transaction.atomic():
        transaction.on_commit(lambda: _ask_anew(integration))
        outbox.make_due(integration=integration, leads=[lead], priority=Priority.PUSHED, pushed=True)


def test_lead(*, integration: Integration, lead: Lead, by: User, place: str) -> None:
    """Send exactly this lead now, whatever its state or the sync mode; its story says that it was a test and whose."""
    occasion = f"Test from {place} by {by}"[:200]
    with transaction.atomic():
        transaction.on_commit(lambda: _ask_anew(integration))
        outbox.make_due(integration=integration, leads=[lead], priority=Priority.PUSHED, pushed=True, occasion=occasion)


def push_event(*, integration: Integration, event: Event) -> int:
    """Send every lead met at `event`: those that wait or failed, and those never sent to this integration."""
    met = Lead.objects.filter(organization_id=integration.organization_id).filter(
        pk__in=Capture.objects.filter(event=event).values("lead_id")
    )
    with transaction.atomic():
        missing = met.filter(pk__in=outbox.missing_leads(integration).values("pk")).order_by("pk")
        # Locked, so that nobody records a meeting of theirs beside us: both would miss what the other writes.
        new = list(missing.select_for_update(of=("self",), no_key=True))
        outbox.make_due(integration=integration, leads=new, priority=_priority(len(new)))
        waiting = SyncRecord.objects.of(integration).filter(lead__in=met, state__in=[State.WAITING, State.FAILED])
        return _send(integration, waiting)


def send_earlier_leads(*, integration: Integration) -> int:
    """Make the leads due that were met before this integration was connected. Answers how many."""
    sent = last = 0
    leads: list[Lead] = []
    while leads or not last:
        with transaction.atomic():
            missing = outbox.missing_leads(integration).filter(pk__gt=last).order_by("pk")
            leads = list(missing.select_for_update(of=("self",), no_key=True)[:CHUNK])
            last = leads[-1].pk if leads else 1
            sent += outbox.make_due(integration=integration, leads=leads, priority=Priority.BULK)
    return sent


def resend(*, integration: Integration, records: SyncRecordQuerySet, force: bool = False) -> int:
    """Make cleared records due again behind everything else; unchanged ones cost no call unless `force`."""
    with transaction.atomic():
        taken = (
            records.of(integration)
            .filter(state=State.CLEARED)
            .update(
                state=State.WAITING,
                due_at=timezone.now(),
                priority=Priority.BULK,
                forced=force,
                tries=0,
                changed_at=timezone.now(),
                pushed=True,
            )
        )
        outbox.wake(integration.pk)
    return taken


def dismiss(*, integration: Integration, records: SyncRecordQuerySet, at: datetime | None = None) -> list[int]:
    """Take failed records off the list, history kept. Answers their ids, so that it can be undone; `at` marks those
    of one action by its moment.
    """
    with transaction.atomic():
        chosen = list(records.of(integration).failed().select_for_update(of=("self",)).order_by("lead_id").ids())
        SyncRecord.objects.filter(pk__in=chosen).update(dismissed_at=at or timezone.now())
    return chosen


def undo_dismiss(*, integration: Integration, record_ids: list[int]) -> int:
    with transaction.atomic():
        return (
            SyncRecord.objects.of(integration)
            .filter(pk__in=record_ids, dismissed_at__isnull=False)
            .update(dismissed_at=None)
        )


def link(*, record: SyncRecord, object_name: str, remote_id: str, url: str = "") -> None:
    """A person found the record at the vendor: from now on it is this one. The lead is sent to it again.

    In doubt: what was sent together with the person, an engagement or a membership, may stand there as well.
    """
    with transaction.atomic():
        SyncRecord.objects.filter(pk=record.pk).update(
            remote_object=object_name, remote_id=remote_id, remote_url=url, in_doubt=True
        )
        _send(record.integration, SyncRecord.objects.filter(pk=record.pk))


def link_further(*, record: SyncRecord, object_name: str, remote_id: str) -> None:
    """A person chose which record of a further object is the lead's. The lead is sent to it again."""
    with transaction.atomic():
        # Without a hash nothing is acknowledged yet, so it is written.
        Effect.objects.update_or_create(
            record=record,
            kind=Effect.Kind.FURTHER,
            key=object_name,
            defaults={"remote_id": remote_id[:100], "status": ""},
        )
        _send(record.integration, SyncRecord.objects.filter(pk=record.pk))


def send_again(*, record: SyncRecord) -> None:
    """A person looked and it is not there: create it, without doubt."""
    with transaction.atomic():
        SyncRecord.objects.filter(pk=record.pk).update(in_doubt=False)
        _send(record.integration, SyncRecord.objects.filter(pk=record.pk))


def _priority(count: int) -> SyncRecord.Priority:
    return Priority.PUSHED if count <= PUSHED_AT_MOST else Priority.BULK


def _send(integration: Integration, records: SyncRecordQuerySet, *, many: bool = False) -> int:
    now = timezone.now()
    with transaction.atomic():
        transaction.on_commit(lambda: _ask_anew(integration))
        chosen = list(records.select_for_update(of=("self",)).order_by("lead_id").ids())
        taken = SyncRecord.objects.filter(pk__in=chosen).update(
            state=State.WAITING,
            due_at=now,
            priority=Priority.BULK if many else _priority(len(chosen)),
            pushed=True,
            tries=0,
            cause="",
            message="",
            refused_by_us=False,
            dismissed_at=None,
            changed_at=now,
        )
        outbox.wake(integration.pk)
    return taken


def _ask_anew(integration: Integration) -> None:
    """What the vendor said of its day may be over: an admin bought calls, the day ended. A person's push finds out, by
    one refused call at worst. After the commit, because workers lock the lane before the records.
    """
    now = timezone.now()
    lane = Lane.objects.filter(pk=integration.pk).first()
    if lane is not None and lane.budget.exhausted(now):
        Lane.objects.filter(pk=integration.pk).update(usage_seen_at=None)
    Lane.objects.filter(pk=integration.pk, closed_because=Cause.RATE_LIMITED, closed_until__gt=now + LONG_PAUSE).update(
        closed_until=None, closed_because=""
    )
