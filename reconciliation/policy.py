"""The whole state machine on one page: what happened to a record -> where it stands next. Pure; imports no Django.

States: waiting (Pre-Sync), failed, cleared. An `Outcome` says what became of one try, `Next` what to store. `due_at`
is set exactly while waiting. Throttling and lost authentication never use up the budget; everything else that may
pass by itself has one.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from integrations.contract import Cause


class State(enum.StrEnum):
    WAITING = "waiting"
    FAILED = "failed"
    CLEARED = "cleared"


class Kind(enum.StrEnum):
    """What became of one try."""

    DELIVERED = "delivered"  # the vendor acknowledged everything
    UNCHANGED = "unchanged"  # nothing to send: acknowledged before
    REFUSED = "refused"  # planning said no, nothing was sent
    FAULTED = "faulted"  # the vendor said no, or did not answer
    HELD = "held"  # no fault of this record: the integration was throttled, paused or lost its credentials


@dataclass(frozen=True, slots=True)
class Outcome:
    """`wait` is what the vendor asked for, in seconds. `transient` marks faults that may pass by themselves."""

    kind: Kind
    cause: Cause | None = None
    wait: float | None = None
    transient: bool = False
    ambiguous: bool = False


@dataclass(frozen=True, slots=True)
class Next:
    state: State
    due_at: datetime | None
    tries: int
    cause: Cause | None
    in_doubt: bool


@dataclass(frozen=True, slots=True)
class Budget:
    """How often a cause is tried again, and the waits between in seconds: full jitter below min(cap, base * 2 **
    tries).
    """

    tries: int
    base: float
    cap: float


# What passes by itself. A cause that is not here fails at once. RATE_LIMITED has no end: throttling is not the lead's
# fault.
BUDGETS: dict[Cause, Budget] = {
    Cause.REMOTE_UNAVAILABLE: Budget(tries=12, base=5, cap=1800),
    Cause.RECORD_LOCKED: Budget(tries=6, base=3, cap=300),
    Cause.INTERNAL: Budget(tries=3, base=10, cap=300),
}
# Any other cause that the provider marked as transient (a customer's trigger that ran out of its limits, say).
PASSING = Budget(tries=3, base=5, cap=60)
ENDLESS = frozenset({Cause.RATE_LIMITED, Cause.AUTHENTICATION})
# Without a word of the vendor, a throttled record comes back after about this long, in seconds.
THROTTLE_WAIT = 30.0

# A random number in [0, 1); the caller brings it, so that this page stays a function.
Jitter = Callable[[], float]


def next_state(
    *, outcome: Outcome, tries: int, now: datetime, moved_on: bool, jitter: Jitter, in_doubt: bool = False
) -> Next:
    """Where a record stands after one try.

    `tries` are those used up before this one; `moved_on` says that the lead changed while it was in flight: then
    whatever happened, its newest values are due at once. `in_doubt` is what stood before the try: it stays until the
    vendor answered.
    """
    # Only the vendor's acknowledgement takes a doubt away: a later fault says nothing about the earlier write.
    doubt = in_doubt or outcome.ambiguous
    if outcome.kind is Kind.HELD:
        return Next(State.WAITING, _later(now, outcome.wait), tries, outcome.cause, doubt)
    acknowledged = outcome.kind in (Kind.DELIVERED, Kind.UNCHANGED)
    if moved_on:
        return Next(State.WAITING, now, 0, None, doubt and not acknowledged)
    if acknowledged:
        return Next(State.CLEARED, None, 0, None, False)
    cause = outcome.cause or Cause.INTERNAL
    if outcome.kind is Kind.REFUSED:
        return Next(State.FAILED, None, tries, cause, doubt)
    if cause in ENDLESS:
        wait = outcome.wait if outcome.wait is not None else THROTTLE_WAIT * (0.5 + jitter())
        return Next(State.WAITING, _later(now, wait), tries, cause, doubt)
    budget = BUDGETS.get(cause, PASSING if outcome.transient else None)
    if budget is not None and tries < budget.tries:
        backoff = jitter() * min(budget.cap, budget.base * 2**tries)
        wait = max(backoff, outcome.wait or 0.0, 1.0)
        return Next(State.WAITING, _later(now, wait), tries + 1, cause, doubt)
    return Next(State.FAILED, None, tries, cause, doubt)


def _later(now: datetime, seconds: float | None) -> datetime:
    return now + timedelta(seconds=max(seconds or 0.0, 0.0))
