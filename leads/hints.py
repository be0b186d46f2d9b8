"""Hints to the workers: a task's name and ids, sent after the commit. The sweeps of `leads.tasks` find what a lost
hint meant."""

from __future__ import annotations

from collections.abc import Sequence

from celery import current_app
from django.db import transaction

BATCH = 500
# So few leads were just captured or edited by somebody: they have a queue of their own, past the batches of an import.
FRESH_AT_MOST = 10
FRESH = "fresh"


def hint(task: str, *args: object, queue: str | None = None) -> None:
    """Wake a worker once this transaction is committed. A broker that is away is logged and costs seconds, nothing
    else."""

    def send() -> None:
        current_app.send_task(task, args=args, retry=False, queue=queue)

    # Not a partial: Django names the function by its __qualname__ when it logs that it failed.
    transaction.on_commit(send, robust=True)


def hint_enrichment(lead_ids: Sequence[int]) -> None:
    queue = FRESH if len(lead_ids) <= FRESH_AT_MOST else None
    for start in range(0, len(lead_ids), BATCH):
        hint("leads.tasks.enrich", list(lead_ids[start : start + BATCH]), queue=queue)


def hint_import(upload_id: int) -> None:
    hint("leads.tasks.import_rows", upload_id)
