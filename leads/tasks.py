"""The background work of this app, as thin Celery tasks: ids come in, services do the work, the sweeps find what
hints missed."""

from __future__ import annotations

import logging

from celery import shared_task
from django.utils import timezone

from leads.enrichment.waterfall import enrich as enrich_leads
from leads.enrichment.waterfall import let_go
from leads.hints import BATCH, hint_import
from leads.models import Lead, Upload
from leads.uploads.importing import import_batch

logger = logging.getLogger(__name__)

# One sweep enriches at most so many batches, a second or two; the next one goes on.
BATCHES_PER_SWEEP = 2
# One turn of an import is so many batches: a second, so that what somebody waits for gets its turn.
BATCHES_PER_TURN = 1


@shared_task
def enrich(lead_ids: list[int]) -> int:
    return enrich_leads(lead_ids=lead_ids)


@shared_task
def sweep_enrichment() -> int:
    """Enrich leads whose hint was lost, and let those go on whose patience has run out. Returns how many."""
    done = 0
    waiting = list(
        Lead.objects.filter(enrichment=Lead.Enrichment.PENDING)
        .order_by("enrich_until")
        .values_list("pk", flat=True)[: BATCH * BATCHES_PER_SWEEP]
    )
    for start in range(0, len(waiting), BATCH):
        try:
            done += enrich_leads(lead_ids=waiting[start : start + BATCH])
        except Exception:
            # Whatever it is, these leads do not wait longer than their patience for it.
            logger.exception("A batch of %s leads could not be enriched", len(waiting[start : start + BATCH]))
    return done + let_go(now=timezone.now())


@shared_task
def import_rows(upload_id: int) -> None:
    """Import an upload batch by batch. Every batch is its own transaction: a killed worker loses none, doubles none.

    After some batches the worker is given back, so that leads captured now do not wait behind a long list.
    """
    for _ in range(BATCHES_PER_TURN):
        if not import_batch(upload_id=upload_id):
            return
    hint_import(upload_id)


@shared_task
def sweep_imports() -> int:
    """Hint every unfinished import again. One that a worker has in hand is locked, and the hint ends at once."""
    unfinished = list(Upload.objects.being_imported().values_list("pk", flat=True))
    for pk in unfinished:
        hint_import(pk)
    return len(unfinished)
