"""Thin Celery tasks over the engine: a task carries ids only, and losing one costs seconds."""

from __future__ import annotations

from celery import shared_task

from reconciliation import dispatch, engine, outbox


@shared_task(name="reconciliation.tasks.run_lane")
def run_lane(integration_id: int) -> None:
    """Work off what is due at one integration, then let others have their turn."""
    if engine.run_lane(integration_id).more:
        outbox.hint(integration_id)


@shared_task(name="reconciliation.tasks.sweep")
def sweep() -> None:
    """Find what hints missed: integrations with due records and nobody on their lane."""
    for integration_id in dispatch.integrations_with_work():
        outbox.hint(integration_id)
