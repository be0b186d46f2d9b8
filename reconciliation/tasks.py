"""Thin Celery tasks over the engine: a task carries ids only, and losing one costs seconds."""

from __future__ import annotations

from celery import shared_task

from mobly_sync import points
from reconciliation import bulk, dispatch, engine, figures, outbox, pruning
from reconciliation.alerting import sending

# While every worker is busy, sweeps must not pile up hints: the next sweep finds the same work again.
HINT_SECONDS = 10
ALERT_HINT_SECONDS = 60
# One turn of a bulk action is so many bites, a second or two; then others get theirs.
BITES_A_TURN = 5


@shared_task(name="reconciliation.tasks.run_lane")
def run_lane(integration_id: int) -> None:
    """Work off what is due at one integration, then let others have their turn."""
    report = engine.run_lane(integration_id)
    points.reached(points.SETTLED)
    if report.more:
        outbox.hint(integration_id)


@shared_task(name="reconciliation.tasks.sweep")
def sweep() -> None:
    """Find what hints missed: integrations with due records and nobody on their lane."""
    found = dispatch.integrations_with_work()
    points.reached(points.SWEEPING)
    for integration_id in found:
        outbox.hint(integration_id, expires=HINT_SECONDS)


@shared_task(name="reconciliation.tasks.prune_attempts")
def prune_attempts() -> None:
    """Remove attempts that are older than anybody asks about."""
    pruning.prune_attempts()
    pruning.prune_repairs()


# Named apart from the lanes' tasks, so that they go by the default queue: a slow mail server holds up no lead.
@shared_task(name="alerts.sweep")
def sweep_alerts() -> None:
    """Hint every alert whose time has come. One that a worker has in hand is claimed, and the hint ends at once."""
    for channel_id in sending.due_channels():
        send_alert.apply_async(args=(channel_id,), ignore_result=True, expires=ALERT_HINT_SECONDS)


@shared_task(name="alerts.send")
def send_alert(channel_id: int) -> None:
    sending.run(channel_id)


@shared_task(name="reconciliation.tasks.carry_on_bulk")
def carry_on_bulk(action_id: int) -> None:
    """Some bites of a bulk action. A killed worker loses none and doubles none: each is its own transaction."""
    for _ in range(BITES_A_TURN):
        if not bulk.carry_on(action_id):
            return
    bulk.hint(action_id)


@shared_task(name="reconciliation.tasks.sweep_bulk")
def sweep_bulk() -> None:
    """Hint every unfinished bulk action again. One that a worker has in hand is locked, and the hint ends at once."""
    for action_id in bulk.unfinished():
        bulk.hint(action_id, expires=HINT_SECONDS)


@shared_task(name="reconciliation.tasks.sum_up_figures")
def sum_up_figures() -> None:
    """Keep the figures few to add up."""
    figures.compact()
