"""Retry, Push, Dismiss and the like of very many leads: stored, carried out in bites by workers, cancelled at will.

A bite is one transaction: it locks the action's row, takes the next records by id, does to them what `actions` would do
at once, and notes how far it came. Whoever finds the row locked goes away; whoever comes after a killed worker goes on
where the last commit stands. So no record is taken twice and none is left out.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from integrations.models import Integration
from leads.models import Capture, User
from reconciliation import actions, outbox
from reconciliation.choice import Choice
from reconciliation.counting import up_to
from reconciliation.models import BulkAction, SyncRecord
from reconciliation.records import SyncRecordQuerySet

Kind = BulkAction.Kind

# Up to here a request does it at once; above, it is stored.
AT_ONCE = 2_000
BITE = 2_000


def start(
    *, integration: Integration, kind: str, choice: Choice, by: User | None, always: bool = False
) -> BulkAction | None:
    """Store what is to be done and wake a worker; None when it is so little that the caller does it at once.

    The same that is under way already is answered with that one: a second click starts nothing.
    """
    concerned = _concerned(integration, kind, choice)
    if not always and up_to(concerned, AT_ONCE) + _new_leads(integration, kind, choice, AT_ONCE) <= AT_ONCE:
        return None
    with transaction.atomic():
        # One click after the other: the second one waits here, and finds what the first one has stored.
        Integration.objects.select_for_update(no_key=True).get(pk=integration.pk)
        under_way = BulkAction.objects.unfinished().filter(integration=integration, kind=kind)
        if found := under_way.filter(choice=choice.as_json(), cancel_asked_at__isnull=True).first():
            return found
        new = _new_leads(integration, kind, choice)
        action = BulkAction.objects.create(
            integration=integration,
            kind=kind,
            choice=choice.as_json(),
            moment=timezone.now(),
            by=by,
            counted=concerned.count() + new,
            new_leads_done=not new,
        )
        transaction.on_commit(lambda: hint(action.pk))
    return action


def cancel(*, action: BulkAction, by: User) -> None:
    """Ask for its end. What is done stays done; the bite in hand is finished."""
    asked = BulkAction.objects.unfinished().filter(pk=action.pk, cancel_asked_at__isnull=True)
    asked.update(cancel_asked_at=timezone.now(), cancelled_by=by)
    hint(action.pk)


def undo(*, action: BulkAction, by: User) -> BulkAction | None:
    """Bring back what a Dismiss took off the list; None for anything else."""
    if action.kind != Kind.DISMISS or action.running:
        return None
    choice = Choice(dismissed_at=action.moment.isoformat())
    return start(integration=action.integration, kind=Kind.RESTORE, choice=choice, by=by, always=True)


def carry_on(action_id: int) -> bool:
    """One bite. True while there is more to do, and nobody else is at it."""
    with transaction.atomic():
        action = (
            BulkAction.objects.select_for_update(of=("self",), skip_locked=True)
            .select_related("integration", "integration__organization")
            .filter(pk=action_id, ended_at__isnull=True)
            .first()
        )
        if action is None:
            return False
        if action.cancel_asked_at is not None:
            return _end(action)
        taken = _next_leads(action) if not action.new_leads_done else _next_records(action)
        action.save(update_fields=["done", "last_id", "new_leads_done"])
        return True if taken or not action.new_leads_done else _end(action)


def unfinished() -> list[int]:
    return list(BulkAction.objects.unfinished().order_by("pk").values_list("pk", flat=True))


def hint(action_id: int, *, expires: float | None = None) -> None:
    """Wake a worker; while the broker is away, the sweep finds it."""
    from reconciliation.tasks import carry_on_bulk

    try:
        limits: dict[str, Any] = {} if expires is None else {"expires": expires}
        carry_on_bulk.apply_async(args=(action_id,), ignore_result=True, retry=False, **limits)
    except OperationalError:
        return


def _end(action: BulkAction) -> bool:
    action.ended_at = timezone.now()
    action.save(update_fields=["ended_at"])
    return False


# --- Which -----------------------------------------------------------------------------------------------------------


def _concerned(integration: Integration, kind: str, choice: Choice) -> SyncRecordQuerySet:
    records = choice.records(integration)
    match kind:
        case Kind.RETRY:
            return actions.to_retry(records)
        case Kind.PUSH | Kind.EVENT:
            return actions.to_push(records)
        case Kind.DISMISS:
            return records.failed()
        case Kind.RESEND:
            return records.cleared()
        case Kind.RESTORE:
            return records
    return records.none()


def _new_leads(integration: Integration, kind: str, choice: Choice, most: int | None = None) -> int:
    """How many leads without a record belong to it."""
    if kind not in (Kind.EVENT, Kind.EARLIER):
        return 0
    missing = _missing(integration, choice)
    return up_to(missing, most) if most is not None else missing.count()


def _missing(integration: Integration, choice: Choice) -> Any:
    missing = outbox.missing_leads(integration)
    if choice.filters.event is not None:
        met = Capture.objects.filter(event=choice.filters.event)
        missing = missing.filter(pk__in=met.values("lead_id"))
    return missing


# --- A bite ----------------------------------------------------------------------------------------------------------


def _next_leads(action: BulkAction) -> int:
    """Leads that the integration was never asked to carry, as of the moment the button was pressed."""
    missing = _missing(action.integration, Choice.from_json(action.choice))
    # Locked, so that nobody records a meeting of theirs beside us: both would miss what the other writes.
    waiting = missing.filter(pk__gt=action.last_id, created_at__lte=action.moment).order_by("pk")
    leads = list(waiting.select_for_update(of=("self",), no_key=True)[:BITE])
    if leads:
        action.last_id = leads[-1].pk
        pushed = action.kind == Kind.EVENT
        action.done += outbox.make_due(
            integration=action.integration, leads=leads, priority=SyncRecord.Priority.BULK, pushed=pushed
        )
    if len(leads) < BITE:
        action.new_leads_done, action.last_id = True, 0
    return len(leads)


def _next_records(action: BulkAction) -> int:
    choice = Choice.from_json(action.choice)
    records = _concerned(action.integration, action.kind, choice).filter(pk__gt=action.last_id)
    if action.kind != Kind.RESTORE:
        # What changed since belongs to another story: it was sent meanwhile, or failed anew.
        records = records.filter(changed_at__lte=action.moment)
    ids = list(records.order_by("pk").values_list("pk", flat=True)[:BITE])
    if ids:
        action.last_id = ids[-1]
        action.done += _do(action, SyncRecord.objects.filter(pk__in=ids, changed_at__lte=action.moment))
    return len(ids)


def _do(action: BulkAction, records: SyncRecordQuerySet) -> int:
    integration = action.integration
    match action.kind:
        case Kind.RETRY:
            return actions.retry(integration=integration, records=records, many=True)
        case Kind.PUSH | Kind.EVENT:
            return actions.push(integration=integration, records=records, many=True)
        case Kind.DISMISS:
            return len(actions.dismiss(integration=integration, records=records, at=action.moment))
        case Kind.RESEND:
            return actions.resend(integration=integration, records=records)
    return actions.undo_dismiss(integration=integration, record_ids=list(records.values_list("pk", flat=True)))
