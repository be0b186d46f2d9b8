"""Who works on what: the lane of an integration and the claim on a batch of records, both by lease.

One worker at a time has an integration's lane. Within it, a batch is claimed in a short transaction; the claim id is
the fence on every write that follows. A worker that dies keeps nothing longer than its lease; a worker that lost its
lease cannot write. No HTTP happens in any transaction here.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import TracebackType
from typing import NamedTuple

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection, transaction
from django.db.models import Q
from django.utils import timezone

from integrations.models import Integration
from reconciliation.models import Lane, SyncRecord

logger = logging.getLogger(__name__)
Priority = SyncRecord.Priority

# After so many outages in a row the circuit is open: a single record probes before a batch goes.
OUTAGES_BEFORE_A_PROBE = 3


@dataclass(slots=True)
class Hold:
    """A lane in hand."""

    integration_id: int
    holder: uuid.UUID = field(default_factory=uuid.uuid4)
    # The vendor was away several times in a row: one record goes first and says whether it is back.
    probing: bool = False


@dataclass(slots=True)
class Claim:
    """A batch in hand: `in_doubt` are the records whose former worker vanished, maybe after it had sent them.

    `taken` is the moment its lease began, by `time.monotonic`.
    """

    integration_id: int
    claim_id: uuid.UUID
    record_ids: list[int]
    in_doubt: frozenset[int] = frozenset()
    taken: float = field(default_factory=time.monotonic)


class LeaseLost(Exception):
    """Another worker may have our records by now, and looks before it sends. We send nothing more."""


class Filling(Exception):
    """Some leads of a bulk change became due this moment, fewer than make a batch: more may follow."""


class Due(NamedTuple):
    id: int
    priority: int
    due_at: datetime | None
    claim_id: uuid.UUID | None
    in_doubt: bool


def lease_end(now: datetime) -> datetime:
    return now + timedelta(seconds=settings.LANE_LEASE_SECONDS)


def take_lane(integration_id: int) -> Hold | None:
    """The lane of one integration, or None while another worker has it or the vendor asked us to wait."""
    now = timezone.now()
    Lane.objects.bulk_create([Lane(integration_id=integration_id)], ignore_conflicts=True)
    hold = Hold(integration_id)
    free = Lane.objects.filter(integration_id=integration_id).filter(
        Q(holder__isnull=True) | Q(lease_until__lt=now), Q(closed_until__isnull=True) | Q(closed_until__lte=now)
    )
    if not free.update(holder=hold.holder, lease_until=lease_end(now)):
        return None
    hold.probing = Lane.objects.filter(pk=integration_id, failures_in_a_row__gte=OUTAGES_BEFORE_A_PROBE).exists()
    return hold


def renew_lane(hold: Hold) -> bool:
    """Extend the lease; False when it is lost: somebody else has the lane now."""
    held = Lane.objects.filter(integration_id=hold.integration_id, holder=hold.holder)
    return bool(held.update(lease_until=lease_end(timezone.now())))


def release_lane(hold: Hold) -> None:
    Lane.objects.filter(integration_id=hold.integration_id, holder=hold.holder).update(holder=None, lease_until=None)


def close_lane(integration_id: int, *, until: datetime, because: str) -> None:
    """The vendor asked us to wait: nothing of this integration is sent before `until`."""
    Lane.objects.filter(integration_id=integration_id).update(closed_until=until, closed_because=because)


def open_lane(integration_id: int) -> None:
    Lane.objects.filter(integration_id=integration_id).update(closed_until=None, closed_because="", failures_in_a_row=0)


def claim_batch(hold: Hold, integration: Integration, limit: int, *, patient: bool = False) -> Claim | None:
    """Claim up to `limit` due records in the order to send, or None when nothing is due (or the lane was lost).

    What a person waits for is a batch of its own: it does not travel with a thousand leads of a backfill. When the
    vendor's daily calls run low, only what a person pushed is claimed, then nothing. With `patient` raises `Filling`
    while the leads of a bulk change are still coming in: a full batch costs hardly more calls than a small one.
    """
    now, taken = timezone.now(), time.monotonic()
    claim_id = uuid.uuid4()
    with transaction.atomic():
        # Holding the lane row shuts out a second worker that thinks it has the lane as well.
        lane = Lane.objects.select_for_update().filter(pk=hold.integration_id, holder=hold.holder).first()
        if lane is None or lane.budget.exhausted(now):
            return None
        found = _next(integration, limit, now, only_pushed=lane.budget.spent(now))
        if not found:
            return None
        if patient and _is_filling(found, limit, now):
            raise Filling
        ids = [entry.id for entry in found]
        SyncRecord.objects.filter(id__in=ids).update(claim_id=claim_id, lease_until=lease_end(now))
    doubtful = frozenset(entry.id for entry in found if entry.claim_id is not None or entry.in_doubt)
    return Claim(integration.pk, claim_id, ids, doubtful, taken)


def _next(integration: Integration, limit: int, now: datetime, *, only_pushed: bool) -> list[Due]:
    """The records to send next, locked. One priority after the other, so that each is a range of the index."""
    priorities = [Priority.PUSHED] if only_pushed else [Priority.PUSHED, Priority.FRESH, Priority.BULK]
    found: list[Due] = []
    for priority in priorities:
        if len(found) >= limit or (found and priority is Priority.BULK):
            break
        records = SyncRecord.objects.allowed(integration).due(now).filter(priority=priority).order_by("due_at", "id")
        locked = records.select_for_update(skip_locked=True)
        rows = locked.values_list("id", "priority", "due_at", "claim_id", "in_doubt")[: limit - len(found)]
        found += [Due(*row) for row in rows]
    return found


def _is_filling(found: list[Due], limit: int, now: datetime) -> bool:
    if found[0].priority != Priority.BULK or len(found) >= limit:
        return False
    newest = found[-1].due_at
    return newest is not None and newest > now - timedelta(seconds=settings.GATHER_SECONDS)


def renew_claim(claim: Claim) -> None:
    records = SyncRecord.objects.filter(id__in=claim.record_ids, claim_id=claim.claim_id)
    records.update(lease_until=lease_end(timezone.now()))


@contextmanager
def mine(claim: Claim) -> Iterator[list[SyncRecord]]:
    """The records of the claim that are still ours, locked, inside a transaction; those another worker took over are
    left out.
    """
    with transaction.atomic():
        yield list(
            SyncRecord.objects.select_for_update()
            .filter(id__in=claim.record_ids, claim_id=claim.claim_id)
            .order_by("lead_id")
        )


class Heartbeat:
    """Keeps lane and claim alive from a thread of its own while a batch is on its way to the vendor.

    `lost` is set when the lane went to somebody else: whoever works under it stops at the next safe point. A process
    that was stopped for longer than its lease finds out by the clock, before this thread could tell it.
    """

    def __init__(self, hold: Hold, claim: Claim) -> None:
        self.hold, self.claim = hold, claim
        self.lost = threading.Event()
        self._ends = claim.taken + settings.LANE_LEASE_SECONDS
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> Heartbeat:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def still_ours(self) -> None:
        """Raises `LeaseLost` once the records may be somebody else's. Asked before every call to the vendor."""
        if self.lost.is_set() or time.monotonic() >= self._ends:
            raise LeaseLost

    def _beat(self) -> None:
        try:
            while not self._stop.wait(settings.LANE_LEASE_SECONDS / 3):
                try:
                    self._renew()
                except DatabaseError as away:
                    # Postgres may be back at the next beat; if not, the lease ends by itself.
                    logger.warning("The lane of integration %s was not renewed: %s", self.hold.integration_id, away)
                    connection.close()
                if self.lost.is_set():
                    return
        finally:
            connection.close()

    def _renew(self) -> None:
        close_old_connections()
        began = time.monotonic()
        if not renew_lane(self.hold):
            self.lost.set()
            return
        renew_claim(self.claim)
        self._ends = began + settings.LANE_LEASE_SECONDS
