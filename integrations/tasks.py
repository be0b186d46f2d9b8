"""Thin Celery tasks of the integrations app."""

from __future__ import annotations

from celery import shared_task

from integrations import alerts, waiting
from integrations.plan import intake


@shared_task(name="integrations.tasks.tell_needs_attention")
def tell_needs_attention(integration_id: int) -> None:
    alerts.tell_needs_attention(integration_id=integration_id)


@shared_task(name="integrations.tasks.forget_old_sign_ins")
def forget_old_sign_ins() -> None:
    waiting.forget_old()


@shared_task(name="integrations.tasks.forget_old_plans")
def forget_old_plans() -> None:
    intake.forget_old()
