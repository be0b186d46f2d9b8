"""The product's own Celery application, whose worker processes take small bites of bulk actions: `celery -A
tests.faults.bites_app worker`."""

from __future__ import annotations

from typing import Any

from celery.signals import worker_process_init

from mobly_sync.celery import app

__all__ = ["app"]

BITE = 10


@worker_process_init.connect
def bite_small(**_: Any) -> None:
    from reconciliation import bulk

    bulk.BITE = BITE
